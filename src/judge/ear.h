/* What the parts of a score are measured by: numbers that say of a take how its
   spectrum is shaped, whether its tones last, how it changes, how it sets in
   and how it comes back to what was there. Levels are in dB above a floor that
   lies 60 dB below the loudest band of a corpus, and what a band says counts as
   much as it is loud there: its mean power to the 0.3 (S. S. Stevens, "The
   measurement of loudness", 1955). */
#ifndef TB_JUDGE_EAR_H
#define TB_JUDGE_EAR_H

#include "base/status.h"

#include <stdint.h>

typedef enum tb_part {
    TB_PART_SHAPE,    /* of the long-term spectrum: bands, and pitches in it */
    TB_PART_TONALITY, /* spectral lines, and how long they last */
    TB_PART_CHANGE,   /* of the bands, over 64 ms to 1 s */
    TB_PART_ATTACKS,  /* modulation at 4 to 64 Hz, its direction, sudden ends */
    TB_PART_PHRASE,   /* likeness of moments 0.5 to 8 s apart */
    TB_PARTS
} tb_part;

/* "spectral shape", "lasting tones", ... */
const char *tb_part_name(tb_part part);

/* One word for programs: "shape", "tonality", "change", "attacks", "phrase". */
const char *tb_part_key(tb_part part);

enum {
    TB_EAR_BANDS = 24,     /* mel bands of shape, change and phrase */
    TB_EAR_QUICK = 10,     /* of attacks */
    TB_EAR_REGISTERS = 4,  /* parts of the quarter tones, from low to high */
    TB_EAR_LASTS = 4,      /* lags over which tones may last */
    TB_EAR_LAGS = 5,       /* over which bands may change */
    TB_EAR_THIRDS = 3,     /* of the mel bands */
    TB_EAR_QUANTILES = 3,  /* of the change */
    TB_EAR_MODULATIONS = 4 /* octaves from 4 to 64 Hz */
};

/* All that is measured of one take. The first dimension of a part's blocks is
   given by their names. */
typedef struct tb_traits {
    float bands[TB_EAR_BANDS];       /* long-term power, dB */
    float pitches[TB_EAR_REGISTERS]; /* log2 of how it stands out, dB */
    float lasting[TB_EAR_REGISTERS][TB_EAR_LASTS]; /* correlations */
    float lines[TB_EAR_REGISTERS]; /* log2 of the same at each moment */
    float breaks;                  /* the correlation where least lasts */
    float change[TB_EAR_THIRDS][TB_EAR_LAGS][TB_EAR_QUANTILES]; /* log2 dB */
    float modulation[TB_EAR_MODULATIONS][TB_EAR_QUICK];         /* log2 */
    float asymmetry[TB_EAR_QUICK]; /* cube root of rises' and falls' skewness */
    float peakiness[TB_EAR_QUICK]; /* log2 of their kurtosis */
    float sudden[2];               /* log2: quickest fall, and jump, in dB */
    float drift[3];                /* log2: far moments against near ones */
    float returns[3];              /* log2: the likest second against others */
    float novelty[3][2]; /* log2: the greatest break, and its excess */
} tb_traits;

enum { TB_TRAITS = sizeof(tb_traits) / sizeof(float) };

/* Blocks of traits that count alike within their part. */
typedef struct tb_trait_block {
    tb_part part;
    int first, count; /* of the traits as an array */
} tb_trait_block;

enum { TB_TRAIT_BLOCKS = 12 };
extern const tb_trait_block tb_trait_blocks[TB_TRAIT_BLOCKS];

typedef struct tb_ear tb_ear;

/* For takes of `frames` samples at `sample_rate`, from 2000 Hz on. One thread
   at a time. */
tb_ear *tb_ear_new(double sample_rate, int64_t frames, tb_error *error);
void tb_ear_free(tb_ear *ear);

/* Adds a take of the corpus to what decides floors and weights; then settles
   them. */
void tb_ear_learn(tb_ear *ear, const float *take);
void tb_ear_settle(tb_ear *ear);

/* The weights of the traits, [TB_TRAITS]; those of a block sum to 1. */
const float *tb_ear_weights(const tb_ear *ear);

/* The corpus's mean power spectrum, [size / 2 + 1], in which a full-scale sine
   peaks at 1. */
const double *tb_ear_spectrum(const tb_ear *ear, int *size);

/* Measures one take. */
void tb_ear_measure(tb_ear *ear, const float *take, tb_traits *traits);

/* A likeness of the settled ear for another thread; null without memory. */
tb_ear *tb_ear_copy(const tb_ear *ear, tb_error *error);

#endif
