#include "audio/sndfile_open.h"
#include <pthread.h>
#include <string.h>

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

/* Its sentences end with a full stop, which ours do by themselves. */
static void tell_reason(const SNDFILE *file, tb_error *error)
{
    if (file != NULL)
        return;
    const char *reason = sf_strerror(NULL);
    size_t length = strlen(reason);
    length -= length > 0 && reason[length - 1] == '.';
    tb_fail(error, TB_ERR_FORMAT, "%.*s", (int)length, reason);
}

static sf_count_t span_length(void *state)
{
    return ((tb_byte_span *)state)->bytes;
}

static sf_count_t span_seek(sf_count_t offset, int whence, void *state)
{
    return tb_byte_span_seek(state, offset, whence);
}

static sf_count_t span_read(void *bytes, sf_count_t count, void *state)
{
    return tb_byte_span_read(state, bytes, count);
}

static sf_count_t span_tell(void *state)
{
    return ((tb_byte_span *)state)->position;
}

SNDFILE *tb_sndfile_read(tb_byte_span *span, SF_INFO *format, tb_error *error)
{
    SF_VIRTUAL_IO io = {span_length, span_seek, span_read, NULL, span_tell};
    span->position = 0;
    pthread_mutex_lock(&opening);
    SNDFILE *sound = sf_open_virtual(&io, SFM_READ, format, span);
    tell_reason(sound, error);
    pthread_mutex_unlock(&opening);
    return sound;
}

SNDFILE *tb_sndfile_write(SF_VIRTUAL_IO *io, void *state, SF_INFO *format,
                          tb_error *error)
{
    pthread_mutex_lock(&opening);
    SNDFILE *sound = sf_open_virtual(io, SFM_WRITE, format, state);
    tell_reason(sound, error);
    pthread_mutex_unlock(&opening);
    return sound;
}
