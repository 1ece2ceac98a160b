/* Small changes of the material each time that it is heard, for those who have
   little of it. All are off when the settings are zero. What happens to a piece
   depends on (seed, epoch, the piece's number in that epoch) alone. */
#ifndef TB_CORPUS_AUGMENT_H
#define TB_CORPUS_AUGMENT_H

#include "corpus/standstill.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct tb_augment_settings {
    double gain_db;   /* louder or softer by up to this */
    double softer_db; /* softer alone, by up to this */
    double semitones; /* faster and higher, or slower and lower, by up to this;
                         at most 24 */
    double reverse;   /* probability to run backwards */
    double mix;       /* probability that another piece sounds too */
    double mix_level; /* of that other piece, as a factor */
    double noise;     /* deviation of the noise that is added, 1: full scale */
    double phase;     /* probability that phases turn around a frequency */
    double compress;  /* probability that levels are drawn together or apart */
    double mute;      /* probability to be silent */
    double stuck;     /* probability to begin after a standstill; what does not
                         begins after silence. 0: after what lies before */
    int dequantise;   /* bits, of whose last one noise fills half a step to each
                         side; 0: none */
    double sample_rate; /* Hz, for phases and levels */
} tb_augment_settings;

/* What was drawn for one piece. */
typedef struct tb_augment {
    double speed; /* frames of the material for each frame that is heard */
    float gain, mix_gain, noise;
    bool reversed, mixed, muted;
    bool turns_phases, compressed;
    tb_standstill before; /* in place of its first frames and earlier ones */
    double phase_cosine;  /* of the frequency, in radians a frame */
    double middle_level;  /* dB, that -40 dB becomes */
    int64_t level_frames; /* that a level is measured over */
    float step;           /* of dequantising, 1: full scale; 0: none */
    uint64_t mix_with;    /* random bits that choose the other piece */
    uint64_t noise_seed;
} tb_augment;

/* Draws. Without settings (null, or all zero) nothing changes. */
tb_augment tb_augment_draw(const tb_augment_settings *settings, uint64_t seed,
                           int64_t epoch, uint32_t number);

/* Material: `read` writes `frames` frames from `start` on, [frames, channels],
   silence where there is nothing. */
typedef struct tb_material {
    void (*read)(void *context, int64_t start, int64_t frames, float *out);
    void *context;
} tb_material;

typedef struct tb_augmenter tb_augmenter;

/* For reading up to `most_frames` at a time. Null when there is no memory. */
tb_augmenter *tb_augmenter_new(int channels, int64_t most_frames);
void tb_augmenter_free(tb_augmenter *augmenter);

/* Writes frames `at` to `at + frames` of a piece as it is heard: `out` [frames,
   channels]. The piece's frame t is frame start + t * speed of the material;
   reversed, frame start + (length - 1 - t) * speed, where `length` is the
   number of frames of the piece as it is heard. `at` may be negative. Each
   frame has the same bits however a piece is divided into reads. `other` sounds
   along from its frame 0 when the draw says so (null: never). */
void tb_augmenter_read(tb_augmenter *augmenter, const tb_augment *draw,
                       const tb_material *material, int64_t start,
                       int64_t length, const tb_material *other, int64_t at,
                       int64_t frames, float *out);

#endif
