/* A vote: several networks that speak one alphabet foresee the same symbol, and
   what is drawn is from the weighted mean of their distributions. Each hears
   what all have said and keeps its own memory. Weights may move while it
   plays, which those of a blend cannot: controls "weight_1", "weight_2"...

   It has no parameters of its own: its checkpoint names its members by path and
   hash. Their first encodes and decodes. */
#ifndef TB_MODELS_VOTE_H
#define TB_MODELS_VOTE_H

#include "models/checkpoint.h"

typedef struct tb_vote {
    char member_1[4096], member_2[4096], member_3[4096], member_4[4096],
        member_5[4096], member_6[4096], member_7[4096], member_8[4096];
    tb_float_list weights; /* at first: one for all, or one for each */

    /* What the members have, once they are open. */
    int count;
    int64_t context;
    tb_sound_format format;
    tb_symbols symbols;
    double mulaw;
} tb_vote;

extern const tb_instrument tb_vote_instrument;

/* A vote of checkpoints as they are typed (models/checkpoint_find.h), 1 to
   TB_MOST_BASES, with these weights (null: all 1). What does not fit is
   refused with the first difference. `checkpoint` is empty on failure. */
tb_status tb_vote_open(const char *const *names, const double *weights,
                       int count, tb_checkpoint *checkpoint, tb_error *error);

#endif
