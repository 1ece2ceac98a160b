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

/* Outputs that lie behind each other are copied as they are. */
static inline void pack_together(const tb_weights *w, const float *from,
                                 float *packed)
{
    for (int out = 0; out < w->outs; out += TB_PANEL)
        for (int tap = 0; tap < w->taps; tap++)
            for (int in = 0; in < w->ins; in++, packed += TB_PANEL) {
                const float *x = from + out + in * w->by_in + tap * w->by_tap;
                int n = w->outs - out < TB_PANEL ? w->outs - out : TB_PANEL;
                for (int j = 0; j < TB_PANEL; j += TB_LANES) {
                    bool full = n - j >= TB_LANES;
                    vf_store(packed + j, full || n > j
                                             ? vf_take(x + j, full, n - j)
                                             : vf_set(0));
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

static inline TB_REALTIME void fast_unpack(const tb_weights *w,
                                           const float *packed, float *to,
                                           bool accumulate)
{
    size_t size = tb_packed_size(TB_PANEL, w->taps, w->ins);
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
