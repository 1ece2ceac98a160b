/* Weights between their logical layout and panels. */
#ifndef TB_ENGINE_CPU_FAST_PACK_H
#define TB_ENGINE_CPU_FAST_PACK_H

#include "engine/cpu/fast/vec.h"

enum { TB_PACK_INS = 16 }; /* ins per pass: both sides stay in the cache */

/* Where element (in, tap) of a panel's column lies in the panel. */
static inline size_t pack_at(const tb_weights *w, int in, int tap)
{
    return ((size_t)tap * w->ins + in) * TB_PANEL;
}

/* Whether all numbers of an output lie behind each other, in by in and each
   with its taps, and where the k-th of them lies in the panel. */
static inline bool pack_is_rows(const tb_weights *w)
{
    return w->by_in == w->taps && (w->by_tap == 1 || w->taps == 1);
}

static inline size_t pack_nth(const tb_weights *w, int k)
{
    return w->taps == 1 ? (size_t)k * TB_PANEL
                        : pack_at(w, k / w->taps, k % w->taps);
}

/* One column of a panel for a few ins. */
static inline void pack_column(const tb_weights *w, const float *from,
                               float *panel, int in, int end)
{
    for (; in < end; in++)
        for (int tap = 0; tap < w->taps; tap++)
            panel[pack_at(w, in, tap)] = from[in * w->by_in + tap * w->by_tap];
}

static inline void pack_zeros(const tb_weights *w, float *panel, int in,
                              int end)
{
    for (; in < end; in++)
        for (int tap = 0; tap < w->taps; tap++)
            panel[pack_at(w, in, tap)] = 0;
}

/* One member of a panel whose outputs lie behind each other. */
static inline void pack_copy(const float *from, int outs, float *to)
{
    for (int j = 0; j < TB_PANEL; j += TB_LANES, outs -= TB_LANES)
        vf_store(to + j, outs > 0
                             ? vf_take(from + j, outs >= TB_LANES, (size_t)outs)
                             : vf_set(0));
}

static inline void pack_together(const tb_weights *w, const float *from,
                                 float *packed)
{
    size_t size = tb_packed_size(TB_PANEL, w->taps, w->ins);
    for (int first = 0; first < w->ins; first += TB_PACK_INS) {
        int end = w->ins - first < TB_PACK_INS ? w->ins : first + TB_PACK_INS;
        for (int out = 0; out < w->outs; out += TB_PANEL)
            for (int tap = 0; tap < w->taps; tap++)
                for (int in = first; in < end; in++)
                    pack_copy(from + out + in * w->by_in + tap * w->by_tap,
                              w->outs - out,
                              packed + out / TB_PANEL * size +
                                  pack_at(w, in, tap));
    }
}

/* Rows of outputs become columns of panels, square by square. */
static inline void pack_rows(const tb_weights *w, const float *from,
                             float *packed)
{
    size_t size = tb_packed_size(TB_PANEL, w->taps, w->ins);
    int n = w->ins * w->taps, outs = (int)tb_panels(w->outs) * TB_PANEL;
    for (int out = 0; out < outs; out += TB_LANES) {
        float *panel = packed + out / TB_PANEL * size + out % TB_PANEL;
        for (int k = 0; k < n; k += TB_LANES) {
            vf r[TB_LANES];
            vf_columns(r, w->outs - out, (size_t)(n - k),
                       from + out * w->by_out + k, w->by_out);
            for (int i = 0; i < TB_LANES && k + i < n; i++)
                vf_store(panel + pack_nth(w, k + i), r[i]);
        }
    }
}

static inline TB_REALTIME void fast_pack(const tb_weights *w, const float *from,
                                         float *packed)
{
    size_t size = tb_packed_size(TB_PANEL, w->taps, w->ins);
    if (w->by_out == 1) {
        pack_together(w, from, packed);
        return;
    }
    if (pack_is_rows(w)) {
        pack_rows(w, from, packed);
        return;
    }
    for (int out = 0; out < w->outs; out += TB_PANEL, packed += size)
        for (int in = 0; in < w->ins; in += TB_PACK_INS) {
            int end = w->ins - in < TB_PACK_INS ? w->ins : in + TB_PACK_INS;
            for (int j = 0; j < TB_PANEL; j++)
                if (out + j < w->outs)
                    pack_column(w, from + (out + j) * w->by_out, packed + j, in,
                                end);
                else
                    pack_zeros(w, packed + j, in, end);
        }
}

/* One member of a panel. */
static inline void pack_half(const tb_weights *w, const float *from, int out,
                             uint16_t *packed)
{
    float row[TB_PANEL];
    for (int j = 0; j < TB_PANEL; j++)
        row[j] = out + j < w->outs ? from[(out + j) * w->by_out] : 0;
    for (int j = 0; j < TB_PANEL; j += TB_LANES)
        vf_store_half(packed + j, vf_load(row + j));
}

static inline TB_REALTIME void
fast_pack_f16(const tb_weights *w, const float *from, uint16_t *packed)
{
    int panels = (int)tb_panels(w->outs);
    for (int panel = 0, beside; panel < panels; panel += beside) {
        beside = panels - panel < TB_GROUP ? 1 : TB_GROUP;
        for (int tap = 0; tap < w->taps; tap++)
            for (int in = 0; in < w->ins; in++)
                for (int i = 0; i < beside; i++, packed += TB_PANEL)
                    pack_half(w, from + in * w->by_in + tap * w->by_tap,
                              (panel + i) * TB_PANEL, packed);
    }
}

/* A square of a panel's columns becomes rows of outputs. */
static inline void unpack_square(const tb_weights *w, const float *panel, int k,
                                 int outs, float *to, bool accumulate)
{
    int n = w->ins * w->taps - k;
    bool full = n >= TB_LANES;
    vf r[TB_LANES];
    for (int i = 0; i < TB_LANES; i++)
        r[i] = i < n ? vf_load(panel + pack_nth(w, k + i)) : vf_set(0);
    vf_transpose(r);
    for (int i = 0; i < TB_LANES && i < outs; i++, to += w->by_out)
        vf_give(to, full, (size_t)n,
                accumulate ? vf_take(to, full, (size_t)n) + r[i] : r[i]);
}

static inline void unpack_rows(const tb_weights *w, const float *packed,
                               float *to, bool accumulate)
{
    size_t size = tb_packed_size(TB_PANEL, w->taps, w->ins);
    for (int out = 0; out < w->outs; out += TB_LANES)
        for (int k = 0; k < w->ins * w->taps; k += TB_LANES)
            unpack_square(w, packed + out / TB_PANEL * size + out % TB_PANEL, k,
                          w->outs - out, to + out * w->by_out + k, accumulate);
}

static inline TB_REALTIME void fast_unpack(const tb_weights *w,
                                           const float *packed, float *to,
                                           bool accumulate)
{
    size_t size = tb_packed_size(TB_PANEL, w->taps, w->ins);
    if (pack_is_rows(w)) {
        unpack_rows(w, packed, to, accumulate);
        return;
    }
    for (int in = 0; in < w->ins; in += TB_PACK_INS) {
        int end = w->ins - in < TB_PACK_INS ? w->ins : in + TB_PACK_INS;
        for (int out = 0; out < w->outs; out++) {
            const float *panel =
                packed + out / TB_PANEL * size + out % TB_PANEL;
            for (int i = in; i < end; i++)
                for (int tap = 0; tap < w->taps; tap++) {
                    float *at =
                        to + out * w->by_out + i * w->by_in + tap * w->by_tap;
                    float x = panel[pack_at(w, i, tap)];
                    *at = accumulate ? *at + x : x;
                }
        }
    }
}

static inline TB_REALTIME void fast_to_half(size_t n, uint16_t *y,
                                            const float *x)
{
    size_t i = 0;
    for (; i + TB_LANES <= n; i += TB_LANES)
        vf_store_half(y + i, vf_load(x + i));
    if (i < n) {
        uint16_t part[TB_LANES];
        vf_store_half(part, vf_load_part(x + i, n - i, 0));
        memcpy(y + i, part, (n - i) * sizeof *y);
    }
}

static inline TB_REALTIME void fast_from_half(size_t n, float *y,
                                              const uint16_t *x)
{
    size_t i = 0;
    for (; i + TB_LANES <= n; i += TB_LANES)
        vf_store(y + i, vf_load_half(x + i));
    if (i < n) {
        uint16_t part[TB_LANES] = {0};
        memcpy(part, x + i, (n - i) * sizeof *x);
        vf_store_part(y + i, n - i, vf_load_half(part));
    }
}

#endif
