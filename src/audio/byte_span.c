#include "audio/byte_span.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Reads at `at` of the file itself, without moving it. */
static int64_t read_at(int file, void *bytes, int64_t count, int64_t at)
{
    int64_t done = 0;
    while (done < count) {
        ssize_t n = pread(file, (char *)bytes + done, (size_t)(count - done),
                          (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += n;
    }
    return done;
}

static void replace(const tb_patch *patch, uint8_t *bytes, int64_t count,
                    int64_t at)
{
    for (int i = 0; i < patch->size; i++) {
        int64_t k = patch->at + i - at;
        if (k >= 0 && k < count)
            bytes[k] = patch->bytes[i];
    }
}

int64_t tb_byte_span_read(tb_byte_span *span, void *bytes, int64_t count)
{
    int64_t left = span->bytes - span->position;
    int64_t at = span->start + span->position;
    if (count > left)
        count = left > 0 ? left : 0;
    int64_t n = read_at(span->file, bytes, count, at);
    for (int i = 0; i < TB_PATCHES; i++)
        replace(&span->patches[i], bytes, n, at);
    span->position += n;
    return n;
}

int64_t tb_byte_span_seek(tb_byte_span *span, int64_t offset, int whence)
{
    int64_t from = whence == SEEK_CUR   ? span->position
                   : whence == SEEK_END ? span->bytes
                                        : 0;
    if (from + offset < 0)
        return -1;
    return span->position = from + offset;
}
