/* Sound as levels of samples, for networks that foresee one sample after the
   other: what SampleRNN, WaveNet and their like have in common. Channels are
   interleaved, left first. Their configurations begin with a tb_sample_levels,
   so that one pointer is to both.

   A network says the next sample as one of a few levels, each by itself, or as
   a mixture of logistic distributions over the 65,536 levels of 16-bit sound
   (output=logistics). */
#ifndef TB_MODELS_SAMPLE_LEVELS_H
#define TB_MODELS_SAMPLE_LEVELS_H

#include "models/instrument.h"
#include "nn/layers.h"

typedef enum tb_sample_output {
    TB_SAMPLE_OUTPUT_LEVELS,
    TB_SAMPLE_OUTPUT_LOGISTICS
} tb_sample_output;

extern const char *const tb_sample_output_names[];

enum { TB_MOST_ADAPTIVE = 64 };

typedef struct tb_sample_levels {
    double sample_rate; /* Hz */
    int channels, levels;
    double mulaw;          /* compression, as in dsp/mulaw.h */
    int output;            /* tb_sample_output */
    int components, guess; /* LOGISTICS: how many; differences that guess */
    int adaptive_guess;    /* misses of that guess that it is mended by */
    double smallest_scale; /* of them, in steps of 16-bit sound */
    double past_noise;     /* the largest deviation of what is added to what it
                              learns from, in 256ths of mu-law (or levels) */
    bool tell_noise;       /* half of the rows have none, and the network is
                              told how much there is */
} tb_sample_levels;

/* Rows for it, the first of a configuration's. */
#define TB_SAMPLE_LEVELS_ROWS                                                  \
    TB_SETTING_FLOAT(tb_sample_levels, sample_rate, "16000", 1000, 192000,     \
                     "Hz", "Sample rate that the network hears and speaks."),  \
        TB_SETTING_INT(tb_sample_levels, channels, "1", 1, 2, NULL,            \
                       "1: mono, 2: stereo."),                                 \
        TB_SETTING_INT(tb_sample_levels, levels, "256", 2, 4096, NULL,         \
                       "Levels that a sample can have, if output is levels."), \
        TB_SETTING_FLOAT(                                                      \
            tb_sample_levels, mulaw, "1", 0, 100, NULL,                        \
            "How much finer quiet levels are (1: mu-law, 0: even)."),          \
        TB_SETTING_CHOICE(tb_sample_levels, output, "levels",                  \
                          tb_sample_output_names,                              \
                          "So many levels, or 16-bit sound by logistics."),    \
        TB_SETTING_INT(tb_sample_levels, components, "8", 1, 64, NULL,         \
                       "Logistics that are mixed, if output is those."),       \
        TB_SETTING_INT(tb_sample_levels, guess, "16", 0, 1024, "samples",      \
                       "Last samples that they begin their guess from."),      \
        TB_SETTING_INT(                                                        \
            tb_sample_levels, adaptive_guess, "0", 0, TB_MOST_ADAPTIVE,        \
            "samples",                                                         \
            "Last misses of that guess that mend it, as the network says."),   \
        TB_SETTING_FLOAT(tb_sample_levels, smallest_scale, "1", 0.01, 4096,    \
                         "steps", "How sure they can be, of 65536 steps."),    \
        TB_SETTING_FLOAT(                                                      \
            tb_sample_levels, past_noise, "0", 0, 16, "256ths",                \
            "Noise in what it learns from, never in what it plays."),          \
        TB_SETTING_BOOL(tb_sample_levels, tell_noise, "no",                    \
                        "Half has none; playing has a control then, doubt.")

/* What tb_instrument and tb_network ask of such a configuration: sound real
   [rows, channels, frames] becomes levels i64 [rows, frames * channels]. */
tb_sound_format tb_sample_format(const void *config);
tb_symbols tb_sample_symbols(const void *config);
double tb_sample_mulaw(const void *config);
const char *tb_sample_advice(const void *config);
tb_value *tb_sample_encode(tb_builder *b, tb_value *sound);
tb_value *tb_sample_decode(tb_builder *b, tb_value *levels,
                           const tb_prime *prime);

/* -ln p of symbols in the 256 mu-law levels that they lie in, [rows, frames],
   by a distribution over finer ones; null for a distribution over levels. */
tb_value *tb_sample_coarse_nats(tb_builder *b, const tb_distribution *d,
                                tb_value *symbols);

/* What networks hear of levels [rows, frames], before anything else: in
   learning with noise, of a deviation drawn for each row up to past_noise, so
   that they get used to mistakes like their own; what they foresee has none.
   Elsewhere levels as they are. `doubt` is set to what tb_add_doubt wants: how
   noisy each row is in learning, the control "doubt" in voices, and null where
   all is clean or nobody is told. */
tb_value *tb_sample_heard(tb_builder *b, tb_value *levels, tb_value **doubt);

/* x [rows, frames, n] and, by the layer `name`, a vector as long as the doubt
   is large. So one network knows both what follows exactly from sound that is
   exact, and what holds of sound that is not, as its own: which of them it
   plays by is a matter of hearing (conditioning augmentation: J. Ho et al.,
   "Cascaded diffusion models for high fidelity image generation", JMLR 23,
   2022). */
tb_value *tb_add_doubt(tb_value *x, tb_value *doubt, const char *name);

/* Levels that a symbol can have. */
int tb_sample_symbol_levels(const tb_sample_levels *how);

/* Symbols that must have been heard before those that are foreseen, for numbers
   of the last `n` and a guess. */
int64_t tb_sample_reach(const tb_sample_levels *how, int64_t n);

/* Real [rows, n, frames], 0 in silence. Levels: one number from -2 to 2.
   Logistics: the sample so, by mu-law the sample and its difference to the one
   before in its channel, and with an adaptive guess what the plain one missed
   the sample by. */
tb_value *tb_sample_numbers(tb_value *levels, const tb_sample_levels *how);

/* Vectors of the parameter `name` [levels, size], measured from that of
   silence: [rows, size, frames]. Logistics: of the 256 mu-law levels, with the
   `numbers` of the same levels behind. */
tb_value *tb_sample_vectors(tb_value *levels, tb_value *numbers,
                            const char *name, int64_t size,
                            const tb_sample_levels *how);

/* What becomes of the features x [rows, frames, n]: the distribution of the
   next sample, by the layer that is called "head". Levels with a learned
   temperature: the network divides logits by one that it chooses, at least
   `lowest`. Logistics: means are a guess from the last samples (parameter
   "head.guess.weight", which tb_sample_init sets), mended by what it missed the
   samples before by, in shares that the network says anew for each sample
   (linear prediction that adapts), and moved by so many scales. */
typedef struct tb_sample_head {
    tb_mlp mlp;
    bool learned_temperature;
    double lowest;
} tb_sample_head;

tb_distribution tb_sample_distribution(tb_value *x, const tb_sample_head *head,
                                       tb_value *levels, int64_t context,
                                       const tb_sample_levels *how);

/* After tb_init_params. */
void tb_sample_init(const tb_sample_levels *how, tb_params *params);

/* Each frame of x [rows, frames, n] becomes `factor` frames of `size` numbers,
   by a linear layer. */
tb_value *tb_frames_to_samples(tb_value *x, const char *name, int64_t factor,
                               int64_t size, unsigned flags);

#endif
