/* What a network made of a clip beside that clip, by what judge/transferred.h
   measures. */
#ifndef TB_RUN_REMADE_H
#define TB_RUN_REMADE_H

#include "base/json.h"

#include <stdbool.h>

/* NaN: there was nothing to measure. */
typedef struct tb_remade {
    double spectrum_db, loudness_db, level_db;
    double pitch_cents, pitch_kept;
} tb_remade;

enum { TB_REMADE_NUMBERS = sizeof(tb_remade) / sizeof(double) };

/* Room for tb_remade_words. */
enum { TB_REMADE_WORDS = 128 };

/* "spectrum 6.1 dB apart, loudness 1.4 dB, level -3.0 dB, pitch 34 cents (26 %
   kept)": what was measured; of null nothing. */
void tb_remade_words(const tb_remade *remade, char text[TB_REMADE_WORDS]);

/* From and to an object that has more; `found` if any number is there. */
tb_status tb_remade_read(const tb_json *object, tb_remade *remade, bool *found,
                         tb_error *error);
void tb_remade_write(tb_json_writer *w, const tb_remade *remade);

/* One of its numbers, 0 to TB_REMADE_NUMBERS - 1. */
double *tb_remade_number(tb_remade *remade, int i);

#endif
