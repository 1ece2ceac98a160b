#include "models/sample_levels.h"

#include "dsp/interleave.h"
#include "dsp/mulaw_ops.h"
#include "engine/ops/cast.h"
#include "engine/ops/frames.h"
#include "engine/ops/index.h"
#include "engine/ops/shape.h"

static tb_mulaw law_of(const tb_sample_levels *how)
{
    tb_mulaw law = {0};
    tb_mulaw_init(&law, how->levels, how->mulaw, NULL);
    return law;
}

/* The level that silence becomes. */
static int silence(const tb_sample_levels *how)
{
    tb_mulaw law = law_of(how);
    return tb_mulaw_quantise(&law, 0);
}

tb_sound_format tb_sample_format(const void *config)
{
    const tb_sample_levels *how = config;
    return (tb_sound_format){how->sample_rate, how->channels};
}

/* Samples of two channels lie one behind the other. */
tb_symbols tb_sample_symbols(const void *config)
{
    const tb_sample_levels *how = config;
    return (tb_symbols){.type = TB_I64,
                        .levels = how->levels,
                        .frames = how->channels,
                        .per = 1};
}

double tb_sample_mulaw(const void *config)
{
    return ((const tb_sample_levels *)config)->mulaw;
}

tb_value *tb_sample_encode(tb_builder *b, tb_value *sound)
{
    tb_mulaw law = law_of(b->config);
    return tb_interleave(tb_mulaw_levels(sound, &law));
}

tb_value *tb_sample_decode(tb_builder *b, tb_value *levels,
                           const tb_prime *prime)
{
    const tb_sample_levels *how = b->config;
    tb_mulaw law = law_of(how);
    (void)prime;
    return tb_deinterleave(tb_mulaw_samples(levels, &law), how->channels);
}

tb_value *tb_sample_numbers(tb_value *levels, const tb_sample_levels *how)
{
    double scale = 4.0 / (how->levels - 1);
    tb_value *x = tb_map(tb_cast(levels, TB_REAL), TB_AFFINE, scale,
                         -scale * silence(how));
    return x ? tb_reshape(x, tb_dims(levels->dim[0], 1, TB_FRAMES)) : NULL;
}

tb_value *tb_sample_vectors(tb_value *levels, const char *name, int64_t size,
                            const tb_sample_levels *how)
{
    int q = silence(how);
    if (!levels)
        return NULL;
    tb_value *table = tb_param(levels->graph, name, tb_dims(how->levels, size));
    table = tb_sub(table, tb_slice(table, 0, q, q + 1, 1));
    return tb_transpose(tb_embedding(table, levels), 1, 2);
}

tb_value *tb_sample_logits(tb_value *x, const tb_mlp *head, int64_t levels,
                           bool learned_temperature, double lowest)
{
    const int64_t out[] = {levels, 1};
    tb_value *parts[2];
    tb_mlp_layer(x, "head", head, 1 + learned_temperature, out, parts);
    if (!learned_temperature)
        return parts[0];
    tb_value *t = tb_map(parts[1], TB_SIGMOID, 0, 0);
    return tb_div(parts[0], tb_map(t, TB_CLAMP, lowest, 1));
}

tb_value *tb_frames_to_samples(tb_value *x, const char *name, int64_t factor,
                               int64_t size, unsigned flags)
{
    x = tb_linear_layer(x, name, factor * size, flags);
    return x ? tb_unfold(
                   tb_reshape(x, tb_dims(x->dim[0], TB_FRAMES, factor, size)))
             : NULL;
}
