/* The CPU's programs: a kernel for each node, and how they run. */
#ifndef TB_ENGINE_CPU_PROGRAM_H
#define TB_ENGINE_CPU_PROGRAM_H

#include "engine/cpu/commits.h"
#include "engine/cpu/kernel.h"

typedef struct tb_step {
    tb_call call;
    const tb_kernel *kernel;
    int index;      /* of the node in the work: its span */
    bool fixed;     /* the prepared operand changes only with the weights */
    bool dirty;     /* and must be prepared again */
    void *prepared; /* to be made again; null for tables */
    const tb_halo **clear; /* by output: zeroed before, or null */
} tb_step;

typedef struct tb_program {
    size_t real_size;
    tb_step *steps;
    int n_steps;
    int *step_of;               /* by node of the work: its step, or -1 */
    const tb_tensor **operands; /* of all calls */
    const tb_halo **clear;      /* of all steps */
    tb_tensor nothing;          /* stands for outputs that nobody wants */
    const tb_tensor *tensors;   /* by value id */
    tb_commits commits;
    void *scratch;
    tb_prepared own;
    char *own_block, *own_next; /* its memory, and what is left of it */
    char *own_room;   /* there: for what is prepared just before it is read */
    size_t own_bytes; /* of that and of scratch */
    bool shared;      /* fixed operands are the model's, prepared once */
    bool dirty;       /* some fixed operands must be prepared again */
    int threads;
    double began; /* when the step under way did */
} tb_program;

/* As in tb_backend. */
void tb_program_run(void *program, const tb_pass *pass);
TB_REALTIME void tb_program_run_alone(void *program, const tb_pass *pass);
const tb_node *tb_program_run_checked(void *program, const tb_pass *pass);
TB_REALTIME void tb_program_ring(void *program, const tb_ring_job *job);
void tb_program_refresh(void *program, const bool *changed);

#endif
