#include "run/remade.h"

#include <math.h>
#include <stdio.h>

static const char *const keys[TB_REMADE_NUMBERS] = {
    "spectrum_db", "loudness_db", "level_db", "pitch_cents", "pitch_kept"};

void tb_remade_words(const tb_remade *r, char text[TB_REMADE_WORDS])
{
    int n = 0;
    text[0] = 0;
    if (r && !isnan(r->spectrum_db))
        n = snprintf(text, TB_REMADE_WORDS, "spectrum %.1f dB apart",
                     r->spectrum_db);
    if (n && !isnan(r->loudness_db))
        n += snprintf(text + n, TB_REMADE_WORDS - (size_t)n,
                      ", loudness %.1f dB, level %+.1f dB", r->loudness_db,
                      r->level_db);
    if (n && !isnan(r->pitch_cents))
        snprintf(text + n, TB_REMADE_WORDS - (size_t)n,
                 ", pitch %.0f cents (%.0f %% kept)", r->pitch_cents,
                 100 * r->pitch_kept);
}

double *tb_remade_number(tb_remade *r, int i)
{
    double *const numbers[TB_REMADE_NUMBERS] = {
        &r->spectrum_db, &r->loudness_db, &r->level_db, &r->pitch_cents,
        &r->pitch_kept};
    return numbers[i];
}

tb_status tb_remade_read(const tb_json *object, tb_remade *r, bool *found,
                         tb_error *error)
{
    tb_status status = TB_OK;
    *found = false;
    for (int i = 0; i < TB_REMADE_NUMBERS && !status; i++) {
        double *number = tb_remade_number(r, i);
        bool there = tb_json_find(object, keys[i]);
        *number = NAN;
        *found |= there;
        if (there)
            status = tb_json_number(object, keys[i], number, error);
    }
    return status;
}

void tb_remade_write(tb_json_writer *w, const tb_remade *remade)
{
    tb_remade r = *remade;
    for (int i = 0; i < TB_REMADE_NUMBERS; i++)
        if (!isnan(*tb_remade_number(&r, i)))
            tb_json_put_number(w, keys[i], *tb_remade_number(&r, i));
}
