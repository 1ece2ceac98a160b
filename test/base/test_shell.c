/* Words as a shell reads them: asked of a shell. */
#include "base/shell.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

static int comes_back(const char *word)
{
    static char line[TB_SHELL_WORD + 16], text[TB_SHELL_WORD], read[2000];
    snprintf(line, sizeof line, "printf %%s %s", tb_shell_word(word, text));
    FILE *pipe = popen(line, "r");
    size_t n = pipe ? fread(read, 1, sizeof read - 1, pipe) : 0;
    read[n] = 0;
    return pipe && pclose(pipe) == 0 && strcmp(read, word) == 0;
}

static void test_words(void)
{
    char text[TB_SHELL_WORD];
    SAME_TEXT(tb_shell_word("runs/bells-2", text), "runs/bells-2");
    SAME_TEXT(tb_shell_word("runs/Töne", text), "runs/Töne");
    SAME_TEXT(tb_shell_word("runs/two bells", text), "'runs/two bells'");
    SAME_TEXT(tb_shell_word("it's", text), "'it'\\''s'");
    SAME_TEXT(tb_shell_word("", text), "''");
    SAME_TEXT(tb_shell_word("-x", text), "./-x");
    SAME_TEXT(tb_shell_word("- x", text), "'./- x'");
    OK(comes_back("a b'c\"d$HOME`x`\\;&|<>(){}[]*?!#~"));
    OK(comes_back("~root"));
    OK(comes_back("#one"));
    OK(comes_back("two\nlines"));
}

static void test_long(void)
{
    static char word[3 * TB_SHELL_WORD], text[TB_SHELL_WORD];
    memset(word, '\'', sizeof word - 1);
    tb_shell_word(word, text);
    OK(strlen(text) < TB_SHELL_WORD);
}

int main(void)
{
    test_words();
    test_long();
    return tap_done();
}
