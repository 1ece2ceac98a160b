/* States of a program become what they become, after each step of a run. */
#ifndef TB_ENGINE_CPU_COMMITS_H
#define TB_ENGINE_CPU_COMMITS_H

#include "engine/backend.h"

typedef struct tb_commits {
    const tb_tensor *tensors; /* by value id */
    size_t real_size;
    tb_commit *by_producer; /* those without one first */
    int *first;             /* by producer + 1; one more: all of them */
    int n_nodes;
} tb_commits;

/* False when there is no memory. The work's tensors must outlive them. */
bool tb_commits_init(tb_commits *c, const tb_compile_input *work,
                     size_t real_size);
void tb_commits_clear(tb_commits *c);

/* Those whose next values were made in this step: all read, then all written,
   for one's next value may be another. */
TB_REALTIME void tb_commits_do(const tb_commits *c, const tb_beat *beat);

#endif
