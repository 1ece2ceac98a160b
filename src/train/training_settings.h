/* What a user can choose about a training, beside the network itself. */
#ifndef TB_TRAIN_TRAINING_SETTINGS_H
#define TB_TRAIN_TRAINING_SETTINGS_H

#include "base/settings.h"
#include "corpus/augment.h"
#include "engine/optimiser.h"
#include "engine/rate_schedule.h"

typedef struct tb_training_settings {
    int batch, micro_batches, window; /* tracks; their shares; frames */
    int oversampling;                 /* rounds per epoch */
    double piece;                     /* seconds */
    bool join_files;
    int normalise, dc; /* tb_normalise, tb_dc */
    double held_out;   /* part of the material */
    char held_out_file[1024];
    char from[1024]; /* whose weights it begins with; empty: fresh ones */
    char only[1024]; /* names of labels; empty: everything */
    int epochs;
    double minutes; /* 0: any */
    double learning_rate;
    int optimiser; /* tb_optimiser_kind */
    double beta1, beta2, epsilon, momentum, weight_decay, clip, average;
    int schedule; /* tb_schedule_kind */
    double final_rate, rise, div, final_div;
    double gain, softer, transpose, reverse, mix, mix_level, noise;
    double phase, compress, mute, stuck;
    int dequantise; /* bits */
    int examples, examples_every;
    double example_seconds, prompt_seconds, high_pass, save_seconds;
    tb_float_list temperatures;
    uint64_t seed;
} tb_training_settings;

extern const tb_settings tb_training_table;

/* The parts of the settings in the forms that others want. `steps`: of the
   whole training. */
tb_optimiser_settings tb_training_optimiser(const tb_training_settings *s);
tb_rate_schedule tb_training_schedule(const tb_training_settings *s,
                                      int64_t steps);
tb_augment_settings tb_training_augment(const tb_training_settings *s,
                                        double sample_rate);

#endif
