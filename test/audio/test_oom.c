/* Every allocation of ours fails in turn: a status comes back, nothing leaks
   (the sanitizers look) and no file stays. */
#include "audio/encode.h"
#include "audio/load.h"
#include "sounds.h"
#include "tap.h"
#include <stdbool.h>

/* Allocations until one fails; below 0: none does. */
static int left = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool refused(void)
{
    return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return refused() ? NULL : __real_realloc(memory, size);
}

static tb_status load_some(tb_error *error)
{
    tb_audio a;
    tb_status status = tb_load_audio("in.wav", 22050, 1, 0, 0, &a, error);
    OK((a.data != NULL) == (status == TB_OK));
    tb_audio_clear(&a);
    return status;
}

static tb_status save_some(tb_error *error)
{
    tb_encode_settings settings = {.sample_rate = 44100, .channels = 2};
    float x[200] = {0};
    int files = count_files();
    tb_status status = tb_save_audio("out.wav", &settings, x, 100, NULL, error);
    EQ(count_files(), files + (status == TB_OK));
    remove("out.wav");
    return status;
}

static tb_status load_by_program(tb_error *error)
{
    tb_audio a;
    tb_status status = tb_load_audio("in.m4a", 0, 0, 0, 0, &a, error);
    tb_audio_clear(&a);
    return status == TB_ERR_UNSUPPORTED ? TB_OK : status;
}

/* Lets the first allocation fail, then the second, until it succeeds. */
static void check(tb_status (*action)(tb_error *), int fewest)
{
    int i = 0;
    for (; i < 100; i++) {
        tb_error error = {0};
        left = i;
        tb_status status = action(&error);
        bool failed = left < 0;
        left = -1;
        if (!failed)
            break;
        if (status != TB_OK)
            EQ(error.status, TB_ERR_MEMORY);
    }
    OK(i >= fewest && i < 100);
}

int main(void)
{
    enter_folder();
    setenv("PATH", folder, 1);
    float *x = make_sine(5000, 2, 44100, 440);
    save_as("in.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, x, 5000, 2, 44100);
    save_bytes("in.m4a", "no sound", 8);
    free(x);
    check(load_some, 6);
    check(save_some, 5);
    check(load_by_program, 3);
    leave_folder();
    return tap_done();
}
