/* RAVE (Caillon and Esling 2021, "RAVE: a variational autoencoder for fast and
   high-quality neural audio synthesis"): sound becomes a few numbers, the
   latents, every so many samples, and sound again. Most of the network works on
   bands of the sound, each with one sample in so many (dsp/pqmf.h).

   Networks of the first version and of the second, which RAVE calls v1 and v2,
   with all their kinds of latents, and those of BRAVE (Caspe et al. 2025,
   "Designing neural synthesizers for low-latency interaction"). Parameters are
   called and shaped as in the state dict of a RAVE checkpoint:

     encoder.encoder.net.N            layers of the encoder, activations counted
     encoder.rvq.layers.N._codebook   books of codes
     decoder.net.N                    layers of the decoder
     decoder.synth.branches.0, 1, 2   version 1: waveform, loudness, noise
     decoder.waveform_module          version 2 with noise
     decoder.noise_module.net.N

   with weight_g and weight_v where a weight is normalised, else weight;
   alpha of snake activations; weight, bias, running_mean and running_var of
   batch normalisation. The bank's own numbers are not among them: they follow
   from its settings. */
#ifndef TB_MODELS_RAVE_H
#define TB_MODELS_RAVE_H

#include "models/instrument.h"
#include "nn/adapted_statistics.h"
#include "nn/residual_codes.h"

/* What the encoder hears, and what the decoder says: the first two. */
typedef enum tb_rave_port {
    TB_RAVE_BANDS,
    TB_RAVE_SOUND,
    TB_RAVE_MEL
} tb_rave_port;

typedef enum tb_rave_latents {
    TB_RAVE_VARIATIONAL, /* a normal distribution of each */
    TB_RAVE_WASSERSTEIN, /* free; all of them together are to be normal */
    TB_RAVE_SPHERICAL,   /* a point of the unit sphere */
    TB_RAVE_DISCRETE     /* a sum of codes */
} tb_rave_latents;

/* What a training moves; what it does not was learned by another, and latents
   go on to mean what they mean. */
typedef enum tb_rave_learns {
    TB_RAVE_LEARNS_ALL,
    TB_RAVE_LEARNS_DECODER,
    TB_RAVE_LEARNS_GAINS /* of the decoder's channels: how long the weights of
                            each of its normalised layers are */
} tb_rave_learns;

/* Whose ways a network learns and sounds by, where RAVE's own were faults. */
typedef enum tb_rave_compat {
    TB_RAVE_OURS,
    /* RAVE 2.3, for who goes on with what it trained: its bank, as late as it
       is, and cropped filters of noise; faults in quiet sound count relative to
       it, however quiet; features (and judges, if they weigh other than 1)
       weigh their weight's square; what is causal is compared with sound that
       is not delayed by the bank; normalisation of an encoder that is frozen
       goes by the statistics of batches, which running ones follow. */
    TB_RAVE_2_3
} tb_rave_compat;

typedef struct tb_rave {
    int compat; /* tb_rave_compat */
    double sample_rate;
    int channels;
    int bands;          /* 1: there is no bank */
    double attenuation; /* dB */
    int bank;           /* tb_pqmf_search */
    bool causal;
    int hears, says;                  /* tb_rave_port */
    int mel_size, mel_hop, mel_bands; /* samples, samples; of MEL */
    int version;                      /* 0: the first, 1: the second */
    int capacity; /* channels of the widest layers in time */
    int kernel;   /* version 2; the first has 3 and 7 */
    tb_int_list ratios, decoder_ratios; /* a 0: those of the encoder */
    tb_int_list dilations;              /* of the units of a stage ... */
    tb_int_list units;                  /* ... that has so many of them */
    tb_int_list encoder_units;          /* the encoder's; a 0: alike */
    int gru_layers;                     /* before the decoder, version 2 */
    int activation;                     /* 0: leaky_relu, 1: snake */
    bool biases;                        /* version 1: see rave_layers.h */
    bool adain;
    bool amplitude;           /* version 2: says waveform and amplitude */
    int noise_bins;           /* 0: no noise */
    int noise_hidden;         /* version 2 */
    tb_int_list noise_ratios; /* frames of bands for one of the noise */
    bool noise_cropped;       /* see nn/filtered_noise.h */
    int latent_kind, latents; /* tb_rave_latents, how many */
    int directions;       /* so many of latents in their place; 0: latents */
    int noise_latents;    /* noise that the decoder gets beside them */
    int codebooks, codes; /* of discrete latents */
    tb_int_list scales;   /* of the spectra that are compared */
    double log_floor;     /* of the logarithms of spectral distances */
    double quietest; /* dB of full scale: quieter targets count as that loud */
    bool crop;       /* bands that are compared: rave_targets.h */
    double sound_distance, bands_distance; /* weights */
    double divergence_start, divergence;   /* weights: at first, and then ... */
    int divergence_steps;                  /* ... after so many steps */
    double free_bits; /* of a latent, which nothing draws away */

    int learns; /* tb_rave_learns */

    /* The second phase: when it begins (rave_learn.c), */
    int phase1;          /* steps; 0: not by them */
    double phase1_share; /* of the minutes or epochs; 0: not by them */
    int patience;        /* steps without a better distance; 0: not by that */
    bool encoder_freezes;
    /* whom it listens to, */
    int discriminators;         /* tb_rave_discriminators */
    int discriminator_capacity; /* of scales and periods; 0: `capacity` */
    int spectral_capacity;      /* of spectra and descript */
    int discriminator_scales;   /* how many */
    tb_int_list discriminator_periods;
    tb_int_list discriminator_spectra; /* sizes; a 0: the usual ones */
    int discriminator_every;   /* steps, of which one is theirs; 1: both's */
    double discriminator_rate; /* times learning_rate */
    /* and what is learned from that. */
    int adversary;                        /* tb_adversary */
    double adversarial, feature_matching; /* weights */
    bool relative_features;
    int skipped_features;
} tb_rave;

/* What the second phase of learning listens with. */
typedef enum tb_rave_discriminators {
    TB_RAVE_SCALES,
    TB_RAVE_PERIODS,  /* and scales */
    TB_RAVE_SPECTRAL, /* and scales */
    TB_RAVE_DESCRIPT
} tb_rave_discriminators;

extern const tb_settings tb_rave_settings;
extern const tb_instrument tb_rave_instrument;

/* The same network with layers that pass on what they hear, adain or not: for
   exports that keep no statistics from one call to the next. */
extern const tb_network tb_rave_unadapted;

tb_status tb_rave_check(const void *config, tb_error *error);

/* Layers between latents and their directions, of exports: what encodes and
   what decodes (export/directions.h). */
#define TB_RAVE_DIRECTIONS "directions"
#define TB_RAVE_LATENTS "latents"

/* Samples for one frame of latents. */
int64_t tb_rave_ratio(const tb_rave *config);

/* Samples by which the sound that is made lags behind what is heard, because
   the bank's filters look at the past alone: what learning should compare it
   with is the sound that long ago. (Bands that are said are compared with those
   heard, which are as late as they.) 0 unless it is causal, or as RAVE 2.3 has
   it. */
int64_t tb_rave_delay(const tb_rave *config);

/* ---- for learning ---- */

enum { TB_RAVE_MOST_NORMS = 8, TB_RAVE_MOST_TURNS = TB_MOST_TURNS - 1 };

/* Statistics of a batch, which running ones are to follow: mean and unbiased
   variance [channels], of the layer of this name. */
typedef struct tb_rave_norm {
    char name[128]; /* "encoder.encoder.net.1" */
    tb_value *mean, *variance;
} tb_rave_norm;

/* Version 1 learns its noise in the second phase alone; version 2 always has
   it. */
typedef enum tb_rave_noise {
    TB_RAVE_NOISE_AS_LEARNED, /* if the buffer decoder.warmed_up is 1 */
    TB_RAVE_NOISE_NONE,
    TB_RAVE_NOISE
} tb_rave_noise;

/* How a graph is built. Noise may be given, for numbers that can be repeated;
   null: drawn. */
typedef struct tb_rave_how {
    bool encoder_learns; /* statistics are those of the batch */
    bool draws;          /* variational latents are drawn, else their means */
    tb_value *spread;    /* [rows], times their deviations; null: 1 */
    int noise;           /* tb_rave_noise */
    const tb_adapting *adapts; /* of adain; null: passes on what it hears */
    tb_value *latent_noise;    /* normal, [rows, latents, frames] */
    tb_value *more_noise;      /* normal, [rows, noise_latents, frames] */
    tb_value *band_noise;      /* uniform in -1 to 1: see nn/filtered_noise.h */
} tb_rave_how;

/* Signals of one network on one graph, in the order in which they come to be.
   Sound is real [rows, channels, frames], bands [rows, channels * bands, frames
   of bands]. */
typedef struct tb_rave_signals {
    tb_value *sound;
    tb_value *bands;   /* of the sound; null without a bank */
    tb_value *encoded; /* what the encoder says */
    tb_value *mean;    /* of the latents; their only value if there is no ... */
    tb_value *deviation; /* ... of VARIATIONAL; else null */
    tb_coded coded;      /* of DISCRETE */
    tb_value *latents;   /* that the decoder gets, without noise beside them */
    tb_value *decoded;   /* what the decoder says: bands or sound */
    tb_value *made_bands, *made;     /* rebuilt; bands: null without a bank */
    tb_value *target_bands, *target; /* what these two are compared with */
    int norm_count;
    tb_rave_norm norm[TB_RAVE_MOST_NORMS];
} tb_rave_signals;

/* From sound [rows, channels, frames] to sound. Frames should be a multiple of
   tb_rave_ratio. */
tb_rave_signals tb_rave_rebuilt(const tb_rave *config, tb_value *sound,
                                const tb_rave_how *how);

/* What is to be rebuilt of a sound, or of what the encoder heard: as late as
   what is made. */
tb_value *tb_rave_target(const tb_rave *config, tb_value *sound);

/* The two halves, without targets: `signals` begins with `sound` and ends with
   `latents`, or begins with `latents` and ends with `made`. */
void tb_rave_encode(const tb_rave *config, const tb_rave_how *how,
                    tb_rave_signals *signals);
void tb_rave_decode(const tb_rave *config, const tb_rave_how *how,
                    tb_rave_signals *signals);

/* As `learn` of tb_instrument. Objectives are TB_RAVE_REBUILDS (the first
   phase), and, in the second, TB_RAVE_DECEIVES and TB_RAVE_DISCRIMINATES in
   turn. */
enum { TB_RAVE_REBUILDS, TB_RAVE_DECEIVES, TB_RAVE_DISCRIMINATES };
tb_status tb_rave_learn(const void *config, const tb_learning_size *size,
                        tb_learning *learning, tb_error *error);

#endif
