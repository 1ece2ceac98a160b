#include "golden.h"

#include "engine/ops/correlate.h"
#include "engine/ops/linear.h"
#include "engine/ops/matmul.h"
#include "golden/correlate.h"
#include "golden/linear.h"
#include "golden/matmul.h"

#define CHECK_LINEAR(shape, frames, kind)                                      \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_value *x = subject_in(&s, 1, shape);                                \
        tb_value *w = subject_in(&s, 2, tb_dims(4, 5));                        \
        tb_value *b = subject_in(&s, 3, tb_dims(4));                           \
        subject_out(&s, 4, tb_linear(x, w, b));                                \
        if (subject_run(&s, frames)) {                                         \
            subject_expect(&s, s.out[0], linear_##kind##_y, #kind " y");       \
            subject_expect(&s, s.din[0], linear_##kind##_dx, #kind " dx");     \
            subject_expect(&s, s.din[1], linear_##kind##_dw, #kind " dw");     \
            subject_expect(&s, s.din[2], linear_##kind##_db, #kind " db");     \
            subject_differences(&s, #kind);                                    \
        }                                                                      \
        subject_free(&s);                                                      \
    } while (0)

/* An op of two values: golden numbers are OP_KIND_y, OP_KIND_dP and OP_KIND_dQ.
 */
#define CHECK_PAIR(op, p, q, shape_p, shape_q, frames, kind)                   \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_value *p = subject_in(&s, 1, shape_p);                              \
        tb_value *q = subject_in(&s, 2, shape_q);                              \
        subject_out(&s, 3, tb_##op(p, q));                                     \
        if (subject_run(&s, frames)) {                                         \
            subject_expect(&s, s.out[0], op##_##kind##_y, #kind " y");         \
            subject_expect(&s, s.din[0], op##_##kind##_d##p, #kind " d" #p);   \
            subject_expect(&s, s.din[1], op##_##kind##_d##q, #kind " d" #q);   \
            subject_differences(&s, #kind);                                    \
        }                                                                      \
        subject_free(&s);                                                      \
    } while (0)

#define CHECK_MATMUL(...) CHECK_PAIR(matmul, a, b, __VA_ARGS__)
#define CHECK_CORRELATE(...) CHECK_PAIR(correlate, k, x, __VA_ARGS__)

/* Gradients of the gradient of x, which does not depend on x. */
static void check_second(void)
{
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(2, TB_FRAMES, 5));
    tb_value *w = subject_in(&s, 2, tb_dims(4, 5));
    tb_value *y = tb_linear(x, w, NULL);
    subject_out(&s, 4, subject_gradient(&s, 3, y, x));
    s.constant = TB_AXIS(0);
    if (subject_run(&s, 6))
        subject_differences(&s, "second");
    subject_free(&s);
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES, 5));
    tb_value *w = tb_param(g, "w", tb_dims(4, 6));
    OK(!tb_linear(NULL, w, NULL));
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(!tb_linear(x, w, NULL));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES, 5));
    w = tb_param(g, "w", tb_dims(4, 6));
    OK(!tb_matmul(x, w));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES, 5));
    OK(!tb_correlate(NULL, x) && !tb_correlate(x, NULL));
    OK(tb_graph_check(g, NULL) == TB_OK);
    w = tb_input(g, "longer", TB_REAL, tb_dims(2, TB_FRAMES, 6));
    OK(!tb_correlate(w, x));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(2, 3, 5));
    OK(!tb_correlate(tb_input(g, "for all", TB_REAL, tb_dims(1, 3, 2)), x));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    CHECK_LINEAR(tb_dims(3, 5), 0, flat);
    CHECK_LINEAR(tb_dims(2, 6, 5), 0, frames);
    CHECK_LINEAR(tb_dims(2, TB_FRAMES, 5), 6, frames);
    CHECK_LINEAR(tb_dims(2, TB_FRAMES, 4, 5), 3, planes);
    CHECK_LINEAR(tb_dims(2, 3, TB_FRAMES, 5), 4, planes);
    CHECK_CORRELATE(tb_dims(3, 4), tb_dims(3, 7), 0, plain);
    CHECK_CORRELATE(tb_dims(TB_FRAMES, 4), tb_dims(TB_FRAMES, 7), 3, plain);
    CHECK_CORRELATE(tb_dims(2, 5), tb_dims(2, 5), 0, whole);
    CHECK_CORRELATE(tb_dims(2, TB_FRAMES, 3, 2), tb_dims(2, TB_FRAMES, 3, 9), 6,
                    frames);
    CHECK_MATMUL(tb_dims(3, 4), tb_dims(4, 5), 0, plain);
    CHECK_MATMUL(tb_dims(TB_FRAMES, 4), tb_dims(4, 5), 3, plain);
    CHECK_MATMUL(tb_dims(3, TB_FRAMES), tb_dims(TB_FRAMES, 5), 4, plain);
    CHECK_MATMUL(tb_dims(3, 4), tb_dims(4, TB_FRAMES), 5, plain);
    CHECK_MATMUL(tb_dims(2, 1, 3, 4), tb_dims(2, 4, 2), 0, batch);
    CHECK_MATMUL(tb_dims(TB_FRAMES, 1, 3, 4), tb_dims(2, 4, 2), 2, batch);
    CHECK_MATMUL(tb_dims(2, TB_FRAMES, 4), tb_dims(4, 3), 6, frames);
    check_second();
    check_refusals();
    return tap_done();
}
