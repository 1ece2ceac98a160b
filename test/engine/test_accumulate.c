/* Sums over frames: their gradients, blocks, and angles that stay in a turn. */
#include "check.h"
#include "engine/ops/accumulate.h"

static const double TURN = 6.283185307179586;

static tb_value *plain(tb_value *const *in, const void *how)
{
    return tb_accumulate(in[0], *(const int *)how, in[1], in[2], 0).y;
}

/* What is left in the end, and the way there. */
static tb_value *both(tb_value *const *in, const void *how)
{
    tb_accumulated a = tb_accumulate(in[0], 1, in[1], in[2], 0);
    (void)how;
    return a.y ? tb_add(a.y, tb_reshape(a.last, tb_dims(2, 1, 3))) : NULL;
}

static tb_value *last_alone(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_accumulate(in[0], 1, in[1], in[2], 0).last;
}

static tb_value *turned(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_accumulate(in[0], 2, in[1], in[2], 40).y;
}

static const int first = 0, second = 1;

static const check_case cases[] = {
    {"all kept apart",
     plain,
     &second,
     {{3, {2, TB_FRAMES, 3}}, {3, {2, TB_FRAMES, 3}}, {2, {2, 3}}},
     5,
     CHECK_UNGOLDEN},
    {"one for all",
     plain,
     &second,
     {{3, {2, TB_FRAMES, 3}}, {3, {1, 1, 1}}, {2, {2, 3}}},
     5,
     CHECK_UNGOLDEN | CHECK_OFFLINE},
    {"one for each frame",
     plain,
     &second,
     {{3, {2, TB_FRAMES, 3}}, {3, {1, TB_FRAMES, 1}}, {2, {2, 3}}},
     5,
     CHECK_UNGOLDEN},
    {"along the first axis",
     plain,
     &first,
     {{2, {TB_FRAMES, 3}}, {2, {TB_FRAMES, 3}}, {1, {3}}},
     4,
     CHECK_UNGOLDEN},
    {"the last too",
     both,
     NULL,
     {{3, {2, TB_FRAMES, 3}}, {3, {2, TB_FRAMES, 3}}, {2, {2, 3}}},
     5,
     CHECK_UNGOLDEN},
    {"the last alone",
     last_alone,
     NULL,
     {{3, {2, TB_FRAMES, 3}}, {3, {2, TB_FRAMES, 3}}, {2, {2, 3}}},
     5,
     CHECK_UNGOLDEN},
    {"within a turn that is never reached",
     turned,
     NULL,
     {{3, {2, 3, TB_FRAMES}}, {3, {2, 1, TB_FRAMES}}, {2, {2, 3}}},
     5,
     CHECK_UNGOLDEN},
};

/* Angles go on for ever and stay between -turn/2 and turn/2. */
static tb_value *angles(tb_graph *g, tb_value *x)
{
    tb_value *before = tb_state(g, "angle", TB_REAL, tb_dims(2, 3), 0.5);
    tb_accumulated a =
        tb_accumulate(tb_map(x, TB_AFFINE, 3, 1), 2,
                      tb_fill(g, tb_dims(1, 1, 1), 1), before, TURN);
    tb_state_next(before, a.last);
    return a.y;
}

static void check_streams(void)
{
    for (int64_t block = 1; block <= 16; block += 5) {
        subject s = subject_new();
        tb_value *x = subject_in(&s, 1, tb_dims(2, 3, TB_FRAMES));
        OK_NAMED(streams_like_offline(&s, angles(s.graph, x), 40, block),
                 "in blocks as at once");
        subject_free(&s);
    }
}

/* Each frame is the one before and what is added, but for whole turns. */
static void check_angles(void)
{
    enum { LENGTH = 50 };
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(2, 3, TB_FRAMES));
    tb_value *y = angles(s.graph, x);
    tb_plan *p = offline_plan(&s, y, LENGTH);
    double off = 0, largest = 0;
    for (int64_t i = 0; p && i < 6 * LENGTH; i++) {
        double now = *element(tb_plan_tensor(p, y), i);
        double last = i % LENGTH ? *element(tb_plan_tensor(p, y), i - 1) : 0.5;
        double turns = (now - last - 3 * noise(1, i) - 1) / TURN;
        off = fmax(off, fabs(turns - floor(turns + 0.5)));
        largest = fmax(largest, fabs(now));
    }
    OK(p && off < 1e-12);
    OK(largest > 2.5 && largest <= TURN / 2 + 1e-12);
    tb_plan_free(p);
    subject_free(&s);
}

static tb_value *refused(int which, tb_value *x)
{
    tb_graph *g = x->graph;
    tb_value *one = tb_fill(g, tb_dims(1, 1, 1), 1);
    tb_value *before = tb_fill(g, tb_dims(2, 3), 0);
    switch (which) {
    case 0:
        return tb_accumulate(x, 1, one, before, 0).y;
    case 1:
        return tb_accumulate(x, 2, tb_fill(g, tb_dims(2, 2, 1), 1), before, 0)
            .y;
    case 2:
        return tb_accumulate(x, 2, one, tb_fill(g, tb_dims(3, 2), 0), 0).last;
    default:
        return tb_accumulate(tb_cast(x, TB_I64), 2, one, before, 0).y;
    }
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, NULL);
    check_streams();
    check_angles();
    check_each_refused(4, refused);
    return tap_done();
}
