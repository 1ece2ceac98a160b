/* What the parts of a training share: opening (training_open.c), the loop
   (training.c), what it measures (training_test.c) and tells (training_tell.c),
   how a session ends (training_end.c) and what it leaves behind
   (training_record.c). */
#ifndef TB_TRAIN_TRAINING_STATE_H
#define TB_TRAIN_TRAINING_STATE_H

#include "run/latent_axes.h"
#include "run/log.h"
#include "run/run_folder.h"
#include "train/examples.h"
#include "train/resume.h"
#include "train/trainer.h"
#include "train/training.h"

/* Lines of the log per epoch, if it has so many steps. */
enum { TB_LINES_PER_EPOCH = 20 };

struct tb_training {
    const tb_job *job;
    const tb_training_watch *watch;
    tb_data data;
    tb_trainer *trainer;
    tb_run *run;
    tb_log *log;
    tb_writer *writer;     /* of checkpoints and resume.safetensors */
    tb_examples *examples; /* null: none are made */
    tb_progress progress;
    tb_step_report last; /* that moved the first group */
    float *frames[TB_MOST_FEEDS], *test_frames[TB_MOST_FEEDS];
    bool *reset;
    double tested[TB_MOST_METRICS]; /* as of the last test; NaN before */
    double learned;                 /* likewise */
    double known;                   /* what is learned, as last known; NaN */
    double measured;                /* the first metric, likewise */
    tb_yard yard;                   /* of the first metric */
    double started, saved;          /* moments of this session */
    double before;                  /* seconds of the sessions before it */
    double used;                    /* of the round's, likewise */
    int64_t steps_here;             /* of this session */
    int64_t steps, epochs, part;    /* epochs 0: nobody knows how many */
    bool beginning;   /* the last saving, of the first step of an epoch, may be
                         under way */
    unsigned noticed; /* bit i: metric i was, in this session */
    bool advised, skipped;   /* told once; examples, since the last ones */
    double quoted;           /* the longest quote that was told of, seconds */
    double heard;            /* moment of the last examples */
    tb_stage_list judged;    /* what the log does not tell of yet */
    const tb_stage *stage;   /* that is told of now; or null */
    tb_latent_axes latents;  /* as last found; empty: not yet */
    uint64_t encoder_before; /* hash of the encoder an epoch ago; 0: unknown */
    double indexed;          /* of the sounds, when that was told last */
    double page_written;     /* moment; 0: never, or it is out of date */
};

/* Whether the watch asks to stop; `context` is the training. */
bool tb_training_is_stopped(void *context);

/* Sends an event with what is known now; `text` and `path` may be null. */
void tb_training_tell(tb_training *t, tb_training_event_kind kind,
                      const char *text, const char *path);

/* ---- what is measured ---- */

/* Adds what is a number. */
void tb_training_add(tb_running_sum *sum, double x);

/* Of a metric over the steps of this epoch; NaN: there were none. */
double tb_training_average(const tb_training *t, int metric);

/* Hears all held-out sound, into `tested`. */
tb_status tb_training_test(tb_training *t, tb_error *error);

/* A metric on held-out sound, or, what is not tested, in training. */
double tb_training_measured(const tb_training *t, int metric);

/* What is learned by the first metric. When nothing is held out the training's
   own measure must do. */
void tb_training_note_learned(tb_training *t);

/* That, and the best that metrics have been in this phase. */
void tb_training_judge(tb_training *t);

/* ---- a session ---- */

/* A run has resume.safetensors from its first step on: where it is missing
   later, somebody has taken it away. A phase that begins on command is not
   forgotten either. */
tb_status tb_training_save_first(tb_training *t, tb_error *error);

/* All epochs are done: quotes are waited for as long as there is time. */
tb_status tb_training_finish(tb_training *t, tb_error *error);

/* Stopped: what was learned since the last epoch is kept too, and heard when
   nobody is in a hurry. */
tb_status tb_training_save_all(tb_training *t, bool listen, tb_error *error);

/* A step went wrong, but the weights before it are good. `status` is what comes
   back, with more in the error. */
tb_status tb_training_save_after(tb_training *t, tb_status status,
                                 tb_error *error);

/* There was nothing to do. */
void tb_training_tell_done(tb_training *t);

/* ---- steps ---- */

/* The next windows of all feeds, into `frames`; rows follow the first one. */
tb_status tb_training_next_batch(tb_training *t, tb_tracks *const *tracks,
                                 float *const *frames, tb_batch *batch,
                                 tb_error *error);

/* Lets the hooks of the start hear places all over the corpus; nothing else
   changes, and nothing happens once there was a step. */
tb_status tb_training_survey(tb_training *t, tb_error *error);

/* How far the first metric, as last measured, is ahead of what it is held
   against; NaN: it is not. */
double tb_training_ahead(const tb_training *t, const char **than);

/* A sentence for the user. */
void tb_training_note(tb_training *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- phases ---- */

/* The phase that the job asks for, if any. */
tb_status tb_training_begin_phase(tb_training *t, tb_error *error);

/* Before a step: begins what begins with it because of the steps or of the part
   of its time that are over. What was the best so far is forgotten then, and
   rates that fell by themselves may fall anew. */
void tb_training_follow_phases(tb_training *t);

/* After the test of an epoch: begins a phase that waits for a metric to have
   stopped getting better. */
void tb_training_follow_metrics(tb_training *t);

/* Whether its phase has lasted less long than the one before it: what is
   measured may get worse before it gets better. */
bool tb_training_is_young(const tb_training *t);

/* Begins a phase that waits for that because smaller steps do not help either;
   false: there is none. */
bool tb_training_begin_waiting(tb_training *t);

/* The phase that somebody asks for while it trains (run/phase_request.h); one
   that cannot begin is told. */
tb_status tb_training_follow_request(tb_training *t, tb_error *error);

/* ---- what is noticed ---- */

/* At the end of an epoch: tells, once, what measures say is wrong. */
void tb_training_notice(tb_training *t);

/* At the end of all: whether more time would help, where a training has
   phases. */
void tb_training_tell_prospects(tb_training *t);

/* ---- budgets ---- */

/* A moment of the clock that the training goes by. */
double tb_training_now(const tb_training *t);

/* Begins what the job asks for, or goes on with what it is in. */
void tb_training_begin_round(tb_training *t);

/* Writes down how much of its time is used. */
void tb_training_count(tb_training *t);

/* The part of what it was given that is over, 0 to 1; 0: nobody knows. */
double tb_training_part(const tb_training *t);

/* The learning rates of the step that begins now. */
void tb_training_set_pace(tb_training *t);

/* Whether its time is used; whether it was to go on for as long as that helps,
   and does not; and whether all is done. */
bool tb_training_is_time_over(const tb_training *t);
bool tb_training_helps_no_more(const tb_training *t);
bool tb_training_is_done(const tb_training *t);

/* Until that; NaN: nobody knows. */
double tb_training_seconds_left(const tb_training *t);

/* After the test of an epoch: lets the rate fall where that may help, `x` being
   the first metric. */
void tb_training_follow_plateau(tb_training *t, double x);

/* ---- what is left behind ---- */

tb_status tb_training_open_log(tb_training *t, tb_error *error);

/* A line of the log, with the test's result if there is a new one, and one
   epoch of those that were judged and have no line. */
tb_status tb_training_write_line(tb_training *t, bool tested, tb_error *error);

/* At the end of a session: lines for all the others. */
tb_status tb_training_write_judged(tb_training *t, tb_error *error);

/* Finds what was judged in sessions before this and left no line, or one that
   went with those beyond the point that is resumed. */
tb_status tb_training_find_untold(tb_training *t, tb_error *error);

/* Begins to save. The training goes on meanwhile; a failure is told by what is
   saved or waited for next, and by tb_training_check_saving. */
tb_status tb_training_save_resume(tb_training *t, tb_error *error);

/* Looks how the last saving went, waiting for it or not. One that failed is
   tried once more before it ends the training. */
tb_status tb_training_check_saving(tb_training *t, bool wait, tb_error *error);

/* Begins to save weights (averaged, if that is asked for) as the checkpoint of
   an epoch, counted from 1; its path goes to `*path` (null: not wanted), to be
   freed with tb_free. It is there after tb_writer_wait. */
tb_status tb_training_save_checkpoint(tb_training *t, int64_t epoch,
                                      char **path, tb_error *error);

/* ---- latents ---- */

/* Whether there are any: how many directions hold 80, 90, 95 and 99 % of what
   differs, and how many latents say something. */
enum { TB_LATENT_COLUMNS = 5 };
bool tb_training_has_latents(const tb_training *t);
void tb_training_latent_values(const tb_training *t,
                               double values[TB_LATENT_COLUMNS]);

/* What a run that goes on has found. */
void tb_training_open_latents(tb_training *t);

/* After a checkpoint was saved: hears the corpus and tells how latents lie
   where the encoder stands still, or the training ends, and that is not known.
 */
void tb_training_follow_latents(tb_training *t, const char *path, bool last);

/* The same of the run's last checkpoint, when a training was stopped and all of
   it is saved, or one that was done had not come to it. */
void tb_training_catch_up_latents(tb_training *t);

/* A line of the log that tells of them. */
tb_status tb_training_write_latents(tb_training *t, tb_error *error);

/* ---- what is left for ears ---- */

tb_status tb_training_open_examples(tb_training *t, tb_error *error);

/* Makes the examples of an epoch, counted from 1, if it is time for them. */
void tb_training_listen(tb_training *t, int64_t epoch, const char *checkpoint,
                        bool last);

/* Makes examples inside an epoch that takes long, from a checkpoint of what is
   learned by now. */
tb_status tb_training_listen_within(tb_training *t, tb_error *error);

/* Tells how far the index of quotes is, and searches examples that waited for
   it. */
void tb_training_search(tb_training *t);

/* Whether examples wait for it. */
bool tb_training_is_indexing(const tb_training *t);

/* Tells what the bits on held-out sounds mean, once there is something. */
void tb_training_advise(tb_training *t);

/* index.html, now or if it is old. */
tb_status tb_training_write_page(tb_training *t, bool now, tb_error *error);

/* Tells what is decoded. */
tb_cache_watch tb_training_watch_decoding(tb_training *t);

/* The folder of a new run. */
tb_status tb_training_make_folder(tb_training *t, tb_error *error);

/* run.ini */
tb_status tb_training_describe_run(tb_training *t, tb_error *error);

#endif
