/* Zip archives in memory, in each form that readers must know. */
#ifndef TB_TEST_ZIP_WRITER_H
#define TB_TEST_ZIP_WRITER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    ZIP_DEFLATED = 1,
    ZIP_DESCRIPTOR = 2, /* the entry's own header has neither sizes nor crc */
    ZIP_WIDE = 4,       /* sizes of 64 bits, in extra fields */
    ZIP_ALIGNED = 8     /* the data begins on a multiple of 64, as PyTorch's */
};

typedef struct zip_bytes {
    unsigned char *at;
    size_t size, room;
} zip_bytes;

/* `file` is whole after zip_finish; both are freed with zip_free. */
typedef struct zip_writer {
    zip_bytes file, directory;
    int count;
} zip_writer;

static inline void zip_put(zip_bytes *to, const void *data, size_t bytes)
{
    if (to->size + bytes >= to->room) {
        to->room = 2 * (to->size + bytes) + 256;
        to->at = realloc(to->at, to->room);
    }
    if (bytes)
        memcpy(to->at + to->size, data, bytes);
    to->size += bytes;
}

/* Little-endian, of so many bytes. */
static inline void zip_number(zip_bytes *to, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++, x >>= 8) {
        unsigned char byte = (unsigned char)x;
        zip_put(to, &byte, 1);
    }
}

/* What deflate makes of it, in its raw form, with little memory. */
static inline zip_bytes zip_deflate(const void *data, size_t bytes)
{
    z_stream stream = {0};
    zip_bytes out = {.room = bytes + bytes / 50 + 100};
    out.at = malloc(out.room);
    deflateInit2(&stream, 9, Z_DEFLATED, -9, 1, Z_DEFAULT_STRATEGY);
    stream.next_in = (unsigned char *)data;
    stream.avail_in = (uInt)bytes;
    stream.next_out = out.at;
    stream.avail_out = (uInt)out.room;
    deflate(&stream, Z_FINISH);
    out.size = stream.total_out;
    deflateEnd(&stream);
    return out;
}

/* Of the directory (with the header's place) or of the entry itself. */
static inline void zip_header(zip_bytes *to, const char *name, uint32_t crc,
                              uint64_t stored, uint64_t bytes, int flags,
                              const uint64_t *header, size_t padding)
{
    uint32_t wide = flags & ZIP_WIDE ? 0xffffffff : 0;
    int extra = wide ? (header ? 28 : 20) : 0;
    zip_put(to, header ? "PK\1\2" : "PK\3\4", 4);
    zip_number(to, header ? 45 | 45 << 16 : 45, header ? 4 : 2);
    zip_number(to, flags & ZIP_DESCRIPTOR ? 0x808 : 0x800, 2);
    zip_number(to, flags & ZIP_DEFLATED ? 8 : 0, 2);
    zip_number(to, 0, 4);
    zip_number(to, crc, 4);
    zip_number(to, wide ? wide : stored, 4);
    zip_number(to, wide ? wide : bytes, 4);
    zip_number(to, strlen(name), 2);
    zip_number(to, (uint64_t)extra + padding, 2);
    if (header) {
        zip_number(to, 0, 10);
        zip_number(to, wide ? wide : *header, 4);
    }
    zip_put(to, name, strlen(name));
    if (wide) {
        zip_number(to, 1, 2);
        zip_number(to, (uint64_t)extra - 4, 2);
        zip_number(to, bytes, 8);
        zip_number(to, stored, 8);
        if (header)
            zip_number(to, *header, 8);
    }
}

static inline void zip_pad(zip_bytes *to, size_t padding)
{
    if (!padding)
        return;
    zip_put(to, "FB", 2);
    zip_number(to, padding - 4, 2);
    for (size_t i = 4; i < padding; i++)
        zip_put(to, "Z", 1);
}

static inline void zip_add(zip_writer *z, const char *name, const void *data,
                           size_t bytes, int flags)
{
    zip_bytes packed = {0};
    uint64_t header = z->file.size;
    uint32_t crc = (uint32_t)crc32_z(0, data, bytes);
    if (flags & ZIP_DEFLATED)
        packed = zip_deflate(data, bytes);
    else
        zip_put(&packed, data, bytes);
    size_t start =
        z->file.size + 30 + strlen(name) + (flags & ZIP_WIDE ? 20 : 0);
    size_t padding = flags & ZIP_ALIGNED ? 64 + 64 - start % 64 : 0;
    if (flags & ZIP_DESCRIPTOR)
        zip_header(&z->file, name, 0, 0, 0, flags, NULL, padding);
    else
        zip_header(&z->file, name, crc, packed.size, bytes, flags, NULL,
                   padding);
    zip_pad(&z->file, padding);
    zip_put(&z->file, packed.at, packed.size);
    if (flags & ZIP_DESCRIPTOR) {
        zip_put(&z->file, "PK\7\10", 4);
        zip_number(&z->file, crc, 4);
        zip_number(&z->file, packed.size, 4);
        zip_number(&z->file, bytes, 4);
    }
    zip_header(&z->directory, name, crc, packed.size, bytes, flags, &header, 0);
    free(packed.at);
    z->count++;
}

/* `flags`: ZIP_WIDE adds the end of 64 bits. */
static inline void zip_finish(zip_writer *z, int flags)
{
    uint64_t start = z->file.size, size = z->directory.size;
    zip_put(&z->file, z->directory.at, z->directory.size);
    uint64_t end = z->file.size;
    if (flags & ZIP_WIDE) {
        zip_put(&z->file, "PK\6\6", 4);
        zip_number(&z->file, 44, 8);
        zip_number(&z->file, 45 | 45 << 16, 4);
        zip_number(&z->file, 0, 8);
        zip_number(&z->file, (uint64_t)z->count, 8);
        zip_number(&z->file, (uint64_t)z->count, 8);
        zip_number(&z->file, size, 8);
        zip_number(&z->file, start, 8);
        zip_put(&z->file, "PK\6\7", 4);
        zip_number(&z->file, 0, 4);
        zip_number(&z->file, end, 8);
        zip_number(&z->file, 1, 4);
    }
    zip_put(&z->file, "PK\5\6", 4);
    zip_number(&z->file, 0, 4);
    zip_number(&z->file, (uint64_t)z->count, 2);
    zip_number(&z->file, (uint64_t)z->count, 2);
    zip_number(&z->file, size, 4);
    zip_number(&z->file, flags & ZIP_WIDE ? 0xffffffff : start, 4);
    zip_number(&z->file, 0, 2);
}

static inline void zip_free(zip_writer *z)
{
    free(z->file.at);
    free(z->directory.at);
    *z = (zip_writer){0};
}

#endif
