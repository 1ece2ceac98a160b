/* What an archive that RAVE wrote holds: tensors and numbers by their paths,
   "encoder.encoder.net.0.weight". */
#ifndef TB_MODELS_RAVE_ENTRIES_H
#define TB_MODELS_RAVE_ENTRIES_H

#include "base/arena.h"
#include "torchscript/archive.h"
#include "torchscript/pickled_torch.h"

/* A tensor or a number of such a file. */
typedef struct tb_rave_entry {
    const char *name;
    bool is_tensor;
    bool is_average; /* over steps of its training */
    double number;   /* also of a tensor of one element */
    tb_pickled_tensor tensor;
} tb_rave_entry;

typedef struct tb_rave_entries {
    tb_rave_entry *at; /* by name */
    int count, room;
    bool averages; /* some are averages of weights */
    bool of_2022;  /* modules were called and built as then */
} tb_rave_entries;

/* Entries of an export, or of a checkpoint's "state_dict"; where that comes
   with averages of its weights (Lightning's callback EMA), these stand for the
   weights of their names. Modules of exports of 2022 are called as those of
   2.3. Names lie in the arena. `what` names the archive in errors; `all` is to
   be cleared, also after a failure. */
tb_status tb_rave_entries_read(tb_archive *archive, bool is_checkpoint,
                               const char *what, tb_arena *arena,
                               tb_rave_entries *all, tb_error *error);
void tb_rave_entries_clear(tb_rave_entries *all);

/* Null: there is none. */
const tb_rave_entry *tb_rave_entry_named(const tb_rave_entries *all,
                                         const char *name);

/* All numbers of a tensor, in logical order. */
tb_status tb_rave_entry_numbers(tb_archive *archive, const tb_rave_entry *entry,
                                float *to, tb_error *error);

#endif
