/* Tensors and other values of PyTorch: of files that PyTorch wrote
   (golden/archives.py), and of pickles that it never writes. */
#include "torchscript/pickled_torch.h"

#include <stdlib.h>

#include "base/half.h"
#include "said.h"
#include "tap.h"
#include "zip_writer.h"

static tb_error error;
static tb_arena *arena;
static tb_archive *archive;
static tb_unpickled unpickled;

/* ---- files of PyTorch ---- */

static bool open_golden(const char *name)
{
    char path[4096];
    const void *data;
    const char *folder = getenv("TIMBREL_GOLDEN");
    snprintf(path, sizeof path, "%s/%s", folder ? folder : ".", name);
    arena = tb_arena_new();
    tb_status status = tb_archive_open(path, &archive, &error);
    tb_archive_entry *e =
        status == TB_OK ? tb_archive_find(archive, "data.pkl") : NULL;
    if (e)
        status = tb_archive_data(archive, e, &data, &error);
    if (e && status == TB_OK)
        status = tb_unpickle(data, e->bytes, name, arena, &unpickled, &error);
    if (!OK_NAMED(e && status == TB_OK, name))
        fprintf(stderr, "# %s\n", error.text);
    return e && status == TB_OK;
}

static void close_golden(void)
{
    tb_archive_close(archive);
    tb_arena_free(arena);
    archive = NULL;
    arena = NULL;
}

static double element(tb_dtype dtype, const unsigned char *p)
{
    union {
        float real;
        double wide;
        uint16_t half;
        int8_t i8;
        int16_t i16;
        int32_t i32;
        int64_t i64;
    } x;
    memcpy(&x, p, tb_dtype_size(dtype) < 8 ? tb_dtype_size(dtype) : 8);
    switch (dtype) {
    case TB_DTYPE_FLOAT32:
    case TB_DTYPE_COMPLEX64:
        return (double)x.real;
    case TB_DTYPE_FLOAT64:
        return x.wide;
    case TB_DTYPE_FLOAT16:
        return (double)tb_float_of_half(x.half);
    case TB_DTYPE_BFLOAT16:
        return (double)tb_float_of_bfloat(x.half);
    case TB_DTYPE_INT8:
        return x.i8;
    case TB_DTYPE_INT16:
        return x.i16;
    case TB_DTYPE_INT32:
        return x.i32;
    case TB_DTYPE_INT64:
        return (double)x.i64;
    default:
        return p[0];
    }
}

/* "float32[3, 2] 0 3 1 4 2 5", of up to two dimensions. */
static const char *tensor_said(const tb_pickled *value)
{
    tb_pickled_tensor t;
    const void *data;
    if (tb_pickled_tensor_read(value, archive, "data", "t", &t, &error) !=
            TB_OK ||
        tb_archive_data(archive, t.storage, &data, &error) != TB_OK)
        return error.text;
    said_bytes = 0;
    say("%s[", tb_dtype_name(t.dtype));
    for (int i = 0; i < t.rank; i++)
        say("%s%d", i ? ", " : "", (int)t.sizes[i]);
    say(t.requires_grad ? "] learned" : "]");
    int64_t columns = t.rank ? t.sizes[t.rank - 1] : 1;
    for (int64_t i = 0; i < t.elements; i++) {
        int64_t at = t.offset;
        if (t.rank)
            at += i % columns * t.strides[t.rank - 1];
        if (t.rank == 2)
            at += i / columns * t.strides[0];
        say(" %.9g", element(t.dtype, (const unsigned char *)data +
                                          (size_t)at * tb_dtype_size(t.dtype)));
    }
    return said_text;
}

static void check_state(const tb_pickled *state)
{
    static const char *const tensors[][2] = {
        {"transposed", "float32[3, 2] 0 3 1 4 2 5"},
        {"shared", "float32[3] 2 3 4"},
        {"parameter", "float32[2] learned 0.5 -0.5"},
        {"half", "float16[2] 1.5 -2"},
        {"bfloat", "bfloat16[2] 1.5 -2"},
        {"double", "float64[] 3.25"},
        {"bytes", "uint8[2] 0 255"},
        {"chars", "int8[2] -1 1"},
        {"shorts", "int16[2] -300 300"},
        {"ints", "int32[1] -70000"},
        {"longs", "int64[2] 1.09951163e+12 -1.09951163e+12"},
        {"bools", "bool[2] 1 0"},
        {"complex", "complex64[1] 1"},
        {"expanded", "float32[3, 4] 7 7 7 7 7 7 7 7 7 7 7 7"},
        {"empty", "float32[0, 3]"},
    };
    tb_pickled_tensor a, b;
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        SAME_TEXT(tensor_said(tb_pickled_find(state, tensors[i][0])),
                  tensors[i][1]);
    OK(strstr(tensor_said(tb_pickled_find(state, "quantised")),
              "_rebuild_qtensor: quantised"));
    tb_pickled_tensor_read(tb_pickled_find(state, "transposed"), archive,
                           "data", "t", &a, &error);
    tb_pickled_tensor_read(tb_pickled_find(state, "shared"), archive, "data",
                           "t", &b, &error);
    OK(a.storage == b.storage && a.storage_elements == 6 && b.offset == 2);
    SAME_TEXT(a.device, "cpu");
}

static void check_rest(const tb_pickled *root, bool newer)
{
    static const struct {
        const char *key, *says;
    } rest[] = {
        {"epoch", "3"},
        {"lr", "0.001f"},
        {"big", "1099511627776"},
        {"least", "-9223372036854775808"},
        {"minus", "-5"},
        {"names", "['a', 'b', '\xc3\xa4']"},
        {"pair", "(1, (2, 3, 4, 5))"},
        {"nothing", "none"},
        {"yes", "true"},
        {"device", "call torch.device of ('cuda', 1);"},
        {"size", "call torch.Size of ((2, 3));"},
        {"dtype", "torch.float32"},
    };
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        SAME_TEXT(said(tb_pickled_find(root, rest[i].key)), rest[i].says);
    SAME_TEXT(said(tb_pickled_find(root, "raw")),
              newer ? "b'\\0\xff'"
                    : "call _codecs.encode of ('\\0\xc3\xbf', 'latin1');");
    SAME_TEXT(said(tb_pickled_find(root, "set")),
              newer ? "<7>" : "call __builtin__.set of ([7]);");
    SAME_TEXT(said(tb_pickled_find(root, "frozen")),
              newer ? "<8>" : "call __builtin__.frozenset of ([8]);");
    double parts[2] = {0, 0};
    OK(tb_pickled_complex(tb_pickled_find(root, "complex"), parts));
    OK(parts[0] == 1 && parts[1] == -2);
    SAME_TEXT(tb_pickled_device(tb_pickled_find(root, "device")), "cuda");
    EQ(tb_pickled_size(tb_pickled_find(root, "size"))->count, 2);
    EQ(tb_pickled_find(root, "long list")->count, 2000);
    EQ(tb_pickled_find(root, "long list")->items[1999]->integer, 1999);
    EQ(root->items[root->count - 2]->text_bytes, 400);
}

static void checkpoints(void)
{
    for (int newer = 0; newer < 2; newer++) {
        if (open_golden(newer ? "archive_state4.ckpt" : "archive_state.ckpt")) {
            check_state(tb_pickled_find(unpickled.root, "state_dict"));
            check_rest(unpickled.root, newer);
            OK(unpickled.depth > 3);
            EQ(tb_archive_check_order(archive, &error), TB_OK);
        }
        close_golden();
    }
}

static void module(void)
{
    static const char *const lists[][3] = {
        {"ints", "[1, -2, 300]", "List[int]"},
        {"reals", "[0.5f]", "List[float]"},
        {"flags", "[true, false]", "List[bool]"},
        {"tags", "['a', 'b']", "List[str]"},
        {"table", "{'k': 1}", "Dict[str, int]"},
        {"pair", "(1, 't')", NULL},
        {"maybe", "none", NULL},
        {"colour", "call __torch__.Colour of 2;", NULL},
    };
    if (open_golden("archive_module.ts")) {
        const tb_pickled *m = unpickled.root;
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            const char *type = "?";
            SAME_TEXT(
                said(tb_pickled_untag(tb_pickled_find(m, lists[i][0]), &type)),
                lists[i][1]);
            OK(type == lists[i][2] || strcmp(type, lists[i][2]) == 0);
        }
        OK(tb_pickled_is_global(m->of, "__torch__", "Outer"));
        SAME_TEXT(tensor_said(tb_pickled_find(m, "view")), "int64[4] 2 4 6 8");
        SAME_TEXT(tensor_said(tb_pickled_find(m, "narrow")), "float16[2] 1 1");
        SAME_TEXT(tb_pickled_device(tb_pickled_find(m, "device")), "cpu");
        const tb_pickled *first = tb_pickled_find(m, "first");
        SAME_TEXT(tensor_said(tb_pickled_find(first, "weight")),
                  "float32[4] learned 0 1 2 3");
        OK(tb_pickled_find(first, "weight") ==
           tb_pickled_find(tb_pickled_find(m, "second"), "weight"));
    }
    close_golden();
}

/* ---- what PyTorch does not write ---- */

/* A piece of a pickle, which may hold zeros. */
typedef struct pickle_piece {
    const char *at;
    size_t bytes;
} pickle_piece;

#define P(bytes)                                                               \
    {                                                                          \
        bytes, sizeof bytes - 1                                                \
    }
#define STORAGE(type, key, count)                                              \
    P("(\x8c\7storagec" type "\n\x8c\1" key "\x8c\3"                           \
      "cpuK" count "tQ")
#define FLOATS STORAGE("torch\nFloatStorage", "0", "\4")

/* What rebuilds a tensor, and what is said of it. */
typedef struct tensor_case {
    pickle_piece call, storage, offset, sizes, strides;
    const char *says;
} tensor_case;

static const char *read_case(const tensor_case *c)
{
    zip_bytes pickle = {0};
    const pickle_piece pieces[] = {c->call,      P("\n("), c->storage,
                                   c->offset,    c->sizes, c->strides,
                                   P("\x89}tR.")};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        zip_put(&pickle, pieces[i].at, pieces[i].bytes);
    tb_status status =
        tb_unpickle(pickle.at, pickle.size, "p", arena, &unpickled, &error);
    free(pickle.at);
    return status == TB_OK ? tensor_said(unpickled.root) : error.text;
}

#define CALL P("ctorch._utils\n_rebuild_tensor_v2")
static const tensor_case tensor_cases[] = {
    {CALL, FLOATS, P("K\1"), P("(K\3t"), P("(K\1t"), "float32[3] 2 3 4"},
    {CALL, FLOATS, P("K\1"), P("ctorch\nSize\n(K\3t\x85R"), P("(K\1t"),
     "float32[3] 2 3 4"},
    {CALL, FLOATS, P("K\3"), P("(K\1K\1t"), P("(K\xffK\xfft"),
     "float32[1, 1] 4"},
    {CALL, FLOATS, P("K\1"), P("(K\4t"), P("(K\1t"), "reaches beyond"},
    {CALL, FLOATS, P("K\1"), P("(K\3t"), P("(K\2t"), "reaches beyond"},
    {CALL, FLOATS, P("J\xff\xff\xff\xff"), P("(K\1t"), P("(K\1t"),
     "reaches beyond"},
    {CALL, FLOATS, P("K\5"), P("(K\0t"), P("(K\1t"), "reaches beyond"},
    {CALL, FLOATS, P("K\4"), P("(K\0t"), P("(K\1t"), "float32[0]"},
    {CALL, FLOATS, P("K\4"), P("(t"), P("(t"), "reaches beyond"},
    {CALL, FLOATS, P("K\3"), P("(t"), P("(t"), "float32[] 4"},
    {CALL, FLOATS, P("N"), P("(t"), P("(t"), "not described as PyTorch"},
    {CALL, FLOATS, P("K\0"), P("(K\1t"), P("(t"), "not described as PyTorch"},
    {CALL, FLOATS, P("K\0"), P("(K\1t"), P("N"), "not described as PyTorch"},
    {CALL, FLOATS, P("K\0"), P("(Nt"), P("(K\1t"), "not described as PyTorch"},
    {CALL, FLOATS, P("K\0"), P("(K\1t"), P("(J\xff\xff\xff\xfft"),
     "not described as PyTorch"},
    {CALL, FLOATS, P("K\0"),
     P("(\x8a\10\xff\xff\xff\xff\xff\xff\xff\x7f\x8a\1\2t"), P("(K\0K\0t"),
     "reaches beyond"},
    {CALL, FLOATS, P("K\1"), P("(K\2t"),
     P("(\x8a\10\xff\xff\xff\xff\xff\xff\xff\x7ft"), "reaches beyond"},
    {CALL, FLOATS, P("K\0"), P("(J\0\0\0\x10t"), P("(K\0t"), "too often"},
    {CALL, FLOATS, P("K\0"),
     P("(K\1K\1K\1K\1K\1K\1K\1K\1K\1K\1K\1K\1K\1K\1K\1K\1K\1t"), P("(K\1t"),
     "it has 17 dimensions"},
    {CALL, STORAGE("torch\nFloatStorage", "1", "\4"), P("K\0"), P("(K\1t"),
     P("(K\1t"), "the file has no 'data/1'"},
    {CALL, STORAGE("torch\nFloatStorage", "0", "\5"), P("K\0"), P("(K\1t"),
     P("(K\1t"), "holds fewer numbers"},
    {CALL, STORAGE("torch\nDoubleStorage", "0", "\4"), P("K\0"), P("(K\1t"),
     P("(K\1t"), "holds fewer numbers"},
    {CALL, STORAGE("torch\nQInt8Storage", "0", "\4"), P("K\0"), P("(K\1t"),
     P("(K\1t"), "in a torch.QInt8Storage"},
    {CALL,
     P("(\x8c\6shelvectorch\nFloatStorage\n\x8c\1"
       "0\x8c\1"
       "cK\1tQ"),
     P("K\0"), P("(K\1t"), P("(K\1t"), "not described as PyTorch"},
    {CALL, P("(\x8c\7storagetQ"), P("K\0"), P("(K\1t"), P("(K\1t"),
     "not described as PyTorch"},
    {CALL, P("(\x8c\7storageK\1K\2K\3K\4tQ"), P("K\0"), P("(K\1t"), P("(K\1t"),
     "not described as PyTorch"},
    {CALL, P("K\1"), P("K\0"), P("(K\1t"), P("(K\1t"),
     "not described as PyTorch"},
    {P("ctorch._utils\n_rebuild_sparse_tensor"), FLOATS, P("K\0"), P("(K\1t"),
     P("(K\1t"), "_rebuild_sparse_tensor"},
    {P("ctorch._utils\n_rebuild_parameter"), FLOATS, P("K\0"), P("(K\1t"),
     P("(K\1t"), "not described as PyTorch"},
    {P("cos\nsystem"), FLOATS, P("K\0"), P("(K\1t"), P("(K\1t"),
     "not described as PyTorch"},
};

static void tensors(void)
{
    static const float numbers[4] = {1, 2, 3, 4};
    zip_writer z = {0};
    zip_add(&z, "m/data/0", numbers, sizeof numbers, 0);
    zip_finish(&z, 0);
    tb_archive_read(z.file.at, z.file.size, "m", &archive, &error);
    arena = tb_arena_new();
    for (size_t i = 0; i < sizeof tensor_cases / sizeof *tensor_cases; i++) {
        const char *says = read_case(&tensor_cases[i]);
        if (!OK_NAMED(strstr(says, tensor_cases[i].says), tensor_cases[i].says))
            fprintf(stderr, "# case %zu: %s\n", i, says);
    }
    close_golden();
    zip_free(&z);
}

#define READ(bytes) read_value(bytes, sizeof bytes - 1)

static tb_pickled *read_value(const char *bytes, size_t size)
{
    tb_arena_free(arena);
    arena = tb_arena_new();
    if (!OK(tb_unpickle(bytes, size, "p", arena, &unpickled, &error) == TB_OK))
        fprintf(stderr, "# %s\n", error.text);
    return unpickled.root;
}

static void other_values(void)
{
    const char *type = "?";
    double parts[2];
    tb_pickled *v = READ("ctorch.jit._pickle\nbuild_tensorlist\n]\x85R.");
    OK(tb_pickled_untag(v, &type) == v->args->items[0]);
    SAME_TEXT(type, "List[Tensor]");
    v = READ("ctorch.jit._pickle\nrestore_type_tag\n]\x85R.");
    OK(tb_pickled_untag(v, &type) == v && !type);
    v = READ("ctorch.jit._pickle\nrestore_type_tag\n]N\x86R.");
    OK(tb_pickled_untag(v, &type) == v && !type);
    OK(!tb_pickled_untag(NULL, &type) && !type);
    OK(!tb_pickled_device(v) && !tb_pickled_size(v));
    OK(!tb_pickled_complex(v, parts) && !tb_pickled_is_tensor(v));
    v = READ("ctorch\ndevice\nN\x85R.");
    OK(!tb_pickled_device(v));
    v = READ("ctorch\nSize\nN\x85R.");
    OK(!tb_pickled_size(v));
    v = READ("cbuiltins\ncomplex\nNN\x86R.");
    OK(!tb_pickled_complex(v, parts));
    v = READ("ctorch\nSize\n(K\1t\x85R.");
    OK(tb_pickled_size(v) == v->args->items[0]);
    v = READ("(K\1t.");
    OK(tb_pickled_size(v) == v);
    OK(!tb_dtype_name((tb_dtype)8) && !tb_dtype_size((tb_dtype)8));
    OK(!tb_dtype_name((tb_dtype)16) && !tb_dtype_size((tb_dtype)-1));
    close_golden();
}

static tb_status order(const char *text)
{
    zip_writer z = {0};
    zip_add(&z, "m/byteorder", text, strlen(text), 0);
    zip_finish(&z, 0);
    tb_archive_read(z.file.at, z.file.size, "m", &archive, &error);
    tb_status status = tb_archive_check_order(archive, &error);
    close_golden();
    zip_free(&z);
    return status;
}

static void orders(void)
{
    EQ(order("little"), TB_OK);
    EQ(order("big"), TB_ERR_UNSUPPORTED);
    OK(strstr(error.text, "big-endian"));
    EQ(order("litter"), TB_ERR_UNSUPPORTED);
}

int main(void)
{
    checkpoints();
    module();
    tensors();
    other_values();
    orders();
    return tap_done();
}
