/* The fixed prompts of a run's examples: chosen once from what is held out (or
   learned from, where nothing is), and kept in examples/prompt1.wav ..., so
   that all epochs go on from the same sound. */
#ifndef TB_TRAIN_EXAMPLE_PROMPTS_H
#define TB_TRAIN_EXAMPLE_PROMPTS_H

#include "train/data.h"

typedef struct tb_example_prompts {
    float **samples; /* [count]: [frames, channels] */
    int count;
    int64_t frames;
} tb_example_prompts;

/* Reads those that are in the folder and chooses (and writes) the others. The
   caller clears `prompts`, also after a failure. */
tb_status tb_example_prompts_open(const char *folder, const tb_data *data,
                                  int count, double seconds, uint64_t seed,
                                  tb_example_prompts *prompts, tb_error *error);
void tb_example_prompts_clear(tb_example_prompts *prompts);

#endif
