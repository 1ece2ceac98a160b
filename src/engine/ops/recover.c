#include "engine/ops/recover.h"

#include "engine/fft.h"
#include "engine/ops/shape.h"

static bool fits(const tb_value *magnitudes, const tb_value *truth,
                 const tb_value *known)
{
    const int64_t *dim = magnitudes->dim;
    if (!truth)
        return true;
    return tb_has_shape(truth, tb_dims(dim[0], dim[1], dim[2], 2)) &&
           tb_has_shape(known, tb_dims(1, 1, dim[2]));
}

static bool is_possible(const tb_recover *how)
{
    return how->size >= 1 && how->size <= TB_FFT_MOST && how->hop >= 1 &&
           how->hop <= how->size && how->ahead >= 1 &&
           how->ahead <= TB_RECOVER_MOST_AHEAD && how->iterations >= 0 &&
           how->momentum >= 0 && how->momentum < 1 && how->spread > 0;
}

/* Samples of what was said that reach over the next frame, then magnitudes,
   spectra and whether they are known, of the frames ahead. */
static int64_t numbers_of_state(const tb_recover *how)
{
    int64_t bins = how->size / 2 + 1;
    return how->size - how->hop + how->ahead * (3 * bins + 1);
}

static tb_value *follow(tb_value *magnitudes, tb_value *truth, tb_value *known,
                        const tb_recover *how, const tb_stft_attr *frames)
{
    tb_graph *g = magnitudes->graph;
    int64_t batch = magnitudes->dim[0];
    tb_recover_attr attr = {*frames,       how->ahead,  how->iterations,
                            how->momentum, how->spread, truth != NULL};
    tb_value *before = tb_state(g, "phases", TB_REAL,
                                tb_dims(batch, numbers_of_state(how)), 0);
    tb_value *in[] = {magnitudes, before, truth, known};
    tb_node *n =
        tb_node_new(g, &tb_op_recover, truth ? 4 : 2, in, &attr, sizeof attr);
    tb_value *y = tb_node_output(
        n, TB_REAL, tb_dims(batch, magnitudes->dim[1], magnitudes->dim[2], 2));
    tb_value *last = tb_node_output(
        n, TB_REAL, before ? tb_value_shape(before) : (tb_shape){0});
    tb_state_next(before, last);
    return y;
}

/* The frames ahead of the last one are silent. */
static tb_value *go_on(tb_value *x, int64_t frames)
{
    return x ? tb_pad(x, 2, 0, frames) : NULL;
}

tb_value *tb_recover_phases(tb_value *magnitudes, tb_value *truth,
                            tb_value *known, const tb_recover *how)
{
    if (!magnitudes || !truth != !known)
        return NULL;
    if (!is_possible(how) || magnitudes->type != TB_REAL ||
        magnitudes->rank != 3 || magnitudes->time == 0 ||
        magnitudes->time == 1 || magnitudes->dim[1] != how->size / 2 + 1 ||
        !fits(magnitudes, truth, known))
        return tb_graph_fail(
            magnitudes->graph,
            "Recovering phases: the magnitudes must be [batch, size/2 + 1, "
            "frames], and the hop at most as long as the window.");
    tb_stft_attr frames = {.n_fft = how->size,
                           .hop = how->hop,
                           .window = how->window,
                           .inverse = true};
    if (!tb_stft_make_tables(magnitudes->graph, &frames))
        return NULL;
    tb_value *y =
        follow(go_on(magnitudes, how->ahead), go_on(truth, how->ahead),
               go_on(known, how->ahead), how, &frames);
    return tb_pad(y, 2, -how->ahead, 0);
}

/* ---- what overlaps ---- */

/* The sum of squared windows over sample i, of the frames that begin there or
   before up to frame `last` (0 is said next). */
static double weight_of(const tb_stft_attr *f, int64_t i, int64_t last)
{
    double sum = 0;
    for (int64_t j = last; i - j * f->hop < f->n_fft; j--)
        if (i >= j * f->hop)
            sum += f->window[i - j * f->hop] * f->window[i - j * f->hop];
    return sum;
}

/* A thousandth of what weights are in the mean. */
static double least_weight(const tb_stft_attr *f)
{
    double sum = 0;
    for (int64_t i = 0; i < f->n_fft; i++)
        sum += f->window[i] * f->window[i];
    return 1e-3 * sum / (double)f->hop;
}

double tb_recover_reach(const tb_recover_attr *how, int64_t i)
{
    double sum = weight_of(&how->frames, i, -1);
    return sum > least_weight(&how->frames) ? 1 / sum : 0;
}

double tb_recover_share(const tb_recover_attr *how, int64_t i)
{
    double sum = weight_of(&how->frames, i, how->ahead);
    double least = least_weight(&how->frames);
    return 1 / (sum > least ? sum : least);
}

const tb_op tb_op_recover = {.name = "recover", .time = TB_TIME_SCAN};
