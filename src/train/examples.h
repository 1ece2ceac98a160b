/* Sounds to listen to while a network learns: fixed prompts, each continued at
   some temperatures by the weights of one epoch; or clips, made again by them,
   beside the originals (epoch 0). */
#ifndef TB_TRAIN_EXAMPLES_H
#define TB_TRAIN_EXAMPLES_H

#include "run/example_list.h"
#include "run/stage_list.h"
#include "train/data.h"

#include <stdbool.h>

/* The part of the time of a training that examples may take. */
#define TB_EXAMPLES_SHARE 0.15

/* The least that one lasts. */
#define TB_EXAMPLES_LEAST_SECONDS 2.0

typedef struct tb_examples tb_examples;

/* Opens what there is in the run's folder, chooses prompts, and begins to
   listen in the background to what quotes are looked for in. `data` must
   outlive it. Null, too, after a failure. */
tb_examples *tb_examples_open(const char *folder, const tb_data *data,
                              const tb_training_settings *settings,
                              tb_listening listening, int threads,
                              tb_error *error);
void tb_examples_free(tb_examples *examples); /* accepts null */

const tb_example_list *tb_examples_list(const tb_examples *examples);

/* How long the shortest examples would take, as far as is known; 0: not. */
double tb_examples_cost(const tb_examples *examples);

/* Whom to tell. Any may be null. */
typedef struct tb_examples_watch {
    void (*made)(void *context, const char *path, const char *words);
    /* It was made before quotes could be looked for, and does quote. */
    void (*quoted)(void *context, const tb_example *example);
    /* All examples of an epoch were judged together. */
    void (*judged)(void *context, const tb_stage *stage);
    bool (*stop)(void *context); /* true: leave it */
    void *context;
} tb_examples_watch;

/* Makes the examples of an epoch from its checkpoint, in about `seconds` of
   time or what the shortest ones take. TB_ERR_STOPPED when the watch said
   so: then there are none. */
tb_status tb_examples_make(tb_examples *examples, const char *checkpoint,
                           int epoch, double seconds,
                           const tb_examples_watch *watch, tb_error *error);

/* How much of the recordings has been listened to, 0 to 1: from 1 on quotes are
   found. */
double tb_examples_indexed(const tb_examples *examples);

/* What the epochs were judged to be. A stage is judged once the recordings were
   listened to for that too, after quotes can be found. */
const tb_stage_list *tb_examples_stages(const tb_examples *examples);

/* How many epochs wait for that. */
int tb_examples_unjudged(const tb_examples *examples);

/* How many examples wait for quotes. They are marked in examples/list.json, so
   that they are searched when the run goes on, if not now. */
int tb_examples_unsearched(const tb_examples *examples);

/* Searches them, and judges what waits for it, if it can be done by now. A
   failure to listen is told once. */
tb_status tb_examples_search(tb_examples *examples,
                             const tb_examples_watch *watch, bool *searched,
                             tb_error *error);

/* Seconds of sound that quoted the recordings in the examples searched last, on
   average: the share of them, 0 to 1, the longest quote, and the share of the
   recordings that was searched. */
typedef struct tb_examples_quoting {
    double share, longest_seconds, coverage;
} tb_examples_quoting;

tb_examples_quoting tb_examples_quoted(const tb_examples *examples);

#endif
