/* Channels that take on the statistics of other sound: a stream in blocks of
   any size against sums by hand, frame by frame. */
#include "../engine/golden.h"
#include "base/random.h"
#include "engine/stream.h"
#include "nn/adapted_statistics.h"

enum { ROWS = 2, CHANNELS = 3, N_MAX = 16, PARTS = 6 };

/* What happens in turn: so many frames of noise of a seed, times `level` and
   `above` it, with these switches. */
typedef struct part {
    int frames, seed;
    double level, above;
    bool learn_source, learn_target, reset_source, reset_target;
} part;

static const part parts[PARTS] = {
    {20, 1, 1, 0, false, false, false, false},    /* nothing is known */
    {45, 2, 3, 2, false, true, false, false},     /* the target */
    {30, 3, 0.5, -1, true, false, false, false},  /* the source, adapting */
    {25, 4, 0.5, -1, false, false, false, false}, /* as it was learned */
    {12, 5, 1, 0, false, false, false, true},     /* no target any more */
    {33, 6, 2, 1, true, true, true, false}};      /* passes on */

static double sound(const part *p, int row, int ch, int i)
{
    return p->above +
           p->level * noise(p->seed, (row * CHANNELS + ch) * 100 + i);
}

/* ---- by hand ---- */

typedef struct statistics {
    int n;
    double x[256]; /* all that was learned from */
} statistics;

static double mean_of(const statistics *s)
{
    double sum = 0;
    for (int i = 0; i < s->n; i++)
        sum += s->x[i];
    return sum / s->n;
}

static double deviation_of(const statistics *s)
{
    double mean = mean_of(s), sum = 0;
    for (int i = 0; i < s->n; i++)
        sum += (s->x[i] - mean) * (s->x[i] - mean);
    return sqrt(sum / (s->n > 1 ? s->n - 1 : 1));
}

static double expected(const part *p, double x, statistics *from,
                       statistics *to)
{
    from->n = p->reset_source ? 0 : from->n;
    to->n = p->reset_target ? 0 : to->n;
    if (p->learn_source)
        from->x[from->n++] = x;
    if (p->learn_target)
        to->x[to->n++] = x;
    if (p->learn_target || from->n == 0 || to->n == 0)
        return x;
    return (x - mean_of(from)) / (deviation_of(from) + 1e-5) *
               deviation_of(to) +
           mean_of(to);
}

static void by_hand(int row, int ch, double *y)
{
    statistics from = {0}, to = {0};
    for (int k = 0; k < PARTS; k++)
        for (int i = 0; i < parts[k].frames; i++)
            *y++ =
                expected(&parts[k], sound(&parts[k], row, ch, i), &from, &to);
}

/* ---- as a stream ---- */

typedef struct adaptation {
    tb_graph *graph;
    tb_value *x, *y, *switches[4];
    tb_stream_plan *plan;
    tb_stream *stream;
} adaptation;

static bool adaptation_open(adaptation *a)
{
    tb_error error = {0};
    a->graph = tb_graph_new();
    a->x = tb_input(a->graph, "x", TB_REAL, tb_dims(ROWS, CHANNELS, TB_FRAMES));
    for (int i = 0; i < 4; i++)
        a->switches[i] = tb_input(a->graph, "switch", TB_REAL, tb_dims(ROWS));
    tb_adapting how = {a->switches[0], a->switches[1], a->switches[2],
                       a->switches[3]};
    a->y = tb_adapted_statistics(a->x, "layer", &how);
    tb_stream_settings settings = {.backend = tb_backend_naive64(),
                                   .n_max = N_MAX};
    a->plan = tb_stream_plan_new(a->graph, 1, &a->y, &settings, &error);
    a->stream = a->plan ? tb_stream_new(a->plan, 1, &error) : NULL;
    if (!a->stream)
        fprintf(stderr, "# %s\n", error.text);
    return OK(a->stream != NULL);
}

static void adaptation_close(adaptation *a)
{
    tb_stream_free(a->stream);
    tb_stream_plan_free(a->plan);
    tb_graph_free(a->graph);
}

static void turn(const adaptation *a, const part *p)
{
    const bool on[] = {p->learn_source, p->learn_target, p->reset_source,
                       p->reset_target};
    for (int i = 0; i < 4; i++)
        for (int row = 0; row < ROWS; row++)
            *element(tb_stream_control(a->stream, a->switches[i]), row) = on[i];
}

/* n frames of a part from `from` on; what comes is added to y [ROWS, CHANNELS,
   256] at `at`. */
static void pass(const adaptation *a, const part *p, int from, int n, int at,
                 double *y)
{
    tb_tensor in = tb_stream_write(a->stream, a->x, n);
    for (int k = 0; k < ROWS * CHANNELS; k++)
        for (int i = 0; i < n; i++)
            *element(&in, (int64_t)k * n + i) =
                sound(p, k / CHANNELS, k % CHANNELS, from + i);
    tb_stream_run(a->stream, n);
    tb_tensor out = tb_stream_read(a->stream, a->y);
    EQ(out.dim[2], n);
    for (int k = 0; k < ROWS * CHANNELS; k++)
        for (int i = 0; i < n && out.dim[2] == n; i++)
            y[k * 256 + at + i] = *element(&out, (int64_t)k * n + i);
}

static void streamed(uint64_t seed, double *y)
{
    adaptation a;
    tb_rng rng = {seed, 0};
    int at = 0;
    if (adaptation_open(&a))
        for (int k = 0; k < PARTS; k++) {
            turn(&a, &parts[k]);
            for (int i = 0, n; i < parts[k].frames; i += n, at += n) {
                n = (int)tb_rng_below(&rng, N_MAX) + 1;
                n = n < parts[k].frames - i ? n : parts[k].frames - i;
                pass(&a, &parts[k], i, n, at, y);
            }
        }
    adaptation_close(&a);
}

int main(void)
{
    static double y[2][ROWS * CHANNELS * 256];
    int frames = 0;
    for (int k = 0; k < PARTS; k++)
        frames += parts[k].frames;
    streamed(1, y[0]);
    streamed(2, y[1]);
    OK_NAMED(memcmp(y[0], y[1], sizeof y[0]) == 0,
             "blocks of other sizes give the same bits");
    for (int k = 0; k < ROWS * CHANNELS; k++) {
        double want[256], worst = 0;
        by_hand(k / CHANNELS, k % CHANNELS, want);
        for (int i = 0; i < frames; i++) {
            double off = fabs(y[0][k * 256 + i] - want[i]);
            worst = off <= worst ? worst : off;
        }
        if (!OK_NAMED(worst < 1e-9, "statistics as by hand"))
            fprintf(stderr, "# off by %g\n", worst);
    }
    return tap_done();
}
