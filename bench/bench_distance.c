/* The spectral distance that RAVE learns by, with its gradient: milliseconds,
   of a batch of sounds and of their 16 bands. */
#include "dsp/sound_distance.h"
#include "engine/grad.h"
#include "engine/plan.h"

#include "bench.h"
#include <stdio.h>

enum { ROWS = 8, SAMPLES = 131072, BANDS = 16 };

typedef struct distance {
    tb_graph *graph;
    tb_plan *plan;
    tb_pool *pool;
} distance;

static void fill(const tb_plan *plan, const tb_value *v, uint32_t seed)
{
    float *x = tb_plan_tensor(plan, v)->data;
    for (int64_t i = 0; i < (int64_t)ROWS * SAMPLES; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)seed / 2147483648.0f - 1;
    }
}

static bool prepare(distance *d, const bench_options *o, int64_t bands)
{
    tb_shape shape = tb_dims(ROWS, bands, SAMPLES / bands);
    tb_error error = {0};
    d->graph = tb_graph_new();
    d->pool = o->pool;
    tb_value *x = tb_input(d->graph, "x", TB_REAL, shape), *dy = NULL;
    tb_value *y = tb_input(d->graph, "y", TB_REAL, shape);
    tb_value *loss = tb_sound_distance_of(x, y, &tb_sound_distance_usual);
    tb_grad(loss, 1, &y, &dy);
    tb_output want[] = {{.value = loss}, {.value = dy}};
    d->plan = tb_plan_new(d->graph, 2, want,
                          &(tb_plan_settings){.threads = o->threads}, &error);
    if (!d->plan) {
        fprintf(stderr, "%s\n", error.text);
        return false;
    }
    fill(d->plan, x, 1);
    fill(d->plan, y, 2);
    return true;
}

static void run(void *context)
{
    distance *d = context;
    tb_plan_run(d->plan, 0, d->pool);
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    bool good = true;
    for (int k = 0; k < 2; k++) {
        distance d = {0};
        const char *name = k ? "bands" : "sound";
        if (!bench_wanted(&o, name))
            continue;
        good &= prepare(&d, &o, k ? BANDS : 1);
        if (d.plan)
            bench_report(name, 1e3 * bench_median(&o, run, &d), "ms", 0);
        tb_plan_free(d.plan);
        tb_graph_free(d.graph);
    }
    bench_end(&o);
    return good ? 0 : 1;
}
