#include "models/samplernn.h"

#include "dsp/mulaw.h"
#include "nn/layers.h"

#include <assert.h>

static const char *const inputs[] = {"linear", "embedding", NULL};
static const char *const mixes[] = {"sum", "mean", "static_mix", NULL};

static_assert(offsetof(tb_samplernn, sound) == 0,
              "tb_sample_levels stands for the whole");

static const tb_setting rows[] = {
    TB_SAMPLE_LEVELS_ROWS,
    TB_SETTING_INTS(tb_samplernn, frame_sizes, "16,4,8", 1, 65536, "samples",
                    "Frames of the tiers, long to short, then last samples."),
    TB_SETTING_INTS(tb_samplernn, hidden, "128", 1, 8192, NULL,
                    "Size of all tiers, or of each."),
    TB_SETTING_CHOICE(tb_samplernn, cell, "gru", tb_cell_names,
                      "How tiers remember."),
    TB_SETTING_INT(tb_samplernn, layers, "1", 0, 8, NULL,
                   "Recurrent layers of each tier (0: none remembers)."),
    TB_SETTING_CHOICE(tb_samplernn, h0, "zeros", tb_first_state_names,
                      "What tiers remember before they heard anything."),
    TB_SETTING_FLOAT(tb_samplernn, dropout, "0", 0, 0.95, NULL,
                     "Part of each layer's output left out in training."),
    TB_SETTING_BOOL(tb_samplernn, weight_norm, "no",
                    "Learn direction and length of weights separately."),
    TB_SETTING_CHOICE(tb_samplernn, input, "embedding", inputs,
                      "What the sample-level network reads."),
    TB_SETTING_INT(tb_samplernn, embedding_size, "16", 1, 4096, NULL,
                   "Numbers that stand for a level, if input is embedding."),
    TB_SETTING_CHOICE(tb_samplernn, inputs_mode, "sum", mixes,
                      "How a tier joins its frames with the tier above."),
    TB_SETTING_INT(tb_samplernn, head_size, "64", 1, 8192, NULL,
                   "Size of the sample-level network."),
    TB_SETTING_INT(tb_samplernn, head_layers, "1", 0, 8, NULL,
                   "Its layers before the logits."),
    TB_SETTING_CHOICE(tb_samplernn, head_activation, "mish",
                      tb_activation_names, "Its activation."),
    TB_SETTING_BOOL(tb_samplernn, learned_temperature, "yes",
                    "The network chooses how sure it is, sample by sample."),
    TB_SETTING_FLOAT(tb_samplernn, min_temperature, "0.001", 1e-6, 1, NULL,
                     "The lowest temperature that it can choose."),
    TB_LABELS_ROW(tb_samplernn),
};

/* Noise on the past, measured on 9.4 minutes of orchestral music at 16 kHz (one
   seed, 128 units, 6066 steps, 80 s on one core; bits behind the predictor of
   order 32 in 16 bits and in 256 levels; score of four examples of 10 s at
   temperature 1, of which so many are noise):

     0        0.78, 0.44    0.80, 3
     0.5      0.94, 0.59    0.53, 0: notes that hold, end and change

   after a third of that 0.96 without it and 0.79 with noise of 1; on loops and
   drums, 4200 steps: 0.92, 3, and 0.91, 0. A rate of 0.004 in place of 0.002 is
   0.07 bits ahead after 1197 steps and 0.04 behind after 6066.

   So it is what all sounds are learned with but those that sustain (`brief`,
   below): hits, after 3 hearings with softer=24, stuck=0.5 and piece=2, 0.87
   bits behind and 0.76, for 0.05 and 0.55; syllables, after 5, 0.34, 0.84, none
   silent, for 0.17, 0.86, two of eight silent. */
static const char *const small[] = {"output=logistics", "past_noise=0.5", NULL};

#define EXACT                                                                  \
    "adaptive_guess=16", "smallest_scale=0.1", "past_noise=0.5",               \
        "tell_noise=yes", "training.softer=24", "training.stuck=0.5",          \
        "training.piece=2"

/* As much as it can know of held-out sound. The same music, 128 units with a
   small head, 3 hearings on 8 tracks (6066 steps), one seed; bits ahead of the
   predictor in 16 bits, score of eight examples of 10 s (played with a doubt of
   0.5, from tell_noise on), and tags of those:

     small                                     -0.68   0.45
     adaptive_guess=16, of differences, with
       past_noise=0                            -0.42   0.80, 8 noise
       tell_noise=yes                          -0.49   0.63
     adaptive_guess=16, of misses, with
       past_noise=0                            -0.40   0.79, 8 noise
       tell_noise=yes                          -0.42   0.63
       and the network hears the misses        -0.36   0.73, 2 noise
       and smallest_scale=0.1, mute, softer    -0.22   0.59, 1 silent
       without mute                            -0.19   0.94, 4 silent

   On one core the last but one, with a head of 128 that sees 16 samples, is
   ahead from the 13th hearing on, after 18 minutes, and by 0.05 after the 28th.
   But in five of eight examples it soon stands still at a level, or swings
   between both ends, which foresees itself: 0.85, whatever the doubt. A guess
   that leaks to zero, or scales that are kept wide, do not keep it from that.
   stuck=0.5 and piece=2 in place of mute do. 30 minutes of one core, 29
   hearings, one seed each; in 16 bits, in 256 levels, score, tags:

     and what begins at once has its past    -0.04  -0.03   0.51
     and what begins at once has silence
       before it                             -0.04   0.04   0.41, 1 noise
       in 40 minutes, 38 hearings            -0.02  -0.02   0.47, 2 stuck
     the same with 256 units, 14 hearings    -0.06  -0.05   0.48, 2 noise

   None stands still at a level or falls silent: chords that hold and step, in
   some noise, with rests here and there; the two that are called stuck hold a
   chord to the end. */
static const char *const exact[] = {"output=logistics",
                                    EXACT,
                                    "head_size=128",
                                    "frame_sizes=16,4,16",
                                    "training.window=512",
                                    "training.learning_rate=0.002",
                                    NULL};

static const char *const mimikit[] = {"frame_sizes=256,128,64,32,16,8,4,8",
                                      "output=levels",
                                      "hidden=128",
                                      "input=linear",
                                      "cell=lstm",
                                      "weight_norm=yes",
                                      "mulaw=0.5",
                                      "head_size=128",
                                      "min_temperature=0.001",
                                      "training.learning_rate=0.001",
                                      "training.batch=32",
                                      "training.window=2048",
                                      "training.piece=8",
                                      "training.oversampling=4",
                                      "training.beta1=0.9",
                                      "training.beta2=0.9",
                                      "training.normalise=file",
                                      "training.dc=highpass",
                                      "training.clip=0",
                                      "training.average=0",
                                      NULL};

static const char *const paper2[] = {"frame_sizes=16,16",
                                     "output=levels",
                                     "hidden=1024",
                                     "cell=gru",
                                     "layers=3",
                                     "h0=learned",
                                     "weight_norm=yes",
                                     "input=embedding",
                                     "mulaw=0",
                                     "embedding_size=256",
                                     "head_size=1024",
                                     "head_layers=2",
                                     "head_activation=relu",
                                     "learned_temperature=no",
                                     "training.learning_rate=0.001",
                                     "training.batch=128",
                                     "training.window=512",
                                     "training.beta2=0.999",
                                     NULL};

static const char *const paper3[] = {"frame_sizes=8,2,2",
                                     "output=levels",
                                     "hidden=1024",
                                     "cell=gru",
                                     "layers=1",
                                     "h0=learned",
                                     "weight_norm=yes",
                                     "input=embedding",
                                     "mulaw=0",
                                     "embedding_size=256",
                                     "head_size=1024",
                                     "head_layers=2",
                                     "head_activation=relu",
                                     "learned_temperature=no",
                                     "training.learning_rate=0.001",
                                     "training.batch=128",
                                     "training.window=512",
                                     "training.beta2=0.999",
                                     NULL};

static const tb_preset presets[] = {
    {"small", "learns on a laptop, heard within a minute", small},
    {"exact", "foresees best, whatever the sounds; wants half an hour", exact},
    {"mimikit", "seven tiers, up to 16 ms at a time", mimikit},
    {"paper2", "two tiers of 1024, as in the paper; wants a GPU", paper2},
    {"paper3", "three tiers of 1024, as in the paper; wants a GPU", paper3},
};

const tb_settings tb_samplernn_settings = {"network", rows,
                                           sizeof rows / sizeof *rows, presets,
                                           sizeof presets / sizeof *presets};

/* ---- sizes for budgets ---- */

/* What they want is measured up to 256 units (train/budget.c); four times as
   many weights are taken to want three times as much sound. */
#define SIZE(hidden, head, frames, batch, rate)                                \
    {                                                                          \
        "hidden=" hidden, "head_size=" head, "frame_sizes=" frames,            \
            "training.window=512", "training.batch=" batch,                    \
            "training.learning_rate=" rate, NULL                               \
    }

static const char *const quick[] = SIZE("128", "64", "16,4,8", "8", "0.002");
static const char *const light[] = SIZE("128", "128", "16,4,16", "8", "0.002");
static const char *const full[] = SIZE("256", "128", "16,4,16", "16", "0.002");
static const char *const large[] = SIZE("512", "256", "16,4,16", "16", "0.001");

/* On music that sustains. After 6 minutes of one core the guess that adapts is
   0.21 bits behind, 0.63, and 3 of 8 examples are noise; the plain one with
   softer, stuck and piece is 0.48 behind, 0.44, 1 noise: tones that hold and
   step over a dark floor. After 30 minutes (256 units) that is 0.33 behind,
   0.41, with phrases, but two examples fade out and stay silent; the one that
   adapts is 0.06 behind, 0.48, and none does. */
static const char *const brief[] = {"adaptive_guess=0",   "smallest_scale=1",
                                    "past_noise=0.5",     "tell_noise=no",
                                    "training.softer=24", "training.stuck=0.5",
                                    "training.piece=2",   NULL};
static const char *const longer[] = {EXACT, NULL};

const tb_network_size tb_samplernn_sizes[] = {
    {"128 units with a small head", quick, 1, 0, 0, brief},
    {"128 units", light, 1.5, 0.5, 0, brief},
    {"256 units", full, 2.7, 1.25, 0, longer},
    {"512 units", large, 8, 4, 0, longer},
    {NULL, NULL, 0, 0, 0, NULL}};
