/* What a stream holds; for its own files. */
#ifndef TB_ENGINE_STREAM_STATE_H
#define TB_ENGINE_STREAM_STATE_H

#include "engine/agenda.h"
#include "engine/commit.h"
#include "engine/mirror.h"
#include "engine/stream_plan.h"

/* How far a node is. */
typedef struct tb_track {
    int64_t made;   /* frames computed so far */
    int64_t before; /* when the last call that made any began */
    int64_t call;   /* which call that was */
    int64_t end;    /* frames that it will ever have */
} tb_track;

/* Frames that the host has written. */
typedef struct tb_written_frames {
    int value;
    tb_span span;
} tb_written_frames;

struct tb_stream {
    tb_stream_plan *plan;
    tb_tensor *tensors; /* by value id */
    char **memory;      /* by value id: of roots */
    tb_mirror *mirrors; /* likewise: of what the host writes and reads */
    tb_tensor *seen;    /* by value id: controls and states as it sees them */
    tb_written_frames *written; /* for the next run */
    int n_written;
    int *alias;       /* by value id: the next in the same buffer, or -1 */
    tb_track *tracks; /* by index in the plan's nodes */
    tb_span *largest; /* likewise: the largest span of a run */
    int *index;       /* by node id: in the plan's nodes, or -1 */
    tb_agenda *agenda;
    tb_commit_list commits;
    int64_t *lengths; /* by value id, once the end is known */
    void *program;
    uint64_t seed;
    uint32_t first_row;
    int64_t clock, calls;
    bool ended, override;
    double *seconds; /* by index in the plan's nodes, or null */

    /* The step under way. */
    tb_ring_job *jobs; /* what happens to rings */
    int n_jobs;
    tb_span *spans; /* by index in the plan's nodes */
    int *due;       /* what runs, as indices there */
    int n_due;
};

TB_REALTIME size_t tb_stream_buffer_bytes(const tb_stream *s, int value);

/* Memory for what the host writes and reads. */
tb_status tb_stream_make_mirrors(tb_stream *s, tb_error *error);

/* To and from storage that is not the host's, before and after a run: what was
   written; the states. */
TB_REALTIME void tb_stream_upload(tb_stream *s);
TB_REALTIME void tb_stream_download_states(tb_stream *s);

/* Makes room in a ring for frames up to `target`: what readers may still ask
   for moves to the front. False if there is nothing to move; `job` says what
   is, and the value's tensors stand as if it had. */
TB_REALTIME bool tb_stream_slide(tb_stream *s, int value, int64_t made,
                                 int64_t target, tb_ring_job *job);

/* Runs the backend until the clock stands at `to`, in steps of at most `step`
   base frames and at least one. */
TB_REALTIME void tb_stream_run_until(tb_stream *s, int64_t to, int64_t step);
void tb_stream_run_until_on(tb_stream *s, int64_t to, int64_t step,
                            tb_pool *pool);

#endif
