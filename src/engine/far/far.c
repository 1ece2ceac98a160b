#include "engine/far/far.h"

#include "engine/arithmetic.h"
#include "engine/cpu/cpu.h"
#include "engine/cpu/storage.h"
#include "engine/far/far_memory.h"

#include <stdlib.h>

/* ---- memory ---- */

static tb_tensor opened(const tb_tensor *t)
{
    tb_tensor open = *t;
    open.data = tb_far_open(t->data);
    return open;
}

static tb_far_traffic traffic;

static TB_REALTIME void count(_Atomic uint64_t *sum, size_t bytes)
{
    atomic_fetch_add_explicit(sum, bytes, memory_order_relaxed);
}

static TB_REALTIME void far_move(void *to, const void *from, size_t bytes)
{
    tb_storage_host.move(tb_far_open(to), tb_far_open(from), bytes);
}

static TB_REALTIME void far_write_from_host(void *to, const void *from,
                                            size_t bytes)
{
    count(&traffic.written, bytes);
    far_move(to, from, bytes);
}

static TB_REALTIME void far_read_to_host(void *to, const void *from,
                                         size_t bytes)
{
    count(&traffic.read, bytes);
    far_move(to, from, bytes);
}

tb_far_traffic *tb_far_seen(void)
{
    return &traffic;
}

static TB_REALTIME void far_clear(void *to, size_t bytes)
{
    tb_storage_host.clear(tb_far_open(to), bytes);
}

static TB_REALTIME void far_copy(const tb_tensor *to, const tb_tensor *from,
                                 size_t size)
{
    tb_tensor a = opened(to), b = opened(from);
    tb_storage_host.copy(&a, &b, size);
}

static TB_REALTIME void far_fill(const tb_tensor *to, size_t real_size,
                                 tb_elements_from from)
{
    tb_tensor a = opened(to);
    tb_storage_host.fill(&a, real_size, from);
}

static tb_weight_update opened_update(const tb_weight_update *u)
{
    tb_weight_update open = *u;
    open.weights = tb_far_open(u->weights);
    open.gradients = tb_far_open(u->gradients);
    open.first = tb_far_open(u->first);
    open.second = tb_far_open(u->second);
    open.average = tb_far_open(u->average);
    open.numbers = tb_far_open(u->numbers);
    open.sums = tb_far_open(u->sums);
    open.norm = tb_far_open(u->norm);
    open.guard.losses = tb_far_open(u->guard.losses);
    open.guard.norms = tb_far_open(u->guard.norms);
    return open;
}

static void far_norm(const tb_weight_update *update, tb_pool *pool)
{
    tb_weight_update open = opened_update(update);
    tb_arithmetic_host.norm(&open, pool);
}

static void far_update(const tb_weight_update *update, tb_pool *pool)
{
    tb_weight_update open = opened_update(update);
    tb_arithmetic_host.update(&open, pool);
}

static void far_add(float *sum, const float *x, int64_t n, float divisor)
{
    tb_arithmetic_host.add(tb_far_open(sum), tb_far_open(x), n, divisor);
}

static void far_swap(float *a, float *b, int64_t n)
{
    tb_arithmetic_host.swap(tb_far_open(a), tb_far_open(b), n);
}

static const tb_arithmetic far_arithmetic = {far_norm, far_update, far_add,
                                             far_swap};

static const tb_storage far_storage = {.alloc = tb_far_alloc,
                                       .free = tb_far_free,
                                       .write = far_write_from_host,
                                       .read = far_read_to_host,
                                       .move = far_move,
                                       .clear = far_clear,
                                       .copy = far_copy,
                                       .fill = far_fill,
                                       .arithmetic = &far_arithmetic};

/* ---- programs: those of the CPU, over tensors that are open to them ---- */

typedef struct tb_far_program {
    void *program;
    tb_node *const *nodes;   /* the work's */
    const tb_tensor *closed; /* the plan's, which it moves */
    tb_tensor *open;
    int count;
    tb_commit *commits; /* with stages that are open */
} tb_far_program;

static TB_REALTIME void open_tensors(tb_far_program *p)
{
    for (int i = 0; i < p->count; i++)
        p->open[i] = opened(&p->closed[i]);
}

static int values_of(const tb_compile_input *work)
{
    int most = 0;
    for (int k = 0; k < work->n_nodes; k++) {
        const tb_node *n = work->nodes[k];
        for (int i = 0; i < n->n_in; i++)
            most = n->in[i]->id >= most ? n->in[i]->id + 1 : most;
        for (int i = 0; i < n->n_out; i++)
            most = n->out[i]->id >= most ? n->out[i]->id + 1 : most;
    }
    for (int i = 0; i < work->n_commits; i++) {
        int id = work->commits[i].next->id;
        most = id >= most ? id + 1 : most;
    }
    return most;
}

static void discard(void *program)
{
    tb_far_program *p = program;
    if (!p)
        return;
    tb_cpu_backend(0)->free(p->program);
    free(p->open);
    free(p->commits);
    free(p);
}

static bool allocate(tb_far_program *p, const tb_compile_input *work)
{
    p->count = values_of(work);
    p->open = calloc((size_t)p->count + 1, sizeof *p->open);
    p->commits = calloc((size_t)work->n_commits + 1, sizeof *p->commits);
    return p->open && p->commits;
}

static void *compile(int which, const tb_compile_input *work, tb_error *error)
{
    tb_compile_input inner = *work;
    tb_far_program *p = calloc(1, sizeof *p);
    if (!p || !allocate(p, work)) {
        tb_fail_memory(error);
        discard(p);
        return NULL;
    }
    p->nodes = work->nodes;
    p->closed = work->tensors;
    open_tensors(p);
    inner.tensors = p->open;
    for (int i = 0; i < work->n_commits; i++) {
        p->commits[i] = work->commits[i];
        p->commits[i].stage = tb_far_open(p->commits[i].stage);
    }
    inner.commits = p->commits;
    p->program = tb_cpu_backend(which)->compile(&inner, error);
    if (p->program)
        return p;
    discard(p);
    return NULL;
}

static void *compile_cpu(const tb_compile_input *work, tb_error *error)
{
    return compile(0, work, error);
}

static void *compile_naive(const tb_compile_input *work, tb_error *error)
{
    return compile(1, work, error);
}

static void *compile_naive64(const tb_compile_input *work, tb_error *error)
{
    return compile(2, work, error);
}

/* ---- runs ---- */

typedef struct tb_far_beats {
    tb_far_program *program;
    const tb_beats *beats;
} tb_far_beats;

/* What slid within a run: its tensors were opened when that began. */
static TB_REALTIME void follow(tb_far_program *p, const tb_node *n)
{
    for (int i = 0; i < n->n_in; i++)
        p->open[n->in[i]->id].first = p->closed[n->in[i]->id].first;
    for (int i = 0; i < n->n_out; i++)
        p->open[n->out[i]->id].first = p->closed[n->out[i]->id].first;
}

static TB_REALTIME bool next_beat(void *context, tb_beat *beat)
{
    tb_far_beats *f = context;
    if (!f->beats->next(f->beats->context, beat))
        return false;
    for (int i = 0; beat->due && i < beat->n_due; i++)
        follow(f->program, f->program->nodes[beat->due[i]]);
    return true;
}

/* The pass over open tensors; `beats` must outlive it. */
static TB_REALTIME tb_pass open_pass(tb_far_beats *beats, const tb_pass *pass)
{
    tb_pass open = *pass;
    open.beats = (tb_beats){next_beat, beats};
    open_tensors(beats->program);
    return open;
}

/* All backends of the CPU run alike. */
static void run(void *program, const tb_pass *pass)
{
    tb_far_beats beats = {program, &pass->beats};
    tb_pass open = open_pass(&beats, pass);
    tb_cpu_backend(0)->run(beats.program->program, &open);
}

static TB_REALTIME void run_alone(void *program, const tb_pass *pass)
{
    tb_far_beats beats = {program, &pass->beats};
    tb_pass open = open_pass(&beats, pass);
    tb_cpu_backend(0)->run_alone(beats.program->program, &open);
}

static const tb_node *run_checked(void *program, const tb_pass *pass)
{
    tb_far_beats beats = {program, &pass->beats};
    tb_pass open = open_pass(&beats, pass);
    return tb_cpu_backend(0)->run_checked(beats.program->program, &open);
}

static TB_REALTIME void ring(void *program, const tb_ring_job *job)
{
    tb_far_program *p = program;
    tb_cpu_backend(0)->ring(p->program, job);
}

static void refresh(void *program, const bool *changed)
{
    tb_far_program *p = program;
    tb_cpu_backend(0)->refresh(p->program, changed);
}

static size_t bytes_of(const void *program)
{
    const tb_far_program *p = program;
    return tb_cpu_backend(0)->bytes(p->program);
}

static bool supports(const tb_node *node)
{
    return tb_cpu_backend(0)->supports(node);
}

const tb_backend *tb_backend_far(int which)
{
    static const tb_backend all[] = {
        {"cpu", sizeof(float), compile_cpu, run, run_alone, run_checked, ring,
         refresh, discard, bytes_of, &far_storage, supports},
        {"naive", sizeof(float), compile_naive, run, run_alone, run_checked,
         ring, refresh, discard, bytes_of, &far_storage, supports},
        {"naive64", sizeof(double), compile_naive64, run, run_alone,
         run_checked, ring, refresh, discard, bytes_of, &far_storage,
         supports}};
    return &all[which];
}
