/* What a training will be like, before anything is written: for --dry-run. */
#ifndef TB_TRAIN_ESTIMATE_H
#define TB_TRAIN_ESTIMATE_H

#include "train/data.h"
#include "train/job.h"
#include "train/trainer.h"

typedef struct tb_estimate {
    tb_corpus *corpus;
    tb_data_estimate data;
    tb_trainer *trainer;    /* to ask for its weights */
    tb_trainer_size size;   /* with what saving takes meanwhile */
    double context_seconds; /* that one sample depends on */
    bool remembers;         /* and on states from further back */
    double step_seconds, test_step_seconds;
    double epoch_seconds;
    double phase_seconds[TB_MOST_PHASES]; /* of a step, on average: only after
                                             tb_estimate_phases */
} tb_estimate;

/* Finds the sounds, builds the network and makes a few steps on noise. The
   caller clears `estimate`, also after a failure. */
tb_status tb_estimate_make(const tb_job *job, tb_estimate *estimate,
                           tb_error *error);
void tb_estimate_clear(tb_estimate *estimate);

/* Seconds of a step of the first phase, soon: as many rows as a batch has take
   as many times what one of them takes. */
tb_status tb_estimate_step(const tb_job *job, double *seconds, tb_error *error);

/* Steps that a phase usually takes: until the next one begins by steps, or as
   many as the one before it; 0: nobody knows. */
double tb_usual_steps(const tb_learning *learning, int phase);

/* Steps of the phases after the first, too: as many of each as its turns take.
 */
tb_status tb_estimate_phases(const tb_job *job, tb_estimate *estimate,
                             tb_error *error);

#endif
