/* What the files of the generator share. */
#ifndef TB_GENERATE_GENERATOR_H
#define TB_GENERATE_GENERATOR_H

#include "base/status.h"
#include "dsp/mulaw.h"
#include "engine/stream.h"
#include "models/checkpoint.h"
#include <timbrel/generate.h>

struct tb_model {
    tb_checkpoint checkpoint;
    tb_sound_format format;
};

struct tb_generator {
    tb_voice_graph graph;
    tb_stream_plan *plan;
    tb_stream *stream;
    tb_generator_settings settings;
    tb_mulaw law;
    float *centres; /* of the levels */
    int channels;
    int64_t block; /* the most interleaved samples of one run of the stream */
};

#endif
