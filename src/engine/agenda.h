/* When the nodes of a stream run. Nodes of one period and age are due together
   and wait in one group; the group that is due next is known, so that a step at
   which none is costs nothing. What follows from another node's run (eager
   frames, what comes after frames) is noted when that has run. */
#ifndef TB_ENGINE_AGENDA_H
#define TB_ENGINE_AGENDA_H

#include "engine/stream_plan.h"

typedef struct tb_agenda tb_agenda;

/* `index`: by node id, in the plan's nodes, or -1; it and the plan must outlive
   the agenda. Null when there is no memory. */
tb_agenda *tb_agenda_new(const tb_stream_plan *p, const int *index);
void tb_agenda_free(tb_agenda *a);

/* Back to before the first step. */
TB_REALTIME void tb_agenda_reset(tb_agenda *a);

/* Goes on where that of a stream of a matching plan stands. */
TB_REALTIME void tb_agenda_take_over(tb_agenda *to, const tb_agenda *from);

/* Begins the step that ends at `clock`; `first`: it is the first of a call. */
TB_REALTIME void tb_agenda_step(tb_agenda *a, int64_t clock, bool first);

/* The next node of the step that may have something to do, as an index in the
   plan's nodes, rising; -1: there is none. */
TB_REALTIME int tb_agenda_next(tb_agenda *a);

/* Node k ran in this step: what comes after it has something to do too. */
TB_REALTIME void tb_agenda_ran(tb_agenda *a, int k);

/* Whether node k has time; if so, how many frames it should have now. */
TB_REALTIME bool tb_agenda_timed(const tb_agenda *a, int k);
TB_REALTIME int64_t tb_agenda_target(const tb_agenda *a, int k);

/* How many frames a source should have at another clock. */
TB_REALTIME int64_t tb_agenda_count(const tb_agenda *a, int k, int64_t clock);

#endif
