/* Real Fourier transforms of TB_LANES rows at once, one per lane: Stockham's
   self-sorting algorithm with radix 4 first. Fewer rows pass through the same
   code with zeros in the other lanes, so a row's bits do not depend on its
   neighbours. Buffers hold [point][real, imaginary] of vectors. */
#ifndef TB_ENGINE_CPU_FAST_FFT_H
#define TB_ENGINE_CPU_FAST_FFT_H

#include "engine/cpu/fast/fft_plan.h"
#include "engine/cpu/fast/vec.h"

typedef struct fft_c {
    vf re, im;
} fft_c;

TB_INLINE fft_c fft_add(fft_c a, fft_c b)
{
    return (fft_c){a.re + b.re, a.im + b.im};
}

TB_INLINE fft_c fft_sub(fft_c a, fft_c b)
{
    return (fft_c){a.re - b.re, a.im - b.im};
}

/* a + i b and a - i b */
TB_INLINE fft_c fft_add_i(fft_c a, fft_c b)
{
    return (fft_c){a.re - b.im, a.im + b.re};
}

TB_INLINE fft_c fft_sub_i(fft_c a, fft_c b)
{
    return (fft_c){a.re + b.im, a.im - b.re};
}

TB_INLINE fft_c fft_turn(fft_c a, const float *w)
{
    vf re = vf_set(w[0]), im = vf_set(w[1]);
    return (fft_c){vf_fma(a.re, re, -(a.im * im)), vf_fma(a.re, im, a.im * re)};
}

/* A stage in the middle of the algorithm: `stride` interleaved transforms of
   `left` points each. */
typedef struct fft_stage {
    const float *turn;
    const fft_c *x;
    fft_c *y;
    int stride, left;
} fft_stage;

TB_INLINE void fft_radix4_part(const fft_stage *s, int p, bool turns)
{
    int stride = s->stride, quarter = s->left / 4;
    const float *w1 = s->turn + 2 * (size_t)(p * stride);
    const float *w2 = s->turn + 4 * (size_t)(p * stride);
    const float *w3 = s->turn + 6 * (size_t)(p * stride);
    const fft_c *x = s->x + (size_t)stride * p;
    fft_c *y = s->y + (size_t)stride * 4 * p;
    for (int q = 0; q < stride; q++, x++, y++) {
        fft_c a = x[0], b = x[stride * quarter];
        fft_c c = x[2 * stride * quarter], d = x[3 * stride * quarter];
        fft_c ac = fft_add(a, c), bd = fft_add(b, d);
        fft_c a_c = fft_sub(a, c), b_d = fft_sub(b, d);
        fft_c y1 = fft_sub_i(a_c, b_d), y2 = fft_sub(ac, bd);
        fft_c y3 = fft_add_i(a_c, b_d);
        y[0] = fft_add(ac, bd);
        y[stride] = turns ? fft_turn(y1, w1) : y1;
        y[2 * stride] = turns ? fft_turn(y2, w2) : y2;
        y[3 * stride] = turns ? fft_turn(y3, w3) : y3;
    }
}

static inline void fft_radix4(const fft_stage *s)
{
    fft_radix4_part(s, 0, false);
    for (int p = 1; p < s->left / 4; p++)
        fft_radix4_part(s, p, true);
}

static inline void fft_radix2(const fft_stage *s)
{
    int stride = s->stride, half = s->left / 2;
    for (int p = 0; p < half; p++)
        for (int q = 0; q < stride; q++) {
            const fft_c *x = s->x + q + (size_t)stride * p;
            fft_c *y = s->y + q + (size_t)stride * 2 * p;
            y[0] = fft_add(x[0], x[stride * half]);
            y[stride] = fft_turn(fft_sub(x[0], x[stride * half]),
                                 s->turn + 2 * (size_t)(p * stride));
        }
}

/* Any radix, by its definition. */
static inline void fft_radix_any(const fft_stage *s, int radix)
{
    int stride = s->stride, part = s->left / radix, size = stride * s->left;
    for (int p = 0; p < part; p++)
        for (int k = 0; k < radix; k++)
            for (int q = 0; q < stride; q++) {
                const fft_c *x = s->x + q + (size_t)stride * p;
                fft_c sum = x[0];
                for (int j = 1; j < radix; j++) {
                    int at = (int)((int64_t)j * k % radix) * (size / radix);
                    sum = fft_add(sum, fft_turn(x[(size_t)j * stride * part],
                                                s->turn + 2 * (size_t)at));
                }
                s->y[q + (size_t)stride * (radix * p + k)] =
                    fft_turn(sum, s->turn + 2 * (size_t)(p * k * stride));
            }
}

/* The complex transform of x; the result is in x or y, as returned. */
static inline fft_c *fft_complex(const tb_fft *fft, fft_c *x, fft_c *y)
{
    fft_stage s = {.turn = fft->turn, .stride = 1, .left = fft->size};
    for (const int *radix = fft->radix; *radix; radix++) {
        s.x = x;
        s.y = y;
        if (*radix == 4)
            fft_radix4(&s);
        else if (*radix == 2)
            fft_radix2(&s);
        else
            fft_radix_any(&s, *radix);
        s.stride *= *radix;
        s.left /= *radix;
        fft_c *other = x;
        x = y;
        y = other;
    }
    return x;
}

/* Rows of n numbers to n vectors, with zeros in the lanes without row. */
static inline void fft_gather(int rows, const float *x, ptrdiff_t ld, int n,
                              vf *to)
{
    int i = 0;
    for (; i + TB_LANES <= n; i += TB_LANES) {
        for (int r = 0; r < TB_LANES; r++)
            to[i + r] = r < rows ? vf_load(x + r * ld + i) : vf_set(0);
        vf_transpose(to + i);
    }
    for (; i < n; i++)
        for (int r = 0; r < TB_LANES; r++)
            to[i][r] = r < rows ? x[r * ld + i] : 0;
}

static inline void fft_scatter(int rows, float *y, ptrdiff_t ld, int n,
                               const vf *from)
{
    int i = 0;
    for (; i + TB_LANES <= n; i += TB_LANES) {
        vf part[TB_LANES];
        for (int r = 0; r < TB_LANES; r++)
            part[r] = from[i + r];
        vf_transpose(part);
        for (int r = 0; r < rows && r < TB_LANES; r++)
            vf_store(y + r * ld + i, part[r]);
    }
    for (; i < n; i++)
        for (int r = 0; r < rows && r < TB_LANES; r++)
            y[r * ld + i] = from[i][r];
}

/* From the transform z of pairs (x_2j + i x_2j+1) to that of x itself. */
static inline void fft_split(const tb_fft *fft, const fft_c *z, fft_c *to,
                             float edge, float inner)
{
    int size = fft->size;
    vf zero = vf_set(0), half = vf_set(0.5f * inner);
    to[0] = (fft_c){(z[0].re + z[0].im) * vf_set(edge), zero};
    to[size] = (fft_c){(z[0].re - z[0].im) * vf_set(edge), zero};
    for (int k = 1; k < size; k++) {
        fft_c a = z[k], b = {z[size - k].re, -z[size - k].im};
        fft_c even = fft_add(a, b), odd = fft_sub(a, b);
        odd = fft_turn((fft_c){odd.im, -odd.re}, fft->half_turn + 2 * k);
        to[k].re = (even.re + odd.re) * half;
        to[k].im = (even.im + odd.im) * half;
    }
}

/* The way back; real and imaginary parts change places, which turns the
   complex transform into its inverse. */
static inline void fft_join(const tb_fft *fft, const fft_c *x, fft_c *to,
                            float edge, float inner)
{
    int size = fft->size;
    vf half = vf_set(0.5f * inner);
    vf first = x[0].re * vf_set(edge), last = x[size].re * vf_set(edge);
    to[0] = (fft_c){first - last, first + last};
    for (int k = 1; k < size; k++) {
        fft_c a = x[k], b = {x[size - k].re, -x[size - k].im};
        fft_c sum = fft_add(a, b), apart = fft_sub(a, b);
        const float *w = fft->half_turn + 2 * k;
        float back[] = {w[0], -w[1]};
        fft_c z = fft_add_i(sum, fft_turn(apart, back));
        to[k] = (fft_c){z.im * half, z.re * half};
    }
}

static inline fft_c *fft_align(float *scratch)
{
    uintptr_t at = (uintptr_t)scratch;
    return (fft_c *)(scratch + (-at & 63) / sizeof *scratch);
}

static inline void fft_odd_forward(const tb_fft *fft, int rows, const float *x,
                                   ptrdiff_t ldx, float *y, ptrdiff_t ldy,
                                   float edge, float inner, fft_c *one,
                                   fft_c *two)
{
    vf *real = (vf *)two;
    fft_gather(rows, x, ldx, fft->n, real);
    for (int i = 0; i < fft->n; i++)
        one[i] = (fft_c){real[i], vf_set(0)};
    fft_c *z = fft_complex(fft, one, two);
    z[0] = (fft_c){z[0].re * vf_set(edge), vf_set(0)};
    for (int k = 1; k <= fft->n / 2; k++)
        z[k] = (fft_c){z[k].re * vf_set(inner), z[k].im * vf_set(inner)};
    fft_scatter(rows, y, ldy, fft->n + 1, (const vf *)z);
}

static inline void fft_odd_back(const tb_fft *fft, int rows, const float *x,
                                ptrdiff_t ldx, float *y, ptrdiff_t ldy,
                                float edge, float inner, fft_c *one, fft_c *two)
{
    fft_gather(rows, x, ldx, fft->n + 1, (vf *)two);
    one[0] = (fft_c){vf_set(0), two[0].re * vf_set(edge)};
    for (int k = 1; k < fft->n; k++)
        one[k] = k <= fft->n / 2 ? (fft_c){two[k].im * vf_set(inner),
                                           two[k].re * vf_set(inner)}
                                 : (fft_c){vf_set(0), vf_set(0)};
    fft_c *z = fft_complex(fft, one, two);
    vf *real = (vf *)(z == one ? two : one);
    for (int i = 0; i < fft->n; i++)
        real[i] = z[i].im;
    fft_scatter(rows, y, ldy, fft->n, real);
}

static inline TB_REALTIME void fast_fft_forward(const tb_fft *fft, int rows,
                                                const float *x, ptrdiff_t ldx,
                                                float *y, ptrdiff_t ldy,
                                                float edge, float inner,
                                                float *scratch)
{
    fft_c *one = fft_align(scratch), *two = one + (fft->buffer + 1) / 2;
    for (; rows > 0; rows -= TB_LANES) {
        if (fft->n % 2) {
            fft_odd_forward(fft, rows, x, ldx, y, ldy, edge, inner, one, two);
        } else {
            fft_gather(rows, x, ldx, fft->n, (vf *)one);
            fft_c *z = fft_complex(fft, one, two);
            fft_c *spectrum = z == one ? two : one;
            fft_split(fft, z, spectrum, edge, inner);
            fft_scatter(rows, y, ldy, fft->n + 2, (const vf *)spectrum);
        }
        x += TB_LANES * ldx;
        y += TB_LANES * ldy;
    }
}

/* Swaps what fft_join exchanged. */
static inline void fft_back_even(const tb_fft *fft, int rows, const float *x,
                                 ptrdiff_t ldx, float *y, ptrdiff_t ldy,
                                 float edge, float inner, fft_c *one,
                                 fft_c *two)
{
    fft_gather(rows, x, ldx, fft->n + 2, (vf *)two);
    fft_join(fft, two, one, edge, inner);
    fft_c *z = fft_complex(fft, one, two);
    for (int i = 0; i < fft->size; i++)
        z[i] = (fft_c){z[i].im, z[i].re};
    fft_scatter(rows, y, ldy, fft->n, (const vf *)z);
}

static inline TB_REALTIME void
fast_fft_back(const tb_fft *fft, int rows, const float *x, ptrdiff_t ldx,
              float *y, ptrdiff_t ldy, float edge, float inner, float *scratch)
{
    fft_c *one = fft_align(scratch), *two = one + (fft->buffer + 1) / 2;
    for (; rows > 0; rows -= TB_LANES) {
        if (fft->n % 2)
            fft_odd_back(fft, rows, x, ldx, y, ldy, edge, inner, one, two);
        else
            fft_back_even(fft, rows, x, ldx, y, ldy, edge, inner, one, two);
        x += TB_LANES * ldx;
        y += TB_LANES * ldy;
    }
}

#endif
