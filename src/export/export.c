#include "export/export.h"

#include "base/json.h"
#include "base/memory.h"
#include "export/about.h"

#include <math.h>
#include <stdio.h>

/* ---- what stands beside the program ---- */

static void put_method(tb_json_writer *w, const tb_nn_method *m)
{
    tb_json_begin_object(w, NULL);
    tb_json_put_text(w, "name", m->name);
    tb_json_put_integer(w, "in_channels", m->numbers[0]);
    tb_json_put_integer(w, "in_ratio", m->numbers[1]);
    tb_json_put_integer(w, "out_channels", m->numbers[2]);
    tb_json_put_integer(w, "out_ratio", m->numbers[3]);
    tb_json_put_integer(w, "latency_samples", m->latency);
    tb_json_end_object(w);
}

static tb_status add_metadata(const tb_nn_model *nn, const char *licence,
                              tb_error *error)
{
    const tb_checkpoint *c = nn->checkpoint;
    tb_json_writer w = {.text = NULL};
    tb_json_begin_object(&w, NULL);
    tb_export_about(&w, c, licence);
    tb_json_put_text(&w, "program_licence", "0BSD");
    if (nn->rates)
        tb_json_put_number(&w, "host_sample_rate", nn->sample_rate);
    tb_json_begin_array(&w, "methods");
    for (int i = 0; i < nn->method_count; i++)
        put_method(&w, &nn->methods[i]);
    tb_json_end_array(&w);
    tb_json_end_object(&w);
    const char *text = tb_json_finish(&w);
    if (text)
        tb_made_extra(nn->module, "metadata.json", text);
    tb_json_clear(&w);
    return text ? TB_OK : tb_fail_memory(error);
}

/* ---- the file ---- */

static tb_status check(const tb_nn_model *nn, const char *path,
                       tb_export_report *r, tb_error *error)
{
    for (int i = 0; i < nn->method_count; i++) {
        const tb_nn_method *m = &nn->methods[i];
        tb_parity p;
        tb_status status = tb_parity_of(nn, i, path, 2, &p, error);
        if (status)
            return status;
        double worst = fmax(p.stream, p.file);
        if (!(worst <= tb_parity_most))
            return tb_fail(error, TB_ERR_NUMERIC,
                           "The file would not sound as the model does: its "
                           "'%s' differs by %.2g of the level. Nothing was "
                           "written.",
                           m->name, worst);
        r->methods[i].difference = worst;
    }
    return TB_OK;
}

static void describe(const tb_nn_model *nn, tb_export_report *r)
{
    *r = (tb_export_report){.sample_rate = nn->sample_rate,
                            .method_count = nn->method_count,
                            .attribute_count = nn->attribute_count};
    for (int i = 0; i < nn->method_count; i++) {
        const tb_nn_method *m = &nn->methods[i];
        r->methods[i] = (tb_exported_method){
            m->name,
            {m->numbers[0], m->numbers[1], m->numbers[2], m->numbers[3]},
            m->latency,
            0};
    }
    for (int i = 0; i < nn->attribute_count; i++)
        snprintf(r->attributes[i], sizeof r->attributes[i], "%s",
                 nn->attributes[i]->name);
}

static tb_status write_file(const tb_nn_model *nn, const char *path,
                            tb_file *file, tb_error *error)
{
    char *name = tb_path_stem(path);
    if (!name)
        return tb_fail_memory(error);
    tb_status status =
        tb_made_module_save(nn->module, nn->root, name, file, error);
    tb_free(name);
    if (!status && fflush(tb_file_stream(file)))
        status = tb_fail(error, TB_ERR_FILE,
                         "Cannot write '%s': is the disk full?", path);
    return status;
}

tb_status tb_export_model(const tb_checkpoint *checkpoint, const char *path,
                          const tb_export_settings *settings,
                          tb_export_report *report, tb_error *error)
{
    tb_nn_model nn;
    tb_file *file = NULL;
    tb_status status = tb_nn_model_make(&nn, checkpoint, &settings->nn, error);
    if (!status)
        status = add_metadata(&nn, settings->nn.licence, error);
    if (!status && !(file = tb_file_begin(path, error)))
        status = error->status;
    if (!status)
        status = write_file(&nn, path, file, error);
    describe(&nn, report);
    if (!status)
        status = check(&nn, tb_file_temporary(file), report, error);
    tb_nn_model_clear(&nn);
    if (status) {
        tb_file_abort(file);
        return status;
    }
    return settings->replace ? tb_file_commit(file, error)
                             : tb_file_commit_new(file, error);
}
