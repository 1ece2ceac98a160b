#include "golden.h"

#include "engine/ops/linear.h"
#include "engine/ops/rnn.h"
#include "engine/ops/shape.h"
#include "golden/rnn.h"
#include "streamed.h"

enum { BATCH = 2, FRAMES = 8, IN = 3, HIDDEN = 4 };

/* The same numbers in other shapes: a frame of one step, frames of two steps
   that go on from frame to frame, and a frame for each run. */
typedef enum form { STEP, PAIRS, APART, APART_ROWS, FORMS } form;

/* Frames where the whole has FRAMES steps. */
static int64_t frames_of(form f)
{
    static const int64_t frames[] = {FRAMES, FRAMES / 2, BATCH, 1};
    return frames[f];
}

static tb_shape signal_shape(form f, int64_t frames, int64_t n)
{
    return f == STEP    ? tb_dims(BATCH, frames, n)
           : f == PAIRS ? tb_dims(BATCH, frames, 2, n)
           : f == APART ? tb_dims(1, frames, FRAMES, n)
                        : tb_dims(BATCH, frames, FRAMES, n);
}

static tb_shape state_shape(form f, int64_t frames)
{
    return f == APART        ? tb_dims(1, frames, HIDDEN)
           : f == APART_ROWS ? tb_dims(BATCH, frames, HIDDEN)
                             : tb_dims(BATCH, HIDDEN);
}

/* All inputs and outputs, with seeds as in the script. */
static tb_rnn_out build_as(subject *s, tb_rnn_kind kind, form f, int64_t frames)
{
    int64_t rows = HIDDEN * tb_rnn_gates(kind);
    bool lstm = kind == TB_RNN_LSTM;
    tb_value *x = subject_in(s, 1, signal_shape(f, frames, IN));
    tb_value *w_ih = subject_in(s, 2, tb_dims(rows, IN));
    tb_value *b_ih = subject_in(s, 3, tb_dims(rows));
    tb_value *w_hh = subject_in(s, 4, tb_dims(rows, HIDDEN));
    tb_value *b_hh = subject_in(s, 5, tb_dims(rows));
    tb_value *h0 = subject_in(s, 6, state_shape(f, frames));
    tb_value *c0 = lstm ? subject_in(s, 7, state_shape(f, frames)) : NULL;
    return tb_rnn(kind, tb_linear(x, w_ih, b_ih), w_hh, b_hh, h0, c0);
}

static tb_rnn_out build(subject *s, tb_rnn_kind kind, int64_t frames)
{
    return build_as(s, kind, STEP, frames);
}

/* Writes frames from ... from + count - 1 of the noise of x. */
static void write_chunk(const tb_tensor *x, int64_t from)
{
    for (int64_t b = 0; b < BATCH; b++)
        for (int64_t t = 0; t < x->dim[1]; t++)
            for (int64_t i = 0; i < IN; i++)
                *element(x, (b * x->dim[1] + t) * IN + i) =
                    noise(1, (b * FRAMES + from + t) * IN + i);
}

/* The largest distance of a chunk of y from the whole. */
static double chunk_distance(const tb_tensor *y, const double *whole,
                             int64_t from)
{
    double worst = 0;
    for (int64_t b = 0; b < BATCH; b++)
        for (int64_t t = 0; t < y->dim[1]; t++)
            for (int64_t i = 0; i < HIDDEN; i++) {
                double d = *element(y, (b * y->dim[1] + t) * HIDDEN + i) -
                           whole[(b * FRAMES + from + t) * HIDDEN + i];
                worst = !(fabs(d) <= worst) ? fabs(d) : worst;
            }
    return worst;
}

/* Two runs over half of the frames, and eight over one, whose states go from
   one run to the next, give what one run gives. */
static void check_carried(tb_rnn_kind kind, const double *whole)
{
    for (int64_t chunk = 4; chunk >= 1; chunk -= 3) {
        subject s = subject_new();
        tb_rnn_out out = build(&s, kind, TB_FRAMES);
        bool lstm = kind == TB_RNN_LSTM;
        tb_output want[] = {{out.y, NULL}, {out.hn, NULL}, {out.cn, NULL}};
        tb_plan_settings how = {.backend = tb_backend_naive64(),
                                .frames = chunk};
        tb_error error = {0};
        s.plan = tb_plan_new(s.graph, lstm ? 3 : 2, want, &how, &error);
        for (int i = 1; s.plan && i < s.n_in; i++)
            write_noise(tb_plan_tensor(s.plan, s.in[i]), s.in_seed[i]);
        double worst = s.plan ? 0 : INFINITY;
        for (int64_t at = 0; s.plan && at < FRAMES; at += chunk) {
            write_chunk(tb_plan_tensor(s.plan, s.in[0]), at);
            tb_plan_run(s.plan, 0, NULL);
            const tb_tensor *y = tb_plan_tensor(s.plan, out.y);
            worst = fmax(worst, chunk_distance(y, whole, at));
            for (int i = 5; i < s.n_in; i++) {
                const tb_value *next = i == 5 ? out.hn : out.cn;
                for (int64_t k = 0; k < BATCH * HIDDEN; k++)
                    *element(tb_plan_tensor(s.plan, s.in[i]), k) =
                        *element(tb_plan_tensor(s.plan, next), k);
            }
        }
        NEAR(worst, 0, 1e-8);
        subject_free(&s);
    }
}

#define CHECK_KIND(KIND, kind, form, frames)                                   \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_rnn_out out = build_as(&s, KIND, form, frames);                     \
        subject_out(&s, 8, out.y);                                             \
        subject_out(&s, 9, out.hn);                                            \
        if (KIND == TB_RNN_LSTM)                                               \
            subject_out(&s, 10, out.cn);                                       \
        if (subject_run(&s, frames_of(form))) {                                \
            subject_expect(&s, out.y, kind##_y, #kind " y");                   \
            subject_expect(&s, out.hn, kind##_hn, #kind " hn");                \
            subject_expect(&s, s.din[0], kind##_dx, #kind " dx");              \
            subject_expect(&s, s.din[1], kind##_dw_ih, #kind " dw_ih");        \
            subject_expect(&s, s.din[2], kind##_db_ih, #kind " db_ih");        \
            subject_expect(&s, s.din[3], kind##_dw_hh, #kind " dw_hh");        \
            subject_expect(&s, s.din[4], kind##_db_hh, #kind " db_hh");        \
            subject_expect(&s, s.din[5], kind##_dh0, #kind " dh0");            \
            subject_differences(&s, #kind);                                    \
        }                                                                      \
        subject_free(&s);                                                      \
    } while (0)

/* Gradients that come from one of the outputs alone, of some inputs alone. */
static void check_partial(tb_rnn_kind kind, form f, int which,
                          unsigned constant)
{
    subject s = subject_new();
    tb_rnn_out out = build_as(&s, kind, f, TB_FRAMES);
    tb_value *of[] = {out.y, out.hn, out.cn, out.cells};
    subject_out(&s, 8, of[which]);
    s.constant = constant;
    if (subject_run(&s, 5))
        subject_differences(&s, "partial");
    subject_free(&s);
}

/* The cells after frame k are the last ones of k + 1 frames. */
static void check_cells(void)
{
    double *cells = NULL;
    for (int64_t frames = FRAMES; frames > 0; frames--) {
        subject s = subject_new();
        tb_rnn_out out = build(&s, TB_RNN_LSTM, frames);
        tb_output want[] = {{out.cells, NULL}, {out.cn, NULL}};
        tb_plan_settings how = {.backend = tb_backend_naive64()};
        s.plan = tb_plan_new(s.graph, 2, want, &how, NULL);
        for (int i = 1; s.plan && i < s.n_in; i++)
            write_noise(tb_plan_tensor(s.plan, s.in[i]), s.in_seed[i]);
        if (s.plan) {
            write_chunk(tb_plan_tensor(s.plan, s.in[0]), 0);
            tb_plan_run(s.plan, 0, NULL);
        }
        const tb_tensor *all = s.plan ? tb_plan_tensor(s.plan, out.cells) : 0;
        if (!cells)
            cells = calloc(BATCH * FRAMES * HIDDEN, sizeof *cells);
        for (int i = 0; all && frames == FRAMES && i < count_of(all); i++)
            cells[i] = *element(all, i);
        for (int i = 0; s.plan && i < BATCH * HIDDEN; i++)
            NEAR(
                *element(tb_plan_tensor(s.plan, out.cn), i),
                cells[(i / HIDDEN * FRAMES + frames - 1) * HIDDEN + i % HIDDEN],
                1e-12);
        OK(s.plan != NULL);
        subject_free(&s);
    }
    free(cells);
}

static tb_value *first_units(tb_value *gx, double shift)
{
    tb_value *x = tb_slice(tb_slice(gx, 2, 0, 1, 1), 3, 0, HIDDEN, 1);
    return tb_map(tb_reshape(x, tb_dims(BATCH, TB_FRAMES, HIDDEN)), TB_AFFINE,
                  1, shift);
}

/* Blocks, with the states in the graph, or a state from each frame. */
static void check_stream(tb_rnn_kind kind, form f, int64_t block)
{
    subject s = subject_new();
    bool lstm = kind == TB_RNN_LSTM;
    int64_t rows = HIDDEN * tb_rnn_gates(kind);
    tb_shape state = tb_dims(BATCH, HIDDEN);
    tb_value *gx = subject_in(&s, 1, signal_shape(f, TB_FRAMES, rows));
    tb_value *w = subject_in(&s, 2, tb_dims(rows, HIDDEN)), *h0, *c0;
    if (f == APART_ROWS) {
        h0 = first_units(gx, 0);
        c0 = lstm ? first_units(gx, 0.5) : NULL;
    } else {
        h0 = tb_state(s.graph, "h", TB_REAL, state, 0.25);
        c0 = lstm ? tb_state(s.graph, "c", TB_REAL, state, -0.5) : NULL;
    }
    tb_rnn_out out = tb_rnn(kind, gx, w, NULL, h0, c0);
    if (f != APART_ROWS) {
        tb_state_next(h0, out.hn);
        tb_state_next(c0, out.cn);
    }
    OK(streams_like_offline(&s, out.y, 17, block));
    if (f == APART_ROWS)
        OK(streams_like_offline(&s, lstm ? out.cn : out.hn, 17, block));
    if (lstm)
        OK(streams_like_offline(&s, out.cells, 17, block));
    subject_free(&s);
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *gx = tb_input(g, "gx", TB_REAL, tb_dims(1, TB_FRAMES, 12));
    tb_value *w = tb_param(g, "w", tb_dims(12, 3));
    tb_value *h = tb_fill(g, tb_dims(1, 3), 0);
    OK(!tb_rnn(TB_RNN_LSTM, gx, w, NULL, NULL, h).y);
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(tb_rnn(TB_RNN_LSTM, gx, w, NULL, h, h).cn != NULL);
    tb_value *each = tb_input(g, "h0", TB_REAL, tb_dims(1, TB_FRAMES, 3));
    OK(!tb_rnn(TB_RNN_LSTM, gx, w, NULL, h, NULL).y);
    OK(!tb_rnn(TB_RNN_LSTM, gx, w, NULL, each, each).y);
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

static void check_gradients(tb_rnn_kind kind, form f)
{
    for (int which = 0; which < (kind == TB_RNN_LSTM ? 4 : 2); which++) {
        check_partial(kind, f, which, 0);
        check_partial(kind, f, which, ~TB_AXIS(3)); /* of w_hh alone */
        check_partial(kind, f, which, ~TB_AXIS(0));
        check_partial(kind, f, which, ~TB_AXIS(5));
    }
}

int main(void)
{
    for (form f = 0; f < FORMS; f++)
        for (int i = 0; i < 2; i++) {
            int64_t frames = i ? TB_FRAMES : frames_of(f);
            CHECK_KIND(TB_RNN_TANH, tanh, f, frames);
            CHECK_KIND(TB_RNN_LSTM, lstm, f, frames);
            CHECK_KIND(TB_RNN_GRU, gru, f, frames);
        }
    check_carried(TB_RNN_TANH, tanh_y);
    check_carried(TB_RNN_LSTM, lstm_y);
    check_carried(TB_RNN_GRU, gru_y);
    check_cells();
    for (int kind = TB_RNN_TANH; kind <= TB_RNN_GRU; kind++)
        for (form f = 0; f < FORMS; f++) {
            check_gradients(kind, f);
            if (f != APART)
                for (int64_t block = 1; block <= 5; block += 4)
                    check_stream(kind, f, block);
        }
    check_refusals();
    return tap_done();
}
