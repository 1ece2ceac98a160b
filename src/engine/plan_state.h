/* What the files of static plans share: making (plan.c), memory
   (plan_memory.c), values of other plans (plan_binding.c), what the host looks
   at (plan_host.c) and running (plan_run.c). */
#ifndef TB_ENGINE_PLAN_STATE_H
#define TB_ENGINE_PLAN_STATE_H

#include "engine/commit.h"
#include "engine/layout.h"
#include "engine/mirror.h"
#include "engine/place.h"
#include "engine/plan.h"

/* An input that another plan makes in another order of axes. */
typedef struct tb_plan_fetch {
    const tb_value *value;
    const tb_tensor *from;
} tb_plan_fetch;

/* A value that the host looks at. */
typedef struct tb_plan_mirror {
    const tb_value *value;
    tb_mirror mirror;
    tb_tensor seen;
    bool goes_in; /* what the host writes to it is there in the next run */
    struct tb_plan_mirror *next;
} tb_plan_mirror;

struct tb_plan {
    const tb_graph *graph;
    const tb_backend *backend;
    tb_params *params;
    tb_workspace *workspace, *own_workspace;
    tb_layout layout;
    char **memory;      /* by value id: of roots outside the workspace */
    bool *foreign;      /* by value id: that memory is the caller's */
    bool *given;        /* by value id: an input that another plan writes */
    tb_buffer *buffers; /* of roots inside it */
    int *buffer_of;     /* by value id: its buffer, or -1 */
    int n_buffers;
    tb_plan_mirror *mirrors; /* of what was asked for; none where the storage
                                is the host's */
    tb_halo *clear;          /* by value id */
    tb_span *spans;          /* by step */
    tb_commit_list commits;
    tb_plan_fetch *fetches; /* before each run */
    int n_fetches;
    void *program;
    tb_prepared prepared; /* of a store; empty without one */
    bool *fixed, *stays;
    int *parameter; /* by value id, of weights: which one of the store */
    bool *changed;  /* likewise: since they were prepared */
    uint64_t weights_version;
    uint32_t first_row;
    bool over;            /* the run's one step has begun */
    const void *bound_to; /* the workspace's memory when tensors were bound */
    size_t bytes, workspace_bytes;
    double *seconds; /* by step, while somebody measures */
};

/* ---- memory ---- */

/* Room for what is known of each value and step. */
bool tb_plan_allocate(tb_plan *p);

/* Of all roots that lie nowhere yet. */
tb_status tb_plan_give_memory(tb_plan *p, int n_outputs,
                              const tb_output *outputs, tb_error *error);

/* Sets the data of all tensors; they move when the workspace grows. */
TB_REALTIME void tb_plan_place(tb_plan *p);

/* What states and constants hold at first. */
void tb_plan_fill_sources(tb_plan *p, bool states_only);

/* ---- values of other plans ---- */

/* False when there is no memory. */
bool tb_plan_lay_out(tb_layout *l, const tb_graph *g, int n,
                     const tb_output *outputs, const tb_plan_settings *s);
tb_status tb_plan_bind_to_others(tb_plan *p, const tb_plan_settings *s,
                                 tb_error *error);
TB_REALTIME void tb_plan_fetch_all(tb_plan *p);

/* ---- what the host looks at ---- */

/* Beforehand, so that runs allocate nothing. */
bool tb_plan_mirror_all(tb_plan *p, int n_outputs, const tb_output *outputs);
void tb_plan_free_mirrors(tb_plan *p);
TB_REALTIME void tb_plan_upload(const tb_plan *p);
TB_REALTIME void tb_plan_download(const tb_plan *p);

#endif
