/* Networks on the processor's kernels, block by block: the same bits as over
   the whole signal. */
#include "engine/op.h"
#include "engine/ops/attention.h"
#include "engine/ops/conv.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/frames.h"
#include "engine/ops/loss.h"
#include "engine/ops/norm.h"
#include "engine/ops/random.h"
#include "engine/ops/shape.h"
#include "engine/ops/stft.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "tap.h"

#include <stdlib.h>

enum { ROWS = 2, CHANNELS = 6, FRAMES = 75 };

/* In: [ROWS, CHANNELS, frames]. */
typedef tb_value *(*build_fn)(tb_value *x);

static tb_value *of_spectrum(tb_value *x, bool back)
{
    static const double window[] = {.1, .4, .7, 1, 1, .7, .4, .1, .2, .3};
    tb_value *y = tb_reshape(tb_slice(x, 1, 0, 1, 1), tb_dims(ROWS, TB_FRAMES));
    y = tb_stft(y, 10, 3, window, 6, 4);
    return back ? tb_istft(y, 10, 3, window, 6, 4) : y;
}

static tb_value *spectrum(tb_value *x)
{
    return of_spectrum(x, false);
}

static tb_value *there_and_back(tb_value *x)
{
    return of_spectrum(x, true);
}

static tb_value *gate(tb_value *x)
{
    return tb_gated(x, 1);
}

static tb_value *rows_norm(tb_value *x)
{
    return tb_layer_norm(tb_transpose(x, 1, 2), 2, NULL, NULL, 1e-5);
}

static tb_value *classes(tb_value *x)
{
    return tb_log_softmax(tb_transpose(x, 1, 2), 2);
}

static tb_value *look_back(tb_value *x)
{
    tb_value *t =
        tb_reshape(tb_transpose(x, 1, 2), tb_dims(ROWS, TB_FRAMES, 2, 3));
    return tb_attention(t, t, t, NULL,
                        (tb_attention_attr){true, 11, TB_ATTENTION_ALIBI, 0});
}

/* Four heads of 18 that share two of keys and values, over more keys than are
   read at a time. */
static tb_value *look_far(tb_value *x)
{
    tb_shape shape = tb_dims(ROWS, TB_FRAMES, 2, 18);
    tb_value *each[12], *t = tb_transpose(x, 1, 2);
    for (int i = 0; i < 12; i++)
        each[i] = tb_map(t, TB_SIN, 0, 0), t = tb_scale(each[i], 1.3);
    tb_value *q = tb_concat(12, each, 2), *k = tb_concat(6, each, 2);
    tb_value *v = tb_concat(6, each + 6, 2);
    return tb_attention(
        tb_reshape(q, tb_dims(ROWS, TB_FRAMES, 4, 18)), tb_reshape(k, shape),
        tb_reshape(v, shape), tb_fill(x->graph, tb_dims(4, 37), 0.2),
        (tb_attention_attr){true, 37, TB_ATTENTION_RELATIVE, 0});
}

static tb_value *noisy(tb_value *x)
{
    tb_value *y = tb_concat(2, (tb_value *[]){x, x}, 1);
    return tb_add(y, tb_noise(y, TB_NORMAL_NOISE, tb_value_shape(y)));
}

static tb_value *moved(tb_value *x)
{
    tb_value *y = tb_pad(tb_repeat(x, 3), 2, 2, -1);
    y = tb_unfold(tb_slice(tb_fold(y, 4), 3, 0, 3, 1));
    return tb_pad(tb_flip(y, 1), 1, 1, 2);
}

static tb_value *plane(tb_value *x)
{
    tb_conv_attr how = {2, {2, 1}, {1, 1}, {3, 1}, {1, 1}, 1};
    tb_value *y =
        tb_reshape(tb_transpose(x, 1, 2), tb_dims(ROWS, 1, TB_FRAMES, 6));
    tb_value *w = tb_fill(x->graph, tb_dims(5, 1, 4, 3), 0.3);
    return tb_conv(y, w, NULL, how);
}

static tb_value *ramp(const tb_value *x, tb_shape shape)
{
    static double numbers[130 * 130 * 4];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        numbers[i] = 0.1 * sin(0.7 * (double)(i % 1009));
    return tb_constant(x->graph, shape, numbers);
}

/* So many channels that threads share them out; the last are few. */
static tb_value *wide(tb_value *x)
{
    tb_value *bias = ramp(x, tb_dims(260));
    tb_value *y = tb_conv(x, ramp(x, tb_dims(260, CHANNELS, 3)), bias,
                          tb_conv_causal(3, 1, 2));
    tb_conv_attr two = tb_conv_causal(2, 1, 1);
    two.groups = 2;
    return tb_conv(y, ramp(x, tb_dims(260, 130, 2)), bias, two);
}

static tb_value *wide_up(tb_value *x)
{
    tb_value *y = tb_conv(x, ramp(x, tb_dims(130, CHANNELS, 1)), NULL,
                          tb_conv_plain(1, 1));
    return tb_conv_transposed(y, ramp(x, tb_dims(130, 130, 4)),
                              ramp(x, tb_dims(130)), tb_conv_plain(2, 1));
}

static double noise_at(int64_t row, int64_t channel, int64_t frame)
{
    return sin(1.7 * (double)row + 2.3 * (double)channel +
               0.9 * (double)(frame * frame % 101));
}

/* Frames from `first` on; the tensor begins with them. */
static void write_signal(const tb_tensor *t, int64_t first, int64_t n)
{
    for (int64_t b = 0; b < ROWS; b++)
        for (int64_t c = 0; c < CHANNELS; c++)
            for (int64_t j = 0; j < n; j++)
                ((float *)t->data)[b * t->stride[0] + c * t->stride[1] +
                                   j * t->stride[2]] =
                    (float)noise_at(b, c, first + j);
}

static float number_at(const tb_tensor *t, int64_t frame, int64_t i)
{
    int64_t at = frame * t->stride[t->time];
    for (int k = t->rank - 1; k >= 0; k--) {
        if (k == t->time)
            continue;
        at += i % t->dim[k] * t->stride[k];
        i /= t->dim[k];
    }
    return ((const float *)t->data)[at];
}

/* Compares frames that came with those from `at` on. */
static bool same(const tb_tensor *fresh, const tb_tensor *whole, int64_t at)
{
    int64_t n = fresh->dim[fresh->time], each = tb_elements(fresh, 1);
    if (at + n > whole->dim[whole->time])
        return false;
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < each; i++)
            if (number_at(fresh, j, i) != number_at(whole, at + j, i))
                return false;
    return true;
}

static bool feed(tb_stream *s, const tb_value *x, const tb_value *y,
                 const tb_tensor *whole, int64_t block, tb_pool *pool)
{
    int64_t fed = 0, come = 0;
    for (int more = 0; more < 1000; more++) {
        tb_tensor fresh = tb_stream_read(s, y);
        if (!same(&fresh, whole, come))
            return false;
        come += fresh.dim[fresh.time];
        if (tb_stream_done(s))
            return come == whole->dim[whole->time];
        int64_t n = FRAMES - fed < block ? FRAMES - fed : block;
        if (n > 0) {
            tb_tensor to = tb_stream_write(s, x, n);
            write_signal(&to, fed, n);
        } else {
            tb_stream_finish(s);
        }
        fed += n;
        if (pool)
            tb_stream_run_on(s, n > 0 ? n : block, pool);
        else
            tb_stream_run(s, n > 0 ? n : block);
    }
    return false;
}

static bool streams(const tb_graph *g, tb_value *x, tb_value *y, tb_plan *p,
                    int64_t block, tb_pool *pool)
{
    tb_stream_settings how = {.n_max = block,
                              .threads = pool ? tb_pool_threads(pool) : 0};
    tb_stream_plan *plan = tb_stream_plan_new(g, 1, &y, &how, NULL);
    tb_stream *s = plan ? tb_stream_new(plan, 5, NULL) : NULL;
    bool good = s && feed(s, x, y, tb_plan_tensor(p, y), block, pool);
    tb_stream_free(s);
    tb_stream_plan_free(plan);
    return good;
}

/* With weights of 16 bits, alone and on threads. */
static bool halves(const tb_graph *g, tb_value *x, tb_value *y, tb_pool *pool)
{
    tb_stream_settings how = {.n_max = FRAMES,
                              .half_weights = true,
                              .threads = tb_pool_threads(pool)};
    tb_stream_plan *plan = tb_stream_plan_new(g, 1, &y, &how, NULL);
    tb_stream *each[] = {plan ? tb_stream_new(plan, 5, NULL) : NULL,
                         plan ? tb_stream_new(plan, 5, NULL) : NULL};
    bool good = each[0] && each[1];
    for (int i = 0; i < 2 && good; i++) {
        tb_tensor to = tb_stream_write(each[i], x, FRAMES);
        write_signal(&to, 0, FRAMES);
        if (i)
            tb_stream_run_on(each[i], FRAMES, pool);
        else
            tb_stream_run(each[i], FRAMES);
    }
    if (good) {
        tb_tensor a = tb_stream_read(each[0], y),
                  b = tb_stream_read(each[1], y);
        good = a.dim[a.time] > 0 && same(&a, &b, 0);
    }
    tb_stream_free(each[0]);
    tb_stream_free(each[1]);
    tb_stream_plan_free(plan);
    return good;
}

static void check(const char *name, build_fn build)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, CHANNELS, TB_FRAMES));
    tb_value *y = build(x);
    tb_output want = {y, NULL};
    tb_error error = {0};
    tb_plan *p =
        tb_plan_new(g, 1, &want, &(tb_plan_settings){.frames = FRAMES}, &error);
    if (!p)
        fprintf(stderr, "# %s: %s\n", name, error.text);
    OK_NAMED(p, name);
    if (p) {
        write_signal(tb_plan_tensor(p, x), 0, FRAMES);
        tb_plan_run(p, 5, NULL);
    }
    tb_pool *pool = tb_pool_new(3);
    for (int64_t block = 1; p && block < 40; block += 1 + 3 * block) {
        OK_NAMED(streams(g, x, y, p, block, NULL), name);
        OK_NAMED(streams(g, x, y, p, block, pool), name);
    }
    OK_NAMED(halves(g, x, y, pool), name);
    tb_pool_free(pool);
    tb_plan_free(p);
    tb_graph_free(g);
}

int main(void)
{
    check("spectrum", spectrum);
    check("there and back", there_and_back);
    check("gate", gate);
    check("layer norm", rows_norm);
    check("classes", classes);
    check("attention", look_back);
    check("attention to more", look_far);
    check("noise", noisy);
    check("moves", moved);
    check("plane", plane);
    check("wide", wide);
    check("wide up", wide_up);
    return tap_done();
}
