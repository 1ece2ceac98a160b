/* Recurrent layers and, beside each, the way back. */
#include "engine/cpu/naive/functions.h"
#include "engine/cpu/rnn_view.h"

/* Numbers of row `b` (at frame `frame`, if the tensor has any), with the
   distance from one to the next. */
typedef struct rnn_row {
    real *data;
    int64_t stride;
} rnn_row;

static inline rnn_row row_at(const tb_tensor *t, int64_t b, int64_t frame)
{
    if (!t->data)
        return (rnn_row){NULL, 0};
    int64_t o = b * t->stride[0];
    if (t->rank == 3)
        o += t->time == 1 ? tb_frame_offset(t, frame) : frame * t->stride[1];
    else if (t->rank == 4)
        o +=
            frame / t->dim[2] * t->stride[1] + frame % t->dim[2] * t->stride[2];
    return (rnn_row){(real *)t->data + o, t->stride[t->rank - 1]};
}

/* Where frames hold several steps: how often a plain call over [rows, steps, n]
   is made, and the i-th of them. Steps that go on from frame to frame keep
   their four axes, and are counted through. */
static int64_t rnn_calls(const tb_call *c)
{
    tb_rnn_frames f = tb_rnn_frames_of(c);
    return f.steps && f.apart ? c->in[0]->dim[0] * f.frames : 1;
}

static tb_tensor rnn_view(const tb_tensor *t, tb_rnn_frames f, int64_t i)
{
    tb_tensor v = *t;
    if (!t->data || t->rank < (f.apart ? 3 : 4))
        return v;
    int64_t frame = f.from - (t->time < 0 ? 0 : t->first);
    frame += f.apart ? i % f.frames : 0;
    int64_t o = frame * t->stride[1];
    o += f.apart ? i / f.frames * t->stride[0] : 0;
    v.data = (real *)t->data + o;
    v.time = -1;
    for (int k = 1; f.apart && k < t->rank - 1; k++) {
        v.dim[k] = t->dim[k + 1];
        v.stride[k] = t->stride[k + 1];
    }
    if (f.apart)
        v.dim[0] = 1, v.rank--;
    else
        v.dim[1] = f.frames;
    return v;
}

static void rnn_each(const tb_call *c,
                     TB_REALTIME void (*run)(const tb_call *c))
{
    tb_rnn_frames f = tb_rnn_frames_of(c);
    int n_in = c->node->n_in, n = n_in + c->node->n_out;
    int64_t calls = rnn_calls(c);
    for (int64_t i = 0; i < calls; i++) {
        tb_rnn_view v;
        tb_rnn_view_over(&v, c);
        for (int k = 0; f.steps && k < n; k++)
            v.view[k] = rnn_view(k < n_in ? c->in[k] : c->out[k - n_in], f, i);
        run(&v.call);
    }
}

/* Steps of a call's runs. */
static int64_t rnn_steps(const tb_call *c, const tb_tensor *t)
{
    return t->rank == 4 ? t->dim[1] * t->dim[2] : tb_call_extent(c, t, 1);
}

static inline real row_get(rnn_row r, int64_t i)
{
    return r.data[i * r.stride];
}

/* Where nobody wants the numbers, nothing is written. */
static inline void row_set(rnn_row r, int64_t i, real x)
{
    if (r.data)
        r.data[i * r.stride] = x;
}

static inline real tanh_of(real x)
{
    return (real)tanh((double)x);
}

/* p = b_hh + w_hh h, for all gates. */
static void recur(const tb_call *c, const real *h, real *p)
{
    const tb_tensor *w = c->in[1];
    bool bias = TB_ATTR(tb_rnn_attr, c->node)->bias;
    for (int64_t g = 0; g < w->dim[0]; g++) {
        const real *row = (const real *)w->data + g * w->stride[0];
        p[g] =
            bias ? ((const real *)c->in[2]->data)[g * c->in[2]->stride[0]] : 0;
        for (int64_t i = 0; i < w->dim[1]; i++)
            p[g] += row[i * w->stride[1]] * h[i];
    }
}

/* One step: h and (LSTM) cell become those after the frame. */
static void tanh_step(rnn_row gx, const real *p, real *h, int64_t n)
{
    for (int64_t j = 0; j < n; j++)
        h[j] = tanh_of(row_get(gx, j) + p[j]);
}

static void lstm_step(rnn_row gx, const real *p, real *h, real *cell,
                      rnn_row saved, int64_t n)
{
    for (int64_t j = 0; j < n; j++) {
        real i = (real)sigmoid_of(row_get(gx, j) + p[j]);
        real f = (real)sigmoid_of(row_get(gx, n + j) + p[n + j]);
        real g = tanh_of(row_get(gx, 2 * n + j) + p[2 * n + j]);
        real o = (real)sigmoid_of(row_get(gx, 3 * n + j) + p[3 * n + j]);
        cell[j] = f * cell[j] + i * g;
        h[j] = o * tanh_of(cell[j]);
        const real keep[] = {i, f, g, o, cell[j]};
        for (int k = 0; k < 5; k++)
            row_set(saved, k * n + j, keep[k]);
    }
}

static void gru_step(rnn_row gx, const real *p, real *h, rnn_row saved,
                     int64_t n)
{
    for (int64_t j = 0; j < n; j++) {
        real r = (real)sigmoid_of(row_get(gx, j) + p[j]);
        real z = (real)sigmoid_of(row_get(gx, n + j) + p[n + j]);
        real m = tanh_of(row_get(gx, 2 * n + j) + r * p[2 * n + j]);
        h[j] = (1 - z) * m + z * h[j];
        const real keep[] = {r, z, m, p[2 * n + j]};
        for (int k = 0; k < 4; k++)
            row_set(saved, k * n + j, keep[k]);
    }
}

static size_t rnn_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return sizeof(real) * 6 * (size_t)c->in[1]->dim[1];
}

static TB_REALTIME void run_plain(const tb_call *c)
{
    const tb_tensor none = {.data = NULL};
    tb_rnn_attr attr = *TB_ATTR(tb_rnn_attr, c->node);
    const tb_tensor *gx = c->in[0], *h0 = c->in[2 + attr.bias];
    const tb_tensor *y = c->out[0], *hn = c->out[1];
    const tb_tensor *cn = attr.kind == TB_RNN_LSTM ? c->out[2] : NULL;
    const tb_tensor *saved = attr.kind == TB_RNN_LSTM  ? c->out[3]
                             : attr.kind == TB_RNN_GRU ? c->out[2]
                                                       : &none;
    const tb_tensor *cells = cn ? c->out[4] : &none;
    int64_t n = c->in[1]->dim[1], from = gx->time < 0 ? 0 : c->from;
    int64_t frames = rnn_steps(c, gx);
    real *h = c->scratch, *cell = h + n, *p = h + 2 * n;
    for (int64_t b = 0; b < gx->dim[0]; b++) {
        for (int64_t j = 0; j < n; j++) {
            h[j] = row_get(row_at(h0, b, 0), j);
            cell[j] = cn ? row_get(row_at(c->in[3 + attr.bias], b, 0), j) : 0;
        }
        for (int64_t t = from; t < from + frames; t++) {
            rnn_row in = row_at(gx, b, t), keep = row_at(saved, b, t);
            recur(c, h, p);
            if (attr.kind == TB_RNN_TANH)
                tanh_step(in, p, h, n);
            else if (attr.kind == TB_RNN_LSTM)
                lstm_step(in, p, h, cell, keep, n);
            else
                gru_step(in, p, h, keep, n);
            for (int64_t j = 0; j < n; j++) {
                row_set(row_at(y, b, t), j, h[j]);
                row_set(row_at(cells, b, t), j, cell[j]);
            }
        }
        for (int64_t j = 0; j < n; j++) {
            row_set(row_at(hn, b, 0), j, h[j]);
            if (cn)
                row_set(row_at(cn, b, 0), j, cell[j]);
        }
    }
}

static TB_REALTIME void rnn_run(const tb_call *c, int phase, int part,
                                int parts)
{
    (void)phase, (void)part, (void)parts;
    rnn_each(c, run_plain);
}

/* One step back. dh and (LSTM) dc, the gradients of the states after the frame,
   become those of the states before it, but for what flows through w_hh. da is
   the gradient of gx, dp that of p. */
static void tanh_back(rnn_row y, real *dh, real *da, real *dp, int64_t n)
{
    for (int64_t j = 0; j < n; j++) {
        real h = row_get(y, j);
        da[j] = dp[j] = dh[j] * (1 - h * h);
        dh[j] = 0;
    }
}

static void lstm_back(rnn_row saved, rnn_row before, real *dh, real *dc,
                      real *da, real *dp, int64_t n)
{
    for (int64_t j = 0; j < n; j++) {
        real i = row_get(saved, j), f = row_get(saved, n + j);
        real g = row_get(saved, 2 * n + j), o = row_get(saved, 3 * n + j);
        real tc = tanh_of(row_get(saved, 4 * n + j));
        real d = dc[j] + dh[j] * o * (1 - tc * tc);
        da[j] = dp[j] = d * g * i * (1 - i);
        da[n + j] = dp[n + j] = d * row_get(before, j) * f * (1 - f);
        da[2 * n + j] = dp[2 * n + j] = d * i * (1 - g * g);
        da[3 * n + j] = dp[3 * n + j] = dh[j] * tc * o * (1 - o);
        dc[j] = d * f;
        dh[j] = 0;
    }
}

static void gru_back(rnn_row saved, rnn_row before, real *dh, real *da,
                     real *dp, int64_t n)
{
    for (int64_t j = 0; j < n; j++) {
        real r = row_get(saved, j), z = row_get(saved, n + j);
        real m = row_get(saved, 2 * n + j), pn = row_get(saved, 3 * n + j);
        real dm = dh[j] * (1 - z) * (1 - m * m);
        da[j] = dp[j] = dm * pn * r * (1 - r);
        da[n + j] = dp[n + j] = dh[j] * (row_get(before, j) - m) * z * (1 - z);
        da[2 * n + j] = dm;
        dp[2 * n + j] = dm * r;
        dh[j] *= z;
    }
}

/* dh += transpose(w_hh) dp. */
static void recur_back(const tb_tensor *w, const real *dp, real *dh)
{
    for (int64_t i = 0; i < w->dim[1]; i++)
        for (int64_t g = 0; g < w->dim[0]; g++)
            dh[i] +=
                dp[g] *
                ((const real *)w->data)[g * w->stride[0] + i * w->stride[1]];
}

static size_t rnn_grad_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return sizeof(real) * 10 * (size_t)c->in[1]->dim[1];
}

/* Row `b` of an optional input at `frame`; without data if it is missing. */
static rnn_row maybe_row(const tb_call *c, int input, int64_t b, int64_t frame)
{
    return input < 0 ? (rnn_row){NULL, 0} : row_at(c->in[input], b, frame);
}

static inline real maybe_get(rnn_row r, int64_t i)
{
    return r.data ? row_get(r, i) : 0;
}

/* The way back through frame `t`, without the recurrent product. */
static void rnn_back(const tb_call *c, int64_t b, int64_t t, real *dh, real *dc,
                     real *da, real *dp)
{
    tb_rnn_grad_attr attr = *TB_ATTR(tb_rnn_grad_attr, c->node);
    const tb_tensor *y = c->in[0], *h0 = c->in[2];
    int64_t n = c->in[1]->dim[1];
    rnn_row saved = maybe_row(c, attr.saved, b, t), before;
    if (attr.kind == TB_RNN_TANH) {
        tanh_back(row_at(y, b, t), dh, da, dp, n);
    } else if (attr.kind == TB_RNN_LSTM) {
        before = t ? row_at(c->in[attr.saved], b, t - 1)
                   : row_at(c->in[attr.c0], b, 0);
        if (t)
            before.data += 4 * n * before.stride;
        lstm_back(saved, before, dh, dc, da, dp, n);
    } else {
        before = t ? row_at(y, b, t - 1) : row_at(h0, b, 0);
        gru_back(saved, before, dh, da, dp, n);
    }
}

static TB_REALTIME void back_plain(const tb_call *c)
{
    tb_rnn_grad_attr attr = *TB_ATTR(tb_rnn_grad_attr, c->node);
    const tb_tensor *y = c->in[0], *w = c->in[1];
    const tb_tensor *dgx = c->out[0], *dh0 = c->out[1];
    int64_t n = w->dim[1], gates = w->dim[0];
    real *dh = c->scratch, *dc = dh + n, *da = dc + n, *dp = da + gates;
    for (int64_t b = 0; b < y->dim[0]; b++) {
        for (int64_t j = 0; j < n; j++) {
            dh[j] = maybe_get(maybe_row(c, attr.dhn, b, 0), j);
            dc[j] = maybe_get(maybe_row(c, attr.dcn, b, 0), j);
        }
        for (int64_t t = rnn_steps(c, y) - 1; t >= 0; t--) {
            for (int64_t j = 0; j < n; j++) {
                dh[j] += maybe_get(maybe_row(c, attr.dy, b, t), j);
                dc[j] += maybe_get(maybe_row(c, attr.dcells, b, t), j);
            }
            rnn_back(c, b, t, dh, dc, da, dp);
            recur_back(w, dp, dh);
            for (int64_t g = 0; g < gates; g++) {
                row_set(row_at(dgx, b, t), g, da[g]);
                if (attr.kind == TB_RNN_GRU)
                    row_set(row_at(c->out[2], b, t), g, dp[g]);
            }
        }
        for (int64_t j = 0; j < n; j++) {
            row_set(row_at(dh0, b, 0), j, dh[j]);
            if (attr.kind == TB_RNN_LSTM)
                row_set(row_at(c->out[2], b, 0), j, dc[j]);
        }
    }
}

static TB_REALTIME void rnn_grad_run(const tb_call *c, int phase, int part,
                                     int parts)
{
    (void)phase, (void)part, (void)parts;
    rnn_each(c, back_plain);
}

static real wgrad_sum(const tb_call *c, int64_t g, int64_t i)
{
    const tb_tensor *dp = c->in[0], *y = c->in[1], *h0 = c->in[2];
    int64_t steps = rnn_steps(c, dp);
    real sum = 0;
    for (int64_t b = 0; b < dp->dim[0]; b++)
        for (int64_t t = 0; t < steps; t++) {
            rnn_row h = t ? row_at(y, b, t - 1) : row_at(h0, b, 0);
            sum += row_get(row_at(dp, b, t), g) * row_get(h, i);
        }
    return sum;
}

/* Adds to what is there. */
static TB_REALTIME void wgrad_plain(const tb_call *c)
{
    const tb_tensor *w = c->out[0];
    for (int64_t g = 0; g < w->dim[0]; g++)
        for (int64_t i = 0; i < w->dim[1]; i++)
            ((real *)w->data)[g * w->stride[0] + i * w->stride[1]] +=
                wgrad_sum(c, g, i);
}

static TB_REALTIME void rnn_wgrad_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    const tb_tensor *w = c->out[0];
    (void)phase, (void)part, (void)parts;
    for (int64_t g = 0; g < w->dim[0]; g++)
        for (int64_t i = 0; i < w->dim[1]; i++)
            ((real *)w->data)[g * w->stride[0] + i * w->stride[1]] = 0;
    rnn_each(c, wgrad_plain);
}

static const tb_kernel_entry rnn_kernels[] = {
    {&tb_op_rnn, {.run = rnn_run, .scratch = rnn_scratch}},
    {&tb_op_rnn_apart, {.run = rnn_run, .scratch = rnn_scratch}},
    {&tb_op_rnn_grad, {.run = rnn_grad_run, .scratch = rnn_grad_scratch}},
    {&tb_op_rnn_wgrad, {.run = rnn_wgrad_run}},
    {0}};
