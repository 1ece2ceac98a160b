/* What the check of models says of types and axes of a first argument is what
   happens: each function is called with tensors of each, and many others. */
#include "engine/ops.h"
#include "tap.h"
#include "torchscript/checking.h"
#include "torchscript/script_tensor.h"

#include <string.h>

enum { OTHERS = 12, RANKS = 5 };

static const tb_dtype types[] = {TB_DTYPE_BOOL, TB_DTYPE_INT64,
                                 TB_DTYPE_FLOAT32, TB_DTYPE_COMPLEX64};
enum { TYPES = sizeof types / sizeof *types };

typedef struct trial {
    tb_recording r;
    uint64_t versions;
} trial;

static void begin(trial *t)
{
    tb_recording_init(&t->r, NULL);
    t->r.versions = &t->versions;
    t->r.most = 1 << 16;
    t->r.most_steps = 10000;
    t->r.version = 10;
}

static tb_script_value tensor_of(trial *t, tb_dtype type, int rank)
{
    tb_shape shape = {.rank = rank};
    for (int i = 0; i < rank; i++)
        shape.dim[i] = 2;
    return tb_script_of_tensor(tb_recording_tensor(
        &t->r, type, tb_fill_type(t->r.graph, tb_dtype_type(type), shape, 0)));
}

static tb_script_value list_of(trial *t, tb_script_value x, int n)
{
    tb_script_list *list = tb_new_list(&t->r);
    for (int i = 0; i < n; i++)
        tb_items_append(&t->r, &list->items, x);
    return (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
}

static tb_script_value other(trial *t, int i, const tb_script_value *first)
{
    static const struct {
        tb_dtype type;
        int rank;
    } tensors[] = {{TB_DTYPE_FLOAT32, 1}, {TB_DTYPE_FLOAT32, 2},
                   {TB_DTYPE_FLOAT32, 3}, {TB_DTYPE_INT64, 1},
                   {TB_DTYPE_INT64, 2},   {TB_DTYPE_BOOL, 2}};
    enum { TENSORS = sizeof tensors / sizeof *tensors };
    if (i < TENSORS)
        return tensor_of(t, tensors[i].type, tensors[i].rank);
    switch (i - TENSORS) {
    case 0:
        return *first;
    case 1:
        return tb_script_int(1);
    case 2:
        return tb_script_int(2);
    case 3:
        return list_of(t, tb_script_int(1), 1);
    case 4:
        return list_of(t, tb_script_int(1), 2);
    default:
        return list_of(t, tensor_of(t, TB_DTYPE_INT64, 1), 1);
    }
}

static bool call(trial *t, const tb_builtin *row, int count,
                 const tb_script_value *arguments, tb_script_value *out)
{
    tb_builtin_call c = {.r = &t->r, .function = row, .count = count};
    for (int i = 0; i < count; i++)
        c.arg[i] = arguments[i];
    return tb_builtin_run(&c, out) && !t->r.error.status &&
           tb_graph_check(t->r.graph, NULL) == TB_OK;
}

/* Whether some call comes out. */
static bool comes_out(const tb_builtin *row, tb_dtype type, int rank)
{
    bool good = false;
    for (int a = -1; !good && a < OTHERS; a++)
        for (int b = -1; !good && b < (a < 0 ? 0 : OTHERS); b++) {
            trial t = {.versions = 0};
            tb_script_value x[3], out;
            begin(&t);
            x[0] = tensor_of(&t, type, rank);
            if (a >= 0)
                x[1] = other(&t, a, x);
            if (b >= 0)
                x[2] = other(&t, b, x);
            good = call(&t, row, 1 + (a >= 0) + (b >= 0), x, &out);
            tb_recording_clear(&t.r);
        }
    return good;
}

static const char *wrong(const tb_builtin *row, tb_dtype type, int rank)
{
    static char room[160];
    tb_script_tensor t = {.dtype = type, .rank = rank};
    return tb_form_wrong(row->name, &t, room, sizeof room);
}

/* What is said cannot be does not come out. */
static void check_refused(const tb_builtin *row)
{
    for (int k = 0; k < TYPES; k++)
        for (int rank = 0; rank < RANKS; rank++)
            if (wrong(row, types[k], rank) &&
                !OK_NAMED(!comes_out(row, types[k], rank), row->name))
                fprintf(stderr, "# %s: %d axes of %s can be\n", row->name, rank,
                        tb_dtype_name(types[k]));
}

/* A type that never comes out, of a function that does with another, is said to
   be wrong. */
static void check_types(const tb_builtin *row)
{
    bool out[TYPES], any = false;
    for (int k = 0; k < TYPES; k++) {
        out[k] = false;
        for (int rank = 3; !out[k] && rank >= 0; rank--)
            out[k] = comes_out(row, types[k], rank);
        any |= out[k];
    }
    for (int k = 0; any && k < TYPES; k++)
        if (!OK_NAMED(out[k] || wrong(row, types[k], 3), row->name))
            fprintf(stderr, "# %s: %s cannot be\n", row->name,
                    tb_dtype_name(types[k]));
}

static void check_stays(const tb_builtin *row)
{
    for (int rank = 1; rank < RANKS; rank++) {
        trial t = {.versions = 0};
        tb_script_tensor form = {.dtype = TB_DTYPE_FLOAT32, .rank = rank};
        if (!tb_form_stays(row->name, &form))
            return;
        begin(&t);
        tb_script_value out, x[] = {tensor_of(&t, TB_DTYPE_FLOAT32, rank),
                                    list_of(&t, tb_script_int(0), 1)};
        bool ok = call(&t, row, 1, x, &out) || call(&t, row, 2, x, &out);
        OK_NAMED(ok && out.kind == TB_SCRIPT_TENSOR &&
                     out.tensor->dtype == TB_DTYPE_FLOAT32 &&
                     out.tensor->rank == rank,
                 row->name);
        tb_recording_clear(&t.r);
    }
}

int main(void)
{
    int count = 0;
    const tb_builtin *const *tables = tb_builtin_tables(&count);
    for (int i = 0; i < count; i++)
        for (const tb_builtin *row = tables[i]; row->name; row++) {
            if (strcmp(row->name, "RaiseException") == 0)
                continue;
            check_refused(row);
            check_types(row);
            check_stays(row);
        }
    return tap_done();
}
