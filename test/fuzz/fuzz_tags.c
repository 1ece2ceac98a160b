/* Values in a comment: any text survives, and any comment can be searched. */
#include "audio/tags.h"
#include "fuzz.h"
#include "text.h"

#include <stdbool.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char text[1024], value[1024];
    tb_tags tags = {0};
    tb_error error;
    if (!fuzz_text(bytes, size, text, sizeof text))
        return 0;
    strcpy(tags.comment, text);
    tb_tags_get(&tags, "prompt", value, sizeof value);
    tags = (tb_tags){0};
    if (tb_tags_add(&tags, &error, "before", "%d", 1) != TB_OK)
        return 1;
    if (tb_tags_add(&tags, &error, "prompt", "%s", text) != TB_OK)
        return error.text[0] == 0;
    return !tb_tags_get(&tags, "prompt", value, sizeof value) ||
           strcmp(value, text) != 0;
}
