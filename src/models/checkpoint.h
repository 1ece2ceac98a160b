/* Checkpoints: the weights of a network with all that is needed to build it
   again, in one safetensors file. Its text metadata:
     format          "timbrel network"
     format_version  1; what a newer one means is not guessed
     network         the instrument's name
     settings        lines "key=value", one for each of its settings
     base_hash       of the checkpoints that it stands on, where it does so
     made_of         of weights that were mixed: lines "weight hash path"
     level, gains    models/known_level.h
     steps, phase, sound_seconds, weights, trained_with   models/trained.h
     epoch, trained_on, sound, timbrel
   and entries of the caller's own. Tensors are F32 under the names of the
   parameters. */
#ifndef TB_MODELS_CHECKPOINT_H
#define TB_MODELS_CHECKPOINT_H

#include "base/writer.h"
#include "models/instrument.h"
#include "models/known_level.h"
#include "models/trained.h"

#define TB_CHECKPOINT_VERSION 1

/* An opened checkpoint. Its weights lie where the system keeps the file. */
typedef struct tb_checkpoint {
    const tb_instrument *instrument;
    void *config;                /* the instrument's */
    tb_params *params;           /* floats; those of a file are only read */
    struct tb_safetensors *file; /* open while weights lie in it, or null */
    uint64_t hash;               /* of its contents */
    struct tb_checkpoint *base;  /* that it stands on, opened; null: none */
    struct tb_checkpoint *next;  /* of those that one stands on */
    int declared;     /* the first so many of them are saved; 0: all */
    int epoch;        /* -1: not known */
    char *trained_on; /* free text, may be empty */
    char *made_of;    /* null: it was trained */
    tb_known_level known_level;
    tb_trained trained;
} tb_checkpoint;

/* Reads a checkpoint and verifies its checksum, its settings, and that it has
   exactly the parameters of that network. `checkpoint` is empty on failure. */
tb_status tb_checkpoint_open(const char *path, tb_checkpoint *checkpoint,
                             tb_error *error);

/* The same, refusing (TB_ERR_FORMAT) whatever has other contents than those of
   `hash`; 0: any. */
tb_status tb_checkpoint_open_known(const char *path, uint64_t hash,
                                   tb_checkpoint *checkpoint, tb_error *error);

/* The same from memory, copied; `what` names it in errors. */
tb_status tb_checkpoint_read(const void *data, size_t bytes, const char *what,
                             tb_checkpoint *checkpoint, tb_error *error);

/* The parameters of a checkpoint whose instrument, configuration and base are
   there: those of the base as they lie there, its own all zero, to be written.
   `params` must be null. */
tb_status tb_checkpoint_make_params(tb_checkpoint *checkpoint, tb_error *error);

/* The weights will not be looked at for a while, because those who use them
   have them in a form of their own: their memory is given back, and comes from
   the file again when it is needed. */
void tb_checkpoint_rest(const tb_checkpoint *checkpoint);

/* The level that it knows, or else what it stands on. */
const tb_known_level *tb_checkpoint_level(const tb_checkpoint *checkpoint);

void tb_checkpoint_clear(tb_checkpoint *checkpoint);

/* Writes a checkpoint, which appears whole or not at all. Of `checkpoint` only
   instrument, config, params, declared, base, epoch, known_level, trained,
   trained_on and made_of (both may be null) are read; what is the base's is not
   written. The caller's own entries may be null if `entries` is 0. With a
   `writer` (null: at once) it is written behind what comes next. */
tb_status tb_checkpoint_save(const char *path, const tb_checkpoint *checkpoint,
                             const tb_stored_text *metadata, size_t entries,
                             tb_writer *writer, tb_error *error);

/* "epoch-0012.safetensors". */
void tb_checkpoint_name(int epoch, char name[64]);

/* The file that `path` stands for: itself, or in a run's folder (or its
   "checkpoints", or a folder above just one of these) that of `epoch`, the
   latest for -1; a folder above several is refused. *file is freed with
   tb_free and null on failure. */
tb_status tb_checkpoint_find(const char *path, int epoch, char **file,
                             tb_error *error);

#endif
