/* How the material is cut into pieces, and which track hears which piece when:
   the part of the tracks that knows nothing of sound. */
#ifndef TB_CORPUS_TRACKS_PLAN_H
#define TB_CORPUS_TRACKS_PLAN_H

#include "corpus/tracks.h"

/* Material without a break: some regions in a row. */
typedef struct tb_stretch {
    int first, count; /* of the regions */
    int64_t frames;
    int64_t full; /* pieces of the chosen length */
    int rest;     /* windows of the shorter piece beside them, or 0 */
} tb_stretch;

/* A piece heard by one track. */
typedef struct tb_turn {
    int64_t start; /* in the span, before changes of speed */
    int64_t step;  /* the first of this track's steps */
    int32_t span;
    int32_t windows; /* that it lasts for */
    int32_t next;    /* turn of the same track, or -1 */
    uint32_t number; /* in this epoch */
} tb_turn;

typedef struct tb_tracks_plan {
    tb_tracks_settings settings;
    tb_tracks_choice choice;
    tb_stretch *spans;
    int span_count;
    int64_t windows; /* of all pieces, once */
    tb_turn *pieces; /* [choice.pieces], shuffled anew for each round */
    tb_turn *turns;
    int64_t turn_count, turn_room;
    int32_t *heads, *tails; /* [choice.batch]: first and last turn */
    int64_t *ends;          /* [choice.batch]: step after the last turn */
} tb_tracks_plan;

/* Cuts the material and chooses. */
tb_status tb_tracks_plan_init(tb_tracks_plan *plan, const tb_region *regions,
                              int count, double sample_rate,
                              const tb_tracks_settings *settings,
                              tb_error *error);
void tb_tracks_plan_clear(tb_tracks_plan *plan);

/* Fills `turns`, `heads` and `next` for one epoch. */
tb_status tb_tracks_plan_epoch(tb_tracks_plan *plan, int64_t epoch,
                               tb_error *error);

#endif
