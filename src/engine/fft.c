/* Tables of Fourier transforms, made in double precision, and the transform of
   one row. */
#include "engine/fft.h"

typedef double fft_v, fft_number;

static inline double fft_set(double x)
{
    return x;
}

static inline double fft_madd(double a, double b, double c)
{
    return a * b + c;
}

#include "engine/fft_core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double two_pi = 6.283185307179586476925286766559;

/* A radix costs its square, a convolution two transforms more. */
enum { LARGEST_RADIX = 31 };

/* ---- lengths ---- */

static int largest_factor(int n)
{
    int by = 2;
    for (; (int64_t)by * by <= n; by++)
        while (n % by == 0 && n > by)
            n /= by;
    return n;
}

static void factor(int size, int *radix)
{
    for (; size % 4 == 0; size /= 4)
        *radix++ = 4;
    for (int by = 2; size > 1; by++)
        for (; size % by == 0; size /= by)
            *radix++ = by;
    *radix = 0;
}

/* The smallest 2^k, 3 2^k or 5 2^k that holds n. */
static int quick_length(int n)
{
    int best = 1;
    while (best < n)
        best *= 2;
    for (int odd = 3; odd <= 5; odd += 2)
        for (int m = odd; m < best; m *= 2)
            if (m >= n)
                best = m;
    return best;
}

static int points_of(int n, tb_fft_kind kind)
{
    return kind == TB_FFT_REAL && n % 2 == 0 ? n / 2 : n;
}

static bool needs_chirp(int size)
{
    return largest_factor(size) > LARGEST_RADIX;
}

static int mixed_length(int size)
{
    return needs_chirp(size) ? quick_length(2 * size - 1) : size;
}

static bool has_half_turn(int n, tb_fft_kind kind)
{
    return kind == TB_FFT_REAL && n % 2 == 0;
}

/* ---- tables ---- */

/* exp(-2 pi i k / n), through the first eighth of the turn. */
static void turn(int64_t k, int64_t n, double *to)
{
    int64_t eighths = 8 * k;
    int octant = (int)(eighths / n);
    int64_t rest =
        octant & 1 ? (octant + 1) * n - eighths : eighths - octant * n;
    double angle = two_pi * (double)rest / (8.0 * (double)n);
    double x = cos(angle), y = sin(angle);
    int swap = (octant + 1) & 2;
    double c = swap ? y : x, s = swap ? x : y;
    to[0] = octant >= 2 && octant < 6 ? -c : c;
    to[1] = octant >= 4 ? s : -s;
}

static void put(char *table, size_t number, int64_t k, const double *pair)
{
    for (int i = 0; i < 2; i++)
        if (number == sizeof(float))
            ((float *)table)[2 * k + i] = (float)pair[i];
        else
            ((double *)table)[2 * k + i] = pair[i];
}

static void fill_turns(char *table, size_t number, int count, int n)
{
    double pair[2];
    for (int k = 0; k < count; k++) {
        turn(k, n, pair);
        put(table, number, k, pair);
    }
}

/* Points whose tables and buffers make the answer to a chirp. */
static size_t bytes_of_work(int size)
{
    return needs_chirp(size) ? 6 * sizeof(double) * (size_t)mixed_length(size)
                             : 0;
}

/* Behind the tables: the turns of the convolution and two buffers. */
static void fill_answer(const tb_fft *fft, size_t number, char *answer,
                        double *work)
{
    tb_fft exact = *fft;
    fft_c *one = (fft_c *)(work + 2 * (size_t)fft->mixed);
    int size = fft->size, m = fft->mixed;
    double pair[2];
    exact.turn = work;
    fill_turns((char *)work, sizeof(double), m, m);
    memset(one, 0, sizeof *one * (size_t)m);
    for (int k = 0; k < size; k++) {
        turn((int64_t)k * k % (2 * (int64_t)size), 2 * (int64_t)size, pair);
        one[k] = one[k ? m - k : 0] = (fft_c){pair[0], -pair[1]};
    }
    const fft_c *z = fft_mixed(&exact, one, one + m);
    for (int k = 0; k < m; k++)
        put(answer, number, k, (double[]){z[k].re / m, z[k].im / m});
}

static char *add_chirp(tb_fft *fft, size_t number, char *at)
{
    char *answer = at + 2 * number * (size_t)fft->size;
    double pair[2];
    for (int64_t k = 0; k < fft->size; k++) {
        turn(k * k % (2 * (int64_t)fft->size), 2 * (int64_t)fft->size, pair);
        put(at, number, k, pair);
    }
    fft->chirp = at;
    fft->answer = answer;
    at = answer + 2 * number * (size_t)fft->mixed;
    fill_answer(fft, number, answer,
                (double *)(at + (-(uintptr_t)at & (sizeof(double) - 1))));
    return at;
}

static size_t bytes_of(int n, tb_fft_kind kind, size_t number)
{
    int size = points_of(n, kind), mixed = mixed_length(size);
    size_t pairs = (size_t)mixed;
    pairs += has_half_turn(n, kind) ? (size_t)size : 0;
    pairs += needs_chirp(size) ? (size_t)size + (size_t)mixed : 0;
    return sizeof(tb_fft) + 2 * number * pairs + sizeof(double) +
           bytes_of_work(size);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static tb_fft *init(void *memory, int n, tb_fft_kind kind, size_t number)
{
    tb_fft *fft = memory;
    char *at = (char *)(fft + 1);
    memset(fft, 0, sizeof *fft);
    fft->n = n;
    fft->kind = kind;
    fft->size = points_of(n, kind);
    fft->mixed = mixed_length(fft->size);
    fft->buffer = larger(2 * (size_t)fft->mixed, (size_t)n + 2);
    factor(fft->mixed, fft->radix);
    fft->turn = at;
    fill_turns(at, number, fft->mixed, fft->mixed);
    at += 2 * number * (size_t)fft->mixed;
    if (has_half_turn(n, kind)) {
        fft->half_turn = at;
        fill_turns(at, number, fft->size, n);
        at += 2 * number * (size_t)fft->size;
    }
    if (needs_chirp(fft->size))
        add_chirp(fft, number, at);
    return fft;
}

size_t tb_fft_bytes(int n, tb_fft_kind kind)
{
    return bytes_of(n, kind, sizeof(float));
}

tb_fft *tb_fft_init(void *memory, int n, tb_fft_kind kind)
{
    return init(memory, n, kind, sizeof(float));
}

static tb_fft *new_of(int n, tb_fft_kind kind, size_t number)
{
    void *memory =
        n < 1 || n > TB_FFT_MOST ? NULL : malloc(bytes_of(n, kind, number));
    return memory ? init(memory, n, kind, number) : NULL;
}

tb_fft *tb_fft_new(int n, tb_fft_kind kind)
{
    return new_of(n, kind, sizeof(float));
}

tb_fft *tb_fft_new_double(int n, tb_fft_kind kind)
{
    return new_of(n, kind, sizeof(double));
}

void tb_fft_free(tb_fft *fft)
{
    free(fft);
}

size_t tb_fft_scratch(const tb_fft *fft)
{
    enum { BUFFERS = 2, MOST_LANES = 16, ALIGN = 16 };
    return BUFFERS * MOST_LANES * (fft->buffer + 1) + ALIGN;
}

size_t tb_fft_scratch_double(const tb_fft *fft)
{
    return 2 * (fft->buffer + 1);
}

/* ---- one row ---- */

static fft_c *second(const tb_fft *fft, double *scratch)
{
    return (fft_c *)scratch + (fft->buffer + 1) / 2;
}

void tb_fft_real(const tb_fft *fft, const float *x, float *z, double *scratch)
{
    fft_c *one = (fft_c *)scratch, *two = second(fft, scratch);
    double *reals = fft_reals_in(fft, one, two);
    for (int i = 0; i < fft->n; i++)
        reals[i] = x[i];
    const fft_c *bins = fft_bins(fft, 1, 1, one, two);
    for (int k = 0; k <= fft->n / 2; k++) {
        z[2 * k] = (float)bins[k].re;
        z[2 * k + 1] = (float)bins[k].im;
    }
}

void tb_fft_real_inverse(const tb_fft *fft, const float *z, float *x,
                         double *scratch)
{
    fft_c *one = (fft_c *)scratch, *two = second(fft, scratch);
    for (int k = 0; k <= fft->n / 2; k++)
        two[k] = (fft_c){z[2 * k], z[2 * k + 1]};
    const double *reals = fft_reals(fft, 1.0 / fft->n, 2.0 / fft->n, one, two);
    for (int i = 0; i < fft->n; i++)
        x[i] = (float)reals[i];
}
