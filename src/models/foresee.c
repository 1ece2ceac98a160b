/* Learning to foresee one's own symbols: what all autoregressive networks
   share. */
#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "models/instrument.h"

/* Frames of sound for so many frames of symbols, rounded up. */
static int64_t sound_frames(const tb_symbols *s, int64_t n)
{
    return (n * s->per + s->frames - 1) / s->frames;
}

static tb_value *cut(tb_value *symbols, int64_t context)
{
    return symbols ? tb_pad(symbols, symbols->time, -context, 0) : NULL;
}

/* [1]: the mean over rows and frames. */
static tb_value *mean_of(tb_value *nats)
{
    return tb_reshape(tb_mean(nats, TB_ALL_AXES, false), tb_dims(1));
}

/* A simple guess at the next frame of real numbers is the last one, with the
   deviation that this has on average: its likelihood, or its distance, is the
   yardstick. */
static tb_value *last_repeated(tb_value *symbols, int64_t context,
                               tb_distribution_kind kind)
{
    if (!symbols || context < 1)
        return NULL;
    int t = symbols->time;
    tb_value *now = tb_pad(symbols, t, -context, 0);
    tb_value *before = tb_pad(symbols, t, -context + 1, -1);
    if (kind == TB_PLAIN)
        return tb_relative_distance(before, now);
    tb_value *off = tb_map(tb_sub(now, before), TB_SQUARE, 0, 0);
    tb_value *variance = tb_mean(off, TB_ALL_AXES, false);
    /* ln(sqrt(2 pi e) deviation), for each of the frame's numbers. */
    tb_value *each =
        tb_map(tb_map(tb_map(variance, TB_AFFINE, 1, 1e-12), TB_LOG, 0, 0),
               TB_AFFINE, 0.5, 1.4189385332046727);
    return tb_reshape(tb_scale(each, (double)symbols->dim[1]), tb_dims(1));
}

static tb_metric metric_of(const tb_symbols *s, tb_distribution_kind kind,
                           double mulaw)
{
    tb_metric m = {.better = TB_LOWER_IS_BETTER, .tested = true};
    if (s->type == TB_I64) {
        m.name = "bits";
        m.title = "bits per sample";
        m.scale =
            1.4426950408889634 / (double)(s->channels > 0 ? s->channels : 1);
        m.yardstick = TB_YARDSTICK_ENTROPY;
        m.levels = s->levels;
        m.mulaw = mulaw;
    } else if (kind == TB_PLAIN) {
        m.name = "distance";
        m.title = "distance, as a part of the frame";
        m.yardstick = TB_YARDSTICK_RATIO;
        m.yard_name = "the last frame repeated";
    } else {
        m.name = "nats";
        m.title = "nats per number";
        m.scale = 1 / (double)s->channels;
        m.yardstick = TB_YARDSTICK_DIFFERENCE;
        m.yard_name = "the last frame repeated";
    }
    return m;
}

/* Fine levels are told in 256, too, as others have them. */
static void tell_coarse(tb_learning *l, tb_value *nats)
{
    tb_metric *coarse = &l->metric[1];
    if (!nats)
        return;
    *coarse = l->metric[0];
    coarse->name = "bits_256";
    coarse->title = "bits per sample, in 256 levels";
    coarse->value = mean_of(nats);
    coarse->yardstick = TB_YARDSTICK_NONE;
    l->metric_count = 2;
}

/* The symbols that it hears: its own of the sound, or what the base made of it
   once. */
static tb_value *symbols_of(tb_builder *b, const tb_network *n,
                            const tb_symbols *s, int channels,
                            const tb_learning_size *size, tb_feed *feed,
                            tb_value **input)
{
    if (n->encode) {
        *input = tb_input(b->graph, "sound", TB_REAL,
                          tb_dims(b->rows, channels, TB_FRAMES));
        return n->encode(b, *input);
    }
    feed->kind = TB_FEED_METHOD;
    feed->method = "encode";
    feed->of = size->base;
    feed->symbols = *s;
    return *input = tb_input(b->graph, "symbols", s->type,
                             tb_symbols_shape(s, b->rows));
}

/* Labels of the sound that it hears, where it learns any. */
static void add_labels(tb_builder *b, const tb_network *n, tb_feed *feed)
{
    const char *names = n->labels ? n->labels(b->config) : "";
    *feed = (tb_feed){.name = "labels", .kind = TB_FEED_LABELS};
    feed->labels = names;
    if (names[0])
        b->labels =
            tb_input(b->graph, "labels", TB_I64, tb_dims(b->rows, TB_FRAMES));
}

/* As long as the first feed. */
static void feed_labels(tb_learning *l, tb_value *labels)
{
    tb_objective *o = &l->objective[0];
    if (!labels)
        return;
    l->feed[1].context = l->feed[0].context;
    l->feed[1].window = l->feed[0].window;
    o->input[o->input_count++] =
        (tb_learning_input){labels, TB_INPUT_FEED, 1, NULL};
    l->feed_count = 2;
}

/* What is foreseen, and all that is said of it. */
typedef struct foreseeing {
    tb_builder b;
    tb_symbols symbols;
    int64_t context;
    tb_value *heard, *past, *next; /* input; symbols, and those to be said */
    tb_distribution said;
} foreseeing;

static void tell_progress(const tb_network *n, foreseeing *f, tb_learning *l)
{
    tb_metric *m = &l->metric[0];
    *m = metric_of(&f->symbols, f->said.kind,
                   n->mulaw ? n->mulaw(f->b.config) : 0);
    m->value = l->objective[0].loss;
    l->metric_count = 1;
    if (n->coarse_nats)
        tell_coarse(l, n->coarse_nats(&f->b, &f->said, f->next));
    if (f->symbols.type == TB_REAL)
        m->yard = last_repeated(f->past, f->context, f->said.kind);
    else if (!n->encode || f->symbols.channels > 0) /* levels of no sound */
        m->yardstick = TB_YARDSTICK_NONE;
}

/* One objective in one phase, for one optimiser. */
static void set_lesson(foreseeing *f, const tb_learning_size *size,
                       tb_learning *l)
{
    l->phase_count = l->group_count = 1;
    l->objective[0] =
        (tb_objective){.name = "foresee",
                       .graph = f->b.graph,
                       .loss = tb_distribution_loss(&f->said, f->next),
                       .groups = 1,
                       .input_count = 1,
                       .input = {{f->heard, TB_INPUT_FEED, 0, NULL}}};
    feed_labels(l, f->b.labels);
    l->phase[0] = (tb_learning_phase){
        .name = "learning", .turn_count = 1, .turn = {{0, 1, 0}}};
    l->group[0] = (tb_group){.name = "all",
                             .prefix = {""},
                             .optimiser = size->optimiser,
                             .rate = size->rate};
}

static void set_hook(const tb_network *n, const tb_builder *b, tb_learning *l)
{
    if (b->measured && n->measure)
        l->hook[l->hook_count++] = (tb_hook){.name = "measure",
                                             .time = TB_HOOK_START,
                                             .value = b->measured,
                                             .run = n->measure};
}

static void fill(const tb_instrument *instrument, const void *config,
                 const tb_learning_size *size, tb_learning *l, tb_graph *g)
{
    const tb_network *n = instrument->network;
    tb_feed *feed = &l->feed[0];
    foreseeing f = {.b = {.graph = g,
                          .config = config,
                          .rows = size->rows,
                          .learning = !size->testing,
                          .base = size->base},
                    .symbols = n->symbols(config),
                    .context = n->context ? n->context(config) : 1};
    *feed = (tb_feed){.name = "sound", .kind = TB_FEED_TRACKS};
    f.past =
        symbols_of(&f.b, n, &f.symbols, instrument->format(config).channels,
                   size, feed, &f.heard);
    add_labels(&f.b, n, &l->feed[1]);
    f.said = n->loop(&f.b, f.past, f.context);
    f.next = cut(f.past, f.context);
    l->feed_count = 1;
    feed->context = n->encode ? sound_frames(&f.symbols, f.context) : f.context;
    feed->window = tb_feed_frames(feed, size->window);
    set_lesson(&f, size, l);
    tell_progress(n, &f, l);
    set_hook(n, &f.b, l);
    l->grain = sound_frames(&f.symbols, n->grain ? n->grain(config) : 1);
    l->listening = TB_LISTEN_PROMPTS;
}

tb_status tb_learn_to_foresee(const tb_instrument *instrument,
                              const void *config, const tb_learning_size *size,
                              tb_learning *learning, tb_error *error)
{
    *learning = (tb_learning){.objective_count = 1};
    tb_graph *g = tb_graph_new();
    if (!g)
        return tb_fail_memory(error);
    fill(instrument, config, size, learning, g);
    tb_status status = tb_graph_check(g, error);
    if (status)
        tb_learning_clear(learning);
    return status;
}
