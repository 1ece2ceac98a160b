/* Fourier transforms of many sizes against the sums that define them. */
#include "fast_test.h"

/* All up to 300, then powers, products of small primes, and large primes. */
static const int sizes[] = {375, 400, 512,  600,  1024, 2048, 4096,
                            521, 961, 1022, 1031, 2062, 4099};

enum { ROWS = 11 };

typedef struct problem {
    const tb_fast *f;
    tb_fft *fft;
    int n, bins, wide; /* wide: numbers in a spectrum */
    ptrdiff_t ldx, ldy;
    size_t n_x, n_y;
    float *x, *y, *scratch;
    float edge, inner;
    double *turn; /* cos and sin of 2 pi k / n */
} problem;

static problem pose(const tb_fast *f, int n)
{
    problem p = {
        .f = f, .fft = tb_fft_new(n, TB_FFT_REAL), .n = n, .bins = n / 2 + 1};
    p.wide = 2 * p.bins;
    p.ldx = n + 3;
    p.ldy = p.wide + 5;
    p.n_x = (size_t)(ROWS - 1) * p.ldx + n;
    p.n_y = (size_t)(ROWS - 1) * p.ldy + p.wide;
    p.x = room(p.n_x);
    p.y = room(p.n_y);
    p.scratch = room(tb_fft_scratch(p.fft));
    p.edge = 0.75f;
    p.inner = 1.5f;
    p.turn = malloc(2 * (size_t)n * sizeof *p.turn);
    for (int k = 0; k < n; k++) {
        p.turn[2 * k] = cos(2 * acos(-1) * k / n);
        p.turn[2 * k + 1] = sin(2 * acos(-1) * k / n);
    }
    return p;
}

static void drop(problem *p)
{
    done(p->x);
    done(p->y);
    done(p->scratch);
    free(p->turn);
    tb_fft_free(p->fft);
}

static bool is_edge(const problem *p, int k)
{
    return k == 0 || 2 * k == p->n;
}

static void expected_spectrum(const problem *p, const float *x, double *y)
{
    for (int k = 0; k < p->bins; k++) {
        double re = 0, im = 0, w = is_edge(p, k) ? p->edge : p->inner;
        for (int t = 0; t < p->n; t++) {
            int at = (int)((int64_t)k * t % p->n);
            re += x[t] * p->turn[2 * at];
            im -= x[t] * p->turn[2 * at + 1];
        }
        y[2 * k] = w * re;
        y[2 * k + 1] = is_edge(p, k) ? 0 : w * im;
    }
}

static void expected_signal(const problem *p, const float *y, double *x)
{
    for (int t = 0; t < p->n; t++) {
        x[t] = 0;
        for (int k = 0; k < p->bins; k++) {
            int at = (int)((int64_t)k * t % p->n);
            double w = is_edge(p, k) ? p->edge : p->inner;
            x[t] += w * y[2 * k] * p->turn[2 * at];
            if (!is_edge(p, k))
                x[t] -= w * y[2 * k + 1] * p->turn[2 * at + 1];
        }
    }
}

/* Large sizes are compared on a few rows. */
static bool worth(const problem *p, int row)
{
    return p->n < 300 || row == 0 || row == ROWS - 1;
}

static void check_values(problem *p)
{
    double *want = malloc(((size_t)p->n + 2) * sizeof *want);
    bool good = true;
    p->f->fft_forward(p->fft, ROWS, p->x, p->ldx, p->y, p->ldy, p->edge,
                      p->inner, p->scratch);
    for (int i = 0; i < ROWS; i++)
        if (worth(p, i)) {
            expected_spectrum(p, p->x + i * p->ldx, want);
            good = good &&
                   distance(p->y + i * p->ldy, want, (size_t)p->wide) < 1e-6;
        }
    OK_NAMED(good && guarded(p->y, p->n_y), "spectrum");
    for (size_t i = 0; i < p->n_y; i++)
        p->y[i] = noise();
    p->f->fft_back(p->fft, ROWS, p->y, p->ldy, p->x, p->ldx, p->edge, p->inner,
                   p->scratch);
    for (int i = 0; i < ROWS; i++)
        if (worth(p, i)) {
            expected_signal(p, p->y + i * p->ldy, want);
            good =
                good && distance(p->x + i * p->ldx, want, (size_t)p->n) < 1e-6;
        }
    OK_NAMED(good && guarded(p->x, p->n_x), "signal");
    OK_NAMED(guarded(p->scratch, tb_fft_scratch(p->fft)), "scratch");
    free(want);
}

/* Row by row and all at once; there and back again. */
static void check_bits(problem *p)
{
    float *y = room(p->n_y), *x = room(p->n_x);
    bool same = true, back = true;
    p->f->fft_forward(p->fft, ROWS, p->x, p->ldx, p->y, p->ldy, 1, 1,
                      p->scratch);
    p->f->fft_back(p->fft, ROWS, p->y, p->ldy, x, p->ldx, 1.0f / p->n,
                   2.0f / p->n, p->scratch);
    double *want = malloc((size_t)p->n * sizeof *want);
    float *alone = room((size_t)p->n);
    for (int i = 0; i < ROWS; i++) {
        for (int t = 0; t < p->n; t++)
            want[t] = p->x[i * p->ldx + t];
        back = back && distance(x + i * p->ldx, want, (size_t)p->n) < 1e-6;
        p->f->fft_forward(p->fft, 1, p->x + i * p->ldx, 0, y, 0, 1, 1,
                          p->scratch);
        same = same &&
               same_bits(y, p->y + i * p->ldy, (size_t)p->wide * sizeof *y);
        p->f->fft_back(p->fft, 1, y, 0, alone, 0, 1.0f / p->n, 2.0f / p->n,
                       p->scratch);
        same =
            same && same_bits(alone, x + i * p->ldx, (size_t)p->n * sizeof *x);
    }
    OK_NAMED(back && guarded(x, p->n_x), "back is the inverse");
    OK_NAMED(same && guarded(y, p->n_y) && guarded(alone, (size_t)p->n),
             "a row alone: the same bits");
    free(want);
    done(alone);
    done(x);
    done(y);
}

/* ---- complex numbers ---- */

static void expected_complex(const problem *p, bool inverse, const float *x,
                             double scale, double *y)
{
    double sign = inverse ? 1 : -1;
    for (int k = 0; k < p->n; k++) {
        double re = 0, im = 0;
        for (int t = 0; t < p->n; t++) {
            const double *w = p->turn + 2 * ((int64_t)k * t % p->n);
            re += x[2 * t] * w[0] - sign * x[2 * t + 1] * w[1];
            im += x[2 * t + 1] * w[0] + sign * x[2 * t] * w[1];
        }
        y[2 * k] = scale * re;
        y[2 * k + 1] = scale * im;
    }
}

static void check_complex(const problem *p, bool inverse)
{
    size_t wide = 2 * (size_t)p->n, ld = wide + 3, all = ROWS * ld;
    tb_fft *fft = tb_fft_new(p->n, TB_FFT_COMPLEX);
    float *x = room(all), *y = room(all), *alone = room(wide);
    float *scratch = room(tb_fft_scratch(fft));
    double *want = malloc(wide * sizeof *want);
    bool good = true, same = true;
    p->f->fft_complex(fft, inverse, ROWS, x, (ptrdiff_t)ld, y, (ptrdiff_t)ld,
                      0.5f, scratch);
    for (int i = 0; i < ROWS; i++) {
        p->f->fft_complex(fft, inverse, 1, x + i * ld, 0, alone, 0, 0.5f,
                          scratch);
        same = same && same_bits(alone, y + i * ld, wide * sizeof *y);
        if (!worth(p, i))
            continue;
        expected_complex(p, inverse, x + i * ld, 0.5, want);
        good = good && distance(y + i * ld, want, wide) < 1e-6;
    }
    OK_NAMED(good && guarded(y, all), inverse ? "complex inverse" : "complex");
    OK_NAMED(same && guarded(alone, wide), "a row alone: the same bits");
    OK_NAMED(guarded(scratch, tb_fft_scratch(fft)), "scratch");
    tb_fft_free(fft);
    done(x);
    done(y);
    done(alone);
    done(scratch);
    free(want);
}

static void check_size(const tb_fast *f, int n)
{
    problem p = pose(f, n);
    int before = tap_failed;
    check_values(&p);
    check_bits(&p);
    check_complex(&p, false);
    check_complex(&p, true);
    if (tap_failed > before)
        fprintf(stderr, "# %s, size %d\n", f->name, n);
    drop(&p);
}

int main(void)
{
    const tb_fast *f;
    for (int i = 0; (f = table(i)); i++) {
        for (int n = 1; n <= 300; n++)
            check_size(f, n);
        for (size_t q = 0; q < sizeof sizes / sizeof *sizes; q++)
            check_size(f, sizes[q]);
    }
    OK(tb_fft_new(0, TB_FFT_REAL) == NULL);
    OK(tb_fft_new(TB_FFT_MOST + 1, TB_FFT_COMPLEX) == NULL);
    tb_fft_free(NULL);
    return tap_done();
}
