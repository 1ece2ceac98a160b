#include "base/hash.h"

#include <string.h>

static const uint64_t p1 = 0x9E3779B185EBCA87, p2 = 0xC2B2AE3D27D4EB4F,
                      p3 = 0x165667B19E3779F9, p4 = 0x85EBCA77C2B2AE63,
                      p5 = 0x27D4EB2F165667C5;

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "words are hashed as they lie in memory");

static uint64_t word_at(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t half_word_at(const unsigned char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t absorb(uint64_t lane, uint64_t word)
{
    return rotate(lane + word * p2, 31) * p1;
}

static void absorb_stripe(uint64_t lanes[4], const unsigned char *p)
{
    for (int i = 0; i < 4; i++)
        lanes[i] = absorb(lanes[i], word_at(p + 8 * i));
}

void tb_hash_init(tb_hash *hash, uint64_t seed)
{
    memset(hash, 0, sizeof *hash);
    hash->seed = seed;
    hash->lanes[0] = seed + p1 + p2;
    hash->lanes[1] = seed + p2;
    hash->lanes[2] = seed;
    hash->lanes[3] = seed - p1;
}

void tb_hash_add(tb_hash *hash, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    size_t waiting = hash->total % 32;
    if (!bytes)
        return;
    hash->total += bytes;
    if (waiting) {
        size_t n = bytes < 32 - waiting ? bytes : 32 - waiting;
        memcpy(hash->rest + waiting, p, n);
        p += n;
        bytes -= n;
        if (waiting + n < 32)
            return;
        absorb_stripe(hash->lanes, hash->rest);
    }
    for (; bytes >= 32; p += 32, bytes -= 32)
        absorb_stripe(hash->lanes, p);
    memcpy(hash->rest, p, bytes);
}

static uint64_t join_lanes(const uint64_t v[4])
{
    uint64_t h =
        rotate(v[0], 1) + rotate(v[1], 7) + rotate(v[2], 12) + rotate(v[3], 18);
    for (int i = 0; i < 4; i++)
        h = (h ^ absorb(0, v[i])) * p1 + p4;
    return h;
}

uint64_t tb_hash_get(const tb_hash *hash)
{
    const unsigned char *p = hash->rest;
    size_t n = hash->total % 32;
    uint64_t h = hash->total >= 32 ? join_lanes(hash->lanes) : hash->seed + p5;
    h += hash->total;
    for (; n >= 8; p += 8, n -= 8)
        h = rotate(h ^ absorb(0, word_at(p)), 27) * p1 + p4;
    if (n >= 4) {
        h = rotate(h ^ half_word_at(p) * p1, 23) * p2 + p3;
        p += 4;
        n -= 4;
    }
    for (; n; p++, n--)
        h = rotate(h ^ *p * p5, 11) * p1;
    h = (h ^ h >> 33) * p2;
    h = (h ^ h >> 29) * p3;
    return h ^ h >> 32;
}

uint64_t tb_hash_bytes(const void *data, size_t bytes)
{
    tb_hash hash;
    tb_hash_init(&hash, 0);
    tb_hash_add(&hash, data, bytes);
    return tb_hash_get(&hash);
}
