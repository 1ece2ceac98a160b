/* A network as a graph of ONNX: all of a sound at once, of any length. The rows
   of onnx_*.c say what each op becomes; doc/exporting-ops.md tells how. */
#ifndef TB_ONNX_ONNX_EMIT_H
#define TB_ONNX_ONNX_EMIT_H

#include "engine/params.h"
#include "onnx/onnx_graph.h"

/* A value of the network as it is called outside. */
typedef struct tb_onnx_port {
    tb_value *value;
    const char *name;
    const char *frames; /* what its axis of time is called; null: it has none */
    double standard;    /* of a control: what it is where nobody says it */
} tb_onnx_port;

typedef struct tb_onnx_source {
    const tb_graph *graph; /* in evaluation; built for one row */
    const tb_params *params;
    tb_onnx_port input, output; /* with frames */
    int64_t grain; /* base frames that all of a sound is a multiple of */
    int control_count;
    const tb_onnx_port *controls; /* inputs without frames */
} tb_onnx_source;

/* What depends on parameters alone is computed now. Params must outlive the
   graph. States stand at their beginning; chance is drawn by the runtime, and
   so differs each time. Sounds are multiples of a grain long, of which all
   values that are taken in groups have as many left over. TB_ERR_UNSUPPORTED
   names what cannot be written. */
tb_status tb_onnx_emit(tb_onnx_graph *g, const tb_onnx_source *source,
                       tb_error *error);

#endif
