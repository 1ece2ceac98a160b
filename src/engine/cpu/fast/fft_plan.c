/* Tables of Fourier transforms, in double before they are rounded. */
#include "engine/cpu/fast/fft_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double two_pi = 6.283185307179586476925286766559;

/* exp(-2 pi i k / n), through the first eighth of the turn. */
static void turn(int k, int n, float *to)
{
    int64_t eighths = (int64_t)8 * k;
    int octant = (int)(eighths / n);
    int64_t rest = octant & 1 ? (octant + 1) * (int64_t)n - eighths
                              : eighths - octant * (int64_t)n;
    double angle = two_pi * (double)rest / (8.0 * n);
    double x = cos(angle), y = sin(angle);
    int swap = (octant + 1) & 2;
    double c = swap ? y : x, s = swap ? x : y;
    to[0] = (float)(octant >= 2 && octant < 6 ? -c : c);
    to[1] = (float)(octant >= 4 ? s : -s);
}

static void fill_turns(float *table, int count, int n)
{
    for (int k = 0; k < count; k++)
        turn(k, n, table + 2 * (size_t)k);
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

static size_t table_floats(int n)
{
    return 2 * (size_t)n; /* for even n two tables of half the size */
}

size_t tb_fft_bytes(int n)
{
    return sizeof(tb_fft) + table_floats(n) * sizeof(float);
}

tb_fft *tb_fft_init(void *memory, int n)
{
    tb_fft *fft = memory;
    bool even = n % 2 == 0;
    memset(fft, 0, sizeof *fft);
    fft->n = n;
    fft->size = even ? n / 2 : n;
    fft->buffer = (even ? 0 : (size_t)n) + (size_t)n + 2;
    factor(fft->size, fft->radix);
    fft->turn = (float *)(fft + 1);
    fill_turns(fft->turn, fft->size, fft->size);
    if (even) {
        fft->half_turn = fft->turn + 2 * (size_t)fft->size;
        fill_turns(fft->half_turn, fft->size, n);
    }
    return fft;
}

tb_fft *tb_fft_new(int n)
{
    void *memory = n < 1 ? NULL : malloc(tb_fft_bytes(n));
    return memory ? tb_fft_init(memory, n) : NULL;
}

void tb_fft_free(tb_fft *fft)
{
    free(fft);
}

size_t tb_fft_scratch(const tb_fft *fft)
{
    enum { BUFFERS = 2, MOST_LANES = 16, ALIGN = 16 };
    return BUFFERS * MOST_LANES * fft->buffer + ALIGN;
}
