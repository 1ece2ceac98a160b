/* Pickles: bytes that begin with a protocol are read as they are; others choose
   opcodes, most of which find on the stack what they need. */
#include "torchscript/pickle.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cursor.h"
#include "fuzz.h"
#include "torchscript/pickled_torch.h"
#include "torchscript/zip_writer.h"

/* ---- opcodes that are chosen ---- */

/* Kinds of values on the stack are letters: l list, d dict, e set, t tuple, s
   text, g global, o object, x anything else; in what an opcode needs, * is any,
   and ( the last mark with whatever lies above it. */
typedef struct fuzz_opcode {
    const char *bytes;
    size_t size;
    int free;          /* so many bytes of input follow */
    const char *needs; /* from below; it takes these off */
    const char *gives; /* one kind, or = for the lowest that it needs */
} fuzz_opcode;

#define OPCODE(bytes, free, needs, gives)                                      \
    {                                                                          \
        bytes, sizeof bytes - 1, free, needs, gives                            \
    }
#define STORAGE                                                                \
    "(\x8c\7storagectorch\nFloatStorage\n\x8c\1"                               \
    "0\x8c\3"                                                                  \
    "cpuK\10tQ"
#define TENSOR "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE

static const fuzz_opcode opcodes[] = {
    OPCODE("N", 0, "", "x"),
    OPCODE("\x88", 0, "", "x"),
    OPCODE("\x89", 0, "", "x"),
    OPCODE("K", 1, "", "x"),
    OPCODE("M", 2, "", "x"),
    OPCODE("J", 4, "", "x"),
    OPCODE("G", 8, "", "x"),
    OPCODE("\x8a\1", 1, "", "x"),
    OPCODE("\x8a\10", 8, "", "x"),
    OPCODE("\x8a\11", 9, "", "x"),
    OPCODE("\x8b\2\0\0\0", 2, "", "x"),
    OPCODE("\x8c\2", 2, "", "s"),
    OPCODE("\x8c\2me", 0, "", "s"),
    OPCODE("X\1\0\0\0", 1, "", "s"),
    OPCODE("\x8d\1\0\0\0\0\0\0\0", 1, "", "s"),
    OPCODE("C\2", 2, "", "x"),
    OPCODE("B\2\0\0\0", 2, "", "x"),
    OPCODE("\x8e\1\0\0\0\0\0\0\0", 1, "", "x"),
    OPCODE("\x96\1\0\0\0\0\0\0\0", 1, "", "x"),
    OPCODE("]", 0, "", "l"),
    OPCODE("}", 0, "", "d"),
    OPCODE(")", 0, "", "t"),
    OPCODE("\x8f", 0, "", "e"),
    OPCODE("(", 0, "", "("),
    OPCODE("\x85", 0, "*", "t"),
    OPCODE("\x86", 0, "**", "t"),
    OPCODE("\x87", 0, "***", "t"),
    OPCODE("a", 0, "l*", "="),
    OPCODE("a", 0, "o*", "="),
    OPCODE("s", 0, "d**", "="),
    OPCODE("s", 0, "o**", "="),
    OPCODE("e", 0, "l(", "="),
    OPCODE("u", 0, "d(", "="),
    OPCODE("u", 0, "o(", "="),
    OPCODE("\x90", 0, "e(", "="),
    OPCODE("\x91", 0, "(", "e"),
    OPCODE("t", 0, "(", "t"),
    OPCODE("l", 0, "(", "l"),
    OPCODE("d", 0, "(", "d"),
    OPCODE("c__torch__.a\nB\n", 0, "", "g"),
    OPCODE("ccollections\nOrderedDict\n", 0, "", "g"),
    OPCODE("ctorch\ndevice\n", 0, "", "g"),
    OPCODE("ctorch\nSize\n", 0, "", "g"),
    OPCODE("cbuiltins\ncomplex\n", 0, "", "g"),
    OPCODE("ctorch._utils\n_rebuild_parameter\n", 0, "", "g"),
    OPCODE("ctorch._utils\n_rebuild_qtensor\n", 0, "", "g"),
    OPCODE("ctorch.jit._pickle\nbuild_intlist\n", 0, "", "g"),
    OPCODE("ctorch.jit._pickle\nrestore_type_tag\n", 0, "", "g"),
    OPCODE("c", 4, "", "g"),
    OPCODE("\x93", 0, "ss", "g"),
    OPCODE("\x81", 0, "gt", "o"),
    OPCODE("\x92", 0, "gtd", "o"),
    OPCODE("R", 0, "gt", "o"),
    OPCODE("R", 0, "g*", "o"),
    OPCODE("b", 0, "o*", "="),
    OPCODE("b", 0, "d*", "="),
    OPCODE("Q", 0, "*", "x"),
    OPCODE("2", 0, "", "2"),
    OPCODE("0", 0, "*", ""),
    OPCODE("1", 0, "(", ""),
    OPCODE("\x94", 0, "*", "="),
    OPCODE("q", 1, "*", "="),
    OPCODE("r\7\0\0\0", 0, "*", "="),
    OPCODE("h", 1, "", "x"),
    OPCODE("h\0", 0, "", "x"),
    OPCODE("h\1", 0, "", "x"),
    OPCODE("j\7\0\0\0", 0, "", "x"),
    OPCODE("\x95", 8, "", ""),
    OPCODE("\x80", 1, "", ""),
    OPCODE(STORAGE, 0, "", "x"),
    OPCODE(TENSOR "K\0(K\2K\3t(K\3K\1t\x89}tR", 0, "", "o"),
    OPCODE(TENSOR "M\1\0(K\2t(K\1t\x89}tR", 0, "", "o"),
    OPCODE(TENSOR "K", 1, "", ""),
    OPCODE("\x89}tR", 0, "", ""),
};

/* The pickle so far and the kinds of what lies on its stack. */
typedef struct fuzz_pickle {
    zip_bytes bytes;
    char stack[4096];
    size_t height;
} fuzz_pickle;

/* How many of the topmost are what is needed, or -1. */
static int matches(const fuzz_pickle *p, const char *needs)
{
    size_t at = p->height;
    for (size_t n = strlen(needs); n; n--) {
        char kind = needs[n - 1];
        if (kind == '(')
            while (at && p->stack[at - 1] != '(')
                at--;
        if (!at ||
            (kind == '*' ? p->stack[at - 1] == '(' : p->stack[at - 1] != kind))
            return -1;
        at--;
    }
    return (int)(p->height - at);
}

static void write_opcode(fuzz_pickle *p, const fuzz_opcode *op, fuzz_cursor *c)
{
    zip_put(&p->bytes, op->bytes, op->size);
    for (int i = 0; i < op->free; i++)
        zip_number(&p->bytes, fuzz_next(c), 1);
    int taken = matches(p, op->needs);
    if (taken < 0)
        return;
    p->height -= (size_t)taken;
    if (op->gives[0] == '=')
        p->height++;
    else if (op->gives[0] == '2' && p->height)
        p->stack[p->height] = p->stack[p->height - 1], p->height++;
    else if (op->gives[0] && op->gives[0] != '2')
        p->stack[p->height++] = op->gives[0];
}

static zip_bytes choose_pickle(fuzz_cursor *c)
{
    enum { COUNT = sizeof opcodes / sizeof *opcodes };
    fuzz_pickle p = {.height = 0};
    while (c->left && p.height < sizeof p.stack - 1) {
        const fuzz_opcode *op = &opcodes[fuzz_choose(c, COUNT)];
        if (matches(&p, op->needs) >= 0 || fuzz_choose(c, 32) == 31)
            write_opcode(&p, op, c);
    }
    for (size_t i = 0; i < p.height; i++)
        if (p.stack[i] == '(')
            zip_put(&p.bytes, "t", 1);
    zip_put(&p.bytes, ".", 1);
    return p.bytes;
}

/* ---- what is read holds together ---- */

typedef struct fuzz_walk {
    tb_archive *archive;
    unsigned char *seen; /* by number */
    uint32_t count;
    bool bounded; /* nothing holds itself */
} fuzz_walk;

static void visit(fuzz_walk *w, tb_pickled *v, int depth);

static void read_torch(fuzz_walk *w, tb_pickled *v)
{
    const char *type;
    double parts[2];
    tb_pickled_tensor t;
    tb_error error;
    if (!tb_pickled_untag(v, &type))
        abort();
    tb_pickled_device(v);
    tb_pickled_complex(v, parts);
    tb_pickled_size(v);
    tb_pickled_find(v, "me");
    if (tb_pickled_tensor_read(v, w->archive, "data", "t", &t, &error) != TB_OK)
        return;
    int64_t last = t.offset;
    for (int i = 0; i < t.rank; i++)
        last += (t.sizes[i] - 1) * t.strides[i];
    if (!tb_pickled_is_tensor(v) || t.offset < 0 ||
        (t.elements && (last < 0 || last >= t.storage_elements)))
        abort();
}

static void visit_made(fuzz_walk *w, tb_pickled *v, int depth)
{
    tb_pickled *const all[] = {v->of,    v->args, v->keywords,
                               v->state, v->list, v->dict};
    for (size_t i = 0; i < 6; i++)
        if (all[i])
            visit(w, all[i], depth + 1);
    read_torch(w, v);
}

static void visit(fuzz_walk *w, tb_pickled *v, int depth)
{
    if (v->number >= w->count || (w->bounded && depth > TB_PICKLED_DEPTH))
        abort();
    if (w->seen[v->number]++)
        return;
    if (tb_pickled_is_made(v))
        visit_made(w, v, depth);
    else if (v->kind == TB_PICKLED_TEXT || v->kind == TB_PICKLED_BYTES)
        v->text_bytes += (size_t)v->text[v->text_bytes];
    else if (v->kind >= TB_PICKLED_LIST && v->kind <= TB_PICKLED_DICT)
        for (size_t i = 0; i < v->count; i++)
            visit(w, v->items[i], depth + 1);
    else if (v->kind == TB_PICKLED_PERSISTENT)
        visit(w, v->of, depth + 1);
}

static tb_archive *weights(void)
{
    static tb_archive *archive;
    static zip_writer z;
    static const float numbers[8];
    if (archive)
        return archive;
    zip_add(&z, "m/data/0", numbers, sizeof numbers, 0);
    zip_finish(&z, 0);
    if (tb_archive_read(z.file.at, z.file.size, "weights", &archive, NULL))
        abort();
    return archive;
}

static void read_pickle(const void *bytes, size_t size)
{
    tb_unpickled u;
    tb_error error = {0};
    tb_arena *arena = tb_arena_new();
    tb_status status = tb_unpickle(bytes, size, "input", arena, &u, &error);
    if (status != TB_OK ? u.root || !error.text[0] : !u.root || !u.depth)
        abort();
    fuzz_walk w = {weights(), tb_alloc(u.count), u.count, u.depth > 0};
    if (status == TB_OK)
        visit(&w, u.root, 1);
    tb_free(w.seen);
    tb_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size && bytes[0] == 0x80) {
        read_pickle(bytes, size);
        return 0;
    }
    fuzz_cursor cursor = {bytes, size};
    zip_bytes pickle = choose_pickle(&cursor);
    uint8_t *exact = malloc(pickle.size);
    if (exact) {
        memcpy(exact, pickle.at, pickle.size);
        read_pickle(exact, pickle.size);
    }
    free(exact);
    free(pickle.at);
    return 0;
}
