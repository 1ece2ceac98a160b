/* What a long sound is like from moment to moment, as rows of numbers that can
   be compared: chosen descriptors (dsp/describe.h), heard as it goes by. */
#ifndef TB_DSP_FEATURES_H
#define TB_DSP_FEATURES_H

#include "base/status.h"

#include <stdint.h>

/* Each is a group of columns; a set is a sum of these. */
enum {
    TB_FEATURE_TIMBRE = 1,     /* MFCC 1 to 12 */
    TB_FEATURE_HARMONY = 2,    /* how strong each of the twelve notes is */
    TB_FEATURE_LOUDNESS = 4,   /* dB */
    TB_FEATURE_BRIGHTNESS = 8, /* centroid, octaves */
    TB_FEATURE_NOISE = 16,     /* flatness, logarithm */
    TB_FEATURE_PITCH = 32 /* octaves, times its strength; and its strength */
};

/* Their names, in the order of their bits, ending with null. */
extern const char *const tb_feature_names[];

/* Reads "timbre,loudness". */
tb_status tb_features_parse(const char *names, unsigned *set, tb_error *error);

typedef struct tb_features tb_features;

tb_features *tb_features_new(double sample_rate, unsigned set, tb_error *error);
void tb_features_free(tb_features *features);

/* The next n samples of a mono sound; then, once, the end. */
tb_status tb_features_feed(tb_features *features, const float *x, int64_t n,
                           tb_error *error);
tb_status tb_features_finish(tb_features *features, tb_error *error);

/* Rows, [frames, width]: row j is of the window around sample j * hop + size/2.
 */
typedef struct tb_feature_rows {
    const float *rows;
    const float *loudness; /* [frames], dB, whatever the set */
    int64_t frames, hop, size;
    int width;
} tb_feature_rows;
tb_feature_rows tb_features_rows(const tb_features *features);

int tb_feature_width(unsigned set);

/* Brings the columns of a set, in n rows that are `stride` numbers apart, to
   mean 0, and each group of columns as a whole to deviation `weight`, in place:
   so that groups weigh the same, and within a group what differs most. A group
   that never changes becomes 0. */
void tb_features_standardise(float *rows, int64_t n, int stride, unsigned set,
                             double weight);

#endif
