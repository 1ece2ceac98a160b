/* A small RAVE, streaming or learning, allocates nothing and locks nothing
   while it runs. */
#include "counted.h"
#include "engine/grad.h"
#include "engine/source.h"
#include "rave_losses.h"

static int stream_counts(const rave *r, tb_params *params,
                         const tb_backend *backend)
{
    tb_value *y = r->y;
    tb_stream_settings how = {
        .backend = backend, .params = params, .n_max = 100};
    tb_stream_plan *plan = tb_stream_plan_new(r->graph, 1, &y, &how, NULL);
    tb_stream *s = plan ? tb_stream_new(plan, 0, NULL) : NULL;
    int before = counted;
    for (int k = 0; s && k < 40; k++) {
        int64_t n = (k * 37) % 101;
        tb_stream_write(s, r->x, n);
        tb_stream_write(s, r->noise, n);
        tb_stream_run(s, n, NULL);
        tb_stream_read(s, r->y);
    }
    if (s) {
        tb_stream_finish(s);
        tb_stream_run(s, 100, NULL);
        tb_stream_reset(s, 1);
    }
    int count = s ? counted - before : -1;
    tb_stream_free(s);
    tb_stream_plan_free(plan);
    return count;
}

/* The first run prepares weights, the second prepares them anew. */
static int training_counts(rave *r, const tb_backend *backend)
{
    tb_output want[80];
    tb_value *params[80], *gradients[80];
    int n = 0, outputs = 1;
    tb_value *loss = distances(r);
    for (tb_node *k = tb_graph_first(r->graph); k; k = k->next)
        if (k->op == &tb_op_param)
            params[n++] = k->out[0];
    tb_grad(loss, n, params, gradients);
    want[0] = (tb_output){loss, NULL};
    for (int i = 0; i < n; i++)
        if (gradients[i])
            want[outputs++] = (tb_output){gradients[i], NULL};
    tb_params *store = witness_params(r->graph, r->graph, backend);
    tb_plan_settings how = {.backend = backend,
                            .params = store,
                            .frames = FRAMES,
                            .training = true};
    tb_plan *p = tb_plan_new(r->graph, outputs, want, &how, NULL);
    int before = counted;
    for (int k = 0; p && k < 2; k++) {
        tb_plan_run(p, 1, NULL);
        tb_params_touch(store);
    }
    int count = p ? counted - before : -1;
    tb_plan_free(p);
    tb_params_free(store);
    return count;
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive(), tb_backend_cpu()};
    void *volatile probe = malloc(1);
    free(probe);
    EQ(counted, 2);
    for (int i = 0; i < 2; i++) {
        rave r = rave_new(i == 0);
        tb_params *params = witness_params(r.graph, r.graph, backends[i]);
        EQ(stream_counts(&r, params, backends[i]), 0);
        EQ(training_counts(&r, backends[i]), 0);
        tb_params_free(params);
        tb_graph_free(r.graph);
    }
    return tap_done();
}
