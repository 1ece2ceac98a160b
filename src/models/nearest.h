/* Nearest neighbour: no network learns here. It keeps the recordings and goes
   on with that passage of them before which they sounded most like what was
   just heard; where a passage ends it looks for the next one.

   Likeness is the root mean square difference, in dB, of the mel bands of the
   last `match` seconds, frame by frame (subsequence matching); the end of what
   was heard and the passage are then shifted against each other, by half a
   frame at most, until their waves agree best, and crossfaded. Bands are made
   once, when the recordings are gathered. A search compares 24 bands of some
   nine frames with every frame (43 a second) of the recordings: about 10000
   products for each second of them, spread over the passage that is playing.

   A place becomes less likely with each time that it is played, by `fresh` dB,
   and what is playing is never followed by itself: unless `fresh` is 0 nothing
   circles for ever, also at temperature 0. */
#ifndef TB_MODELS_NEAREST_H
#define TB_MODELS_NEAREST_H

#include "models/instrument.h"

#include "dsp/mel.h"
#include "dsp/spectrum.h"

enum { TB_NEAREST_BANDS = 24, TB_NEAREST_AMONG = 16 };

typedef struct tb_nearest {
    double sample_rate;
    int channels;
    double match, passage, fade; /* seconds */
    int among;
    double fresh; /* dB */
    int room;     /* frames that are kept, whole hops; 0: none yet */
} tb_nearest;

extern const tb_settings tb_nearest_settings;
extern const tb_native tb_nearest_native; /* nearest_voice.c */
extern const tb_instrument tb_nearest_instrument;

/* Samples of a spectrum, and from one to the next. */
TB_REALTIME int tb_nearest_size(const tb_nearest *config);
TB_REALTIME int tb_nearest_hop(const tb_nearest *config);

/* What bands are made with; one thread at a time. */
typedef struct tb_nearest_ear {
    tb_spectrum *spectrum;
    tb_mel *mel;
    float *power; /* [bins] */
} tb_nearest_ear;

tb_status tb_nearest_ear_init(tb_nearest_ear *ear, const tb_nearest *config,
                              tb_error *error);
void tb_nearest_ear_clear(tb_nearest_ear *ear);

/* The bands, in dB, of the tb_nearest_size samples from x[start] on; those
   outside 0..n-1 are silent. bands: [TB_NEAREST_BANDS] */
TB_REALTIME void tb_nearest_hear(tb_nearest_ear *ear, const float *x, int64_t n,
                                 int64_t start, float *bands);

#endif
