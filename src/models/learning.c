#include "models/learning.h"

void tb_learning_clear(tb_learning *l)
{
    for (int i = 0; i < l->objective_count; i++) {
        bool shared = false;
        for (int k = 0; k < i; k++)
            shared |= l->objective[k].graph == l->objective[i].graph;
        if (!shared)
            tb_graph_free(l->objective[i].graph);
    }
    tb_graph_free(l->update);
    *l = (tb_learning){0};
}
