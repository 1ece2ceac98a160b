/* Runs of a plan. */
#include "engine/plan_state.h"

#include "engine/source.h"

void tb_plan_reset(tb_plan *p)
{
    tb_plan_fill_sources(p, true);
    for (const tb_plan_mirror *m = p->mirrors; m; m = m->next)
        if (m->value->node->op == &tb_op_state)
            tb_mirror_download(&m->mirror, p->backend->storage);
}

void tb_plan_number_rows(tb_plan *p, uint32_t first_row)
{
    p->first_row = first_row;
}

/* Weights that changed since the last run are prepared again. */
static void refresh(tb_plan *p)
{
    bool any = false;
    if (!p->params || tb_params_version(p->params) == p->weights_version)
        return;
    for (int k = 0; k < p->layout.n_nodes; k++) {
        const tb_node *n = p->layout.nodes[k];
        if (n->op != &tb_op_param)
            continue;
        int id = n->out[0]->id;
        any |= p->changed[id] =
            tb_params_version_at(p->params, p->parameter[id]) >
            p->weights_version;
    }
    p->weights_version = tb_params_version(p->params);
    if (any)
        p->backend->refresh(p->program, p->changed);
}

/* A run has one step: all nodes. */
static TB_REALTIME bool next_beat(void *context, tb_beat *beat)
{
    tb_plan *p = context;
    bool begins = !p->over;
    p->over = true;
    *beat = (tb_beat){.spans = p->spans};
    return begins;
}

static tb_pass bring_in(tb_plan *p, uint64_t seed, tb_pool *pool)
{
    tb_plan_place(p);
    tb_plan_upload(p);
    tb_plan_fetch_all(p);
    p->over = false;
    return (tb_pass){.beats = {next_beat, p},
                     .seed = seed,
                     .first_row = p->first_row,
                     .pool = pool,
                     .seconds = p->seconds};
}

static TB_REALTIME bool no_beat(void *context, tb_beat *beat)
{
    (void)context, (void)beat;
    return false;
}

/* A run of no steps. */
void tb_plan_prepare(tb_plan *p)
{
    refresh(p);
    tb_pass run = bring_in(p, 0, NULL);
    run.beats.next = no_beat;
    p->backend->run_alone(p->program, &run);
}

void tb_plan_run(tb_plan *p, uint64_t seed, tb_pool *pool)
{
    refresh(p);
    tb_pass run = bring_in(p, seed, pool);
    p->backend->run(p->program, &run);
    tb_plan_download(p);
}

void tb_plan_run_alone(tb_plan *p, uint64_t seed)
{
    tb_pass run = bring_in(p, seed, NULL);
    p->backend->run_alone(p->program, &run);
    tb_plan_download(p);
}

tb_status tb_plan_run_checked(tb_plan *p, uint64_t seed, tb_pool *pool,
                              tb_error *error)
{
    refresh(p);
    tb_pass run = bring_in(p, seed, pool);
    const tb_node *bad = p->backend->run_checked(p->program, &run);
    if (bad)
        return tb_fail(error, TB_ERR_NUMERIC,
                       "Node %d (%s) gives a result that is not a number.",
                       bad->id, bad->op->name);
    tb_plan_download(p);
    return TB_OK;
}

void tb_plan_measure(tb_plan *p, double *seconds)
{
    p->seconds = seconds;
}
