/* What a fuzz target defines; the name is libFuzzer's. It must return 0 and may
   do anything but crash, leak, hang or read outside the bytes. */
#ifndef TB_TEST_FUZZ_H
#define TB_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* libFuzzer's, too, for targets that know what they change: changes bytes at
   random and returns how many there are then. Not there in a replay. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most)
    __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most,
                               unsigned seed);

#endif
