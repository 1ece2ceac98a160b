/* Passages of a corpus that a sound plays again without sharing a waveform, as
   networks do that speak in spectra: the same course of levels in bands of two
   semitones, up to 2 semitones higher or lower and at half to twice the speed.

   The sound is read in excerpts of 2 s each half second. The course of an
   excerpt is its levels (12 moments, 160 ms apart) without each band's mean, so
   that steady tones, which are everywhere alike, say nothing; it is correlated
   with all of the corpus at 21 speeds and 5 transpositions. The likest places
   are compared once more without each moment's mean, too, and with silence
   counting for nothing: whatever sounds between pauses is alike in its pauses
   and attacks. What counts is how much likelier a place is than the corpus's
   own recordings are to each other: music in one style and one tempo is alike.
   Only two excerpts or more that follow one another in the same passage are a
   quote; one between them may be none. */
#ifndef TB_JUDGE_REPLAYS_H
#define TB_JUDGE_REPLAYS_H

#include "base/pool.h"
#include "judge/takes.h"

typedef struct tb_replays tb_replays;

/* Listens to a corpus, of more than two hours to the beginning of each
   recording. Keeps no pointer to it, but `pool` (may be null) must outlive it.
   Null without memory, or at a sample rate below 4000 Hz. */
tb_replays *tb_replays_new(const tb_recordings *corpus, double sample_rate,
                           tb_pool *pool, tb_error *error);
void tb_replays_free(tb_replays *passages);

/* The correlation from which on a place counts. */
double tb_replays_threshold(const tb_replays *passages);

typedef struct tb_replay {
    double seconds; /* of the longest quote; 0: none */
    double sound_seconds;
    int recording; /* and where in it */
    double recording_seconds;
    int semitones; /* higher than the recording */
    double speed;  /* of the recording */
    double likeness;
    double share; /* of the sound that quotes, 0 to 1 */
} tb_replay;

/* Looks for passages in n mono samples; `quoted` [n] becomes 1 where one is
   quoted, and stays elsewhere. One thread at a time. */
tb_status tb_replays_mark(tb_replays *passages, const float *mono, int64_t n,
                          tb_replay *found, uint8_t *quoted, tb_error *error);

#endif
