/* A long sound in as many columns as a picture has, summed up as it goes by:
   memory does not depend on its length. */
#ifndef TB_DSP_OVERVIEW_H
#define TB_DSP_OVERVIEW_H

#include "base/status.h"

#include <stdint.h>

typedef struct tb_overview {
    int columns, rows;
    double sample_rate;
    int64_t frames;    /* of the whole sound */
    float *low, *high; /* [columns], the least and the highest sample */
    float *level;      /* [rows, columns], dB of the loudest moment; row 0 is
                          the highest frequency, rows lie evenly in mel */
    struct tb_overview_work *work;
} tb_overview;

/* For a mono sound of `frames` samples. Cleared with tb_overview_clear, also
   after a failure. */
tb_status tb_overview_init(tb_overview *overview, int64_t frames,
                           double sample_rate, int columns, int rows,
                           tb_error *error);
void tb_overview_clear(tb_overview *overview);

/* The next n samples. */
void tb_overview_feed(tb_overview *overview, const float *x, int64_t n);

/* The centre of a row's band, Hz. */
double tb_overview_row_hz(const tb_overview *overview, int row);

#endif
