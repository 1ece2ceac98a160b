/* When frames of an emitted stream come to be; for emit_stream.c. */
#ifndef TB_TORCHSCRIPT_EMIT_TIME_H
#define TB_TORCHSCRIPT_EMIT_TIME_H

#include "torchscript/emitter.h"

/* Sets quantum, times and all that `values` hold about time, of the needed
   nodes. */
tb_status tb_emit_times(tb_emitter *e);

/* Frames that input i of the node is read with before those of the call, and
   that the end of the call has beyond those that are read. */
int64_t tb_emit_back(const tb_emitter *e, const tb_node *n, int i);
int64_t tb_emit_rest(const tb_emitter *e, const tb_node *n, int i);

#endif
