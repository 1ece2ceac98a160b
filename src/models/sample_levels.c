#include "models/sample_levels.h"

#include "dsp/interleave.h"
#include "dsp/mulaw_ops.h"
#include "engine/ops/cast.h"
#include "engine/ops/frames.h"
#include "engine/ops/index.h"
#include "engine/ops/random.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "models/shares.h"
#include "nn/init.h"

#include <math.h>
#include <string.h>

enum { FINE = 65536, COARSE = 256 };

const char *const tb_sample_output_names[] = {"levels", "logistics", NULL};

static bool is_fine(const tb_sample_levels *how)
{
    return how->output == TB_SAMPLE_OUTPUT_LOGISTICS;
}

int tb_sample_symbol_levels(const tb_sample_levels *how)
{
    return is_fine(how) ? FINE : how->levels;
}

double tb_sample_mulaw(const void *config)
{
    const tb_sample_levels *how = config;
    return is_fine(how) ? 0 : how->mulaw;
}

static tb_mulaw law_of(const tb_sample_levels *how)
{
    tb_mulaw law = {0};
    tb_mulaw_init(&law, tb_sample_symbol_levels(how), tb_sample_mulaw(how),
                  NULL);
    return law;
}

/* The level that silence becomes. */
static int silence(const tb_sample_levels *how)
{
    tb_mulaw law = law_of(how);
    return tb_mulaw_quantise(&law, 0);
}

/* What was set in vain. */
const char *tb_sample_advice(const void *config)
{
    const tb_sample_levels *how = config;
    bool plain = how->levels == COARSE && how->mulaw == 1;
    return is_fine(how) && !plain
               ? "16-bit sound knows neither levels nor mulaw: what was set of "
                 "them counts with --set output=levels."
               : NULL;
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
                        .levels = tb_sample_symbol_levels(how),
                        .frames = how->channels,
                        .per = 1};
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

/* ---- what networks read ---- */

/* A difference reaches to the sample before, a miss to all that it was guessed
   from. */
int64_t tb_sample_reach(const tb_sample_levels *how, int64_t n)
{
    int64_t more = how->adaptive_guess ? how->adaptive_guess : how->guess;
    if (!is_fine(how))
        return n;
    n = n > more ? n : more;
    return n + (how->adaptive_guess ? how->guess : 0) + how->channels;
}

/* Levels as numbers, real [rows, 1, frames]. */
static tb_value *line(tb_value *levels, double scale, double zero)
{
    tb_value *x =
        tb_map(tb_cast(levels, TB_REAL), TB_AFFINE, scale, -scale * zero);
    return x ? tb_reshape(x, tb_dims(levels->dim[0], 1, TB_FRAMES)) : NULL;
}

/* From -1 to 1, in silence exactly 0. */
static tb_value *fine_line(tb_value *levels)
{
    return line(levels, 2.0 / (FINE - 1), FINE / 2);
}

/* The same so many frames later, after zeros. */
static tb_value *later(tb_value *x, int64_t frames)
{
    return tb_pad(x, 2, frames, -frames);
}

/* By mu-law: -1 to 1 become -2 to 2. */
static tb_value *compressed(tb_value *x)
{
    tb_value *size = tb_scale(tb_map(x, TB_ABS, 0, 0), COARSE - 1);
    tb_value *side = tb_scale(tb_map(x, TB_SIGN, 0, 0), 2 / log(COARSE));
    return tb_mul(tb_map(size, TB_LOG1P, 0, 0), side);
}

/* Over the `taps` frames before each. */
static tb_conv_attr over_past(int64_t taps)
{
    tb_conv_attr how = tb_conv_plain(1, 1);
    how.left[0] = taps;
    how.right[0] = -1;
    return how;
}

/* In steps. */
static tb_value *steps_line(tb_value *levels)
{
    return line(levels, 1, FINE / 2);
}

/* For each of x [rows, 1, frames] the one before in its channel and a sum over
   the differences before it. */
static tb_value *plain_guess(tb_value *x, const tb_sample_levels *how)
{
    tb_value *last = later(x, how->channels);
    if (how->guess == 0)
        return last;
    return tb_add(last,
                  tb_conv_layer(tb_sub(x, last), "head.guess", 1, how->guess,
                                over_past(how->guess), TB_LAYER_NO_BIAS));
}

/* In 255 steps: what lies far below the sound is told apart as well as it. */
static tb_value *missed(tb_value *levels, const tb_sample_levels *how)
{
    tb_value *x = steps_line(levels);
    return tb_scale(tb_sub(x, plain_guess(x, how)), 1.0 / (COARSE - 1));
}

/* All are compressed at once: one sample at a time each op counts. */
static tb_value *fine_numbers(tb_value *levels, const tb_sample_levels *how)
{
    bool adapts = how->adaptive_guess;
    tb_value *x = fine_line(levels);
    tb_value *each[] = {x, tb_sub(x, later(x, how->channels)),
                        adapts ? missed(levels, how) : NULL};
    tb_value *all[] = {tb_scale(x, 2),
                       compressed(tb_concat(2 + adapts, each, 1))};
    return tb_concat(2, all, 1);
}

tb_value *tb_sample_numbers(tb_value *levels, const tb_sample_levels *how)
{
    return is_fine(how) ? fine_numbers(levels, how)
                        : line(levels, 4.0 / (how->levels - 1), silence(how));
}

/* [rows, size, frames] */
static tb_value *vectors(tb_value *levels, const char *name, int64_t size,
                         const tb_mulaw *law)
{
    int q = tb_mulaw_quantise(law, 0);
    if (!levels)
        return NULL;
    tb_value *table = tb_param(levels->graph, name, tb_dims(law->levels, size));
    table = tb_sub(table, tb_slice(table, 0, q, q + 1, 1));
    return tb_transpose(tb_embedding(table, levels), 1, 2);
}

static tb_mulaw coarse_law(void)
{
    tb_mulaw law = {0};
    tb_mulaw_init(&law, COARSE, 1, NULL);
    return law;
}

/* The way back: -1 to 1 of -2 to 2. */
static tb_value *straightened(tb_value *y)
{
    tb_value *size = tb_scale(tb_map(y, TB_ABS, 0, 0), log(COARSE) / 2);
    size = tb_map(tb_map(size, TB_EXP, 0, 0), TB_AFFINE, 1, -1);
    return tb_mul(tb_scale(size, 1.0 / (COARSE - 1)), tb_map(y, TB_SIGN, 0, 0));
}

/* The nearest of n levels. */
static tb_value *rounded(tb_value *x, int n)
{
    x = tb_map(tb_map(x, TB_ROUND, 0, 0), TB_CLAMP, 0, n - 1);
    return tb_cast(x, TB_I64);
}

/* How much noise each row has, [rows, 1]: 0 to 1, or 0 in every other one. */
static tb_value *drawn(tb_value *levels, bool half)
{
    tb_value *part =
        tb_noise(levels, TB_UNIFORM_NOISE, tb_dims(levels->dim[0], 1));
    return half ? tb_map(tb_map(part, TB_AFFINE, 2, -1), TB_RELU, 0, 0) : part;
}

/* Levels with normal noise, of so much of the largest deviation. */
static tb_value *noisy(tb_value *levels, tb_value *part,
                       const tb_sample_levels *how)
{
    int n = tb_sample_symbol_levels(how);
    tb_value *x = tb_cast(levels, TB_REAL);
    tb_value *noise =
        tb_mul(tb_noise(levels, TB_NORMAL_NOISE, tb_value_shape(levels)),
               tb_scale(part, how->past_noise));
    if (!is_fine(how))
        return rounded(tb_add(x, tb_scale(noise, (n - 1) / (COARSE - 1.0))), n);
    x = compressed(tb_map(x, TB_AFFINE, 2.0 / (FINE - 1), -1.0));
    x = straightened(tb_add(x, tb_scale(noise, 4.0 / (COARSE - 1))));
    return rounded(tb_map(x, TB_AFFINE, (FINE - 1) / 2.0, (FINE - 1) / 2.0), n);
}

/* What is tested with is known to be clean. */
static tb_value *doubt_of(tb_builder *b)
{
    return b->method ? tb_share_control(b, "doubt",
                                        "How far it takes what it has played "
                                        "for inexact, and leans on the rest.",
                                        0.5)
                     : NULL;
}

tb_value *tb_sample_heard(tb_builder *b, tb_value *levels, tb_value **doubt)
{
    const tb_sample_levels *how = b->config;
    *doubt = NULL;
    if (!levels || how->past_noise == 0)
        return levels;
    tb_value *part = b->learning       ? drawn(levels, how->tell_noise)
                     : how->tell_noise ? doubt_of(b)
                                       : NULL;
    if (part && how->tell_noise)
        *doubt = tb_reshape(part, tb_dims(part->dim[0], 1, 1));
    return b->learning ? noisy(levels, part, how) : levels;
}

tb_value *tb_add_doubt(tb_value *x, tb_value *doubt, const char *name)
{
    return x && doubt ? tb_add(x, tb_linear_layer(doubt, name, x->dim[2],
                                                  TB_LAYER_NO_BIAS))
                      : x;
}

tb_value *tb_sample_vectors(tb_value *levels, tb_value *numbers,
                            const char *name, int64_t size,
                            const tb_sample_levels *how)
{
    tb_mulaw law = is_fine(how) ? coarse_law() : law_of(how);
    if (!is_fine(how) || !levels || !numbers)
        return vectors(levels, name, size, &law);
    tb_value *x = tb_scale(tb_slice(numbers, 1, 0, 1, 1), 0.5);
    x = tb_reshape(x, tb_value_shape(levels));
    tb_value *both[] = {vectors(tb_mulaw_levels(x, &law), name, size, &law),
                        numbers};
    return tb_concat(2, both, 1);
}

/* ---- what they say ---- */

static tb_distribution levels_of(tb_value *x, const tb_sample_head *head,
                                 int64_t levels)
{
    const int64_t out[] = {levels, 1};
    tb_value *parts[2];
    tb_mlp_layer(x, "head", &head->mlp, 1 + head->learned_temperature, out,
                 parts);
    if (!head->learned_temperature)
        return tb_levels_distribution(parts[0]);
    tb_value *t = tb_map(parts[1], TB_SIGMOID, 0, 0);
    return tb_levels_distribution(
        tb_div(parts[0], tb_map(t, TB_CLAMP, head->lowest, 1)));
}

/* The last n of x [rows, 1, frames] before each frame: [rows, n, frames]. */
static tb_value *last_of(tb_value *x, int n)
{
    double each[TB_MOST_ADAPTIVE * TB_MOST_ADAPTIVE] = {0};
    for (int i = 0; i < n; i++)
        each[i * n + i] = 1;
    return x ? tb_conv(x, tb_constant(x->graph, tb_dims(n, 1, n), each), NULL,
                       over_past(n))
             : NULL;
}

/* [rows, frames, n], without what is only heard. */
static tb_value *to_say(tb_value *x, int64_t context)
{
    return tb_transpose(tb_pad(x, 2, -context, 0), 1, 2);
}

/* In steps, [rows, frames, 1]. What a plain guess missed the last samples by is
   as good as white, so what to make of it, `shares` [rows, frames, adaptive],
   is learned far sooner than shares of the samples themselves. */
static tb_value *guess_of(tb_value *levels, int64_t context, tb_value *shares,
                          const tb_sample_levels *how)
{
    tb_value *x = steps_line(levels), *plain = plain_guess(x, how);
    tb_value *guess = tb_map(to_say(plain, context), TB_AFFINE, 1, 0.5);
    if (how->adaptive_guess == 0)
        return guess;
    tb_value *last = last_of(tb_sub(x, plain), how->adaptive_guess);
    return tb_add(
        guess, tb_sum(tb_mul(shares, to_say(last, context)), TB_AXIS(2), true));
}

/* ln of the scales, which begin between 8 steps and 4096, and come near the
   smallest one but not below. */
static tb_value *log_scales(tb_value *x, const tb_sample_levels *how)
{
    double first[64], least = log(how->smallest_scale);
    int n = how->components;
    for (int k = 0; k < n; k++)
        first[k] = log(8) + log(512) * (k + 0.5) / n - least;
    if (!x)
        return NULL;
    x = tb_add(x, tb_constant(x->graph, tb_dims(n), first));
    x = tb_map(tb_map(x, TB_SOFTPLUS, 0, 0), TB_AFFINE, 1, least);
    return tb_map(x, TB_CLAMP, -10, log(FINE));
}

static tb_distribution logistics_of(tb_value *x, const tb_sample_head *head,
                                    tb_value *levels, int64_t context,
                                    const tb_sample_levels *how)
{
    const int64_t n = how->components, out[] = {n, n, n, how->adaptive_guess};
    tb_value *parts[4] = {NULL};
    tb_mlp_layer(x, "head", &head->mlp, how->adaptive_guess ? 4 : 3, out,
                 parts);
    tb_value *log_scale = log_scales(parts[2], how);
    tb_value *mean = tb_add(guess_of(levels, context, parts[3], how),
                            tb_mul(parts[1], tb_map(log_scale, TB_EXP, 0, 0)));
    return tb_logistics_distribution(parts[0], mean, log_scale, FINE);
}

tb_distribution tb_sample_distribution(tb_value *x, const tb_sample_head *head,
                                       tb_value *levels, int64_t context,
                                       const tb_sample_levels *how)
{
    return is_fine(how) ? logistics_of(x, head, levels, context, how)
                        : levels_of(x, head, how->levels);
}

/* The vector of silence, which all others are told from, begins as zeros: they
   would all have the same large part of it. */
static void silence_vectors(const tb_sample_levels *how, tb_params *params)
{
    static const char end[] = "embedding.weight";
    tb_mulaw law = is_fine(how) ? coarse_law() : law_of(how);
    for (int i = 0; i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        size_t length = strlen(p->name);
        if (length >= sizeof end - 1 &&
            strcmp(p->name + length - (sizeof end - 1), end) == 0)
            tb_init_row(params, i, tb_mulaw_quantise(&law, 0), 0);
    }
}

void tb_sample_init(const tb_sample_levels *how, tb_params *params)
{
    tb_init_fill(params, "head.guess.weight", 0);
    silence_vectors(how, params);
}

/* ---- in fewer levels ---- */

/* Where each coarse level begins (side 0) or ends (1), in steps from the
   middle. */
static tb_value *edges(tb_value *coarse, int side)
{
    double at[COARSE];
    tb_mulaw law = coarse_law();
    for (int q = 0; q < COARSE; q++) {
        double y = (2.0 * (q + side) - 1) / (COARSE - 1) - 1;
        bool none = q + side == 0 || q + side == COARSE;
        at[q] = none ? (side ? 1e9 : -1e9)
                     : tb_mulaw_straighten(&law, y) * (FINE - 1) / 2;
    }
    if (!coarse)
        return NULL;
    tb_value *table = tb_constant(coarse->graph, tb_dims(COARSE, 1), at);
    return tb_reshape(tb_embedding(table, coarse), tb_value_shape(coarse));
}

tb_value *tb_sample_coarse_nats(tb_builder *b, const tb_distribution *d,
                                tb_value *symbols)
{
    if (!is_fine(b->config) || !symbols)
        return NULL;
    tb_mulaw law = coarse_law();
    tb_value *x =
        tb_map(tb_cast(symbols, TB_REAL), TB_AFFINE, 2.0 / (FINE - 1), -1);
    tb_value *coarse = tb_mulaw_levels(x, &law);
    return tb_logistics_nats_between(d, edges(coarse, 0), edges(coarse, 1));
}

tb_value *tb_frames_to_samples(tb_value *x, const char *name, int64_t factor,
                               int64_t size, unsigned flags)
{
    x = tb_linear_layer(x, name, factor * size, flags);
    return x ? tb_unfold(
                   tb_reshape(x, tb_dims(x->dim[0], TB_FRAMES, factor, size)))
             : NULL;
}
