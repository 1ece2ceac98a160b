/* Networks that tell recorded sound from made sound, as RAVE has them; names of
   parameters are those of its checkpoints. Sounds are real [batch, channels,
   frames]. Each function adds its judges to a critique; weights are lengths
   and directions (Salimans and Kingma 2016), but for the last layer of the
   first two. */
#ifndef TB_NN_DISCRIMINATORS_H
#define TB_NN_DISCRIMINATORS_H

#include "nn/critique.h"

/* `layers` convolutions, each of twice as many channels as the one before it,
   and a score. Features stand before the activations. */
typedef struct tb_convnet {
    int64_t capacity; /* channels of the first layer */
    int layers;
    int64_t taps, stride;
} tb_convnet;

/* Of sound at its rate, a half of it, a quarter... (Kumar et al. 2019). `name`
   is that of the networks, which become name.layers.0 and so on. */
void tb_judge_scales(tb_critique *j, tb_value *x, const char *name,
                     const tb_convnet *how, int count);

/* Of sound folded by each period, with zeros at the end (Kong et al. 2020). */
void tb_judge_periods(tb_critique *j, tb_value *x, const char *name,
                      const tb_convnet *how, int count, const int *periods);

/* Of spectra of these sizes, hops of a quarter, as real and imaginary parts
   (Defossez et al. 2022): name.nets.0 and so on. Features stand after the
   activations. */
void tb_judge_spectra(tb_critique *j, tb_value *x, const char *name,
                      int64_t capacity, int count, const int64_t *sizes);

/* The descript codec's (Kumar et al. 2023): sound without its mean and with a
   peak of 0.8, folded by periods, and spectra in bands, whose networks have
   `capacity` channels (32 in all known checkpoints; those of periods 32, 128,
   512, 1024 and 1024 times capacity / 32). `frames` are those of x, which are
   needed to reflect its ends. */
typedef struct tb_descript {
    int64_t capacity, frames;
    int periods, sizes;
    const int *period;
    const int64_t *size;
} tb_descript;

void tb_judge_descript(tb_critique *j, tb_value *x, const char *name,
                       const tb_descript *how);

#endif
