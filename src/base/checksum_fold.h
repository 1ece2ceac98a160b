/* CRC-32 by products without carries, where the processor has them. Private to
   checksum.c. */
#ifndef TB_BASE_CHECKSUM_FOLD_H
#define TB_BASE_CHECKSUM_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TB_LEAST_FOLDED = 64 };

bool tb_crc32_can_fold(void);

/* n is a multiple of 16, at least TB_LEAST_FOLDED. */
uint32_t tb_crc32_fold(uint32_t before, const void *data, size_t n);

#endif
