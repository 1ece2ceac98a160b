#include "dsp/pqmf_ops.h"

#include "engine/ops/conv.h"
#include "engine/ops/frames.h"
#include "engine/ops/shape.h"

/* Both ways see the signal as frames of `bands` samples. So all bands are one
   convolution of that many channels, which is fast forwards and backwards.
   Analysis: the block i is x[i * bands - shift...], frame j reads blocks
   j - back to j + ahead. Synthesis is its adjoint: block i, which becomes
   y[i * bands - shift...], reads frames i - back to i + ahead. */
typedef struct blocks {
    int64_t shift, back, ahead;
    int first; /* where tap 0 of the filter lies in the first block read */
} blocks;

/* Samples that a frame looks ahead. */
static int64_t reach(const tb_pqmf *bank, bool causal)
{
    return causal ? 0 : bank->taps / 2;
}

int64_t tb_pqmf_delay(const tb_pqmf *bank, bool causal)
{
    return causal ? bank->taps - 1 : 0;
}

/* The last sample of block j + ahead is the last one that frame j reads. */
static blocks analysis_blocks(const tb_pqmf *bank, bool causal)
{
    int64_t m = bank->bands, ahead = reach(bank, causal);
    int64_t back = bank->taps - 1 - ahead;
    blocks b = {.shift = m - 1 - ahead % m, .ahead = ahead / m};
    b.back = back > b.shift ? (back - b.shift + m - 1) / m : 0;
    b.first = (int)(b.back * m + b.shift - back);
    return b;
}

/* The first sample of block i is the first one that frame i + ahead says. */
static blocks synthesis_blocks(const tb_pqmf *bank, bool causal)
{
    int64_t m = bank->bands, ahead = reach(bank, causal);
    blocks b = {.shift = ahead % m, .ahead = ahead / m};
    b.back = (bank->taps - 1) / m - b.ahead;
    return b;
}

/* Tap i of band k is at(k, i / bands, i % bands) of the weights. */
static tb_value *weights(tb_graph *g, const tb_pqmf *bank, const blocks *b,
                         bool synthesis)
{
    int64_t m = bank->bands, taps = b->back + b->ahead + 1;
    double *w = tb_graph_alloc(g, sizeof *w * (size_t)(m * m * taps));
    for (int64_t k = 0; w && k < m; k++)
        for (int64_t i = 0; i < bank->taps; i++) {
            int64_t block = (i + b->first) / m, r = (i + b->first) % m;
            double x = bank->filters[k * bank->taps + i];
            if (synthesis)
                w[(r * m + k) * taps + taps - 1 - block] = (double)m * x;
            else
                w[(k * m + r) * taps + block] = x;
        }
    return w ? tb_constant(g, tb_dims(m, m, taps), w) : NULL;
}

static tb_value *convolve(tb_value *x, const tb_pqmf *bank, const blocks *b,
                          int64_t more, bool synthesis)
{
    tb_conv_attr how = tb_conv_plain(1, 1);
    how.left[0] = b->back;
    how.right[0] = b->ahead + more;
    return x ? tb_conv(x, weights(x->graph, bank, b, synthesis), NULL, how)
             : NULL;
}

static bool has_bands(const tb_value *x, const char *what, int64_t bands)
{
    if (x->rank == 3 && x->time == 2 && x->type == TB_REAL &&
        x->dim[1] % bands == 0)
        return true;
    tb_graph_fail(x->graph,
                  "%s of bands needs real numbers [rows, channels, "
                  "frames].",
                  what);
    return false;
}

/* x [rows, channels * n, frames] to [rows * channels, n, frames], and back. */
static tb_value *channels_apart(tb_value *x, int64_t n)
{
    return x && x->dim[1] != n
               ? tb_reshape(x, tb_dims(x->dim[0] * x->dim[1] / n, n, TB_FRAMES))
               : x;
}

static tb_value *channels_together(tb_value *x, int64_t rows)
{
    return x && x->dim[0] != rows
               ? tb_reshape(
                     x, tb_dims(rows, x->dim[0] / rows * x->dim[1], TB_FRAMES))
               : x;
}

/* A block more than there are frames, where the last ones look so far. */
tb_value *tb_pqmf_analyse(tb_value *x, const tb_pqmf *bank, bool causal)
{
    if (!x || !has_bands(x, "Analysis", 1))
        return NULL;
    int64_t m = bank->bands, rows = x->dim[0];
    blocks b = analysis_blocks(bank, causal);
    int64_t more = b.ahead > 0;
    x = tb_pad(channels_apart(x, 1), 2, b.shift, (1 + more) * m - 1 - b.shift);
    x = tb_transpose(tb_fold(x, m), 1, 3);
    if (!x)
        return NULL;
    x = tb_reshape(x, tb_dims(x->dim[0], m, TB_FRAMES));
    x = channels_together(convolve(x, bank, &b, -more, false), rows);
    return tb_alternate(x, 1);
}

tb_value *tb_pqmf_synthesise(tb_value *x, const tb_pqmf *bank, bool causal)
{
    if (!x || !has_bands(x, "Synthesis", bank->bands))
        return NULL;
    int64_t m = bank->bands, rows = x->dim[0];
    blocks b = synthesis_blocks(bank, causal);
    int64_t more = b.shift > 0;
    x = channels_apart(tb_alternate(x, 1), m);
    x = convolve(x, bank, &b, more, true);
    if (!x)
        return NULL;
    x = tb_reshape(x, tb_dims(x->dim[0], m, TB_FRAMES, 1));
    x = tb_unfold(tb_transpose(x, 1, 3));
    if (more)
        x = tb_pad(x, 2, -b.shift, b.shift - m);
    return channels_together(x, rows);
}
