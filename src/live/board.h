/* What controls were turned to, by name, for models that come later. */
#ifndef TB_LIVE_BOARD_H
#define TB_LIVE_BOARD_H

#include "base/realtime.h"

#include <stdbool.h>

typedef struct tb_live_turn {
    char control[40];
    int voice; /* -1: all */
    double x;
} tb_live_turn;

/* Two of each of 256 voices, or eight of each of 64. */
enum { TB_BOARD_ROOM = 512 };

typedef struct tb_board {
    tb_live_turn turns[TB_BOARD_ROOM];
    int count;
} tb_board;

/* False when the name is too long. - becomes _. */
bool tb_live_turn_init(tb_live_turn *turn, const char *control, int voice,
                       double x);

/* Remembers a turn in the place of an earlier one. False when there is no
   room. */
TB_REALTIME bool tb_board_put(tb_board *board, const tb_live_turn *turn);

#endif
