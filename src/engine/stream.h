/* The stream: the same graph with explicit state, advanced by any number of
   frames, down to one. A realtime effect and an autoregressive generator are
   both just streams. What comes out equals the offline pass, later by exactly
   the latency.

   tb_stream_plan is the loaded model: times, capacities, weights in the form
   that kernels want. tb_stream is one timeline over it. */
#ifndef TB_ENGINE_STREAM_H
#define TB_ENGINE_STREAM_H

#include "base/realtime.h"
#include "engine/backend.h"
#include "engine/params.h"
#include "engine/time.h"

typedef struct tb_stream_plan tb_stream_plan;
typedef struct tb_stream tb_stream;

/* When frames are computed; values and latency do not depend on it. */
typedef enum tb_schedule {
    TB_PACED, /* as evenly as can be: n frames in give n out at once */
    TB_EAGER  /* as early as can be, in bursts */
} tb_schedule;

typedef struct tb_stream_settings {
    const tb_backend *backend; /* null: tb_backend_cpu() */
    tb_params *params;         /* may be null if the graph has none */
    int64_t n_max;   /* the most base frames of one call, at least 1 */
    int64_t quantum; /* all calls are multiples of it; 0 means 1 */
    tb_schedule schedule;
    bool half_weights; /* weights in 16 bits */
    int threads;       /* the most of tb_stream_run_on; 0 means 1 */
    struct tb_prepared_store *prepared; /* shared with other plans and must
                                           outlive the plan; null: its own */
} tb_stream_settings;

/* ---- set-up: any one thread ---- */

/* Graph and parameters must outlive the plan, the plan its streams. Weights are
   read when the plan and its first stream are made. */

tb_stream_plan *tb_stream_plan_new(const tb_graph *g, int n_outputs,
                                   tb_value *const *outputs,
                                   const tb_stream_settings *settings,
                                   tb_error *error);
void tb_stream_plan_free(tb_stream_plan *p);

/* Time of a value that the plan needs; null for others. */
TB_REALTIME const tb_time *tb_stream_plan_time(const tb_stream_plan *p,
                                               const tb_value *v);

/* Frames that the plan keeps of a value. */
int64_t tb_stream_plan_capacity(const tb_stream_plan *p, const tb_value *v);

/* The nodes that streams of this plan run, in order. */
int tb_stream_plan_steps(const tb_stream_plan *p);
const tb_node *tb_stream_plan_step(const tb_stream_plan *p, int i);

/* As tb_plan_copies. */
int tb_stream_plan_copies(const tb_stream_plan *p);

/* Whether streams of the two plans can go on with each other's memory: networks
   of one shape and one block size, whatever their weights. Else
   TB_ERR_ARGUMENT and a sentence that names where they differ. */
tb_status tb_stream_plan_matches(const tb_stream_plan *a,
                                 const tb_stream_plan *b, tb_error *error);

/* The same without the sentence. */
TB_REALTIME bool tb_stream_plan_is_like(const tb_stream_plan *a,
                                        const tb_stream_plan *b);

/* Makes the stream and computes what padding alone decides. Several threads may
   make streams of one plan at a time. */
tb_stream *tb_stream_new(tb_stream_plan *p, uint64_t seed, tb_error *error);
void tb_stream_free(tb_stream *s);

/* Bytes of frames and states: what a stream holds beside its plan, but for the
   program and lists by node. 0 for null. */
size_t tb_stream_bytes(const tb_stream *s);

/* ---- process: the stream's own thread; nothing allocates or locks ---- */

/* Where to write the n base frames' worth of an input before tb_stream_run: a
   tensor whose data is the first new frame. For a feedback value it overrides
   what would be fed back (a prompt) and must be asked for anew each run. n is
   at most n_max. */
TB_REALTIME tb_tensor tb_stream_write(tb_stream *s, const tb_value *input,
                                      int64_t n);

/* An input without time (a control), as it stands; null for others. */
TB_REALTIME const tb_tensor *tb_stream_control(const tb_stream *s,
                                               const tb_value *input);

/* Advances by n base frames, at most n_max, on the caller's thread. */
TB_REALTIME void tb_stream_run(tb_stream *s, int64_t n);

/* The same, bit for bit, on the threads of a pool, which locks: where nobody
   waits for the sound. */
void tb_stream_run_on(tb_stream *s, int64_t n, tb_pool *pool);

/* The input has ended: lengths become known. Further runs go over frames that
   do not exist and give the tails of the outputs, until tb_stream_done. */
TB_REALTIME void tb_stream_finish(tb_stream *s);
TB_REALTIME bool tb_stream_done(const tb_stream *s);

/* The frames of an output that the last run (or tb_stream_new) made. */
TB_REALTIME tb_tensor tb_stream_read(const tb_stream *s,
                                     const tb_value *output);

/* A state, to read or to set between runs; null for other values. */
TB_REALTIME const tb_tensor *tb_stream_state(const tb_stream *s,
                                             const tb_value *state);

/* From now on each run adds the time of every node to seconds[step] (null: no
   more). */
TB_REALTIME void tb_stream_measure(tb_stream *s, double *seconds);

/* Row 0 is row `first_row` to random numbers, so that rows shared out over
   several streams draw what they would draw in one. From the next reset on. */
TB_REALTIME void tb_stream_number_rows(tb_stream *s, uint32_t first_row);

/* Base frames so far. */
TB_REALTIME int64_t tb_stream_clock(const tb_stream *s);

/* Back to the beginning, with another seed. */
TB_REALTIME void tb_stream_reset(tb_stream *s, uint64_t seed);

/* `to` goes on where `from` is: with its states, the frames that it keeps, its
   controls, clock and random numbers, but with its own weights, and nothing is
   computed again. Their plans must match (tb_stream_plan_matches). Both stay as
   usable as they were. */
TB_REALTIME void tb_stream_take_over(tb_stream *to, const tb_stream *from);

#endif
