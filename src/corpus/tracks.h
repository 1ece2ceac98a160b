/* Batches for truncated back-propagation through time: parallel tracks, each
   running through pieces of the material window by window, so that a network's
   state may be carried from one batch to the next.

   An epoch is heard piece by piece in a new random order, cut at new random
   places. The order, the places and all other chance depend on (seed, epoch)
   alone, so two integers tell where training stands. One thread at a time. */
#ifndef TB_CORPUS_TRACKS_H
#define TB_CORPUS_TRACKS_H

#include "base/status.h"
#include "corpus/augment.h"
#include "corpus/cache.h"
#include "corpus/holdout.h"
#include "corpus/label_map.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct tb_tracks_settings {
    int batch;     /* parallel tracks wanted */
    int window;    /* new frames per step */
    int context;   /* frames before them that come along */
    int64_t piece; /* frames after which a track goes elsewhere; up to `window`:
                      every window stands for itself */
    int oversampling; /* how often an epoch goes through everything */
    bool join_files;  /* pieces may run from one file into the next */
    bool even;        /* an epoch hears everything about once, whatever chance
                         says: pieces up to `piece` that fill all tracks alike,
                         longest first */
    uint64_t seed;
    tb_augment_settings augment;
} tb_tracks_settings;

/* What was chosen. With little material tracks are shorter, then fewer, so that
   one second is enough for a step; material shorter than a window is followed
   by silence. */
typedef struct tb_tracks_choice {
    int batch;
    int64_t piece;         /* frames, whole windows */
    int64_t pieces, steps; /* per epoch */
    bool is_wanted;        /* batch and piece are what was asked for */
    char sentence[200];    /* tells it in seconds */
} tb_tracks_choice;

/* The step that comes next; both count from 0. */
typedef struct tb_tracks_place {
    int64_t epoch, step;
} tb_tracks_place;

typedef struct tb_tracks tb_tracks;

/* Over the training regions of a cache, which must outlive the tracks. */
tb_tracks *tb_tracks_new(const tb_cache *cache, const tb_region *regions,
                         int count, const tb_tracks_settings *settings,
                         tb_error *error);

void tb_tracks_free(tb_tracks *tracks);

const tb_tracks_choice *tb_tracks_chosen(const tb_tracks *tracks);

/* Gives the next step: `frames` [batch, context + window, channels] with the
   numbers of `tb_tracks_chosen`; silence stands before and after a region's
   frames. `reset` [batch] tells which rows start a piece, so that their state
   must be forgotten first. */
tb_status tb_tracks_next(tb_tracks *tracks, float *frames, bool *reset,
                         tb_error *error);

/* From now on each step has labels, too: of the map, which must outlive the
   tracks and be at the rate of their cache. Pieces in a part of `forget` of all
   cases have none, so that a network learns to do without. */
tb_status tb_tracks_follow(tb_tracks *tracks, const tb_label_map *map,
                           double forget, tb_error *error);

/* The labels of the step that was given last, [batch, context + window]: of the
   piece itself, whatever sounds along; 0: none. */
const int32_t *tb_tracks_labels(const tb_tracks *tracks);

tb_tracks_place tb_tracks_position(const tb_tracks *tracks);

/* Goes to a step: what follows is bit for bit what followed there before. */
tb_status tb_tracks_seek(tb_tracks *tracks, tb_tracks_place place,
                         tb_error *error);

#endif
