#include "cli/heard_sound.h"

#include "base/memory.h"

#include <string.h>

enum { READ = 8192 };

tb_status cli_heard_sound_open(cli_heard_sound *sound, const char *path,
                               double rate, tb_error *error)
{
    tb_audio_info info;
    *sound = (cli_heard_sound){0};
    sound->decoder = tb_decoder_open(path, &info, error);
    if (!sound->decoder)
        return TB_ERR_FILE;
    sound->file_channels = info.channels;
    sound->rate = rate > 0 ? rate : info.sample_rate;
    sound->resampler =
        tb_resampler_new(info.sample_rate, sound->rate, info.channels, error);
    if (!sound->resampler)
        return TB_ERR_MEMORY;
    if (info.frames > 0)
        sound->expected =
            tb_resampled_frames(info.frames, info.sample_rate, sound->rate);
    return TB_OK;
}

tb_status cli_heard_sound_begin(cli_heard_sound *sound, int rows, int channels,
                                int64_t block, tb_error *error)
{
    size_t read = (size_t)READ * (size_t)sound->file_channels;
    size_t numbers = (size_t)block * (size_t)(rows * channels);
    sound->rows = rows;
    sound->channels = channels;
    sound->block = block;
    sound->read = tb_alloc_array(read, sizeof *sound->read);
    sound->resampled = tb_alloc_array(
        (size_t)block * (size_t)sound->file_channels, sizeof(float));
    sound->numbers = tb_alloc_array(numbers, sizeof *sound->numbers);
    if (!sound->read || !sound->resampled || !sound->numbers)
        return tb_fail_memory(error);
    for (int i = 0; i < rows; i++)
        sound->at[i] = sound->numbers + i * block * channels;
    return TB_OK;
}

/* A frame of the file as the model's channels want it. */
static void spread(cli_heard_sound *s, const float *frame, int64_t at)
{
    int last = s->file_channels - 1, all = s->rows * s->channels;
    for (int i = 0; i < all; i++) {
        float x = frame[i < last ? i : last];
        if (all == 1 && last > 0) {
            x = 0;
            for (int k = 0; k <= last; k++)
                x += frame[k] / (float)s->file_channels;
        }
        s->numbers[(i / s->channels * s->block + at) * s->channels +
                   i % s->channels] = x;
    }
}

/* What was read of the file, resampled. */
static tb_status read_on(cli_heard_sound *s, int64_t room, int64_t *made,
                         tb_error *error)
{
    int64_t used = 0;
    if (s->pending == 0 && !s->at_end) {
        s->pending = tb_decoder_read(s->decoder, s->read, READ, error);
        if (s->pending < 0)
            return TB_ERR_FILE;
        s->at_end = s->pending == 0;
        s->next = 0;
    }
    tb_status status = tb_resampler_run(
        s->resampler, s->at_end ? NULL : s->read + s->next * s->file_channels,
        s->pending, &used, s->resampled, room, made, error);
    s->next += used;
    s->pending -= used;
    s->ended = s->at_end && *made == 0;
    return status;
}

tb_status cli_heard_sound_fill(cli_heard_sound *sound, int64_t *count,
                               tb_error *error)
{
    size_t numbers =
        (size_t)sound->block * (size_t)(sound->rows * sound->channels);
    *count = 0;
    memset(sound->numbers, 0, numbers * sizeof *sound->numbers);
    while (*count < sound->block && !sound->ended) {
        int64_t made = 0;
        tb_status status = read_on(sound, sound->block - *count, &made, error);
        if (status)
            return status;
        for (int64_t i = 0; i < made; i++)
            spread(sound, sound->resampled + i * sound->file_channels,
                   (*count)++);
    }
    sound->heard += *count;
    return TB_OK;
}

void cli_heard_sound_close(cli_heard_sound *sound)
{
    tb_decoder_close(sound->decoder);
    tb_resampler_free(sound->resampler);
    tb_free(sound->read);
    tb_free(sound->resampled);
    tb_free(sound->numbers);
    *sound = (cli_heard_sound){0};
}
