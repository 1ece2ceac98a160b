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

static void fill(const tb_instrument *instrument, const void *config,
                 const tb_learning_size *size, tb_learning *l, tb_graph *g)
{
    const tb_network *n = instrument->network;
    tb_symbols s = n->symbols(config);
    tb_builder b = {.graph = g,
                    .config = config,
                    .rows = size->rows,
                    .learning = !size->testing,
                    .base = size->base};
    int64_t context = n->context ? n->context(config) : 1;
    tb_feed *feed = &l->feed[0];
    tb_value *heard;
    *feed = (tb_feed){.name = "sound", .kind = TB_FEED_TRACKS};
    tb_value *symbols = symbols_of(
        &b, n, &s, instrument->format(config).channels, size, feed, &heard);
    add_labels(&b, n, &l->feed[1]);
    tb_distribution d = n->loop(&b, symbols, context);
    tb_value *next = cut(symbols, context);
    l->feed_count = l->phase_count = l->metric_count = l->group_count = 1;
    feed->context = n->encode ? sound_frames(&s, context) : context;
    feed->window = tb_feed_frames(feed, size->window);
    l->objective[0] =
        (tb_objective){.name = "foresee",
                       .graph = g,
                       .loss = tb_distribution_loss(&d, next),
                       .groups = 1,
                       .input_count = 1,
                       .input = {{heard, TB_INPUT_FEED, 0, NULL}}};
    feed_labels(l, b.labels);
    l->phase[0] = (tb_learning_phase){
        .name = "learning", .turn_count = 1, .turn = {{0, 1, 0}}};
    l->group[0] = (tb_group){.name = "all",
                             .prefix = {""},
                             .optimiser = size->optimiser,
                             .rate = size->rate};
    l->metric[0] = metric_of(&s, d.kind, n->mulaw ? n->mulaw(config) : 0);
    l->metric[0].value = l->objective[0].loss;
    if (n->coarse_nats)
        tell_coarse(l, n->coarse_nats(&b, &d, next));
    if (s.type == TB_REAL)
        l->metric[0].yard = last_repeated(symbols, context, d.kind);
    else if (!n->encode || s.channels > 0) /* codes are levels of no sound */
        l->metric[0].yardstick = TB_YARDSTICK_NONE;
    if (b.measured && n->measure)
        l->hook[l->hook_count++] = (tb_hook){.name = "measure",
                                             .time = TB_HOOK_START,
                                             .value = b.measured,
                                             .run = n->measure};
    l->grain = sound_frames(&s, n->grain ? n->grain(config) : 1);
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
