#include "onnx/protobuf.h"

#include <string.h>

struct tb_protobuf_piece {
    const void *data;
    size_t bytes;
    tb_protobuf_piece *next;
};

/* How the bytes of a field are to be read. */
enum { VARINT = 0, LENGTH = 2, FOUR_BYTES = 5, MOST_VARINT = 10 };

static void add(tb_protobuf *m, const void *data, size_t bytes)
{
    tb_protobuf_piece *p = tb_arena_alloc(m->arena, sizeof *p);
    if (!p || !data)
        m->failed = true;
    if (m->failed)
        return;
    *p = (tb_protobuf_piece){data, bytes, NULL};
    if (m->last)
        m->last->next = p;
    else
        m->first = p;
    m->last = p;
    m->size += bytes;
}

static void add_copy(tb_protobuf *m, const void *data, size_t bytes)
{
    void *copy = tb_arena_alloc(m->arena, bytes + 1);
    if (copy)
        memcpy(copy, data, bytes);
    add(m, copy, bytes);
}

/* Seven bits a byte, the lowest first. */
static void add_varint(tb_protobuf *m, uint64_t x)
{
    unsigned char bytes[MOST_VARINT];
    size_t n = 0;
    do {
        bytes[n++] = (unsigned char)((x & 127) | (x > 127 ? 128 : 0));
        x >>= 7;
    } while (x);
    add_copy(m, bytes, n);
}

static void add_tag(tb_protobuf *m, int field, int kind)
{
    add_varint(m, (uint64_t)field << 3 | (uint64_t)kind);
}

void tb_protobuf_integer(tb_protobuf *m, int field, int64_t x)
{
    add_tag(m, field, VARINT);
    add_varint(m, (uint64_t)x);
}

void tb_protobuf_real(tb_protobuf *m, int field, float x)
{
    add_tag(m, field, FOUR_BYTES);
    add_copy(m, &x, sizeof x);
}

void tb_protobuf_text(tb_protobuf *m, int field, const char *text)
{
    add_tag(m, field, LENGTH);
    add_varint(m, strlen(text));
    add_copy(m, text, strlen(text));
}

void tb_protobuf_bytes(tb_protobuf *m, int field, const void *data,
                       size_t bytes)
{
    add_tag(m, field, LENGTH);
    add_varint(m, bytes);
    add(m, data, bytes);
}

void tb_protobuf_append(tb_protobuf *m, const tb_protobuf *part)
{
    m->failed |= part->failed;
    if (!part->first || m->failed)
        return;
    if (m->last)
        m->last->next = part->first;
    else
        m->first = part->first;
    m->last = part->last;
    m->size += part->size;
}

void tb_protobuf_message(tb_protobuf *m, int field, tb_protobuf *part)
{
    add_tag(m, field, LENGTH);
    add_varint(m, part->size);
    tb_protobuf_append(m, part);
    part->first = part->last = NULL;
    part->size = 0;
}

bool tb_protobuf_write(const tb_protobuf *m, FILE *to)
{
    bool good = !m->failed;
    for (const tb_protobuf_piece *p = m->first; good && p; p = p->next)
        good = fwrite(p->data, 1, p->bytes, to) == p->bytes;
    return good;
}
