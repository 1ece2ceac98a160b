/* What the files of the voices share. */
#ifndef TB_GENERATE_VOICES_H
#define TB_GENERATE_VOICES_H

#include "models/model.h"

struct tb_voices {
    tb_model *model;
    tb_voices_settings settings;
    tb_symbols symbols; /* of a loop */
    int channels;
    const tb_method_plan *plan, *encode_plan; /* encode: null without a loop */
    tb_stream *stream, *encoder;
    tb_native_stream *native;
    bool runs_on;   /* since the last prompt */
    int64_t at;     /* the frame of sound that comes next */
    float *pending; /* [rows, pending_room, channels]: of a prompt, less than */
    int64_t pending_frames; /* a frame of symbols */
    float **heard;          /* [rows]: those of `pending` */
};

#endif
