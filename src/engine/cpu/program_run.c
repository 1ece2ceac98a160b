#include "engine/cpu/program.h"

#include "base/clock.h"
#include "engine/cpu/rings.h"
#include "engine/pause.h"

#include <math.h>
#include <string.h>

typedef struct tb_kernel_job {
    tb_program *program;
    const tb_step *step;
    int phase, parts;
} tb_kernel_job;

static void run_part(void *context, int part)
{
    const tb_kernel_job *j = context;
    j->step->kernel->run(&j->step->call, j->phase, part, j->parts);
}

static int phases_of(const tb_kernel *k)
{
    return k->phases ? k->phases : 1;
}

static int parts_of(const tb_step *s, int phase, int threads)
{
    const tb_kernel *k = s->kernel;
    return k->parts ? k->parts(&s->call, phase, threads) : 1;
}

static void run_kernel(const tb_step *s)
{
    for (int phase = 0; phase < phases_of(s->kernel); phase++) {
        int parts = parts_of(s, phase, 1);
        for (int part = 0; part < parts; part++)
            s->kernel->run(&s->call, phase, part, parts);
    }
}

/* The same on the threads of a pool, which locks. */
static void share_kernel(const tb_step *s, int threads, tb_pool *pool)
{
    for (int phase = 0; phase < phases_of(s->kernel); phase++) {
        int parts = parts_of(s, phase, threads);
        tb_kernel_job job = {NULL, s, phase, parts};
        if (parts == 1)
            run_part(&job, 0);
        else if (parts > 1)
            tb_pool_run(pool, parts, run_part, &job);
    }
}

static TB_REALTIME void prepare_step(tb_step *s)
{
    if (s->dirty)
        s->kernel->prepare(&s->call, s->call.prepared_as, s->prepared);
    s->dirty = false;
}

static void prepare_one(void *context, int part)
{
    const tb_kernel_job *j = context;
    prepare_step(&j->program->steps[part]);
}

/* Zeros before and after a value's frames. */
static void clear_halo(const tb_tensor *t, const tb_halo *h, size_t real_size)
{
    size_t size = tb_type_size(t->type, real_size);
    size_t frame = size * (size_t)t->stride[t->time];
    for (int64_t i = 0; i < tb_runs(t); i++) {
        char *data = (char *)t->data + (ptrdiff_t)size * tb_run_offset(t, i);
        memset(data - (ptrdiff_t)frame * h->left, 0, frame * (size_t)h->left);
        memset(data + (ptrdiff_t)frame * t->dim[t->time], 0,
               frame * (size_t)h->right);
    }
}

/* ---- one step of a run ---- */

static TB_REALTIME void begin_beat(const tb_program *p, const tb_beat *beat)
{
    for (int i = 0; i < beat->n_jobs; i++)
        tb_ring_do(&beat->jobs[i], p->tensors, p->real_size);
}

/* The program's steps: those of the nodes that are due, or all. */
static TB_REALTIME int steps_due(const tb_program *p, const tb_beat *beat)
{
    return beat->due ? beat->n_due : p->n_steps;
}

/* Null: that node is not run. */
static TB_REALTIME tb_step *step_due(const tb_program *p, const tb_beat *beat,
                                     int i)
{
    int k = beat->due ? p->step_of[beat->due[i]] : i;
    return k < 0 ? NULL : &p->steps[k];
}

/* Makes the i-th step that is due ready; null when it has nothing to
   compute. */
static TB_REALTIME tb_step *begin_step(tb_program *p, const tb_pass *pass,
                                       const tb_beat *beat, int i)
{
    tb_step *s = step_due(p, beat, i);
    if (!s || !beat->spans[s->index].count)
        return NULL;
    p->began = pass->seconds ? tb_seconds() : 0;
    s->call.from = beat->spans[s->index].from;
    s->call.count = beat->spans[s->index].count;
    s->call.seed = pass->seed;
    s->call.first_row = pass->first_row;
    s->call.scratch = p->scratch;
    for (int k = 0; k < s->call.node->n_out; k++)
        if (s->clear[k])
            clear_halo(s->call.out[k], s->clear[k], p->real_size);
    if (s->prepared && !s->fixed)
        s->kernel->prepare(&s->call, s->call.prepared_as, s->prepared);
    return s;
}

static TB_REALTIME void end_step(tb_program *p, const tb_step *s,
                                 const tb_pass *pass)
{
    if (pass->seconds)
        pass->seconds[s->index] += tb_seconds() - p->began;
}

/* ---- how much a step is ---- */

static double elements(const tb_tensor *t, int64_t frames)
{
    double n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= (double)(i == t->time ? frames : t->dim[i]);
    return n;
}

/* Each number that is made, and what weights it takes: those of one output
   channel. */
static double work_of(const tb_step *s)
{
    const tb_kernel *k = s->kernel;
    double n = elements(s->call.out[0], s->call.count);
    if (!k->prepared || k->operand < 0)
        return n;
    const tb_tensor *w = s->call.in[k->operand];
    return w->rank && w->dim[0] > 0 ? n + n * elements(w, 1) / (double)w->dim[0]
                                    : n;
}

/* ---- runs ---- */

static TB_REALTIME bool next_beat(const tb_pass *pass, tb_beat *beat)
{
    return pass->beats.next(pass->beats.context, beat);
}

void tb_program_run_alone(void *program, const tb_pass *pass)
{
    tb_program *p = program;
    const tb_pause *pause = tb_pause_mine();
    for (int k = 0; p->dirty && k < p->n_steps; k++)
        prepare_step(&p->steps[k]);
    p->dirty = false;
    for (tb_beat beat; next_beat(pass, &beat);) {
        begin_beat(p, &beat);
        for (int i = 0; i < steps_due(p, &beat); i++) {
            tb_step *s = begin_step(p, pass, &beat, i);
            if (!s)
                continue;
            run_kernel(s);
            end_step(p, s, pass);
            if (pause->after)
                pause->after(pause->context, work_of(s));
        }
        tb_commits_do(&p->commits, &beat);
    }
}

static void freshen(tb_program *p, const tb_pass *pass)
{
    tb_kernel_job job = {p, NULL, 0, p->n_steps};
    if (p->dirty)
        tb_pool_run(pass->pool, p->n_steps, prepare_one, &job);
    p->dirty = false;
}

void tb_program_run(void *program, const tb_pass *pass)
{
    tb_program *p = program;
    if (!pass->pool) {
        tb_program_run_alone(program, pass);
        return;
    }
    freshen(p, pass);
    for (tb_beat beat; next_beat(pass, &beat);) {
        begin_beat(p, &beat);
        for (int i = 0; i < steps_due(p, &beat); i++) {
            tb_step *s = begin_step(p, pass, &beat, i);
            if (!s)
                continue;
            share_kernel(s, p->threads, pass->pool);
            end_step(p, s, pass);
        }
        tb_commits_do(&p->commits, &beat);
    }
}

/* ---- runs with a look at results ---- */

static bool is_finite_at(const tb_program *p, const tb_tensor *t, int64_t o)
{
    return p->real_size == sizeof(float)
               ? isfinite(((const float *)t->data)[o])
               : isfinite(((const double *)t->data)[o]);
}

static bool is_finite(const tb_program *p, const tb_tensor *t)
{
    int64_t index[TB_RANK] = {0};
    int reals = t->type == TB_C64 ? 2 : t->type == TB_REAL ? 1 : 0;
    if (!t->data || !reals || tb_is_empty(t))
        return true;
    do
        for (int i = 0; i < reals; i++)
            if (!is_finite_at(p, t, reals * tb_offset_of(t, index) + i))
                return false;
    while (tb_next_index(t, index));
    return true;
}

static const tb_node *run_checked(tb_program *p, const tb_pass *pass,
                                  const tb_beat *beat)
{
    begin_beat(p, beat);
    for (int i = 0; i < steps_due(p, beat); i++) {
        tb_step *s = begin_step(p, pass, beat, i);
        if (!s)
            continue;
        share_kernel(s, pass->pool ? p->threads : 1, pass->pool);
        for (int k = 0; k < s->call.node->n_out; k++)
            if (!is_finite(p, s->call.out[k]))
                return s->call.node;
    }
    tb_commits_do(&p->commits, beat);
    return NULL;
}

const tb_node *tb_program_run_checked(void *program, const tb_pass *pass)
{
    tb_program *p = program;
    const tb_node *bad = NULL;
    freshen(p, pass);
    for (tb_beat beat; !bad && next_beat(pass, &beat);)
        bad = run_checked(p, pass, &beat);
    return bad;
}

/* ---- between runs ---- */

void tb_program_ring(void *program, const tb_ring_job *job)
{
    const tb_program *p = program;
    tb_ring_do(job, p->tensors, p->real_size);
}

void tb_program_refresh(void *program, const bool *changed)
{
    tb_program *p = program;
    for (int k = 0; k < p->n_steps && !p->shared; k++) {
        tb_step *s = &p->steps[k];
        if (!s->prepared || !s->fixed)
            continue;
        s->dirty |= changed[s->call.node->in[s->kernel->operand]->id];
        p->dirty |= s->dirty;
    }
}
