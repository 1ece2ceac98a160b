/* Which part of a rebuilt sound can be held against what was heard: for the
   losses of rave_learn.c. */
#ifndef TB_MODELS_RAVE_TARGETS_H
#define TB_MODELS_RAVE_TARGETS_H

#include "models/rave.h"

/* Samples that a sample of what is made depends on, at most. */
typedef struct tb_rave_reach {
    bool all;      /* that came before it: layers remember */
    int64_t left;  /* before it; 0 with `all` */
    int64_t right; /* from it on */
} tb_rave_reach;

tb_status tb_rave_reach_of(const tb_rave *config, tb_rave_reach *reach,
                           tb_error *error);

/* Whether the bands that are compared lose their ends. */
bool tb_rave_crops(const tb_rave *config);

/* Refuses a window of so many samples, if bands are cropped and nothing would
   be left of them. */
tb_status tb_rave_check_crop(const tb_rave *config, int64_t window,
                             tb_error *error);

/* If the configuration says so, the bands of a window without those frames that
   depend on what lies outside of it, [rows, bands, frames] to as many bands.
   All of them, where layers remember all: then no frame would be left. RAVE
   crops by what a sample depends on in the same way, and never the sound
   itself. */
tb_value *tb_rave_valid_bands(const tb_rave *config, tb_value *bands);

/* [1]: spectral distances of the sound and, with a bank, of its bands, weighed.
 */
tb_value *tb_rave_distance(const tb_rave *config, const tb_rave_signals *s);

#endif
