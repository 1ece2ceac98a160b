/* The parameters that each optimiser moves, and what goes together. */
#include "base/memory.h"
#include "train/trainer_state.h"

/* ---- programs that cannot be run ---- */

static tb_status check_inputs(const tb_learning *l, int objective,
                              tb_error *error)
{
    const tb_objective *o = &l->objective[objective];
    for (int i = 0; i < o->input_count; i++)
        if (o->input[i].kind == TB_INPUT_OUTPUT &&
            o->input[i].index >= objective)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "%s reads what %s makes, which runs after it: "
                           "objectives are listed in the order in which they "
                           "run.",
                           o->name, l->objective[o->input[i].index].name);
    return TB_OK;
}

static tb_status check_phase(const tb_learning *l, int phase, tb_error *error)
{
    const tb_learning_phase *p = &l->phase[phase];
    for (int i = 0; i < p->turn_count; i++) {
        const tb_phase_turn *turn = &p->turn[i];
        if (turn->objective < 0 || turn->objective >= l->objective_count ||
            turn->offset < 0 || (turn->offset && turn->offset >= turn->every))
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "Turn %d of the phase %s never comes.", i + 1,
                           p->name);
    }
    return TB_OK;
}

tb_status tb_trainer_check_program(const tb_learning *l, tb_error *error)
{
    tb_status status = TB_OK;
    if (l->objective_count < 1 || l->phase_count < 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A way to learn has at least one objective and one "
                       "phase.");
    for (int o = 0; o < l->objective_count && !status; o++)
        status = check_inputs(l, o, error);
    for (int p = 0; p < l->phase_count && !status; p++)
        status = check_phase(l, p, error);
    return status;
}

/* ---- gradients of one parameter from several objectives ---- */

typedef struct meeting {
    int a, b; /* objectives that have their turn in the same step */
} meeting;

/* The next pair of turns that meet, from `*i` on; false: there are no more. */
static bool next_meeting(const tb_learning *l, int *i, meeting *m)
{
    enum { N = TB_MOST_TURNS };
    for (; *i < l->phase_count * N * N; ++*i) {
        const tb_learning_phase *p = &l->phase[*i / (N * N)];
        int a = *i / N % N, b = *i % N;
        if (a >= b || b >= p->turn_count ||
            !tb_turns_meet(&p->turn[a], &p->turn[b]))
            continue;
        *m = (meeting){p->turn[a].objective, p->turn[b].objective};
        ++*i;
        return true;
    }
    return false;
}

/* Whether gradients of one step must be summed. */
static bool overlaps(const tb_trainer *t)
{
    meeting m;
    for (int i = 0; next_meeting(&t->learn, &i, &m);) {
        unsigned both = 1u << m.a | 1u << m.b;
        for (int k = 0; k < tb_params_count(t->params) && m.a != m.b; k++)
            if ((t->moved_by[k] & both) == both)
                return true;
    }
    return false;
}

/* One parameter is moved by one group in a step. */
static tb_status check_groups(const tb_trainer *t, tb_error *error)
{
    for (int k = 0; k < tb_params_count(t->params); k++) {
        const char *name = tb_params_at(t->params, k)->name;
        meeting m;
        for (int o = 0; o < t->learn.objective_count; o++) {
            unsigned g = tb_trainer_groups(t, &t->learn.objective[o], name);
            if (g & (g - 1))
                return tb_fail(error, TB_ERR_ARGUMENT,
                               "Two groups move %s for the objective %s.", name,
                               t->learn.objective[o].name);
        }
        for (int i = 0; next_meeting(&t->learn, &i, &m);) {
            const tb_objective *all = t->learn.objective;
            unsigned a = tb_trainer_groups(t, &all[m.a], name);
            unsigned b = tb_trainer_groups(t, &all[m.b], name);
            if (a && b && a != b)
                return tb_fail(error, TB_ERR_ARGUMENT,
                               "Two groups move %s in the same step.", name);
        }
    }
    return TB_OK;
}

/* ---- groups ---- */

/* Objectives whose gradients move a parameter as one of a group. */
static unsigned movers(const tb_trainer *t, int group, int param)
{
    unsigned mask = 0;
    const char *name = tb_params_at(t->params, param)->name;
    for (int o = 0; o < t->learn.objective_count; o++)
        if (tb_trainer_groups(t, &t->learn.objective[o], name) >> group & 1)
            mask |= t->moved_by[param] & 1u << o;
    return mask;
}

static void list_ranges(const tb_trainer *t, int group, tb_moved *m)
{
    int last = -2;
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        unsigned mask = movers(t, group, i);
        if (!mask)
            continue;
        if (last != i - 1 || m->ranges[m->count - 1].objectives != mask) {
            m->weights[m->count] = (tb_weight_range){p->offset, 0};
            m->ranges[m->count++] = (tb_moved_range){mask, i, 0};
        }
        tb_weight_range *w = &m->weights[m->count - 1];
        w->count = p->offset + p->n - w->from;
        m->ranges[m->count - 1].count++;
        last = i;
    }
}

static tb_status open_group(tb_trainer *t, int group, tb_error *error)
{
    tb_moved *m = &t->moved[group];
    size_t most = (size_t)tb_params_count(t->params) + 1;
    m->group = &t->learn.group[group];
    m->ranges = tb_alloc_array(most, sizeof *m->ranges);
    m->weights = tb_alloc_array(most, sizeof *m->weights);
    m->chosen = tb_alloc_array(most, sizeof *m->chosen);
    if (!m->ranges || !m->weights || !m->chosen)
        return tb_fail_memory(error);
    list_ranges(t, group, m);
    m->optimiser =
        tb_optimiser_new(&m->group->optimiser, m->weights, m->count, t->storage,
                         tb_params_memory(t->params), error);
    return m->optimiser ? TB_OK : TB_ERR_MEMORY;
}

tb_status tb_trainer_open_groups(tb_trainer *t, tb_error *error)
{
    tb_status status = check_groups(t, error);
    if (!status && (t->micro > 1 || overlaps(t))) {
        t->summed = t->storage->alloc((size_t)tb_params_total(t->params) *
                                      sizeof *t->summed);
        if (!t->summed)
            return tb_fail_memory(error);
    }
    for (int i = 0; i < t->learn.group_count && !status; i++)
        status = open_group(t, i, error);
    return status;
}

bool tb_moved_choose(tb_moved *m, unsigned turn)
{
    bool any = false;
    for (int i = 0; i < m->count; i++)
        any |= m->chosen[i] = (m->ranges[i].objectives & turn) != 0;
    return any;
}

void tb_moved_clear(tb_moved *m)
{
    tb_optimiser_free(m->optimiser);
    tb_free(m->ranges);
    tb_free(m->weights);
    tb_free(m->chosen);
}
