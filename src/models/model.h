/* An opened model: a checkpoint whose plans are made once and shared by all
   voices. The public half is <timbrel/model.h>. */
#ifndef TB_MODELS_MODEL_H
#define TB_MODELS_MODEL_H

#include "engine/stream.h"
#include "models/checkpoint.h"
#include <timbrel/model.h>

/* tb_model_open with an error of ours. */
tb_model *tb_model_open_any(const char *path, tb_error *error);

/* A model of a checkpoint that was opened or made, which is the model's from
   now on, also after a failure. */
tb_model *tb_model_of_checkpoint(tb_checkpoint *checkpoint, tb_error *error);

/* Null where it is a model of others. */
const tb_checkpoint *tb_model_checkpoint(const tb_model *model);
tb_sound_format tb_model_format(const tb_model *model);

/* At what level it learned, as far as that is known. */
const tb_known_level *tb_model_level(const tb_model *model);

/* Its weights as kernels want them, shared by all plans. */
struct tb_prepared_store *tb_model_prepared(tb_model *model);

/* A method planned for so many rows and base frames a call; lives as long as
   the model. `plan` is null for a native method. */
typedef struct tb_method_plan {
    tb_method method;
    tb_stream_plan *plan;
    int64_t block; /* base frames */
} tb_method_plan;

/* Which plan. */
typedef struct tb_plan_wish {
    const char *method;
    int rows;
    int64_t frames; /* of sound in a pass, rounded up to whole frames of
                       symbols; 0: what suits */
    bool full_weights;
    int threads; /* as in tb_stream_settings */
} tb_plan_wish;

/* Made when it is first asked for. Any thread. Null and an error when that
   cannot be. */
const tb_method_plan *tb_model_plan(tb_model *model, const tb_plan_wish *wish,
                                    tb_error *error);

/* Opens the native code of the settings' method, which is the model's. */
tb_status tb_model_open_native(const tb_model *model,
                               const tb_native_settings *settings,
                               tb_native_stream **stream, tb_error *error);

#endif
