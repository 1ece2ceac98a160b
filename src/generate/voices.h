/* What the files of the voices share. */
#ifndef TB_GENERATE_VOICES_H
#define TB_GENERATE_VOICES_H

#include "base/status.h"
#include "models/model.h"

struct tb_voices {
    tb_model *model;
    tb_voices_settings settings;
    tb_symbols symbols; /* of a loop */
    int channels;
    const tb_method_plan *plan, *encode_plan; /* encode: null without a loop */
    tb_stream *stream, *encoder;
    tb_native_stream *native;
    tb_pool *pool;  /* of what nobody waits for; null: one thread */
    bool runs_on;   /* since the last prompt */
    bool waits;     /* wants tb_voices_prepare */
    int64_t at;     /* the frame of sound that comes next */
    float *pending; /* [rows, pending_room, channels]: of a prompt, less than */
    int64_t pending_frames; /* a frame of symbols */
    float **heard;          /* [rows]: those of `pending` */
    const float **in_at;    /* [rows]: a block of native code */
    float **out_at;
};

/* tb_voices_new with an error of ours. */
tb_voices *tb_voices_open(tb_model *model, const tb_voices_settings *settings,
                          tb_error *error);

/* tb_voices_set_text, tb_voices_prepare, tb_voices_run_offline and
   tb_voices_process_offline likewise. */
tb_status tb_voices_turn(tb_voices *voices, const char *control,
                         const char *text, tb_error *error);
tb_status tb_voices_make_ready(tb_voices *voices, tb_error *error);
tb_status tb_voices_render(tb_voices *voices, float *const *samples,
                           int64_t frames, tb_error *error);
tb_status tb_voices_transform(tb_voices *voices, const float *const *in,
                              float *const *out, int64_t frames,
                              tb_error *error);

/* Triggers hold for one run. */
TB_REALTIME void tb_voices_release_triggers(tb_voices *voices);

/* Brings `n` frames of sound, at most a block, from frame `at` on to the
   stream, and gives the base frames that it runs for; fetches what came of
   them. */
TB_REALTIME int64_t tb_voices_put_block(tb_voices *voices,
                                        const float *const *in, int64_t at,
                                        int64_t n);
TB_REALTIME void tb_voices_get_block(tb_voices *voices, float *const *out,
                                     int64_t at, int64_t n);

/* Sets in_at and out_at to the block of native code from frame `at` of the
   sound on. */
TB_REALTIME void tb_voices_find_block(tb_voices *voices, const float *const *in,
                                      float *const *out, int64_t at);

#endif
