/* A model for hosts of another sample rate: the file changes rates itself, of
   what it hears and of what it says, with unit gain (dsp/polyphase.h).

   A call of the host's brings blocks of as many frames as the model plays at
   once, which last longer or shorter for it: so the file keeps what it heard
   and what it said, plays whenever enough was heard, not at all or several
   times for one block, and is as much later as that takes. With n blocks heard
   and u blocks played, `up` n - `down` u tells where it stands; it plays as
   long as that is `down` or more. */
#ifndef TB_EXPORT_NN_RATE_H
#define TB_EXPORT_NN_RATE_H

#include "dsp/polyphase.h"
#include "export/nn_contract.h"

/* What goes in, or comes out: frame j of it is the signal at
   j * down / up - delay frames of the other rate. Sound is filtered; latents
   and codes are held. */
typedef struct tb_nn_rate_port {
    tb_polyphase filter;
    int64_t frames; /* of a block, at either rate */
    int64_t delay;
    int64_t kept; /* frames of the other rate that it looks back at */
} tb_nn_rate_port;

/* Of one method. */
typedef struct tb_nn_rate {
    int64_t up, down; /* the model's rate to the host's, without a common factor
                       */
    tb_nn_rate_port in, out;
} tb_nn_rate;

/* For a method that is emitted, whose latency becomes that at the host's rate:
   exact for sound that becomes sound, else up to one sample more. What tells
   that it listens is a signal, too: filtered as the sound beside it, it goes
   through a half where that changes. TB_ERR_ARGUMENT for a rate with too little
   in common. The caller clears it. */
tb_status tb_nn_rate_init(tb_nn_rate *rate, tb_nn_method *method,
                          int64_t model_rate, int64_t host_rate,
                          tb_error *error);
void tb_nn_rate_clear(tb_nn_rate *rate);

/* Writes "def NAME(self, x)", or NAME_cycles where there is a queue, which
   calls the function NAME_inside at the model's rate, and the object that it
   keeps sound in. `rate` must outlive the module. */
void tb_nn_write_rate(tb_nn_model *nn, const tb_nn_method *method,
                      const tb_nn_rate *rate);

/* What the model hears and the host gets, all at once: frames 0 to m - 1 of
   what lies in x, frames 0 to n - 1. */
void tb_nn_rate_convert(const tb_nn_rate_port *port, const float *x, int64_t n,
                        float *y, int64_t m);

/* Blocks that are played when the host has brought so many, and the one with
   which it brings what block u, from 0, needs. */
int64_t tb_nn_rate_played(const tb_nn_rate *rate, int64_t blocks);
int64_t tb_nn_rate_brought(const tb_nn_rate *rate, int64_t u);

#endif
