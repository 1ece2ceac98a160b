/* A network being trained: step after step over batches of sound, with the
   states that rows carry from one to the next, and tests on other sound. It
   knows nothing of files. The same seed gives the same weights, bit for bit,
   whatever the number of threads. One thread at a time. */
#ifndef TB_TRAIN_TRAINER_H
#define TB_TRAIN_TRAINER_H

#include "engine/optimiser.h"
#include "engine/rate_schedule.h"
#include "models/network.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct tb_trainer_settings {
    const tb_network_kind *kind;
    const void *config; /* must outlive the trainer */
    int rows;           /* of a batch */
    int window;         /* frames that are learned from in one step */
    int test_rows;      /* of a batch of tests; 0: there are none */
    tb_optimiser_settings optimiser;
    tb_rate_schedule schedule;
    uint64_t seed;
    int threads; /* 0: as many as there are processors */
} tb_trainer_settings;

typedef struct tb_trainer tb_trainer;

/* With fresh weights. */
tb_trainer *tb_trainer_new(const tb_trainer_settings *settings,
                           tb_error *error);
void tb_trainer_free(tb_trainer *trainer); /* accepts null */

/* Frames that must come before each window. */
int tb_trainer_context(const tb_trainer *trainer);

typedef struct tb_step_report {
    double bits; /* per sample, before this step changed the weights */
    double norm; /* of the gradients, before clipping */
    double rate;
} tb_step_report;

/* One step of learning: `frames` [rows, context + window, channels], -1 to 1;
   rows with reset[row] forget what they remember first. When a result is not
   a number: TB_ERR_NUMERIC, which names the node, and weights and states are
   those before the step. */
tb_status tb_trainer_step(tb_trainer *trainer, const float *frames,
                          const bool *reset, tb_step_report *report,
                          tb_error *error);

/* Measures the bits per sample of `frames` [test_rows, context + window,
   channels] without learning. */
tb_status tb_trainer_test(tb_trainer *trainer, const float *frames,
                          const bool *reset, double *bits, tb_error *error);

/* Steps of learning so far. */
int64_t tb_trainer_steps(const tb_trainer *trainer);

/* The weights. With an average of them, these are the averaged ones between
   tb_trainer_use_average(t, true) and (t, false), for tests and checkpoints;
   no step may happen between the two. */
struct tb_params *tb_trainer_params(tb_trainer *trainer);
void tb_trainer_use_average(tb_trainer *trainer, bool use);

tb_optimiser *tb_trainer_optimiser(tb_trainer *trainer);

/* What rows carry: state i as contiguous numbers. */
typedef struct tb_carried {
    const char *name;
    bool is_integer; /* int64_t, else float */
    int rank;
    int64_t shape[TB_RANK];
    size_t bytes;
} tb_carried;

int tb_trainer_states(const tb_trainer *trainer);
tb_carried tb_trainer_state(const tb_trainer *trainer, int i);
void tb_trainer_get_state(const tb_trainer *trainer, int i, void *to);
void tb_trainer_set_state(tb_trainer *trainer, int i, const void *from);

/* What it needs. */
typedef struct tb_trainer_size {
    int64_t weights; /* numbers to be learned */
    size_t bytes;    /* of all memory: weights, gradients, moments, plans */
    int threads;
} tb_trainer_size;

tb_trainer_size tb_trainer_measure(const tb_trainer *trainer);

#endif
