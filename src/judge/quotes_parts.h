/* The parts of looking for quotes. Private to it. */
#ifndef TB_JUDGE_QUOTES_PARTS_H
#define TB_JUDGE_QUOTES_PARTS_H

#include "dsp/spectrum.h"
#include "judge/quotes.h"

/* ---- signals ---- */

/* Low-pass and thinning out by a whole number of steps. */
typedef struct tb_thinner {
    int step, taps;
    float *lowpass; /* [taps] */
} tb_thinner;

tb_status tb_thinner_init(tb_thinner *thinner, double sample_rate,
                          tb_error *error);
void tb_thinner_clear(tb_thinner *thinner);

/* The low-passed sample around x[t] of n, those outside being zero. */
float tb_thinner_at(const tb_thinner *thinner, const float *x, int64_t n,
                    int64_t t);

/* Highs count for the ear more than their energy tells, and tell more: what is
   compared is the difference between neighbouring samples. */
#define TB_QUOTES_EMPHASIS 1.0f

/* ---- fingerprints ---- */

enum {
    TB_PRINT_WINDOW = 512,
    /* A fingerprint looks this far to both sides. */
    TB_PRINT_REACH = 512,
    TB_PRINT_BLOCK = 1 << 16
};

typedef struct tb_prints {
    int64_t count, capacity;
    uint32_t *position; /* of the moment, in thinned samples */
    uint64_t *print;
} tb_prints;

void tb_prints_clear(tb_prints *prints);

/* Adds the fingerprints of n thinned, emphasised samples, whose first has the
   position `origin`. */
tb_status tb_prints_add(tb_prints *prints, const float *x, int64_t n,
                        int64_t origin, double sample_rate, tb_error *error);

/* ---- the index ---- */

/* What is known without a gap: thinned samples first..first+count-1 are the
   corpus from the frame `frame` on. */
typedef struct tb_quotes_run {
    int64_t first, count, frame;
} tb_quotes_run;

struct tb_quotes {
    double sample_rate, thin_rate;
    tb_thinner thinner;
    int64_t fed;          /* frames */
    int64_t keep, period; /* of each `period` frames the first `keep` */
    float *pending;       /* [pending_capacity] frames waiting for the filter */
    int64_t pending_count, pending_capacity;
    int64_t pending_frame; /* the corpus's frame that pending[0] is */
    int64_t next;          /* frame of the next thinned sample */
    float last;            /* the thinned sample before */
    int16_t *samples;      /* [count], emphasised */
    int64_t count, capacity;
    tb_quotes_run *runs;
    int64_t run_count, run_capacity;
    tb_prints prints;
    float *block;    /* [TB_PRINT_BLOCK] */
    int64_t printed; /* thinned samples of the last run that are done with */
};

/* Thinned samples first..first+n-1 as they were. */
void tb_quotes_read(const tb_quotes *quotes, int64_t first, int64_t n,
                    float *out);

/* The run that holds a thinned sample. */
const tb_quotes_run *tb_quotes_run_of(const tb_quotes *quotes, int64_t sample);

#endif
