#include "audio/passage.h"

#include <stdlib.h>
#include <string.h>

tb_status tb_passages_open(tb_passages *p, const char *path,
                           tb_audio_info *info, tb_error *error)
{
    tb_audio_info own;
    info = info ? info : &own;
    *p = (tb_passages){0};
    p->decoder = tb_decoder_open(path, info, error);
    if (!p->decoder)
        return error ? error->status : TB_ERR_FILE;
    p->channels = info->channels;
    return TB_OK;
}

void tb_passages_close(tb_passages *p)
{
    if (p->decoder)
        tb_decoder_close(p->decoder);
    free(p->frames);
    *p = (tb_passages){0};
}

static tb_status make_room(tb_passages *p, int64_t n, tb_error *error)
{
    if (n <= p->room)
        return TB_OK;
    size_t bytes = (size_t)n * (size_t)p->channels * sizeof *p->frames;
    float *larger = realloc(p->frames, bytes);
    if (!larger)
        return tb_fail_memory(error);
    p->frames = larger;
    p->room = n;
    return TB_OK;
}

/* Forgets what lies before `start`, and passes over what has not been read. */
static tb_status go_to(tb_passages *p, int64_t start, tb_error *error)
{
    int64_t gone = start - p->first;
    if (gone < p->count) {
        p->count -= gone;
        memmove(p->frames, p->frames + gone * p->channels,
                (size_t)(p->count * p->channels) * sizeof *p->frames);
    } else {
        int64_t more = gone - p->count;
        p->count = 0;
        if (tb_decoder_skip(p->decoder, more, error) < 0)
            return error->status;
    }
    p->first = start;
    return TB_OK;
}

const float *tb_passages_read(tb_passages *p, int64_t start, int64_t n,
                              int64_t *got, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    *got = 0;
    if (go_to(p, start, error) || make_room(p, n, error))
        return NULL;
    while (p->count < n) {
        int64_t read =
            tb_decoder_read(p->decoder, p->frames + p->count * p->channels,
                            n - p->count, error);
        if (read < 0)
            return NULL;
        if (read == 0)
            break;
        p->count += read;
    }
    *got = p->count < n ? p->count : n;
    return p->frames;
}
