/* What is asked of a training: all that run.ini remembers. */
#ifndef TB_TRAIN_JOB_H
#define TB_TRAIN_JOB_H

#include "models/checkpoint.h"
#include "train/trainer.h"
#include "train/training_settings.h"

#include <stdbool.h>

typedef struct tb_job {
    const tb_instrument *instrument;
    void *config; /* of the instrument, owned */
    tb_training_settings settings;
    char **paths; /* the sounds, owned */
    int path_count;
    char *sounds; /* what they are called, owned; null: after the first */
    char *folder; /* of the run, owned; null: named after the sounds */
    char *phase;  /* that begins now, owned; null: none on command */
    tb_checkpoint *base; /* that the network stands on, owned; null: none */
    uint64_t base_hash;  /* what it must be; 0: any */
    bool resume;
    bool more;   /* sounds were added to those of the run */
    bool anew;   /* resume: minutes and epochs were asked for anew */
    bool finish; /* resume: anneals what is there, in settings.minutes or ... */
    int finish_epochs; /* ... so many more epochs; 0: any */
    int threads;       /* 0: as many as there are processors */
    char plan[400];    /* what was chosen for it, and why; empty: nothing was */
    char usual[400]; /* how long it usually takes, on this machine; or empty */
} tb_job;

/* A job with the defaults of the instrument and of training. */
tb_status tb_job_init(tb_job *job, const tb_instrument *instrument,
                      tb_error *error);

/* A job to go on with the run in `folder`. */
tb_status tb_job_read(tb_job *job, const char *folder, tb_error *error);

void tb_job_clear(tb_job *job);

/* Opens the checkpoint that the network stands on, if its settings name one: to
   be called when they are settled, before anything else is done. */
/* Where its network is to learn labels, "auto", names all that lie beside its
   sounds. */
tb_status tb_job_find_labels(tb_job *job, tb_error *error);

tb_status tb_job_open_base(tb_job *job, tb_error *error);

/* What the sounds are called, to be freed with tb_free. */
char *tb_job_sounds(const tb_job *job);

/* The tables of the network and of training with the job's values. */
enum { TB_JOB_PARTS = 2 };
void tb_job_parts(tb_job *job, tb_settings_part parts[TB_JOB_PARTS]);

tb_status tb_job_add_path(tb_job *job, const char *path, tb_error *error);

/* The sounds of another run, under the name that they have there. */
tb_status tb_job_take_sounds(tb_job *job, const char *run, tb_error *error);

/* Refuses settings that do not go together, before anything is done. */
tb_status tb_job_check(const tb_job *job, tb_error *error);

/* "no memory", with the settings that make it less. */
tb_status tb_job_fail_memory(const tb_job *job, tb_error *error);

/* The trainer's settings, once it is known how many tracks there are and how
   many steps in all. */
tb_trainer_settings tb_job_trainer(const tb_job *job, int batch, int test_batch,
                                   int64_t steps);

/* Its learning program, for one row. */
tb_status tb_job_learning(const tb_job *job, tb_learning *learning,
                          tb_error *error);

#endif
