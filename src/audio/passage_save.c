#include "audio/passage_save.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_FRAMES = 8192 };

/* Frames at .. at + n - 1 of a passage of `frames`. */
static void fade_out(float *x, int channels, int64_t at, int64_t n,
                     int64_t frames, int64_t fade)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t left = frames - 1 - (at + i);
        if (left >= fade)
            continue;
        for (int ch = 0; ch < channels; ch++)
            x[i * channels + ch] *= (float)left / (float)fade;
    }
}

static tb_status copy(tb_passages *p, int64_t start, int64_t frames,
                      int64_t fade, tb_encoder *encoder, float *block,
                      tb_error *error)
{
    for (int64_t at = 0, got = 0; at < frames; at += got) {
        int64_t n = frames - at < BLOCK_FRAMES ? frames - at : BLOCK_FRAMES;
        const float *x = tb_passages_read(p, start + at, n, &got, error);
        if (!x)
            return error->status;
        if (got == 0)
            break;
        memcpy(block, x, (size_t)(got * p->channels) * sizeof *block);
        fade_out(block, p->channels, at, got, frames, fade);
        tb_status status = tb_encoder_write(encoder, block, got, error);
        if (status)
            return status;
    }
    return TB_OK;
}

tb_status tb_passage_save(tb_passages *p, int64_t start, int64_t frames,
                          int64_t fade, const char *path,
                          const tb_encode_settings *settings, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    float *block =
        malloc((size_t)BLOCK_FRAMES * (size_t)p->channels * sizeof *block);
    if (!block)
        return tb_fail_memory(error);
    tb_encoder *encoder = tb_encoder_open(path, settings, error);
    tb_status status = encoder ? TB_OK : error->status;
    fade = fade < frames ? fade : frames;
    if (!status)
        status = copy(p, start, frames, fade, encoder, block, error);
    if (!status)
        status = tb_encoder_close(encoder, NULL, error);
    else
        tb_encoder_discard(encoder);
    free(block);
    return status;
}
