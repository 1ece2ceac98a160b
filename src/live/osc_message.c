#include "live/osc_message.h"

#include <stdint.h>
#include <string.h>

enum { MOST_DEPTH = 8 };

/* What is left of a packet. */
typedef struct rest {
    const unsigned char *at;
    size_t bytes;
} rest;

/* Numbers have their first byte first. */
static bool take_word(rest *r, uint32_t *x)
{
    if (r->bytes < 4)
        return false;
    *x = (uint32_t)r->at[0] << 24 | (uint32_t)r->at[1] << 16 |
         (uint32_t)r->at[2] << 8 | r->at[3];
    r->at += 4;
    r->bytes -= 4;
    return true;
}

static bool take_long(rest *r, uint64_t *x)
{
    uint32_t high, low;
    if (!take_word(r, &high) || !take_word(r, &low))
        return false;
    *x = (uint64_t)high << 32 | low;
    return true;
}

/* Texts end with a zero and fill words. */
static const char *take_text(rest *r)
{
    const char *text = (const char *)r->at;
    const unsigned char *end = memchr(r->at, 0, r->bytes);
    if (!end)
        return NULL;
    size_t size = ((size_t)(end - r->at) / 4 + 1) * 4;
    if (size > r->bytes)
        return NULL;
    r->at += size;
    r->bytes -= size;
    return text;
}

static bool skip_blob(rest *r)
{
    uint32_t n;
    if (!take_word(r, &n) || n > r->bytes)
        return false;
    size_t size = ((size_t)n + 3) / 4 * 4;
    if (size > r->bytes)
        return false;
    r->at += size;
    r->bytes -= size;
    return true;
}

/* Of a type that its letter tells. */
static bool take_argument(rest *r, char type, tb_osc_argument *a)
{
    uint32_t word;
    uint64_t wide;
    float real;
    *a = (tb_osc_argument){0};
    switch (type) {
    case 'i':
        if (!take_word(r, &word))
            return false;
        a->number = (int32_t)word;
        return true;
    case 'f':
        if (!take_word(r, &word))
            return false;
        memcpy(&real, &word, sizeof real);
        a->number = (double)real;
        return true;
    case 'd':
        if (!take_long(r, &wide))
            return false;
        memcpy(&a->number, &wide, sizeof a->number);
        return true;
    case 'h':
        if (!take_long(r, &wide))
            return false;
        a->number = (double)(int64_t)wide;
        return true;
    case 't':
        return take_long(r, &wide);
    case 's':
    case 'S':
        a->text = take_text(r);
        return a->text != NULL;
    case 'b':
        return skip_blob(r);
    case 'T':
        a->number = 1;
        return true;
    default:
        return type == 'F' || type == 'N' || type == 'I';
    }
}

static bool read_message(rest r, tb_osc_message *m)
{
    *m = (tb_osc_message){.address = take_text(&r)};
    if (!m->address || m->address[0] != '/')
        return false;
    if (r.bytes == 0)
        return true;
    const char *types = take_text(&r);
    if (!types || types[0] != ',')
        return false;
    while (types[1 + m->count]) {
        if (m->count == TB_OSC_ARGUMENTS ||
            !take_argument(&r, types[1 + m->count], &m->arguments[m->count]))
            return false;
        m->count++;
    }
    return true;
}

static bool read_packet(rest r, int depth,
                        void (*take)(void *context, const tb_osc_message *),
                        void *context)
{
    static const char bundle[] = "#bundle";
    uint64_t when;
    uint32_t n;
    tb_osc_message m;
    if (r.bytes < sizeof bundle || memcmp(r.at, bundle, sizeof bundle) != 0) {
        if (!read_message(r, &m))
            return false;
        take(context, &m);
        return true;
    }
    r.at += sizeof bundle;
    r.bytes -= sizeof bundle;
    if (depth == MOST_DEPTH || !take_long(&r, &when))
        return false;
    while (r.bytes) {
        if (!take_word(&r, &n) || n > r.bytes || n % 4 ||
            !read_packet((rest){r.at, n}, depth + 1, take, context))
            return false;
        r.at += n;
        r.bytes -= n;
    }
    return true;
}

bool tb_osc_read(const void *packet, size_t bytes,
                 void (*take)(void *context, const tb_osc_message *message),
                 void *context)
{
    return read_packet((rest){packet, bytes}, 0, take, context);
}
