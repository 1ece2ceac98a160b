/* The functions of an emitted stream; for emit_stream.c. */
#ifndef TB_TORCHSCRIPT_EMIT_PROGRAM_H
#define TB_TORCHSCRIPT_EMIT_PROGRAM_H

#include "torchscript/emitter.h"

/* Writes `run` and what it calls, once times are known and parameters folded.
   What cannot be written is told by the emitter's status. */
void tb_emit_program(tb_emitter *e);

/* Frames by which the output is late. */
int64_t tb_emit_lateness(const tb_emitter *e);

/* Whether it is the program that computes the node (of emit_stream.c). */
bool tb_emit_is_run(const tb_emitter *e, const tb_node *n);

#endif
