#include "base/shell.h"

#include <stdbool.h>
#include <string.h>

/* Bytes of letters beyond ASCII are plain to every shell. */
static bool is_plain(char c)
{
    return (unsigned char)c >= 0x80 ||
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "0123456789_-./,:@%+=",
                  c) != NULL;
}

static bool needs_quotes(const char *word)
{
    for (const char *c = word; *c; c++)
        if (!is_plain(*c))
            return true;
    return !*word;
}

static void append(char *text, size_t *used, const char *more)
{
    for (; *more && *used + 2 < TB_SHELL_WORD; more++)
        text[(*used)++] = *more;
    text[*used] = 0;
}

const char *tb_shell_word(const char *word, char text[TB_SHELL_WORD])
{
    size_t used = 0;
    const char *quote = needs_quotes(word) ? "'" : "";
    text[0] = 0;
    append(text, &used, quote);
    append(text, &used, word[0] == '-' ? "./" : "");
    for (; *word; word++) {
        char c[2] = {*word, 0};
        append(text, &used, *word == '\'' ? "'\\''" : c);
    }
    if (*quote)
        text[used++] = '\'';
    text[used] = 0;
    return text;
}
