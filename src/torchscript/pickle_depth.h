/* How deep the values of a pickle lie in one another. Private to pickle.c. */
#ifndef TB_TORCHSCRIPT_PICKLE_DEPTH_H
#define TB_TORCHSCRIPT_PICKLE_DEPTH_H

#include "torchscript/pickle.h"

/* Fills `depth`; refuses what lies deeper than TB_PICKLED_DEPTH, and leaves
   then nothing in `unpickled`. */
tb_status tb_pickled_measure(tb_unpickled *unpickled, const char *what,
                             tb_error *error);

#endif
