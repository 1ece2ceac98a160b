#include "cli/info_script_json.h"

#include "cli/say.h"
#include "cli/script_facts.h"
#include "torchscript/script_trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void put_labels(tb_json_writer *w, const tb_script_model *m,
                       const char *key, const char *method, const char *end)
{
    char slot[256];
    snprintf(slot, sizeof slot, "%s%s", method, end);
    const tb_script_value *x = tb_script_slot(&m->module->root, slot);
    tb_json_begin_array(w, key);
    for (int i = 0; x && x->kind == TB_SCRIPT_LIST && i < x->list->items.count;
         i++)
        if (x->list->items.at[i].kind == TB_SCRIPT_STRING)
            tb_json_put_text(w, NULL, x->list->items.at[i].string);
    tb_json_end_array(w);
}

static void put_run(tb_json_writer *w, const tb_script_model *m,
                    const cli_script_run *run)
{
    static const char *const sources[] = {NULL, "model", "model", "layers"};
    double rate = m->sample_rate;
    tb_json_put_text(w, "error", run->error.status ? run->error.text : NULL);
    if (run->error.status)
        return;
    tb_json_put_number(w, "latency_samples", run->latency);
    tb_json_put_number(w, "latency_ms",
                       rate > 0 ? 1000 * run->latency / rate : NAN);
    tb_json_put_text(w, "latency_from",
                     run->estimated ? "estimate" : sources[run->source]);
    tb_json_put_integer(w, "block", run->block);
    tb_json_put_number(w, "block_ms", 1000 * run->seconds);
    tb_json_put_number(
        w, "load", rate > 0 ? run->seconds * rate / (double)run->block : NAN);
    tb_json_put_integer(w, "weight_bytes", (int64_t)run->memory.weights);
    tb_json_put_integer(w, "state_bytes", (int64_t)run->memory.states);
    tb_json_put_integer(w, "work_bytes", (int64_t)run->memory.work);
}

static void put_method(tb_json_writer *w, tb_script_model *m,
                       const tb_script_method *method)
{
    cli_script_run run;
    cli_script_measure(m, method, &run);
    tb_json_begin_object(w, NULL);
    tb_json_put_text(w, "name", method->name);
    tb_json_put_integer(w, "in_channels", method->in_channels);
    tb_json_put_integer(w, "in_ratio", method->in_ratio);
    tb_json_put_integer(w, "out_channels", method->out_channels);
    tb_json_put_integer(w, "out_ratio", method->out_ratio);
    put_labels(w, m, "in_labels", method->name, "_input_labels");
    put_labels(w, m, "out_labels", method->name, "_output_labels");
    put_run(w, m, &run);
    tb_json_end_object(w);
}

static void put_attribute(tb_json_writer *w, tb_script_model *m,
                          const tb_script_attribute *a)
{
    char value[512];
    bool known = tb_script_model_get(m, a->name, value, sizeof value) &&
                 strcmp(value, "?") != 0;
    tb_json_begin_object(w, NULL);
    tb_json_put_text(w, "name", a->name);
    tb_json_put_text(w, "value", known ? value : NULL);
    tb_json_begin_array(w, "types");
    for (int i = 0; i < a->count; i++)
        tb_json_put_text(w, NULL, cli_attribute_kind(a->types[i]));
    tb_json_end_array(w);
    tb_json_put_text(w, "refused", a->refusal);
    tb_json_end_object(w);
}

static void put_numbers(tb_json_writer *w, tb_script_model *m, const char *key,
                        const char *name)
{
    double x[32];
    int n = tb_script_model_numbers(m, name, 32, x);
    if (n == 0)
        return;
    tb_json_begin_array(w, key);
    for (int i = 0; i < n; i++)
        tb_json_put_number(w, NULL, x[i]);
    tb_json_end_array(w);
}

static void put_note(void *context, const char *name, const char *text,
                     size_t bytes)
{
    tb_json_put_text(context, name, strlen(text) == bytes ? text : NULL);
}

void cli_info_script_json(tb_script_model *m, const char *path)
{
    tb_json_writer w = {0};
    char buffers[1024];
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "model");
    tb_json_put_text(&w, "file", path);
    tb_json_put_number(&w, "sample_rate",
                       m->sample_rate > 0 ? m->sample_rate : NAN);
    tb_json_put_integer(&w, "weights", m->parameters);
    tb_json_put_integer(&w, "ratio", m->ratio);
    tb_json_begin_array(&w, "methods");
    for (int i = 0; i < m->method_count; i++)
        put_method(&w, m, &m->methods[i]);
    tb_json_end_array(&w);
    tb_json_begin_array(&w, "attributes");
    tb_script_model_try_setters(m);
    for (int i = 0; i < m->attribute_count; i++)
        put_attribute(&w, m, &m->attributes[i]);
    tb_json_end_array(&w);
    bool some =
        tb_script_model_get(m, "buffer_attributes", buffers, sizeof buffers) &&
        strcmp(buffers, "?") != 0;
    tb_json_put_text(&w, "buffers", some ? buffers : NULL);
    put_numbers(&w, m, "native_sample_rates", "get_native_sample_rates");
    put_numbers(&w, m, "native_blocks", "get_native_buffer_sizes");
    put_numbers(&w, m, "delay_samples", "calc_model_delay_samples");
    put_numbers(&w, m, "queue_samples", "calc_buffering_delay_samples");
    tb_json_begin_object(&w, "notes");
    cli_script_notes(m, put_note, &w);
    tb_json_end_object(&w);
    tb_json_end_object(&w);
    cli_json_line(&w);
}
