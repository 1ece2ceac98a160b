/* A training from the sounds to the checkpoints: what `timbrel train` does,
   without printing. The same seed, settings and sounds give the same weights,
   bit for bit, on any number of threads, and also when it is killed at any
   moment and resumed. One thread at a time. */
#ifndef TB_TRAIN_TRAINING_H
#define TB_TRAIN_TRAINING_H

#include "run/stage_list.h"
#include "train/data.h"
#include "train/job.h"

typedef enum tb_training_event_kind {
    TB_EVENT_NOTE,    /* `text` is a sentence for the user */
    TB_EVENT_DECODE,  /* `done` of the sounds are decoded, `text` is next */
    TB_EVENT_STEP,    /* a step is done */
    TB_EVENT_EPOCH,   /* an epoch is done and its checkpoint is at `path` */
    TB_EVENT_EXAMPLE, /* an example is at `path`, described by `text` */
    TB_EVENT_JUDGED,  /* the examples of an epoch were judged, see `stage` */
    TB_EVENT_INDEX,   /* `done` of the sounds are listened to, for quotes */
    TB_EVENT_SAVED    /* stopped, saved */
} tb_training_event_kind;

typedef struct tb_training_event {
    tb_training_event_kind kind;
    const char *text, *path;
    const tb_stage *stage; /* JUDGED */
    double done;           /* 0 to 1, DECODE and INDEX */
    int64_t epoch, epochs; /* from 1; 0 epochs: nobody knows how many */
    int64_t step, steps;   /* within the epoch, done so far */
    double seconds;        /* of training so far */
    double seconds_left;   /* until it ends; NaN: not known yet */
    int metric_count;
    const tb_metric *metrics; /* [metric_count] */
    const double *trained;    /* likewise: over the epoch so far */
    const double *tested;     /* NaN where nothing is held out, or not yet */
    double learned;           /* as tb_yard_learned tells */
    double ahead;             /* as tb_yard_ahead, likewise; NaN */
    const char *than;         /* "a predictor of order 32", or null */
    double rate, norm;        /* of the last step */
} tb_training_event;

/* Each function may be null. */
typedef struct tb_training_watch {
    void (*event)(void *context, const tb_training_event *event);
    bool (*stop)(void *context); /* true: save and stop */
    void *context;
    double (*seconds)(void *context); /* a clock; null: that of the machine */
} tb_training_watch;

typedef struct tb_training tb_training;

/* Reads the sounds, builds the network, makes the run's folder (or takes up the
   run). Nothing is written when anything fails. The job and what `watch` points
   to must outlive the training. */
tb_training *tb_training_new(const tb_job *job, const tb_training_watch *watch,
                             tb_error *error);

/* Saves nothing. Accepts null. */
void tb_training_free(tb_training *training);

/* Trains until all epochs are done, the time is over or nothing helps any more
   (TB_OK), the watch stops it (TB_ERR_STOPPED) or something fails. Whatever
   happens, what was learned until then has been saved, unless the error says
   that it could not be. */
tb_status tb_training_run(tb_training *training, tb_error *error);

const char *tb_training_folder(const tb_training *training);
const tb_data *tb_training_data(const tb_training *training);

/* What is known of it, for reports. */
typedef struct tb_training_facts {
    int64_t weights;
    size_t bytes;
    int threads, batch;
    int64_t epoch, step; /* where it stands, from 0 */
    int64_t epochs;      /* 0: nobody knows how many */
    int64_t steps;       /* per epoch */
    double minutes;      /* given to it; 0: any */
    bool over;           /* those are used, or nothing helps any more */
} tb_training_facts;

tb_training_facts tb_training_describe(const tb_training *training);

#endif
