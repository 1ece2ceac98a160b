/* Parts of files as typed: times within their range, a name that is a part of
   the text, and the same result for what is printed from the result. */
#include "audio/cut.h"
#include "fuzz.h"
#include <stdio.h>
#include <string.h>

static int fails(const char *text)
{
    tb_cut cut, again;
    tb_error error;
    char printed[sizeof(cut.path) + 64];
    if (tb_cut_parse(text, &cut, &error) != TB_OK)
        return error.text[0] == '\0';
    if (!(cut.start_seconds >= 0 && cut.start_seconds <= 1e7) ||
        !(cut.length_seconds >= 0 && cut.length_seconds <= 1e7) ||
        cut.path[0] == '\0' || strncmp(text, cut.path, strlen(cut.path)) != 0)
        return 1;
    /* Only a name that exists as it stands may be read as a whole. */
    if (cut.length_seconds < 1e-3)
        return 0;
    snprintf(printed, sizeof(printed), "%s@%.9fs+%.9fs", cut.path,
             cut.start_seconds, cut.length_seconds);
    if (tb_cut_parse(printed, &again, &error) != TB_OK)
        return 1;
    double start = again.start_seconds - cut.start_seconds;
    double length = again.length_seconds - cut.length_seconds;
    return !(start * start < 1e-16 && length * length < 1e-16);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char text[8192];
    if (size >= sizeof(text))
        return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    return fails(text);
}
