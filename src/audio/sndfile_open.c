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

SNDFILE *tb_sndfile_read(int file, SF_INFO *format, tb_error *error)
{
    pthread_mutex_lock(&opening);
    SNDFILE *sound = sf_open_fd(file, SFM_READ, format, SF_TRUE);
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
