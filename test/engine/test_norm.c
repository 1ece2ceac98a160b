#include "golden.h"

#include "engine/ops/norm.h"
#include "golden/norm.h"

typedef tb_value *(*build_norm)(tb_value *x, tb_value *gain, tb_value *bias);

static tb_value *layer(tb_value *x, tb_value *gain, tb_value *bias)
{
    return tb_layer_norm(x, 2, gain, bias, 1e-5);
}

static tb_value *channels(tb_value *x, tb_value *gain, tb_value *bias)
{
    return tb_layer_norm(x, 1, gain, bias, 1e-5);
}

static tb_value *group(tb_value *x, tb_value *gain, tb_value *bias)
{
    return tb_group_norm(x, 3, gain, bias, 1e-3);
}

#define CHECK(name, shape, ch, frames)                                         \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_value *x = subject_in(&s, 1, shape);                                \
        tb_value *gain = subject_in(&s, 2, tb_dims(ch));                       \
        tb_value *bias = subject_in(&s, 3, tb_dims(ch));                       \
        subject_out(&s, 9, name(x, gain, bias));                               \
        if (subject_run(&s, frames))                                           \
            EXPECT(name);                                                      \
        subject_free(&s);                                                      \
    } while (0)

#define EXPECT(name)                                                           \
    do {                                                                       \
        subject_expect(&s, s.out[0], name##_y, #name " y");                    \
        subject_expect(&s, s.din[0], name##_dx, #name " dx");                  \
        subject_expect(&s, s.din[1], name##_dgain, #name " dgain");            \
        subject_expect(&s, s.din[2], name##_dbias, #name " dbias");            \
        subject_differences(&s, #name);                                        \
    } while (0)

/* The states that training leaves behind. */
static void check_running(const subject *s, const tb_value *mean,
                          const tb_value *var)
{
    tb_plan_reset(s->plan);
    tb_plan_run(s->plan, 0, NULL);
    subject_expect(s, mean, running_mean, "running mean");
    subject_expect(s, var, running_var, "running variance");
}

static void check_training(int64_t frames)
{
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(3, 4, frames));
    tb_value *gain = subject_in(&s, 2, tb_dims(4));
    tb_value *bias = subject_in(&s, 3, tb_dims(4));
    tb_value *mean = tb_state(s.graph, "mean", TB_REAL, tb_dims(4), 0);
    tb_value *var = tb_state(s.graph, "var", TB_REAL, tb_dims(4), 1);
    subject_out(&s, 9,
                tb_batch_norm(x, gain, bias, mean, var, 0.1, 1e-5, true));
    if (subject_run(&s, 5)) {
        EXPECT(training);
        check_running(&s, mean, var);
    }
    subject_free(&s);
}

static void check_evaluation(int64_t frames)
{
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(3, 4, frames));
    tb_value *gain = subject_in(&s, 2, tb_dims(4));
    tb_value *bias = subject_in(&s, 3, tb_dims(4));
    double means[4], vars[4];
    for (int i = 0; i < 4; i++) {
        means[i] = noise(4, i);
        vars[i] = noise(5, i) * noise(5, i) + 0.5;
    }
    tb_value *mean = tb_constant(s.graph, tb_dims(4), means);
    tb_value *var = tb_constant(s.graph, tb_dims(4), vars);
    subject_out(&s, 9,
                tb_batch_norm(x, gain, bias, mean, var, 0.1, 1e-5, false));
    if (subject_run(&s, 5))
        EXPECT(evaluation);
    subject_free(&s);
}

#define CHECK_WEIGHT(name, vs, gs)                                             \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_value *v = subject_in(&s, 1, vs), *g = subject_in(&s, 2, gs);       \
        subject_out(&s, 9, tb_weight_norm(v, g));                              \
        if (subject_run(&s, 0)) {                                              \
            subject_expect(&s, s.out[0], name##_y, #name " y");                \
            subject_expect(&s, s.din[0], name##_dv, #name " dv");              \
            subject_expect(&s, s.din[1], name##_dg, #name " dg");              \
            subject_differences(&s, #name);                                    \
        }                                                                      \
        subject_free(&s);                                                      \
    } while (0)

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 4, TB_FRAMES));
    OK(!tb_layer_norm(x, 2, NULL, NULL, 1e-5));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(2, 4, TB_FRAMES));
    OK(!tb_group_norm(x, 3, NULL, NULL, 1e-5));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    const int64_t t = TB_FRAMES;
    CHECK(layer, tb_dims(2, 6, 4), 4, 0);
    CHECK(layer, tb_dims(2, t, 4), 4, 6);
    CHECK(channels, tb_dims(2, 4, 6), 4, 0);
    CHECK(channels, tb_dims(2, 4, t), 4, 6);
    CHECK(group, tb_dims(2, 6, 5), 6, 0);
    CHECK(group, tb_dims(2, 6, t), 6, 5);
    check_training(5);
    check_training(t);
    check_evaluation(5);
    check_evaluation(t);
    CHECK_WEIGHT(weight, tb_dims(4, 3, 2), tb_dims(4, 1, 1));
    CHECK_WEIGHT(weight, tb_dims(4, 3, 2), tb_dims(4));
    CHECK_WEIGHT(matrix, tb_dims(3, 5), tb_dims(3, 1));
    check_refusals();
    return tap_done();
}
