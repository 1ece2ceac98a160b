/* How far the spectra of two sounds lie apart, TB_LANES frames at once, one per
   lane: bins are compared as the transform leaves them, and go back from there,
   so that nothing is turned between rows and lanes but samples. */
#ifndef TB_ENGINE_CPU_FAST_DISTANCE_H
#define TB_ENGINE_CPU_FAST_DISTANCE_H

#include "engine/cpu/fast/approx.h"
#include "engine/cpu/fast/fft.h"

/* ---- samples in and out ---- */

/* Windowed frames to n vectors; lanes without frame are 0. */
static inline void gap_gather(const tb_spectral_gap *g, int frames,
                              const float *x, vf *to)
{
    int i = 0, n = g->fft->n;
    for (; i + TB_LANES <= n; i += TB_LANES) {
        vf window = vf_load(g->window + i);
        for (int r = 0; r < TB_LANES; r++)
            to[i + r] =
                r < frames ? vf_load(x + r * g->hop + i) * window : vf_set(0);
        vf_transpose(to + i);
    }
    for (; i < n; i++)
        for (int r = 0; r < TB_LANES; r++)
            to[i][r] = r < frames ? x[r * g->hop + i] * g->window[i] : 0;
}

/* Adds windowed vectors to dy, frame by frame. */
static inline void gap_scatter(const tb_spectral_gap *g, int frames, vf *from,
                               float *dy)
{
    int n = g->fft->n, whole = n - n % TB_LANES;
    for (int i = 0; i < whole; i += TB_LANES)
        vf_transpose(from + i);
    for (int r = 0; r < frames && r < TB_LANES; r++) {
        float *to = dy + r * g->hop;
        for (int i = 0; i < whole; i += TB_LANES)
            vf_store(to + i, vf_fma(vf_load(g->window + i), from[i + r],
                                    vf_load(to + i)));
        for (int i = whole; i < n; i++)
            to[i] += g->window[i] * from[i][r];
    }
}

/* ---- bins ---- */

TB_INLINE vf gap_magnitude(fft_c bin)
{
    return vf_sqrt(vf_fma(bin.re, bin.re, bin.im * bin.im));
}

typedef struct gap_sums {
    vf squares, logs;
} gap_sums;

/* One bin of all lanes; what y's becomes is its gradient. */
TB_INLINE fft_c gap_bin(const tb_spectral_gap *g, vf x, fft_c bin, gap_sums *s)
{
    vf y = gap_magnitude(bin), apart = y - x;
    vf over = vf_set(1) / (y + vf_set(g->floor));
    vf ratio = vf_log((x + vf_set(g->floor)) * over);
    vf weight = vf_set(g->logarithmic) * over;
    vf side = vf_select(apart > vf_set(0), weight, -weight);
    side = vf_select(apart == vf_set(0), vf_set(0), side);
    vf slope = vf_fma(vf_set(g->linear), apart, side);
    s->squares = vf_fma(apart, apart, s->squares);
    s->logs += vf_abs(ratio);
    return fft_scale(bin, vf_select(y > vf_set(0), slope / y, vf_set(0)));
}

/* The group of frames that begins with frame `at`. */
static inline void gap_group(const tb_spectral_gap *g, int at)
{
    const tb_fft *fft = g->fft;
    int bins = fft->n / 2 + 1, frames = g->frames - at;
    fft_c *one = fft_align(g->scratch), *two = one + (fft->buffer + 1) / 2;
    vf *x = (vf *)fft_align(g->scratch + tb_fft_scratch(fft));
    gap_sums sums = {vf_set(0), vf_set(0)};
    gap_gather(g, frames, g->x + at * g->hop, fft_reals_in(fft, one, two));
    const fft_c *spectrum = fft_bins(fft, 1, 1, one, two);
    for (int k = 0; k < bins; k++)
        x[k] = gap_magnitude(spectrum[k]);
    gap_gather(g, frames, g->y + at * g->hop, fft_reals_in(fft, one, two));
    spectrum = fft_bins(fft, 1, 1, one, two);
    for (int k = 0; k < bins; k++)
        two[k] = gap_bin(g, x[k], spectrum[k], &sums);
    for (int r = 0; r < frames && r < TB_LANES; r++) {
        g->squares[at + r] = (double)sums.squares[r];
        g->logs[at + r] = (double)sums.logs[r];
    }
    if (g->dy)
        gap_scatter(g, frames, fft_reals(fft, 1, 1, one, two),
                    g->dy + at * g->hop);
}

static inline TB_REALTIME void fast_spectral_gap(const tb_spectral_gap *gap)
{
    for (int at = 0; at < gap->frames; at += TB_LANES)
        gap_group(gap, at);
}

/* Beside the transform's own, the magnitudes of a group. */
static inline TB_REALTIME size_t fast_spectral_gap_scratch(const tb_fft *fft)
{
    size_t bins = (size_t)fft->n / 2 + 1;
    return tb_fft_scratch(fft) + bins * TB_LANES + 16;
}

/* ---- energy ---- */

/* By Parseval's theorem, of the half of the spectrum that there is: its inner
   bins stand for two each, which leaves half of the first and the last. */
static inline double gap_energy(int n, const float *window, const float *x)
{
    vf sum = vf_set(0), square = vf_set(0);
    double even = 0, odd = 0, all = 0;
    for (int i = 0; i < n; i += TB_LANES) {
        bool full = i + TB_LANES <= n;
        size_t left = (size_t)(n - i);
        vf v = vf_take(x + i, full, left) * vf_take(window + i, full, left);
        sum += v;
        square = vf_fma(v, v, square);
    }
    for (int i = 0; i < TB_LANES; i += 2) {
        even += (double)sum[i];
        odd += (double)sum[i + 1];
        all += (double)square[i] + (double)square[i + 1];
    }
    return n / 2.0 * all + even * even + odd * odd;
}

static inline TB_REALTIME void fast_spectral_energy(int n, const float *window,
                                                    int frames, ptrdiff_t hop,
                                                    const float *x,
                                                    double *energy)
{
    for (int j = 0; j < frames; j++)
        energy[j] = gap_energy(n, window, x + j * hop);
}

#endif
