/* What happens in recurrent cells besides the products. */
#ifndef TB_ENGINE_CPU_FAST_GATES_H
#define TB_ENGINE_CPU_FAST_GATES_H

#include "engine/cpu/fast/approx.h"

TB_INLINE void lstm_row(const tb_lstm *cell, int row)
{
    ptrdiff_t units = cell->units;
    float *gates = cell->gates + row * cell->ld_gates;
    const float *c_before = cell->c_before + row * cell->ld_c_before;
    float *c_after = cell->c + row * cell->ld_c;
    float *h = cell->h + row * cell->ld_h;
    for (ptrdiff_t j = 0; j < units; j += TB_LANES) {
        size_t n = (size_t)(units - j);
        bool full = n >= TB_LANES;
        float *at = gates + j;
        vf i = vf_sigmoid(vf_take(at, full, n));
        vf f = vf_sigmoid(vf_take(at + units, full, n));
        vf g = vf_tanh(vf_take(at + 2 * units, full, n));
        vf o = vf_sigmoid(vf_take(at + 3 * units, full, n));
        vf c = vf_fma(f, vf_take(c_before + j, full, n), i * g);
        vf_give(at, full, n, i);
        vf_give(at + units, full, n, f);
        vf_give(at + 2 * units, full, n, g);
        vf_give(at + 3 * units, full, n, o);
        vf_give(c_after + j, full, n, c);
        vf_give(h + j, full, n, o * vf_tanh(c));
    }
}

TB_INLINE void lstm_row_back(const tb_lstm_back *cell, int row)
{
    ptrdiff_t units = cell->units;
    const float *gates = cell->gates + row * cell->ld_gates;
    const float *c_before = cell->c_before + row * cell->ld_c_before;
    const float *c_after = cell->c + row * cell->ld_c;
    const float *dh_row = cell->dh + row * cell->ld_dh;
    float *dc_row = cell->dc + row * cell->ld_dc;
    float *dgates = cell->dgates + row * cell->ld_dgates;
    const vf one = vf_set(1);
    for (ptrdiff_t j = 0; j < units; j += TB_LANES) {
        size_t n = (size_t)(units - j);
        bool full = n >= TB_LANES;
        vf i = vf_take(gates + j, full, n);
        vf f = vf_take(gates + j + units, full, n);
        vf g = vf_take(gates + j + 2 * units, full, n);
        vf o = vf_take(gates + j + 3 * units, full, n);
        vf c = vf_tanh(vf_take(c_after + j, full, n));
        vf dh = vf_take(dh_row + j, full, n);
        vf dc =
            vf_fma(dh * o, vf_fma(-c, c, one), vf_take(dc_row + j, full, n));
        vf before = vf_take(c_before + j, full, n);
        float *d = dgates + j;
        vf_give(d, full, n, dc * g * (i * (one - i)));
        vf_give(d + units, full, n, dc * before * (f * (one - f)));
        vf_give(d + 2 * units, full, n, dc * i * vf_fma(-g, g, one));
        vf_give(d + 3 * units, full, n, dh * c * (o * (one - o)));
        vf_give(dc_row + j, full, n, dc * f);
    }
}

TB_INLINE void gru_row(const tb_gru *cell, int row)
{
    ptrdiff_t units = cell->units;
    float *x = cell->x_gates + row * cell->ld_x_gates;
    const float *from_h = cell->h_gates + row * cell->ld_h_gates;
    const float *h_before = cell->h_before + row * cell->ld_h_before;
    float *h = cell->h + row * cell->ld_h;
    for (ptrdiff_t j = 0; j < units; j += TB_LANES) {
        size_t n = (size_t)(units - j);
        bool full = n >= TB_LANES;
        float *at = x + j;
        const float *by_h = from_h + j;
        vf r = vf_sigmoid(vf_take(at, full, n) + vf_take(by_h, full, n));
        vf z = vf_sigmoid(vf_take(at + units, full, n) +
                          vf_take(by_h + units, full, n));
        vf c = vf_tanh(vf_fma(r, vf_take(by_h + 2 * units, full, n),
                              vf_take(at + 2 * units, full, n)));
        vf before = vf_take(h_before + j, full, n);
        vf_give(at, full, n, r);
        vf_give(at + units, full, n, z);
        vf_give(at + 2 * units, full, n, c);
        vf_give(h + j, full, n, vf_fma(z, before - c, c));
    }
}

TB_INLINE void gru_row_back(const tb_gru_back *cell, int row)
{
    ptrdiff_t units = cell->units;
    const float *gates = cell->gates + row * cell->ld_gates;
    const float *from_h = cell->h_gates + row * cell->ld_h_gates;
    const float *h_before = cell->h_before + row * cell->ld_h_before;
    const float *dh_row = cell->dh + row * cell->ld_dh;
    float *dx = cell->dx_gates + row * cell->ld_dx_gates;
    float *dg = cell->dh_gates + row * cell->ld_dh_gates;
    float *dh_before = cell->dh_before + row * cell->ld_dh_before;
    const vf one = vf_set(1);
    for (ptrdiff_t j = 0; j < units; j += TB_LANES) {
        size_t n = (size_t)(units - j);
        bool full = n >= TB_LANES;
        vf r = vf_take(gates + j, full, n);
        vf z = vf_take(gates + j + units, full, n);
        vf c = vf_take(gates + j + 2 * units, full, n);
        vf by_h = vf_take(from_h + j + 2 * units, full, n);
        vf before = vf_take(h_before + j, full, n);
        vf dh = vf_take(dh_row + j, full, n);
        vf dc = dh * (one - z) * vf_fma(-c, c, one);
        vf dr = dc * by_h * (r * (one - r));
        vf dz = dh * (before - c) * (z * (one - z));
        vf_give(dx + j, full, n, dr);
        vf_give(dx + j + units, full, n, dz);
        vf_give(dx + j + 2 * units, full, n, dc);
        vf_give(dg + j, full, n, dr);
        vf_give(dg + j + units, full, n, dz);
        vf_give(dg + j + 2 * units, full, n, dc * r);
        vf_give(dh_before + j, full, n, dh * z);
    }
}

static inline TB_REALTIME void fast_lstm(const tb_lstm *cell)
{
    for (int row = 0; row < cell->rows; row++)
        lstm_row(cell, row);
}

static inline TB_REALTIME void fast_lstm_back(const tb_lstm_back *cell)
{
    for (int row = 0; row < cell->rows; row++)
        lstm_row_back(cell, row);
}

static inline TB_REALTIME void fast_gru(const tb_gru *cell)
{
    for (int row = 0; row < cell->rows; row++)
        gru_row(cell, row);
}

static inline TB_REALTIME void fast_gru_back(const tb_gru_back *cell)
{
    for (int row = 0; row < cell->rows; row++)
        gru_row_back(cell, row);
}

#endif
