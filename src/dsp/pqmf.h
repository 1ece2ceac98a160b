/* Pseudo-quadrature mirror filters: a bank of filters that are one prototype,
   moved to the middle of each band by cosines, and of which each band keeps one
   frame in so many. What is put together again is nearly the signal (Nguyen
   1994, "Near-perfect-reconstruction pseudo-QMF banks"). dsp/pqmf_ops.h has it
   in graphs. */
#ifndef TB_DSP_PQMF_H
#define TB_DSP_PQMF_H

#include "base/status.h"

#include <stdint.h>

enum { TB_PQMF_MOST_BANDS = 64 };

/* How the cut-off of the prototype is searched: a Kaiser window whose products
   with itself, two bands' frames apart, should vanish (Lin and Vaidyanathan
   1998, "A Kaiser window approach for the design of prototype filters of cosine
   modulated filterbanks"). */
typedef enum tb_pqmf_search {
    TB_PQMF_EXACT, /* the sum of their squares; then of level 1 */
    TB_PQMF_RAVE   /* the largest, as far as the banks of published RAVE models
                      were searched (2.3: to 1e-4): the same bank */
} tb_pqmf_search;

extern const char *const tb_pqmf_searches[]; /* in this order; ends with null */

typedef struct tb_pqmf {
    int bands;
    int taps;        /* of each filter; odd */
    double cutoff;   /* of the prototype, in radians per frame */
    double *filters; /* [bands, taps], the middle tap at time 0; owned */
} tb_pqmf;

/* A bank of a power of two bands, 2 to TB_PQMF_MOST_BANDS, that attenuates what
   is beyond their neighbours by so many dB, 20 to 160. The more, the longer the
   filters, and the later they answer. TB_ERR_ARGUMENT or TB_ERR_MEMORY, and
   then `bank` is empty. */
tb_status tb_pqmf_init(tb_pqmf *bank, int bands, double attenuation,
                       tb_pqmf_search search, tb_error *error);
void tb_pqmf_clear(tb_pqmf *bank);

#endif
