#include "golden.h"

#include "engine/ops/attention.h"
#include "golden/attention.h"
#include "streamed.h"

#define NONE TB_ATTENTION_PLAIN
#define ALIBI TB_ATTENTION_ALIBI
#define TABLE TB_ATTENTION_RELATIVE

static tb_value *build(subject *s, int64_t frames, int64_t keys, int64_t heads,
                       int64_t kv_heads, tb_attention_attr how)
{
    tb_value *q = subject_in(s, 1, tb_dims(2, frames, heads, 3));
    tb_value *k = subject_in(s, 2, tb_dims(2, keys, kv_heads, 3));
    tb_value *v = subject_in(s, 3, tb_dims(2, keys, kv_heads, 2));
    tb_value *table =
        how.bias == TABLE ? subject_in(s, 4, tb_dims(heads, how.window)) : NULL;
    return tb_attention(q, k, v, table, how);
}

#define CHECK(name, n_q, n_k, frames, heads, kv, causal, window, bias, skip)   \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_attention_attr how = {causal, window, bias, skip};                  \
        subject_out(&s, 5, build(&s, n_q, n_k, heads, kv, how));               \
        if (subject_run(&s, frames)) {                                         \
            subject_expect(&s, s.out[0], name##_y, #name " y");                \
            subject_expect(&s, s.din[0], name##_dq, #name " dq");              \
            subject_expect(&s, s.din[1], name##_dk, #name " dk");              \
            subject_expect(&s, s.din[2], name##_dv, #name " dv");              \
            subject_differences(&s, #name);                                    \
        }                                                                      \
        subject_free(&s);                                                      \
    } while (0)

static void check_table(int64_t frames)
{
    subject s = subject_new();
    tb_attention_attr how = {true, 4, TABLE, 0};
    subject_out(&s, 5, build(&s, frames, frames, 2, 2, how));
    if (subject_run(&s, 7)) {
        subject_expect(&s, s.out[0], relative_y, "relative y");
        subject_expect(&s, s.din[3], relative_dtable, "relative dtable");
        subject_differences(&s, "relative");
    }
    subject_free(&s);
}

/* What has a window streams; what has none is refused. */
static void check_stream(tb_attention_attr how, bool streams)
{
    for (int64_t block = 1; block <= 5; block += 4) {
        subject s = subject_new();
        tb_value *x = subject_in(&s, 1, tb_dims(2, TB_FRAMES, 2, 3));
        tb_value *table = how.bias == TABLE
                              ? subject_in(&s, 2, tb_dims(2, how.window))
                              : NULL;
        tb_value *y = tb_attention(x, x, x, table, how);
        EQ(streams_like_offline(&s, y, 23, block), streams);
        subject_free(&s);
    }
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES, 4, 3));
    OK(!tb_attention(x, x, NULL, NULL, (tb_attention_attr){0}));
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(!tb_attention(x, x, x, NULL, (tb_attention_attr){false, 4, NONE, 0}));
    OK(!tb_attention(x, x, x, NULL, (tb_attention_attr){true, 0, NONE, 2}));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    const int64_t t = TB_FRAMES;
    CHECK(plain, 5, 5, 0, 2, 2, false, 0, NONE, 0);
    CHECK(plain, t, t, 5, 2, 2, false, 0, NONE, 0);
    CHECK(across, 4, 6, 0, 4, 2, false, 0, NONE, 0);
    CHECK(across, t, 6, 4, 4, 2, false, 0, NONE, 0);
    CHECK(across, 4, t, 6, 4, 2, false, 0, NONE, 0);
    CHECK(causal, 6, 6, 0, 2, 1, true, 0, NONE, 0);
    CHECK(causal, t, t, 6, 2, 1, true, 0, NONE, 0);
    CHECK(window, 7, 7, 0, 2, 2, true, 3, NONE, 0);
    CHECK(window, t, t, 7, 2, 2, true, 3, NONE, 0);
    CHECK(alibi, t, t, 7, 4, 2, true, 4, ALIBI, 0);
    CHECK(alibi_around, t, t, 5, 2, 2, false, 0, ALIBI, 0);
    CHECK(relative, t, t, 7, 2, 2, true, 4, TABLE, 0);
    CHECK(skip, 9, 9, 0, 2, 1, true, 4, NONE, 3);
    CHECK(skip, t, t, 9, 2, 1, true, 4, NONE, 3);
    CHECK(skip_far, t, t, 9, 2, 2, true, 3, TABLE, 5);
    check_table(7);
    check_table(t);
    check_stream((tb_attention_attr){true, 4, NONE, 0}, true);
    check_stream((tb_attention_attr){true, 6, ALIBI, 0}, true);
    check_stream((tb_attention_attr){true, 3, TABLE, 0}, true);
    check_stream((tb_attention_attr){true, 5, TABLE, 2}, true);
    check_stream((tb_attention_attr){true, 3, NONE, 4}, true);
    check_stream((tb_attention_attr){true, 0, NONE, 0}, false);
    check_refusals();
    return tap_done();
}
