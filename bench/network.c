#include "network.h"
#include <stdio.h>
#include <string.h>

/* The peers speak levels and hear no noise. */
bool bench_network(const char *name, tb_samplernn *config)
{
    tb_settings_part part = {&tb_samplernn_settings, config};
    tb_error error = {0};
    const char *preset = strcmp(name, "demo") == 0    ? "mimikit"
                         : strcmp(name, "small") == 0 ? "small"
                                                      : name;
    tb_settings_defaults(&part, 1);
    if (tb_settings_preset(&part, 1, preset, &error) == TB_OK) {
        config->sound.output = TB_SAMPLE_OUTPUT_LEVELS;
        config->sound.past_noise = 0;
        return true;
    }
    fprintf(stderr, "%s\n", error.text);
    return false;
}

tb_trainer *bench_trainer(const bench_options *o,
                          const tb_instrument *instrument, const void *config,
                          int rows, int window, double beta1, uint64_t seed)
{
    tb_error error = {0};
    tb_trainer_settings settings = {
        .instrument = instrument,
        .config = config,
        .rows = rows,
        .window = window,
        .test_rows = 1,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = beta1,
                      .beta2 = 0.9,
                      .epsilon = 1e-8},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 1e-3, .steps = 1},
        .seed = seed,
        .threads = o->threads};
    tb_trainer *trainer = tb_trainer_new(&settings, &error);
    if (!trainer)
        fprintf(stderr, "%s\n", error.text);
    return trainer;
}
