/* What each opcode of a pickle does. */
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "torchscript/unpickler.h"

enum { NEWEST_PROTOCOL = 5 };

/* Up to the end of the line, which is passed. */
static tb_status take_line(tb_unpickler *u, const char **text)
{
    const unsigned char *line = u->p,
                        *end = memchr(line, '\n', (size_t)(u->end - line));
    if (!end)
        return tb_unpickler_fail(u, "it ends too early");
    if (memchr(line, 0, (size_t)(end - line)))
        return tb_unpickler_fail(u, "a name holds a zero");
    u->p = end + 1;
    *text = tb_arena_text(u->arena, (const char *)line, (size_t)(end - line));
    return *text ? TB_OK : tb_fail_memory(u->error);
}

static tb_status push_filled(tb_unpickler *u, tb_pickled_kind kind,
                             tb_pickled *const *values, size_t count)
{
    tb_pickled *v;
    if (kind == TB_PICKLED_TUPLE && !count)
        return tb_unpickler_push(u, u->unit);
    if (kind == TB_PICKLED_DICT && count % 2)
        return tb_unpickler_fail(u, "a key has no value");
    tb_status status = tb_unpickler_value(u, kind, &v);
    if (status == TB_OK)
        status = tb_unpickler_append(u, v, values, count);
    return status == TB_OK ? tb_unpickler_push(u, v) : status;
}

/* Puts values into the container on top, or beside what was made by a class or
   function that has such items. */
static tb_status fill(tb_unpickler *u, tb_pickled_kind kind,
                      tb_pickled *const *values, size_t count)
{
    tb_pickled *to;
    tb_status status = tb_unpickler_top(u, &to);
    if (status != TB_OK)
        return status;
    if (kind == TB_PICKLED_DICT && count % 2)
        return tb_unpickler_fail(u, "a key has no value");
    if (tb_pickled_is_made(to) && kind != TB_PICKLED_SET) {
        tb_pickled **beside = kind == TB_PICKLED_LIST ? &to->list : &to->dict;
        if (!*beside)
            status = tb_unpickler_value(u, kind, beside);
        if (status != TB_OK)
            return status;
        to = *beside;
    }
    if (to->kind != kind)
        return tb_unpickler_fail(u,
                                 "values are put into what cannot hold them");
    return tb_unpickler_append(u, to, values, count);
}

/* ---- opcodes; `n` is what the table gives each ---- */

static tb_status run_protocol(tb_unpickler *u, int n)
{
    uint64_t version;
    tb_status status = tb_unpickler_number(u, n, &version);
    if (status == TB_OK && version > NEWEST_PROTOCOL)
        return tb_unpickler_fail(u, "it is written in the unknown protocol %d",
                                 (int)version);
    return status;
}

static tb_status run_skip(tb_unpickler *u, int n)
{
    const unsigned char *p;
    return tb_unpickler_take(u, (uint64_t)n, &p);
}

static tb_status run_stop(tb_unpickler *u, int n)
{
    tb_pickled **values;
    tb_status status = tb_unpickler_pop(u, n, &values);
    if (status == TB_OK)
        u->root = *values;
    return status;
}

static tb_status run_none(tb_unpickler *u, int n)
{
    (void)n;
    return tb_unpickler_push(u, u->none);
}

static tb_status run_bool(tb_unpickler *u, int n)
{
    return tb_unpickler_push(u, n ? u->yes : u->no);
}

static tb_status push_integer(tb_unpickler *u, int64_t x)
{
    tb_pickled *v;
    tb_status status = tb_unpickler_push_new(u, TB_PICKLED_INT, &v);
    if (status == TB_OK)
        v->integer = x;
    return status;
}

/* Of four bytes, it has a sign. */
static tb_status run_integer(tb_unpickler *u, int n)
{
    uint64_t x;
    tb_status status = tb_unpickler_number(u, n, &x);
    if (status != TB_OK)
        return status;
    return push_integer(u, n == 4 ? (int32_t)(uint32_t)x : (int64_t)x);
}

/* Two's complement of any length, little-endian. */
static tb_status run_long(tb_unpickler *u, int n)
{
    uint64_t bytes, x = 0;
    const unsigned char *p;
    tb_status status = tb_unpickler_number(u, n, &bytes);
    if (status == TB_OK)
        status = tb_unpickler_take(u, bytes, &p);
    if (status != TB_OK)
        return status;
    unsigned char sign = bytes && p[bytes - 1] & 0x80 ? 0xff : 0;
    for (uint64_t i = 8; i < bytes; i++)
        if (p[i] != sign || ((p[7] ^ sign) & 0x80))
            return tb_unpickler_fail(u, "an integer has more than 64 bits");
    for (int i = 7; i >= 0; i--)
        x = x << 8 | ((uint64_t)i < bytes ? p[i] : sign);
    return push_integer(u, (int64_t)x);
}

static tb_status run_real(tb_unpickler *u, int n)
{
    const unsigned char *p;
    tb_pickled *v;
    uint64_t bits = 0;
    tb_status status = tb_unpickler_take(u, (uint64_t)n, &p);
    for (int i = 0; status == TB_OK && i < n; i++)
        bits = bits << 8 | p[i];
    if (status == TB_OK)
        status = tb_unpickler_push_new(u, TB_PICKLED_REAL, &v);
    if (status == TB_OK)
        memcpy(&v->real, &bits, sizeof v->real);
    return status;
}

/* Characters may be cut at the end: a zero follows, which ends none. */
static bool is_utf8(const char *text, size_t bytes)
{
    size_t i = 0;
    for (int n; i < bytes; i += (size_t)n)
        if (!(n = tb_utf8_length(text + i)))
            return false;
    return i == bytes;
}

static tb_status push_text(tb_unpickler *u, tb_pickled_kind kind, int width)
{
    uint64_t bytes;
    const unsigned char *p;
    tb_pickled *v;
    tb_status status = tb_unpickler_number(u, width, &bytes);
    if (status == TB_OK)
        status = tb_unpickler_take(u, bytes, &p);
    if (status == TB_OK)
        status = tb_unpickler_push_new(u, kind, &v);
    if (status != TB_OK)
        return status;
    v->text_bytes = (size_t)bytes;
    v->text = tb_arena_text(u->arena, (const char *)p, (size_t)bytes);
    if (!v->text)
        return tb_fail_memory(u->error);
    if (kind == TB_PICKLED_TEXT && !is_utf8(v->text, v->text_bytes))
        return tb_unpickler_fail(u, "a text is not UTF-8");
    return TB_OK;
}

static tb_status run_text(tb_unpickler *u, int n)
{
    return push_text(u, TB_PICKLED_TEXT, n);
}

static tb_status run_bytes(tb_unpickler *u, int n)
{
    return push_text(u, TB_PICKLED_BYTES, n);
}

static tb_status run_empty(tb_unpickler *u, int kind)
{
    return push_filled(u, (tb_pickled_kind)kind, NULL, 0);
}

static tb_status run_marked(tb_unpickler *u, int kind)
{
    tb_pickled **values;
    size_t count;
    tb_status status = tb_unpickler_pop_mark(u, &values, &count);
    if (status != TB_OK)
        return status;
    return push_filled(u, (tb_pickled_kind)kind, values, count);
}

static tb_status run_tuple(tb_unpickler *u, int n)
{
    tb_pickled **values;
    tb_status status = tb_unpickler_pop(u, n, &values);
    if (status != TB_OK)
        return status;
    return push_filled(u, TB_PICKLED_TUPLE, values, (size_t)n);
}

static tb_status run_fill(tb_unpickler *u, int kind)
{
    tb_pickled **values;
    int count = kind == TB_PICKLED_DICT ? 2 : 1;
    tb_status status = tb_unpickler_pop(u, count, &values);
    if (status != TB_OK)
        return status;
    return fill(u, (tb_pickled_kind)kind, values, (size_t)count);
}

static tb_status run_fill_marked(tb_unpickler *u, int kind)
{
    tb_pickled **values;
    size_t count;
    tb_status status = tb_unpickler_pop_mark(u, &values, &count);
    if (status != TB_OK)
        return status;
    return fill(u, (tb_pickled_kind)kind, values, count);
}

static tb_status push_global(tb_unpickler *u, const char *module,
                             const char *name)
{
    tb_pickled *v;
    tb_status status = tb_unpickler_push_new(u, TB_PICKLED_GLOBAL, &v);
    if (status != TB_OK)
        return status;
    v->module = module;
    v->name = name;
    return TB_OK;
}

static tb_status run_global(tb_unpickler *u, int n)
{
    const char *name[2] = {NULL, NULL};
    tb_status status = TB_OK;
    for (int i = 0; status == TB_OK && i < n; i++)
        status = take_line(u, &name[i]);
    if (status != TB_OK)
        return status;
    if (!is_utf8(name[0], strlen(name[0])) ||
        !is_utf8(name[1], strlen(name[1])))
        return tb_unpickler_fail(u, "a name is not UTF-8");
    return push_global(u, name[0], name[1]);
}

static tb_status run_stack_global(tb_unpickler *u, int n)
{
    tb_pickled **v;
    tb_status status = tb_unpickler_pop(u, n, &v);
    if (status != TB_OK)
        return status;
    for (int i = 0; i < n; i++)
        if (v[i]->kind != TB_PICKLED_TEXT ||
            strlen(v[i]->text) != v[i]->text_bytes)
            return tb_unpickler_fail(u, "a name is not a text");
    return push_global(u, v[0]->text, v[1]->text);
}

/* Python's ordered dictionary, which is made empty and filled like one. */
static bool makes_dict(const tb_pickled *of, const tb_pickled *args)
{
    return args->kind == TB_PICKLED_TUPLE && args->count == 0 &&
           tb_pickled_is_global(of, "collections", "OrderedDict");
}

/* Of the class or function, its arguments and, for three, keywords. */
static tb_status run_make(tb_unpickler *u, int kind)
{
    bool keywords = kind < 0;
    tb_pickled **v, *made;
    tb_status status = tb_unpickler_pop(u, keywords ? 3 : 2, &v);
    if (status != TB_OK)
        return status;
    tb_pickled *of = v[0], *args = v[1], *names = keywords ? v[2] : NULL;
    if (kind == TB_PICKLED_CALL && makes_dict(of, args))
        return push_filled(u, TB_PICKLED_DICT, NULL, 0);
    status = tb_unpickler_push_new(
        u, keywords ? TB_PICKLED_OBJECT : (tb_pickled_kind)kind, &made);
    if (status != TB_OK)
        return status;
    made->of = of;
    made->args = args;
    made->keywords = names;
    return TB_OK;
}

/* What an ordered dictionary is given are notes that say nothing of sound. */
static tb_status run_build(tb_unpickler *u, int n)
{
    tb_pickled **state, *of;
    tb_status status = tb_unpickler_pop(u, n, &state);
    if (status == TB_OK)
        status = tb_unpickler_top(u, &of);
    if (status != TB_OK || of->kind == TB_PICKLED_DICT)
        return status;
    if (!tb_pickled_is_made(of) || of->state)
        return tb_unpickler_fail(u, "a state is given to what cannot have it");
    of->state = *state;
    return TB_OK;
}

static tb_status run_persistent(tb_unpickler *u, int n)
{
    tb_pickled **v, *made;
    tb_status status = tb_unpickler_pop(u, n, &v);
    if (status != TB_OK)
        return status;
    tb_pickled *id = *v;
    status = tb_unpickler_push_new(u, TB_PICKLED_PERSISTENT, &made);
    if (status == TB_OK)
        made->of = id;
    return status;
}

/* ---- opcodes of the stack and the memo ---- */

/* Each mark that is open stands for a container within those before it. */
static tb_status run_mark(tb_unpickler *u, int n)
{
    (void)n;
    if (u->mark_count == TB_PICKLED_DEPTH)
        return tb_unpickler_fail(u, "its values lie more than %d deep",
                                 TB_PICKLED_DEPTH);
    u->marks[u->mark_count++] = u->stack.count;
    return TB_OK;
}

static tb_status run_pop_mark(tb_unpickler *u, int n)
{
    tb_pickled **values;
    size_t count;
    (void)n;
    return tb_unpickler_pop_mark(u, &values, &count);
}

/* Or the mark, when nothing lies above it. */
static tb_status run_pop(tb_unpickler *u, int n)
{
    tb_pickled **values;
    if (!tb_unpickler_height(u) && u->mark_count)
        return run_pop_mark(u, n);
    return tb_unpickler_pop(u, n, &values);
}

static tb_status run_dup(tb_unpickler *u, int n)
{
    tb_pickled *value;
    (void)n;
    tb_status status = tb_unpickler_top(u, &value);
    return status == TB_OK ? tb_unpickler_push(u, value) : status;
}

/* Writers count: a number beyond the pickle's bytes is no writer's. */
static tb_status put(tb_unpickler *u, uint64_t index)
{
    tb_pickled *value;
    tb_pickled_stack *memo = &u->memo;
    tb_status status = tb_unpickler_top(u, &value);
    if (status != TB_OK)
        return status;
    if (index >= (uint64_t)(u->end - u->start))
        return tb_unpickler_fail(u,
                                 "it remembers a value under an absurd number");
    while (index >= (uint64_t)memo->room) {
        tb_pickled **at =
            tb_array_grown(memo->at, memo->room, &memo->room, sizeof *at);
        if (!at)
            return tb_fail_memory(u->error);
        memo->at = at;
    }
    memo->count += !memo->at[index];
    memo->at[index] = value;
    return TB_OK;
}

static tb_status run_put(tb_unpickler *u, int n)
{
    uint64_t index;
    tb_status status = tb_unpickler_number(u, n, &index);
    return status == TB_OK ? put(u, index) : status;
}

static tb_status run_memoize(tb_unpickler *u, int n)
{
    (void)n;
    return put(u, (uint64_t)u->memo.count);
}

static tb_status run_get(tb_unpickler *u, int n)
{
    uint64_t index;
    tb_status status = tb_unpickler_number(u, n, &index);
    if (status != TB_OK)
        return status;
    if (index >= (uint64_t)u->memo.room || !u->memo.at[index])
        return tb_unpickler_fail(u, "it recalls what it never had");
    return tb_unpickler_push(u, u->memo.at[index]);
}

/* ---- the table ---- */

typedef struct pickle_opcode {
    const char *name;
    tb_status (*run)(tb_unpickler *u, int n); /* null: not read */
    int n;
} pickle_opcode;

static const pickle_opcode opcodes[256] = {
    ['('] = {"MARK", run_mark, 0},
    [')'] = {"EMPTY_TUPLE", run_empty, TB_PICKLED_TUPLE},
    ['.'] = {"STOP", run_stop, 1},
    ['0'] = {"POP", run_pop, 1},
    ['1'] = {"POP_MARK", run_pop_mark, 0},
    ['2'] = {"DUP", run_dup, 0},
    ['B'] = {"BINBYTES", run_bytes, 4},
    ['C'] = {"SHORT_BINBYTES", run_bytes, 1},
    ['F'] = {"FLOAT", NULL, 0},
    ['G'] = {"BINFLOAT", run_real, 8},
    ['I'] = {"INT", NULL, 0},
    ['J'] = {"BININT", run_integer, 4},
    ['K'] = {"BININT1", run_integer, 1},
    ['L'] = {"LONG", NULL, 0},
    ['M'] = {"BININT2", run_integer, 2},
    ['N'] = {"NONE", run_none, 0},
    ['P'] = {"PERSID", NULL, 0},
    ['Q'] = {"BINPERSID", run_persistent, 1},
    ['R'] = {"REDUCE", run_make, TB_PICKLED_CALL},
    ['S'] = {"STRING", NULL, 0},
    ['T'] = {"BINSTRING", NULL, 0},
    ['U'] = {"SHORT_BINSTRING", NULL, 0},
    ['V'] = {"UNICODE", NULL, 0},
    ['X'] = {"BINUNICODE", run_text, 4},
    [']'] = {"EMPTY_LIST", run_empty, TB_PICKLED_LIST},
    ['a'] = {"APPEND", run_fill, TB_PICKLED_LIST},
    ['b'] = {"BUILD", run_build, 1},
    ['c'] = {"GLOBAL", run_global, 2},
    ['d'] = {"DICT", run_marked, TB_PICKLED_DICT},
    ['e'] = {"APPENDS", run_fill_marked, TB_PICKLED_LIST},
    ['g'] = {"GET", NULL, 0},
    ['h'] = {"BINGET", run_get, 1},
    ['i'] = {"INST", NULL, 0},
    ['j'] = {"LONG_BINGET", run_get, 4},
    ['l'] = {"LIST", run_marked, TB_PICKLED_LIST},
    ['o'] = {"OBJ", NULL, 0},
    ['p'] = {"PUT", NULL, 0},
    ['q'] = {"BINPUT", run_put, 1},
    ['r'] = {"LONG_BINPUT", run_put, 4},
    ['s'] = {"SETITEM", run_fill, TB_PICKLED_DICT},
    ['t'] = {"TUPLE", run_marked, TB_PICKLED_TUPLE},
    ['u'] = {"SETITEMS", run_fill_marked, TB_PICKLED_DICT},
    ['}'] = {"EMPTY_DICT", run_empty, TB_PICKLED_DICT},
    [0x80] = {"PROTO", run_protocol, 1},
    [0x81] = {"NEWOBJ", run_make, TB_PICKLED_OBJECT},
    [0x82] = {"EXT1", NULL, 0},
    [0x83] = {"EXT2", NULL, 0},
    [0x84] = {"EXT4", NULL, 0},
    [0x85] = {"TUPLE1", run_tuple, 1},
    [0x86] = {"TUPLE2", run_tuple, 2},
    [0x87] = {"TUPLE3", run_tuple, 3},
    [0x88] = {"NEWTRUE", run_bool, 1},
    [0x89] = {"NEWFALSE", run_bool, 0},
    [0x8a] = {"LONG1", run_long, 1},
    [0x8b] = {"LONG4", run_long, 4},
    [0x8c] = {"SHORT_BINUNICODE", run_text, 1},
    [0x8d] = {"BINUNICODE8", run_text, 8},
    [0x8e] = {"BINBYTES8", run_bytes, 8},
    [0x8f] = {"EMPTY_SET", run_empty, TB_PICKLED_SET},
    [0x90] = {"ADDITEMS", run_fill_marked, TB_PICKLED_SET},
    [0x91] = {"FROZENSET", run_marked, TB_PICKLED_SET},
    [0x92] = {"NEWOBJ_EX", run_make, -1},
    [0x93] = {"STACK_GLOBAL", run_stack_global, 2},
    [0x94] = {"MEMOIZE", run_memoize, 0},
    [0x95] = {"FRAME", run_skip, 8},
    [0x96] = {"BYTEARRAY8", run_bytes, 8},
    [0x97] = {"NEXT_BUFFER", NULL, 0},
    [0x98] = {"READONLY_BUFFER", NULL, 0},
};

tb_status tb_unpickler_run(tb_unpickler *u)
{
    if (u->p == u->end)
        return tb_unpickler_fail(u, "it ends too early");
    const pickle_opcode *op = &opcodes[*u->p];
    if (!op->name)
        return tb_unpickler_fail(u, "0x%02x is not an opcode", *u->p);
    if (!op->run)
        return tb_unpickler_fail(u, "the opcode %s is not one of a model",
                                 op->name);
    u->p++;
    return op->run(u, op->n);
}
