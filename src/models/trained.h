/* How the weights of a checkpoint came to be, as entries of its metadata:

     steps          of the optimiser
     phase          that was under way, where a training has several
     sound_seconds  of the recordings that it learned from
     weights        "averaged" over the last steps, or "plain": of one moment
     trained_with   the version of Timbrel, where another one wrote the file

   Old checkpoints have some of them. */
#ifndef TB_MODELS_TRAINED_H
#define TB_MODELS_TRAINED_H

#include "base/arena.h"
#include "base/safetensors.h"

typedef enum tb_weights_kind {
    TB_WEIGHTS_UNTOLD,
    TB_WEIGHTS_AVERAGED,
    TB_WEIGHTS_PLAIN
} tb_weights_kind;

typedef struct tb_trained {
    int64_t steps;        /* 0: not told */
    char phase[64];       /* "": not told, or there is only one */
    double sound_seconds; /* 0: not told */
    tb_weights_kind weights;
    char version[32]; /* "": not told */
} tb_trained;

enum { TB_TRAINED_ENTRIES = 5 };

/* What is told: how many of `entries` [TB_TRAINED_ENTRIES], with texts in the
   arena; -1 without memory. */
int tb_trained_entries(tb_arena *arena, const tb_trained *trained,
                       tb_stored_text *entries);

/* From the entries of a file; what is damaged is not told. */
tb_trained tb_trained_read(const tb_safetensors *file);

/* "averaged", "plain"; null: not told. */
const char *tb_weights_name(tb_weights_kind kind);

#endif
