#include "live/board.h"

#include <string.h>

bool tb_live_turn_init(tb_live_turn *turn, const char *control, int voice,
                       double x)
{
    size_t n = strlen(control);
    *turn = (tb_live_turn){.voice = voice, .x = x};
    if (n >= sizeof turn->control)
        return false;
    for (size_t i = 0; i < n; i++)
        turn->control[i] = control[i] == '-' ? '_' : control[i];
    return true;
}

bool tb_board_put(tb_board *board, const tb_live_turn *turn)
{
    int i = 0;
    while (i < board->count &&
           (board->turns[i].voice != turn->voice ||
            strcmp(board->turns[i].control, turn->control) != 0))
        i++;
    if (i == TB_BOARD_ROOM)
        return false;
    board->turns[i] = *turn;
    board->count += i == board->count;
    return true;
}
