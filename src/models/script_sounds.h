/* Sounds by name that players of a TorchScript file share. */
#ifndef TB_MODELS_SCRIPT_SOUNDS_H
#define TB_MODELS_SCRIPT_SOUNDS_H

#include "torchscript/script_model.h"

/* All zero is none. */
typedef struct tb_sound_list {
    tb_script_sounds sounds; /* for tb_script_model's */
    tb_script_sound *at;     /* with names and samples of their own */
    int room;
} tb_sound_list;

/* Copies one (interleaved), in the place of another one of its name. */
tb_status tb_sound_list_put(tb_sound_list *list, const char *name,
                            const float *samples, int64_t frames, int channels,
                            double sample_rate, tb_error *error);
void tb_sound_list_clear(tb_sound_list *list);

#endif
