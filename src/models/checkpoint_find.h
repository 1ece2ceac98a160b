/* Checkpoints by their place: runs, epochs, and how people type them. */
#ifndef TB_MODELS_CHECKPOINT_FIND_H
#define TB_MODELS_CHECKPOINT_FIND_H

#include "models/checkpoint.h"

#include <stdbool.h>

enum { TB_MOST_EPOCH = 1000000000 };

typedef struct tb_found_checkpoint {
    int epoch; /* -1: not told by its name */
    char *path;
} tb_found_checkpoint;

/* All zero bytes are none. */
typedef struct tb_checkpoint_list {
    tb_found_checkpoint *at; /* by their epochs */
    int count, room;
} tb_checkpoint_list;

void tb_checkpoint_list_clear(tb_checkpoint_list *list);

/* Whether it is called as checkpoints of ours ("x.safetensors") or of mimikit
   ("x.ckpt") are. */
bool tb_is_checkpoint_name(const char *path);

/* That the name of a file tells, ours ("epoch-0012.safetensors") or mimikit's
   ("epoch=12.ckpt"); -1: none. */
int tb_checkpoint_epoch(const char *path);

/* A file alone, or those of a run's folder (or its "checkpoints", or a folder
   above just one of these) from epoch `first` to `last`; the latest alone for
   -1. An error where there is none, or a folder above several. */
tb_status tb_checkpoint_find_epochs(const char *path, int first, int last,
                                    tb_checkpoint_list *list, tb_error *error);

/* "12" or "10..20". */
bool tb_epochs_parse(const char *text, int *first, int *last);

/* A checkpoint, or several of a run. */
typedef struct tb_checkpoint_choice {
    char path[4096]; /* a file, or a folder */
    int first, last; /* epochs; -1: the latest */
} tb_checkpoint_choice;

/* "runs/bells", "runs/bells@12", "runs/bells@10..20", "bell.safetensors". */
tb_status tb_checkpoint_choose(const char *text, tb_checkpoint_choice *choice,
                               tb_error *error);

#endif
