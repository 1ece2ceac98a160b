/* Included by naive_f32.c and naive_f64.c, after index.h: Fourier transforms
   by their definition, in double precision. */
#include "engine/ops/fourier.h"

/* Element i of a row, whose elements lie `step` apart. */
typedef struct fourier_row {
    real *at;
    int64_t step;
} fourier_row;

typedef TB_REALTIME void (*fourier_function)(const tb_fourier_attr *how,
                                             fourier_row x, fourier_row y);

static inline const double *turn_of(const tb_fourier_attr *how, int64_t k,
                                    int64_t t)
{
    return how->turn + 2 * (k * t % how->n);
}

static inline double weight_of(const tb_fourier_attr *how, int64_t k)
{
    return k == 0 || 2 * k == how->n ? how->edge : how->inner;
}

static TB_REALTIME void complex_row(const tb_fourier_attr *how, fourier_row x,
                                    fourier_row y)
{
    double sign = how->inverse ? 1 : -1;
    for (int64_t k = 0; k < how->n; k++) {
        double re = 0, im = 0;
        for (int64_t t = 0; t < how->n; t++) {
            const double *w = turn_of(how, k, t);
            const real *z = x.at + 2 * t * x.step;
            re += z[0] * w[0] - sign * z[1] * w[1];
            im += z[1] * w[0] + sign * z[0] * w[1];
        }
        y.at[2 * k * y.step] = (real)(how->edge * re);
        y.at[2 * k * y.step + 1] = (real)(how->edge * im);
    }
}

static TB_REALTIME void bins_row(const tb_fourier_attr *how, fourier_row x,
                                 fourier_row y)
{
    for (int64_t k = 0; k <= how->n / 2; k++) {
        double re = 0, im = 0, weight = weight_of(how, k);
        bool edge = k == 0 || 2 * k == how->n;
        for (int64_t t = 0; t < how->n; t++) {
            const double *w = turn_of(how, k, t);
            re += x.at[t * x.step] * w[0];
            im -= x.at[t * x.step] * w[1];
        }
        y.at[2 * k * y.step] = (real)(weight * re);
        y.at[2 * k * y.step + 1] = (real)(edge ? 0 : weight * im);
    }
}

static TB_REALTIME void reals_row(const tb_fourier_attr *how, fourier_row x,
                                  fourier_row y)
{
    for (int64_t t = 0; t < how->n; t++) {
        double sum = 0;
        for (int64_t k = 0; k <= how->n / 2; k++) {
            const double *w = turn_of(how, k, t);
            const real *z = x.at + 2 * k * x.step;
            double im = k == 0 || 2 * k == how->n ? 0 : z[1];
            sum += weight_of(how, k) * (z[0] * w[0] - im * w[1]);
        }
        y.at[t * y.step] = (real)sum;
    }
}

static void each_fourier_row(const tb_call *c, fourier_function f)
{
    const tb_tensor *y = c->out[0], *x = c->in[0];
    tb_tensor lanes[] = {without_last(y), without_last(x)};
    const tb_tensor *t[] = {&lanes[0], &lanes[1]};
    int last = y->rank - 1;
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 2, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            char *to = bytes_at(y, w.at[0] + i * w.step[0]);
            char *from = bytes_at(x, w.at[1] + i * w.step[1]);
            f(c->node->attr, (fourier_row){(real *)from, x->stride[last]},
              (fourier_row){(real *)to, y->stride[last]});
        }
    while (walk_next(&w));
}

static TB_REALTIME void fourier_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    each_fourier_row(c, complex_row);
}

static TB_REALTIME void real_fourier_run(const tb_call *c, int phase, int part,
                                         int parts)
{
    (void)phase, (void)part, (void)parts;
    each_fourier_row(c, bins_row);
}

static TB_REALTIME void real_fourier_back_run(const tb_call *c, int phase,
                                              int part, int parts)
{
    (void)phase, (void)part, (void)parts;
    each_fourier_row(c, reals_row);
}

static const tb_kernel_entry fourier_kernels[] = {
    {&tb_op_fourier, {.run = fourier_run}},
    {&tb_op_real_fourier, {.run = real_fourier_run}},
    {&tb_op_real_fourier_back, {.run = real_fourier_back_run}},
    {0}};
