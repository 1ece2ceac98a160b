/* Models that are open, shared by path. */
#ifndef TB_LIVE_SHELF_H
#define TB_LIVE_SHELF_H

#include "base/status.h"

#include <timbrel/live.h>

typedef struct tb_shelf_place tb_shelf_place;

/* A model, opened where nobody has it, or is just opening it; `anew`: in any
   case. To be given back. Any thread, which waits for no other path's. */
tb_shelf_place *tb_shelf_take(tb_shelf *shelf, const char *path, bool anew,
                              tb_error *error);

/* The same once more. */
tb_shelf_place *tb_shelf_share(tb_shelf_place *place);
void tb_shelf_give(tb_shelf_place *place); /* accepts null */

tb_model *tb_shelf_model(const tb_shelf_place *place);
const char *tb_shelf_path(const tb_shelf_place *place);

#endif
