/* Programs of TorchScript: bytes that begin with S are source, whose method f
   is called; others choose functions of the tables and arguments for them. Of
   such a program each line stays that can be recorded, so that the next has
   something to compute with. What is left runs twice, with state in between. */
#include "fuzz.h"

#include "base/memory.h"
#include "torchscript/functions.h"
#include "torchscript/parser.h"
#include "torchscript/script_plan.h"

#include <stdio.h>
#include <string.h>

enum { LINES = 8, ROWS = 4, COLUMNS = 6, MOST = 1 << 16 };

static const char head[] = "class M(Module):\n"
                           "  state : Tensor\n"
                           "  def f(self, a: Tensor, b: Tensor):\n"
                           "    s = self.state\n";

/* ---- a module of one class ---- */

static bool give_slots(tb_script_module *m, tb_script_object *o)
{
    tb_script_tensor *t = tb_arena_alloc(m->arena, sizeof *t);
    tb_script_storage *s = tb_arena_alloc(m->arena, sizeof *s);
    int n = o->class->source->slot_count;
    o->items.at = tb_arena_array(m->arena, (size_t)n + 1, sizeof *o->items.at);
    if (!t || !s || !o->items.at)
        return false;
    *s = (tb_script_storage){
        .name = "state", .dtype = TB_DTYPE_FLOAT32, .count = ROWS * COLUMNS};
    *t = (tb_script_tensor){.storage = s,
                            .dtype = TB_DTYPE_FLOAT32,
                            .rank = 2,
                            .dim = {ROWS, COLUMNS}};
    tb_script_tensor_pack(t);
    s->data = tb_script_storage_copy(s, m->arena);
    o->items.kept = true;
    o->items.count = o->items.capacity = n;
    for (int i = 0; i < n; i++)
        o->items.at[i] = tb_script_of_tensor(t);
    return s->data != NULL;
}

static tb_script_module *open_source(const char *source, size_t size)
{
    tb_script_module *m = tb_alloc(sizeof *m);
    tb_script_class *class = NULL;
    *m = (tb_script_module){
        .arena = tb_arena_new(), .syntax = tb_syntax_new(), .version = 10};
    if (m->arena && m->syntax &&
        tb_syntax_parse(m->syntax, source, size, "f.py", "__torch__", NULL) ==
            TB_OK)
        class = tb_script_module_class(m, "__torch__.M");
    tb_script_object *o = class ? tb_arena_alloc(m->arena, sizeof *o) : NULL;
    if (o) {
        o->class = class;
        m->root = (tb_script_value){.kind = TB_SCRIPT_OBJECT, .object = o};
    }
    if (o && give_slots(m, o))
        return m;
    tb_script_module_close(m);
    return NULL;
}

static tb_script_plan *record(tb_script_module *m)
{
    static const tb_script_plan_settings settings = {.most_elements = MOST};
    tb_error error = {0};
    const tb_script_argument arguments[2] = {
        {.is_input = true, .shape = tb_dims(ROWS, COLUMNS)},
        {.is_input = true, .shape = tb_dims(2, ROWS, COLUMNS)}};
    return tb_script_plan_new(m, "f", 2, arguments, &settings, &error);
}

static void fill(const tb_tensor *t)
{
    int64_t index[TB_RANK] = {0};
    int i = 0;
    if (!t)
        return;
    do
        ((float *)t->data)[tb_offset_of(t, index)] = 0.1f * (float)(i++ % 7);
    while (tb_next_index(t, index));
}

/* Whether it can be recorded; `times` calls. */
static bool play(const char *source, size_t size, int times)
{
    tb_script_module *m = open_source(source, size);
    tb_script_plan *p = m ? record(m) : NULL;
    bool good = p != NULL;
    for (int i = 0; p && i < times; i++) {
        if (!tb_script_plan_holds(p)) {
            tb_script_plan_free(p);
            p = record(m);
            continue;
        }
        fill(tb_script_plan_input(p, 0));
        fill(tb_script_plan_input(p, 1));
        tb_script_plan_run(p, 1);
    }
    tb_script_plan_free(p);
    tb_script_module_close(m);
    return good;
}

/* ---- programs that bytes choose ---- */

typedef struct bytes {
    const uint8_t *at;
    size_t left;
} bytes;

static unsigned next(bytes *b)
{
    if (b->left == 0)
        return 0;
    b->left--;
    return *b->at++;
}

static const tb_builtin *choose_function(unsigned choice)
{
    int count = 0;
    unsigned all = 0;
    const tb_builtin *const *tables = tb_builtin_tables(&count);
    for (int i = 0; i < count; i++)
        for (const tb_builtin *row = tables[i]; row->name; row++)
            all++;
    choice %= all;
    for (int i = 0; i < count; i++)
        for (const tb_builtin *row = tables[i]; row->name; row++)
            if (choice-- == 0)
                return row;
    return NULL;
}

static void write_argument(bytes *b, int line, char *text, size_t size)
{
    static const char *const values[] = {
        "a",     "b",      "s",         "0",        "1",        "-1",
        "2",     "3",      "0.5",       "-2.",      "None",     "True",
        "False", "[1]",    "[0, 1]",    "[2, 3]",   "[-1]",     "[4, 6]",
        "[]",    "[a, s]", "[b, b]",    "\"mean\"", "6",        "4",
        "11",    "[a]",    "CONSTANTS", "s > 0",    "a.long()", "[1, 1, 1]"};
    unsigned n = sizeof values / sizeof *values, choice = next(b);
    if (choice % 3 == 0 && line > 0)
        snprintf(text, size, "v%u", (choice / 3) % (unsigned)line);
    else
        snprintf(text, size, "%s", values[choice % n]);
}

static void write_line(bytes *b, int line, char *text, size_t size)
{
    unsigned high = next(b), form = next(b);
    const tb_builtin *f = choose_function(high << 8 | next(b));
    size_t n = (size_t)snprintf(text, size, "    v%d = torch.%s%s(", line,
                                f->name, form & 1 ? "_" : "");
    int count = (int)(form >> 1 & 7);
    for (int i = 0; i < count && n + 64 < size; i++) {
        char argument[32];
        write_argument(b, line, argument, sizeof argument);
        n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : "",
                              argument);
    }
    n += (size_t)snprintf(text + n, size - n, ")\n");
    if (form & 128)
        snprintf(text + n, size - n, "    self.state = v%d\n", line);
}

static void play_chosen(bytes *b)
{
    char source[8192], trial[8192 + 512];
    size_t n = (size_t)snprintf(source, sizeof source, "%s", head);
    for (int line = 0; line < LINES && b->left > 0; line++) {
        char text[400];
        write_line(b, line, text, sizeof text);
        int size = snprintf(trial, sizeof trial, "%s%s    return v%d\n", source,
                            text, line);
        if (n + strlen(text) + 64 > sizeof source)
            return;
        bool good = play(trial, (size_t)size, 0);
        n += (size_t)snprintf(source + n, sizeof source - n, "%s",
                              good ? text : "");
        if (!good)
            n += (size_t)snprintf(source + n, sizeof source - n,
                                  "    v%d = a\n", line);
    }
    int size = snprintf(trial, sizeof trial, "%s    return v0\n", source);
    play(trial, (size_t)size, 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes b = {data, size};
    if (size > 4096)
        return 0;
    if (size > 0 && data[0] == 'S')
        play((const char *)data + 1, size - 1, 3);
    else
        play_chosen(&b);
    return 0;
}
