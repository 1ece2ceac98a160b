/* All that is said of sounds that somebody made from a corpus: what became of
   each, what they quote, and how far what is new in them is from the corpus. */
#ifndef TB_JUDGE_JUDGE_H
#define TB_JUDGE_JUDGE_H

#include "base/task.h"
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
    int quoted_recording;    /* that of the longest one; or -1 */
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

/* Somebody who has listened to a corpus. One thread at a time. */
typedef struct tb_listener tb_listener;

/* Listens to a corpus, which must outlive it, so that sounds of about
   `sound_seconds` can be scored: all of them together, or each, if their takes
   shall not run from one into the next. `quotes` (null: its own) is an index of
   the same recordings at the same rate that is finished and outlives it. `task`
   (null: none) is asked now and then whether to stop. Null, too, then. */
tb_listener *tb_listener_new(const tb_recordings *corpus, tb_quotes *quotes,
                             double sound_seconds,
                             const tb_score_settings *settings, tb_task *task,
                             tb_error *error);
void tb_listener_free(tb_listener *listener);

/* Judges `count` sounds. The caller clears the judgement. */
tb_status tb_listener_judge(tb_listener *listener,
                            const tb_judged_sound *sounds, int count,
                            tb_judgement *judgement, tb_error *error);

/* The same at once. */
tb_status tb_judge(const tb_recordings *corpus, const tb_judged_sound *sounds,
                   int count, const tb_score_settings *settings,
                   tb_judgement *judgement, tb_error *error);
void tb_judgement_clear(tb_judgement *judgement);

#endif
