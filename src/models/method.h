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
    tb_value *value;     /* null: native */
} tb_port;

enum { TB_MOST_PORTS = 4, TB_MOST_CONTROLS = 32 };

/* Sound in native code (no graph): rows of it, going on by themselves. */
typedef struct tb_native_stream tb_native_stream;

/* Sound is interleaved, as in tb_voices. All but open: nothing allocates or
   locks; one thread at a time. */
typedef struct tb_native {
    /* `params` holds the buffers of the checkpoint (tb_params_value) and must
       outlive the stream; random numbers depend on seed and first_row + row. */
    tb_status (*open)(const void *config, const tb_params *params, int rows,
                      int first_row, tb_native_stream **stream,
                      tb_error *error);
    void (*close)(tb_native_stream *stream);
    TB_REALTIME void (*reset)(tb_native_stream *stream, uint64_t seed);
    TB_REALTIME void (*prompt)(tb_native_stream *stream,
                               const float *const *sound, int64_t frames);
    TB_REALTIME void (*run)(tb_native_stream *stream, float *const *sound,
                            int64_t frames);

    /* Control i of the method, of one row. */
    TB_REALTIME void (*set)(tb_native_stream *stream, int control, int row,
                            double x);
} tb_native;

typedef struct tb_method {
    const char *name;
    tb_graph *graph;         /* owned; null: native */
    const tb_native *native; /* null: a graph */
    int rows, input_count, output_count, control_count;
    tb_port input[TB_MOST_PORTS], output[TB_MOST_PORTS];
    const tb_control *control[TB_MOST_CONTROLS];
    tb_value *control_value[TB_MOST_CONTROLS]; /* inputs; null: native */

    int64_t base, base_per; /* base frames of the graph for so many of sound */

    /* A loop: what was said so far, which a prompt overrides; and frames of
       symbols that the network looks back on, but for what states remember. */
    tb_value *heard;
    int64_t context;

    /* A loop whose decoder wants to know the prompt's own sound: an input, real
       [rows, channels, frames], and a signal that is true where it holds. */
    tb_value *prime, *primed;
} tb_method;

void tb_method_clear(tb_method *method);

/* Whether a control is called so; - and _ are the same. */
bool tb_control_is_named(const tb_control *control, const char *name);

/* The control of this name, or -1 and, in the error, the names there are.
   - and _ are the same. */
int tb_method_control(const tb_method *method, const char *name,
                      tb_error *error);

#endif
