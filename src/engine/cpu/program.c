/* The CPU backend: picks a kernel for each node and runs them in order. */
#include "base/clock.h"
#include "base/memory.h"
#include "engine/cpu/cpu.h"
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/kernel.h"
#include "engine/cpu/storage.h"
#include "engine/layout.h"
#include "engine/op.h"
#include "engine/prepared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct tb_step {
    tb_call call;
    const tb_kernel *kernel;
    int index;      /* of the node in the work: its span */
    bool fixed;     /* the prepared operand changes only with the weights */
    bool dirty;     /* and must be prepared again */
    void *prepared; /* to be made again; null for tables */
    const tb_halo **clear; /* by output: zeroed before, or null */
} tb_step;

typedef struct tb_program {
    size_t real_size;
    tb_step *steps;
    int n_steps;
    int *step_of;               /* by node of the work: its step, or -1 */
    const tb_tensor **operands; /* of all calls */
    const tb_halo **clear;      /* of all steps */
    tb_tensor nothing;          /* stands for outputs that nobody wants */
    void *scratch;
    tb_prepared own;
    bool shared; /* fixed operands are the model's, prepared once */
    bool dirty;  /* some fixed operands must be prepared again */
    int threads;
    double began; /* when the step under way did */
} tb_program;

static const tb_kernel *find_in(const tb_kernel_entry *const *sets,
                                const tb_call *call)
{
    for (; sets && *sets; sets++)
        for (const tb_kernel_entry *e = *sets; e->op; e++)
            if (e->op == call->node->op &&
                (!e->kernel.fits || e->kernel.fits(call)))
                return &e->kernel;
    return NULL;
}

static const tb_kernel *choose(const tb_program *p, const tb_call *call)
{
    const tb_kernel *k = call->fast ? find_in(tb_kernels_fast, call) : NULL;
    if (k)
        return k;
    return find_in(p->real_size == sizeof(double) ? tb_kernels_naive64
                                                  : tb_kernels_naive,
                   call);
}

/* One list for the inputs and outputs of all nodes. */
static bool allocate_operands(tb_program *p, const tb_compile_input *work)
{
    size_t in = 0, out = 0;
    for (int k = 0; k < work->n_nodes; k++) {
        in += (size_t)work->nodes[k]->n_in;
        out += (size_t)work->nodes[k]->n_out;
    }
    p->operands = calloc(in + out + 1, sizeof *p->operands);
    p->clear = calloc(out + 1, sizeof *p->clear);
    return p->operands && p->clear;
}

/* The step after `s` takes its operands behind those of `s`. */
static void place_operands(tb_program *p, const tb_node *n, tb_step *s)
{
    const tb_step *last = s == p->steps ? NULL : s - 1;
    s->call.in = last ? last->call.out + last->call.node->n_out : p->operands;
    s->call.out = s->call.in + n->n_in;
    s->clear = last ? last->clear + last->call.node->n_out : p->clear;
}

static void fill_call(tb_program *p, const tb_compile_input *work, int index,
                      const struct tb_fast *fast, tb_step *s)
{
    tb_node *n = work->nodes[index];
    place_operands(p, n, s);
    s->index = index;
    s->call.node = n;
    s->call.from = work->largest[index].from;
    s->call.count = work->largest[index].count;
    s->call.training = work->training;
    s->call.fast = fast;
    for (int i = 0; i < n->n_in; i++)
        s->call.in[i] = &work->tensors[n->in[i]->id];
    for (int i = 0; i < n->n_out; i++) {
        int id = n->out[i]->id;
        bool used = work->used[id];
        s->call.out[i] = used ? &work->tensors[id] : &p->nothing;
        if (used && work->clear &&
            (work->clear[id].left || work->clear[id].right))
            s->clear[i] = &work->clear[id];
    }
}

/* What changes with the weights alone is the model's, made once for all who
   share it; tables never change. */
static bool make_operand(tb_program *p, const tb_compile_input *work,
                         tb_step *s)
{
    const tb_kernel *k = s->kernel;
    if (!k->prepared)
        return true;
    bool tables = k->operand == TB_TABLES;
    s->fixed = tables ||
               (work->fixed && work->fixed[s->call.node->in[k->operand]->id]);
    s->call.prepared_as =
        s->fixed && !tables && work->half_weights ? TB_F16 : TB_REAL;
    size_t bytes = k->prepared(&s->call, s->call.prepared_as);
    if (!bytes)
        return true;
    tb_prepared *set = s->fixed && work->prepared ? work->prepared : &p->own;
    int id = s->call.node->id;
    if (!set->memory[id]) {
        set->memory[id] = tb_alloc(bytes + 64);
        set->bytes[id] = bytes;
        if (set->memory[id] && (tables || set != &p->own))
            k->prepare(&s->call, s->call.prepared_as, set->memory[id]);
        if (set->memory[id] && set->store)
            set->memory[id] =
                tb_prepared_share(set->store, set->memory[id], bytes);
    }
    s->prepared = tables ? NULL : set->memory[id];
    s->dirty = s->prepared && s->fixed;
    s->call.prepared = set->memory[id];
    return s->call.prepared != NULL;
}

/* What each run reads as it is: all but what it has in another form. */
static void note_plain(const tb_step *s, bool *plain)
{
    const tb_node *n = s->call.node;
    for (int i = 0; plain && i < n->n_in; i++)
        if (!s->fixed || !s->prepared || i != s->kernel->operand)
            plain[n->in[i]->id] = true;
}

static bool own_prepared(tb_program *p, const tb_compile_input *work)
{
    int most = 0;
    for (int k = 0; k < work->n_nodes; k++)
        if (work->nodes[k]->id >= most)
            most = work->nodes[k]->id + 1;
    p->own.n = most;
    p->own.memory = calloc((size_t)most + 1, sizeof *p->own.memory);
    p->own.bytes = calloc((size_t)most + 1, sizeof *p->own.bytes);
    p->shared = work->prepared != NULL;
    p->dirty = !p->shared;
    return p->own.memory && p->own.bytes;
}

static void cpu_free(void *program)
{
    tb_program *p = program;
    if (!p)
        return;
    for (int i = 0; p->own.memory && i < p->own.n; i++)
        tb_free(p->own.memory[i]);
    free(p->own.memory);
    free(p->own.bytes);
    free(p->steps);
    free(p->step_of);
    free(p->operands);
    free(p->clear);
    tb_free(p->scratch);
    free(p);
}

static tb_status add_steps(tb_program *p, const tb_compile_input *work,
                           const struct tb_fast *fast, tb_error *error)
{
    size_t scratch = 64;
    for (int k = 0; k < work->n_nodes; k++) {
        p->step_of[k] = work->largest[k].count ? p->n_steps : -1;
        if (!work->largest[k].count)
            continue;
        tb_step *s = &p->steps[p->n_steps++];
        fill_call(p, work, k, fast, s);
        s->kernel = choose(p, &s->call);
        if (!s->kernel)
            return tb_fail(error, TB_ERR_UNSUPPORTED,
                           "There is no kernel for %s.",
                           work->nodes[k]->op->name);
        if (!make_operand(p, work, s))
            return tb_fail_memory(error);
        note_plain(s, work->plain);
        size_t bytes =
            s->kernel->scratch ? s->kernel->scratch(&s->call, p->threads) : 0;
        scratch = bytes > scratch ? bytes : scratch;
    }
    p->scratch = tb_alloc(scratch + 64);
    return p->scratch ? TB_OK : tb_fail_memory(error);
}

static void *compile(const tb_compile_input *work, size_t real_size,
                     const struct tb_fast *fast, tb_error *error)
{
    tb_program *p = calloc(1, sizeof *p);
    if (!p || !(p->step_of = calloc((size_t)work->n_nodes + 1, sizeof(int))) ||
        !(p->steps = calloc((size_t)work->n_nodes + 1, sizeof *p->steps))) {
        tb_fail_memory(error);
        cpu_free(p);
        return NULL;
    }
    p->real_size = real_size;
    p->threads = work->threads > 0 ? work->threads : 1;
    p->nothing.time = -1;
    if (!own_prepared(p, work) || !allocate_operands(p, work)) {
        tb_fail_memory(error);
        cpu_free(p);
        return NULL;
    }
    if (add_steps(p, work, fast, error)) {
        cpu_free(p);
        return NULL;
    }
    return p;
}

/* ---- running ---- */

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

/* Makes a step ready; false when it has nothing to compute. */
static bool begin_step(tb_program *p, tb_step *s, const tb_pass *run)
{
    if (!run->spans[s->index].count)
        return false;
    p->began = run->seconds ? tb_seconds() : 0;
    s->call.from = run->spans[s->index].from;
    s->call.count = run->spans[s->index].count;
    s->call.seed = run->seed;
    s->call.first_row = run->first_row;
    s->call.scratch = p->scratch;
    for (int i = 0; i < s->call.node->n_out; i++)
        if (s->clear[i])
            clear_halo(s->call.out[i], s->clear[i], p->real_size);
    if (s->prepared && !s->fixed)
        s->kernel->prepare(&s->call, s->call.prepared_as, s->prepared);
    return true;
}

static void end_step(tb_program *p, const tb_step *s, const tb_pass *run)
{
    if (run->seconds)
        run->seconds[s->index] += tb_seconds() - p->began;
}

/* The steps of a run: those of the nodes that are due, or all. */
static int steps_due(const tb_program *p, const tb_pass *run)
{
    return run->due ? run->n_due : p->n_steps;
}

/* Null: that node is not run. */
static tb_step *step_due(const tb_program *p, const tb_pass *run, int i)
{
    int k = run->due ? p->step_of[run->due[i]] : i;
    return k < 0 ? NULL : &p->steps[k];
}

static TB_REALTIME void cpu_run_alone(void *program, const tb_pass *run)
{
    tb_program *p = program;
    for (int k = 0; p->dirty && k < p->n_steps; k++)
        prepare_step(&p->steps[k]);
    p->dirty = false;
    for (int i = 0; i < steps_due(p, run); i++) {
        tb_step *s = step_due(p, run, i);
        if (!s || !begin_step(p, s, run))
            continue;
        run_kernel(s);
        end_step(p, s, run);
    }
}

static void freshen(tb_program *p, const tb_pass *run)
{
    tb_kernel_job job = {p, NULL, 0, p->n_steps};
    if (p->dirty)
        tb_pool_run(run->pool, p->n_steps, prepare_one, &job);
    p->dirty = false;
}

static void cpu_run(void *program, const tb_pass *run)
{
    tb_program *p = program;
    if (!run->pool) {
        cpu_run_alone(program, run);
        return;
    }
    freshen(p, run);
    for (int i = 0; i < steps_due(p, run); i++) {
        tb_step *s = step_due(p, run, i);
        if (!s || !begin_step(p, s, run))
            continue;
        share_kernel(s, p->threads, run->pool);
        end_step(p, s, run);
    }
}

static void cpu_refresh(void *program, const bool *changed)
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

static double element(const tb_program *p, const tb_tensor *t, int64_t o)
{
    return p->real_size == sizeof(float) ? ((const float *)t->data)[o]
                                         : ((const double *)t->data)[o];
}

static bool is_finite(const tb_program *p, const tb_tensor *t)
{
    int64_t index[TB_RANK] = {0};
    int64_t n = tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
    int parts = t->type == TB_C64 ? 2 : t->type == TB_REAL ? 1 : 0;
    for (int64_t k = 0; t->data && parts && k < n; k++) {
        int64_t o = 0;
        for (int i = 0; i < t->rank; i++)
            o += index[i] * t->stride[i];
        for (int i = 0; i < parts; i++)
            if (!isfinite(element(p, t, parts * o + i)))
                return false;
        for (int i = t->rank - 1; i >= 0; i--) {
            if (++index[i] < t->dim[i])
                break;
            index[i] = 0;
        }
    }
    return true;
}

static const tb_node *cpu_run_checked(void *program, const tb_pass *run)
{
    tb_program *p = program;
    freshen(p, run);
    for (int k = 0; k < p->n_steps; k++) {
        tb_step *s = &p->steps[k];
        if (!begin_step(p, s, run))
            continue;
        share_kernel(s, run->pool ? p->threads : 1, run->pool);
        for (int i = 0; i < s->call.node->n_out; i++)
            if (!is_finite(p, s->call.out[i]))
                return s->call.node;
    }
    return NULL;
}

/* ---- backends ---- */

static void *compile_cpu(const tb_compile_input *work, tb_error *error)
{
    return compile(work, sizeof(float), tb_fast_choose(), error);
}

static void *compile_naive(const tb_compile_input *work, tb_error *error)
{
    return compile(work, sizeof(float), NULL, error);
}

static void *compile_naive64(const tb_compile_input *work, tb_error *error)
{
    return compile(work, sizeof(double), NULL, error);
}

static bool has_kernel(const tb_kernel_entry *const *sets, const tb_node *n)
{
    for (; *sets; sets++)
        for (const tb_kernel_entry *e = *sets; e->op; e++)
            if (e->op == n->op)
                return true;
    return false;
}

/* Each op has a naive kernel. */
static bool cpu_supports(const tb_node *n)
{
    return n->op->time == TB_TIME_SOURCE || has_kernel(tb_kernels_naive, n);
}

static const tb_backend backends[] = {
    {"cpu", sizeof(float), compile_cpu, cpu_run, cpu_run_alone, cpu_run_checked,
     cpu_refresh, cpu_free, &tb_storage_host, cpu_supports},
    {"naive", sizeof(float), compile_naive, cpu_run, cpu_run_alone,
     cpu_run_checked, cpu_refresh, cpu_free, &tb_storage_host, cpu_supports},
    {"naive64", sizeof(double), compile_naive64, cpu_run, cpu_run_alone,
     cpu_run_checked, cpu_refresh, cpu_free, &tb_storage_host, cpu_supports}};

const tb_backend *tb_cpu_backend(int which)
{
    return &backends[which];
}
