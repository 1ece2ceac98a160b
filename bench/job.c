#include "job.h"
#include "engine/source.h"
#include <stdio.h>

enum { MOST_OUTPUTS = 16 };

/* Zeros and subnormals would flatter or punish. */
static void fill(float *x, int64_t n, float scale)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(i % 61 - 30) / 30 * scale;
}

static void fill_inputs(const bench_job *j)
{
    for (tb_node *n = tb_graph_first(j->graph); n; n = n->next) {
        const tb_tensor *t =
            n->op == &tb_op_input ? tb_plan_tensor(j->plan, n->out[0]) : NULL;
        if (t && t->data && t->type == TB_REAL)
            fill(t->data, tb_elements(t, t->time < 0 ? 0 : t->dim[t->time]), 1);
    }
}

bool bench_job_begin(bench_job *j, const bench_options *o, tb_graph *graph,
                     int n_outputs, tb_value *const *outputs, int64_t frames)
{
    tb_error error = {0};
    tb_output wanted[MOST_OUTPUTS] = {{NULL, NULL}};
    *j = (bench_job){.graph = graph, .pool = o->pool};
    for (int i = 0; i < n_outputs && i < MOST_OUTPUTS; i++)
        wanted[i].value = outputs[i];
    if (tb_graph_check(graph, &error))
        goto failed;
    j->params = tb_params_new(1, (const tb_graph *const[]){graph},
                              sizeof(float), &error);
    if (!j->params)
        goto failed;
    j->plan = tb_plan_new(graph, n_outputs, wanted,
                          &(tb_plan_settings){.params = j->params,
                                              .frames = frames,
                                              .training = true,
                                              .threads = o->threads},
                          &error);
    if (!j->plan)
        goto failed;
    fill(tb_params_data(j->params), tb_params_total(j->params), 0.1f);
    fill_inputs(j);
    return true;
failed:
    fprintf(stderr, "%s\n", error.text);
    bench_job_end(j);
    return false;
}

void bench_job_end(bench_job *j)
{
    tb_plan_free(j->plan);
    tb_params_free(j->params);
    tb_graph_free(j->graph);
    *j = (bench_job){.graph = NULL};
}

void bench_job_run(void *job)
{
    bench_job *j = job;
    tb_params_touch(j->params);
    tb_plan_run(j->plan, 1, j->pool);
}
