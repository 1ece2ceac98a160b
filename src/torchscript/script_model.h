/* What a shared `.ts` model offers, by the contract of nn~: methods with
   channels and ratios, attributes that can be set, and streams that play a
   method block by block. State belongs to the model: all its streams share it,
   as all methods of the file do. One thread at a time. */
#ifndef TB_TORCHSCRIPT_SCRIPT_MODEL_H
#define TB_TORCHSCRIPT_SCRIPT_MODEL_H

#include "torchscript/script_snapshot.h"

/* Of so many channels a frame for so many samples of sound, in and out. */
typedef struct tb_script_method {
    const char *name;
    int in_channels, in_ratio, out_channels, out_ratio;
    const char
        *refusal; /* why it cannot run: what is not known; null: it can */
    bool alone;   /* Neutone's: it takes [channels, frames], of one voice */
    int cycle;    /* samples: a call is as many calls of a cycle in a row, by
                     `<name>_cycle` of what Timbrel writes; 0: it does not say */
    int symbol;   /* samples, at whose end it looks whether it listens, by
                     `<name>_symbol`; 1: it does not say */
    const char *cycles; /* what plays whole cycles alone, without the queue that
                           takes any number of samples; null: there is no queue
                         */
} tb_script_method;

/* Numbers by which files say what an attribute takes. */
typedef enum tb_script_attribute_type {
    TB_ATTRIBUTE_BOOL,
    TB_ATTRIBUTE_INT,
    TB_ATTRIBUTE_FLOAT,
    TB_ATTRIBUTE_TEXT,
    TB_ATTRIBUTE_TENSOR,
    TB_ATTRIBUTE_BUFFER
} tb_script_attribute_type;

enum { TB_MOST_ATTRIBUTE_VALUES = 16 };

typedef struct tb_script_attribute {
    const char *name;
    int count;
    tb_script_attribute_type types[TB_MOST_ATTRIBUTE_VALUES];
    const char *refusal; /* why its setter cannot run; null: it can */
} tb_script_attribute;

/* A sound that attributes can be set to, by its name: a buffer's, or the first
   channel as a tensor's. */
typedef struct tb_script_sound {
    const char *name;
    const float *samples; /* [channels][frames] */
    int channels;
    int64_t frames;
    double sample_rate; /* Hz */
} tb_script_sound;

typedef struct tb_script_sounds {
    const tb_script_sound *at;
    int count;
} tb_script_sounds;

typedef struct tb_script_model {
    tb_script_module *module;
    tb_script_plan_settings settings;
    const tb_script_sounds *sounds; /* the caller's; null: there are none */
    double sample_rate;             /* Hz; 0: the file does not say */
    int method_count, attribute_count;
    tb_script_method *methods;
    tb_script_attribute *attributes;
    int ratio;          /* blocks are multiples of it: the largest of all, in
                           whole cycles */
    int64_t parameters; /* numbers in __parameters__, each storage once */
    bool on_trial;      /* attributes are, until it ends (script_trial.h) ... */
    tb_script_snapshot before; /* ... and this is what they were */
} tb_script_model;

/* Null and an error when the file is no such model. `settings` may be null. */
tb_script_model *tb_script_model_open(const char *path,
                                      const tb_script_plan_settings *settings,
                                      tb_error *error);

/* The same of any TorchScript file: there may be no method to play. */
tb_script_model *tb_script_model_look(const char *path,
                                      const tb_script_plan_settings *settings,
                                      tb_error *error);
void tb_script_model_close(tb_script_model *model); /* accepts null */

/* Null and an error that names the methods there are, or what it needs that is
   not known. */
const tb_script_method *tb_script_model_method(const tb_script_model *model,
                                               const char *name,
                                               tb_error *error);

/* Sets an attribute from texts, one for each of its values: "true", "0.5", the
   name of one of the model's sounds. An attribute that the model refuses is
   TB_ERR_ARGUMENT. */
tb_status tb_script_model_set(tb_script_model *model, const char *name,
                              int count, const char *const *values,
                              tb_error *error);

/* The call that would set it, recorded and not run; null and an error. */
tb_script_plan *tb_script_model_setting(tb_script_model *model,
                                        const tb_script_attribute *attribute,
                                        int count, const char *const *values,
                                        tb_error *error);

/* What it has now, as text ("0.5", "true, false"); "?" where it cannot be read.
   False without memory. */
bool tb_script_model_get(tb_script_model *model, const char *name, char *text,
                         size_t size);

/* Numbers that it has by a name: of a slot, or else what a method without
   arguments gives. How many; 0: it has none, or more than `most`. */
int tb_script_model_numbers(tb_script_model *model, const char *name, int most,
                            double *out);

/* Tells a model in queues of samples (Neutone's) of the block that it will get,
   at its sample rate or any; others need not know. On a control thread, before
   a plan is made. */
tb_status tb_script_model_tell_host(tb_script_model *model, int64_t block,
                                    tb_error *error);

/* ---- playing ---- */

typedef struct tb_script_stream tb_script_stream;

/* A method for so many rows and samples of sound a block, a multiple of the
   model's ratio. Blocks of a method with cycles that hold no whole number of
   them go through its queue, and are later by that. Recorded now. */
tb_script_stream *tb_script_stream_new(tb_script_model *model,
                                       const tb_script_method *method, int rows,
                                       int64_t samples, tb_error *error);
void tb_script_stream_free(tb_script_stream *stream); /* accepts null */

/* Blocks from now on draw the chance of this seed, from its beginning; 0 at
   first. The same seed gives the same sound in blocks of any length, each
   method draws its own. */
TB_REALTIME void tb_script_stream_seed(tb_script_stream *stream, uint64_t seed);

/* Who says how late a method answers. */
typedef enum tb_latency_source {
    TB_LATENCY_UNKNOWN,
    TB_LATENCY_TOLD,     /* the model: `<method>_latency` or `latency`, a number
                            of samples */
    TB_LATENCY_ASKED,    /* Neutone's models: calc_model_delay_samples, and
                            calc_buffering_delay_samples of their queues */
    TB_LATENCY_OF_LAYERS /* cached_conv's, each of which tells of its own */
} tb_latency_source;

/* Samples of sound by which what comes out is later than what it answers to,
   besides those that a host collects for a block. 0 where nobody says. */
double tb_script_stream_latency(tb_script_stream *stream,
                                tb_latency_source *source);

/* What its plan holds in memory. */
void tb_script_stream_memory(const tb_script_stream *stream,
                             tb_script_memory *memory);

/* The plan of its method, for those who measure. */
const tb_plan *tb_script_stream_plan(const tb_script_stream *stream);

/* One block: in[row * in_channels + channel] has samples / in_ratio numbers,
   out likewise gets samples / out_ratio. False: what the program would do now
   has not been recorded; it waits for the same block again, of which it may
   have played whole cycles. */
TB_REALTIME bool tb_script_stream_run(tb_script_stream *stream,
                                      const float *const *in,
                                      float *const *out);

/* The same on all threads of a pool, where nobody waits for a sound. */
bool tb_script_stream_run_wide(tb_script_stream *stream, const float *const *in,
                               float *const *out, tb_pool *pool);

/* Records what is missing, on a control thread while nobody runs a stream of
   the model: after an attribute was set, and when a run says so. */
tb_status tb_script_stream_prepare(tb_script_stream *stream, tb_error *error);

/* Both in turn, for those who may wait: one block, whatever it takes. */
tb_status tb_script_stream_play(tb_script_stream *stream,
                                const float *const *in, float *const *out,
                                tb_error *error);

#endif
