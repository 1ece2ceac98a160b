#include "engine/ops/spectral_distance.h"

#include "engine/ops/elementwise.h"

static bool scale_is_possible(const tb_distance_scale *s)
{
    return s->n_fft >= 2 && s->n_fft % 2 == 0 && s->n_fft <= TB_FFT_MOST &&
           s->hop >= 1 && s->hop <= s->n_fft && s->window;
}

static bool settings_are_possible(const tb_distance_settings *how)
{
    bool good = how->scales >= 1 && how->scales <= TB_MOST_SCALES;
    for (int i = 0; good && i < how->scales; i++)
        good = scale_is_possible(&how->scale[i]);
    return good && how->floor > 0 && how->quietest >= 0;
}

static bool are_sounds(const tb_value *x, const tb_value *y)
{
    return x->type == TB_REAL && y->type == TB_REAL && x->rank == 3 &&
           x->time != 0 && x->time != 1 && x->time == y->time &&
           tb_has_shape(y, tb_value_shape(x));
}

static double sum_of_squares(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

static bool make_attr(tb_graph *g, const tb_distance_settings *how,
                      tb_spectral_distance_attr *attr)
{
    *attr = (tb_spectral_distance_attr){.scales = how->scales,
                                        .linear = how->linear,
                                        .logarithmic = how->logarithmic,
                                        .floor = how->floor};
    for (int i = 0; i < how->scales; i++) {
        const tb_distance_scale *s = &how->scale[i];
        attr->scale[i] = (tb_stft_attr){.n_fft = s->n_fft,
                                        .hop = s->hop,
                                        .left = s->n_fft / 2,
                                        .right = s->n_fft / 2,
                                        .window = s->window};
        attr->quiet[i] = how->quietest * sum_of_squares(s->window, s->n_fft);
        if (!tb_stft_make_tables(g, &attr->scale[i]))
            return false;
    }
    return true;
}

tb_value *tb_spectral_distance(tb_value *target, tb_value *made,
                               const tb_distance_settings *how)
{
    tb_spectral_distance_attr attr;
    if (!target || !made)
        return NULL;
    if (!are_sounds(target, made))
        return tb_graph_fail(target->graph,
                             "Spectral distance: both sounds must be real "
                             "[batch, channels, n], of one shape.");
    if (!settings_are_possible(how))
        return tb_graph_fail(target->graph,
                             "Spectral distance: 1 to %d scales of an even "
                             "number of samples, hops of at least 1 and at "
                             "most the scale, a floor above 0, and a "
                             "quietest level of at least 0.",
                             TB_MOST_SCALES);
    if (!make_attr(target->graph, how, &attr))
        return NULL;
    tb_value *in[] = {target, made};
    tb_node *n = tb_node_new(target->graph, &tb_op_spectral_distance, 2, in,
                             &attr, sizeof attr);
    tb_value *distance = tb_node_output(n, TB_REAL, tb_dims(1));
    return tb_node_output_like(n, made) ? distance : NULL;
}

/* What the forward pass left, times the one number that the distance has for a
   gradient. */
static void distance_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                         const bool *want, tb_value **din)
{
    if (want[0])
        tb_graph_fail(g, "Spectral distance: the target is what is wanted and "
                         "has no gradient; detach it.");
    if (want[1])
        din[1] = tb_mul(n->out[1], dout[0]);
}

const tb_op tb_op_spectral_distance = {
    .name = "spectral_distance", .time = TB_TIME_WHOLE, .vjp = distance_vjp};
