/* Layers of RAVE's networks: for rave_encoder.c and rave_decoder.c. As all
   builders they take null for null. */
#ifndef TB_MODELS_RAVE_LAYERS_H
#define TB_MODELS_RAVE_LAYERS_H

#include "models/rave.h"

enum { TB_RAVE_NAME = 128 };

/* Layers one after the other, which are counted as in PyTorch's Sequential. */
typedef struct tb_rave_chain {
    const tb_rave *c;
    const char *name;          /* "decoder.net" */
    int next;                  /* number of the next layer */
    bool snake;                /* activations may be snakes */
    const tb_adapting *adapts; /* null: statistics stay as they are */
    const tb_int_list *units;  /* how many each stage has */
} tb_rave_chain;

typedef struct tb_rave_conv {
    int64_t out, taps, stride, dilation, groups;
    bool plain;  /* the weight is not normalised */
    bool biased; /* if the configuration has biases: the encoder's, the first of
                    the decoder, and heads of version 1 */
} tb_rave_conv;

/* The name of the next layer, which is then counted. */
const char *tb_rave_next(tb_rave_chain *chain, char name[TB_RAVE_NAME]);

/* A convolution; stride, dilation and groups of 0 are 1. Centred
   or causal, as the configuration says. */
tb_value *tb_rave_conv_layer(const tb_rave *c, tb_value *x, const char *name,
                             tb_rave_conv how);

/* The same as the next layer of a chain. */
tb_value *tb_rave_chain_conv(tb_rave_chain *chain, tb_value *x,
                             tb_rave_conv how);

/* Transposed, of twice as many taps as frames become of one. */
tb_value *tb_rave_up(const tb_rave *c, tb_value *x, const char *name,
                     int64_t out, int64_t ratio);

tb_value *tb_rave_activation(tb_rave_chain *chain, tb_value *x);

/* Units of stage `stage`: each an activation, a dilated convolution, another
   activation and a small one, added to what came. Version 1 has all of a stage
   in one layer of the chain. */
tb_value *tb_rave_units(tb_rave_chain *chain, tb_value *x, int stage);

/* Number i of a list of which the last goes on for ever. */
int tb_rave_at(const tb_int_list *list, int i);

/* Those of the decoder, or of the encoder if it has none of its own. */
const tb_int_list *tb_rave_decoder_ratios(const tb_rave *c);
int64_t tb_rave_product(const tb_int_list *ratios);

/* [rows, channels * bands or 1, frames]: what goes in and out. */
int64_t tb_rave_width(const tb_rave *c, int port);

/* Logarithms of mel spectra of sound, [rows, channels * mel_bands, frames]. */
tb_value *tb_rave_mel(const tb_rave *c, tb_value *sound);

/* What the encoder hears, to what it says [rows, latents or twice, frames]. */
tb_value *tb_rave_encoder(const tb_rave *c, const tb_rave_how *how,
                          tb_value *heard, tb_rave_signals *signals);

/* Latents, with noise beside them, to what is said. */
tb_value *tb_rave_decoder(const tb_rave *c, const tb_rave_how *how,
                          tb_value *latents);

#endif
