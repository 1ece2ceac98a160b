/* How much a sound quotes the recordings a network was trained on: stretches
   whose waveform is (nearly) that of a stretch of the corpus, at any level.

   Both are cut down to 8 to 16 kHz, and their highs raised. Moments that stand
   out (peaks) get a fingerprint of 64 comparisons between bands and between
   times (after J. Haitsma and T. Kalker, "A highly robust audio fingerprinting
   system", ISMIR 2002); pairs of like fingerprints are then held to account:
   the waveforms must correlate, at one lag and better than at those around it,
   and go on doing so. Steady tones, which are everywhere alike, never count. */
#ifndef TB_JUDGE_QUOTES_H
#define TB_JUDGE_QUOTES_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* An index of a corpus. One thread at a time while it is fed, any number of
   threads afterwards. */
typedef struct tb_quotes tb_quotes;

/* For a corpus of about `frames` mono samples. The index takes 17 to 34 kB
   for each second; where `max_bytes` (0: 1 GiB, 9 to 17 hours) does not hold
   that, it knows evenly spread stretches of 8 s only, and a quote seems no
   longer than the part of it that lies in one: tb_quotes_coverage tells. */
tb_quotes *tb_quotes_new(int64_t frames, double sample_rate, size_t max_bytes,
                         tb_error *error);
void tb_quotes_free(tb_quotes *quotes);

/* Adds the corpus block by block, in order. All that takes time happens here.
 */
tb_status tb_quotes_feed(tb_quotes *quotes, const float *mono, int64_t frames,
                         tb_error *error);

/* Ends the corpus: nothing can be fed any more. */
tb_status tb_quotes_finish(tb_quotes *quotes, tb_error *error);

/* The share of the corpus that the index knows, 0 to 1. */
double tb_quotes_coverage(const tb_quotes *quotes);

/* "; 40 % of your recordings searched", to follow what is said of quotes; empty
   where all are. */
void tb_quotes_coverage_words(double coverage, char *text, size_t size);

/* The shortest stretch that counts as a quote. */
#define TB_QUOTE_SECONDS 0.25

typedef struct tb_quote {
    double seconds;         /* 0: none */
    double example_seconds; /* where it starts in the example */
    double corpus_seconds;  /* where it starts in the corpus */
    double likeness;        /* correlation of the waveforms, 0.9 to 1 */
} tb_quote;

typedef struct tb_quotes_report {
    tb_quote longest;
    double share; /* of the example that quotes, 0 to 1 */
} tb_quotes_report;

/* Looks for quotes in n mono samples at the corpus's sample rate. The time it
   takes grows with the corpus, by about 1 s for 10 s of sound in 10 h. */
tb_status tb_quotes_find(const tb_quotes *quotes, const float *mono, int64_t n,
                         tb_quotes_report *report, tb_error *error);

/* The same; `quoted` [n] becomes 1 where a sample quotes, 0 elsewhere. */
tb_status tb_quotes_mark(const tb_quotes *quotes, const float *mono, int64_t n,
                         tb_quotes_report *report, uint8_t *quoted,
                         tb_error *error);

#endif
