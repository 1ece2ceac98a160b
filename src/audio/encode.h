/* Writing sound files. The name's ending decides: .wav, .aif or .aiff, .flac,
   .ogg. A file appears whole (temporary name, fsync, rename) or grows as it is
   made. "-" and named pipes get a WAV stream whose header leaves the length
   open, or bare floats. Where a file cannot hold what is beyond +-1, a limiter
   turns it down around its peaks. An encoder belongs to one thread at a time.
 */
#ifndef TB_AUDIO_ENCODE_H
#define TB_AUDIO_ENCODE_H

#include "audio/tags.h"
#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum tb_samples {
    TB_SAMPLES_DEFAULT = 0, /* 24 bits; Ogg Vorbis has its own */
    TB_SAMPLES_16,          /* 16 bits with triangular dither */
    TB_SAMPLES_24,
    TB_SAMPLES_FLOAT /* 32-bit floats, which never clip: not in FLAC */
} tb_samples;

typedef struct tb_encode_settings {
    double sample_rate; /* a whole number of Hz */
    int channels;
    tb_samples samples;
    double vorbis_quality; /* up to 1; 0: 0.6 */
    bool growing;        /* seen under its name while it is made: a WAV or AIFF
                            header is never more than half a second behind */
    bool replace;        /* an existing file may be overwritten */
    bool bare;           /* to a pipe: little-endian floats without a header */
    const tb_tags *tags; /* null: only the software's name; not in pipes */
} tb_encode_settings;

typedef struct tb_encode_report {
    int64_t frames;
    double least_gain;   /* below 1: of a limiter, round what was beyond +-1 */
    int64_t not_numbers; /* samples that became silence */
} tb_encode_report;

typedef struct tb_encoder tb_encoder;

/* Null when the file cannot be made. `settings` and its tags are not kept. */
tb_encoder *tb_encoder_open(const char *path,
                            const tb_encode_settings *settings,
                            tb_error *error);

/* Appends `frames` frames of `interleaved` [frames, channels]. After a failure
   the encoder can only be closed or discarded. */
tb_status tb_encoder_write(tb_encoder *encoder, const float *interleaved,
                           int64_t frames, tb_error *error);

/* Completes the file and frees the encoder; fills `report` (null: not wanted).
   After a failure, of this or of an earlier write, nothing of the file stays
   unless it was growing. */
tb_status tb_encoder_close(tb_encoder *encoder, tb_encode_report *report,
                           tb_error *error);

/* Frees the encoder without leaving a file, unless it was growing. Accepts
   null. */
void tb_encoder_discard(tb_encoder *encoder);

/* Writes a whole file in one call. */
tb_status tb_save_audio(const char *path, const tb_encode_settings *settings,
                        const float *interleaved, int64_t frames,
                        tb_encode_report *report, tb_error *error);

#endif
