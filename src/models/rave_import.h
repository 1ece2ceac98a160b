/* Networks that RAVE trained, as checkpoints of ours: "best.ckpt", with the
   config.gin that lies in its folder or up to two above, and what RAVE exported
   for nn~ (.ts), in 2.2, 2.3 or in 2022, which tells by its layers what it is
   built of. Weights are taken by their names (models/rave.h), and averages of
   them where a checkpoint has them; the bank and the filters of its noise are
   theirs. Discriminators are left out: a training that goes on from there
   begins with fresh ones. */
#ifndef TB_MODELS_RAVE_IMPORT_H
#define TB_MODELS_RAVE_IMPORT_H

#include "base/safetensors.h"
#include "models/rave.h"
#include "models/rave_entries.h"

/* Whether it is an archive that PyTorch wrote. */
bool tb_is_rave_file(const char *path);

/* Makes a checkpoint's content of such a file; `*out` is null on failure. */
tb_status tb_rave_open(const char *path, tb_safetensors **out, tb_error *error);

/* The same from an archive's bytes, whose checksums are not compared, and a
   configuration (null: an export); both are copied. */
tb_status tb_rave_read(const void *data, size_t bytes, const char *what,
                       const char *gin, size_t gin_bytes, tb_safetensors **out,
                       tb_error *error);

/* ---- for rave_shapes.c ---- */

/* What an export is built of, by the shapes of its layers and caches. */
tb_status tb_rave_of_shapes(const tb_rave_entries *all, const char *what,
                            tb_rave *config, tb_error *error);

#endif
