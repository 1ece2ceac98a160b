/* What stands behind an encoder: libsndfile, or a stream that cannot seek. */
#ifndef TB_AUDIO_ENCODE_SINK_H
#define TB_AUDIO_ENCODE_SINK_H

#include "audio/encode.h"
#include "audio/output_file.h"

/* Samples reach a sink as floats, or as integers in the upper bits of 32. */
typedef struct tb_sink {
    void *state;
    int bits;            /* of the integers; 0: floats */
    bool keeps_beyond;   /* values beyond +-1 survive */
    int64_t most_frames; /* that the format can hold */
    bool (*write)(void *state, const void *samples, int64_t frames);
    /* Makes the header tell the truth; null: there is none to correct. */
    void (*update)(void *state);
    /* Completes what the format needs, into the output, and frees the state. */
    bool (*close)(void *state);
} tb_sink;

/* Both write into `output`, which must outlive the sink. */
tb_status tb_sink_open_sndfile(const char *path,
                               const tb_encode_settings *settings,
                               tb_output_file *output, tb_sink *sink,
                               tb_error *error);
tb_status tb_sink_open_stream(const tb_encode_settings *settings,
                              tb_output_file *output, tb_sink *sink,
                              tb_error *error);

/* Refuses a name whose ending tells no format, or settings that the format
   cannot hold, before any file is made. */
tb_status tb_sink_check_sndfile(const char *path,
                                const tb_encode_settings *settings,
                                tb_error *error);

#endif
