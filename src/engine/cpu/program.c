#include "engine/cpu/program.h"

#include "base/memory.h"
#include "engine/cpu/cpu.h"
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/origin.h"
#include "engine/cpu/storage.h"
#include "engine/op.h"
#include "engine/prepared.h"

#include <stdlib.h>

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

/* How the operand of a step is prepared, and in how many bytes; 0: it is
   not. */
static size_t operand_bytes(const tb_compile_input *work, tb_step *s)
{
    const tb_kernel *k = s->kernel;
    if (!k->prepared)
        return 0;
    bool tables = k->operand == TB_TABLES;
    s->fixed = tables ||
               (work->fixed && work->fixed[s->call.node->in[k->operand]->id]);
    s->call.prepared_as =
        s->fixed && !tables && work->half_weights ? TB_F16 : TB_REAL;
    return k->prepared(&s->call, s->call.prepared_as);
}

static tb_prepared *operand_set(tb_program *p, const tb_compile_input *work,
                                const tb_step *s)
{
    return s->fixed && work->prepared ? work->prepared : &p->own;
}

static size_t whole_lines(size_t bytes)
{
    return (bytes + 2 * TB_ALIGNMENT - 1) / TB_ALIGNMENT * TB_ALIGNMENT;
}

/* The program's own operands lie in one block, in the order in which a run
   reads them: from large pages memory is read faster. Those that each run makes
   again, just before they are read, have one room behind them. */
static bool own_block(tb_program *p, const tb_compile_input *work)
{
    size_t bytes = 0, room = 0;
    for (int k = 0; k < p->n_steps; k++) {
        const tb_step *s = &p->steps[k];
        size_t each = operand_bytes(work, &p->steps[k]);
        if (!each || operand_set(p, work, s) != &p->own)
            continue;
        each = whole_lines(each);
        if (s->fixed)
            bytes += each;
        else
            room = each > room ? each : room;
    }
    p->own_bytes = bytes + room;
    p->own_block = p->own_bytes ? tb_alloc_large(p->own_bytes) : NULL;
    p->own_next = p->own_block;
    p->own_room = p->own_block ? p->own_block + bytes : NULL;
    return p->own_block || !p->own_bytes;
}

static void *own_memory(tb_program *p, const tb_step *s, size_t bytes)
{
    char *memory = p->own_next;
    if (!s->fixed)
        return p->own_room;
    p->own_next += whole_lines(bytes);
    return memory;
}

/* Makes it, or finds it made. */
static void *shared_operand(tb_step *s, size_t bytes, bool stays,
                            tb_prepared_store *store)
{
    char room[TB_MOST_ORIGIN];
    tb_prepared_origin origin;
    const tb_kernel *k = s->kernel;
    stays = stays && tb_origin_of(&s->call, k, room, &origin);
    void *memory = stays ? tb_prepared_find(store, &origin) : NULL;
    if (memory)
        return memory;
    memory = tb_alloc(bytes + 64);
    if (!memory)
        return NULL;
    k->prepare(&s->call, s->call.prepared_as, memory);
    return tb_prepared_share(store, memory, bytes, k->operand != TB_TABLES,
                             stays ? &origin : NULL);
}

/* What changes with the weights alone is the model's, made once for all who
   share it; tables never change. */
static bool make_operand(tb_program *p, const tb_compile_input *work,
                         tb_step *s)
{
    const tb_kernel *k = s->kernel;
    size_t bytes = operand_bytes(work, s);
    if (!bytes)
        return true;
    bool tables = k->operand == TB_TABLES;
    tb_prepared *set = operand_set(p, work, s);
    int id = s->call.node->id;
    if (!set->memory[id] && set->store) {
        bool stays = !tables && work->stays &&
                     work->stays[s->call.node->in[k->operand]->id];
        set->memory[id] = shared_operand(s, bytes, stays, set->store);
        set->bytes[id] = bytes;
    } else if (!set->memory[id]) {
        set->memory[id] =
            set == &p->own ? own_memory(p, s, bytes) : tb_alloc(bytes + 64);
        set->bytes[id] = bytes;
        if (set->memory[id] && (tables || set != &p->own))
            k->prepare(&s->call, s->call.prepared_as, set->memory[id]);
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
    tb_free(p->own_block);
    free(p->own.memory);
    free(p->own.bytes);
    free(p->steps);
    free(p->step_of);
    free(p->operands);
    free(p->clear);
    tb_free(p->scratch);
    tb_commits_clear(&p->commits);
    free(p);
}

static size_t cpu_bytes(const void *program)
{
    const tb_program *p = program;
    return p->own_bytes;
}

static tb_status add_steps(tb_program *p, const tb_compile_input *work,
                           const struct tb_fast *fast, tb_error *error)
{
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
    }
    return TB_OK;
}

static tb_status make_operands(tb_program *p, const tb_compile_input *work,
                               tb_error *error)
{
    size_t scratch = 64;
    if (!own_block(p, work))
        return tb_fail_memory(error);
    for (int k = 0; k < p->n_steps; k++) {
        tb_step *s = &p->steps[k];
        if (!make_operand(p, work, s))
            return tb_fail_memory(error);
        note_plain(s, work->plain);
        size_t bytes =
            s->kernel->scratch ? s->kernel->scratch(&s->call, p->threads) : 0;
        scratch = bytes > scratch ? bytes : scratch;
    }
    p->scratch = tb_alloc(scratch + 64);
    p->own_bytes += scratch;
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
    p->tensors = work->tensors;
    if (!own_prepared(p, work) || !allocate_operands(p, work) ||
        !tb_commits_init(&p->commits, work, real_size)) {
        tb_fail_memory(error);
        cpu_free(p);
        return NULL;
    }
    if (add_steps(p, work, fast, error) || make_operands(p, work, error)) {
        cpu_free(p);
        return NULL;
    }
    return p;
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
    {"cpu", sizeof(float), compile_cpu, tb_program_run, tb_program_run_alone,
     tb_program_run_checked, tb_program_ring, tb_program_refresh, cpu_free,
     cpu_bytes, &tb_storage_host, cpu_supports},
    {"naive", sizeof(float), compile_naive, tb_program_run,
     tb_program_run_alone, tb_program_run_checked, tb_program_ring,
     tb_program_refresh, cpu_free, cpu_bytes, &tb_storage_host, cpu_supports},
    {"naive64", sizeof(double), compile_naive64, tb_program_run,
     tb_program_run_alone, tb_program_run_checked, tb_program_ring,
     tb_program_refresh, cpu_free, cpu_bytes, &tb_storage_host, cpu_supports}};

const tb_backend *tb_cpu_backend(int which)
{
    return &backends[which];
}
