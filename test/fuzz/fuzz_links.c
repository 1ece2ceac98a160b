/* What is looked for in sound files before a library reads them: frames of
   MPEG audio, sizes that were never written, and links. */
#include "audio/links.h"
#include "audio/mpeg_frames.h"
#include "files.h"
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

static bool lies_inside(const tb_byte_span *span, int64_t size)
{
    return span->start >= 0 && span->bytes >= 0 &&
           span->start + span->bytes == size;
}

static bool finds_frames(tb_byte_span span, bool search)
{
    int64_t start = -1, size = span.bytes;
    if (tb_mpeg_find(&span, search, &start) != TB_MPEG_YES)
        return true;
    if (start < 0 || start >= size)
        return false;
    span.start = start;
    span.bytes = size - start;
    int64_t tag = tb_mpeg_length_tag(&span);
    return tag < span.bytes;
}

/* Each link starts further on than the one before. */
static bool finds_links(tb_byte_span span)
{
    int64_t size = span.bytes, start = 0;
    while (tb_span_next_link(&span)) {
        if (!lies_inside(&span, size) || span.start <= start)
            return false;
        start = span.start;
    }
    return true;
}

static bool mends(tb_byte_span span)
{
    uint8_t head[64];
    tb_span_mend_sizes(&span);
    if (tb_span_wave_rate(&span) < -1)
        return false;
    for (int i = 0; i < TB_PATCHES; i++)
        if (span.patches[i].size > 0 &&
            span.patches[i].at + span.patches[i].size > span.bytes)
            return false;
    return span.position == 0 &&
           tb_byte_span_read(&span, head, sizeof head) <= span.bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file("links", bytes, size);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    tb_byte_span all = {.file = file, .bytes = (int64_t)size};
    bool good = finds_frames(all, false) && finds_frames(all, true) &&
                finds_links(all) && mends(all);
    close(file);
    return !good;
}
