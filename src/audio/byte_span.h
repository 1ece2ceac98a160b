/* Bytes of an open file as libsndfile reads them: from some place on, with a
   few of them replaced. */
#ifndef TB_AUDIO_BYTE_SPAN_H
#define TB_AUDIO_BYTE_SPAN_H

#include <stdint.h>

enum { TB_PATCHES = 2 };

/* Bytes that stand at `at` in place of those in the file; size 0: none. */
typedef struct tb_patch {
    int64_t at;
    int size;
    uint8_t bytes[8];
} tb_patch;

typedef struct tb_byte_span {
    int file; /* descriptor, which belongs to whoever made the span */
    int64_t start, bytes;
    int64_t position; /* of the reader, from `start` */
    tb_patch patches[TB_PATCHES];
} tb_byte_span;

/* Reads up to `count` bytes at the position, which moves on; fewer only at the
   end or after a failure. */
int64_t tb_byte_span_read(tb_byte_span *span, void *bytes, int64_t count);

/* Where `offset` from `whence` (as for lseek) leads, or -1. */
int64_t tb_byte_span_seek(tb_byte_span *span, int64_t offset, int whence);

#endif
