/* The checksum of zip files and of PNG: CRC-32 (ISO 3309, bits reflected, the
   polynomial 0x04c11db7). */
#ifndef TB_BASE_CHECKSUM_H
#define TB_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Of n bytes after others whose checksum is `before` (0: none). Any thread. */
uint32_t tb_crc32(uint32_t before, const void *data, size_t n);

#endif
