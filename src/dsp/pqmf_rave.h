/* The bank of RAVE 2.3 in graphs, for who goes on with what learned by it. Its
   filters are those of TB_PQMF_RAVE, but padded to a power of two of taps,
   which moves them: it hears and answers later than dsp/pqmf_ops.h. */
#ifndef TB_DSP_PQMF_RAVE_H
#define TB_DSP_PQMF_RAVE_H

#include "dsp/pqmf_ops.h"

/* By so many samples. */
typedef struct tb_pqmf_lateness {
    int64_t analysis, synthesis;
} tb_pqmf_lateness;

tb_pqmf_lateness tb_pqmf_rave_lateness(const tb_pqmf *bank, bool causal);

/* As tb_pqmf_analyse and tb_pqmf_synthesise; frames of x that are analysed are
   a multiple of the bands. */
tb_value *tb_pqmf_rave_analyse(tb_value *x, const tb_pqmf *bank, bool causal);
tb_value *tb_pqmf_rave_synthesise(tb_value *x, const tb_pqmf *bank,
                                  bool causal);

#endif
