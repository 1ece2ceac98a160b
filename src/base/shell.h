/* Words of commands that are suggested, so that they can be pasted. */
#ifndef TB_BASE_SHELL_H
#define TB_BASE_SHELL_H

enum { TB_SHELL_WORD = 4200 };

/* The word as a POSIX shell reads it, in quotes where it needs them; a name
   that looks like an option begins with "./". Returns `text`. A word that does
   not fit is cut. */
const char *tb_shell_word(const char *word, char text[TB_SHELL_WORD]);

#endif
