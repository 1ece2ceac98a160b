/* What the states of a plan or a stream become: the list of it that a backend
   gets. The backend carries it out. */
#ifndef TB_ENGINE_COMMIT_H
#define TB_ENGINE_COMMIT_H

#include "engine/backend.h"

typedef struct tb_commit_list {
    tb_commit *all;
    int n;
} tb_commit_list;

/* The states among the work's nodes. A next value that was written over its own
   state needs nothing. `root` and `offset`, by value id: in whose memory a
   value lies, and where in it. Producers are -1: whoever runs nodes one by one
   sets them. */
tb_status tb_commit_list_init(tb_commit_list *list,
                              const tb_compile_input *work, const int *root,
                              const int64_t *offset, const tb_backend *backend,
                              tb_error *error);
void tb_commit_list_clear(tb_commit_list *list, const tb_storage *storage);

#endif
