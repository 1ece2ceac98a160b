/* A method: one of the streams of an instrument, ready to be planned. Its ports
   say what goes in and out and how fast, its controls what can be turned while
   it runs. Hosts, `generate`, `transfer` and exports know methods and no
   networks. */
#ifndef TB_MODELS_METHOD_H
#define TB_MODELS_METHOD_H

#include "base/status.h"
#include "engine/graph.h"
#include "engine/params.h"
#include <timbrel/model.h>

/* ---- controls (tb_control is public) ---- */

/* Those of drawn symbols: temperature, and where the distribution knows them
   top_k, top_p, weight_temperature and scale_temperature. */
extern const tb_control tb_control_temperature, tb_control_top_k,
    tb_control_top_p, tb_control_weight_temperature,
    tb_control_scale_temperature;

/* ---- ports ---- */

typedef enum tb_port_kind {
    TB_PORT_SOUND,   /* real [rows, channels, frames], -1 to 1 */
    TB_PORT_SYMBOLS, /* what a loop speaks; see tb_symbols */
    TB_PORT_SCORE    /* what a method tells about its input; real */
} tb_port_kind;

/* The alphabet between encode, loop and decode: latent vectors are symbols
   too. So many frames of symbols stand for so many of sound. */
typedef struct tb_symbols {
    tb_type type;   /* TB_I64: levels, codes; TB_REAL: vectors */
    int channels;   /* numbers in a frame; 0: one, without an axis */
    int levels;     /* TB_I64: how many there are of each */
    int64_t frames; /* of symbols ... */
    int64_t per;    /* ... for so many frames of sound */
} tb_symbols;

/* [rows, frames], [rows, frames, channels] (i64) or [rows, channels, frames]
   (real). */
tb_shape tb_symbols_shape(const tb_symbols *symbols, int rows);

typedef struct tb_port {
    const char *name;
    tb_port_kind kind;
    int channels;        /* 0: values without that axis */
    int64_t frames, per; /* frames of it for so many of sound */
    int levels;          /* whole numbers below it; 0: real ones */
    tb_value *value;     /* null: native */
} tb_port;

enum { TB_MOST_PORTS = 4, TB_MOST_CONTROLS = 32 };

typedef struct tb_method tb_method;

/* Native code (no graph): rows of sound that go on by themselves, or that
   become something else. */
typedef struct tb_native_stream tb_native_stream;

typedef struct tb_native_settings {
    const tb_method *method; /* must outlive the stream */
    int rows, first_row;
    int64_t block;     /* frames of sound of a call of `process` */
    bool full_weights; /* as in tb_voices_settings */
    bool silent;
    int threads;
    double settle;
} tb_native_settings;

/* Numbers are interleaved, as in tb_voices. From `reset` to `set` nothing
   allocates or locks. One thread at a time. */
typedef struct tb_native {
    /* `config` and `params` are the model's and must outlive the stream; of a
       checkpoint, params holds the buffers (tb_params_value). Random numbers
       depend on seed and first_row + row. */
    tb_status (*open)(const void *config, const tb_params *params,
                      const tb_native_settings *settings,
                      tb_native_stream **stream, tb_error *error);
    void (*close)(tb_native_stream *stream);
    TB_REALTIME void (*reset)(tb_native_stream *stream, uint64_t seed);

    /* Of methods without an input. `run` returns how many frames it made: fewer
       than asked for when it wants to be prepared first. */
    TB_REALTIME void (*prompt)(tb_native_stream *stream,
                               const float *const *sound, int64_t frames);
    TB_REALTIME int64_t (*run)(tb_native_stream *stream, float *const *sound,
                               int64_t frames);

    /* Of methods with one: a whole block. False when it wants to be prepared
       first; nothing was played, and it expects the same block again. */
    TB_REALTIME bool (*process)(tb_native_stream *stream,
                                const float *const *in, float *const *out);
    TB_REALTIME int64_t (*latency)(const tb_native_stream *stream);

    /* `process` on as many threads as the settings say, where nobody waits for
       a sound. Null: it knows only one. */
    bool (*process_wide)(tb_native_stream *stream, const float *const *in,
                         float *const *out);

    /* Control i of the method, of one row. */
    TB_REALTIME void (*set)(tb_native_stream *stream, int control, int row,
                            double x);

    /* As tb_voices_prepare and tb_voices_set_text; null: there is never
       anything to prepare, and all that is set are numbers. */
    tb_status (*prepare)(tb_native_stream *stream, tb_error *error);
    tb_status (*set_text)(tb_native_stream *stream, const char *name,
                          const char *text, tb_error *error);

    /* As tb_voices_give_sound; null: nothing is set to sounds. */
    tb_status (*give_sound)(tb_native_stream *stream, const char *name,
                            const float *samples, int64_t frames, int channels,
                            double sample_rate, tb_error *error);
} tb_native;

struct tb_method {
    const char *name;
    tb_graph *graph;         /* owned; null: native */
    const tb_native *native; /* null: a graph */
    int rows, input_count, output_count, control_count;
    tb_port input[TB_MOST_PORTS], output[TB_MOST_PORTS];
    const tb_control *control[TB_MOST_CONTROLS];
    tb_value *control_value[TB_MOST_CONTROLS]; /* inputs; null: native */

    int64_t base, base_per; /* base frames of the graph for so many of sound */
    int64_t grain;     /* frames of sound go in and out in multiples of it */
    bool takes_prompt; /* of what is native: it goes on from a sound */

    /* A loop: what was said so far, which a prompt overrides; and frames of
       symbols that the network looks back on, but for what states remember. */
    tb_value *heard;
    int64_t context;

    /* A loop whose decoder wants to know the prompt's own sound: an input, real
       [rows, channels, frames], and a signal that is true where it holds. */
    tb_value *prime, *primed;
};

void tb_method_clear(tb_method *method);

/* Whether a control is called so; - and _ are the same. */
TB_REALTIME bool tb_control_is_named(const tb_control *control,
                                     const char *name);

/* The control of this name, or -1 and, in the error, the names there are.
   - and _ are the same. */
int tb_method_control(const tb_method *method, const char *name,
                      tb_error *error);

#endif
