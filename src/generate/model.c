/* Opened checkpoints. */
#include "base/memory.h"
#include "generate/generator.h"

#include <stdio.h>

static tb_status open_at(tb_model *m, const char *path, tb_error *error)
{
    char *file;
    tb_status status = tb_checkpoint_find(path, -1, &file, error);
    if (!status)
        status = tb_checkpoint_open(file, &m->checkpoint, error);
    tb_free(file);
    if (!status)
        m->format = m->checkpoint.kind->format(m->checkpoint.config);
    return status;
}

tb_model *tb_model_open(const char *path, tb_message *message)
{
    tb_error error = {0};
    tb_model *m = tb_alloc(sizeof *m);
    if (m && open_at(m, path, &error) == TB_OK)
        return m;
    if (!m)
        tb_fail_memory(&error);
    if (message)
        snprintf(message->text, sizeof message->text, "%s", error.text);
    tb_free(m);
    return NULL;
}

void tb_model_close(tb_model *model)
{
    if (!model)
        return;
    tb_checkpoint_clear(&model->checkpoint);
    tb_free(model);
}

double tb_model_sample_rate(const tb_model *model)
{
    return model->format.sample_rate;
}

int tb_model_channels(const tb_model *model)
{
    return model->format.channels;
}

const char *tb_model_kind(const tb_model *model)
{
    return model->checkpoint.kind->name;
}

int tb_model_epoch(const tb_model *model)
{
    return model->checkpoint.epoch;
}
