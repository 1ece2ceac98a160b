#include "torchscript/syntax.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/names.h"
#include "torchscript/syntax_build.h"

enum { CHUNK = 16 << 10, FIRST_ROOM = 1024 };

/* What sources define, in their order and by qualified name. */
typedef struct definitions {
    void **at;
    size_t count, room;
    tb_names names;
} definitions;

struct tb_syntax {
    tb_arena *arena;
    char *chunk; /* the rest of what was taken from the arena last */
    size_t chunk_bytes;
    tb_symbol *symbols; /* a hash table with open addressing */
    size_t symbol_room, symbol_count;
    definitions classes, functions;
    size_t tokens, bytes;
};

tb_syntax *tb_syntax_new(void)
{
    tb_syntax *syntax = calloc(1, sizeof *syntax);
    if (syntax)
        syntax->arena = tb_arena_new();
    if (syntax && !syntax->arena) {
        tb_syntax_free(syntax);
        return NULL;
    }
    return syntax;
}

static void definitions_clear(definitions *all)
{
    free(all->at);
    tb_names_clear(&all->names);
}

void tb_syntax_free(tb_syntax *syntax)
{
    if (!syntax)
        return;
    tb_arena_free(syntax->arena);
    free(syntax->symbols);
    definitions_clear(&syntax->classes);
    definitions_clear(&syntax->functions);
    free(syntax);
}

/* The arena aligns to cache lines, which would double the size of a tree. */
void *tb_syntax_take(tb_syntax *syntax, size_t bytes)
{
    size_t rounded = (bytes + 7) / 8 * 8;
    if (rounded > CHUNK / 4)
        return tb_arena_alloc(syntax->arena, rounded);
    if (rounded > syntax->chunk_bytes) {
        syntax->chunk_bytes = 0;
        if (!(syntax->chunk = tb_arena_alloc(syntax->arena, CHUNK)))
            return NULL;
        syntax->chunk_bytes = CHUNK;
    }
    void *memory = syntax->chunk;
    syntax->chunk += rounded;
    syntax->chunk_bytes -= rounded;
    return memory;
}

/* ---- names ---- */

/* Where a name stands, or the free place where it would; there is always one,
   for at most half of them are taken. */
static tb_symbol *place_of(tb_symbol *symbols, size_t room, uint64_t hash,
                           const char *text, size_t length)
{
    size_t i = hash & (room - 1);
    while (symbols[i].text &&
           (symbols[i].hash != hash || symbols[i].length != length ||
            memcmp(symbols[i].text, text, length) != 0))
        i = (i + 1) & (room - 1);
    return &symbols[i];
}

static bool make_symbol_room(tb_syntax *syntax)
{
    size_t room = syntax->symbol_room;
    if (2 * (syntax->symbol_count + 1) <= room)
        return true;
    size_t more = room ? 2 * room : FIRST_ROOM;
    tb_symbol *symbols = calloc(more, sizeof *symbols);
    if (!symbols)
        return false;
    for (size_t i = 0; i < room; i++) {
        const tb_symbol *old = &syntax->symbols[i];
        if (old->text)
            *place_of(symbols, more, old->hash, old->text, old->length) = *old;
    }
    free(syntax->symbols);
    syntax->symbols = symbols;
    syntax->symbol_room = more;
    return true;
}

tb_symbol *tb_syntax_symbol(tb_syntax *syntax, const char *text, size_t length)
{
    if (length > UINT32_MAX || !make_symbol_room(syntax))
        return NULL;
    uint64_t hash = tb_hash_bytes(text, length);
    tb_symbol *symbol =
        place_of(syntax->symbols, syntax->symbol_room, hash, text, length);
    if (symbol->text)
        return symbol;
    if (syntax->symbol_count == TB_SYNTAX_NAMES)
        return NULL;
    char *copy = tb_syntax_take(syntax, length + 1);
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    *symbol =
        (tb_symbol){.text = copy, .hash = hash, .length = (uint32_t)length};
    syntax->symbol_count++;
    return symbol;
}

const char *tb_syntax_intern(tb_syntax *syntax, const char *text, size_t length)
{
    const tb_symbol *symbol = tb_syntax_symbol(syntax, text, length);
    return symbol ? symbol->text : NULL;
}

const char *tb_syntax_find_name(const tb_syntax *syntax, const char *text)
{
    if (!syntax->symbol_count)
        return NULL;
    size_t length = strlen(text);
    return place_of(syntax->symbols, syntax->symbol_room,
                    tb_hash_bytes(text, length), text, length)
        ->text;
}

bool tb_syntax_count(tb_syntax *syntax, size_t tokens, size_t bytes)
{
    syntax->tokens += tokens;
    syntax->bytes += bytes;
    return syntax->tokens <= TB_SYNTAX_TOKENS &&
           syntax->bytes <= TB_SYNTAX_BYTES;
}

bool tb_syntax_is_full(const tb_syntax *syntax)
{
    return syntax->symbol_count == TB_SYNTAX_NAMES ||
           syntax->tokens > TB_SYNTAX_TOKENS || syntax->bytes > TB_SYNTAX_BYTES;
}

/* ---- what sources define ---- */

static bool add_definition(definitions *all, const char *name, void *item)
{
    if (all->count == all->room) {
        size_t room = all->room ? 2 * all->room : 64;
        void **more = realloc(all->at, room * sizeof *more);
        if (!more)
            return false;
        all->at = more;
        all->room = room;
    }
    if (!tb_names_add(&all->names, name, item))
        return false;
    all->at[all->count++] = item;
    return true;
}

bool tb_syntax_add_class(tb_syntax *syntax, tb_script_class_source *class)
{
    return add_definition(&syntax->classes, class->qualified, class);
}

bool tb_syntax_add_function(tb_syntax *syntax, tb_script_function *function)
{
    return add_definition(&syntax->functions, function->qualified, function);
}

const tb_script_class_source *tb_syntax_class(const tb_syntax *syntax,
                                              const char *qualified)
{
    return tb_names_find(&syntax->classes.names, qualified);
}

const tb_script_function *tb_syntax_function(const tb_syntax *syntax,
                                             const char *qualified)
{
    return tb_names_find(&syntax->functions.names, qualified);
}

int tb_syntax_class_count(const tb_syntax *syntax)
{
    return (int)syntax->classes.count;
}

const tb_script_class_source *tb_syntax_class_at(const tb_syntax *syntax,
                                                 int index)
{
    return syntax->classes.at[index];
}

int tb_syntax_function_count(const tb_syntax *syntax)
{
    return (int)syntax->functions.count;
}

const tb_script_function *tb_syntax_function_at(const tb_syntax *syntax,
                                                int index)
{
    return syntax->functions.at[index];
}
