/* Sound as frames of spectra, for networks that foresee one frame after the
   other: what FreqNet and others of its kind have in common. Their
   configurations begin with a tb_spectral_frames, so that one pointer is to
   both.

   A frame is a vector of n real numbers. First there are levels: for each bin,
   or band of a mel scale, the magnitude itself or how loud it is; those of both
   channels lie next to each other, so that neighbours in a frame are
   neighbours in pitch. These become symbols, near 0 and with deviations near 1:
   each by itself, or all together as the principal components of what the first
   step of a training hears. Magnitudes are those that a transform of a window
   of ones would have, times 1/2: of a full-scale sine fft_size / 4, as
   in librosa with a Hann window.

   With the head "codes" a frame is not these numbers but K codes for them
   (models/spectral_codes.h); networks read the numbers that the codes stand
   for. */
#ifndef TB_MODELS_SPECTRAL_FRAMES_H
#define TB_MODELS_SPECTRAL_FRAMES_H

#include "models/instrument.h"
#include "nn/layers.h"

typedef enum tb_spectral_scale {
    TB_SCALE_MAGNITUDE,
    TB_SCALE_LOG, /* ln(1 + magnitude / floor), 0 in silence */
    TB_SCALE_MEL  /* the same of bands */
} tb_spectral_scale;

/* What a network says: the frame itself, one of several vectors of normal
   numbers, or codes. */
typedef enum tb_spectral_head_kind {
    TB_HEAD_PLAIN,
    TB_HEAD_NORMALS,
    TB_HEAD_CODES
} tb_spectral_head_kind;

typedef struct tb_spectral_frames {
    double sample_rate; /* Hz */
    int channels, fft_size, hop;
    int fft_window, scale; /* tb_window_kind, tb_spectral_scale */
    int bands;             /* of TB_SCALE_MEL */
    double floor;          /* dB below full scale */
    bool normalise;
    int components;       /* principal ones; 0: every level by itself */
    int head;             /* tb_spectral_head_kind */
    int plain_activation; /* of TB_HEAD_PLAIN: tb_activation_names */
    int choices, groups;
    double least_deviation;
    bool residual; /* what it says is added to the last frame */
    int codes, code_levels;
    bool left_out;     /* noise takes the place of what frames leave out */
    double past_noise; /* deviation of what is added to what it learns from;
                          of codes the largest part that is replaced */
} tb_spectral_frames;

extern const char *const tb_spectral_windows[], *const tb_spectral_scales[],
                                                    *const tb_spectral_heads[];

/* Rows for it, the first of a configuration's. */
#define TB_SPECTRAL_FRAMES_ROWS                                                \
    TB_SETTING_FLOAT(tb_spectral_frames, sample_rate, "22050", 1000, 192000,   \
                     "Hz", "Sample rate that the network hears and speaks."),  \
        TB_SETTING_INT(tb_spectral_frames, channels, "1", 1, 2, NULL,          \
                       "1: mono, 2: stereo."),                                 \
        TB_SETTING_INT(tb_spectral_frames, fft_size, "2048", 4, 65536,         \
                       "samples", "Sound that one frame looks at."),           \
        TB_SETTING_INT(tb_spectral_frames, hop, "512", 1, 32768, "samples",    \
                       "From frame to frame; half of fft_size at most."),      \
        TB_SETTING_CHOICE(tb_spectral_frames, fft_window, "bell",              \
                          tb_spectral_windows, "Window of the spectra."),      \
        TB_SETTING_CHOICE(tb_spectral_frames, scale, "log",                    \
                          tb_spectral_scales,                                  \
                          "What a frame holds: magnitudes, how loud they "     \
                          "are, or how loud mel bands are."),                  \
        TB_SETTING_INT(tb_spectral_frames, bands, "128", 1, 4096, NULL,        \
                       "Mel bands, if scale is mel."),                         \
        TB_SETTING_FLOAT(tb_spectral_frames, floor, "-80", -140, -10, "dB",    \
                         "What is quieter than this is told apart less; "      \
                         "unless scale is magnitude."),                        \
        TB_SETTING_BOOL(tb_spectral_frames, normalise, "yes",                  \
                        "The network hears how far levels are from their "     \
                        "mean in the recordings."),                            \
        TB_SETTING_INT(tb_spectral_frames, components, "0", 0, 4096, NULL,     \
                       "The network hears so many principal components of "    \
                       "a frame (0: all that it holds)."),                     \
        TB_SETTING_CHOICE(tb_spectral_frames, head, "normals",                 \
                          tb_spectral_heads,                                   \
                          "The next frame is said outright (plain), chosen "   \
                          "by chance (normals), or put together by chance "    \
                          "from what the recordings are made of (codes)."),    \
        TB_SETTING_CHOICE(tb_spectral_frames, plain_activation, "none",        \
                          tb_activation_names,                                 \
                          "With plain: the activation of what is said (abs: "  \
                          "no magnitude is negative)."),                       \
        TB_SETTING_INT(tb_spectral_frames, codes, "4", 1, 16, NULL,            \
                       "With codes: so many make a frame, each finer than "    \
                       "the one before."),                                     \
        TB_SETTING_INT(tb_spectral_frames, code_levels, "256", 2, 4096, NULL,  \
                       "With codes: so many there are of each."),              \
        TB_SETTING_BOOL(tb_spectral_frames, left_out, "no",                    \
                        "What components and codes leave out of a frame is "   \
                        "measured, and noise as loud takes its place."),       \
        TB_SETTING_INT(tb_spectral_frames, choices, "4", 1, 64, NULL,          \
                       "Vectors that each group of a frame is chosen "         \
                       "from."),                                               \
        TB_SETTING_INT(tb_spectral_frames, groups, "1", 1, 65536, NULL,        \
                       "Groups of a frame that are chosen by themselves."),    \
        TB_SETTING_FLOAT(tb_spectral_frames, least_deviation, "0.05", 1e-4, 1, \
                         NULL, "The least that is left to chance."),           \
        TB_SETTING_BOOL(tb_spectral_frames, residual, "yes",                   \
                        "The network says what changes from frame to "         \
                        "frame."),                                             \
        TB_SETTING_FLOAT(                                                      \
            tb_spectral_frames, past_noise, "0", 0, 2, NULL,                   \
            "Noise in what it hears while it learns (with codes: "             \
            "up to this part of them is any other): it gets "                  \
            "used to its own mistakes.")

/* What tb_instrument and tb_network ask of such a configuration. Sound real
   [rows, channels, frames] becomes symbols real [rows, n, frames / hop], or
   codes i64 [rows, frames / hop, K]; frame j of them ends with sample (j + 1) *
   hop.
 */
tb_status tb_spectral_check(const void *config, tb_error *error);
tb_sound_format tb_spectral_format(const void *config);
tb_symbols tb_spectral_symbols(const void *config);
const char *tb_spectral_differ(const void *a, const void *b);
tb_value *tb_spectral_encode(tb_builder *b, tb_value *sound);
tb_value *tb_spectral_decode(tb_builder *b, tb_value *symbols,
                             const tb_prime *prime);
void tb_spectral_init(const void *config, tb_params *params, uint64_t seed);
tb_status tb_spectral_measure(const void *config, tb_params *params,
                              const double *x, int64_t n, uint64_t seed,
                              tb_error *error);
extern const tb_buffer_row tb_spectral_buffers[];

/* What tables of such networks have in common. */
#define TB_SPECTRAL_NETWORK                                                    \
    .symbols = tb_spectral_symbols, .symbols_differ = tb_spectral_differ,      \
    .encode = tb_spectral_encode, .measure = tb_spectral_measure,              \
    .decode = tb_spectral_decode, .primes = true

/* Numbers of a frame that a network reads. */
int64_t tb_spectral_numbers(const tb_spectral_frames *how);

/* Frames whose windows begin before what learning hears begins: the context of
   a network consists of these and of what it looks back on. */
int64_t tb_spectral_incomplete(const tb_spectral_frames *how);

/* The frame before each one that is to be foreseen, and `spare` more that lie
   before these: [rows, n, spare + frames] of symbols whose first `context`
   frames are only heard. spare is at most context - 1, and 0 in a stream. Null
   of codes, which nothing is added to. */
tb_value *tb_spectral_past(tb_value *symbols, int64_t context, int64_t spare);

/* Symbols as a network should read them, real [rows, n, frames]: in learning
   with noise. */
tb_value *tb_spectral_noisy(tb_builder *b, tb_value *x);

/* Those frames as a network should read them. */
tb_value *tb_spectral_heard(tb_builder *b, tb_value *symbols, int64_t context,
                            int64_t spare);

/* The head "head": what the network found, [rows, frames, any], and the frame
   before, as tb_spectral_past with spare 0, to what comes next. */
tb_distribution tb_spectral_head(const tb_spectral_frames *how, tb_value *found,
                                 tb_value *last);

#endif
