/* How the reader of sources fills a syntax tree. */
#ifndef TB_TORCHSCRIPT_SYNTAX_BUILD_H
#define TB_TORCHSCRIPT_SYNTAX_BUILD_H

#include "torchscript/syntax.h"

/* What a tree may hold at most, over all its sources. RAVE v2 has some
   25,000 tokens in 90,000 bytes. */
enum {
    TB_SYNTAX_TOKENS = 1 << 20,
    TB_SYNTAX_NAMES = 1 << 18,
    TB_SYNTAX_BYTES = 16 << 20
};

/* A name of the tree: each is there once. */
typedef struct tb_symbol {
    const char *text; /* null: a free place */
    uint64_t hash;
    uint32_t length;
    int keyword; /* the token that a reserved word is, or 0 */
} tb_symbol;

/* Zeroed memory of the tree, for anything that holds pointers and 64-bit
   numbers; null when there is none. */
void *tb_syntax_take(tb_syntax *syntax, size_t bytes);

/* The symbol of these bytes, made the first time; valid until the next one is
   made. Null when there is no memory or there are too many. */
tb_symbol *tb_syntax_symbol(tb_syntax *syntax, const char *text, size_t length);

/* Counts tokens and bytes of source; false when the tree has too many. */
bool tb_syntax_count(tb_syntax *syntax, size_t tokens, size_t bytes);

/* Whether it has reached a limit: a null from above is not for want of memory.
 */
bool tb_syntax_is_full(const tb_syntax *syntax);

/* False when there is no memory. Nothing of this qualified name is there yet.
 */
bool tb_syntax_add_class(tb_syntax *syntax, tb_script_class_source *class);
bool tb_syntax_add_function(tb_syntax *syntax, tb_script_function *function);

#endif
