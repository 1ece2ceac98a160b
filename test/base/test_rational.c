#include "base/rational.h"

#include "tap.h"

#define SAME(a, b) OK_NAMED(tb_ratio_equal(a, b), #a " equals " #b)

static tb_ratio r(int64_t num, int64_t den)
{
    return tb_ratio_of(num, den);
}

static void numbers(void)
{
    EQ(r(6, -4).num, -3);
    EQ(r(6, -4).den, 2);
    EQ(r(0, -7).den, 1);
    SAME(tb_ratio_add(r(1, 6), r(1, 10)), r(4, 15));
    SAME(tb_ratio_sub(r(1, 6), r(1, 6)), TB_RATIO_ZERO);
    SAME(tb_ratio_mul(r(-2, 3), r(9, 4)), r(-3, 2));
    SAME(tb_ratio_div(r(1, 2), r(-3, 4)), r(-2, 3));
    SAME(tb_ratio_max(r(1, 3), r(2, 7)), r(1, 3));
    SAME(tb_ratio_min(r(1, 3), r(2, 7)), r(2, 7));
    EQ(tb_ratio_cmp(r(-1, 2), r(-1, 3)), -1);
    EQ(tb_ratio_cmp(r(2, 4), r(1, 2)), 0);
    NEAR(tb_ratio_double(r(1, 8)), 0.125, 0);
}

static void rounding(void)
{
    EQ(tb_ratio_floor(r(7, 2)), 3);
    EQ(tb_ratio_ceil(r(7, 2)), 4);
    EQ(tb_ratio_floor(r(-7, 2)), -4);
    EQ(tb_ratio_ceil(r(-7, 2)), -3);
    EQ(tb_ratio_floor(r(-6, 2)), -3);
    EQ(tb_ratio_ceil(r(6, 2)), 3);
}

static void never(void)
{
    tb_ratio n = TB_RATIO_NEVER;
    OK(tb_ratio_never(n));
    OK(tb_ratio_valid(n));
    OK(!tb_ratio_never(r(-5, 1)));
    SAME(tb_ratio_add(n, r(5, 3)), n);
    SAME(tb_ratio_add(r(5, 3), n), n);
    SAME(tb_ratio_add(n, n), n);
    SAME(tb_ratio_sub(n, r(5, 3)), n);
    SAME(tb_ratio_max(n, r(-9, 1)), r(-9, 1));
    SAME(tb_ratio_min(n, r(-9, 1)), n);
    SAME(tb_ratio_mul(n, r(2, 1)), n);
    SAME(tb_ratio_div(n, r(2, 1)), n);
    EQ(tb_ratio_cmp(n, r(INT64_MIN + 1, 1)), -1);
    EQ(tb_ratio_cmp(n, n), 0);
    EQ(tb_ratio_floor(n), INT64_MIN);
}

static void invalid(void)
{
    tb_ratio bad = TB_RATIO_INVALID;
    OK(!tb_ratio_valid(r(1, 0)));
    OK(!tb_ratio_valid(r(INT64_MIN, 1)));
    OK(!tb_ratio_valid(tb_ratio_add(r(INT64_MAX, 1), r(1, 1))));
    OK(!tb_ratio_valid(tb_ratio_mul(r(INT64_MAX, 1), r(2, 1))));
    OK(!tb_ratio_valid(tb_ratio_add(r(1, INT64_MAX), r(1, INT64_MAX - 1))));
    OK(!tb_ratio_valid(tb_ratio_div(r(1, 1), TB_RATIO_ZERO)));
    OK(!tb_ratio_valid(tb_ratio_sub(r(1, 1), TB_RATIO_NEVER)));
    OK(!tb_ratio_valid(tb_ratio_mul(TB_RATIO_NEVER, r(-1, 1))));
    OK(!tb_ratio_valid(tb_ratio_add(bad, TB_RATIO_NEVER)));
    OK(!tb_ratio_valid(tb_ratio_max(bad, r(1, 1))));
    OK(!tb_ratio_valid(tb_ratio_min(r(1, 1), bad)));
    OK(!tb_ratio_never(bad));
}

static void large(void)
{
    tb_ratio big = r(INT64_MAX, INT64_MAX - 1);
    SAME(tb_ratio_mul(big, r(INT64_MAX - 1, INT64_MAX)), r(1, 1));
    SAME(tb_ratio_sub(big, r(1, 1)), r(1, INT64_MAX - 1));
    SAME(r(INT64_MIN, INT64_MIN), r(1, 1));
    SAME(r(INT64_MIN, 2), r(INT64_MIN / 2, 1));
    EQ(tb_ratio_cmp(big, r(INT64_MAX - 1, INT64_MAX - 2)), -1);
}

int main(void)
{
    numbers();
    rounding();
    never();
    invalid();
    large();
    return tap_done();
}
