/* Sound as levels of samples, for networks that foresee one sample after the
   other: what SampleRNN and WaveNet have in common. Channels are interleaved,
   left first. Their configurations begin with a tb_sample_levels, so that one
   pointer is to both. */
#ifndef TB_MODELS_SAMPLE_LEVELS_H
#define TB_MODELS_SAMPLE_LEVELS_H

#include "models/instrument.h"
#include "nn/layers.h"

typedef struct tb_sample_levels {
    double sample_rate; /* Hz */
    int channels, levels;
    double mulaw; /* compression, as in dsp/mulaw.h */
} tb_sample_levels;

/* Rows for it, the first of a configuration's. */
#define TB_SAMPLE_LEVELS_ROWS                                                  \
    TB_SETTING_FLOAT(tb_sample_levels, sample_rate, "16000", 1000, 192000,     \
                     "Hz", "Sample rate that the network hears and speaks."),  \
        TB_SETTING_INT(tb_sample_levels, channels, "1", 1, 2, NULL,            \
                       "1: mono, 2: stereo."),                                 \
        TB_SETTING_INT(tb_sample_levels, levels, "256", 2, 4096, NULL,         \
                       "Levels that a sample can have."),                      \
        TB_SETTING_FLOAT(                                                      \
            tb_sample_levels, mulaw, "1", 0, 100, NULL,                        \
            "How much finer quiet levels are (1: mu-law, 0: even).")

/* What tb_instrument and tb_network ask of such a configuration: sound real
   [rows, channels, frames] becomes levels i64 [rows, frames * channels]. */
tb_sound_format tb_sample_format(const void *config);
tb_symbols tb_sample_symbols(const void *config);
double tb_sample_mulaw(const void *config);
tb_value *tb_sample_encode(tb_builder *b, tb_value *sound);
tb_value *tb_sample_decode(tb_builder *b, tb_value *levels,
                           const tb_prime *prime);

/* Numbers from -2 to 2, 0 in silence: real [rows, 1, frames]. */
tb_value *tb_sample_numbers(tb_value *levels, const tb_sample_levels *how);

/* Vectors of the parameter `name` [levels, size], measured from that of
   silence: [rows, size, frames]. */
tb_value *tb_sample_vectors(tb_value *levels, const char *name, int64_t size,
                            const tb_sample_levels *how);

/* Logits [rows, frames, levels] by the head that is called "head". With a
   learned temperature the network divides them by one that it chooses, at least
   `lowest`. */
tb_value *tb_sample_logits(tb_value *x, const tb_mlp *head, int64_t levels,
                           bool learned_temperature, double lowest);

/* Each frame of x [rows, frames, n] becomes `factor` frames of `size` numbers,
   by a linear layer. */
tb_value *tb_frames_to_samples(tb_value *x, const char *name, int64_t factor,
                               int64_t size, unsigned flags);

#endif
