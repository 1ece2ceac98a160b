/* The algorithm of engine/fft.h for numbers of any width: whoever includes it
   says what a number is (fft_v: a vector of rows, or one), what tables hold
   (fft_number), and how to make (fft_set) and join (fft_madd: a b + c) them.
   Stockham's self-sorting algorithm with radix 4 first; buffers hold
   [point][real, imaginary] of numbers. */
#include "engine/fft.h"

/* Left to the compiler, numbers pass through memory where these meet. */
#define FFT_INLINE static inline __attribute__((always_inline))

enum { TB_FFT_STAGES = 32 };

/* A complex transform of `size` points: n/2 points of which real n make two
   each, or n for odd n and complex ones. Tables hold pairs of numbers. */
struct tb_fft {
    int n, size;
    tb_fft_kind kind;
    int mixed;                /* the length that `radix` takes apart: size... */
    int radix[TB_FFT_STAGES]; /* ended by 0 */
    const void *turn;         /* [mixed]: exp(-2 pi i k / mixed) */
    const void *half_turn;    /* [size], real even n: exp(-2 pi i k / n) */

    /* ... or, where size has a large prime factor, that of a convolution: */
    const void *chirp;  /* [size]: exp(-pi i k^2 / size); else null */
    const void *answer; /* [mixed]: transform of its conjugate, over mixed */

    size_t buffer; /* numbers per row in each of the two buffers */
};

typedef struct fft_c {
    fft_v re, im;
} fft_c;

FFT_INLINE const fft_number *fft_pair(const void *table, size_t k)
{
    return (const fft_number *)table + 2 * k;
}

FFT_INLINE fft_c fft_add(fft_c a, fft_c b)
{
    return (fft_c){a.re + b.re, a.im + b.im};
}

FFT_INLINE fft_c fft_sub(fft_c a, fft_c b)
{
    return (fft_c){a.re - b.re, a.im - b.im};
}

/* a + i b and a - i b */
FFT_INLINE fft_c fft_add_i(fft_c a, fft_c b)
{
    return (fft_c){a.re - b.im, a.im + b.re};
}

FFT_INLINE fft_c fft_sub_i(fft_c a, fft_c b)
{
    return (fft_c){a.re + b.im, a.im - b.re};
}

FFT_INLINE fft_c fft_turn(fft_c a, const fft_number *w)
{
    fft_v re = fft_set(w[0]), im = fft_set(w[1]);
    return (fft_c){fft_madd(a.re, re, -(a.im * im)),
                   fft_madd(a.re, im, a.im * re)};
}

FFT_INLINE fft_c fft_scale(fft_c a, fft_v by)
{
    return (fft_c){a.re * by, a.im * by};
}

/* Turned round so, the transform is its inverse. */
FFT_INLINE fft_c fft_swap(fft_c a)
{
    return (fft_c){a.im, a.re};
}

/* ---- mixed radix ---- */

/* A stage in the middle of the algorithm: `stride` interleaved transforms of
   `left` points each. */
typedef struct fft_stage {
    const fft_number *turn;
    const fft_c *x;
    fft_c *y;
    int stride, left;
} fft_stage;

FFT_INLINE const fft_number *fft_stage_turn(const fft_stage *s, int64_t k)
{
    return fft_pair(s->turn, (size_t)(k * s->stride));
}

FFT_INLINE void fft_radix4_part(const fft_stage *s, int p, bool turns)
{
    int stride = s->stride;
    size_t quarter = (size_t)stride * (size_t)(s->left / 4);
    const fft_number *w1 = fft_stage_turn(s, p);
    const fft_number *w2 = fft_stage_turn(s, 2 * (int64_t)p);
    const fft_number *w3 = fft_stage_turn(s, 3 * (int64_t)p);
    const fft_c *x = s->x + (size_t)stride * p;
    fft_c *y = s->y + (size_t)stride * 4 * p;
    for (int q = 0; q < stride; q++, x++, y++) {
        fft_c a = x[0], b = x[quarter], c = x[2 * quarter], d = x[3 * quarter];
        fft_c ac = fft_add(a, c), bd = fft_add(b, d);
        fft_c a_c = fft_sub(a, c), b_d = fft_sub(b, d);
        fft_c y1 = fft_sub_i(a_c, b_d), y2 = fft_sub(ac, bd);
        fft_c y3 = fft_add_i(a_c, b_d);
        y[0] = fft_add(ac, bd);
        y[stride] = turns ? fft_turn(y1, w1) : y1;
        y[2 * (size_t)stride] = turns ? fft_turn(y2, w2) : y2;
        y[3 * (size_t)stride] = turns ? fft_turn(y3, w3) : y3;
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
            fft_c other = x[(size_t)stride * half];
            y[0] = fft_add(x[0], other);
            y[stride] = fft_turn(fft_sub(x[0], other), fft_stage_turn(s, p));
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
                    size_t at = (size_t)(j * k % radix) * (size / radix);
                    sum = fft_add(sum, fft_turn(x[(size_t)j * stride * part],
                                                fft_pair(s->turn, at)));
                }
                s->y[q + (size_t)stride * ((size_t)radix * p + k)] =
                    fft_turn(sum, fft_stage_turn(s, (int64_t)p * k));
            }
}

/* The transform of the `mixed` points of x; the result is in x or y, as
   returned. */
static inline fft_c *fft_mixed(const tb_fft *fft, fft_c *x, fft_c *y)
{
    fft_stage s = {.turn = fft->turn, .stride = 1, .left = fft->mixed};
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

/* k t = (k^2 + t^2 - (k - t)^2) / 2 makes a transform a convolution with a
   chirp, which the transform of another length does. */
static inline fft_c *fft_chirp(const tb_fft *fft, fft_c *x, fft_c *y)
{
    for (int k = 0; k < fft->size; k++)
        x[k] = fft_turn(x[k], fft_pair(fft->chirp, (size_t)k));
    for (int k = fft->size; k < fft->mixed; k++)
        x[k] = (fft_c){fft_set(0), fft_set(0)};
    fft_c *z = fft_mixed(fft, x, y);
    for (int k = 0; k < fft->mixed; k++)
        z[k] = fft_swap(fft_turn(z[k], fft_pair(fft->answer, (size_t)k)));
    z = fft_mixed(fft, z, z == x ? y : x);
    for (int k = 0; k < fft->size; k++)
        z[k] = fft_turn(fft_swap(z[k]), fft_pair(fft->chirp, (size_t)k));
    return z;
}

/* The complex transform of the `size` points of x. */
static inline fft_c *fft_complex(const tb_fft *fft, fft_c *x, fft_c *y)
{
    return fft->chirp ? fft_chirp(fft, x, y) : fft_mixed(fft, x, y);
}

/* ---- real numbers ---- */

/* From the transform z of pairs (x_2j + i x_2j+1) to that of x itself. */
static inline void fft_split(const tb_fft *fft, const fft_c *z, fft_c *to,
                             fft_number edge, fft_number inner)
{
    int size = fft->size;
    fft_v zero = fft_set(0), half = fft_set((fft_number)0.5 * inner);
    to[0] = (fft_c){(z[0].re + z[0].im) * fft_set(edge), zero};
    to[size] = (fft_c){(z[0].re - z[0].im) * fft_set(edge), zero};
    for (int k = 1; k < size; k++) {
        fft_c a = z[k], b = {z[size - k].re, -z[size - k].im};
        fft_c even = fft_add(a, b), odd = fft_sub(a, b);
        odd = fft_turn((fft_c){odd.im, -odd.re},
                       fft_pair(fft->half_turn, (size_t)k));
        to[k].re = (even.re + odd.re) * half;
        to[k].im = (even.im + odd.im) * half;
    }
}

/* The way back; real and imaginary parts change places, which turns the
   complex transform into its inverse. */
static inline void fft_join(const tb_fft *fft, const fft_c *x, fft_c *to,
                            fft_number edge, fft_number inner)
{
    int size = fft->size;
    fft_v half = fft_set((fft_number)0.5 * inner);
    fft_v first = x[0].re * fft_set(edge), last = x[size].re * fft_set(edge);
    to[0] = (fft_c){first - last, first + last};
    for (int k = 1; k < size; k++) {
        fft_c a = x[k], b = {x[size - k].re, -x[size - k].im};
        fft_c sum = fft_add(a, b), apart = fft_sub(a, b);
        const fft_number *w = fft_pair(fft->half_turn, (size_t)k);
        fft_number back[] = {w[0], -w[1]};
        fft_c z = fft_add_i(sum, fft_turn(apart, back));
        to[k] = (fft_c){z.im * half, z.re * half};
    }
}

/* From n numbers in `two` (as reals) to bins, in one or two as returned. */
static inline fft_c *fft_odd_bins(const tb_fft *fft, fft_number edge,
                                  fft_number inner, fft_c *one, fft_c *two)
{
    const fft_v *reals = (const fft_v *)two;
    for (int i = 0; i < fft->n; i++)
        one[i] = (fft_c){reals[i], fft_set(0)};
    fft_c *z = fft_complex(fft, one, two);
    z[0] = (fft_c){z[0].re * fft_set(edge), fft_set(0)};
    for (int k = 1; k <= fft->n / 2; k++)
        z[k] = fft_scale(z[k], fft_set(inner));
    return z;
}

/* From bins in `two` to n reals. */
static inline fft_v *fft_odd_reals(const tb_fft *fft, fft_number edge,
                                   fft_number inner, fft_c *one, fft_c *two)
{
    const fft_c none = {fft_set(0), fft_set(0)};
    one[0] = (fft_c){fft_set(0), two[0].re * fft_set(edge)};
    for (int k = 1; k < fft->n; k++)
        one[k] = k <= fft->n / 2 ? fft_scale(fft_swap(two[k]), fft_set(inner))
                                 : none;
    fft_c *z = fft_complex(fft, one, two);
    fft_v *reals = (fft_v *)(z == one ? two : one);
    for (int i = 0; i < fft->n; i++)
        reals[i] = z[i].im;
    return reals;
}

/* n reals to bins 0 ... n/2, each with its weight (see engine/cpu/fast). The
   numbers come in `one` if n is even, in `two` if it is odd: fft_reals_in. */
static inline fft_c *fft_bins(const tb_fft *fft, fft_number edge,
                              fft_number inner, fft_c *one, fft_c *two)
{
    if (fft->n % 2)
        return fft_odd_bins(fft, edge, inner, one, two);
    fft_c *z = fft_complex(fft, one, two);
    fft_c *bins = z == one ? two : one;
    fft_split(fft, z, bins, edge, inner);
    return bins;
}

static inline fft_v *fft_reals_in(const tb_fft *fft, fft_c *one, fft_c *two)
{
    return (fft_v *)(fft->n % 2 ? two : one);
}

/* Bins in `two` to n reals. */
static inline fft_v *fft_reals(const tb_fft *fft, fft_number edge,
                               fft_number inner, fft_c *one, fft_c *two)
{
    if (fft->n % 2)
        return fft_odd_reals(fft, edge, inner, one, two);
    fft_join(fft, two, one, edge, inner);
    fft_c *z = fft_complex(fft, one, two);
    for (int i = 0; i < fft->size; i++)
        z[i] = fft_swap(z[i]);
    return (fft_v *)z;
}
