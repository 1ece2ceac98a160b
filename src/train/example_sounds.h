/* The sounds of one stage of examples: prompts going on at some temperatures,
   or clips made again. */
#ifndef TB_TRAIN_EXAMPLE_SOUNDS_H
#define TB_TRAIN_EXAMPLE_SOUNDS_H

#include "train/example_prompts.h"
#include "train/examples.h"

typedef struct tb_example_sounds {
    /* set before it is opened */
    const tb_data *data;
    const tb_training_settings *settings;
    tb_listening listening;
    int threads;
    /* set by opening */
    int count;
    tb_example_prompts prompts;
    float **made; /* [count]: prompt and continuation, or the clip */
    int64_t room; /* frames of each */
} tb_example_sounds;

/* Finds prompts, or clips, and makes room. The caller clears it, also after a
   failure. */
tb_status tb_example_sounds_open(tb_example_sounds *sounds, const char *folder,
                                 tb_error *error);
void tb_example_sounds_clear(tb_example_sounds *sounds);

/* Of example i, from 0. */
int tb_example_prompt(const tb_example_sounds *sounds, int i);
double tb_example_temperature(const tb_example_sounds *sounds, int i);

/* Makes all of them with a checkpoint, in about `seconds`, or until the watch
   stops it (TB_ERR_STOPPED); `*frames` is their length. */
tb_status tb_example_sounds_make(tb_example_sounds *sounds,
                                 const char *checkpoint, double seconds,
                                 const tb_examples_watch *watch,
                                 int64_t *frames, tb_error *error);

#endif
