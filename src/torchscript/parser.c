#include "torchscript/parser.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torchscript/parsing.h"

/* ---- tokens ---- */

void tb_parser_advance(tb_parser *p)
{
    tb_lexer_next(&p->lexer, &p->token);
}

bool tb_parser_accept(tb_parser *p, tb_token_kind kind)
{
    if (!tb_parser_at(p, kind))
        return false;
    tb_parser_advance(p);
    return true;
}

void tb_parser_fail(tb_parser *p, int line, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tb_lexer_fail(&p->lexer, TB_ERR_FORMAT, line, "%s", text);
    p->token.kind = TB_TOKEN_END;
}

void tb_parser_fail_memory(tb_parser *p)
{
    tb_lexer_fail_memory(&p->lexer);
    p->token.kind = TB_TOKEN_END;
}

void tb_parser_fail_expected(tb_parser *p, const char *what)
{
    char found[64];
    tb_token_describe(&p->token, found);
    tb_parser_fail(p, p->token.line, "%s was expected, but there is %s.", what,
                   found);
}

bool tb_parser_expect(tb_parser *p, tb_token_kind kind)
{
    char what[64];
    if (tb_parser_accept(p, kind))
        return true;
    tb_token_describe(&(tb_token){.kind = kind}, what);
    what[0] = (char)toupper((unsigned char)what[0]);
    tb_parser_fail_expected(p, what);
    return false;
}

const char *tb_parser_name(tb_parser *p, const char *what)
{
    const char *name = p->token.text;
    if (tb_parser_accept(p, TB_TOKEN_NAME))
        return name;
    tb_parser_fail_expected(p, what);
    return NULL;
}

void tb_parser_end_line(tb_parser *p)
{
    if (!tb_parser_accept(p, TB_TOKEN_LINE_END))
        tb_parser_fail_expected(p, "The end of the line");
}

/* ---- trees ---- */

bool tb_parser_enter(tb_parser *p)
{
    if (++p->depth <= TB_SYNTAX_DEPTH)
        return true;
    tb_parser_fail(p, p->token.line, "This is nested deeper than %d levels.",
                   TB_SYNTAX_DEPTH);
    return false;
}

void tb_parser_leave(tb_parser *p)
{
    p->depth--;
}

void *tb_parser_take(tb_parser *p, size_t bytes)
{
    void *memory = tb_parser_good(p) ? tb_syntax_take(p->syntax, bytes) : NULL;
    if (!memory) {
        tb_parser_fail_memory(p);
    }
    return memory;
}

const char *tb_parser_dotted(tb_parser *p, const char *first,
                             const char *second)
{
    size_t before = first ? strlen(first) : 0;
    size_t after = second ? strlen(second) : 0;
    size_t dot = before && after;
    if (!tb_lexer_room(&p->lexer, before + dot + after + 1)) {
        tb_parser_fail_memory(p);
        return NULL;
    }
    char *text = p->lexer.bytes;
    if (before)
        memcpy(text, first, before);
    if (dot)
        text[before] = '.';
    if (after)
        memcpy(text + before + dot, second, after);
    const char *name = tb_syntax_intern(p->syntax, text, before + dot + after);
    if (!name)
        tb_parser_fail_memory(p);
    return name;
}

void tb_parser_push(tb_parser *p, const void *element, size_t size)
{
    if (!tb_parser_good(p) || size == 0)
        return;
    if (p->scratch_used + size > p->scratch_room) {
        size_t room = 2 * p->scratch_room + size + 1024;
        char *more = realloc(p->scratch, room);
        if (!more) {
            tb_parser_fail_memory(p);
            return;
        }
        p->scratch = more;
        p->scratch_room = room;
    }
    memcpy(p->scratch + p->scratch_used, element, size);
    p->scratch_used += size;
}

void *tb_parser_pop_all(tb_parser *p, size_t mark, size_t size, int *count)
{
    size_t bytes = p->scratch_used - mark;
    void *list = bytes ? tb_parser_take(p, bytes) : NULL;
    if (list)
        memcpy(list, p->scratch + mark, bytes);
    *count = list ? (int)(bytes / size) : 0;
    p->scratch_used = mark;
    return list;
}

/* ---- a file ---- */

/* `import a` and `from a import b` say nothing: names are found in the whole
   archive. */
static bool skip_import(tb_parser *p)
{
    if (strcmp(p->token.text, "import") != 0 &&
        strcmp(p->token.text, "from") != 0)
        return false;
    while (!tb_parser_at(p, TB_TOKEN_LINE_END) &&
           !tb_parser_at(p, TB_TOKEN_END))
        tb_parser_advance(p);
    return true;
}

/* Archives of PyTorch 1.0 to 1.3 begin with the version of the operators. */
static void skip_version(tb_parser *p)
{
    if (strcmp(p->token.text, "op_version_set") != 0) {
        tb_parser_fail_expected(p, "A class or a function");
        return;
    }
    tb_parser_advance(p);
    tb_parser_expect(p, TB_TOKEN_ASSIGN);
    tb_parser_expect(p, TB_TOKEN_INT);
}

static void parse_free_function(tb_parser *p)
{
    int line = p->token.line;
    tb_script_function *function = tb_parse_function(p, p->qualifier);
    if (!function)
        return;
    if (tb_syntax_function(p->syntax, function->qualified))
        tb_parser_fail(p, line, "There are two functions of the name '%s'.",
                       function->qualified);
    else if (!tb_syntax_add_function(p->syntax, function))
        tb_parser_fail_memory(p);
}

static void parse_file_line(tb_parser *p)
{
    if (tb_parser_at(p, TB_TOKEN_CLASS))
        tb_parse_class(p);
    else if (tb_parser_at(p, TB_TOKEN_DEF) || tb_parser_at(p, TB_TOKEN_AT))
        parse_free_function(p);
    else if (tb_parser_at(p, TB_TOKEN_NAME)) {
        if (!skip_import(p))
            skip_version(p);
        tb_parser_end_line(p);
    } else if (tb_parser_accept(p, TB_TOKEN_STRING) ||
               tb_parser_accept(p, TB_TOKEN_PASS))
        tb_parser_end_line(p);
    else
        tb_parser_fail_expected(p, "A class or a function");
}

tb_status tb_syntax_parse(tb_syntax *syntax, const char *source, size_t bytes,
                          const char *file, const char *qualifier,
                          tb_error *error)
{
    tb_parser p = {.syntax = syntax};
    p.file = tb_syntax_intern(syntax, file, strlen(file));
    p.qualifier = tb_syntax_intern(syntax, qualifier, strlen(qualifier));
    tb_lexer_init(&p.lexer, syntax, source, bytes, file, error);
    if (!p.file || !p.qualifier)
        tb_lexer_fail_memory(&p.lexer);
    tb_parser_advance(&p);
    while (!tb_parser_at(&p, TB_TOKEN_END))
        parse_file_line(&p);
    tb_lexer_clear(&p.lexer);
    free(p.scratch);
    return p.lexer.status;
}
