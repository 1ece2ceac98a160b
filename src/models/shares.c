#include "models/shares.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

#include <stdio.h>

/* Too little to count beside anything, but not beside nothing. */
static const double NO_SHARE = 1e-20;

typedef struct share_control {
    tb_control control;
    char name[80], help[160];
} share_control;

tb_value *tb_share_control(tb_builder *b, const char *name, const char *help,
                           double standard)
{
    share_control *c = tb_graph_alloc(b->graph, sizeof *c);
    if (!c)
        return NULL;
    snprintf(c->name, sizeof c->name, "%s", name);
    snprintf(c->help, sizeof c->help, "%s", help);
    c->control = (tb_control){.name = c->name,
                              .help = c->help,
                              .type = TB_CONTROL_REAL,
                              .high = 1,
                              .standard = standard,
                              .length = 1,
                              .per_row = true};
    tb_value *x = tb_builder_control(b, &c->control);
    return x ? tb_reshape(x, tb_dims(b->rows, 1)) : NULL;
}

tb_value *tb_shares(int count, tb_value *const *part)
{
    tb_value *all = tb_map(tb_concat(count, part, 1), TB_AFFINE, 1, NO_SHARE);
    return tb_div(all, tb_sum(all, TB_AXIS(1), true));
}
