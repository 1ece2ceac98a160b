#include "export/nn_contract.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {"encode", "decode", "forward", NULL};

/* ---- ports ---- */

static int channels_of(const tb_port *p)
{
    return p->channels ? p->channels : 1;
}

/* Samples of sound for one frame; 0: that is no whole number. */
static int64_t ratio_of(const tb_port *p)
{
    return p->frames == 1 ? p->per : 0;
}

/* What nn~ gives is real [rows, channels, frames]. */
static const char *taken(tb_nn_model *nn, const tb_port *p)
{
    tb_arena *arena = tb_made_module_arena(nn->module);
    const char *x = "x";
    if (p->levels)
        x = tb_arena_printf(arena,
                            "torch.to(torch.clamp(torch.round(x), 0., %d.), 4)",
                            p->levels - 1);
    if (p->channels == 0)
        return tb_arena_printf(arena, "torch.squeeze(%s, 1)", x);
    return p->levels ? tb_arena_printf(arena, "torch.permute(%s, [0, 2, 1])", x)
                     : x;
}

static const char *given(tb_nn_model *nn, const tb_port *p, const char *y)
{
    tb_arena *arena = tb_made_module_arena(nn->module);
    if (p->levels)
        y = tb_arena_printf(arena, "torch.to(%s, 6)", y);
    if (p->channels == 0)
        return tb_arena_printf(arena, "torch.unsqueeze(%s, 1)", y);
    return p->levels ? tb_arena_printf(arena, "torch.permute(%s, [0, 2, 1])", y)
                     : y;
}

static void write_labels(tb_nn_model *nn, const char *method, const char *end,
                         const tb_port *p)
{
    tb_arena *arena = tb_made_module_arena(nn->module);
    int n = channels_of(p);
    const char **labels = tb_arena_array(arena, (size_t)n + 1, sizeof *labels);
    const char *kind = p->kind == TB_PORT_SOUND ? "Channel"
                       : p->levels              ? "Code"
                                                : "Latent";
    char slot[128];
    for (int i = 0; labels && i < n; i++)
        labels[i] = tb_arena_printf(arena, "(signal) %s %d", kind, i + 1);
    snprintf(slot, sizeof slot, "%s_%s_labels", method, end);
    if (labels)
        tb_made_slot_texts(nn->root, slot, labels);
}

/* ---- methods ---- */

static tb_status emit(tb_nn_model *nn, tb_nn_method *m, tb_error *error)
{
    const char *control_names[TB_MOST_CONTROLS];
    char class_name[64];
    tb_stream_source source = {.graph = m->method.graph,
                               .params = nn->checkpoint->params,
                               .input = m->method.input[0].value,
                               .output = m->method.output[0].value,
                               .control_count = m->method.control_count,
                               .controls = m->method.control_value,
                               .control_names = control_names};
    bool chance, layers;
    for (int i = 0; i < m->method.control_count; i++)
        control_names[i] = m->method.control[i]->name;
    tb_status status = tb_emit_needs(&source, &chance, &layers, error);
    if (status)
        return status;
    if (chance && !nn->chance)
        nn->chance = tb_emit_chance(nn->module);
    if (layers && !nn->layers)
        nn->layers = tb_emit_layers_object(nn->module);
    source.chance = chance ? nn->chance : NULL;
    source.layers = layers ? nn->layers : NULL;
    snprintf(class_name, sizeof class_name, "Stream_%s", m->name);
    return tb_emit_stream(nn->module, class_name, &source, &m->stream, error);
}

static tb_status add_method(tb_nn_model *nn, const char *name, tb_error *error)
{
    const tb_checkpoint *c = nn->checkpoint;
    tb_nn_method *m = &nn->methods[nn->method_count];
    tb_status status =
        tb_instrument_method(c->instrument, c->config, c->base, name,
                             TB_EMITTED_ROWS, &m->method, error);
    if (status)
        return status;
    nn->method_count++;
    m->name = name;
    const tb_port *in = &m->method.input[0], *out = &m->method.output[0];
    if (!ratio_of(in) || !ratio_of(out))
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "%s of %s has several frames for a sample of sound, "
                       "which nn~ does not know.",
                       name, c->instrument->name);
    if ((status = emit(nn, m, error)))
        return status;
    m->numbers[0] = channels_of(in);
    m->numbers[1] = ratio_of(in);
    m->numbers[2] = channels_of(out);
    m->numbers[3] = ratio_of(out);
    m->latency = m->stream.latency * m->numbers[3];
    return TB_OK;
}

static void write_method(tb_nn_model *nn, const tb_nn_method *m)
{
    tb_source_text *t = tb_made_source(nn->root);
    tb_arena *arena = tb_made_module_arena(nn->module);
    char slot[128];
    snprintf(slot, sizeof slot, "stream_%s", m->name);
    tb_made_slot_object(nn->root, slot, m->stream.object);
    const char *call = tb_arena_printf(arena, "(self.%s).run(%s, ", slot,
                                       taken(nn, &m->method.input[0]));
    for (int i = 0; call && i < m->method.control_count; i++)
        call = tb_arena_printf(arena, "%sself.%s, ", call,
                               m->method.control[i]->name);
    call = call ? tb_arena_printf(arena, "%s%s, )", call,
                                  nn->chance ? "self.seed" : "x")
                : "";
    tb_source_line(t, "def %s(self: %s,\n    x: Tensor) -> Tensor:", m->name,
                   tb_made_class_name(nn->root));
    tb_source_line(t, "  y = %s", call);
    tb_source_line(t, "  return %s", given(nn, &m->method.output[0], "y"));
    snprintf(slot, sizeof slot, "%s_params", m->name);
    tb_made_slot_ints(nn->root, slot, 4, m->numbers);
    snprintf(slot, sizeof slot, "%s_latency", m->name);
    tb_made_slot_int(nn->root, slot, m->latency);
    write_labels(nn, m->name, "input", &m->method.input[0]);
    write_labels(nn, m->name, "output", &m->method.output[0]);
}

static void write_list(tb_nn_model *nn)
{
    tb_source_text *t = tb_made_source(nn->root);
    tb_source_line(t, "def get_methods(self: %s) -> List[str]:",
                   tb_made_class_name(nn->root));
    tb_source_line(t, "  return [");
    for (int i = 0; i < nn->method_count; i++)
        tb_source_line(t, "    \"%s\",", nn->methods[i].name);
    tb_source_line(t, "    ]");
}

static void write_rate(tb_nn_model *nn)
{
    const tb_checkpoint *c = nn->checkpoint;
    tb_sound_format f = c->instrument->format(c->config);
    tb_source_text *t = tb_made_source(nn->root);
    tb_made_slot_int(nn->root, "sr", (int64_t)f.sample_rate);
    tb_made_slot_int(nn->root, "n_channels", f.channels);
    tb_source_line(t, "def get_sample_rate(self: %s) -> int:\n  return self.sr",
                   tb_made_class_name(nn->root));
}

tb_status tb_nn_model_make(tb_nn_model *nn, const tb_checkpoint *checkpoint,
                           tb_error *error)
{
    *nn =
        (tb_nn_model){.checkpoint = checkpoint, .module = tb_made_module_new()};
    tb_status status = nn->module ? TB_OK : tb_fail_memory(error);
    const tb_instrument *instrument = checkpoint->instrument;
    for (int i = 0; !status && names[i]; i++)
        if (tb_instrument_has(instrument, checkpoint->base, names[i]))
            status = add_method(nn, names[i], error);
    if (!status && nn->method_count == 0)
        status = tb_fail(error, TB_ERR_UNSUPPORTED,
                         "A %s does not go from sound to sound: there is "
                         "nothing that nn~ could play.",
                         instrument->name);
    if (!status && instrument->network->loop)
        status = tb_fail(error, TB_ERR_UNSUPPORTED,
                         "A %s makes its sound by itself, symbol by symbol. "
                         "What can be exported goes from sound to sound, such "
                         "as a rave.",
                         instrument->name);
    if (status)
        return status;
    nn->root = tb_made_object_new(nn->module, "Model");
    if (!nn->root)
        return tb_fail_memory(error);
    for (int i = 0; i < nn->method_count; i++)
        write_method(nn, &nn->methods[i]);
    tb_nn_write_attributes(nn);
    write_list(nn);
    write_rate(nn);
    return TB_OK;
}

void tb_nn_model_clear(tb_nn_model *nn)
{
    for (int i = 0; i < nn->method_count; i++)
        tb_method_clear(&nn->methods[i].method);
    tb_made_module_free(nn->module);
    *nn = (tb_nn_model){.checkpoint = NULL};
}
