/* A static plan: a graph over a known number of frames. Training steps and
   whole recordings run this way. Everything is laid out when the plan is made;
   a run allocates nothing and locks nothing. */
#ifndef TB_ENGINE_PLAN_H
#define TB_ENGINE_PLAN_H

#include "base/realtime.h"
#include "engine/backend.h"
#include "engine/params.h"

typedef struct tb_plan tb_plan;

/* A value that the caller wants to read after a run; in `memory` of hers if
   not null (of the backend's storage: as many elements as the value has, in
   logical order, 64-byte aligned; must outlive the plan), which the plan does
   not show to the host unless she asks. */
typedef struct tb_output {
    tb_value *value;
    void *memory;
} tb_output;

/* A value that plans share without a copy: one's output is another's input. It
   lies where the first of these plans has it; whoever comes later says where
   that is. It is there after a run as an output is, but shown to the host only
   when she asks. An input that was built for another order of axes than its
   maker's is copied within the storage before each run. */
typedef struct tb_binding {
    tb_value *value;
    tb_halo around;      /* frames that the others read around its own: zeros */
    const tb_plan *plan; /* the first; null: this one. Must outlive the others,
                            with the same backend */
    const tb_value *there; /* there; of the same type and shape. An input of
                              this graph is written by the host only if it is
                              the very same one. */
} tb_binding;

/* Memory for what lives only during a run: one for all plans of a program, of
   the largest size that any of them needs. */
typedef struct tb_workspace tb_workspace;
tb_workspace *tb_workspace_new(void);
void tb_workspace_free(tb_workspace *w);
size_t tb_workspace_bytes(const tb_workspace *w);

typedef struct tb_plan_settings {
    const tb_backend *backend;          /* null: tb_backend_cpu() */
    tb_params *params;                  /* may be null if the graph has none */
    tb_workspace *workspace;            /* null: the plan has its own */
    struct tb_prepared_store *prepared; /* for weights that never change; null:
                                           the plan prepares its own */
    int64_t frames;                     /* of each input */
    bool training;                      /* dropout on */
    bool half_weights;                  /* weights in 16 bits: inference only */
    bool weights_stay; /* parameters that lie in memory of others are there, as
                          they are, as long as `prepared` */
    int threads;       /* that runs will have; 0 means 1 */
    bool apart; /* runs exchange nothing with the host: inputs, outputs and
                   states are reached in the storage, by tb_plan_value */
    int n_bindings;
    const tb_binding *bindings; /* one for a value; needed by tb_plan_new */
} tb_plan_settings;

/* Null and an error when something does not fit or there is no memory. The
   graph, parameters and workspace must outlive the plan. */
tb_plan *tb_plan_new(const tb_graph *g, int n_outputs, const tb_output *outputs,
                     const tb_plan_settings *settings, tb_error *error);
void tb_plan_free(tb_plan *p);

/* The frames that such a plan would read around those of `value`, or that are
   asked for there: what the first who has it must know of the others. */
tb_status tb_plan_around(const tb_graph *g, int n_outputs,
                         const tb_output *outputs,
                         const tb_plan_settings *settings,
                         const tb_value *value, tb_halo *around,
                         tb_error *error);

/* Inputs (to be written before a run), outputs (to be read after), states
   (read and written between runs), as the host sees them: where they lie, or
   a mirror of storage that is not the host's, which is exchanged with each
   run. Null for other values. */
const tb_tensor *tb_plan_tensor(const tb_plan *p, const tb_value *v);

/* Where such a value lies in the backend's storage. */
const tb_tensor *tb_plan_value(const tb_plan *p, const tb_value *v);

/* Gives back the memory of an output that nobody reads any more: the plan must
   not run again. */
void tb_plan_forget(tb_plan *p, const tb_value *v);

/* Sets the states to their first values. */
void tb_plan_reset(tb_plan *p);

/* Row 0 is row `first_row` to random numbers: shares of a batch draw what the
   whole batch would. */
void tb_plan_number_rows(tb_plan *p, uint32_t first_row);

/* Prepares the weights for the kernels now, which else the first run does: then
   nobody looks at the parameters again before they change. */
void tb_plan_prepare(tb_plan *p);

/* One run; `pool` may be null. */
void tb_plan_run(tb_plan *p, uint64_t seed, tb_pool *pool);

/* The same on the caller's thread, with the weights as the last other run (or
   the making) found them. */
TB_REALTIME void tb_plan_run_alone(tb_plan *p, uint64_t seed);

/* As tb_plan_run, looking at every result: TB_ERR_NUMERIC with a sentence that
   names the node when one is not finite. Slow. */
tb_status tb_plan_run_checked(tb_plan *p, uint64_t seed, tb_pool *pool,
                              tb_error *error);

/* The nodes of a plan in the order in which they run, and the time that each
   takes: from now on every run adds to seconds[step] (null: no more). */
int tb_plan_steps(const tb_plan *p);
const tb_node *tb_plan_step(const tb_plan *p, int i);
void tb_plan_measure(tb_plan *p, double *seconds);

/* Nodes that copy because memory cannot be looked at as they ask for
   (transposes, pads, slices...): 0 in a graph that suits its kernels. */
int tb_plan_copies(const tb_plan *p);

/* Bound inputs that are copied, since their maker has another order. */
int tb_plan_fetches(const tb_plan *p);

/* Bytes of the plan's own buffers and of its share of the workspace; and of
   that share, which lies where other plans of the program have theirs. */
size_t tb_plan_bytes(const tb_plan *p);
size_t tb_plan_workspace_bytes(const tb_plan *p);

/* Bytes beside values, in which kernels keep weights in another form and work:
   what is prepared for all plans of a model is not among them. */
size_t tb_plan_kernel_bytes(const tb_plan *p);

#endif
