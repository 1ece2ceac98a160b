/* Where in a training its examples are least settled. */
#ifndef TB_RUN_MIDDLE_H
#define TB_RUN_MIDDLE_H

#include "run/stage_list.h"

/* The epochs whose examples lie furthest apart, while they quote little and are
   not what they end as: what composers look for between noise and copy. 0 where
   there are none. */
typedef struct tb_middle {
    int first, last;
} tb_middle;

enum { TB_MIDDLE_TEXT = 512 };

/* Finds them among the stages that were judged (epoch 0 does not count), and
   says in a sentence why they are, or why there are none. */
tb_middle tb_find_middle(const tb_stage_list *stages, char *why, size_t size);

#endif
