/* What linear prediction that adapts to the past needs for held-out sound, in
   bits per sample: the yardstick for networks that have heard the same past in
   the same alphabet. Levels decide bits (12 dB softer is up to two less), so
   only differences on the same samples mean something. */
#ifndef TB_JUDGE_FORESIGHT_H
#define TB_JUDGE_FORESIGHT_H

#include "corpus/cache.h"
#include "corpus/holdout.h"
#include "dsp/linear_prediction.h"
#include "dsp/mulaw.h"

/* A predictor that hears and is asked in the levels of a law. */
typedef struct tb_foresight tb_foresight;

/* `settings` may be null. */
tb_foresight *tb_foresight_new(const tb_mulaw *law,
                               const tb_lp_settings *settings, tb_error *error);
void tb_foresight_free(tb_foresight *foresight);

/* What comes next follows nothing. */
void tb_foresight_restart(tb_foresight *foresight);

/* Hears samples that are not measured: the past of those that are. */
void tb_foresight_hear(tb_foresight *foresight, const float *mono, int64_t n);

/* Hears samples and adds the bits that each needed. */
void tb_foresight_measure(tb_foresight *foresight, const float *mono,
                          int64_t n);

/* Forgets what was measured, too. */
void tb_foresight_forget(tb_foresight *foresight);

typedef struct tb_foresight_bits {
    double bits;   /* per sample, in the law's levels */
    double coarse; /* the same distributions summed into 256 mu-law levels */
    int64_t samples;
} tb_foresight_bits;

tb_foresight_bits tb_foresight_get(const tb_foresight *foresight);

/* Every held-out sample of a corpus, channel by channel. A region's past is the
   part of its recording before it, `past_seconds` of it at most; where nothing
   is held out all that is learned from is measured as it comes, of which
   `most_frames` spread over it are enough (0: all). */
tb_status tb_foresight_of_corpus(const tb_cache *cache,
                                 const tb_holdout *holdout, const tb_mulaw *law,
                                 const tb_lp_settings *settings,
                                 double past_seconds, int64_t most_frames,
                                 tb_foresight_bits *bits, tb_error *error);

#endif
