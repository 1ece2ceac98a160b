/* What examples of a run consist of. Private to examples*.c. */
#ifndef TB_TRAIN_EXAMPLES_STATE_H
#define TB_TRAIN_EXAMPLES_STATE_H

#include "train/example_quotes.h"
#include "train/example_sounds.h"
#include "train/examples.h"
#include "train/stage_judge.h"

struct tb_examples {
    char *folder;
    tb_example_sounds sounds;
    tb_example_list list;
    tb_quote_finder *quotes; /* null: quotes are not looked for */
    tb_stage_list stages;
    tb_stage_judge *judge; /* null: not yet, or never */
    bool unjudgeable;      /* never */
    char *baseline;        /* where nearest neighbour is kept meanwhile */
    bool compared;         /* it has played, or cannot */
    float *mono;           /* of one example */
    double cost;
    bool pictures;
    double quoted_share, quoted_longest;
};

/* Frames at the start of a sound that the network did not make. */
int64_t tb_examples_own_frames(const tb_examples *examples);

/* Writes what was made of prompt and temperature i, filtered, with its picture,
   and adds it to the list. */
tb_status tb_examples_keep(tb_examples *examples, int i, int epoch,
                           int64_t frames, tb_error *error);

#endif
