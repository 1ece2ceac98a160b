/* Timbrel: opening what was trained, and playing it.

       tb_model *m = tb_model_open("runs/bells", &message);
       tb_voices *v = tb_voices_new(m, &settings, &message);
       tb_voices_prompt(v, prompts, frames);
       while (...)
           tb_voices_run(v, out, 1024);

   A model is a checkpoint, opened once: its weights are mapped from the file,
   prepared once for each precision and shared by all voices of all methods. It
   is read-only and may be used by any number of threads. Voices are one
   timeline each and belong to one thread at a time.

   A TorchScript file that others made for nn~ or Neutone (.ts, .nm) is a model
   too. Its program keeps states of its own, so that each tb_voices loads it
   anew. */
#ifndef TIMBREL_MODEL_H
#define TIMBREL_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <timbrel/realtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- models ---- */

typedef struct tb_model tb_model;

/* The sentence that tells what went wrong, for those functions that can fail;
   null where none is wanted. */
typedef struct tb_message {
    char text[1024];
} tb_message;

/* Opens a checkpoint: a file, or a run's folder, whose latest epoch is taken;
   "runs/bells@12" is epoch 12 and "runs/bells@10..20" the average of these
   epochs' weights. Or a TorchScript file. Null and a message when that cannot
   be. Any thread. */
tb_model *tb_model_open(const char *path, tb_message *message);

/* Several checkpoints, up to 8, that vote on each symbol: of any networks that
   speak the same alphabet. How much each counts is its control "weight_1",
   "weight_2"..., 0 to 1, all alike at first. */
tb_model *tb_model_open_vote(const char *const *paths, int count,
                             tb_message *message);
void tb_model_close(tb_model *model); /* after its voices; accepts null */

/* Hz; 0: a file of others that does not say. */
double tb_model_sample_rate(const tb_model *model);

int tb_model_channels(const tb_model *model); /* of the sound that it makes */

/* The instrument's name; "torchscript" for files of others. */
const char *tb_model_kind(const tb_model *model);

int tb_model_epoch(const tb_model *model); /* -1: not known */

/* ---- methods ---- */

/* What a model can do: "generate" (sound that goes on by itself), "forward"
   (sound to sound), "encode" (sound to what the model computes with: codes, or
   latent vectors) and "decode" (the way back). A TorchScript file may have
   others, such as "prior", whose frames of temperatures become latents; where
   it has a prior and a decode, "generate" is both in a row, and "forward"
   likewise. */
int tb_model_methods(const tb_model *model);
const char *tb_model_method(const tb_model *model, int i);

/* What goes in or out of a method: real or whole numbers of so many channels;
   `frames` frames of it stand for `per` frames of sound. */
typedef struct tb_port_facts {
    const char *name;
    bool is_sound;
    int channels;
    int64_t frames, per;
    int levels; /* whole numbers from 0 to levels - 1; 0: real ones */
} tb_port_facts;

/* False when there is no such method or port. */
bool tb_model_input(tb_model *model, const char *method, int i,
                    tb_port_facts *facts);
bool tb_model_output(tb_model *model, const char *method, int i,
                     tb_port_facts *facts);

/* ---- controls ---- */

typedef enum tb_control_type {
    TB_CONTROL_REAL,
    TB_CONTROL_INTEGER,
    TB_CONTROL_BOOL,    /* 0 or 1 */
    TB_CONTROL_CHOICE,  /* the index of a name in `choices` */
    TB_CONTROL_TRIGGER, /* 1 in the run after it was set, then 0 */
    TB_CONTROL_ARRAY    /* `length` real numbers */
} tb_control_type;

/* What can be turned while a method plays. */
typedef struct tb_control {
    const char *name; /* as typed: "temperature", "top_k" */
    const char *unit; /* null: none */
    const char *help; /* one line */
    tb_control_type type;
    double low, high, standard; /* both included; of each number of an array */
    const char *const *choices; /* ends with null; CHOICE */
    int length;                 /* ARRAY; else 1 */
    bool per_row;               /* each voice has its own */
    bool planned;               /* a change needs tb_voices_prepare */
} tb_control;

/* Control i of a method; null when there are no more. */
const tb_control *tb_model_control(tb_model *model, const char *method, int i);

/* What files of others let one set that is no control: texts, sounds, several
   numbers at once. The name of number i, null when there are no more, and what
   it stands at, as texts are set: "0.5,1". Both are the model's. */
const char *tb_model_attribute(const tb_model *model, int i,
                               const char **standard);

/* ---- voices ---- */

/* Voices that run side by side, row by row, through one method. */
typedef struct tb_voices tb_voices;

typedef struct tb_voices_settings {
    const char *method; /* null: "generate" */
    int voices;         /* rows, at least 1 */
    uint64_t seed;      /* the same seed gives the same sound */
    int first_voice;    /* number of the first, in all that share the seed */
    int64_t block;      /* the most frames of one pass; 0: what suits */
    bool full_weights;  /* 32 bits instead of 16: slower, hardly other */

    bool silent; /* of files of others: what they draw by chance is zero */
    int threads; /* that a block of what has an input may use offline; 0: one */

    /* Of files of others that have an input: seconds of silence that they hear
       first. Files hold the last samples of what their exporters played, which
       sounds until it is forgotten, up to 1.3 s; 0: they begin with that. */
    double settle;
} tb_voices_settings;

/* The defaults: one voice that generates, seed 0, 16-bit weights. */
tb_voices_settings tb_voices_defaults(void);

tb_voices *tb_voices_new(tb_model *model, const tb_voices_settings *settings,
                         tb_message *message);
void tb_voices_free(tb_voices *voices); /* accepts null */

/* The index of a control, -1: there is none of this name (- and _ are the
   same). */
int tb_voices_control(const tb_voices *voices, const char *name);

/* How many frames of sound later what went in comes out, 0 for those that
   generate; -1: a file of others does not say. */
TB_REALTIME int64_t tb_voices_latency(const tb_voices *voices);

/* tb_voices_process takes multiples of so many frames of sound: 1 for most that
   go from sound to sound, a frame of latents for those that encode or decode,
   and for files of others the block of the settings, rounded up to what they
   want. */
TB_REALTIME int64_t tb_voices_grain(const tb_voices *voices);

/* Whether there is something for tb_voices_prepare to do; what they play until
   then is silent, or as it was before a planned control was set. */
TB_REALTIME bool tb_voices_waits(const tb_voices *voices);

/* ---- between two runs, off the audio thread ---- */

/* Sets a control of all voices from a text: "0.5", "true", a choice by its
   name, "1,0.5" for an array; and what is no control, texts of files of others.
   False and a message when that is not understood or not taken. */
bool tb_voices_set_text(tb_voices *voices, const char *control,
                        const char *text, tb_message *message);

/* A sound that attributes of files of others can be set to by its name from now
   on (tb_voices_set_text): `channels` interleaved ones, copied, in the place of
   an earlier one of the name; what was set to that stays as it is. False and a
   message when that cannot be. */
bool tb_voices_give_sound(tb_voices *voices, const char *name,
                          const float *samples, int64_t frames, int channels,
                          double sample_rate, tb_message *message);

/* Does what must not be done while playing, where there is something: controls
   that are `planned`; files of others that were reset, or whose program takes
   another way than before. Until then these are silent. False and a message
   when the voices cannot go on: they are silent for good. */
bool tb_voices_prepare(tb_voices *voices, tb_message *message);

/* tb_voices_run and tb_voices_process for those who may wait, such as programs
   that write files: prepares whenever there is something, so that nothing is
   left out. False and a message when the voices cannot go on. */
bool tb_voices_run_offline(tb_voices *voices, float *const *samples,
                           int64_t frames, tb_message *message);
bool tb_voices_process_offline(tb_voices *voices, const float *const *in,
                               float *const *out, int64_t frames,
                               tb_message *message);

/* ---- one thread at a time; nothing below allocates or locks ---- */

/* Sets a control of one voice, or of all for voice -1 (and where it is not per
   voice); clamped to its range. From the next run on, but for the first sample,
   which was drawn when the last run or prompt ended. */
TB_REALTIME void tb_voices_set(tb_voices *voices, int control, int voice,
                               double x);
TB_REALTIME void tb_voices_set_array(tb_voices *voices, int control, int voice,
                                     const double *x);

/* Generating: feeds a prompt of `frames` frames for each voice: samples[voice]
   points at frames * channels interleaved samples from -1 to 1. May be called
   several times in succession, and again after a run, whose sound it then
   follows. Where a network speaks in frames of many samples, the first samples
   of a prompt are left out so that its end is the end of a frame; in pieces,
   that of the first piece: what all of them leave over at the end is heard by
   the decoder alone. */
TB_REALTIME void tb_voices_prompt(tb_voices *voices,
                                  const float *const *samples, int64_t frames);

/* Generating: makes `frames` frames of every voice into samples[voice]
   (interleaved, from -1 to 1). */
TB_REALTIME void tb_voices_run(tb_voices *voices, float *const *samples,
                               int64_t frames);

/* What has an input: `frames` frames of sound, or what stands for them, in give
   as many out, later by tb_voices_latency and zeros before. `frames` is a
   multiple of tb_voices_grain. in[voice] points at interleaved numbers of the
   method's first input (tb_model_input): frames * its frames / its per of
   them, for each of its channels; out[voice] likewise at its first output.
   Whole numbers are floats, too. `in` and `out` may be the same where a frame
   of one is as large as one of the other. */
TB_REALTIME void tb_voices_process(tb_voices *voices, const float *const *in,
                                   float *const *out, int64_t frames);

/* Back to the beginning, without prompt, with another seed. Controls stay. */
TB_REALTIME void tb_voices_reset(tb_voices *voices, uint64_t seed);

/* Goes on where `from` stands, with the weights of the own model: its memory is
   taken, nothing is played again. Both of the same method, number of voices and
   shape of network; false (and nothing is changed) when they are not. `from`
   stays as it is and may play on, so that the two can be faded. */
TB_REALTIME bool tb_voices_take_over(tb_voices *voices, const tb_voices *from);

#ifdef __cplusplus
}
#endif

#endif
