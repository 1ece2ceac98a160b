#include "export/onnx_file.h"

#include "export/about.h"
#include "models/model.h"
#include "models/rave.h"
#include "onnx/onnx_emit.h"

#include <stdio.h>
#include <string.h>

/* ---- which method ---- */

static const char *const methods[] = {"forward", "encode", "decode"};

static bool has(const tb_checkpoint *c, const char *method)
{
    return tb_instrument_has(c->instrument, c->base, method);
}

static const char *first_method(const tb_checkpoint *c)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (has(c, methods[i]))
            return methods[i];
    return NULL;
}

static tb_status choose(const tb_checkpoint *c, const char *wanted,
                        const char **method, tb_error *error)
{
    *method = wanted ? wanted : first_method(c);
    if (c->instrument->network->loop || !*method)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "A %s makes each sample from those before, which an "
                       "ONNX file cannot: export it as .ts.",
                       c->instrument->name);
    if (has(c, *method))
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "This %s has no method '%s'; it has %s.",
                   c->instrument->name, *method, first_method(c));
}

/* ---- the graph ---- */

static const char *name_of(const tb_port *p)
{
    return p->kind == TB_PORT_SOUND ? "sound" : p->levels ? "codes" : "latents";
}

static tb_onnx_port port_of(const tb_port *p, const char *suffix,
                            tb_arena *arena)
{
    return (tb_onnx_port){
        .value = p->value,
        .name = tb_arena_printf(arena, "%s%s", name_of(p), suffix),
        .frames = p->kind == TB_PORT_SOUND ? "samples" : "frames"};
}

/* Samples that a frame of latents stands for, which is what layers between
   sounds come together in, too. */
static tb_status find_grain(const tb_checkpoint *c, const tb_method *m,
                            int64_t *grain, tb_error *error)
{
    tb_method encoder = {0};
    tb_status status = TB_OK;
    *grain = m->grain;
    if (!has(c, "encode"))
        return TB_OK;
    status = tb_instrument_method(c->instrument, c->config, c->base, "encode",
                                  1, &encoder, error);
    if (!status && encoder.grain > *grain)
        *grain = encoder.grain;
    tb_method_clear(&encoder);
    return status;
}

static tb_status emit(tb_onnx_graph *g, const tb_checkpoint *c,
                      const tb_method *m, int64_t grain, tb_error *error)
{
    tb_onnx_port controls[TB_MOST_CONTROLS];
    bool same = strcmp(name_of(&m->input[0]), name_of(&m->output[0])) == 0;
    for (int i = 0; i < m->control_count; i++)
        controls[i] = (tb_onnx_port){.value = m->control_value[i],
                                     .name = m->control[i]->name,
                                     .standard = m->control[i]->standard};
    const tb_onnx_source source = {
        .graph = m->graph,
        .params = c->params,
        .input = port_of(&m->input[0], "", g->arena),
        .output = port_of(&m->output[0], same ? "_out" : "", g->arena),
        .grain = grain / m->base_per * m->base,
        .control_count = m->control_count,
        .controls = controls};
    if (!source.input.name || !source.output.name)
        return tb_fail_memory(error);
    return tb_onnx_emit(g, &source, error);
}

/* ---- notes ---- */

static void note_number(tb_onnx_graph *g, const char *key, int64_t x)
{
    tb_onnx_note(g, key, tb_onnx_text(g, "%lld", (long long)x));
}

static tb_status add_notes(tb_onnx_graph *g, const tb_checkpoint *c,
                           const tb_onnx_report *r, const char *licence,
                           tb_error *error)
{
    tb_json_writer w = {.text = NULL};
    tb_json_begin_object(&w, NULL);
    tb_export_about(&w, c, licence);
    tb_json_end_object(&w);
    const char *about = tb_json_finish(&w);
    if (about)
        tb_onnx_note(g, "about", about);
    tb_json_clear(&w);
    if (licence)
        tb_onnx_note(g, "licence", licence);
    tb_onnx_note(g, "method", r->method);
    note_number(g, "sample_rate",
                (int64_t)c->instrument->format(c->config).sample_rate);
    note_number(g, "in_ratio", r->in_ratio);
    note_number(g, "out_ratio", r->out_ratio);
    note_number(g, "multiple_of_samples", r->grain);
    return about ? TB_OK : tb_fail_memory(error);
}

/* ---- what is reported ---- */

static void describe(const tb_method *m, const char *name, int64_t grain,
                     tb_onnx_report *r)
{
    const tb_port *in = &m->input[0], *out = &m->output[0];
    *r = (tb_onnx_report){.in_channels = in->channels,
                          .out_channels = out->channels,
                          .in_ratio = in->per / in->frames,
                          .out_ratio = out->per / out->frames,
                          .grain = grain};
    snprintf(r->method, sizeof r->method, "%s", name);
}

/* ---- the file ---- */

static tb_status write(tb_onnx_graph *g, const char *name, const char *path,
                       bool replace, tb_error *error)
{
    tb_file *file = tb_file_begin(path, error);
    tb_status status =
        file ? tb_onnx_save(g, name, file, error) : error->status;
    if (status) {
        tb_file_abort(file);
        return status;
    }
    return replace ? tb_file_commit(file, error)
                   : tb_file_commit_new(file, error);
}

/* Nothing is kept from one call to the next. */
static tb_status compose(const tb_checkpoint *c, const char *name, tb_method *m,
                         tb_error *error)
{
    tb_instrument instrument = *c->instrument;
    if (c->instrument == &tb_rave_instrument)
        instrument.network = &tb_rave_unadapted;
    return tb_instrument_method(&instrument, c->config, c->base, name, 1, m,
                                error);
}

tb_status tb_export_onnx(tb_checkpoint *c, const char *path,
                         const tb_onnx_settings *settings, tb_onnx_report *r,
                         tb_error *error)
{
    const char *name = NULL;
    tb_method m = {0};
    int64_t grain = 0;
    tb_onnx_graph g;
    tb_arena *arena = tb_arena_new();
    tb_status status = arena ? choose(c, settings->method, &name, error)
                             : tb_fail_memory(error);
    if (!status) {
        tb_onnx_graph_init(&g, arena);
        status = compose(c, name, &m, error);
    }
    if (!status)
        status = find_grain(c, &m, &grain, error);
    if (!status)
        status = emit(&g, c, &m, grain, error);
    if (!status) {
        describe(&m, name, grain, r);
        status = add_notes(&g, c, r, settings->licence, error);
    }
    if (!status)
        status = write(&g, name, path, settings->replace, error);
    tb_method_clear(&m);
    tb_arena_free(arena);
    return status;
}
