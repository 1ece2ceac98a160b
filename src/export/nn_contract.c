#include "export/nn_contract.h"

#include "base/memory.h"
#include "export/about.h"
#include "export/nn_queue.h"
#include "export/nn_rate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Methods, and what they are called in the file: `generate` is there what makes
   sound without an input. */
static const struct {
    const char *method, *name;
} names[] = {{"encode", "encode"},
             {"decode", "decode"},
             {"forward", "forward"},
             {"generate", "improvise"}};

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

static void add_labels(tb_nn_model *nn, const char *method, const char *end,
                       const tb_port *p, const char *more)
{
    tb_arena *arena = tb_made_module_arena(nn->module);
    int n = channels_of(p);
    const char **labels = tb_arena_array(arena, (size_t)n + 2, sizeof *labels);
    const char *kind = p->kind == TB_PORT_SOUND ? "Channel"
                       : p->levels              ? "Code"
                                                : "Latent";
    char slot[128];
    for (int i = 0; labels && i < n; i++)
        labels[i] = tb_arena_printf(arena, "(signal) %s %d", kind, i + 1);
    if (labels)
        labels[n] = more;
    snprintf(slot, sizeof slot, "%s_%s_labels", method, end);
    if (labels)
        tb_made_slot_texts(nn->root, slot, labels);
}

/* ---- methods ---- */

int64_t tb_nn_samples(const tb_nn_method *m)
{
    return m->stream.quantum * m->method.base_per / m->method.base;
}

const char *tb_nn_inner_name(const tb_nn_model *nn, const tb_nn_method *m)
{
    const char *name =
        tb_arena_printf(tb_made_module_arena(nn->module), "%s%s", m->name,
                        nn->rates         ? "_inside"
                        : tb_nn_queued(m) ? "_cycles"
                                          : "");
    return name ? name : "";
}

static tb_status emit(tb_nn_model *nn, const char *name, const tb_method *m,
                      tb_value *input, tb_emitted_stream *to, tb_error *error)
{
    const char *control_names[TB_MOST_CONTROLS];
    char class_name[64];
    tb_stream_source source = {.graph = m->graph,
                               .params = nn->checkpoint->params,
                               .input = input,
                               .output = m->output[0].value,
                               .prime = m->prime,
                               .primed = m->primed,
                               .control_count = m->control_count,
                               .controls = m->control_value,
                               .control_names = control_names};
    tb_emitted_needs needs;
    for (int i = 0; i < m->control_count; i++)
        control_names[i] = m->control[i]->name;
    tb_status status = tb_emit_find_needs(&source, &needs, error);
    if (status)
        return status;
    if (needs.chance && !nn->chance)
        nn->chance = tb_emit_chance(nn->module);
    if (needs.layers && !nn->layers)
        nn->layers = tb_emit_layers_object(nn->module);
    if (needs.spectra && !nn->spectra)
        nn->spectra = tb_emit_spectra_object(nn->module);
    source.chance = needs.chance ? nn->chance : NULL;
    source.layers = needs.layers ? nn->layers : NULL;
    source.spectra = needs.spectra ? nn->spectra : NULL;
    snprintf(class_name, sizeof class_name, "Stream_%s", name);
    return tb_emit_stream(nn->module, class_name, &source, to, error);
}

static tb_status compose(const tb_nn_model *nn, const char *name,
                         tb_method *method, tb_error *error)
{
    const tb_checkpoint *c = nn->checkpoint;
    return tb_instrument_method(c->instrument, c->config, c->base, name,
                                TB_EMITTED_ROWS, method, error);
}

static tb_status check_ratio(const tb_nn_model *nn, const tb_port *p,
                             tb_error *error)
{
    if (ratio_of(p))
        return TB_OK;
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "%s has several frames of %s for a sample of sound, which "
                   "nn~ does not know.",
                   nn->checkpoint->instrument->name, p->name);
}

/* The loop, and how sound that it is told becomes its symbols: at once. */
static tb_status emit_loop(tb_nn_model *nn, tb_nn_method *m, tb_error *error)
{
    tb_status status = compose(nn, "encode", &m->encoder, error);
    const tb_port *in = &m->encoder.input[0];
    if (!status)
        status = emit(nn, "heard", &m->encoder, in->value, &m->heard, error);
    if (!status)
        status =
            emit(nn, m->name, &m->method, m->method.heard, &m->stream, error);
    if (!status && (m->heard.latency || m->stream.quantum % m->heard.quantum))
        status = tb_fail(error, TB_ERR_UNSUPPORTED,
                         "The encoder of %s looks ahead of what it encodes; "
                         "its loop cannot go on from a prompt.",
                         nn->checkpoint->instrument->name);
    return status;
}

static void set_numbers(tb_nn_method *m, const tb_port *in, const tb_port *out)
{
    m->numbers[0] = channels_of(in) + (m->method.heard ? 1 : 0);
    m->numbers[1] = ratio_of(in);
    m->numbers[2] = channels_of(out);
    m->numbers[3] = ratio_of(out);
    m->latency = m->stream.latency * m->numbers[3];
}

static tb_status add_method(tb_nn_model *nn, const char *method,
                            const char *name, tb_error *error)
{
    tb_nn_method *m = &nn->methods[nn->method_count];
    tb_status status = compose(nn, method, &m->method, error);
    if (status)
        return status;
    nn->method_count++;
    m->name = name;
    const tb_port *out = &m->method.output[0], *in = &m->method.input[0];
    status = check_ratio(nn, out, error);
    if (!status && m->method.heard)
        status = emit_loop(nn, m, error);
    else if (!status && !(status = check_ratio(nn, in, error)))
        status = emit(nn, name, &m->method, in->value, &m->stream, error);
    if (!status)
        set_numbers(m, m->method.heard ? out : in, out);
    return status;
}

/* "(self.stream_x).run(first, controls, seed, )" */
static const char *call_of(tb_nn_model *nn, const char *slot,
                           const tb_method *m, const char *first)
{
    tb_arena *arena = tb_made_module_arena(nn->module);
    const char *call =
        tb_arena_printf(arena, "(self.%s).run(%s, ", slot, first);
    for (int i = 0; call && i < m->control_count; i++)
        call = tb_arena_printf(arena, "%sself.%s, ", call, m->control[i]->name);
    call = call ? tb_arena_printf(arena, "%s%s, )", call,
                                  nn->chance ? "self.seed" : "x")
                : NULL;
    return call ? call : "";
}

static void write_call(tb_nn_model *nn, const tb_nn_method *m, const char *slot)
{
    tb_source_text *t = tb_made_source(nn->root);
    tb_source_line(
        t, "  y = %s",
        call_of(nn, slot, &m->method, taken(nn, &m->method.input[0])));
    tb_source_line(t, "  return %s", given(nn, &m->method.output[0], "y"));
}

/* The gate is looked at where a frame of symbols ends. What recovers phases
   hears a prompt in all rows or in none: the first one's gate is that of all.
 */
static void write_loop_call(tb_nn_model *nn, const tb_nn_method *m,
                            const char *slot)
{
    tb_source_text *t = tb_made_source(nn->root);
    long long channels = m->numbers[0] - 1, per = m->method.output[1].per;
    tb_made_slot_object(nn->root, "stream_heard", m->heard.object);
    tb_source_line(t,
                   "  sound = torch.slice(x, 1, 0, %lld, 1)\n"
                   "  listen = torch.select(x, 1, %lld)\n"
                   "  ends = torch.slice(listen, 1, %lld, "
                   "9223372036854775807, %lld)\n"
                   "  gate = torch.gt(ends, 0.5)",
                   channels, channels, per - 1, per);
    tb_source_line(t, "  told = %s",
                   call_of(nn, "stream_heard", &m->encoder, "sound"));
    if (m->method.prime)
        tb_source_line(t, "  gate = torch.expand_as(torch.slice(gate, 0, 0, 1, "
                          "1), gate)");
    tb_source_line(
        t, "  y = %s",
        call_of(nn, slot, &m->method,
                m->method.prime ? "told, gate, sound" : "told, gate"));
    tb_source_line(t, "  return %s", given(nn, &m->method.output[0], "y"));
}

/* For readers that play whole cycles by themselves. */
static void write_cycle(tb_nn_model *nn, const tb_nn_method *m)
{
    char slot[128];
    int64_t waits = tb_nn_queued(m) * m->numbers[3];
    snprintf(slot, sizeof slot, "%s_cycle", m->name);
    tb_made_slot_int(nn->root, slot, tb_nn_samples(m));
    snprintf(slot, sizeof slot, "%s_symbol", m->name);
    if (!nn->rates)
        tb_made_slot_int(nn->root, slot, m->method.output[1].per);
    snprintf(slot, sizeof slot, "%s_cycles_latency", m->name);
    if (waits > 0)
        tb_made_slot_int(nn->root, slot, m->latency - waits);
}

static void write_method(tb_nn_model *nn, const tb_nn_method *m)
{
    tb_source_text *t = tb_made_source(nn->root);
    const tb_port *out = &m->method.output[0];
    char slot[128];
    snprintf(slot, sizeof slot, "stream_%s", m->name);
    tb_made_slot_object(nn->root, slot, m->stream.object);
    tb_source_line(t, "def %s(self: %s,\n    x: Tensor) -> Tensor:",
                   tb_nn_inner_name(nn, m), tb_made_class_name(nn->root));
    if (m->method.heard)
        write_loop_call(nn, m, slot);
    else
        write_call(nn, m, slot);
    snprintf(slot, sizeof slot, "%s_params", m->name);
    tb_made_slot_ints(nn->root, slot, 4, m->numbers);
    snprintf(slot, sizeof slot, "%s_latency", m->name);
    tb_made_slot_int(nn->root, slot, m->latency);
    if (m->method.heard)
        write_cycle(nn, m);
    add_labels(nn, m->name, "input",
               m->method.heard ? out : &m->method.input[0],
               m->method.heard ? "(signal) Listen" : NULL);
    add_labels(nn, m->name, "output", out, NULL);
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

static void write_format(tb_nn_model *nn)
{
    const tb_checkpoint *c = nn->checkpoint;
    tb_sound_format f = c->instrument->format(c->config);
    tb_source_text *t = tb_made_source(nn->root);
    tb_made_slot_int(nn->root, "sr", llround(nn->sample_rate));
    tb_made_slot_int(nn->root, "n_channels", f.channels);
    tb_source_line(t, "def get_sample_rate(self: %s) -> int:\n  return self.sr",
                   tb_made_class_name(nn->root));
}

/* What it is, for hosts that show an attribute by its name; it is not listed
   with those that can be turned. */
static void write_about(tb_nn_model *nn, const char *licence)
{
    static const int64_t text = 3; /* a text, as nn~ numbers types */
    char about[2048];
    tb_source_text *t = tb_made_source(nn->root);
    tb_export_sentence(nn->checkpoint, licence, about, sizeof about);
    tb_made_slot_text(nn->root, "about", about);
    tb_made_slot_text(nn->root, "licence", licence ? licence : "");
    tb_made_slot_ints(nn->root, "about_params", 1, &text);
    tb_source_line(t,
                   "def get_about(self: %s) -> Tuple[str]:\n"
                   "  return (self.about,)",
                   tb_made_class_name(nn->root));
}

/* Symbols of what speaks by itself are of no use outside, unless they are those
   of a model below that does not; a vote stands on its first member. */
static bool speaks_alone(const tb_checkpoint *c)
{
    while (c && c->instrument->network && c->instrument->network->loop)
        c = c->base;
    return c == NULL;
}

static tb_status add_methods(tb_nn_model *nn, tb_error *error)
{
    const tb_checkpoint *c = nn->checkpoint;
    bool alone = speaks_alone(c);
    tb_status status = TB_OK;
    for (size_t i = 0; !status && i < sizeof names / sizeof *names; i++)
        if (tb_instrument_has(c->instrument, c->base, names[i].method) &&
            (!alone || strcmp(names[i].method, "generate") == 0))
            status = add_method(nn, names[i].method, names[i].name, error);
    if (!status && nn->method_count == 0)
        status = tb_fail(error, TB_ERR_UNSUPPORTED,
                         "A %s has nothing that nn~ could play.",
                         c->instrument->name);
    return status;
}

static tb_status change_rate(tb_nn_model *nn, int rate, tb_error *error)
{
    tb_status status = TB_OK;
    int64_t own = llround(nn->sample_rate);
    if (rate == 0 || rate == own)
        return TB_OK;
    nn->rates = tb_alloc_array(TB_NN_MOST_METHODS, sizeof *nn->rates);
    if (!nn->rates)
        return tb_fail_memory(error);
    nn->sample_rate = rate;
    for (int i = 0; i < nn->method_count && !status; i++)
        status =
            tb_nn_rate_init(&nn->rates[i], &nn->methods[i], own, rate, error);
    return status;
}

tb_status tb_nn_model_make(tb_nn_model *nn, const tb_checkpoint *checkpoint,
                           const tb_nn_settings *settings, tb_error *error)
{
    *nn =
        (tb_nn_model){.checkpoint = checkpoint, .module = tb_made_module_new()};
    tb_status status = nn->module ? TB_OK : tb_fail_memory(error);
    nn->sample_rate =
        checkpoint->instrument->format(checkpoint->config).sample_rate;
    if (!status)
        status = add_methods(nn, error);
    if (!status)
        status = change_rate(nn, settings->sample_rate, error);
    if (status)
        return status;
    nn->root = tb_made_object_new(nn->module, "Model");
    if (!nn->root)
        return tb_fail_memory(error);
    for (int i = 0; i < nn->method_count; i++) {
        tb_nn_method *m = &nn->methods[i];
        m->latency += tb_nn_queued(m) * m->numbers[3];
        write_method(nn, m);
        if (nn->rates)
            tb_nn_write_rate(nn, m, &nn->rates[i]);
        if (tb_nn_queued(m))
            tb_nn_write_queue(nn, m);
    }
    tb_nn_write_attributes(nn);
    write_list(nn);
    write_format(nn);
    write_about(nn, settings->licence);
    return TB_OK;
}

void tb_nn_model_clear(tb_nn_model *nn)
{
    for (int i = 0; i < nn->method_count; i++) {
        tb_method_clear(&nn->methods[i].method);
        tb_method_clear(&nn->methods[i].encoder);
    }
    for (int i = 0; nn->rates && i < nn->method_count; i++)
        tb_nn_rate_clear(&nn->rates[i]);
    tb_free(nn->rates);
    tb_made_module_free(nn->module);
    *nn = (tb_nn_model){.checkpoint = NULL};
}
