#include "engine/cpu/fold.h"

#include <string.h>

enum { TB_FOLD_FRAMES = 192 }; /* in a call, at most */

/* ---- the choice ---- */

static int panels_of(const tb_folding *f, int outs)
{
    return (f->frames * outs + TB_PANEL - 1) / TB_PANEL;
}

/* Multiply-adds of a frame, idle lanes included. */
static double cost(const tb_folding *f, int outs)
{
    return (double)f->taps * panels_of(f, outs) * TB_PANEL / f->frames;
}

static double plain_cost(const tb_fast *fast, double taps, int outs)
{
    int half = TB_PANEL / 2;
    bool narrow = outs <= half && fast->lanes <= (size_t)half;
    return taps * (narrow ? half : TB_PANEL);
}

/* Frames in a row are a multiple of the phases. */
static tb_folding choose(const tb_fast *fast, int taps, int stride, int outs,
                         bool transposed)
{
    int phases = transposed ? stride : 1;
    tb_folding best = {.frames = 1};
    double least = 0.8 * plain_cost(fast, (double)taps / phases, outs);
    for (int n = phases; n * outs <= TB_FOLD_COLUMNS; n += phases) {
        tb_folding f = {n, stride * (n - 1) + taps, 1, -stride, 0};
        if (transposed)
            f = (tb_folding){n, n / stride + (taps - 1) / stride, stride, 1,
                             stride - n};
        if (n > 1 && outs < TB_PANEL && cost(&f, outs) < least) {
            least = cost(&f, outs);
            best = f;
        }
    }
    return best;
}

tb_folding tb_fold_forward(const tb_fast *fast, int taps, int stride, int outs)
{
    return choose(fast, taps, stride, outs, false);
}

tb_folding tb_fold_transposed(const tb_fast *fast, int taps, int stride,
                              int outs)
{
    return choose(fast, taps, stride, outs, true);
}

/* ---- weights ---- */

size_t tb_fold_size(const tb_folding *f, const tb_weights *w)
{
    if (f->frames == 1)
        return 0;
    return (size_t)panels_of(f, w->outs) * TB_PANEL * (size_t)f->taps *
           (size_t)w->ins;
}

static float weight_of(const tb_folding *f, const tb_weights *w,
                       const float *from, int q, int in, int column)
{
    int frame = column / w->outs, out = column % w->outs;
    int tap = q * f->by_tap + frame * f->by_frame + f->first;
    if (frame >= f->frames || tap < 0 || tap >= w->taps)
        return 0;
    return from[out * w->by_out + in * w->by_in + tap * w->by_tap];
}

void tb_fold_pack(const tb_folding *f, const tb_fast *fast, const tb_weights *w,
                  const float *from, tb_type type, void *to)
{
    size_t at = 0;
    for (int panel = 0; tb_fold_size(f, w) && panel < panels_of(f, w->outs);
         panel++)
        for (int q = 0; q < f->taps; q++)
            for (int in = 0; in < w->ins; in++, at += TB_PANEL) {
                float row[TB_PANEL];
                for (int i = 0; i < TB_PANEL; i++)
                    row[i] = weight_of(f, w, from, q, in, panel * TB_PANEL + i);
                if (type == TB_F16)
                    fast->to_half(TB_PANEL, (uint16_t *)to + at, row);
                else
                    memcpy((float *)to + at, row, sizeof row);
            }
}

/* ---- runs ---- */

void tb_fold_run(const tb_folding *f, const tb_fast *fast, const tb_corr *k,
                 tb_type type)
{
    float beside[TB_FOLD_FRAMES / 2 * TB_FOLD_COLUMNS];
    float bias[TB_FOLD_COLUMNS] = {0};
    tb_corr row = *k;
    int frames = f->frames, outs = k->outs;
    bool together = k->ldy == outs;
    row.taps = f->taps;
    row.ldy = together ? frames * outs : TB_FOLD_COLUMNS;
    row.outs = together ? frames * outs : panels_of(f, outs) * TB_PANEL;
    row.y = together ? k->y : beside;
    for (int i = 0; k->bias && i < frames * outs; i++)
        bias[i] = k->bias[i % outs];
    row.bias = bias;
    if (type == TB_F16)
        fast->corr_f16(&row);
    else
        fast->corr(&row);
    for (int i = 0; !together && i < k->rows * frames; i++)
        memcpy(k->y + i * k->ldy,
               beside + i / frames * TB_FOLD_COLUMNS + i % frames * outs,
               (size_t)outs * sizeof *k->y);
}
