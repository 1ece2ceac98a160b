/* An instrument: everything that a composer plays is at most three streams,
   encode (sound to symbols), loop (symbols to the next), decode (symbols to
   sound), and one way to learn. A kind of instrument is one file and one row of
   the table in instrument.c; command line, help, checkpoints, log, page and
   hosts follow from it and name no kind. doc/adding-a-network.md tells how to
   write one. */
#ifndef TB_MODELS_INSTRUMENT_H
#define TB_MODELS_INSTRUMENT_H

#include "base/settings.h"
#include "engine/params.h"
#include "models/learning.h"
#include "models/method.h"
#include "nn/distribution.h"

struct tb_checkpoint; /* models/checkpoint.h */

enum { TB_MOST_BASES = 8 }; /* that one instrument stands on */

typedef struct tb_sound_format {
    double sample_rate; /* Hz */
    int channels;
} tb_sound_format;

/* ---- networks: what streams and learning are built from ---- */

/* Where a network is being built, for its builders. */
typedef struct tb_builder {
    tb_graph *graph;
    const void *config;
    int rows;
    bool learning;     /* dropout is on, batch statistics are of the batch */
    tb_method *method; /* where controls are found; null in learning */
    const struct tb_checkpoint *base; /* stood on; null: none */
    tb_value *labels; /* i64 [rows, frames of the first feed]; null: controls */
    tb_value *temperature; /* [rows], of what decode gets; null: none was
                              drawn */
    tb_value *measured;    /* set by an encode that buffers are measured for */
} tb_builder;

/* The value of a control: real [rows] or [rows, length] (INTEGER and what
   counts: i64), [1] or [length] if it is not per row. Those of one name are
   one. In learning it stands at its default. */
tb_value *tb_builder_control(tb_builder *b, const tb_control *control);

/* The prompt's own sound while it is heard, for a decoder that is primed: it
   lets what it would recover (phases) be the sound's own, so that nothing
   clicks where the network goes on. Both null where there is no prompt. */
typedef struct tb_prime {
    tb_value *sound;  /* real [rows, channels, frames] */
    tb_value *primed; /* real [1, 1, frames]: 1 where `sound` holds, else 0 */
} tb_prime;

/* What the base makes of sound and of symbols, frozen and in evaluation: its
   parameters begin with "base." in the graph. Those that an instrument leaves
   out are taken from its base by themselves; these are for its own encode and
   decode that go further. */
tb_value *tb_base_encode(tb_builder *b, tb_value *sound);
tb_value *tb_base_decode(tb_builder *b, tb_value *symbols,
                         const tb_prime *prime);

/* Any of the three may be null. Sound is real [rows, channels, frames]. */
typedef struct tb_network {
    tb_symbols (*symbols)(const void *config);

    /* What makes the symbols of two configurations with this very `symbols`
       mean something else, beside what tb_symbols tells: a setting, or null. A
       null function: nothing. */
    const char *(*symbols_differ)(const void *a, const void *b);

    /* Frame j of the symbols depends on sound before frame
       (j + 1) * per / frames alone, where there is a loop. */
    tb_value *(*encode)(tb_builder *b, tb_value *sound);

    /* Sets the buffers that encode and decode use, before the first step of a
       training, from what encode left in `measured` of the builder: a tb_hook
       (models/learning.h). Null: there are none. */
    tb_status (*measure)(const void *config, tb_params *params, const double *x,
                         int64_t n, uint64_t seed, tb_error *error);

    /* The distribution of the symbol that follows those before: its frame j is
       about frame j + context of the symbols and sees those before it alone.
       In streams context is 0; in learning it is that of `context`. */
    tb_distribution (*loop)(tb_builder *b, tb_value *symbols, int64_t context);

    /* Frames of symbols that learning must hear before those that it learns. */
    int64_t (*context)(const void *config);

    /* Names of the labels that it learns, "A,B" or empty
       (models/label_condition.h). Null: it learns none. */
    const char *(*labels)(const void *config);

    /* Frames of symbols that a window consists of whole ones of; null: 1. */
    int64_t (*grain)(const void *config);

    /* Compression of the levels, if symbols are levels of sound (dsp/mulaw.h);
       null: they are not. */
    double (*mulaw)(const void *config);

    /* -ln p [rows, frames] of symbols in 256 mu-law levels, by a distribution
       over finer levels of sound, so that it can be held against that of
       others; null, or a null result: its levels are what they are. */
    tb_value *(*coarse_nats)(tb_builder *b, const tb_distribution *d,
                             tb_value *symbols);

    /* May look ahead at symbols that come later (overlapping frames): voices
       say those first and leave out what is not sound yet. */
    tb_value *(*decode)(tb_builder *b, tb_value *symbols,
                        const tb_prime *prime);
    bool primes; /* decode makes use of `prime` */
} tb_network;

/* ---- buffers ---- */

/* Who writes a tensor of a checkpoint that no optimiser moves. */
typedef enum tb_buffer_writer {
    TB_WRITER_STEP,      /* each step of learning (running statistics) */
    TB_WRITER_HOOK,      /* host code: see tb_hook in models/learning.h */
    TB_WRITER_CHECKPOINT /* the base: a copy of what it holds by this name */
} tb_buffer_writer;

typedef struct tb_buffer_row {
    const char
        *prefix; /* of the names of such parameters; ends the list: null */
    tb_buffer_writer writer;
} tb_buffer_row;

/* ---- recordings as they are ---- */

/* What a native instrument plays of its corpus: `train` puts it into a
   checkpoint, which is all that there is to its training. */
typedef struct tb_gathering {
    /* The parameter [frames, channels] that takes the sound. */
    const char *recordings;

    /* Makes the configuration one for so many frames, or for as many of them as
       it wants; none: that is too little. */
    void (*make_room)(void *config, int64_t frames);

    /* After the sound is there: fills what is made of it. */
    tb_status (*gathered)(const void *config, tb_params *params,
                          tb_error *error);
} tb_gathering;

/* ---- budgets ---- */

/* A size of a network, with the settings of a training that suit it. All sizes
   of an instrument say the same settings. */
typedef struct tb_network_size {
    const char *name;             /* "256 units"; ends the list: null */
    const char *const *overrides; /* as of a preset */
    double cost;  /* of learning from a second of sound, the first size's being
                     1 */
    double wants; /* hours of sound, in all epochs together, from which on it
                     has learned more than smaller ones */
    int most;     /* hearings from which on it learns by heart; 0: unknown */
    const char *const *sustained; /* what else suits sounds that mostly sustain;
                                     null: nothing */
} tb_network_size;

/* What an instrument is good for, to be taken when nobody names one. */
typedef struct tb_suits {
    double sustained, struck, spoken; /* how well, 0 to 1 */
    double minutes;    /* of training from which on it is worth it */
    const char *sound; /* what it will sound like: a sentence */
} tb_suits;

/* ---- instruments ---- */

typedef struct tb_instrument {
    const char *name;  /* as typed: "samplernn" */
    const char *about; /* one line */

    /* The configuration is a plain struct that a table describes; presets may
       name settings of the training too ("training.batch=32"). */
    const tb_settings *settings;
    size_t config_size;
    const char *preset; /* that a training begins with; null: none */

    /* From small to large, of which a plan takes one. Null: there is one. */
    const tb_network_size *sizes;

    const tb_suits *suits; /* null: is taken by name alone */

    /* Refuses what does not go together, with the nearest that does. Null: all
       goes. */
    tb_status (*check)(const void *config, tb_error *error);
    tb_sound_format (*format)(const void *config);

    /* What somebody should know before a training begins, in a sentence (that
       it needs hours). Null, and where it says null: nothing. */
    const char *(*advice)(const void *config);

    /* The setting that asks for a network that has learned already
       ("key=value", to be had by --from), if there is one among these. Null,
       and where it says null: none. */
    const char *(*wants_from)(const void *config);

    /* What suits a training that will hear so many hours of sound in all,
       whatever its presets say: "key=value"s, ends with null, by rules that
       were measured. Null, and where it is: what presets say. */
    const char *const *(*budget)(const void *config, double hours);

    const tb_network *network;                /* null: native code */
    const tb_native *native;                  /* null: a network */
    const tb_control *const *native_controls; /* ends with null */

    /* What a checkpoint holds, no more and no less: adds the parameters and
       buffers to a graph. Null: those of encode, loop and decode. */
    void (*declare)(const void *config, tb_graph *graph);
    const tb_buffer_row *buffers; /* null: none */

    /* Fresh values, which depend on the seed alone. Null: tb_init_params. */
    void (*init)(const void *config, tb_params *params, uint64_t seed);

    const tb_gathering *gathering; /* null: it learns */

    /* How it learns. Null: to foresee its own symbols (tb_learn_to_foresee),
       or, without a loop, not at all: a native instrument plays its corpus. */
    tb_status (*learn)(const void *config, const tb_learning_size *size,
                       tb_learning *learning, tb_error *error);

    /* The settings (texts) that name the checkpoints that this one stands on,
       up to TB_MOST_BASES, ends with null: encode and decode that it has not
       itself are those of the first, frozen. Null: it stands on none. */
    const char *const *bases;

    /* Takes what must agree with the base (rate, channels, symbols) into the
       configuration, and refuses one that it cannot stand on. `base` is the
       first of them. */
    tb_status (*stand)(void *config, const struct tb_checkpoint *base,
                       tb_error *error);
} tb_instrument;

/* By name; null and the nearest right name in the error. */
const tb_instrument *tb_instrument_named(const char *name, tb_error *error);

/* The table, ends with null. Tests add rows of their own: `more` (ends with
   null too, must outlive its use) comes after the built-in ones. */
const tb_instrument *const *tb_instruments(void);
void tb_instruments_add(const tb_instrument *const *more);

/* What follows takes the base that an instrument stands on, opened; null: none.
 */

/* The parameters of a checkpoint, as a graph; of the base those that the
   instrument's own streams use. */
tb_graph *tb_instrument_declare(const tb_instrument *instrument,
                                const void *config,
                                const struct tb_checkpoint *base,
                                tb_error *error);

/* Fresh values of all parameters and buffers. */
void tb_instrument_init(const tb_instrument *instrument, const void *config,
                        tb_params *params, uint64_t seed);

/* What it learns from; `learning` is empty on failure. TB_ERR_UNSUPPORTED where
   it does not learn. */
tb_status tb_instrument_learn(const tb_instrument *instrument,
                              const void *config, const tb_learning_size *size,
                              tb_learning *learning, tb_error *error);

/* The methods that there are: "encode", "decode", "forward" (both in a row) and
   "generate" (a closed loop that ends in sound). `method` is empty on failure;
   an instrument without that method is TB_ERR_UNSUPPORTED. */
tb_status tb_instrument_method(const tb_instrument *instrument,
                               const void *config,
                               const struct tb_checkpoint *base,
                               const char *name, int rows, tb_method *method,
                               tb_error *error);
bool tb_instrument_has(const tb_instrument *instrument,
                       const struct tb_checkpoint *base, const char *method);

#endif
