/* A fast 64-bit hash of content, for checksums and the keys of caches; not
   against people who forge. Source: Y. Collet's XXH64 specification. */
#ifndef TB_BASE_HASH_H
#define TB_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Bytes may be added in pieces of any size: only their sequence counts. */
typedef struct tb_hash {
    uint64_t lanes[4], total, seed;
    unsigned char rest[32]; /* total % 32 of them wait here */
} tb_hash;

void tb_hash_init(tb_hash *hash, uint64_t seed);
void tb_hash_add(tb_hash *hash, const void *data, size_t bytes);

/* The hash of what was added so far; more may follow. */
uint64_t tb_hash_get(const tb_hash *hash);

/* All at once, with seed 0. */
uint64_t tb_hash_bytes(const void *data, size_t bytes);

#endif
