#include "nn/critique.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/loss.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

tb_critic *tb_critique_add(tb_critique *j)
{
    if (j->judges >= TB_MOST_JUDGES)
        return NULL;
    tb_critic *judge = &j->judge[j->judges++];
    judge->features = 0;
    return judge;
}

void tb_judge_feature(tb_critic *j, tb_value *x)
{
    if (j && j->features < TB_MOST_FEATURES)
        j->feature[j->features++] = x;
}

static tb_value *mean(tb_value *x)
{
    return tb_reshape(tb_mean(x, TB_ALL_AXES, false), tb_dims(1));
}

/* Sums begin with null. */
static tb_value *add(tb_value *sum, tb_value *x)
{
    return sum ? tb_add(sum, x) : x;
}

static tb_value *score_of(const tb_critic *j)
{
    return j->features ? j->feature[j->features - 1] : NULL;
}

/* (a x + b)+ */
static tb_value *hinge(tb_value *x, double a, double b)
{
    return tb_map(tb_map(x, TB_AFFINE, a, b), TB_RELU, 0, 0);
}

static tb_value *square(tb_value *x, double from)
{
    return tb_map(tb_map(x, TB_AFFINE, 1, -from), TB_SQUARE, 0, 0);
}

/* -ln s(x), or of 1 - s(x) */
static tb_value *surprise(tb_value *x, bool real)
{
    tb_value *s = tb_map(tb_map(x, TB_SIGMOID, 0, 0), TB_CLAMP, 1e-7, 1 - 1e-7);
    tb_value *p = real ? s : tb_map(s, TB_AFFINE, -1, 1);
    return tb_scale(tb_map(p, TB_LOG, 0, 0), -1);
}

/* What a score costs who wants it to be that of something real, or not. */
static tb_value *cost(tb_adversary kind, tb_value *score, bool real)
{
    switch (kind) {
    case TB_ADVERSARY_LEAST_SQUARES:
        return mean(square(score, real ? 1 : 0));
    case TB_ADVERSARY_NON_SATURATING:
        return mean(surprise(score, real));
    default:
        return mean(hinge(score, real ? -1 : 1, 1));
    }
}

tb_value *tb_discrimination(tb_adversary kind, const tb_critique *real,
                            const tb_critique *made)
{
    tb_value *sum = NULL;
    for (int i = 0; i < real->judges && i < made->judges; i++) {
        sum = add(sum, cost(kind, score_of(&real->judge[i]), true));
        sum = add(sum, cost(kind, score_of(&made->judge[i]), false));
    }
    return sum;
}

tb_value *tb_deception(tb_adversary kind, const tb_critique *made)
{
    tb_value *sum = NULL;
    for (int i = 0; i < made->judges; i++) {
        tb_value *score = score_of(&made->judge[i]);
        sum = add(sum, kind == TB_ADVERSARY_HINGE ? tb_scale(mean(score), -1)
                                                  : cost(kind, score, true));
    }
    return sum;
}

static tb_value *apart(tb_value *real, tb_value *made, bool relative)
{
    tb_value *d = mean(tb_l1(real, made));
    return relative ? tb_div(d, mean(tb_map(real, TB_ABS, 0, 0))) : d;
}

tb_value *tb_feature_matching(const tb_critique *real, const tb_critique *made,
                              int skip, bool relative)
{
    tb_value *sum = NULL;
    for (int i = 0; i < real->judges && i < made->judges; i++) {
        const tb_critic *a = &real->judge[i], *b = &made->judge[i];
        double weight = 1.0 / (a->features - skip) / real->judges;
        for (int k = skip; k < a->features; k++) {
            tb_value *d = apart(a->feature[k], b->feature[k], relative);
            sum = add(sum, tb_scale(d, weight));
        }
    }
    return sum;
}
