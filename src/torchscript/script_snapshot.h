/* What runs of plans change in a module, as it was before them. */
#ifndef TB_TORCHSCRIPT_SCRIPT_SNAPSHOT_H
#define TB_TORCHSCRIPT_SCRIPT_SNAPSHOT_H

#include "torchscript/script_plan.h"

typedef struct tb_script_snapshot {
    tb_arena *arena;
    struct tb_saved_storage *storages;
    struct tb_saved_slot *slots;
} tb_script_snapshot;

/* Before p runs: what it changes and is not in the snapshot yet. False without
   memory. */
bool tb_script_snapshot_take(tb_script_snapshot *s, const tb_script_plan *p);

/* Puts all of it back, and clears the snapshot. */
void tb_script_snapshot_restore(tb_script_snapshot *s);

/* Clears it: what runs changed stays. */
void tb_script_snapshot_forget(tb_script_snapshot *s);

#endif
