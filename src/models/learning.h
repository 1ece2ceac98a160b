/* How an instrument learns: graphs with a loss, what feeds them, whose weights
   they move, in which order, and what is measured and heard meanwhile. The
   training (train/) runs any such program: it knows no networks.

   A step draws a batch from each feed, runs the objectives that have their turn
   (over several micro-batches, whose gradients and statistics are averaged) and
   then moves each group of parameters once and writes the buffers. */
#ifndef TB_MODELS_LEARNING_H
#define TB_MODELS_LEARNING_H

#include "base/status.h"
#include "engine/optimiser.h"
#include "engine/params.h"
#include "engine/rate_schedule.h"
#include "models/method.h"

/* ---- feeds ---- */

typedef enum tb_feed_kind {
    TB_FEED_TRACKS,   /* rows go on from step to step, with their states */
    TB_FEED_EXCERPTS, /* each step hears other places */
    TB_FEED_METHOD,   /* a method's output over the corpus, made once */
    TB_FEED_LABELS    /* the labels of what the first feed gives: numbers from
                         1, 0 for none (corpus/label_map.h) */
} tb_feed_kind;

/* Frames are those of sound; of METHOD, those of its symbols, in which feeds of
   one program should last as long as in the others. */
typedef struct tb_feed {
    const char *name;
    tb_feed_kind kind;
    int64_t context; /* frames heard before those that count */
    int64_t window; /* frames that count in a step; all feeds of TRACKS alike */
    const char *labels; /* LABELS: names, "A,B"; as long as the first feed */
    /* METHOD, the rest of it: an input of the shape of its symbols gets what
       "encode" of a checkpoint makes of the sound. */
    const char *method;
    const struct tb_checkpoint
        *of; /* the base, or null: only its size counts */
    tb_symbols symbols;
    bool excerpts; /* drawn as EXCERPTS are, else as TRACKS */
} tb_feed;

/* Numbers in a frame of a feed, and its frames in so many of sound, where
   sound has so many channels. */
int tb_feed_channels(const tb_feed *feed, int sound_channels);
int64_t tb_feed_frames(const tb_feed *feed, int64_t sound_frames);
bool tb_feed_is_excerpts(const tb_feed *feed);

/* ---- numbers that change ---- */

typedef enum tb_ramp_shape {
    TB_RAMP_LINEAR,
    TB_RAMP_GEOMETRIC /* by equal factors; both ends above 0 */
} tb_ramp_shape;

/* A number given to graphs (a KL weight): `from` until step `start`, then to
   `to` in `steps` steps. Steps count from the phase that it names (-1: from the
   beginning). */
typedef struct tb_scheduled {
    const char *name; /* in logs */
    double from, to;
    int64_t start, steps;
    int phase;
    tb_ramp_shape shape;
} tb_scheduled;

/* ---- objectives ---- */

enum {
    TB_MOST_FEEDS = 4,
    TB_MOST_NUMBERS = 8,
    TB_MOST_INPUTS = 12,
    TB_MOST_OBJECTIVES = 4,
    TB_MOST_PHASES = 4,
    TB_MOST_TURNS = 16,
    TB_MOST_GROUPS = 4,
    TB_MOST_METRICS = 16,
    TB_MOST_STATISTICS = 96,
    TB_MOST_HOOKS = 4
};

typedef enum tb_input_kind {
    TB_INPUT_FEED,   /* sound of a feed, real [rows, channels, frames] */
    TB_INPUT_NUMBER, /* a scheduled number, real [1] */
    TB_INPUT_OUTPUT  /* a value of another objective that ran before in the same
                        step: bound, not copied */
} tb_input_kind;

typedef struct tb_learning_input {
    tb_value *value; /* an input of the graph */
    tb_input_kind kind;
    int index;              /* of the feed, number or objective */
    const tb_value *output; /* OUTPUT: of that objective's graph, of the same
                               type and shape */
} tb_learning_input;

/* A graph with a loss: what one run of forward and backward computes. What it
   freezes has no gradient, and is evaluated by graphs that are built so. */
typedef struct tb_objective {
    const char *name;      /* "autoencoder", "discriminators" */
    tb_graph *graph;       /* owned by the learning; objectives may share one */
    tb_value *loss;        /* [1] real: smaller is better; null: only outputs */
    unsigned groups;       /* bit i: its gradients move group i ... */
    const char *frozen[4]; /* ... but for names that begin so; null: no more */
    int input_count;
    tb_learning_input input[TB_MOST_INPUTS];
} tb_objective;

/* ---- phases ---- */

/* When an objective has its turn in a phase: at steps s of the phase with
   s % every == offset. */
typedef struct tb_phase_turn {
    int objective, every, offset;
} tb_phase_turn;

/* Phases follow each other. A phase begins at a step, when a part of what was
   given is over, when a metric has stopped getting better, whichever comes
   first, or on command; when it began is recorded, so that a resumed training
   knows. */
typedef struct tb_learning_phase {
    const char *name;
    const char *about; /* what one should know when it begins; null: nothing */
    int64_t from;      /* step of the training; 0 or -1: not by steps */
    double share;      /* of the minutes or epochs; 0: not by them */
    int metric;        /* begins when metric i has not been better for ... */
    int patience;      /* ... so many tests; 0: not by a metric */
    int64_t patience_steps; /* and steps */
    bool annealed; /* schedules of rates end where it begins, and stay there */
    int turn_count;
    tb_phase_turn turn[TB_MOST_TURNS];
} tb_learning_phase;

/* ---- groups ---- */

/* Parameters whose names begin with one of the prefixes, "" being all, moved by
   one optimiser. Objectives and groups are disjoint in time, not in names: a
   parameter that two groups hold has a state in each. */
typedef struct tb_group {
    const char *name;
    const char *prefix[4]; /* ends with null if there are fewer */
    const char *ending;    /* of their names, too; null: any */
    tb_optimiser_settings optimiser;
    tb_rate_schedule rate;
    bool anew; /* a rate that falls by itself is whole again in each phase */
} tb_group;

/* ---- metrics ---- */

typedef enum tb_better {
    TB_NEITHER_IS_BETTER,
    TB_LOWER_IS_BETTER,
    TB_HIGHER_IS_BETTER
} tb_better;

/* Where a metric stands between knowing nothing and knowing everything. */
typedef enum tb_yardstick {
    TB_YARDSTICK_NONE,
    TB_YARDSTICK_ENTROPY,   /* bits of levels: against the entropies of the
                               corpus in the same alphabet (judge/entropy.h) */
    TB_YARDSTICK_RATIO,     /* distances: against `yard`, measured beside it */
    TB_YARDSTICK_DIFFERENCE /* logarithms: likewise */
} tb_yardstick;

typedef struct tb_metric {
    const char *name;  /* column of the log: "bits" */
    const char *title; /* of its chart: "bits per sample" */
    const char *unit;  /* null: none */
    tb_better better;
    int objective;
    const tb_value *value; /* [1] in its graph */
    int later; /* the same of an objective that learns in other phases */
    const tb_value *later_value; /* null: there is none */
    double scale;                /* times this (nats to bits); 0 means 1 */
    double least;                /* where it falls below that in training ... */
    const char *below; /* ... something is wrong, which is told; or null */
    bool tested;       /* on held-out sound too */
    const char *ahead; /* told at the end where it is better there than the
                          first metric by a twentieth; or null */
    tb_yardstick yardstick;
    const tb_value
        *yard; /* RATIO, DIFFERENCE: [1], what a simple guess would reach */
    const char *yard_name; /* "the last frame repeated" */
    int levels;            /* ENTROPY: of the alphabet, as dsp/mulaw.h */
    double mulaw;
} tb_metric;

/* ---- buffers ---- */

/* A statistic of the step, averaged over micro-batches and ranks. */
typedef struct tb_statistic {
    int objective;
    const tb_value *value; /* of its graph */
    tb_value *mean;        /* an input of `update`, of the same shape */
} tb_statistic;

/* New values of buffers from statistics and old values: one small graph that
   runs after the optimisers. */
typedef struct tb_buffer_update {
    const char *name; /* of the parameter that is written */
    tb_value *value;  /* of `update`, of its shape */
} tb_buffer_update;

/* Host code that writes parameters (k-means at the start, an eigenvalue
   problem). */
typedef enum tb_hook_time {
    TB_HOOK_START,          /* before the first step */
    TB_HOOK_EVERY,          /* every `steps` steps */
    TB_HOOK_EVERY_AT_FIRST, /* likewise, in the first phase */
    TB_HOOK_PHASE           /* when phase `steps` begins */
} tb_hook_time;

typedef struct tb_hook {
    const char *name;
    tb_hook_time time;
    int64_t steps;
    int objective; /* run once, forward, on the batch of that step ... */
    const tb_value *value; /* ... for this value of its graph; null: none */
    /* `x` holds the value's elements in logical order; must be a function of
       its arguments alone. */
    tb_status (*run)(const void *config, tb_params *params, const double *x,
                     int64_t n, uint64_t seed, tb_error *error);
    const char *fills; /* START, beside weights that were put in from elsewhere:
                          runs if this parameter is zero; null: does not */
} tb_hook;

/* ---- all of it ---- */

/* What is heard at each stage. */
typedef enum tb_listening {
    TB_LISTEN_PROMPTS, /* prompts going on by themselves */
    TB_LISTEN_CLIPS    /* clips made again, beside the originals */
} tb_listening;

typedef struct tb_learning {
    int feed_count, number_count, objective_count, phase_count, group_count,
        metric_count, statistic_count, update_count, hook_count;
    tb_feed feed[TB_MOST_FEEDS];
    tb_scheduled number[TB_MOST_NUMBERS];
    tb_objective objective[TB_MOST_OBJECTIVES];
    tb_learning_phase phase[TB_MOST_PHASES];
    tb_group group[TB_MOST_GROUPS];
    tb_metric metric[TB_MOST_METRICS]; /* the first one judges the training */
    tb_statistic statistic[TB_MOST_STATISTICS];
    tb_graph *update; /* owned; null: no buffers are written by steps */
    tb_buffer_update updates[TB_MOST_STATISTICS];
    tb_hook hook[TB_MOST_HOOKS];
    int64_t grain; /* a window consists of whole frames of so many; 0: any */
    tb_listening listening;
} tb_learning;

/* What a user chose, from which objectives are built. */
typedef struct tb_learning_size {
    int rows;       /* of a batch, or of a micro-batch */
    int64_t window; /* frames of sound learned from in a step */
    const struct tb_checkpoint *base; /* stood on; null: none */
    bool testing; /* the graphs are for held-out sound: evaluation */
    tb_optimiser_settings optimiser; /* defaults for groups */
    tb_rate_schedule rate;
} tb_learning_size;

void tb_learning_clear(tb_learning *learning);

/* The phase of this name or, from 1 on, of this number; -1 and, in the error,
   the names there are. */
int tb_learning_find_phase(const tb_learning *learning, const char *name,
                           tb_error *error);

struct tb_instrument;

/* One objective: minus the log-likelihood of the network's own symbols, over
   tracks; one group of all parameters; the metric "bits" (of levels) or "nats".
 */
tb_status tb_learn_to_foresee(const struct tb_instrument *instrument,
                              const void *config, const tb_learning_size *size,
                              tb_learning *learning, tb_error *error);

#endif
