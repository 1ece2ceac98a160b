/* TorchScript source as words, signs and literals. */
#ifndef TB_TORCHSCRIPT_LEXER_H
#define TB_TORCHSCRIPT_LEXER_H

#include "torchscript/syntax_build.h"
#include "torchscript/token.h"

/* Deeper indentation is refused. */
enum { TB_LEXER_INDENTS = TB_SYNTAX_DEPTH + 1 };

typedef struct tb_lexer {
    tb_syntax *syntax;
    const char *at, *end, *file;
    int line, brackets; /* brackets: ends of lines inside of them are blanks */
    int columns[TB_LEXER_INDENTS], indents; /* of the blocks that are open */
    int dedents;                            /* owed to the parser */
    bool line_start;                        /* indentation counts here */
    char *bytes;                            /* for the text of a string */
    size_t room;
    tb_status status; /* the first error; then there are only ends */
    tb_error *error;
} tb_lexer;

/* `source` and `file` must outlive the lexer; tb_lexer_clear frees what it
   took. */
void tb_lexer_init(tb_lexer *lexer, tb_syntax *syntax, const char *source,
                   size_t bytes, const char *file, tb_error *error);
void tb_lexer_clear(tb_lexer *lexer);

/* The next token; TB_TOKEN_END for ever after the last one or an error. */
void tb_lexer_next(tb_lexer *lexer, tb_token *token);

/* A byte of what is to be read, or -1 behind the end. */
static inline int tb_lexer_byte(const tb_lexer *lexer, size_t ahead)
{
    if (ahead >= (size_t)(lexer->end - lexer->at))
        return -1;
    return (unsigned char)lexer->at[ahead];
}

/* Whether a single '=' comes next: a name before it is that of an argument. */
bool tb_lexer_at_assign(const tb_lexer *lexer);

/* Remembers the first error, with the file and the line. */
void tb_lexer_fail(tb_lexer *lexer, tb_status status, int line,
                   const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "there is not enough memory", or that the tree is full. */
void tb_lexer_fail_memory(tb_lexer *lexer);

/* Room for `bytes` in `lexer->bytes`; false after an error. */
bool tb_lexer_room(tb_lexer *lexer, size_t bytes);

#endif
