/* Input as a text. */
#ifndef TB_TEST_FUZZ_TEXT_H
#define TB_TEST_FUZZ_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* False when there is no room for it. A 0 ends it early. */
static inline bool fuzz_text(const uint8_t *bytes, size_t size, char *text,
                             size_t room)
{
    if (size >= room)
        return false;
    if (size)
        memcpy(text, bytes, size);
    text[size] = 0;
    return true;
}

#endif
