/* One recording of a database that RAVE made ("rave preprocess"): Protocol
   Buffers, of whose messages those are read that hold sound. Source: Google's
   description of the encoding; the fields as RAVE's udls declares them:
     AudioExample  buffers 1 (a map: key 1, value 2), metadata 2 (likewise)
     AudioBuffer   shape 1, sampling_rate 2, data 3, precision 4 */
#ifndef TB_AUDIO_RAVE_RECORD_H
#define TB_AUDIO_RAVE_RECORD_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Samples of 16 bits, little-endian, not aligned: all of one channel before all
   of the next. */
typedef struct tb_rave_record {
    double sample_rate; /* Hz; 0: it does not say */
    int channels;
    int64_t frames;
    const uint8_t *samples; /* in the record's memory */
} tb_rave_record;

/* Refused: what is damaged, holds no waveform (as lazy databases, which name
   files), or another precision. `what` names the database in errors. */
tb_status tb_rave_record_read(const void *data, size_t bytes, const char *what,
                              tb_rave_record *record, tb_error *error);

#endif
