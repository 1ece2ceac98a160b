/* At what level a network heard its recordings: a prompt must come at one that
   it knows. Kept in checkpoints as two entries of their metadata,

     level   dB, how loud what it learned from was to it (dsp/loudness.h)
     gains   lines "hash=gain", what each recording was multiplied by; the hash
             is that of the file's bytes

   where old checkpoints have none. */
#ifndef TB_MODELS_KNOWN_LEVEL_H
#define TB_MODELS_KNOWN_LEVEL_H

#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct tb_known_gain {
    uint64_t hash;
    double gain;
} tb_known_gain;

/* Recordings whose gains are kept; the others count as any sound. */
enum { TB_KNOWN_GAINS = 4096 };

typedef struct tb_known_level {
    bool known;   /* false: nothing is */
    double level; /* dB */
    int count;
    tb_known_gain *gains; /* [count] */
} tb_known_level;

/* From the entries of a checkpoint, each of which may be null. What is damaged
   is left out. The caller clears it. */
tb_status tb_known_level_read(tb_known_level *known, const char *level,
                              const char *gains, tb_error *error);
void tb_known_level_clear(tb_known_level *known);

/* The entry "gains", to be freed with tb_free; null without memory. */
char *tb_known_level_gains(const tb_known_level *known);

/* What a recording was multiplied by; 0: it is not among them. */
double tb_known_level_gain(const tb_known_level *known, uint64_t hash);

/* What brings sound of `loudness` (dB) and peak to the level that is known:
   never so far that it goes beyond full level, nor more than 40 dB. 1 where
   nothing is known or all is silent. */
double tb_known_level_bring(const tb_known_level *known, double loudness,
                            double peak);

#endif
