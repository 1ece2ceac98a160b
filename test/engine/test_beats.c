/* A run belongs to the backend: a call of a stream is one call of it, whatever
   the number of steps, and nothing is done to states and rings from outside;
   states of plans and of streams become the same. */
#include "engine/ops.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "tap.h"

#include <math.h>

/* ---- a backend that counts ---- */

typedef struct tally {
    int runs, steps, slides, feeds, from_outside;
} tally;

static tally seen;
static const tb_backend *real;

static TB_REALTIME bool count_beat(void *context, tb_beat *beat)
{
    const tb_beats *beats = context;
    if (!beats->next(beats->context, beat))
        return false;
    seen.steps++;
    for (int i = 0; i < beat->n_jobs; i++) {
        seen.slides += beat->jobs[i].action == TB_RING_SLIDE;
        seen.feeds += beat->jobs[i].action == TB_RING_FEED;
    }
    return true;
}

static TB_REALTIME void count_run(void *program, const tb_pass *pass)
{
    tb_pass counted = *pass;
    counted.beats = (tb_beats){count_beat, (void *)&pass->beats};
    seen.runs++;
    real->run_alone(program, &counted);
}

static TB_REALTIME void count_move(void *to, const void *from, size_t bytes)
{
    seen.from_outside++;
    real->storage->move(to, from, bytes);
}

static TB_REALTIME void count_clear(void *to, size_t bytes)
{
    seen.from_outside++;
    real->storage->clear(to, bytes);
}

static TB_REALTIME void count_copy(const tb_tensor *to, const tb_tensor *from,
                                   size_t size)
{
    seen.from_outside++;
    real->storage->copy(to, from, size);
}

static const tb_backend *counting(void)
{
    static tb_storage storage;
    static tb_backend backend;
    real = tb_backend_cpu();
    storage = *real->storage;
    storage.move = count_move;
    storage.clear = count_clear;
    storage.copy = count_copy;
    backend = *real;
    backend.storage = &storage;
    backend.run_alone = count_run;
    return &backend;
}

/* ---- a generator ---- */

enum { CALL = 96, CALLS = 3 };

/* x[j] = x[j-1] + s, and s counts frames: what comes out is 1, 3, 6, 10... as
   the state says that the loop's steps were committed one by one. */
static void test_generator(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_feedback(g, "x", TB_REAL, tb_dims(1, 1, TB_FRAMES), 1);
    tb_value *s = tb_state(g, "s", TB_REAL, tb_dims(1, 1, 1), 0);
    tb_conv_attr past = tb_conv_plain(1, 1);
    past.left[0] = 1;
    tb_value *one = tb_fill(g, tb_dims(1, 1, 1), 1);
    tb_value *y = tb_add(tb_conv(x, one, NULL, past), s);
    tb_feedback_close(x, y);
    tb_state_next(s, tb_add(s, one));
    tb_stream_settings set = {.backend = counting(), .n_max = CALL};
    tb_error error = {0};
    tb_stream_plan *p = tb_stream_plan_new(g, 1, &y, &set, &error);
    tb_stream *stream = p ? tb_stream_new(p, 1, &error) : NULL;
    if (!OK(stream != NULL))
        fprintf(stderr, "# %s\n", error.text);
    EQ(seen.runs, 1);
    double start = *(const float *)tb_stream_state(stream, s)->data;
    double before = 0, step = 0;
    for (int call = 0; call < CALLS; call++) {
        seen = (tally){0};
        tb_stream_run(stream, CALL);
        EQ(seen.runs, 1);
        EQ(seen.steps, CALL);
        EQ(seen.feeds, CALL);
        EQ(seen.from_outside, 0);
        OK(call == 0 || seen.slides > 0);
        EQ(*(const float *)tb_stream_state(stream, s)->data,
           start + (call + 1) * CALL);
        tb_tensor out = tb_stream_read(stream, y);
        EQ(out.dim[2], CALL);
        bool counts = true;
        for (int j = 0; j < CALL; j++) {
            double now = ((const float *)out.data)[j * out.stride[2]];
            counts &= call + j == 0 || now - before == step + 1;
            step = call + j == 0 ? start : step + 1;
            before = now;
        }
        OK_NAMED(counts, "each step follows from the one before");
    }
    seen = (tally){0};
    tb_stream_write(stream, x, CALL);
    tb_stream_run(stream, CALL);
    EQ(seen.runs, 1);
    EQ(seen.steps, 1);
    EQ(seen.feeds, 0);
    tb_stream_free(stream);
    tb_stream_plan_free(p);
    tb_graph_free(g);
}

/* ---- states ---- */

enum { WIDE = 3, ALL = WIDE * WIDE, STATES = 7, RUNS = 5 };

typedef struct states {
    tb_graph *graph;
    tb_value *control, *state[STATES], *sum;
} states;

/* One that is turned round, one that becomes an input, one that becomes that
   one, what is computed from both, one that stays, one that becomes a constant,
   and one that takes the place of the first, turned round once more. */
static states states_new(void)
{
    states t = {.graph = tb_graph_new()};
    tb_shape square = tb_dims(WIDE, WIDE);
    t.control = tb_input(t.graph, "c", TB_REAL, square);
    for (int i = 0; i < STATES; i++) {
        char name[] = {'a' + (char)i, 0};
        t.state[i] = tb_state(t.graph, name, TB_REAL, square, 1 + i);
    }
    tb_value **s = t.state;
    tb_state_next(s[0], tb_transpose(s[0], 0, 1));
    tb_state_next(s[1], t.control);
    tb_state_next(s[2], s[1]);
    tb_state_next(s[3], tb_add(tb_add(s[3], s[2]), s[0]));
    tb_state_next(s[4], s[4]);
    tb_state_next(s[5], tb_fill(t.graph, square, 0.5));
    tb_state_next(s[6], tb_transpose(s[0], 0, 1));
    t.sum = s[0];
    for (int i = 1; i < STATES; i++)
        t.sum = tb_add(t.sum, s[i]);
    return t;
}

/* The same by hand. */
static void step_by_hand(double s[STATES][ALL], const double *control)
{
    double next[STATES][ALL];
    for (int k = 0; k < ALL; k++) {
        int turned = k % WIDE * WIDE + k / WIDE;
        next[0][k] = next[6][k] = s[0][turned];
        next[1][k] = control[k];
        next[2][k] = s[1][k];
        next[3][k] = s[3][k] + s[2][k] + s[0][k];
        next[4][k] = s[4][k];
        next[5][k] = 0.5;
    }
    for (int i = 0; i < STATES; i++)
        for (int k = 0; k < ALL; k++)
            s[i][k] = next[i][k];
}

static double *element(const tb_tensor *t, int k)
{
    return (double *)t->data + k / WIDE * t->stride[0] +
           k % WIDE * t->stride[1];
}

static bool is(const tb_tensor *t, const double *expected)
{
    for (int k = 0; k < ALL; k++)
        if (*element(t, k) != expected[k])
            return false;
    return true;
}

/* Other numbers in each run; none in the run that a stream begins with. */
static void set_control(const tb_tensor *t, double *control, int run)
{
    for (int k = 0; k < ALL; k++)
        *element(t, k) = control[k] = run * 10 + k;
}

static void set_first(const tb_tensor *t, double *s)
{
    for (int k = 0; k < ALL; k++)
        *element(t, k) = s[k] = k * k;
}

static void test_states_of_a_plan(void)
{
    states t = states_new();
    tb_output out = {t.sum, NULL};
    tb_plan_settings set = {.backend = tb_backend_naive64(), .frames = 1};
    tb_plan *p = tb_plan_new(t.graph, 1, &out, &set, NULL);
    double s[STATES][ALL], control[ALL];
    if (!OK(p != NULL))
        return;
    for (int i = 0; i < STATES; i++)
        for (int k = 0; k < ALL; k++)
            s[i][k] = 1 + i;
    set_first(tb_plan_tensor(p, t.state[0]), s[0]);
    for (int run = 1; run <= RUNS; run++) {
        set_control(tb_plan_tensor(p, t.control), control, run);
        tb_plan_run(p, 0, NULL);
        step_by_hand(s, control);
        for (int i = 0; i < STATES; i++)
            OK_NAMED(is(tb_plan_tensor(p, t.state[i]), s[i]),
                     "a plan's state becomes what it becomes");
    }
    tb_plan_free(p);
    tb_graph_free(t.graph);
}

static void test_states_of_a_stream(void)
{
    states t = states_new();
    tb_stream_settings set = {.backend = tb_backend_naive64(), .n_max = 1};
    tb_stream_plan *p = tb_stream_plan_new(t.graph, 1, &t.sum, &set, NULL);
    tb_stream *stream = p ? tb_stream_new(p, 0, NULL) : NULL;
    double s[STATES][ALL], control[ALL] = {0};
    if (!OK(stream != NULL))
        return;
    for (int i = 0; i < STATES; i++)
        for (int k = 0; k < ALL; k++)
            s[i][k] = 1 + i;
    step_by_hand(s, control);
    set_first(tb_stream_state(stream, t.state[0]), s[0]);
    for (int run = 1; run <= RUNS; run++) {
        set_control(tb_stream_control(stream, t.control), control, run);
        tb_stream_run(stream, 1);
        step_by_hand(s, control);
        for (int i = 0; i < STATES; i++)
            OK_NAMED(is(tb_stream_state(stream, t.state[i]), s[i]),
                     "a stream's state becomes what it becomes");
    }
    tb_stream_free(stream);
    tb_stream_plan_free(p);
    tb_graph_free(t.graph);
}

/* A run that ends at a number that is none commits nothing. */
static void test_checked(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1));
    tb_value *s = tb_state(g, "s", TB_REAL, tb_dims(1), 0);
    tb_value *y = tb_add(s, x);
    tb_state_next(s, y);
    tb_output out = {y, NULL};
    tb_plan_settings set = {.backend = tb_backend_naive64(), .frames = 1};
    tb_plan *p = tb_plan_new(g, 1, &out, &set, NULL);
    const tb_tensor *in = tb_plan_tensor(p, x), *state = tb_plan_tensor(p, s);
    *(double *)in->data = 2;
    EQ(tb_plan_run_checked(p, 0, NULL, NULL), TB_OK);
    EQ(*(const double *)state->data, 2);
    *(double *)in->data = NAN;
    EQ(tb_plan_run_checked(p, 0, NULL, NULL), TB_ERR_NUMERIC);
    *(double *)in->data = 1;
    EQ(tb_plan_run_checked(p, 0, NULL, NULL), TB_OK);
    EQ(*(const double *)state->data, 3);
    tb_plan_free(p);
    tb_graph_free(g);
}

int main(void)
{
    test_generator();
    test_states_of_a_plan();
    test_states_of_a_stream();
    test_checked();
    return tap_done();
}
