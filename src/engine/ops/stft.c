#include "engine/ops/stft.h"

#include "engine/frames.h"

#include <math.h>
#include <string.h>

bool tb_stft_make_tables(tb_graph *g, tb_stft_attr *how)
{
    size_t n = (size_t)how->n_fft;
    double *memory = tb_graph_alloc(g, 3 * n * sizeof *memory);
    if (!memory)
        return false;
    memcpy(memory, how->window, n * sizeof *memory);
    for (size_t i = 0; i < n; i++) {
        double angle = 2 * acos(-1) * (double)i / (double)n;
        memory[n + i] = cos(angle);
        memory[2 * n + i] = sin(angle);
    }
    how->window = memory;
    how->cosine = memory + n;
    how->sine = memory + 2 * n;
    return true;
}

static tb_value *forwards(tb_value *x, tb_stft_attr how)
{
    tb_node *n = tb_node_new(x->graph, &tb_op_stft, 1, &x, &how, sizeof how);
    if (n && x->time >= 0)
        n->window = (tb_window){how.hop, 1, how.n_fft - 1 - how.left, how.left,
                                how.right};
    int64_t room = x->dim[1] + how.left + how.right - how.n_fft;
    int64_t frames = tb_floor_div(room, how.hop) + 1;
    if (x->time < 0 && frames < 0)
        frames = 0;
    return tb_node_output(n, TB_REAL,
                          tb_dims(x->dim[0], how.n_fft / 2 + 1,
                                  x->time < 0 ? frames : TB_FRAMES, 2));
}

static tb_value *backwards(tb_value *x, tb_stft_attr how)
{
    tb_node *n = tb_node_new(x->graph, &tb_op_istft, 1, &x, &how, sizeof how);
    if (n && x->time >= 0)
        n->window = (tb_window){1, how.hop, how.left, how.n_fft - 1 - how.left,
                                how.n_fft - how.hop - how.right};
    int64_t length =
        (x->dim[2] - 1) * how.hop + how.n_fft - how.left - how.right;
    if (x->time < 0 && length < 0)
        return tb_graph_fail(x->graph, "Inverse STFT: nothing is left.");
    return tb_node_output(n, TB_REAL,
                          tb_dims(x->dim[0], x->time < 0 ? length : TB_FRAMES));
}

tb_value *tb_stft(tb_value *x, int64_t n_fft, int64_t hop, const double *window,
                  int64_t left, int64_t right)
{
    tb_stft_attr how = {n_fft, hop, left, right, window, NULL, NULL, false};
    if (!x)
        return NULL;
    if (x->rank != 2 || x->time == 0 || n_fft < 1 || hop < 1)
        return tb_graph_fail(x->graph, "STFT: the signal must be [batch, n], "
                                       "window and hop at least 1.");
    return tb_stft_make_tables(x->graph, &how) ? forwards(x, how) : NULL;
}

tb_value *tb_istft(tb_value *x, int64_t n_fft, int64_t hop,
                   const double *window, int64_t left, int64_t right)
{
    tb_stft_attr how = {n_fft, hop, left, right, window, NULL, NULL, true};
    if (!x)
        return NULL;
    if (x->rank != 4 || (x->time >= 0 && x->time != 2) || n_fft < 1 ||
        hop < 1 || x->dim[1] != n_fft / 2 + 1 || x->dim[3] != 2)
        return tb_graph_fail(x->graph, "Inverse STFT: the spectrum must be "
                                       "[batch, n_fft/2 + 1, frames, 2].");
    return tb_stft_make_tables(x->graph, &how) ? backwards(x, how) : NULL;
}

static void stft_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                     const bool *want, tb_value **din)
{
    tb_stft_attr how = *TB_ATTR(tb_stft_attr, n);
    const tb_value *x = n->in[0], *dy = dout[0];
    (void)g, (void)want;
    if (x->time < 0) /* cut to the length of x */
        how.right =
            (dy->dim[2] - 1) * how.hop + how.n_fft - how.left - x->dim[1];
    din[0] = backwards(dout[0], how);
}

static void istft_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                      const bool *want, tb_value **din)
{
    (void)g, (void)want;
    din[0] = forwards(dout[0], *TB_ATTR(tb_stft_attr, n));
}

const tb_op tb_op_stft = {.name = "stft", .vjp = stft_vjp};
const tb_op tb_op_istft = {.name = "istft", .vjp = istft_vjp};
