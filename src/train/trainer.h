/* An instrument being trained: step after step of its learning program over
   batches of sound, with the states that rows carry from one to the next, and
   tests on other sound. It knows nothing of files and of no network. The same
   seed gives the same weights, bit for bit, whatever the number of threads. One
   thread at a time. */
#ifndef TB_TRAIN_TRAINER_H
#define TB_TRAIN_TRAINER_H

#include "engine/optimiser.h"
#include "engine/rate_schedule.h"
#include "models/instrument.h"
#include "train/pace.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct tb_trainer_settings {
    const tb_instrument *instrument;
    const void *config; /* must outlive the trainer, as must the base */
    const struct tb_checkpoint *base; /* stood on; null: none */
    int rows;                         /* of a micro-batch */
    int micro_batches;                /* of a step; 0 means 1 */
    int64_t window; /* frames of sound learned from in one step */
    int test_rows;  /* of a batch of tests; 0: there are none */
    tb_optimiser_settings optimiser; /* defaults of the groups */
    tb_rate_schedule schedule;       /* likewise */
    uint64_t seed;
    int threads; /* 0: as many as there are processors */
} tb_trainer_settings;

typedef struct tb_trainer tb_trainer;

/* With fresh weights. */
tb_trainer *tb_trainer_new(const tb_trainer_settings *settings,
                           tb_error *error);
void tb_trainer_free(tb_trainer *trainer); /* accepts null */

/* Its program: feeds, phases, groups, metrics. */
const tb_learning *tb_trainer_learning(const tb_trainer *trainer);

/* What one step measured. */
typedef struct tb_step_report {
    int64_t step;                   /* which one, from 1 on; 0: none */
    double metric[TB_MOST_METRICS]; /* before this step changed the weights;
                                       NaN: not measured in this one */
    int group;                      /* the first one that moved; -1: none */
    double norm; /* of the gradients of that group; NaN: none */
    double rate; /* likewise */
} tb_step_report;

/* For each feed [rows * micro_batches, context + window, channels]: sound, -1
   to 1, or what a method made of it. */
typedef struct tb_batch {
    const float *frames[TB_MOST_FEEDS];
    const bool
        *reset; /* [rows * micro_batches]: forgets first what it carries */
} tb_batch;

/* How many numbers hooks of the start would look at in a batch, and lets them
   hear one more than that of the first step: statistics of a corpus want more
   of it. 0, and for no hook, once there was a step. States stay as they are. */
int64_t tb_trainer_listens(tb_trainer *trainer);
tb_status tb_trainer_listen(tb_trainer *trainer, const tb_batch *batch,
                            tb_error *error);

/* Begins a step of learning, of which `batch` is copied; what it measures stays
   where it is computed until the next one. `report` is of the step before it,
   which ends now (report->step is 0 if there was none, or it was settled). When
   a result of that one was not a number: TB_ERR_NUMERIC, which names the node;
   weights and states are those before it, and none is begun. */
tb_status tb_trainer_step(tb_trainer *trainer, const tb_batch *batch,
                          tb_step_report *report, tb_error *error);

/* Waits for the step that was begun, and reports it as the next one would:
   needed before tests, averages, and anything that is saved. */
tb_status tb_trainer_settle(tb_trainer *trainer, tb_step_report *report,
                            tb_error *error);

/* Measures without learning; `rows` are test_rows. Metrics that are not tested
   are NaN; `yard` gets what metrics measure beside themselves (their
   yardstick), else NaN. */
tb_status tb_trainer_test(tb_trainer *trainer, const tb_batch *batch,
                          double metric[TB_MOST_METRICS],
                          double yard[TB_MOST_METRICS], tb_error *error);

/* Where the schedules of all groups stand from the next step on, and what their
   rates are multiplied by; in the beginning by steps, and by 1. Where a phase
   finds them annealed, they end with the phase before it. */
void tb_trainer_set_pace(tb_trainer *trainer, tb_rate_pace pace);

/* Steps of learning so far, with the one that was begun. */
int64_t tb_trainer_steps(const tb_trainer *trainer);

/* ---- phases ---- */

/* The phase that is under way, and the step that it began at. */
int tb_trainer_phase(const tb_trainer *trainer);
int64_t tb_trainer_phase_began(const tb_trainer *trainer);

/* Begins a later phase with the next step, on command or because a metric says
   so; those passed over begin and end with it. */
void tb_trainer_begin_phase(tb_trainer *trainer, int phase);

/* Begins those that begin at the next step, which else do so with it. */
void tb_trainer_follow_phases(tb_trainer *trainer);

/* ---- what it has learned ---- */

/* The weights, of checkpoint and program. With an average of them, these are
   the averaged ones between tb_trainer_use_average(t, true) and (t, false), for
   tests and checkpoints; no step may happen between the two. */
tb_params *tb_trainer_params(tb_trainer *trainer);

/* The first so many of them are what a checkpoint holds. */
int tb_trainer_declared(const tb_trainer *trainer);

/* The weights were put in from elsewhere: averages begin with them, and what
   hooks do at the start has been done by whoever learned them. */
void tb_trainer_take_weights(tb_trainer *trainer);
void tb_trainer_use_average(tb_trainer *trainer, bool use);

/* ---- what there is to save ---- */

/* A block of numbers: weights, moments, averages, states, in an order that
   depends on the settings alone. It lies where steps are computed
   (tb_trainer_storage), as of the last step that was settled. */
typedef struct tb_trainer_block {
    char name[96];
    bool is_integer; /* int64_t, else float */
    int64_t n;
    void *data;   /* in that storage */
    bool carried; /* by rows: of no use to another number of rows */
} tb_trainer_block;

int tb_trainer_blocks(const tb_trainer *trainer);
tb_trainer_block tb_trainer_block_at(tb_trainer *trainer, int i);
const tb_storage *tb_trainer_storage(const tb_trainer *trainer);

/* The whole block to the host's memory, and from there. */
void tb_trainer_block_read(const tb_trainer *trainer,
                           const tb_trainer_block *block, void *to);
void tb_trainer_block_write(tb_trainer *trainer, const tb_trainer_block *block,
                            const void *from);

/* Where it stands, to go on from after all blocks were written. */
typedef struct tb_trainer_place {
    int64_t steps;
    int64_t phase, phase_began[TB_MOST_PHASES];
    int64_t taken; /* 1: weights were put in from elsewhere */
    int64_t group_steps[TB_MOST_GROUPS];
} tb_trainer_place;

tb_trainer_place tb_trainer_where(const tb_trainer *trainer);
void tb_trainer_go_on(tb_trainer *trainer, const tb_trainer_place *place);

/* What it needs. */
typedef struct tb_trainer_size {
    int64_t weights; /* numbers to be learned */
    size_t bytes;    /* of all memory: weights, gradients, moments, plans */
    int threads;
} tb_trainer_size;

tb_trainer_size tb_trainer_measure(const tb_trainer *trainer);

#endif
