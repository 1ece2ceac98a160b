/* The methods of a network, composed of its encode, loop and decode. */
#include "models/compose.h"
#include "engine/ops/cast.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"
#include "models/base_checkpoint.h"

#include <string.h>

/* ---- controls ---- */

static tb_shape control_shape(const tb_control *c, int rows)
{
    tb_shape shape = {0};
    if (c->per_row)
        shape.dim[shape.rank++] = rows;
    if (c->type == TB_CONTROL_ARRAY || !c->per_row)
        shape.dim[shape.rank++] = c->type == TB_CONTROL_ARRAY ? c->length : 1;
    return shape;
}

static bool is_real(const tb_control *c)
{
    return c->type == TB_CONTROL_REAL || c->type == TB_CONTROL_ARRAY;
}

tb_value *tb_builder_control(tb_builder *b, const tb_control *control)
{
    tb_method *m = b->method;
    tb_shape shape = control_shape(control, b->rows);
    if (!m) {
        tb_value *x = tb_fill(b->graph, shape, control->standard);
        return is_real(control) ? x : tb_cast(x, TB_I64);
    }
    for (int i = 0; i < m->control_count; i++)
        if (strcmp(m->control[i]->name, control->name) == 0)
            return m->control_value[i];
    if (m->control_count == TB_MOST_CONTROLS)
        return tb_graph_fail(b->graph, "A method has up to %d controls.",
                             TB_MOST_CONTROLS);
    tb_value *v = tb_input(b->graph, control->name,
                           is_real(control) ? TB_REAL : TB_I64, shape);
    m->control[m->control_count] = control;
    m->control_value[m->control_count++] = v;
    return v;
}

/* ---- ports ---- */

tb_shape tb_symbols_shape(const tb_symbols *s, int rows)
{
    if (s->channels == 0)
        return tb_dims(rows, TB_FRAMES);
    return s->type == TB_I64 ? tb_dims(rows, TB_FRAMES, s->channels)
                             : tb_dims(rows, s->channels, TB_FRAMES);
}

static tb_port sound_port(const char *name, int channels, tb_value *value)
{
    return (tb_port){name, TB_PORT_SOUND, channels, 1, 1, 0, value};
}

static tb_port symbol_port(const tb_symbols *s, tb_value *value)
{
    return (tb_port){.name = "symbols",
                     .kind = TB_PORT_SYMBOLS,
                     .channels = s->channels,
                     .frames = s->frames,
                     .per = s->per,
                     .levels = s->type == TB_I64 ? s->levels : 0,
                     .value = value};
}

/* ---- methods ---- */

typedef struct composition {
    const tb_instrument *instrument;
    tb_builder builder;
    tb_symbols symbols;
    int channels;
    tb_method *method;
} composition;

static tb_value *sound_in(composition *c)
{
    tb_value *x = tb_input(c->builder.graph, "sound", TB_REAL,
                           tb_dims(c->builder.rows, c->channels, TB_FRAMES));
    c->method->input[c->method->input_count++] =
        sound_port("sound", c->channels, x);
    return x;
}

static void sound_out(composition *c, tb_value *y)
{
    c->method->output[c->method->output_count++] =
        sound_port("sound", c->channels, y);
}

static tb_value *encoded(composition *c, tb_value *x)
{
    const tb_network *n = c->instrument->network;
    return (n->encode ? n->encode : tb_base_encode)(&c->builder, x);
}

static tb_value *decoded(composition *c, tb_value *symbols,
                         const tb_prime *prime)
{
    static const tb_prime none;
    const tb_network *n = c->instrument->network;
    return (n->decode ? n->decode : tb_base_decode)(&c->builder, symbols,
                                                    prime ? prime : &none);
}

static void compose_encode(composition *c)
{
    tb_value *y = encoded(c, sound_in(c));
    c->method->output[c->method->output_count++] = symbol_port(&c->symbols, y);
    c->method->grain = c->symbols.per;
}

/* Its base frames are symbols. */
static void compose_decode(composition *c)
{
    tb_value *x = tb_input(c->builder.graph, "symbols", c->symbols.type,
                           tb_symbols_shape(&c->symbols, c->builder.rows));
    c->method->input[c->method->input_count++] = symbol_port(&c->symbols, x);
    c->method->base = c->symbols.frames;
    c->method->base_per = c->symbols.per;
    c->method->grain = c->symbols.per;
    sound_out(c, decoded(c, x, NULL));
}

static void compose_forward(composition *c)
{
    sound_out(c, decoded(c, encoded(c, sound_in(c)), NULL));
}

/* What is turned is the temperature; how much of it parts of the distribution
   get can be turned, too. What is plain is not left to chance. */
static tb_draw draw_controls(tb_builder *b, tb_distribution_kind kind)
{
    if (kind == TB_PLAIN)
        return (tb_draw){0};
    tb_value *heat = tb_builder_control(b, &tb_control_temperature);
    b->temperature = heat;
    tb_draw how = {.temperature = heat};
    if (tb_distribution_ranks(kind)) {
        how.top_k = tb_builder_control(b, &tb_control_top_k);
        how.top_p = tb_builder_control(b, &tb_control_top_p);
    }
    if (tb_distribution_scales(kind)) {
        how.temperature =
            tb_mul(heat, tb_builder_control(b, &tb_control_weight_temperature));
        how.scale_temperature =
            tb_mul(heat, tb_builder_control(b, &tb_control_scale_temperature));
    }
    return how;
}

static bool is_primed(const composition *c)
{
    const tb_network *n = c->instrument->network;
    return n->decode ? n->primes : tb_base_primes(c->builder.base);
}

/* The prompt's sound comes in at the pace of the base, which is the sound's
   own where a frame of symbols is as long as one of sound, or longer. */
static tb_prime prime_of(composition *c)
{
    tb_graph *g = c->builder.graph;
    tb_method *m = c->method;
    if (!is_primed(c) || c->symbols.frames != 1)
        return (tb_prime){0};
    m->prime = tb_input(g, "prime", TB_REAL,
                        tb_dims(c->builder.rows, c->channels, TB_FRAMES));
    m->primed = tb_input(g, "primed", TB_REAL, tb_dims(1, 1, TB_FRAMES));
    return (tb_prime){m->prime, m->primed};
}

/* A closed loop: each symbol that is drawn is heard by the network and becomes
   sound. */
static void compose_generate(composition *c)
{
    const tb_network *n = c->instrument->network;
    const tb_symbols *s = &c->symbols;
    tb_method *m = c->method;
    m->base = s->frames;
    m->grain = s->per;
    m->context = n->context ? n->context(c->builder.config) : 0;
    m->heard = tb_feedback(c->builder.graph, "symbols", s->type,
                           tb_symbols_shape(s, c->builder.rows), s->per);
    tb_distribution next = n->loop(&c->builder, m->heard, 0);
    tb_draw how = draw_controls(&c->builder, next.kind);
    tb_value *drawn = tb_distribution_draw(&next, &how);
    tb_feedback_close(m->heard, drawn);
    tb_prime prime = prime_of(c);
    sound_out(c, decoded(c, m->heard, &prime));
    m->output[m->output_count++] = symbol_port(s, drawn);
}

typedef struct recipe {
    const char *name;
    void (*compose)(composition *c);
    bool encodes, loops, decodes;
} recipe;

static const recipe recipes[] = {
    {"encode", compose_encode, true, false, false},
    {"decode", compose_decode, false, false, true},
    {"forward", compose_forward, true, false, true},
    {"generate", compose_generate, false, true, true},
};

static const recipe *recipe_named(const tb_instrument *instrument,
                                  const tb_checkpoint *base, const char *name)
{
    const tb_network *n = instrument->network;
    bool encodes = n->encode || tb_base_has(base, "encode");
    bool decodes = n->decode || tb_base_has(base, "decode");
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        const recipe *r = &recipes[i];
        if (strcmp(r->name, name) == 0 && (encodes || !r->encodes) &&
            (n->loop || !r->loops) && (decodes || !r->decodes))
            return r;
    }
    return NULL;
}

bool tb_network_has(const tb_instrument *instrument, const tb_checkpoint *base,
                    const char *method)
{
    return recipe_named(instrument, base, method) != NULL;
}

tb_status tb_network_compose(const tb_instrument *instrument,
                             const void *config, const tb_checkpoint *base,
                             const char *name, int rows, tb_method *method,
                             tb_error *error)
{
    const recipe *r = recipe_named(instrument, base, name);
    if (!r)
        return tb_fail(error, TB_ERR_UNSUPPORTED, "%s cannot %s.",
                       instrument->name, name);
    *method = (tb_method){.name = r->name,
                          .graph = tb_graph_new(),
                          .rows = rows,
                          .base = 1,
                          .base_per = 1,
                          .grain = 1};
    if (!method->graph)
        return tb_fail_memory(error);
    composition c = {.instrument = instrument,
                     .builder = {.graph = method->graph,
                                 .config = config,
                                 .rows = rows,
                                 .method = method,
                                 .base = base},
                     .symbols = instrument->network->symbols(config),
                     .channels = instrument->format(config).channels,
                     .method = method};
    r->compose(&c);
    return tb_graph_check(method->graph, error);
}
