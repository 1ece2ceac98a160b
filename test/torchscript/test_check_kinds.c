/* What the check of models says of kinds is what happens: each function is
   called with each kind as its first argument, and many as the others. */
#include "engine/ops.h"
#include "tap.h"
#include "torchscript/checking.h"

#include <string.h>

typedef struct trial {
    tb_recording r;
    uint64_t versions;
    tb_script_value tensor, numbers, tensors, texts, none, text, template, dict;
} trial;

static tb_script_value list_of(trial *t, tb_script_kind kind, int n,
                               const tb_script_value *x)
{
    tb_script_list *list = tb_new_list(&t->r);
    for (int i = 0; i < n; i++)
        tb_items_append(&t->r, &list->items, x[i]);
    return (tb_script_value){.kind = kind, .list = list};
}

static tb_script_value tensor_of(trial *t, tb_shape shape)
{
    tb_value *v = tb_fill(t->r.graph, shape, 0.5);
    return tb_script_of_tensor(tb_recording_tensor(&t->r, TB_DTYPE_FLOAT32, v));
}

static void begin(trial *t)
{
    tb_recording_init(&t->r, NULL);
    t->r.versions = &t->versions;
    t->r.most = 1 << 16;
    t->r.most_steps = 10000;
    t->r.version = 10;
    t->tensor = tensor_of(t, tb_dims(2, 2));
    t->text = tb_script_string("ab");
    t->template = tb_script_string("{}b,a");
    tb_script_value numbers[2] = {tb_script_int(2), tb_script_int(1)};
    tb_script_value two[2] = {t->tensor, t->tensor},
                    texts[2] = {t->text, t->text};
    t->numbers = list_of(t, TB_SCRIPT_LIST, 2, numbers);
    t->tensors = list_of(t, TB_SCRIPT_LIST, 2, two);
    t->texts = list_of(t, TB_SCRIPT_LIST, 2, texts);
    tb_script_dict *dict = tb_arena_alloc(t->r.arena, sizeof *dict);
    tb_items_append(&t->r, &dict->items, t->text);
    tb_items_append(&t->r, &dict->items, tb_script_int(1));
    t->dict = (tb_script_value){.kind = TB_SCRIPT_DICT, .dict = dict};
}

/* Variants of a kind; how many. */
static int firsts(trial *t, tb_script_kind kind, tb_script_value *x)
{
    static const double i[2] = {0, 1};
    tb_script_value row[2];
    switch (kind) {
    case TB_SCRIPT_STRING:
        x[0] = t->text;
        x[1] = t->template;
        x[2] = tb_script_string("3");
        x[3] = tb_script_string("a");
        x[4] = tb_script_string("ij,jk->ik");
        return 5;
    case TB_SCRIPT_LIST:
        row[0] = row[1] = t->numbers;
        x[0] = t->numbers;
        x[1] = t->tensors;
        x[2] = t->texts;
        x[3] = list_of(t, kind, 0, NULL);
        x[4] = list_of(t, kind, 2, row);
        row[0] = tb_script_bool(true);
        x[5] = list_of(t, kind, 1, row);
        row[0] = tensor_of(t, tb_dims(2));
        x[6] = list_of(t, kind, 1, row);
        return 7;
    case TB_SCRIPT_TUPLE:
        x[0] = list_of(t, kind, 2, t->numbers.list->items.at);
        x[1] = list_of(t, kind, 2, t->tensors.list->items.at);
        row[0] = tensor_of(t, tb_dims(2));
        x[2] = list_of(t, kind, 1, row);
        row[0] = tb_script_bool(true);
        x[3] = list_of(t, kind, 1, row);
        return 4;
    case TB_SCRIPT_DICT:
        x[0] = t->dict;
        return 1;
    case TB_SCRIPT_TENSOR:
        x[0] = t->tensor;
        x[1] = tensor_of(t, tb_dims(2));
        x[2] = tensor_of(t, (tb_shape){0});
        x[3] = tensor_of(t, tb_dims(2, 2, 2));
        x[4] = tensor_of(t, tb_dims(2, 2, 2, 2));
        return 5;
    case TB_SCRIPT_NONE:
    case TB_SCRIPT_DEVICE:
        x[0] = (tb_script_value){.kind = kind};
        return 1;
    default:
        x[0] = (tb_script_value){.kind = TB_SCRIPT_COMPLEX, .complex = i};
        return 1;
    }
}

/* One call; whatever it breaks is made anew. */
static bool call(trial *t, const tb_builtin *row, int count,
                 const tb_script_value *arguments)
{
    tb_builtin_call c = {.r = &t->r, .function = row, .count = count};
    tb_script_value out;
    for (int i = 0; i < count; i++)
        c.arg[i] = arguments[i];
    return tb_builtin_run(&c, &out) && !t->r.error.status &&
           tb_graph_check(t->r.graph, NULL) == TB_OK;
}

enum { OTHERS = 7, VARIANTS = 8 };

static void choose_other(const trial *t, int i, const tb_script_value *first,
                         tb_script_value *x)
{
    const tb_script_value all[OTHERS] = {*first,     tb_script_int(1), t->text,
                                         t->numbers, t->tensor,        t->texts,
                                         t->tensors};
    *x = all[i];
}

/* Whether some call of the row with variant v of the kind comes out. */
static bool comes_out(const tb_builtin *row, tb_script_kind kind, int v)
{
    tb_script_value x[VARIANTS], arguments[3];
    bool good = false, more = true;
    for (int a = -1; more && !good && a < OTHERS; a++)
        for (int b = -1; more && !good && b < (a < 0 ? 0 : OTHERS); b++) {
            trial t = {.versions = 0};
            begin(&t);
            more = v < firsts(&t, kind, x);
            arguments[0] = x[more ? v : 0];
            if (a >= 0)
                choose_other(&t, a, &arguments[0], &arguments[1]);
            if (b >= 0)
                choose_other(&t, b, &arguments[0], &arguments[2]);
            good = more && call(&t, row, 1 + (a >= 0) + (b >= 0), arguments);
            tb_recording_clear(&t.r);
        }
    return good;
}

static void check_row(const tb_builtin *row)
{
    static const tb_script_kind kinds[] = {
        TB_SCRIPT_STRING,  TB_SCRIPT_LIST, TB_SCRIPT_TUPLE, TB_SCRIPT_DICT,
        TB_SCRIPT_COMPLEX, TB_SCRIPT_NONE, TB_SCRIPT_DEVICE};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        bool good = strcmp(row->name, "RaiseException") == 0;
        for (int v = 0; !good && v < VARIANTS; v++)
            good = comes_out(row, kinds[k], v);
        if (!OK_NAMED(good == tb_builtin_takes(row->name, kinds[k]), row->name))
            fprintf(stderr, "# %s of %s: it %s\n", row->name,
                    tb_script_kind_name(kinds[k]),
                    good ? "can be" : "cannot be");
    }
}

/* Of tensors, those that take none are listed. */
static void check_tensors(const tb_builtin *row)
{
    bool good = false;
    if (tb_builtin_takes(row->name, TB_SCRIPT_TENSOR))
        return;
    for (int v = 0; !good && v < VARIANTS; v++)
        good = comes_out(row, TB_SCRIPT_TENSOR, v);
    OK_NAMED(!good, row->name);
}

int main(void)
{
    int count = 0;
    const tb_builtin *const *tables = tb_builtin_tables(&count);
    for (int i = 0; i < count; i++)
        for (const tb_builtin *row = tables[i]; row->name; row++) {
            check_row(row);
            check_tensors(row);
        }
    return tap_done();
}
