/* SampleRNN: looks at the past strictly, and says the same in training, over
   whole recordings and sample by sample. */
#include "check_network.h"
#include "engine/grad.h"

/* Layouts of tiers and kinds of layers that all must behave. */
static const char *const layouts[] = {
    "frame_sizes=16,4,16 hidden=6 head_size=5 levels=16 input=linear",
    "frame_sizes=8,8,3 hidden=4,5 head_size=5 levels=16 cell=lstm",
    "frame_sizes=4,4 hidden=5 head_size=5 levels=16 cell=rnn layers=2",
    "frame_sizes=12,6,2,20 hidden=4 head_size=5 levels=9 h0=learned "
    "inputs_mode=static_mix weight_norm=yes",
    "frame_sizes=4,2,3 hidden=4 head_size=5 levels=8 channels=2 h0=ones "
    "cell=lstm inputs_mode=mean input=linear",
    "frame_sizes=8,2,2 hidden=4 head_size=5 levels=8 input=embedding "
    "embedding_size=3 h0=randn layers=2 cell=lstm learned_temperature=no",
    "frame_sizes=8,4,5 hidden=4 levels=8 cell=none layers=2 head_layers=0",
    "frame_sizes=8,4,5 hidden=4 head_size=5 levels=8 layers=0 h0=learned "
    "head_activation=softplus",
    "preset=mimikit hidden=3 head_size=4 levels=8",
    "frame_sizes=16,4,8 hidden=6 head_size=5 embedding_size=3 "
    "output=logistics components=3",
    "frame_sizes=8,4,5 hidden=4 head_size=5 input=linear channels=2 cell=lstm "
    "output=logistics components=2 guess=0",
    "frame_sizes=4,4 hidden=5 head_size=5 embedding_size=2 channels=2 "
    "weight_norm=yes output=logistics components=4 guess=21",
    "frame_sizes=8,4,5 hidden=4 head_size=5 embedding_size=3 "
    "output=logistics components=3 adaptive_guess=4",
    "frame_sizes=4,2,3 hidden=4 head_size=5 input=linear channels=2 "
    "weight_norm=yes output=logistics components=2 guess=5 adaptive_guess=7",
};

enum { LAYOUTS = sizeof layouts / sizeof *layouts };

/* ---- (a) nothing depends on what comes later ---- */

static void check_past(const char *changes)
{
    network s = network_new(changes, 2, tb_backend_cpu());
    int64_t top = s.config.frame_sizes.at[0] * s.config.sound.channels;
    int64_t frames = 2 * top + 40, step = top > 64 ? 37 : 1;
    recording x = material(&s.config, 2, frames, 1);
    recording y = whole(&s, &x, 0, 0, false);
    bool past = y.data != NULL, heard = true;
    for (int64_t t = 0; past && t < frames; t += step) {
        int64_t *level = at(&x, 1, t, 0), before = *level;
        *level = (before + 3) % levels_of(&s.config);
        recording z = whole(&s, &x, 0, 0, false);
        *level = before;
        recording y0 = part_of(&y, 0, t + 1), z0 = part_of(&z, 0, t + 1);
        past &= same_bits(&y0, &z0);
        heard &=
            t == frames - 1 || memcmp(at(&y, 1, t + 1, 0), at(&z, 1, t + 1, 0),
                                      (size_t)y.n * y.size) != 0;
        past &= memcmp(y.data, z.data, (size_t)(frames * y.n) * y.size) == 0;
        free(z.data), free(y0.data), free(z0.data);
    }
    OK_NAMED(past, "logits up to frame t do not know sample t");
    OK_NAMED(heard, "logits of frame t + 1 know sample t");
    free(x.data), free(y.data);
    network_free(&s);
}

/* ---- (b) sample by sample as over the whole length ---- */

static void check_stream(const char *changes, const tb_backend *backend,
                         double tolerance)
{
    network s = network_new(changes, 2, backend);
    int64_t top = s.config.frame_sizes.at[0] * s.config.sound.channels;
    recording x = material(&s.config, 2, 3 * top + 17, 2);
    recording y = whole(&s, &x, 0, 0, false);
    static const int64_t blocks[] = {1, 2, 7, 64, 1000};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        recording z = streamed(&s, &x, blocks[i], false);
        double off = distance(&y, &z);
        if (!(off <= tolerance))
            fprintf(stderr, "# %s, blocks of %d: off by %g\n", changes,
                    (int)blocks[i], off);
        OK_NAMED(off <= tolerance, "the stream is the whole pass");
        free(z.data);
    }
    free(x.data), free(y.data);
    network_free(&s);
}

/* Weights in 16 bits: near, but not the same. Logistics are told in steps of
   16-bit sound, and lie within one that was heard at full level; what a guess
   missed noise by is as large as that, and so are shares of it. */
static void check_half(const char *changes)
{
    network s = network_new(changes, 2, tb_backend_cpu());
    recording x = material(&s.config, 2, 100, 2);
    recording y = streamed(&s, &x, 16, false);
    recording z = streamed(&s, &x, 16, true);
    double off = distance(&y, &z), near = s.said_count > 1 ? 8 : 2e-2;
    if (s.config.sound.adaptive_guess)
        near = 300;
    if (!OK_NAMED(off <= near, "16-bit weights say nearly the same"))
        fprintf(stderr, "# %s: off by %g\n", changes, off);
    free(x.data), free(y.data), free(z.data);
    network_free(&s);
}

/* ---- (c) state and context ---- */

static void check_carry(const char *changes)
{
    network s = network_new(changes, 2, tb_backend_naive64());
    int64_t c = tb_samplernn_instrument.network->context(&s.config);
    recording x = material(&s.config, 2, 5 * c, 3);
    recording y = whole(&s, &x, c, 0, false);
    recording z = whole(&s, &x, c, 2 * c, false);
    OK_NAMED(same_bits(&y, &z), "two windows are one of twice the length");
    free(x.data), free(y.data), free(z.data);
    network_free(&s);
}

static void check_silence(const char *changes)
{
    network s = network_new(changes, 2, tb_backend_naive64());
    int64_t c = tb_samplernn_instrument.network->context(&s.config);
    recording x = material(&s.config, 2, 3 * c, 3);
    for (int64_t i = 0; i < 2; i++)
        for (int64_t j = 0; j < c; j++)
            *(int64_t *)at(&x, i, j, 0) = levels_of(&s.config) / 2;
    recording later = part_of(&x, c, 2 * c);
    recording y = whole(&s, &x, c, 0, false);
    recording z = whole(&s, &later, 0, 0, false);
    OK_NAMED(same_bits(&y, &z), "silence lies before the beginning");
    free(x.data), free(later.data), free(y.data), free(z.data);
    network_free(&s);
}

/* ---- (d) noise on the past ---- */

/* Heard in learning alone: elsewhere the setting changes nothing. */
static void check_past_noise(const char *without, const char *with)
{
    network s = network_new(without, 2, tb_backend_naive64());
    recording x = material(&s.config, 2, 100, 2);
    recording y = whole(&s, &x, 0, 0, false);
    s.config.sound.past_noise = configured(with).sound.past_noise;
    recording same = whole(&s, &x, 0, 0, false);
    recording noisy = whole(&s, &x, 0, 0, true);
    network t = network_new(with, 2, tb_backend_naive64());
    recording played = streamed(&t, &x, 7, false);
    OK_NAMED(same_bits(&y, &same), "held-out sound is heard as it is");
    OK_NAMED(same_bits(&y, &played), "voices hear what they say");
    OK_NAMED(distance(&y, &noisy) > 1e-6, "learning hears noise");
    free(x.data), free(y.data), free(same.data), free(noisy.data);
    free(played.data);
    network_free(&s);
    network_free(&t);
}

/* ---- (e) guesses that adapt ---- */

/* From the definition: what is said of sample t, oldest share first. */
static void check_adaptive(void)
{
    enum { FRAMES = 40, OLDEST = 3 };
    static const double share[] = {0.1, -0.25, 0.4};
    network s = network_new("frame_sizes=4,4 hidden=4 head_size=4 "
                            "head_layers=0 output=logistics components=1 "
                            "guess=2 adaptive_guess=3",
                            1, tb_backend_naive64());
    int bias = tb_params_find(s.params, "head.0.bias");
    tb_init_fill(s.params, "head.0.weight", 0);
    tb_init_fill(s.params, "head.0.bias", 0);
    for (int k = 0; k < 3; k++)
        tb_init_row(s.params, bias, OLDEST + k, share[k]);
    recording x = material(&s.config, 1, FRAMES, 3);
    recording y = whole(&s, &x, 0, 0, false);
    double heard[FRAMES + 8] = {0}, guess[FRAMES + 8] = {0}, worst = 0;
    for (int t = 0; t < FRAMES; t++) {
        const double *v = &heard[t + 8], *g = &guess[t + 8];
        double plain = v[-1] + 0.3 * (v[-1] - v[-2]) + 0.3 * (v[-2] - v[-3]);
        double said = plain + 0.5;
        for (int k = 0; k < 3; k++)
            said += share[k] * (v[k - 3] - g[k - 3]);
        worst = fmax(worst, fabs(said - number(&y, 0, t, 1)));
        guess[t + 8] = plain;
        heard[t + 8] = (double)*(int64_t *)at(&x, 0, t, 0) - 32768;
    }
    OK_NAMED(worst < 1e-6, "shares of what was missed mend the guess");
    free(x.data), free(y.data);
    network_free(&s);
}

int main(void)
{
    check_adaptive();
    check_past_noise("frame_sizes=8,4,4 hidden=6",
                     "frame_sizes=8,4,4 hidden=6 past_noise=1");
    check_past_noise(
        "frame_sizes=8,4,4 hidden=6 output=logistics",
        "frame_sizes=8,4,4 hidden=6 output=logistics past_noise=1");
    for (int i = 0; i < LAYOUTS; i++) {
        check_past(layouts[i]);
        check_stream(layouts[i], tb_backend_naive64(), 0);
        check_stream(layouts[i], tb_backend_naive(), 0);
        check_stream(layouts[i], tb_backend_cpu(), 1e-5);
        check_half(layouts[i]);
        check_carry(layouts[i]);
        check_silence(layouts[i]);
    }
    return tap_done();
}
