#include "audio/rave_record.h"

#include <stdbool.h>
#include <string.h>

enum { INT16 = 3, MOST_CHANNELS = 64 };
enum {
    VARINT = 0,
    EIGHT_BYTES = 1,
    BYTES = 2,
    FOUR_BYTES = 5
}; /* wire types */

/* Bytes that are read from the front. */
typedef struct wire {
    const uint8_t *at, *end;
} wire;

typedef struct wire_field {
    unsigned number, type;
    uint64_t value; /* VARINT */
    wire bytes;     /* BYTES */
} wire_field;

static bool read_varint(wire *w, uint64_t *x)
{
    *x = 0;
    for (int shift = 0; shift < 64 && w->at < w->end; shift += 7) {
        uint8_t byte = *w->at++;
        *x |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

static bool take_bytes(wire *w, uint64_t n, wire *to)
{
    if (n > (uint64_t)(w->end - w->at))
        return false;
    *to = (wire){w->at, w->at + n};
    w->at += n;
    return true;
}

/* False at the end, and where the bytes are damaged: then `at` is null. */
static bool read_field(wire *w, wire_field *f)
{
    uint64_t tag, n = 0;
    if (!w->at || w->at == w->end)
        return false;
    bool good = read_varint(w, &tag);
    *f = (wire_field){.number = (unsigned)(tag >> 3 & 0xFFFFFF),
                      .type = (unsigned)(tag & 7)};
    switch (good ? f->type : 7u) {
    case VARINT:
        good = read_varint(w, &f->value);
        break;
    case BYTES:
        good = read_varint(w, &n) && take_bytes(w, n, &f->bytes);
        break;
    case EIGHT_BYTES:
    case FOUR_BYTES:
        good = take_bytes(w, f->type == EIGHT_BYTES ? 8 : 4, &f->bytes);
        break;
    default:
        good = false;
    }
    if (!good)
        w->at = NULL;
    return good;
}

/* The first number of a shape, of one by one or packed. */
static void read_shape(const wire_field *f, uint64_t *channels)
{
    wire packed = f->bytes;
    if (*channels)
        return;
    if (f->type == VARINT)
        *channels = f->value;
    else if (f->type == BYTES)
        read_varint(&packed, channels);
}

static tb_status damaged(const char *what, tb_error *error)
{
    return tb_fail(error, TB_ERR_FORMAT, "'%s' holds a damaged recording.",
                   what);
}

static tb_status read_buffer(wire w, const char *what, tb_rave_record *r,
                             tb_error *error)
{
    uint64_t channels = 0, precision = 0;
    wire data = {NULL, NULL};
    wire_field f;
    while (read_field(&w, &f)) {
        if (f.number == 1)
            read_shape(&f, &channels);
        else if (f.number == 2 && f.type == VARINT && f.value <= 10000000)
            r->sample_rate = (double)f.value;
        else if (f.number == 3 && f.type == BYTES)
            data = f.bytes;
        else if (f.number == 4 && f.type == VARINT)
            precision = f.value;
    }
    if (!w.at || channels < 1 || channels > MOST_CHANNELS || !data.at)
        return damaged(what, error);
    if (precision != INT16)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "'%s' holds samples of another kind than 16-bit ones.",
                       what);
    r->channels = (int)channels;
    r->frames = (data.end - data.at) / (2 * (int64_t)channels);
    r->samples = data.at;
    return TB_OK;
}

/* The value of an entry of a map, if its key is that. */
static bool is_waveform(wire entry, wire *value)
{
    wire key = {NULL, NULL};
    wire_field f;
    *value = key;
    while (read_field(&entry, &f)) {
        if (f.type == BYTES && f.number == 1)
            key = f.bytes;
        if (f.type == BYTES && f.number == 2)
            *value = f.bytes;
    }
    return entry.at && value->at && key.end - key.at == 8 &&
           memcmp(key.at, "waveform", 8) == 0;
}

tb_status tb_rave_record_read(const void *data, size_t bytes, const char *what,
                              tb_rave_record *record, tb_error *error)
{
    wire w = {data, (const uint8_t *)data + bytes}, value;
    wire_field f;
    *record = (tb_rave_record){0};
    while (read_field(&w, &f))
        if (f.number == 1 && f.type == BYTES && is_waveform(f.bytes, &value))
            return read_buffer(value, what, record, error);
    return !w.at ? damaged(what, error)
                 : tb_fail(error, TB_ERR_UNSUPPORTED,
                           "'%s' holds no sound: a lazy database of RAVE names "
                           "files. Take their folder instead.",
                           what);
}
