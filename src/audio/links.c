#include "audio/links.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 65536, MARK_BYTES = 8, BEGINS = 2 };

/* ---- links ---- */

typedef struct link_finder {
    bool ogg;
    bool begun; /* the Ogg page before begins a stream, too */
} link_finder;

/* Whether a link starts with these MARK_BYTES. The several streams of an Ogg
   link begin in pages that follow one another. */
static bool is_link(link_finder *f, const uint8_t *b)
{
    static const uint8_t flac[] = {'f', 'L', 'a', 'C', 0, 0, 0, 34};
    if (!f->ogg)
        return memcmp(b, flac, 4) == 0 && (b[4] & 0x7F) == 0 &&
               memcmp(b + 5, flac + 5, 3) == 0;
    if (memcmp(b, "OggS", 5) != 0)
        return false;
    bool begins = (b[5] & BEGINS) != 0, first = begins && !f->begun;
    f->begun = begins;
    return first;
}

/* The place of the next link in a span, or -1. */
static int64_t find_link(tb_byte_span span, link_finder *finder)
{
    static const char first[] = {'f', 'O'};
    uint8_t block[BLOCK_BYTES];
    span.position = 0;
    for (;;) {
        int64_t at = span.position;
        int64_t n = tb_byte_span_read(&span, block, BLOCK_BYTES);
        for (int64_t i = 0; i + MARK_BYTES <= n; i++) {
            const uint8_t *found = memchr(block + i, first[finder->ogg],
                                          (size_t)(n - MARK_BYTES + 1 - i));
            if (found == NULL)
                break;
            i = found - block;
            if (is_link(finder, found) && at + i > 0)
                return at + i;
        }
        if (n < BLOCK_BYTES)
            return -1;
        tb_byte_span_seek(&span, 1 - MARK_BYTES, SEEK_CUR);
    }
}

bool tb_span_next_link(tb_byte_span *span)
{
    uint8_t mark[MARK_BYTES];
    tb_byte_span copy = *span;
    copy.position = 0;
    if (tb_byte_span_read(&copy, mark, MARK_BYTES) != MARK_BYTES)
        return false;
    link_finder finder = {.ogg = memcmp(mark, "OggS", 4) == 0};
    if (!finder.ogg && memcmp(mark, "fLaC", 4) != 0)
        return false;
    int64_t at = find_link(copy, &finder);
    if (at < 0)
        return false;
    span->start += at;
    span->bytes -= at;
    span->position = 0;
    return true;
}

/* ---- sizes ---- */

/* What does not look like a chunk is sound where there is this much of it: less
   may be what some program put behind its file. */
enum { LEAST_BYTES = 4096, NO_SIZE = 0 };

static uint32_t little(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static bool read_chunk(tb_byte_span *span, int64_t at, uint8_t head[8])
{
    span->position = at;
    return tb_byte_span_read(span, head, 8) == 8;
}

static bool is_chunk(const uint8_t *head, int64_t room)
{
    for (int i = 0; i < 4; i++)
        if (!isprint(head[i]))
            return false;
    return little(head + 4) <= room;
}

static void patch_size(tb_patch *patch, int64_t at, int64_t size)
{
    *patch = (tb_patch){.at = at, .size = 4};
    uint32_t value = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    for (int i = 0; i < 4; i++)
        patch->bytes[i] = (uint8_t)(value >> (8 * i));
}

/* `at`: of the chunk "data", whose sound starts 8 bytes further. */
static void mend_data(tb_byte_span *span, int64_t at, uint32_t size)
{
    uint8_t next[8];
    int64_t rest = span->bytes - at - 8, left = rest - size;
    int64_t least = size == NO_SIZE ? 1 : LEAST_BYTES;
    if (left < least)
        return;
    int64_t after = at + 8 + size + (size & 1);
    if (read_chunk(span, after, next) && is_chunk(next, span->bytes - after))
        return;
    patch_size(&span->patches[0], span->start + 4, span->bytes - 8);
    patch_size(&span->patches[1], span->start + at + 4, rest);
}

/* Where the chunk of this name starts in a WAV file, or -1; fills its head. */
static int64_t find_chunk(tb_byte_span *span, const char *name, uint8_t head[8])
{
    bool wave = read_chunk(span, 0, head) && memcmp(head, "RIFF", 4) == 0 &&
                read_chunk(span, 8, head) && memcmp(head, "WAVE", 4) == 0;
    for (int64_t at = 12; wave && read_chunk(span, at, head);) {
        if (memcmp(head, name, 4) == 0)
            return at;
        if (!is_chunk(head, span->bytes - at))
            break;
        at += 8 + (int64_t)little(head + 4) + (little(head + 4) & 1);
    }
    return -1;
}

void tb_span_mend_sizes(tb_byte_span *span)
{
    uint8_t head[8];
    int64_t at = find_chunk(span, "data", head);
    if (at >= 0)
        mend_data(span, at, little(head + 4));
    span->position = 0;
}

int64_t tb_span_wave_rate(tb_byte_span *span)
{
    uint8_t head[8];
    int64_t at = find_chunk(span, "fmt ", head);
    bool there = at >= 0 && read_chunk(span, at + 8, head);
    span->position = 0;
    return there ? (int64_t)little(head + 4) : -1;
}
