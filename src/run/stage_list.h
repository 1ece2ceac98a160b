/* What the examples of a run's epochs were judged to be, kept in
   examples/stages.json. */
#ifndef TB_RUN_STAGE_LIST_H
#define TB_RUN_STAGE_LIST_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* All examples of an epoch together; epoch 0: of nearest neighbour, which is
   held against the others and never counted. NaN: not known. */
typedef struct tb_stage {
    int epoch, sounds;
    double score;               /* 0: the recordings, 1: noise */
    double real_low, real_high; /* where most of the recordings' own lie */
    double quoted;              /* share of their length, 0 to 1 */
    double longest;             /* quote, in seconds */
    double variety; /* how far they lie apart; 1: as recordings do */
    double silent, standing, noise, full_level; /* shares of the sounds */
    bool copy;     /* less than half is new: no score */
    char why[160]; /* there is none, in words; or empty */
} tb_stage;

/* Room for tb_stage_words. */
enum { TB_STAGE_WORDS = 192 };

/* Rising epochs. All zero is an empty list. */
typedef struct tb_stage_list {
    tb_stage *stages; /* [count] */
    int count, room;
} tb_stage_list;

/* Reads a run's list; without such a file it is empty. The caller clears it,
   also after a failure. */
tb_status tb_stage_list_read(const char *folder, tb_stage_list *list,
                             tb_error *error);
tb_status tb_stage_list_write(const char *folder, const tb_stage_list *list,
                              tb_error *error);
void tb_stage_list_clear(tb_stage_list *list);

/* In place of one of the same epoch. */
tb_status tb_stage_list_add(tb_stage_list *list, const tb_stage *stage,
                            tb_error *error);

/* The stage of this epoch; null: it was not judged. */
const tb_stage *tb_stage_list_find(const tb_stage_list *list, int epoch);

/* The last that was judged of the network's own; null: none was. */
const tb_stage *tb_stage_list_last(const tb_stage_list *list);

/* The lowest score of `stages` [count], which are of as many runs; -1: none of
   them has one. */
int tb_stage_best(const tb_stage *stages, int count);

/* "score 0.72, 3 % quoted", "a copy, 94 % quoted", "no score: " and why. */
void tb_stage_words(const tb_stage *stage, char *text, size_t size);

#endif
