/* The state of a training: what loads can be gone on from. */
#include "files.h"
#include "fuzz.h"
#include "seal.h"
#define TINY_UNITS 2
#include "tiny.h"
#include "train/resume.h"

#include <math.h>

static tb_trainer *new_trainer(void)
{
    static const tiny_config config;
    tb_trainer_settings settings = {
        .instrument = &tiny_instrument,
        .config = &config,
        .rows = 2,
        .window = 8,
        .test_rows = 2,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.99,
                      .epsilon = 1e-8},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 0.01, .steps = 1},
        .threads = 1};
    tb_error error;
    tb_trainer *trainer = tb_trainer_new(&settings, &error);
    if (!trainer)
        abort();
    return trainer;
}

static bool sums_are_possible(const tb_running_sum *s)
{
    for (int i = 0; i < TB_MOST_METRICS; i++)
        if (!isfinite(s[i].sum) || s[i].count < 0)
            return false;
    return true;
}

static bool is_possible(const tb_progress *p)
{
    const int64_t counts[] = {p->epoch, p->step, p->steps_per_epoch, p->phase,
                              p->steps_before};
    const double numbers[] = {p->seconds, p->example_seconds};
    for (int i = 0; i < 5; i++)
        if (counts[i] < 0)
            return false;
    for (int i = 0; i < 2; i++)
        if (!isfinite(numbers[i]))
            return false;
    for (int i = 0; i < TB_MOST_METRICS; i++)
        if (!isfinite(p->best[i].value) || p->best[i].epoch < 0)
            return false;
    return sums_are_possible(p->epoch_sum) && sums_are_possible(p->line_sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static tb_trainer *trainer;
    static uint8_t sealed[1 << 16];
    tb_progress progress;
    tb_error error = {0};
    bool same_rows;
    if (size > sizeof sealed)
        return 0;
    trainer = trainer ? trainer : new_trainer();
    if (size)
        memcpy(sealed, bytes, size);
    fuzz_seal(sealed, size);
    const char *path = fuzz_file("resume.safetensors", sealed, size);
    if (tb_resume_load(path, trainer, &progress, &same_rows, &error) != TB_OK)
        return error.text[0] == 0;
    return !is_possible(&progress) || tb_trainer_steps(trainer) < 0;
}
