/* What a recorded call draws by chance. The numbers are inputs of its graph,
   filled before each run; each is a function of the seed, of which draw of the
   method it is, and of the frame of sound that it belongs to: so the same seed
   gives the same sound in blocks of any length. Which axis of a draw counts
   frames, its shape alone does not tell; it is the one that a shorter call has
   less of. */
#ifndef TB_TORCHSCRIPT_SCRIPT_DRAWS_H
#define TB_TORCHSCRIPT_SCRIPT_DRAWS_H

#include "engine/plan.h"
#include "torchscript/recording.h"

typedef struct tb_script_draws tb_script_draws;

/* Of recording `r`, a call of `units` times what `unit` recorded (null: nothing
   is known of shorter calls), and its plan (null: nothing is computed). Null
   without memory; lives in the arena, as the graph of r must. */
tb_script_draws *tb_script_draws_new(tb_arena *arena, const tb_recording *r,
                                     const tb_recording *unit, int64_t units,
                                     const tb_plan *plan);

/* Fills them for a run that begins `position` units after the first. */
TB_REALTIME void tb_script_draws_fill(const tb_script_draws *d, uint64_t seed,
                                      int64_t position);

#endif
