/* Phases from magnitudes, with Fourier transforms by their definition. */
#include "engine/cpu/recover.h"

static inline real recover_root(real x)
{
    return (real)sqrt((double)x);
}

/* (turn + by) modulo the size */
static inline int64_t next_turn(const recover_room *r, int64_t turn, int64_t by)
{
    turn += by;
    return turn < r->size ? turn : turn - r->size;
}

static void recover_forward(const recover_room *r, int rows, const real *x,
                            real *z)
{
    const tb_stft_attr *f = &r->how->frames;
    for (int m = 0; m < rows; m++, x += r->ld_wave, z += r->ld_bins)
        for (int64_t k = 0; k < r->bins; k++) {
            double re = 0, im = 0;
            for (int64_t i = 0, turn = 0; i < r->size; i++) {
                re += (double)x[i] * f->cosine[turn];
                im -= (double)x[i] * f->sine[turn];
                turn = next_turn(r, turn, k);
            }
            z[2 * k] = (real)re;
            z[2 * k + 1] = k == 0 || 2 * k == r->size ? 0 : (real)im;
        }
}

static void recover_back(const recover_room *r, int rows, const real *z,
                         real *x)
{
    const tb_stft_attr *f = &r->how->frames;
    for (int m = 0; m < rows; m++, x += r->ld_wave, z += r->ld_bins)
        for (int64_t i = 0; i < r->size; i++) {
            double sum = 0;
            for (int64_t k = 0, turn = 0; k < r->bins; k++) {
                sum += (k == 0 || 2 * k == r->size ? 1 : 2) *
                       ((double)z[2 * k] * f->cosine[turn] -
                        (double)z[2 * k + 1] * f->sine[turn]);
                turn = next_turn(r, turn, i);
            }
            x[i] = (real)(sum / (double)r->size);
        }
}

static void recover_add(const recover_room *r, int64_t n, real *y,
                        const real *a, const real *b)
{
    (void)r;
    for (int64_t i = 0; i < n; i++)
        y[i] += a[i] * b[i];
}

static void recover_times(const recover_room *r, int64_t n, real *y,
                          const real *a, const real *b)
{
    (void)r;
    for (int64_t i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

/* Room for one row of the batch, and the tables behind it. */
static size_t recover_scratch(const tb_call *c, int threads)
{
    recover_room r = recover_sizes(c);
    (void)threads;
    return sizeof(real) *
           (recover_numbers(&r, 1) + recover_table_numbers(r.how));
}

static TB_REALTIME void recover_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    recover_room r = recover_sizes(c);
    real *window = (real *)c->scratch + recover_numbers(&r, 1);
    (void)phase, (void)part, (void)parts;
    recover_fill_tables(r.how, window);
    r.window = window;
    r.reach = window + r.size;
    r.share = r.reach + r.size;
    r.rows = 1;
    recover_place(&r, c->scratch);
    for (; r.row < c->in[0]->dim[0]; r.row++)
        recover_run_rows(&r);
}

static const tb_kernel_entry recover_kernels[] = {
    {&tb_op_recover, {.run = recover_run, .scratch = recover_scratch}}, {0}};
