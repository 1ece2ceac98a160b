#include "check.h"
#include "engine/ops/index.h"
#include "golden/index.h"

/* Noise in [-1, 1) becomes 0 ... q - 1. */
static tb_value *indices(tb_value *x, int q)
{
    return tb_cast(tb_map(x, TB_AFFINE, q / 2.0, q / 2.0), TB_I64);
}

static tb_value *embedding(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_embedding(in[0], indices(in[1], 5));
}

static tb_value *pick(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_pick(in[0], indices(in[1], 5));
}

static const check_case cases[] = {
    {"embedding",
     embedding,
     NULL,
     {{2, {5, 3}}, {2, {2, TB_FRAMES}}},
     4,
     CHECK_INDEX},
    {"pick",
     pick,
     NULL,
     {{3, {2, TB_FRAMES, 5}}, {2, {2, TB_FRAMES}}},
     4,
     CHECK_INDEX},
};

static tb_plan *plan_of(tb_graph *g, tb_value *y)
{
    tb_error error = {0};
    tb_output want = {y, NULL};
    tb_plan_settings settings = {.backend = tb_backend_naive64(), .frames = 4};
    tb_plan *p = tb_plan_new(g, 1, &want, &settings, &error);
    if (!OK(p != NULL))
        fprintf(stderr, "# %s\n", error.text);
    return p;
}

/* The largest along the middle axis, as one-hot vectors. */
static void check_argmax(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 3, TB_FRAMES));
    tb_value *y = tb_one_hot(tb_argmax(x, 1), 3); /* [2, frames, 3] */
    tb_plan *p = plan_of(g, y);
    if (p) {
        const tb_tensor *tx = tb_plan_tensor(p, x), *ty = tb_plan_tensor(p, y);
        write_noise(tx, 1);
        *element(tx, 0) = *element(tx, 4) = *element(tx, 8) = 0.5;
        *element(tx, 1) = NAN;
        tb_plan_run(p, 0, NULL);
        for (int64_t i = 0; i < 2; i++)
            for (int64_t t = 0; t < 4; t++) {
                int best = 0;
                for (int k = 1; k < 3; k++)
                    if (!(*element(tx, (i * 3 + k) * 4 + t) <=
                          *element(tx, (i * 3 + best) * 4 + t)))
                        best = k;
                for (int k = 0; k < 3; k++)
                    EQ(*element(ty, (i * 4 + t) * 3 + k), k == best);
            }
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* What is not in the table is not a number, and nothing else is read. */
static void check_outside(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *table = tb_input(g, "table", TB_REAL, tb_dims(3, 2));
    tb_value *index = tb_input(g, "index", TB_I64, tb_dims(4));
    tb_value *y = tb_embedding(table, index);
    tb_plan *p = plan_of(g, y);
    if (p) {
        int64_t *i = tb_plan_tensor(p, index)->data;
        i[0] = -1, i[1] = 3, i[2] = 2, i[3] = INT64_MAX;
        write_noise(tb_plan_tensor(p, table), 1);
        tb_plan_run(p, 0, NULL);
        for (int64_t k = 0; k < 8; k++) {
            double found = *element(tb_plan_tensor(p, y), k);
            OK(k / 2 == 2 ? found == noise(1, k) : isnan(found));
        }
        OK(tb_plan_run_checked(p, 0, NULL, NULL) == TB_ERR_NUMERIC);
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* A signal of indices, block by block. */
static void check_streams(void)
{
    for (int64_t block = 1; block <= 7; block += 3) {
        subject s = subject_new();
        tb_value *x = subject_in(&s, 1, tb_dims(2, TB_FRAMES));
        tb_value *table = subject_in(&s, 2, tb_dims(5, 3));
        tb_value *y = tb_embedding(table, indices(x, 5));
        tb_value *z = tb_one_hot(tb_argmax(y, 2), 3);
        OK(streams_like_offline(&s, y, 20, block));
        OK(streams_like_offline(&s, z, 20, block));
        subject_free(&s);
    }
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES));
    OK(!tb_embedding(x, NULL) && !tb_one_hot(NULL, 3));
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(!tb_embedding(tb_fill(g, tb_dims(3, 2), 0), x));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES));
    OK(!tb_argmax(x, 1));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, index_golden);
    check_argmax();
    check_outside();
    check_streams();
    check_refusals();
    return tap_done();
}
