#include "torchscript/lexer.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torchscript/literal.h"

/* ---- errors ---- */

void tb_lexer_fail(tb_lexer *lexer, tb_status status, int line,
                   const char *format, ...)
{
    char text[512];
    if (lexer->status != TB_OK)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lexer->status = tb_fail(lexer->error, status, "%s, line %d: %s",
                            lexer->file, line, text);
}

void tb_lexer_fail_memory(tb_lexer *lexer)
{
    if (lexer->status != TB_OK)
        return;
    if (tb_syntax_is_full(lexer->syntax))
        tb_lexer_fail(lexer, TB_ERR_FORMAT, lexer->line,
                      "The model's source is longer than any that is real; "
                      "it is not read.");
    else
        lexer->status = tb_fail_memory(lexer->error);
}

/* ---- blanks, lines and indentation ---- */

static bool at_end(const tb_lexer *lexer)
{
    return lexer->at == lexer->end;
}

static void skip_comment(tb_lexer *lexer)
{
    const char *end = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
    lexer->at = end ? end : lexer->end;
}

/* A backslash joins a line to the next one. */
static bool skip_joint(tb_lexer *lexer)
{
    size_t length = tb_lexer_byte(lexer, 1) == '\r' ? 2 : 1;
    if (tb_lexer_byte(lexer, 0) != '\\' || tb_lexer_byte(lexer, length) != '\n')
        return false;
    lexer->at += length + 1;
    lexer->line++;
    return true;
}

static void skip_blanks(tb_lexer *lexer)
{
    while (!at_end(lexer)) {
        char c = *lexer->at;
        if (c == '#')
            skip_comment(lexer);
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\f')
            lexer->at++;
        else if (c == '\n' && lexer->brackets) {
            lexer->at++;
            lexer->line++;
        } else if (!skip_joint(lexer))
            return;
    }
}

/* The column of the first character of the next line that is not empty. */
static int find_column(tb_lexer *lexer)
{
    int column = 0;
    while (!at_end(lexer)) {
        char c = *lexer->at;
        if (c == ' ')
            column++;
        else if (c == '\t')
            column = (column / 8 + 1) * 8;
        else if (c == '#') {
            skip_comment(lexer);
            continue;
        } else if (c == '\n') {
            lexer->line++;
            column = 0;
        } else if (c != '\r' && c != '\f')
            return column;
        lexer->at++;
    }
    return 0;
}

static void open_block(tb_lexer *lexer, tb_token *token, int column)
{
    if (lexer->indents + 1 == TB_LEXER_INDENTS) {
        tb_lexer_fail(lexer, TB_ERR_FORMAT, lexer->line,
                      "Blocks are nested deeper than %d levels.",
                      TB_SYNTAX_DEPTH);
        return;
    }
    lexer->columns[++lexer->indents] = column;
    token->kind = TB_TOKEN_INDENT;
}

static void close_blocks(tb_lexer *lexer, int column)
{
    while (column < lexer->columns[lexer->indents]) {
        lexer->indents--;
        lexer->dedents++;
    }
    if (column != lexer->columns[lexer->indents])
        tb_lexer_fail(lexer, TB_ERR_FORMAT, lexer->line,
                      "The line is indented as no block above it.");
}

/* Compares a new line's indentation with that of the blocks that are open. The
   token becomes INDENT, or stays. */
static void begin_line(tb_lexer *lexer, tb_token *token)
{
    int column = find_column(lexer);
    token->line = lexer->line;
    if (at_end(lexer))
        return;
    lexer->line_start = false;
    if (column > lexer->columns[lexer->indents])
        open_block(lexer, token, column);
    else
        close_blocks(lexer, column);
}

/* ---- words and signs ---- */

static bool is_name_byte(int c)
{
    return c == '_' || (c >= 0 && c < 128 && isalnum(c));
}

static void read_name(tb_lexer *lexer, tb_token *token)
{
    while (is_name_byte(tb_lexer_byte(lexer, 0)))
        lexer->at++;
    size_t length = (size_t)(lexer->at - token->start);
    const tb_symbol *symbol =
        tb_syntax_symbol(lexer->syntax, token->start, length);
    if (!symbol) {
        tb_lexer_fail_memory(lexer);
        return;
    }
    token->kind =
        symbol->keyword ? (tb_token_kind)symbol->keyword : TB_TOKEN_NAME;
    token->text = symbol->text;
    token->text_length = length;
}

static tb_token_kind lengthen(tb_lexer *lexer, tb_token_kind kind)
{
    tb_token_kind longer = tb_token_lengthen(kind, tb_lexer_byte(lexer, 0));
    if (longer == kind)
        return kind;
    lexer->at++;
    return lengthen(lexer, longer);
}

static void count_bracket(tb_lexer *lexer, tb_token_kind kind)
{
    if (kind == TB_TOKEN_OPEN_PAREN || kind == TB_TOKEN_OPEN_BRACKET ||
        kind == TB_TOKEN_OPEN_BRACE)
        lexer->brackets++;
    else if (lexer->brackets &&
             (kind == TB_TOKEN_CLOSE_PAREN || kind == TB_TOKEN_CLOSE_BRACKET ||
              kind == TB_TOKEN_CLOSE_BRACE))
        lexer->brackets--;
}

static void fail_byte(tb_lexer *lexer, int c)
{
    if (c > 32 && c < 127)
        tb_lexer_fail(lexer, TB_ERR_FORMAT, lexer->line,
                      "The character '%c' has no meaning here.", c);
    else
        tb_lexer_fail(lexer, TB_ERR_FORMAT, lexer->line,
                      "A byte of value %d has no meaning outside of strings.",
                      c);
}

static void read_sign(tb_lexer *lexer, tb_token *token)
{
    int c = tb_lexer_byte(lexer, 0);
    if (c == '!' && tb_lexer_byte(lexer, 1) == '=') {
        lexer->at += 2;
        token->kind = TB_TOKEN_NE;
        return;
    }
    if (c == '.' && tb_lexer_byte(lexer, 1) == '.' &&
        tb_lexer_byte(lexer, 2) == '.') {
        lexer->at += 3;
        token->kind = TB_TOKEN_ELLIPSIS;
        return;
    }
    token->kind = tb_token_of_sign(c);
    if (token->kind == TB_TOKEN_END) {
        fail_byte(lexer, c);
        return;
    }
    lexer->at++;
    count_bracket(lexer, token->kind);
    token->kind = lengthen(lexer, token->kind);
}

/* ---- tokens ---- */

static void read_token(tb_lexer *lexer, tb_token *token)
{
    int c = tb_lexer_byte(lexer, 0), next = tb_lexer_byte(lexer, 1);
    if (c == '\n') {
        token->kind = TB_TOKEN_LINE_END;
        lexer->at++;
        lexer->line++;
        lexer->line_start = true;
    } else if (isdigit(c) || (c == '.' && next >= 0 && isdigit(next)))
        tb_literal_number(lexer, token);
    else if (is_name_byte(c))
        read_name(lexer, token);
    else if (c == '"' || c == '\'')
        tb_literal_string(lexer, token);
    else
        read_sign(lexer, token);
    token->length = (size_t)(lexer->at - token->start);
}

/* The last line need not end, but all blocks and brackets do. */
static void read_end(tb_lexer *lexer, tb_token *token)
{
    if (lexer->brackets)
        return;
    if (!lexer->line_start) {
        lexer->line_start = true;
        token->kind = TB_TOKEN_LINE_END;
    } else if (lexer->indents) {
        lexer->indents--;
        token->kind = TB_TOKEN_DEDENT;
    }
}

static void find_token(tb_lexer *lexer, tb_token *token)
{
    if (lexer->line_start && !lexer->dedents && !at_end(lexer))
        begin_line(lexer, token);
    if (lexer->status != TB_OK || token->kind == TB_TOKEN_INDENT)
        return;
    if (lexer->dedents) {
        lexer->dedents--;
        token->kind = TB_TOKEN_DEDENT;
        return;
    }
    skip_blanks(lexer);
    token->start = lexer->at;
    token->line = lexer->line;
    if (at_end(lexer))
        read_end(lexer, token);
    else
        read_token(lexer, token);
}

void tb_lexer_next(tb_lexer *lexer, tb_token *token)
{
    *token = (tb_token){.start = lexer->at, .line = lexer->line};
    if (lexer->status != TB_OK)
        return;
    if (!tb_syntax_count(lexer->syntax, 1, 0))
        tb_lexer_fail_memory(lexer);
    else
        find_token(lexer, token);
    if (lexer->status != TB_OK)
        token->kind = TB_TOKEN_END;
}

bool tb_lexer_at_assign(const tb_lexer *lexer)
{
    size_t i = 0;
    while (tb_lexer_byte(lexer, i) >= 0 && strchr(" \t\r\n", lexer->at[i]))
        i++;
    return tb_lexer_byte(lexer, i) == '=' && tb_lexer_byte(lexer, i + 1) != '=';
}

static bool reserve_words(tb_lexer *lexer)
{
    for (int i = TB_TOKEN_AND; i <= TB_TOKEN_WITH; i++) {
        const char *word = tb_token_spelling((tb_token_kind)i);
        tb_symbol *symbol = tb_syntax_symbol(lexer->syntax, word, strlen(word));
        if (!symbol)
            return false;
        symbol->keyword = i;
    }
    return true;
}

void tb_lexer_init(tb_lexer *lexer, tb_syntax *syntax, const char *source,
                   size_t bytes, const char *file, tb_error *error)
{
    *lexer = (tb_lexer){.syntax = syntax,
                        .at = source,
                        .end = source + bytes,
                        .file = file,
                        .line = 1,
                        .line_start = true,
                        .error = error};
    if (bytes >= 3 && memcmp(source, "\xef\xbb\xbf", 3) == 0)
        lexer->at += 3;
    if (!tb_syntax_count(syntax, 0, bytes) || !reserve_words(lexer))
        tb_lexer_fail_memory(lexer);
}

void tb_lexer_clear(tb_lexer *lexer)
{
    free(lexer->bytes);
    lexer->bytes = NULL;
}

bool tb_lexer_room(tb_lexer *lexer, size_t bytes)
{
    if (bytes <= lexer->room)
        return true;
    size_t room = bytes < 2 * lexer->room ? 2 * lexer->room : bytes;
    char *more = realloc(lexer->bytes, room);
    if (!more) {
        tb_lexer_fail_memory(lexer);
        return false;
    }
    lexer->bytes = more;
    lexer->room = room;
    return true;
}
