/* Phases from magnitudes on the processor's kernels: all frames that are not
   said yet are transformed at once, one per lane, those of several rows of the
   batch together where there are lanes left. */
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/table.h"

#include <math.h>

#define real float
#include "engine/cpu/recover.h"

/* The tables of the algorithm, then those of the transform. */
static const tb_fft *fft_of(const recover_room *r)
{
    const float *tables = r->call->prepared;
    return (
        const tb_fft *)(tables +
                        recover_padded((int64_t)recover_table_numbers(r->how)));
}

static inline float recover_root(float x)
{
    return sqrtf(x);
}

static void recover_forward(const recover_room *r, int rows, const float *x,
                            float *z)
{
    r->call->fast->fft_forward(fft_of(r), rows, x, r->ld_wave, z, r->ld_bins, 1,
                               1, r->transform);
}

static void recover_back(const recover_room *r, int rows, const float *z,
                         float *x)
{
    float edge = 1 / (float)r->size;
    r->call->fast->fft_back(fft_of(r), rows, z, r->ld_bins, x, r->ld_wave, edge,
                            2 * edge, r->transform);
}

static void recover_add(const recover_room *r, int64_t n, float *y,
                        const float *a, const float *b)
{
    r->call->fast->binary(TB_BINARY_MUL, 1, (int)n, y, 0, (tb_rows){a, 0, 1},
                          (tb_rows){b, 0, 1}, true);
}

static void recover_times(const recover_room *r, int64_t n, float *y,
                          const float *a, const float *b)
{
    r->call->fast->binary(TB_BINARY_MUL, 1, (int)n, y, 0, (tb_rows){a, 0, 1},
                          (tb_rows){b, 0, 1}, false);
}

/* ---- the kernel ---- */

static size_t recover_prepared(const tb_call *c, tb_type type)
{
    const tb_recover_attr *how = c->node->attr;
    (void)type;
    return sizeof(float) *
               (size_t)recover_padded((int64_t)recover_table_numbers(how)) +
           tb_fft_bytes((int)how->frames.n_fft, TB_FFT_REAL);
}

static TB_REALTIME void recover_prepare(const tb_call *c, tb_type type,
                                        void *memory)
{
    const tb_recover_attr *how = c->node->attr;
    (void)type;
    recover_fill_tables(how, memory);
    tb_fft_init((float *)memory +
                    recover_padded((int64_t)recover_table_numbers(how)),
                (int)how->frames.n_fft, TB_FFT_REAL);
}

/* Rows of the batch whose frames fill the lanes of a vector. */
static int rows_at_once(const recover_room *r)
{
    int rows = (int)r->call->fast->lanes / r->slots;
    return rows > 0 ? rows : 1;
}

static int groups_of(const tb_call *c, const recover_room *r)
{
    int64_t rows = rows_at_once(r);
    return (int)((c->in[0]->dim[0] + rows - 1) / rows);
}

static TB_REALTIME int recover_parts(const tb_call *c, int phase, int threads)
{
    recover_room r = recover_sizes(c);
    int groups = groups_of(c, &r);
    (void)phase;
    return groups < threads ? groups : threads;
}

static size_t numbers_of_part(const recover_room *r)
{
    return recover_numbers(r, rows_at_once(r)) +
           (size_t)recover_padded((int64_t)tb_fft_scratch(fft_of(r)));
}

static size_t recover_scratch(const tb_call *c, int threads)
{
    recover_room r = recover_sizes(c);
    return sizeof(float) * numbers_of_part(&r) *
           (size_t)recover_parts(c, 0, threads);
}

static TB_REALTIME void recover_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    recover_room r = recover_sizes(c);
    int groups = groups_of(c, &r), most = rows_at_once(&r);
    float *room = (float *)c->scratch + (size_t)part * numbers_of_part(&r);
    (void)phase;
    r.window = c->prepared;
    r.reach = r.window + r.size;
    r.share = r.reach + r.size;
    r.transform = room + recover_numbers(&r, most);
    for (int g = groups * part / parts; g < groups * (part + 1) / parts; g++) {
        int64_t left = c->in[0]->dim[0] - (int64_t)g * most;
        r.row = (int64_t)g * most;
        r.rows = left < most ? (int)left : most;
        recover_place(&r, room);
        recover_run_rows(&r);
    }
}

const tb_kernel_entry tb_fast_recover[] = {{&tb_op_recover,
                                            {.run = recover_run,
                                             .parts = recover_parts,
                                             .scratch = recover_scratch,
                                             .prepared = recover_prepared,
                                             .prepare = recover_prepare,
                                             .operand = TB_TABLES}},
                                           {0}};
