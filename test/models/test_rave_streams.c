/* RAVEs as instruments: streams that give what the graph that learned gives
   over the whole sound, later by exactly their latency, and nothing before what
   an impulse can have reached. */
#include "base/random.h"
#include "check_rave.h"
#include "engine/ops/reduce.h"
#include "engine/stream.h"
#include "engine/time.h"

/* ---- streams ---- */

enum { N_MAX = 3000 };

/* The graph as it learns, with gradients behind it, and the stream of the
   instrument: they draw the same numbers. */
typedef struct both {
    const char *presets;
    tb_rave c;
    const tb_backend *backend;
    tb_graph *trained;
    tb_value *x, *spread, *y;
    tb_method method;
    tb_params *params;
} both;

static void build_trained(both *b)
{
    b->trained = tb_graph_new();
    b->x = tb_input(b->trained, "sound", TB_REAL,
                    tb_dims(1, b->c.channels, TB_FRAMES));
    tb_rave_how how = {0};
    if (b->c.latent_kind == TB_RAVE_VARIATIONAL) {
        how.draws = true;
        how.spread = b->spread =
            tb_input(b->trained, "spread", TB_REAL, tb_dims(1));
    }
    tb_rave_signals s = tb_rave_rebuilt(&b->c, b->x, &how);
    b->y = s.made;
    tb_value *loss =
        tb_sum(tb_map(s.made, TB_SQUARE, 0, 0), TB_ALL_AXES, false);
    tb_value *d;
    tb_grad(loss, 1, &b->x, &d);
}

/* Switches of what adapts are nodes of the stream alone, and chance depends on
   nodes: there nothing is drawn. */
static double spread_of(const both *b)
{
    return b->c.adain ? 0 : 0.7;
}

static bool both_new(both *b, const char *presets, int channels,
                     const char *change, const tb_backend *backend)
{
    tb_error error = {0};
    tb_settings_part part = {&tb_rave_settings, &b->c};
    *b = (both){.presets = presets, .backend = backend};
    b->c = configured(presets, channels);
    tb_status status = tb_settings_assign(&part, 1, change, &error);
    build_trained(b);
    if (!status)
        status = tb_instrument_method(&tb_rave_instrument, &b->c, NULL,
                                      "forward", 1, &b->method, &error);
    if (!status)
        b->params = params_of(b->method.graph, backend->real_size);
    if (!b->params)
        fprintf(stderr, "# %s: %s\n", presets, error.text);
    return OK_NAMED(b->params != NULL, presets);
}

static void both_clear(both *b)
{
    tb_method_clear(&b->method);
    tb_params_free(b->params);
    tb_graph_free(b->trained);
}

static void set(void *data, int64_t i, double x, size_t size)
{
    if (size == sizeof(float))
        ((float *)data)[i] = (float)x;
    else
        ((double *)data)[i] = x;
}

static double get(const void *data, int64_t i, size_t size)
{
    return size == sizeof(float) ? (double)((const float *)data)[i]
                                 : ((const double *)data)[i];
}

/* Sound of a seed; `at`: with 0.5 more in one frame. */
static void write_sound(const both *b, const tb_tensor *t, int64_t from,
                        int64_t n, int64_t at)
{
    for (int64_t k = 0; k < b->c.channels; k++)
        for (int64_t i = 0; i < n; i++)
            set(t->data, k * t->stride[1] + i * t->stride[2],
                0.5 * noise(31 + (int)k, from + i) + (from + i == at ? 0.5 : 0),
                b->backend->real_size);
}

static void read_sound(const both *b, const tb_tensor *t, int64_t to,
                       int64_t frames, double *y)
{
    for (int64_t k = 0; k < b->c.channels; k++)
        for (int64_t i = 0; i < t->dim[2] && to + i < frames; i++)
            y[k * frames + to + i] =
                get(t->data, k * t->stride[1] + i * t->stride[2],
                    b->backend->real_size);
}

/* The whole sound through the trained graph; how many frames came. */
static int64_t run_trained(const both *b, int64_t frames, int64_t at,
                           int64_t room, double *y)
{
    tb_error error = {0};
    tb_output want = {b->y, NULL};
    tb_plan_settings how = {
        .backend = b->backend, .params = b->params, .frames = frames};
    tb_plan *p = tb_plan_new(b->trained, 1, &want, &how, &error);
    if (!p) {
        fprintf(stderr, "# %s: %s\n", b->presets, error.text);
        return -1;
    }
    write_sound(b, tb_plan_tensor(p, b->x), 0, frames, at);
    const tb_tensor *spread = b->spread ? tb_plan_tensor(p, b->spread) : NULL;
    if (spread)
        set(spread->data, 0, spread_of(b), b->backend->real_size);
    tb_plan_run(p, 5, NULL);
    const tb_tensor *t = tb_plan_tensor(p, b->y);
    int64_t came = t->dim[2];
    read_sound(b, t, 0, room, y);
    tb_plan_free(p);
    return came;
}

typedef struct streaming {
    tb_stream_plan *plan;
    tb_stream *stream;
    int64_t latency;
} streaming;

static streaming stream_of(both *b, tb_schedule schedule)
{
    tb_error error = {0};
    tb_value *y = b->method.output[0].value;
    tb_stream_settings how = {.backend = b->backend,
                              .params = b->params,
                              .n_max = N_MAX,
                              .schedule = schedule};
    streaming s = {
        .plan = tb_stream_plan_new(b->method.graph, 1, &y, &how, &error)};
    s.stream = s.plan ? tb_stream_new(s.plan, 5, &error) : NULL;
    s.latency = s.plan ? tb_time_latency(tb_stream_plan_time(s.plan, y)) : -1;
    if (!s.stream)
        fprintf(stderr, "# %s: %s\n", b->presets, error.text);
    for (int i = 0; s.stream && i < b->method.control_count; i++) {
        const tb_tensor *t =
            tb_stream_control(s.stream, b->method.control_value[i]);
        bool drawn = strcmp(b->method.control[i]->name, "spread") == 0;
        if (t && drawn)
            set(t->data, 0, spread_of(b), b->backend->real_size);
    }
    return s;
}

static void streaming_clear(streaming *s)
{
    tb_stream_free(s->stream);
    tb_stream_plan_free(s->plan);
}

/* Blocks of any size; false if frames come at another time than the latency
   says. How many came in the end. */
static bool run_blocks(both *b, streaming *s, int64_t frames, uint64_t seed,
                       int64_t room, double *y, int64_t *came)
{
    tb_rng rng = {seed, 0};
    const tb_value *in = b->method.input[0].value;
    const tb_value *out = b->method.output[0].value;
    bool on_time = true;
    *came = 0;
    for (int64_t at = 0; !tb_stream_done(s->stream);) {
        int64_t n = (int64_t)tb_rng_below(&rng, seed % 2 ? 200 : N_MAX) + 1;
        n = n < frames - at ? n : frames - at;
        if (n > 0) {
            tb_tensor to = tb_stream_write(s->stream, in, n);
            write_sound(b, &to, at, n, -1);
        } else {
            tb_stream_finish(s->stream);
        }
        tb_stream_run(s->stream, n > 0 ? n : N_MAX);
        tb_tensor t = tb_stream_read(s->stream, out);
        read_sound(b, &t, *came, room, y);
        *came += t.dim[2];
        at += n;
        int64_t due = at - s->latency;
        if (n > 0)
            on_time &= *came == (due > 0 ? due : 0);
    }
    return on_time;
}

static void check_stream(both *b, int64_t frames)
{
    int64_t room = frames + 8192, came, n = (int64_t)b->c.channels * room;
    double *whole = calloc((size_t)n, sizeof *whole);
    double *y = calloc((size_t)n, sizeof *y);
    char name[128];
    int64_t made = run_trained(b, frames, -1, room, whole);
    for (uint64_t seed = 1; seed <= 2; seed++) {
        streaming s = stream_of(b, TB_PACED);
        bool good = s.stream && run_blocks(b, &s, frames, seed, room, y, &came);
        good = good && came == made &&
               memcmp(y, whole, (size_t)n * sizeof *y) == 0;
        snprintf(name, sizeof name, "%s, %s: %d frames as a stream, latency %d",
                 b->presets, b->backend->name, (int)frames, (int)s.latency);
        OK_NAMED(good, name);
        streaming_clear(&s);
    }
    free(whole);
    free(y);
}

/* Streams of the trained graph's bits, whatever the length and the blocks. */
static void check_streams(const char *presets, int channels, const char *change)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_cpu()};
    for (int i = 0; i < 2; i++) {
        both b;
        if (both_new(&b, presets, channels, change, backends[i])) {
            int64_t ratio = tb_rave_ratio(&b.c);
            check_stream(&b, 3 * ratio);
            check_stream(&b, 2 * ratio + 777);
            check_stream(&b, 9);
        }
        both_clear(&b);
    }
}

/* The first frame that an impulse changes. */
static int64_t first_change(const double *a, const double *b, int64_t n)
{
    int64_t i = 0;
    while (i < n && a[i] == b[i])
        i++;
    return i;
}

/* Nothing is heard before an impulse, at whatever place of a frame of latents,
   but what the latency says; at some place all of it is. */
static void check_impulses(const char *presets, int places, bool exact)
{
    both b;
    if (!both_new(&b, presets, 1, "noise_bins=0", tb_backend_naive64()))
        return;
    int64_t ratio = tb_rave_ratio(&b.c), frames = 4 * ratio + 16384;
    double *a = calloc((size_t)(2 * frames), sizeof *a);
    double *y = calloc((size_t)(2 * frames), sizeof *y);
    streaming s = stream_of(&b, TB_PACED);
    int64_t soonest = 0, n = run_trained(&b, frames, -1, 2 * frames, a);
    for (int i = 0; i < places; i++) {
        int64_t at = frames - 2 * ratio + i * ratio / places;
        run_trained(&b, frames, at, 2 * frames, y);
        int64_t ahead = at - first_change(a, y, n);
        soonest = ahead > soonest ? ahead : soonest;
    }
    char name[128];
    snprintf(name, sizeof name, "%s: heard up to %d frames before, of %d",
             presets, (int)soonest, (int)s.latency);
    OK_NAMED(exact ? soonest == s.latency : soonest <= s.latency, name);
    streaming_clear(&s);
    both_clear(&b);
    free(a);
    free(y);
}

/* From a sound to its echo, with what host blocks and the bank add: the bank's
   delay stands in the target of learning, so that the network learned it. */
static void check_latency(const char *presets, int block, double most_ms)
{
    both b;
    if (!both_new(&b, presets, 1, "noise_bins=0", tb_backend_cpu()))
        return;
    streaming s = stream_of(&b, TB_PACED);
    int64_t bank = tb_rave_delay(&b.c), all = block + bank + s.latency;
    double ms = 1000 * (double)all / b.c.sample_rate;
    char name[128];
    snprintf(name, sizeof name,
             "%s: %.1f ms (block %d, bank %d, network %d frames), at most %g",
             presets, ms, block, (int)bank, (int)s.latency, most_ms);
    OK_NAMED(s.latency >= 0 && bank > 0 && ms <= most_ms, name);
    streaming_clear(&s);
    both_clear(&b);
}

int main(void)
{
    static const struct {
        const char *presets;
        int channels;
    } all[] = {{"v1", 1},
               {"v1,causal", 1},
               {"onnx", 2},
               {"raspberry", 1},
               {"v2", 1},
               {"v2,causal", 1},
               {"v2,noise,snake", 1},
               {"v2,wasserstein", 1},
               {"v2,spherical", 1},
               {"v2_small", 2},
               {"v2_nopqmf", 1},
               {"v2_nopqmf_small", 1},
               {"v3", 1},
               {"discrete", 1},
               {"v2,hybrid", 1},
               {"discrete,hybrid", 2},
               {"discrete_v3", 1},
               {"brave", 1}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_streams(all[i].presets, all[i].channels, "noise_cropped=no");
    check_impulses("brave", 128, true);
    check_impulses("v2_small,causal", 16, false);
    check_impulses("raspberry", 4, false);
    check_latency("brave", 64, 10);
    check_latency("v2_small,causal", 64, 36);
    return tap_done();
}
