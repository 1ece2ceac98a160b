#include "export/plain_weights.h"

#include "base/memory.h"
#include "models/base_checkpoint.h"
#include "run/run_folder.h"

#include <stdlib.h>
#include <string.h>

static tb_status has_none(const char *path, const char *why, tb_error *error)
{
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' %s: without --weights plain the averaged ones of the "
                   "checkpoint are taken.",
                   path, why);
}

/* The block of weights begins with those of the checkpoint, in the layout of a
   store for them alone (train/resume.h). */
static tb_status find_block(const tb_safetensors *file, const char *path,
                            const tb_params *layout, const tb_stored **block,
                            tb_error *error)
{
    const char *told = tb_safetensors_text(file, "checkpoint_layout");
    *block = tb_safetensors_find(file, "weights");
    if (!told)
        return has_none(path,
                        "was written by an older Timbrel and does not say how "
                        "its weights lie (train --resume writes it anew)",
                        error);
    if (strtoull(told, NULL, 16) !=
            tb_params_layout(layout, tb_params_count(layout)) ||
        !*block || (*block)->type != TB_STORED_F32 ||
        tb_stored_elements(*block) < tb_params_total(layout))
        return has_none(path, "holds the weights of another network", error);
    return TB_OK;
}

/* Its own weights in memory, to be written to. */
static tb_status make_own(tb_checkpoint *c, tb_error *error)
{
    tb_params_free(c->params);
    c->params = NULL;
    tb_safetensors_close(c->file);
    c->file = NULL;
    return tb_checkpoint_make_params(c, error);
}

static void copy_weights(const tb_stored *block, const tb_params *layout,
                         tb_params *to)
{
    float *x = tb_params_data(to);
    for (int i = 0; i < tb_params_count(layout); i++) {
        const tb_parameter *p = tb_params_at(layout, i);
        int k = tb_is_of_base(p->name) ? -1 : tb_params_find(to, p->name);
        if (k >= 0)
            tb_stored_floats(block, p->offset, p->n,
                             x + tb_params_at(to, k)->offset);
    }
    tb_params_touch(to);
}

static int64_t number(const tb_safetensors *file, const char *key)
{
    const char *text = tb_safetensors_text(file, key);
    return text ? strtoll(text, NULL, 10) : 0;
}

static tb_status take(const tb_safetensors *file, const char *path,
                      const tb_params *layout, tb_checkpoint *c,
                      tb_error *error)
{
    const tb_stored *block;
    tb_status status = find_block(file, path, layout, &block, error);
    if (!status)
        status = make_own(c, error);
    if (status)
        return status;
    copy_weights(block, layout, c->params);
    c->epoch = (int)number(file, "epoch");
    c->trained.steps = number(file, "steps") + number(file, "steps_before");
    c->trained.weights = TB_WEIGHTS_PLAIN;
    return TB_OK;
}

tb_status tb_export_take_plain(tb_checkpoint *c, const char *folder,
                               tb_error *error)
{
    tb_safetensors *file = NULL;
    tb_params *layout = NULL;
    tb_graph *g =
        tb_instrument_declare(c->instrument, c->config, c->base, error);
    char *path = tb_run_resume_file(folder);
    tb_status status = !g      ? error->status
                       : !path ? tb_fail_memory(error)
                               : TB_OK;
    if (!status && !(layout = tb_params_new(1, (const tb_graph *const *)&g,
                                            sizeof(float), error)))
        status = error->status;
    if (!status)
        status = tb_safetensors_open(path, &file, error);
    if (!status)
        status = take(file, path, layout, c, error);
    tb_safetensors_close(file);
    tb_params_free(layout);
    tb_graph_free(g);
    tb_free(path);
    return status;
}
