#include "torchscript/pickle.h"

#include <stdlib.h>

#include "said.h"
#include "tap.h"

static tb_error error;
static tb_arena *arena;
static tb_unpickled unpickled;

/* A pickle written out, of which the zero at the end is none. */
#define READ(bytes) read_pickle(bytes, sizeof bytes - 1)
#define SAYS(bytes, text) SAME_TEXT(READ(bytes), text)
#define REFUSES(bytes, why) refuses(bytes, sizeof bytes - 1, why, __LINE__)

static tb_status unpickle(const void *bytes, size_t size)
{
    tb_arena_free(arena);
    arena = tb_arena_new();
    return tb_unpickle(bytes, size, "p", arena, &unpickled, &error);
}

static const char *read_pickle(const char *bytes, size_t size)
{
    return unpickle(bytes, size) == TB_OK ? said(unpickled.root) : error.text;
}

static void refuses(const char *bytes, size_t size, const char *why, int line)
{
    tb_status status = unpickle(bytes, size);
    bool good = status != TB_OK && strstr(error.text, why) &&
                strncmp(error.text, "'p' ", 4) == 0 && !unpickled.root;
    if (!OK_NAMED(good, why))
        fprintf(stderr, "# line %d: %d, %s\n", line, status, error.text);
}

/* ---- values ---- */

static void numbers(void)
{
    SAYS("N.", "none");
    SAYS("\x80\2\x88.", "true");
    SAYS("\x80\5\x89.", "false");
    SAYS("K\xff.", "255");
    SAYS("M\xff\xff.", "65535");
    SAYS("J\xff\xff\xff\xff.", "-1");
    SAYS("J\1\0\0\x80.", "-2147483647");
    SAYS("\x8a\0.", "0");
    SAYS("\x8a\1\xff.", "-1");
    SAYS("\x8a\2\xff\0.", "255");
    SAYS("\x8a\10\xff\xff\xff\xff\xff\xff\xff\x7f.", "9223372036854775807");
    SAYS("\x8a\10\0\0\0\0\0\0\0\x80.", "-9223372036854775808");
    SAYS("\x8a\11\0\0\0\0\0\0\0\x80\xff.", "-9223372036854775808");
    SAYS("\x8b\11\0\0\0\1\0\0\0\0\0\0\0\0.", "1");
    SAYS("G\x3f\xf8\0\0\0\0\0\0.", "1.5f");
    SAYS("G\x7f\xf0\0\0\0\0\0\0.", "inff");
    REFUSES("\x8a\11\0\0\0\0\0\0\0\x80\0.", "more than 64 bits");
    REFUSES("\x8a\11\0\0\0\0\0\0\0\0\1.", "more than 64 bits");
    REFUSES("\x8b\4\0\0\0\1.", "it ends too early");
}

static void texts(void)
{
    SAYS("X\2\0\0\0\xc3\xa4.", "'\xc3\xa4'");
    SAYS("\x8c\2hi.", "'hi'");
    SAYS("\x8c\3a\0b.", "'a\\0b'");
    SAYS("\x8d\2\0\0\0\0\0\0\0hi.", "'hi'");
    SAYS("X\0\0\0\0.", "''");
    SAYS("C\2\xff\0.", "b'\xff\\0'");
    SAYS("B\1\0\0\0a.", "b'a'");
    SAYS("\x8e\1\0\0\0\0\0\0\0a.", "b'a'");
    SAYS("\x96\1\0\0\0\0\0\0\0a.", "b'a'");
    REFUSES("\x8c\1\xc3.", "a text is not UTF-8");
    REFUSES("X\3\0\0\0\xed\xa0\x80.", "a text is not UTF-8");
    REFUSES("X\xff\xff\xff\xff.", "it ends too early");
    REFUSES("\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "it ends too early");
}

static void containers(void)
{
    SAYS("].", "[]");
    SAYS(").", "()");
    SAYS("}.", "{}");
    SAYS("\x8f.", "<>");
    SAYS("]Na.", "[none]");
    SAYS("](K\1K\2K\3e.", "[1, 2, 3]");
    SAYS("](e.", "[]");
    SAYS("(K\1K\2l.", "[1, 2]");
    SAYS("K\1\x85.", "(1)");
    SAYS("K\1K\2\x86.", "(1, 2)");
    SAYS("K\1K\2K\3\x87.", "(1, 2, 3)");
    SAYS("(t.", "()");
    SAYS("(K\1(K\2K\3tt.", "(1, (2, 3))");
    SAYS("}K\1K\2s.", "{1: 2}");
    SAYS("}(K\1K\2K\3K\4uK\1Ns.", "{1: 2, 3: 4, 1: none}");
    SAYS("(K\1K\2d.", "{1: 2}");
    SAYS("\x8f(K\1K\2\x90.", "<1, 2>");
    SAYS("(K\1\x91.", "<1>");
    REFUSES("(K\1d.", "a key has no value");
    REFUSES("}(K\1u.", "a key has no value");
    REFUSES("K\1K\2a.", "values are put into what cannot hold them");
    REFUSES("]K\1K\2s.", "values are put into what cannot hold them");
    REFUSES("](K\1\x90.", "values are put into what cannot hold them");
}

/* More than one power of two of items, kept in order. */
static void long_list(void)
{
    char bytes[1 + 2 * 300 + 1] = "]", *p = bytes + 1;
    for (int i = 0; i < 200; i++) {
        *p++ = 'K', *p++ = (char)i;
        *p++ = 'a';
    }
    *p = '.';
    EQ(unpickle(bytes, sizeof bytes), TB_OK);
    bool good = unpickled.root->count == 200;
    for (int i = 0; good && i < 200; i++)
        good = unpickled.root->items[i]->integer == i;
    OK_NAMED(good, "a long list is in order");
}

static void made(void)
{
    SAYS("ca.b\nC\n.", "a.b.C");
    SAYS("\x8c\3a.b\x8c\1C\x93.", "a.b.C");
    SAYS("ca\nC\n)\x81.", "new a.C of ();");
    SAYS("ca\nC\n)\x81}(\x8c\1xK\1ub.", "new a.C of () with {'x': 1};");
    SAYS("ca\nC\n)}\x92.", "new a.C of () named {};");
    SAYS("ca\nf\nK\1\x85R.", "call a.f of (1);");
    SAYS("ca\nE\nK\1R.", "call a.E of 1;");
    SAYS("ca\nf\n)RK\1aK\2aK\3K\4sNb.",
         "call a.f of () with none list [1, 2] dict {3: 4};");
    SAYS("ccollections\nOrderedDict\n)RK\1K\2s}b.", "{1: 2}");
    SAYS("ccollections\nOrderedDict\n]\x85R.",
         "call collections.OrderedDict of ([]);");
    SAYS("K\1Q.", "@1");
    REFUSES("ca\nC\n)\x81Nb}b.", "a state is given to what cannot have it");
    REFUSES("K\1Nb.", "a state is given to what cannot have it");
    REFUSES("ca\nC\n)\x81(K\1\x90.", "cannot hold them");
    REFUSES("ca\nC", "it ends too early");
    REFUSES("ca\0\nC\n.", "a name holds a zero");
    REFUSES("ca\n\xff\n.", "a name is not UTF-8");
    REFUSES("c\xff\nC\n.", "a name is not UTF-8");
    REFUSES("\x8c\1aK\1\x93.", "a name is not a text");
    REFUSES("\x8c\2a\0\x8c\1C\x93.", "a name is not a text");
}

/* ---- identity ---- */

static void memo(void)
{
    SAYS("]q\0K\1ah\0\x86.", "([1], [1])");
    SAYS("]q\0h\0\x86.", "([], [])");
    OK(unpickled.root->items[0] == unpickled.root->items[1]);
    SAYS("]r\5\0\0\0j\5\0\0\0\x86.", "([], [])");
    OK(unpickled.root->items[0] == unpickled.root->items[1]);
    SAYS("]\x94}\x94h\0h\1\x86\x86\x86.", "([], ({}, ([], {})))");
    SAYS("]q\0}q\0h\0\x87.", "([], {}, {})");
    SAYS("]2\x86.", "([], [])");
    OK(unpickled.root->items[0] == unpickled.root->items[1]);
    SAYS("K\1K\2"
         "0.",
         "1");
    SAYS("K\1(0.", "1");
    SAYS("K\1(K\2K\3"
         "1.",
         "1");
    EQ(unpickled.count, 4 + 3);
    SAYS("]K\1a]\x86.", "([1], [])");
    REFUSES("h\0.", "it recalls what it never had");
    REFUSES("]q\1h\0.", "it recalls what it never had");
    REFUSES("]r\xff\xff\xff\xff.", "absurd number");
    REFUSES("q\0.", "a value is missing");
}

/* As Python writes a tuple that a list in it holds. */
static void cycles(void)
{
    EQ(unpickle("]q\0h\0a.", 7), TB_OK);
    EQ(unpickled.depth, -1);
    OK(unpickled.root->items[0] == unpickled.root);
    EQ(unpickle("}q\0K\1h\0s.", 9), TB_OK);
    EQ(unpickled.depth, -1);
    EQ(unpickle("ca\nC\n)\x81q\0}K\1h\0sb.", 19), TB_OK);
    EQ(unpickled.depth, -1);
    EQ(unpickle("]q\0h\0K\1\x86q\1aK\1\60\60h\1.", 18), TB_OK);
    EQ(unpickled.depth, -1);
    EQ(unpickle("(]q\0(h\0K\1K\2K\3tq\1aK\1K\2K\3\61h\1.", 27), TB_OK);
    EQ(unpickled.depth, -1);
}

static tb_status nested(int depth)
{
    char *bytes = malloc((size_t)depth * 2 + 1);
    memset(bytes, ']', (size_t)depth);
    memset(bytes + depth, 'a', (size_t)depth);
    bytes[2 * depth - 1] = '.';
    tb_status status = unpickle(bytes, (size_t)depth * 2);
    free(bytes);
    return status;
}

static void depths(void)
{
    READ("N.");
    EQ(unpickled.depth, 1);
    READ("]q\0h\0\x85h\0\x86\x86.");
    EQ(unpickled.depth, 4);
    READ("K\1Q\x85.");
    EQ(unpickled.depth, 3);
    READ("ca\nf\n)R]]a\x85sb.");
    EQ(nested(TB_PICKLED_DEPTH), TB_OK);
    EQ(unpickled.depth, TB_PICKLED_DEPTH);
    EQ(nested(TB_PICKLED_DEPTH + 1), TB_ERR_UNSUPPORTED);
    OK(strstr(error.text, "lie more than 400 deep in one another"));
    OK(!unpickled.root);
}

/* Each tuple holds the one before it twice: as a tree it would have 2^300
   leaves. The one that is found short first lies deep the second time. */
static void doubled(void)
{
    enum { TIMES = 300 };
    char bytes[3 + 5 * TIMES + 1] = ")q\0", *p = bytes + 3;
    for (int i = 0; i < TIMES; i++, p += 5)
        memcpy(p, "h\0\x86q\0", 5);
    *p = '.';
    EQ(unpickle(bytes, sizeof bytes), TB_OK);
    EQ(unpickled.depth, TIMES + 1);
    EQ(unpickled.count, TIMES + 4);
}

/* ---- what is refused ---- */

static void opcodes(void)
{
    static const char not_read[] = "FILPSTUVgiop\x82\x83\x84\x97\x98";
    bool named = true;
    for (const char *op = not_read; *op; op++)
        named = named && unpickle(op, 1) == TB_ERR_FORMAT &&
                strstr(error.text, "is not one of a model, at byte 0");
    OK(named);
    REFUSES("g0\n.", "the opcode GET is not one of a model");
    REFUSES("\xff.", "0xff is not an opcode");
    REFUSES("\x80\6N.", "the unknown protocol 6");
    REFUSES("", "it ends too early");
    REFUSES(".", "a value is missing");
    REFUSES("N", "it ends too early");
    REFUSES("(.", "a value is missing");
    REFUSES("t.", "a mark is missing");
    REFUSES("e.", "a mark is missing");
    REFUSES("1.", "a mark is missing");
    REFUSES("0.", "a value is missing");
    REFUSES("2.", "a value is missing");
    REFUSES("N(\x85.", "a value is missing");
    REFUSES("](a.", "a value is missing");
    REFUSES("NNb.", "a state is given");
    REFUSES("(e.", "a value is missing");
    REFUSES("Nb.", "a value is missing");
    REFUSES("NR.", "a value is missing");
    REFUSES("NQQ", "it ends too early");
    REFUSES("\x95\0\0\0", "it ends too early");
    SAYS("\x80\4\x95\1\0\0\0\0\0\0\0N.", "none");
}

/* Wherever a pickle is cut, it is refused. */
static void cut(void)
{
    static const char whole[] =
        "\x80\2ca\nC\nq\0)\x81}(X\1\0\0\0xq\1M\2\2J\1\1\1\1G\1\1\1\1\1\1\1\1"
        "\x87X\1\0\0\0y\x8a\1\1ub.";
    bool refused = true;
    for (size_t n = 0; n < sizeof whole - 1; n++)
        refused = refused && unpickle(whole, n) == TB_ERR_FORMAT;
    OK(refused);
    EQ(unpickle(whole, sizeof whole - 1), TB_OK);
}

/* `count` times a piece, between a beginning and "." */
static tb_status repeated(const char *begin, const char *piece, size_t count)
{
    size_t n = strlen(piece), before = strlen(begin);
    char *bytes = malloc(before + n * count + 1);
    memcpy(bytes, begin, before);
    for (size_t i = 0; i < count; i++)
        memcpy(bytes + before + i * n, piece, n);
    bytes[before + n * count] = '.';
    tb_status status = unpickle(bytes, before + n * count + 1);
    free(bytes);
    return status;
}

static void limits(void)
{
    EQ(repeated("", "]", 3 << 20), TB_ERR_FORMAT);
    OK(strstr(error.text, "it holds more than 2097152 values"));
    EQ(repeated("", "N", 3 << 20), TB_ERR_FORMAT);
    OK(strstr(error.text, "it piles up more than 2097152 values"));
    EQ(repeated("]", "Na", 5 << 20), TB_ERR_FORMAT);
    OK(strstr(error.text, "hold more than 4194304 values"));
    EQ(repeated("N", "(", TB_PICKLED_DEPTH), TB_ERR_FORMAT);
    OK(strstr(error.text, "a value is missing"));
    EQ(repeated("N", "(", TB_PICKLED_DEPTH + 1), TB_ERR_FORMAT);
    OK(strstr(error.text, "its values lie more than 400 deep"));
    char *large = calloc(1, (64 << 20) + 1);
    EQ(unpickle(large, (64 << 20) + 1), TB_ERR_UNSUPPORTED);
    OK(strstr(error.text, "has more than the 67108864 bytes"));
    free(large);
}

/* ---- questions ---- */

static void questions(void)
{
    READ("ca\nC\nK\7\x85\x81}(\x8c\1xK\1\x8c\1xK\2\x8c\2x\0K\3K\4K\5ub.");
    const tb_pickled *v = unpickled.root;
    EQ(tb_pickled_find(v, "x")->integer, 2);
    EQ(tb_pickled_find(v->state, "x")->integer, 2);
    OK(!tb_pickled_find(v, "y"));
    OK(!tb_pickled_find(NULL, "x"));
    OK(!tb_pickled_find(v->args, "x"));
    EQ(tb_pickled_argument(v, 0)->integer, 7);
    OK(!tb_pickled_argument(v, 1));
    OK(!tb_pickled_argument(NULL, 0));
    OK(!tb_pickled_argument(v->of, 0));
    OK(tb_pickled_is(v, TB_PICKLED_OBJECT));
    OK(!tb_pickled_is(NULL, TB_PICKLED_NONE));
    OK(tb_pickled_is_made(v) && !tb_pickled_is_made(v->of));
    OK(tb_pickled_is_global(v->of, "a", "C"));
    OK(!tb_pickled_is_global(v->of, "a", "D"));
    OK(!tb_pickled_is_global(v->of, "b", "C"));
    OK(!tb_pickled_is_call(v, "a", "C"));
    READ("ca\nC\nK\7R.");
    OK(tb_pickled_is_call(unpickled.root, "a", "C"));
    OK(!tb_pickled_argument(unpickled.root, 0));
}

int main(void)
{
    numbers();
    texts();
    containers();
    long_list();
    made();
    memo();
    cycles();
    depths();
    doubled();
    opcodes();
    cut();
    limits();
    questions();
    tb_arena_free(arena);
    return tap_done();
}
