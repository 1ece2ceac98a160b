/* A stream as TorchScript: any graph, op by op, as a program that keeps what
   the stream keeps and gives what it gives, from the first frame on. The rows
   of emit_ops.c say what each op becomes; doc/exporting-ops.md tells how. */
#ifndef TB_TORCHSCRIPT_EMIT_STREAM_H
#define TB_TORCHSCRIPT_EMIT_STREAM_H

#include "engine/params.h"
#include "torchscript/module_write.h"

/* Dimensions of a graph that is to be emitted count rows in multiples of this
   prime: it stands for as many rows as a call brings. */
enum { TB_EMITTED_ROWS = 8191, TB_EMITTED_MOST_ROWS = 8 };

enum { TB_EMITTED_MOST_CONTROLS = 32 };

typedef struct tb_stream_source {
    const tb_graph *graph; /* built for TB_EMITTED_ROWS rows */
    const tb_params *params;
    tb_value *input, *output; /* with frames; the input's are base frames, or it
                                 is the feedback of a loop */

    /* Of a loop that wants to know the prompt's own sound: real [rows,
       channels, frames], and [1, 1, frames], 1 where it holds. Null: none. */
    tb_value *prime, *primed;
    int control_count; /* inputs without frames ... */
    tb_value *const *controls;
    const char *const *control_names; /* ... as arguments are called */
    /* See tb_emit_find_needs; null: not needed. */
    tb_made_object *chance, *layers, *spectra;
} tb_stream_source;

typedef struct tb_emitted_stream {
    tb_made_object *object;
    int64_t quantum; /* base frames that calls are multiples of */
    int64_t latency; /* frames by which the output is late */
} tb_emitted_stream;

/* An object of a class of this name with one function

       run(self, x: Tensor, <a Tensor for each control>, seed: Tensor)

   from the input's frames to as many of the output as they stand for. Of a loop
   it is run(self, x, gate, ...): frames that come from outside, and (bool
   [rows, frames]) where they take the place of those that are fed back. Calls
   bring up to TB_EMITTED_MOST_ROWS rows and frames in multiples of `quantum`;
   others raise an exception that says so. What depends on parameters alone is
   computed now. Params, controls and names must outlive the module.
   TB_ERR_UNSUPPORTED names what cannot be emitted. */
tb_status tb_emit_stream(tb_made_module *m, const char *class_name,
                         const tb_stream_source *source,
                         tb_emitted_stream *emitted, tb_error *error);

/* Whether the output depends on chance, whether layers go on from frame to
   frame, and whether spectra become sound: then the source needs objects for
   these. */
typedef struct tb_emitted_needs {
    bool chance, layers, spectra;
} tb_emitted_needs;

tb_status tb_emit_find_needs(const tb_stream_source *source,
                             tb_emitted_needs *needs, tb_error *error);

/* An object that draws the numbers of base/random.h, one of recurrent layers,
   and one of what spectra go through; for all streams of a module. */
tb_made_object *tb_emit_chance(tb_made_module *m);
tb_made_object *tb_emit_layers_object(tb_made_module *m);
tb_made_object *tb_emit_spectra_object(tb_made_module *m);

#endif
