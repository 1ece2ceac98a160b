/* Closed streams: a generator that feeds itself, with and without a prompt and
   a conditioning signal, agrees with the offline pass over what it generated;
   and a loop that needs its own frames too early is refused. */
#include "closed_graph.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "tap.h"

#include <stdlib.h>

enum { MOST = 128 };

static bool run_stream(closed_graph *c, tb_params *params, const double *signal,
                       const double *prompt, int64_t prompted, int64_t n,
                       double *x, int64_t *nx)
{
    tb_error error = {0};
    tb_value *outputs[] = {c->x, c->y};
    tb_schedule schedule = rg_below(&c->r, 2) ? TB_EAGER : TB_PACED;
    tb_stream_settings set = {.schedule = schedule,
                              .backend = tb_backend_naive64(),
                              .params = params,
                              .n_max = 1 + rg_below(&c->r, 30)};
    tb_stream_plan *p =
        tb_stream_plan_new(c->r.graph, 2, outputs, &set, &error);
    tb_stream *s = p ? tb_stream_new(p, 0, &error) : NULL;
    if (!s) {
        fprintf(stderr, "# %s\n", error.text);
        return false;
    }
    *nx = 0;
    while (tb_stream_clock(s) < n) {
        int64_t at = tb_stream_clock(s), m = 1 + rg_below(&c->r, 30);
        m = m < set.n_max ? m : set.n_max;
        m = m < n - at ? m : n - at;
        if (c->signal) {
            tb_tensor t = tb_stream_write(s, c->signal, m);
            for (int64_t j = 0; j < m; j++)
                for (int64_t ch = 0; ch < 2; ch++)
                    ((double *)t.data)[j * t.stride[2] + ch * t.stride[1]] =
                        signal[(at + j) * 2 + ch];
        }
        if (*nx < prompted) {
            /* a prompt covers whole calls: shorten the call to it */
            tb_tensor t = tb_stream_write(s, c->x, m);
            for (int64_t j = 0; j < t.dim[2]; j++)
                ((double *)t.data)[j] = prompt[t.first + j];
        }
        tb_stream_run(s, m);
        tb_tensor t = tb_stream_read(s, c->x);
        for (int64_t j = 0; j < t.dim[2]; j++)
            x[(*nx)++] = ((double *)t.data)[j * t.stride[2]];
    }
    tb_stream_free(s);
    tb_stream_plan_free(p);
    return true;
}

/* Runs the graph offline over what was fed back: the source must have made
   each fed-back frame that no prompt set. */
static bool agrees(closed_graph *c, tb_params *params, const double *signal,
                   int64_t n, const double *x, int64_t nx, int64_t known,
                   int delay)
{
    tb_error error = {0};
    tb_output out = {c->y, NULL};
    tb_plan_settings set = {
        .backend = tb_backend_naive64(), .params = params, .frames = n};
    tb_plan *p = tb_plan_new(c->r.graph, 1, &out, &set, &error);
    if (!p) {
        fprintf(stderr, "# %s\n", error.text);
        return false;
    }
    const tb_tensor *t = tb_plan_tensor(p, c->x);
    for (int64_t j = 0; j < t->dim[2]; j++)
        ((double *)t->data)[j * t->stride[2]] = j < nx ? x[j] : 0;
    if (c->signal) {
        const tb_tensor *s = tb_plan_tensor(p, c->signal);
        for (int64_t j = 0; j < n; j++)
            for (int64_t ch = 0; ch < 2; ch++)
                ((double *)s->data)[j * s->stride[2] + ch * s->stride[1]] =
                    signal[j * 2 + ch];
    }
    tb_plan_run(p, 0, NULL);
    const tb_tensor *y = tb_plan_tensor(p, c->y);
    bool good = true;
    for (int64_t j = known; j < nx; j++) {
        double want =
            j < delay ? 0 : ((double *)y->data)[(j - delay) * y->stride[2]];
        good = good && memcmp(&x[j], &want, sizeof want) == 0;
    }
    tb_plan_free(p);
    return good;
}

static bool check(uint64_t seed)
{
    tb_error error = {0};
    tb_rng rng = {seed, 99};
    int delay = 1 + (int)tb_rng_below(&rng, 3);
    closed_graph c = closed_new(seed, delay);
    const tb_graph *g = c.r.graph;
    if (tb_graph_check(g, &error)) {
        fprintf(stderr, "# %s\n", error.text);
        return false;
    }
    tb_params *params = tb_params_new(1, &g, sizeof(double), &error);
    rg_set_params(params, seed + 1);
    double signal[2 * MOST], prompt[MOST], x[MOST];
    for (int i = 0; i < MOST; i++) {
        signal[2 * i] = tb_rng_normal(&rng);
        signal[2 * i + 1] = tb_rng_normal(&rng);
        prompt[i] = tb_rng_normal(&rng);
    }
    int64_t n = 1 + (int64_t)tb_rng_below(&rng, 90), nx = 0, known = 0;
    int64_t prompted = (int64_t)tb_rng_below(&rng, 20);
    bool good = run_stream(&c, params, signal, prompt, prompted, n, x, &nx);
    while (known < nx && x[known] == prompt[known])
        known++;
    good = good && known >= (prompted < nx ? prompted : nx);
    good = good && agrees(&c, params, signal, n, x, nx, known, delay);
    tb_params_free(params);
    tb_graph_free(c.r.graph);
    return good;
}

static bool refuses(uint64_t seed)
{
    tb_error error = {0};
    closed_graph c = closed_new(seed, 0);
    const tb_graph *g = c.r.graph;
    tb_params *params = tb_params_new(1, &g, sizeof(double), &error);
    tb_stream_settings set = {
        .backend = tb_backend_naive64(), .params = params, .n_max = 4};
    tb_stream_plan *p = tb_stream_plan_new(g, 1, &c.y, &set, &error);
    bool good = !p && strstr(error.text, "before they exist");
    tb_stream_plan_free(p);
    tb_params_free(params);
    tb_graph_free(c.r.graph);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t last = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    for (uint64_t seed = 1; seed <= last; seed++) {
        char name[64];
        snprintf(name, sizeof name, "closed graph %d agrees", (int)seed);
        OK_NAMED(check(seed), name);
        snprintf(name, sizeof name, "closed graph %d without delay refused",
                 (int)seed);
        OK_NAMED(refuses(seed), name);
    }
    return tap_done();
}
