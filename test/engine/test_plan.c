/* Plans of one program: weights that change are prepared again and no others,
   shares of a batch draw what the whole batch would, and one workspace does for
   all. */
#include "engine/ops.h"
#include "engine/params.h"
#include "engine/plan.h"

#include "golden.h"
#include "tap.h"

#include <stdlib.h>

enum { ROWS = 32, WIDE = 64 };

typedef struct layers {
    tb_graph *graph;
    tb_value *x, *y[2];
    tb_params *params;
    tb_plan *plan;
} layers;

static void fill(float *to, int64_t n, int seed)
{
    for (int64_t i = 0; i < n; i++)
        to[i] = (float)noise(seed, i);
}

static float *weights(const layers *l, int i)
{
    return (float *)tb_params_data(l->params) +
           tb_params_at(l->params, i)->offset;
}

/* Two layers side by side, whose weights kernels pack. */
static bool open_layers(layers *l)
{
    tb_error error = {0};
    l->graph = tb_graph_new();
    l->x = tb_input(l->graph, "x", TB_REAL, tb_dims(ROWS, WIDE));
    for (int i = 0; i < 2; i++)
        l->y[i] = tb_linear(
            l->x, tb_param(l->graph, i ? "b" : "a", tb_dims(WIDE, WIDE)), NULL);
    const tb_graph *graphs[] = {l->graph};
    l->params = tb_params_new(1, graphs, sizeof(float), &error);
    for (int i = 0; i < 2; i++)
        fill(weights(l, i), WIDE * WIDE, 1 + i);
    tb_plan_settings how = {.params = l->params, .frames = 1};
    tb_output want[] = {{l->y[0], NULL}, {l->y[1], NULL}};
    l->plan = tb_plan_new(l->graph, 2, want, &how, &error);
    if (!l->plan)
        fprintf(stderr, "# %s\n", error.text);
    return l->plan != NULL;
}

static double sum_of(const layers *l, int i)
{
    const tb_tensor *t = tb_plan_tensor(l->plan, l->y[i]);
    double sum = 0;
    for (int k = 0; k < ROWS * WIDE; k++)
        sum += fabs(((const float *)t->data)[k]);
    return sum;
}

/* A weight that changes without anybody being told goes on as it was prepared,
   which shows what is prepared again. Naive kernels prepare nothing. */
static void test_versions(void)
{
    layers l = {0};
    if (!OK(open_layers(&l)))
        return;
    fill((float *)tb_plan_tensor(l.plan, l.x)->data, ROWS * WIDE, 3);
    tb_plan_run(l.plan, 0, NULL);
    double a = sum_of(&l, 0), b = sum_of(&l, 1);
    uint64_t before = tb_params_version_at(l.params, 0);
    weights(&l, 0)[5] += 100;
    weights(&l, 1)[5] += 100;
    tb_params_touch_at(l.params, 1);
    EQ(tb_params_version_at(l.params, 0), before);
    OK(tb_params_version_at(l.params, 1) > before);
    tb_plan_run(l.plan, 0, NULL);
    OK_NAMED(sum_of(&l, 1) > b + 100, "what was told of is prepared again");
    const char *kernels = getenv("TIMBREL_BACKEND");
    if (!kernels || strcmp(kernels, "naive") != 0)
        OK_NAMED(sum_of(&l, 0) == a, "what was not is as it was");
    tb_params_touch(l.params);
    tb_plan_run(l.plan, 0, NULL);
    OK(sum_of(&l, 0) > a + 100);
    tb_plan_free(l.plan);
    tb_params_free(l.params);
    tb_graph_free(l.graph);
}

static tb_plan *plan_with(tb_graph *g, int n, const tb_output *want,
                          int64_t frames)
{
    tb_error error = {0};
    tb_plan_settings how = {.frames = frames, .training = true};
    tb_plan *p = tb_plan_new(g, n, want, &how, &error);
    if (!p)
        fprintf(stderr, "# %s\n", error.text);
    return p;
}

static tb_value *drawn(tb_graph *g, int rows)
{
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(rows, 1, TB_FRAMES));
    return tb_dropout(tb_map(x, TB_AFFINE, 0, 1), 0.5);
}

static void test_shares_of_rows(void)
{
    enum { FRAMES = 40 };
    float whole[4 * FRAMES + 16] __attribute__((aligned(64)));
    float half[2 * FRAMES + 16] __attribute__((aligned(64)));
    tb_graph *a = tb_graph_new(), *b = tb_graph_new();
    tb_plan *all = plan_with(a, 1, &(tb_output){drawn(a, 4), whole}, FRAMES);
    tb_plan *share = plan_with(b, 1, &(tb_output){drawn(b, 2), half}, FRAMES);
    if (OK(all && share)) {
        tb_plan_run(all, 7, NULL);
        tb_plan_number_rows(share, 2);
        tb_plan_run(share, 7, NULL);
        OK_NAMED(memcmp(half, whole + 2 * FRAMES, sizeof(float) * 2 * FRAMES) ==
                     0,
                 "rows 2 and 3 of the batch");
        OK(memcmp(half, whole, sizeof(float) * 2 * FRAMES) != 0);
    }
    tb_plan_free(all);
    tb_plan_free(share);
    tb_graph_free(a);
    tb_graph_free(b);
}

/* One workspace is as large as the largest needs. */
static void test_workspace(void)
{
    tb_workspace *w = tb_workspace_new();
    tb_error error = {0};
    size_t most = 0, own = 0;
    tb_graph *graphs[2];
    tb_plan *plans[2];
    for (int i = 0; i < 2; i++) {
        tb_graph *g = graphs[i] = tb_graph_new();
        tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1, 8 << i, TB_FRAMES));
        tb_value *y = tb_mean(tb_softmax(tb_map(x, TB_TANH, 0, 0), 1),
                              TB_ALL_AXES, false);
        tb_plan_settings how = {.workspace = w, .frames = 100};
        plans[i] = tb_plan_new(g, 1, &(tb_output){y, NULL}, &how, &error);
        if (!OK(plans[i]))
            return;
        size_t share = tb_plan_workspace_bytes(plans[i]);
        most = share > most ? share : most;
        own += tb_plan_bytes(plans[i]) - share;
    }
    OK(own > 0 && tb_plan_workspace_bytes(plans[0]) > 0 &&
       tb_plan_workspace_bytes(plans[0]) < most);
    OK(tb_workspace_bytes(w) >= most && tb_workspace_bytes(w) < most + 256);
    for (int i = 0; i < 2; i++) {
        tb_plan_free(plans[i]);
        tb_graph_free(graphs[i]);
    }
    tb_workspace_free(w);
}

int main(void)
{
    test_versions();
    test_shares_of_rows();
    test_workspace();
    return tap_done();
}
