/* What every network that generates sound sample by sample gives to training
   and to generation: a graph and the values in it that they need. */
#ifndef TB_MODELS_NETWORK_H
#define TB_MODELS_NETWORK_H

#include "base/settings.h"
#include "base/status.h"
#include "engine/params.h"

/* The format of sound that a network speaks. */
typedef struct tb_sound_format {
    double sample_rate;
    int channels; /* 1 or 2; of 2, samples are interleaved */
    int levels;   /* of quantisation */
    double mulaw; /* compression of the levels, 0: linear (dsp/mulaw.h) */
} tb_sound_format;

/* A network over parallel rows of signals, for training. */
typedef struct tb_trainee {
    tb_graph *graph;
    tb_value *levels;  /* input, i64 [rows, frames]: `context` samples that came
                          before, then those to be learned */
    tb_value *loss;    /* [1]: mean nats per learned sample */
    int64_t context;   /* samples that must come along */
    int n_states;      /* carried from step to step; a row is set back to the */
    tb_value **states; /* state's first value where another piece begins */
} tb_trainee;

/* The same network as a closed stream that makes samples. */
typedef struct tb_voice_graph {
    tb_graph *graph;
    tb_value *levels;      /* feedback, i64 [rows, frames]: what was said so
                              far; overridden by a prompt */
    tb_value *next;        /* output, i64 [rows, frames]: frame j is the sample
                              that follows frames < j; the loop's source */
    tb_value *logits;      /* [rows, frames, levels], before temperature */
    tb_value *temperature; /* control [rows], 0: the likeliest level always */
    tb_value *top_k;       /* control i64 [rows], 0: off */
    tb_value *top_p;       /* control [rows], 1: off */
    int64_t context; /* samples before a prompt that the network looks at */
} tb_voice_graph;

/* For builders, at the end: checks the graph and lists its states. */
tb_status tb_trainee_complete(tb_trainee *t, tb_error *error);

void tb_trainee_clear(tb_trainee *t);
void tb_voice_graph_clear(tb_voice_graph *v);

/* A kind of network. The configuration is a plain struct that a table of
   settings describes. */
typedef struct tb_network_kind {
    const char *name;  /* as typed: "samplernn" */
    const char *about; /* one line */
    const tb_settings *settings;
    size_t config_size;
    tb_status (*check)(const void *config, tb_error *error);
    tb_sound_format (*format)(const void *config);
    tb_status (*trainee)(const void *config, int rows, tb_trainee *t,
                         tb_error *error);
    tb_status (*voices)(const void *config, int rows, tb_voice_graph *v,
                        tb_error *error);
    /* Fresh parameters, PyTorch's customary ranges; depends on seed alone. */
    void (*init)(const void *config, tb_params *params, uint64_t seed);
    /* Samples of the past that one sample depends on, but for what states
       remember. */
    int64_t (*context)(const void *config);
} tb_network_kind;

/* By name; null and the nearest right name in the error. */
const tb_network_kind *tb_network_kind_named(const char *name, tb_error *error);

#endif
