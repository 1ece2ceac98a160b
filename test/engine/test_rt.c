/* Running a plan or a stream allocates nothing and locks nothing: every call
   of malloc and its kin and of pthread_mutex_lock is counted (the linker's
   --wrap) while it runs. What an audio thread calls is marked as well, so that
   tools/check-realtime reads it through. */
#include "base/memory.h"
#include "counted.h"
#include "engine/grad.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "random_graph.h"
#include "tap.h"

#include <stdlib.h>

static TB_REALTIME void play(tb_stream *s, const tb_value *in,
                             const tb_value *out)
{
    for (int k = 0; k < 60; k++) {
        tb_stream_write(s, in, k % 17);
        tb_stream_control(s, in);
        tb_stream_state(s, in);
        tb_stream_run(s, k % 17);
        tb_stream_read(s, out);
    }
    tb_stream_finish(s);
    while (!tb_stream_done(s))
        tb_stream_run(s, 16);
    tb_stream_reset(s, 1);
}

static int stream_counts(const random_graph *r, tb_params *params)
{
    tb_value *out = r->values[r->n - 1];
    tb_stream_settings set = {.params = params, .n_max = 16};
    tb_stream_plan *p = tb_stream_plan_new(r->graph, 1, &out, &set, NULL);
    tb_stream *s = tb_stream_new(p, 0, NULL);
    int before = counted;
    play(s, r->input, out);
    int after = counted;
    tb_stream_free(s);
    tb_stream_plan_free(p);
    return after - before;
}

static int plan_counts(const random_graph *r, tb_value *loss, tb_params *params)
{
    tb_output out = {loss, NULL};
    tb_plan_settings set = {.params = params, .frames = 64};
    tb_plan *p = tb_plan_new(r->graph, 1, &out, &set, NULL);
    tb_plan_run(p, 0, NULL);
    tb_params_touch(params);
    int before = counted;
    tb_plan_run(p, 1, NULL);
    int after = counted;
    tb_plan_free(p);
    return after - before;
}

static void check(uint64_t seed)
{
    char name[64];
    random_graph r = rg_new(seed);
    const tb_graph *g = r.graph;
    tb_params *params = tb_params_new(1, &g, sizeof(float), NULL);
    rg_set_params(params, seed);
    snprintf(name, sizeof name, "stream %d allocates and locks nothing",
             (int)seed);
    OK_NAMED(stream_counts(&r, params) == 0, name);
    tb_value *out = r.values[r.n - 1], *grad;
    tb_value *loss = tb_sum(out, (1u << out->rank) - 1, false);
    tb_grad(loss, 1, &r.input, &grad);
    snprintf(name, sizeof name, "plan %d allocates and locks nothing",
             (int)seed);
    OK_NAMED(plan_counts(&r, grad ? grad : loss, params) == 0, name);
    tb_params_free(params);
    tb_graph_free(r.graph);
}

int main(void)
{
    void *volatile probe = malloc(1);
    free(probe);
    OK(counted == 2);
    tb_free(tb_alloc(1 << 21));
    OK_NAMED(counted >= 4, "large blocks are counted");
    for (uint64_t seed = 1; seed <= 30; seed++)
        check(seed);
    return tap_done();
}
