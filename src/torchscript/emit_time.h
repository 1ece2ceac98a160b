/* When frames of an emitted stream come to be; for emit_stream.c. */
#ifndef TB_TORCHSCRIPT_EMIT_TIME_H
#define TB_TORCHSCRIPT_EMIT_TIME_H

#include "torchscript/emitter.h"

/* Sets quantum, times and all that `values` hold about time, of the needed
   nodes. */
tb_status tb_emit_times(tb_emitter *e);

/* Moves on to the step that begins with base frame c of a cycle: which frames
   of the node's outputs it makes. False: none. */
bool tb_emit_due(tb_emitter *e, const tb_node *n, int64_t c);

/* First frame of a value that a cycle or call makes. */
int64_t tb_emit_first_of(const tb_emitter *e, const tb_value *v);

/* The output of a node that has frames; null: none has. */
const tb_value *tb_emit_timed(const tb_node *n);

/* Frames that input i of the node is read with before those of the call, and
   that the end of the call has beyond those that are read. */
int64_t tb_emit_back(const tb_emitter *e, const tb_node *n, int i);
int64_t tb_emit_rest(const tb_emitter *e, const tb_node *n, int i);

/* ---- of emit_write.c, for emit_stream.c ---- */

/* A value that has no frames, computed anew where it may have changed. */
const char *tb_emit_value(tb_emitter *e, const tb_value *v);

/* Frames of a value in a loop. */
const char *tb_emit_frames_of(tb_emitter *e, const tb_value *v, int64_t low,
                              int64_t high);

/* What a cycle begins with of a value, and what it leaves to the next. */
void tb_emit_open_cycle(tb_emitter *e, const tb_value *v);
void tb_emit_close_cycle(tb_emitter *e, const tb_value *v);

#endif
