#include "torchscript/emitter.h"

tb_emit_op tb_emit_op_of(const tb_op *op)
{
    static const tb_emit_row *const tables[] = {
        tb_emit_arithmetic, tb_emit_shapes, tb_emit_frames,  tb_emit_layers,
        tb_emit_chances,    tb_emit_scans,  tb_emit_spectra, tb_emit_others};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const tb_emit_row *row = tables[i]; row->op; row++)
            if (row->op == op)
                return row->emit;
    return NULL;
}
