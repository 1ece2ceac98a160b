/* Passages of a recording, read one after the other without ever holding all
   of it. */
#ifndef TB_AUDIO_PASSAGE_H
#define TB_AUDIO_PASSAGE_H

#include "audio/decode.h"

typedef struct tb_passages {
    tb_decoder *decoder;
    int channels;
    double sample_rate;
    float *frames; /* [room, channels], from frame `first` on */
    int64_t first, count, room;
} tb_passages;

/* Closed with tb_passages_close, also after a failure. `info` may be null. */
tb_status tb_passages_open(tb_passages *p, const char *path,
                           tb_audio_info *info, tb_error *error);
void tb_passages_close(tb_passages *p);

/* The frames start .. start + n - 1, [*got, channels]: fewer at the recording's
   end. They stay until the next call, whose start may not be before this one.
   Null after a failure. */
const float *tb_passages_read(tb_passages *p, int64_t start, int64_t n,
                              int64_t *got, tb_error *error);

/* The same at another rate and with one channel, from `start` seconds on: `out`
   takes up to `most` frames, *made tells how many. */
tb_status tb_passages_mono(tb_passages *p, double start, double sample_rate,
                           float *out, int64_t most, int64_t *made,
                           tb_error *error);

#endif
