/* What the files of the parser share: where it is, and how trees are made. Each
   function that reads something begins at `p->token` and goes behind it. After
   an error there are only ends of the file, and what is read is null. */
#ifndef TB_TORCHSCRIPT_PARSING_H
#define TB_TORCHSCRIPT_PARSING_H

#include "torchscript/lexer.h"

typedef struct tb_parser {
    tb_lexer lexer;
    tb_syntax *syntax;
    tb_token token;
    const char *file, *qualifier; /* interned */
    int depth;     /* of calls that may go on within themselves */
    char *scratch; /* elements of lists that are being read */
    size_t scratch_used, scratch_room;
} tb_parser;

/* ---- tokens ---- */

static inline bool tb_parser_good(const tb_parser *p)
{
    return p->lexer.status == TB_OK;
}

void tb_parser_advance(tb_parser *p);

static inline bool tb_parser_at(const tb_parser *p, tb_token_kind kind)
{
    return p->token.kind == kind;
}

/* Goes behind a token of this kind if there is one. */
bool tb_parser_accept(tb_parser *p, tb_token_kind kind);

/* The same, where there must be one. */
bool tb_parser_expect(tb_parser *p, tb_token_kind kind);

/* One sentence, after which there is only the end of the file. */
void tb_parser_fail(tb_parser *p, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void tb_parser_fail_memory(tb_parser *p);

/* "... was expected, but there is ..." */
void tb_parser_fail_expected(tb_parser *p, const char *what);

/* A name; null without one. `what` says of what. */
const char *tb_parser_name(tb_parser *p, const char *what);

/* ---- trees ---- */

/* One level deeper; false when that is too deep. tb_parser_leave must follow
   in any case. */
bool tb_parser_enter(tb_parser *p);
void tb_parser_leave(tb_parser *p);

/* Zeroed memory of the tree, or null after an error. */
void *tb_parser_take(tb_parser *p, size_t bytes);

/* Interned "first.second"; either may be null or empty. */
const char *tb_parser_dotted(tb_parser *p, const char *first,
                             const char *second);

/* A list of unknown length: remember `scratch_used`, push elements of one size,
   and have all since then moved into the tree. */
void tb_parser_push(tb_parser *p, const void *element, size_t size);
void *tb_parser_pop_all(tb_parser *p, size_t mark, size_t size, int *count);

/* ---- grammar ---- */

/* One value; a list of values with commas is a tuple. */
tb_expression *tb_parse_expression(tb_parser *p);
tb_expression *tb_parse_expressions(tb_parser *p);

/* One value that is no `yes if condition else no`. */
tb_expression *tb_parse_unchosen(tb_parser *p);

/* A constant, a name or something in brackets; with what is called, taken or
   indexed of it behind it; a whole number, which has a minus before it or not.
 */
tb_expression *tb_parse_primary(tb_parser *p);
tb_expression *tb_parse_postfix(tb_parser *p);
tb_expression *tb_parse_integer(tb_parser *p, bool negative);

/* What a `for` assigns to: it ends before `in`. */
tb_expression *tb_parse_targets(tb_parser *p);

/* Refuses what nothing can be assigned to. */
void tb_parser_check_target(tb_parser *p, const tb_expression *target);

/* An expression of these children that is not too high; null after an error.
 */
tb_expression *tb_parser_node(tb_parser *p, tb_expression_kind kind, int line);
void tb_parser_grow(tb_parser *p, tb_expression *parent,
                    const tb_expression *child);

/* Items of a list, tuple or dict, as tb_parser_push and tb_parser_pop_all. */
void tb_parser_push_item(tb_parser *p, tb_expression *item);
void tb_parser_pop_items(tb_parser *p, size_t mark, tb_expression *node);

/* A type, and an expression that must be one. */
tb_annotation *tb_parse_type(tb_parser *p);
tb_annotation *tb_parser_type_of(tb_parser *p, const tb_expression *expression);

/* What follows the colon of a compound statement. */
void tb_parse_block(tb_parser *p, tb_script_block *block);

/* Nothing more stands in the line. */
void tb_parser_end_line(tb_parser *p);

/* From its decorators or `def` on. `owner` is put before its name. */
tb_script_function *tb_parse_function(tb_parser *p, const char *owner);

void tb_parse_class(tb_parser *p);

#endif
