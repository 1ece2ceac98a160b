/* What goes on by itself says whole cycles; a host asks for as much as it
   likes. So the file keeps what it heard and what nobody has taken yet, and a
   cycle is played when its first frame is asked for. What it hears then is the
   cycle before: a prompt is answered one cycle later, and what it says of its
   own accord is not late at all. */
#ifndef TB_EXPORT_NN_QUEUE_H
#define TB_EXPORT_NN_QUEUE_H

#include "export/nn_contract.h"

/* Frames of a cycle that are kept: what calls may be no multiples of; 0 where
   there is no queue, for any call is one. */
int64_t tb_nn_queued(const tb_nn_method *method);

/* Writes "def NAME(self, x)", which takes any number of frames and calls
   NAME_cycles with multiples of the queue. */
void tb_nn_write_queue(tb_nn_model *nn, const tb_nn_method *method);

/* A line that forgets what was kept, so that what is said next is new. */
void tb_nn_write_forgetting(tb_nn_model *nn, const tb_nn_method *method);

#endif
