/* What a model is opened from: a checkpoint of ours, or a TorchScript file of
   others. model.c asks through this row and knows no kinds. */
#ifndef TB_MODELS_MODEL_SOURCE_H
#define TB_MODELS_MODEL_SOURCE_H

#include "models/instrument.h"
#include "models/known_level.h"

/* Each gets what it was opened as. */
typedef struct tb_model_source {
    void (*close)(void *it);
    const char *(*kind)(const void *it);
    tb_sound_format (*format)(const void *it);
    const char *(*method)(const void *it, int i); /* null: there are no more */

    /* One of its methods for so many rows, empty on failure: a graph over the
       parameters of `params`, or native code that is opened with `config`. */
    tb_status (*make)(const void *it, const char *name, int rows,
                      tb_method *method, tb_error *error);
    const void *(*config)(const void *it);
    tb_params *(*params)(const void *it);
    const tb_known_level *(*level)(const void *it); /* that it learned at */

    /* As tb_model_attribute; null: there are none of that kind. */
    const char *(*attribute)(const void *it, int i, const char **standard);
} tb_model_source;

#endif
