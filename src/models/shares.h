/* Parts of a mixture that are turned while a network plays. */
#ifndef TB_MODELS_SHARES_H
#define TB_MODELS_SHARES_H

#include "models/instrument.h"

/* How much one counts, [rows, 1]: a control of this name, 0 to 1, of each row.
   Name and help are copied and live as long as the graph. */
tb_value *tb_share_control(tb_builder *b, const char *name, const char *help,
                           double standard);

/* [rows, count], of which each row sums to 1: all alike where all are 0. */
tb_value *tb_shares(int count, tb_value *const *part);

#endif
