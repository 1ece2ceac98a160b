/* Puts the right checksum into a safetensors file that has one, so that what
   lies behind the checksum is tried, too. */
#ifndef TB_TEST_FUZZ_SEAL_H
#define TB_TEST_FUZZ_SEAL_H

#include "base/hash.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline void fuzz_seal(uint8_t *bytes, size_t size)
{
    static const char before[] = "xxh64:";
    enum { BEFORE = sizeof before - 1, DIGITS = 16 };
    uint64_t header;
    char digits[DIGITS + 1];
    if (size < sizeof header)
        return;
    memcpy(&header, bytes, sizeof header);
    if (header > size - sizeof header)
        return;
    uint8_t *data = bytes + sizeof header + header;
    snprintf(
        digits, sizeof digits, "%016llx",
        (unsigned long long)tb_hash_bytes(data, (size_t)(bytes + size - data)));
    for (uint8_t *at = bytes + sizeof header; at + BEFORE + DIGITS <= data;
         at++)
        if (memcmp(at, before, BEFORE) == 0)
            memcpy(at + BEFORE, digits, DIGITS);
}

#endif
