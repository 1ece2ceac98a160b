/* Which instrument suits which sounds, when nobody names one. Instruments say
   what they are good for (models/instrument.h, tb_suits); nothing here knows a
   kind of them. */
#ifndef TB_TRAIN_CHOOSE_H
#define TB_TRAIN_CHOOSE_H

#include "models/instrument.h"

/* What sounds are, in parts of 1 that sum to 1. */
typedef struct tb_sound_kind {
    double sustained, struck, spoken;
    double seconds; /* of all of them */
} tb_sound_kind;

/* Listens to evenly spread moments of the sounds. What cannot be read of them
   is passed over. */
tb_status tb_sound_kind_hear(const char *const *paths, int count,
                             tb_sound_kind *kind, tb_error *error);

/* What they are like, frame by frame of 32 ms. But for pauses: where they
   sound. */
typedef struct tb_sound_traits {
    double change_db; /* of the level, from one frame to the next */
    double timbre;    /* how far the MFCC 1 to 12 go in 192 ms */
    double attacks;   /* rises of more than 6 dB, a second */
    double glides; /* part of the frames whose pitch has moved by a quarter of
                      a tone to a third in 96 ms */
    double pauses; /* part of all frames */
} tb_sound_traits;

void tb_sound_kind_find(tb_sound_kind *kind, const tb_sound_traits *traits);

/* Whether it is more of that than of all else. */
bool tb_sound_kind_sustains(const tb_sound_kind *kind);

/* "mostly sustained sound" */
const char *tb_sound_kind_words(const tb_sound_kind *kind);

/* The instrument of `list` (ends with null) that suits them best of those that
   are worth their time in `minutes` (0: any); null: none says what it suits. */
const tb_instrument *tb_choose_instrument(const tb_instrument *const *list,
                                          const tb_sound_kind *kind,
                                          double minutes);

/* Of those that learn, the ones to be tried side by side, the best first: each
   is worth `minutes` of its own (0: any) and suits the sounds at least half as
   well as the first. Fills chosen [most at most], and returns how many there
   are. */
int tb_choose_several(const tb_instrument *const *list,
                      const tb_sound_kind *kind, double minutes,
                      const tb_instrument **chosen, int most);

/* Says what the sounds are, which of them [count] are tried and how long each
   (0: not said). */
void tb_several_words(const tb_instrument *const *chosen, int count,
                      const tb_sound_kind *kind, double minutes, char *text,
                      size_t size);

/* Says which, why, and what it will sound like. */
void tb_choice_words(const tb_instrument *chosen, const tb_sound_kind *kind,
                     double minutes, char *text, size_t size);

#endif
