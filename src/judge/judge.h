/* All that is said of sounds that somebody made from a corpus: what became of
   each, what they quote, and how far what is new in them is from the corpus. */
#ifndef TB_JUDGE_JUDGE_H
#define TB_JUDGE_JUDGE_H

#include "corpus/cache.h"
#include "judge/quotes.h"
#include "judge/replays.h"
#include "judge/score.h"
#include "judge/tags.h"

/* A sound, mono at the corpus's rate. */
typedef struct tb_judged_sound {
    const float *mono;
    int64_t frames;
} tb_judged_sound;

typedef struct tb_verdict {
    tb_tag_report tag;
    tb_quotes_report quotes; /* waveforms */
    int quoted_file;         /* that of the longest one; or -1 */
    double quoted_seconds;   /* where that starts in it */
    tb_replay passage;       /* the same in spectra */
    double quoted;           /* share that is one or the other, 0 to 1 */
} tb_verdict;

typedef struct tb_judgement {
    tb_verdict *verdicts; /* [count] */
    int count;
    double quoted;  /* share of all sounds, 0 to 1 */
    double covered; /* share of the corpus that was searched for quotes */
    bool copy;      /* less than half is new: nothing is scored */
    /* Bits per sample that linear prediction from the past alone needs, in 256
       mu-law levels at one loudness: for the sounds and for the corpus. */
    double foreseen, corpus_foreseen;
    bool split; /* parts of one recording stood for several */
    tb_scored scored;
} tb_judgement;

/* Judges `count` sounds against all recordings of a mono cache. The caller
   clears the judgement. */
tb_status tb_judge(const tb_cache *cache, const tb_judged_sound *sounds,
                   int count, const tb_score_settings *settings,
                   tb_judgement *judgement, tb_error *error);
void tb_judgement_clear(tb_judgement *judgement);

#endif
