#include "audio/mpeg_frames.h"
#include <string.h>

enum {
    BLOCK_BYTES = 65536,
    MOST_JUNK = 1 << 22,
    MOST_TAGS = 8,
    FRAMES_IN_A_ROW = 3 /* chance makes two, now and then */
};

/* What stays the same from frame to frame: version, layer, rate. */
static const uint32_t SAME = 0xFFFE0C00u;

static bool is_sync(const uint8_t *b)
{
    return b[0] == 0xFF && (b[1] & 0xE0) == 0xE0;
}

/* Bytes of the frame with this header; 0: it is none, or of a free format. */
static int frame_bytes(uint32_t h)
{
    static const short kbps[5][16] = {
        {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};
    static const int hz[3] = {44100, 48000, 32000};
    int version = h >> 19 & 3, layer = 4 - (h >> 17 & 3);
    int rate = h >> 10 & 3, padding = h >> 9 & 1;
    if (version == 1 || layer == 4 || rate == 3)
        return 0;
    bool first = version == 3;
    int row = first ? layer - 1 : layer == 1 ? 3 : 4;
    int bits = 1000 * kbps[row][h >> 12 & 15];
    int per_second = hz[rate] >> (first ? 0 : version == 2 ? 1 : 2);
    if (layer == 1)
        return (12 * bits / per_second + padding) * 4;
    int slots = layer == 3 && !first ? 72 : 144;
    return bits ? slots * bits / per_second + padding : 0;
}

static bool read_header(tb_byte_span *span, int64_t at, uint32_t *header)
{
    uint8_t b[4];
    span->position = at;
    if (tb_byte_span_read(span, b, 4) != 4 || !is_sync(b))
        return false;
    *header = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
              (uint32_t)b[2] << 8 | b[3];
    return true;
}

static bool are_frames(tb_byte_span *span, int64_t at)
{
    uint32_t first = 0, header;
    for (int i = 0; i < FRAMES_IN_A_ROW; i++) {
        if (!read_header(span, at, &header))
            return false;
        if (i > 0 && (header & SAME) != (first & SAME))
            return false;
        int size = frame_bytes(header);
        if (size == 0)
            return false;
        first = i ? first : header;
        at += size;
    }
    return true;
}

/* The end of the ID3v2 tags at the start of a file; a size that is beyond the
   file is none. */
static int64_t pass_tags(tb_byte_span *span)
{
    int64_t at = 0;
    uint8_t b[10];
    for (int i = 0; i < MOST_TAGS; i++) {
        span->position = at;
        if (tb_byte_span_read(span, b, 10) != 10 || memcmp(b, "ID3", 3) != 0)
            break;
        int64_t size = (int64_t)(b[6] & 0x7F) << 21 | (b[7] & 0x7F) << 14 |
                       (b[8] & 0x7F) << 7 | (b[9] & 0x7F);
        size += b[5] & 0x10 ? 20 : 10;
        if (at + size > span->bytes)
            size = 10;
        at += size;
    }
    return at;
}

/* The first frames after `from`, or -1. */
static int64_t search_frames(tb_byte_span *span, int64_t from)
{
    uint8_t block[BLOCK_BYTES];
    for (int64_t at = from; at < from + MOST_JUNK; at += BLOCK_BYTES - 1) {
        span->position = at;
        int64_t n = tb_byte_span_read(span, block, BLOCK_BYTES);
        for (int64_t i = 0; i + 1 < n; i++)
            if (is_sync(block + i) && are_frames(span, at + i))
                return at + i;
        if (n < BLOCK_BYTES)
            break;
    }
    return -1;
}

tb_mpeg_answer tb_mpeg_find(tb_byte_span *span, bool search, int64_t *start)
{
    uint8_t b[4] = {0};
    int64_t at = pass_tags(span);
    span->position = at;
    int64_t n = tb_byte_span_read(span, b, 4);
    bool sync = n >= 2 && is_sync(b);
    *start = at;
    if (are_frames(span, at))
        return TB_MPEG_YES;
    if (sync || search)
        *start = search_frames(span, at);
    if ((sync || search) && *start >= 0)
        return TB_MPEG_YES;
    return sync ? TB_MPEG_BROKEN : TB_MPEG_NO;
}

/* A frame without sound begins such files, with "Xing" or "Info" behind its
   side information, or "VBRI". */
int64_t tb_mpeg_length_tag(const tb_byte_span *span)
{
    uint8_t b[64];
    tb_byte_span first = *span;
    first.position = 0;
    int64_t n = tb_byte_span_read(&first, b, sizeof(b));
    for (int64_t i = 4; i + 4 <= n; i++)
        if (memcmp(b + i, "Xing", 4) == 0 || memcmp(b + i, "Info", 4) == 0 ||
            memcmp(b + i, "VBRI", 4) == 0)
            return i;
    return -1;
}
