#include "dsp/rfft.h"

#include "base/memory.h"

#include <math.h>

#define TB_TAU 6.283185307179586

/* `size` real samples are transformed as size/2 complex ones. */
struct tb_rfft {
    int64_t half;
    float *turn;       /* [half + 1, 2]: exp(-2 pi i k / size) */
    uint32_t *reverse; /* [half]: bit-reversed indices */
};

static int is_power_of_two(int64_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

int64_t tb_rfft_size_for(int64_t n)
{
    int64_t size = 4;
    while (size < n && size < (int64_t)1 << 26)
        size *= 2;
    return size >= n ? size : 0;
}

tb_rfft *tb_rfft_new(int64_t size)
{
    if (size < 4 || size > (int64_t)1 << 26 || !is_power_of_two(size))
        return NULL;
    tb_rfft *f = tb_alloc(sizeof *f);
    if (!f)
        return NULL;
    f->half = size / 2;
    f->turn = tb_alloc_array((size_t)size + 2, sizeof *f->turn);
    f->reverse = tb_alloc_array((size_t)f->half, sizeof *f->reverse);
    if (!f->turn || !f->reverse) {
        tb_rfft_free(f);
        return NULL;
    }
    for (int64_t k = 0; k <= f->half; k++) {
        f->turn[2 * k] = (float)cos(TB_TAU * k / size);
        f->turn[2 * k + 1] = (float)-sin(TB_TAU * k / size);
    }
    f->reverse[0] = 0;
    for (int64_t bit = 1, top = f->half / 2; bit < f->half; bit *= 2, top /= 2)
        for (int64_t i = 0; i < bit; i++)
            f->reverse[bit + i] = f->reverse[i] + (uint32_t)top;
    return f;
}

void tb_rfft_free(tb_rfft *f)
{
    if (!f)
        return;
    tb_free(f->turn);
    tb_free(f->reverse);
    tb_free(f);
}

/* Radix-2 passes over z, [half, 2], already in bit-reversed order. */
static void passes(const tb_rfft *f, float *z)
{
    int64_t n = f->half;
    for (int64_t span = 1; span < n; span *= 2) {
        int64_t step = n / span;
        for (int64_t start = 0; start < n; start += 2 * span)
            for (int64_t i = 0; i < span; i++) {
                float *a = z + 2 * (start + i);
                float *b = a + 2 * span;
                float wr = f->turn[2 * i * step];
                float wi = f->turn[2 * i * step + 1];
                float re = b[0] * wr - b[1] * wi;
                float im = b[0] * wi + b[1] * wr;
                b[0] = a[0] - re;
                b[1] = a[1] - im;
                a[0] += re;
                a[1] += im;
            }
    }
}

void tb_rfft_forward(const tb_rfft *f, const float *x, float *z)
{
    int64_t n = f->half;
    for (int64_t i = 0; i < n; i++) {
        z[2 * i] = x[2 * (int64_t)f->reverse[i]];
        z[2 * i + 1] = x[2 * (int64_t)f->reverse[i] + 1];
    }
    passes(f, z);
    z[2 * n] = z[0] - z[1];
    z[2 * n + 1] = 0;
    z[0] += z[1];
    z[1] = 0;
    /* Even samples' spectrum e and odd samples' o from that of the pairs. */
    for (int64_t k = 1; 2 * k <= n; k++) {
        float *a = z + 2 * k, *b = z + 2 * (n - k);
        float er = (a[0] + b[0]) / 2, ei = (a[1] - b[1]) / 2;
        float or = (a[1] + b[1]) / 2, oi = (b[0] - a[0]) / 2;
        float wr = f->turn[2 * k], wi = f->turn[2 * k + 1];
        float tr = or *wr - oi * wi, ti = or *wi + oi * wr;
        a[0] = er + tr;
        a[1] = ei + ti;
        b[0] = er - tr;
        b[1] = ti - ei;
    }
}

void tb_rfft_inverse(const tb_rfft *f, float *z, float *x)
{
    int64_t n = f->half;
    float dc = z[0], top = z[2 * n];
    z[0] = (dc + top) / 2;
    z[1] = (dc - top) / 2;
    for (int64_t k = 1; 2 * k <= n; k++) {
        float *a = z + 2 * k, *b = z + 2 * (n - k);
        float er = (a[0] + b[0]) / 2, ei = (a[1] - b[1]) / 2;
        float tr = (a[0] - b[0]) / 2, ti = (a[1] + b[1]) / 2;
        float wr = f->turn[2 * k], wi = -f->turn[2 * k + 1];
        float or = tr * wr - ti * wi, oi = tr * wi + ti * wr;
        a[0] = er - oi;
        a[1] = ei + or ;
        b[0] = er + oi;
        b[1] = or -ei;
    }
    /* The inverse is the conjugate of the transform of the conjugate. */
    float scale = 1.0f / (float)n;
    for (int64_t i = 0; i < n; i++) {
        x[2 * i] = z[2 * (int64_t)f->reverse[i]] * scale;
        x[2 * i + 1] = -z[2 * (int64_t)f->reverse[i] + 1] * scale;
    }
    passes(f, x);
    for (int64_t i = 0; i < n; i++)
        x[2 * i + 1] = -x[2 * i + 1];
}
