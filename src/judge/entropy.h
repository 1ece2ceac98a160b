/* How much there is to learn in quantised sound: the bits per sample that two
   simple readers need.

   The first reader (order 0) knows only how often each level occurs; the second
   (bigram) also which level follows which. With counts n and Q levels they
   expect

       p(b)     = (n(b) + 1/2) / (n + Q/2)                       [KT]
       p(b | a) = (n(ab) + T(a) p(b)) / (n(a) + T(a))            [WB]

   where T(a) is the number of different levels that have followed a. Sources:
   R. Krichevsky and V. Trofimov, "The performance of universal encoding", 1981;
   I. Witten and T. Bell, "The zero-frequency problem", 1991 (method C, mixed
   with order 0). Both start from knowing nothing, so little material does not
   look better known than it is. */
#ifndef TB_JUDGE_ENTROPY_H
#define TB_JUDGE_ENTROPY_H

#include "base/status.h"
#include "corpus/cache.h"
#include "corpus/holdout.h"
#include "dsp/mulaw.h"
#include <stdint.h>

/* Pairs of levels are counted in a table; of more levels only order 0 is
   known. */
#define TB_ENTROPY_MOST_LEVELS 4096

typedef struct tb_entropy tb_entropy;

/* Null with fewer than 2 or more than 65536 levels, or without memory. */
tb_entropy *tb_entropy_new(int levels, tb_error *error);
void tb_entropy_free(tb_entropy *entropy);

/* The next sample follows none. */
void tb_entropy_restart(tb_entropy *entropy);

/* Counts `levels` [n], which go on from the last call. */
void tb_entropy_learn(tb_entropy *entropy, const int32_t *levels, int64_t n);

/* Adds the bits that `levels` need from the counts as they stand. */
void tb_entropy_measure(tb_entropy *entropy, const int32_t *levels, int64_t n);

/* Measures each sample, then counts it: what the readers need who learn as they
   read. For material of which nothing is held out. */
void tb_entropy_code(tb_entropy *entropy, const int32_t *levels, int64_t n);

typedef struct tb_entropy_bits {
    double order0, bigram; /* bits per sample; NaN: pairs are not counted */
    int64_t samples;       /* that were measured */
} tb_entropy_bits;

tb_entropy_bits tb_entropy_get(const tb_entropy *entropy);

/* The bits of a corpus: learned from the training regions and measured on the
   held-out ones, or read and learned at once where nothing is held out. Of long
   material, `most_frames` frames spread over it are enough (0: all). Channels
   are read one after another. */
tb_status tb_entropy_of_corpus(const tb_cache *cache, const tb_holdout *holdout,
                               const tb_mulaw *law, int64_t most_frames,
                               tb_entropy_bits *bits, tb_error *error);

#endif
