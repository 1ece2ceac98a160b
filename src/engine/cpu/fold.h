/* Convolutions to few channels (a waveform, one group of many): several
   successive frames become the columns of one row, lest most lanes idle. Their
   weights are laid out anew, with zeros where a frame does not reach; each
   element remains the same chain of multiply-adds, between additions of
   zero. */
#ifndef TB_ENGINE_CPU_FOLD_H
#define TB_ENGINE_CPU_FOLD_H

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/kernel.h"

enum { TB_FOLD_COLUMNS = 2 * TB_PANEL }; /* of a row, at most */

typedef struct tb_folding {
    int frames; /* in a row; 1: folding gains nothing */
    int taps;   /* of a row */

    /* Tap q of a row is tap q * by_tap + f * by_frame + first of frame f, where
       there is one. */
    int by_tap, by_frame, first;
} tb_folding;

/* The best way to fold a convolution to `outs` channels, and a transposed one,
   whose rows begin at a frame of the stride's first phase. */
TB_REALTIME tb_folding tb_fold_forward(const tb_fast *fast, int taps,
                                       int stride, int outs);
TB_REALTIME tb_folding tb_fold_transposed(const tb_fast *fast, int taps,
                                          int stride, int outs);

/* Elements of the packed weights; 0 if nothing is folded. */
TB_REALTIME size_t tb_fold_size(const tb_folding *f, const tb_weights *w);

/* Packs weights of one group, as floats or binary16. */
TB_REALTIME void tb_fold_pack(const tb_folding *f, const tb_fast *fast,
                              const tb_weights *w, const float *from,
                              tb_type type, void *to);

/* Runs `k`, whose rows and x are those of rows, whose y, ldy, bias and outs
   those of single frames; at most 192 frames. */
TB_REALTIME void tb_fold_run(const tb_folding *f, const tb_fast *fast,
                             const tb_corr *k, tb_type type);

#endif
