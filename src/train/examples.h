/* Sounds to listen to while a network learns: fixed prompts, each continued at
   some temperatures by the weights of one epoch. */
#ifndef TB_TRAIN_EXAMPLES_H
#define TB_TRAIN_EXAMPLES_H

#include "run/example_list.h"
#include "train/data.h"

#include <stdbool.h>

/* The part of the time of a training that examples may take. */
#define TB_EXAMPLES_SHARE 0.15

/* The least that one lasts. */
#define TB_EXAMPLES_LEAST_SECONDS 2.0

typedef struct tb_examples tb_examples;

/* Opens what there is in the run's folder and chooses prompts. `data` must
   outlive it. Null, too, after a failure. */
tb_examples *tb_examples_open(const char *folder, const tb_data *data,
                              const tb_training_settings *settings, int threads,
                              tb_error *error);
void tb_examples_free(tb_examples *examples); /* accepts null */

const tb_example_list *tb_examples_list(const tb_examples *examples);

/* How long the shortest examples would take, as far as is known; 0: not. */
double tb_examples_cost(const tb_examples *examples);

/* Whom to tell. Either may be null. */
typedef struct tb_examples_watch {
    void (*made)(void *context, const char *path, const char *words);
    bool (*stop)(void *context); /* true: leave it */
    void *context;
} tb_examples_watch;

/* Makes the examples of an epoch from its checkpoint, in about `seconds` of
   time or what the shortest ones take. TB_ERR_STOPPED when the watch said
   so: then there are none. */
tb_status tb_examples_make(tb_examples *examples, const char *checkpoint,
                           int epoch, double seconds,
                           const tb_examples_watch *watch, tb_error *error);

/* Seconds of sound that quoted the recordings in the last examples, on
   average: the share of them, 0 to 1, and the longest quote. */
typedef struct tb_examples_quoting {
    double share, longest_seconds;
} tb_examples_quoting;

tb_examples_quoting tb_examples_quoted(const tb_examples *examples);

#endif
