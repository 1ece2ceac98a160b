/* Allocation i fails, for every i, of what makes sound of magnitudes and of mel
   bands: nothing crashes, nothing leaks and the failure is told. */
#include "dsp/griffin_lim.h"
#include "dsp/mel.h"
#include "tap.h"

#include <stdbool.h>
#include <stdlib.h>

/* ---- an allocator that fails on demand (linked with --wrap) ---- */

static int remaining, live, untold;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    live++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    live++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    live += memory == NULL;
    return __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

/* ---- what is tried; true when it succeeded ---- */

static bool invert(tb_phase_start start)
{
    float magnitudes[9 * 3] = {1, 2, 3}, y[20];
    tb_griffin_lim how = tb_griffin_lim_usual(16, 4);
    tb_error error = {0};
    how.start = start;
    how.iterations = 1;
    tb_status status =
        tb_sound_of_magnitudes(&how, magnitudes, 3, y, 20, &error);
    untold += status && !(status == TB_ERR_MEMORY && error.text[0]);
    return status == TB_OK;
}

static bool invert_streamed(void)
{
    return invert(TB_START_STREAMED);
}

static bool invert_anyhow(void)
{
    return invert(TB_START_RANDOM);
}

static bool measure(void)
{
    float magnitudes[9 * 3] = {1, 2, 3}, y[20] = {1};
    tb_griffin_lim how = tb_griffin_lim_usual(16, 4);
    return !isnan(tb_spectral_convergence(&how, magnitudes, 3, y, 20));
}

static bool bands(void)
{
    tb_mel *mel = tb_mel_new(64, 8000, 6, 0, 4000);
    tb_mel_inverse *inverse = mel ? tb_mel_inverse_new(mel) : NULL;
    bool good = inverse != NULL;
    tb_mel_inverse_free(inverse);
    tb_mel_free(mel);
    return good;
}

static void check(bool (*attempt)(void), const char *name)
{
    bool good = false;
    int failures = 0, before = live;
    for (; !good && failures < 10000; failures++) {
        remaining = failures;
        good = attempt();
        remaining = 1 << 30;
        if (live != before)
            fprintf(stderr, "# %s: %d blocks stay after failure %d\n", name,
                    live - before, failures);
        if (live != before)
            break;
    }
    OK_NAMED(good && live == before && failures > 3, name);
}

int main(void)
{
    remaining = 1 << 30;
    check(invert_streamed, "sound of magnitudes");
    check(invert_anyhow, "from any phases");
    check(measure, "how near it is");
    check(bands, "bands and their inverse");
    EQ(untold, 0);
    return tap_done();
}
