/* Programs of TorchScript: bytes that begin with S are source, whose method f
   is called, with all ways that it takes planned beforehand; others choose
   functions of the tables and arguments for them. Of such a program each line
   stays that can be recorded, so that the next has something to compute with.
   What is left runs thrice, with state in between. */
#include "fuzz.h"

#include "base/memory.h"
#include "engine/ops.h"
#include "torchscript/interpreter.h"
#include "torchscript/parser.h"
#include "torchscript/script_call.h"
#include "torchscript/script_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 8, ROWS = 4, COLUMNS = 6, MOST = 1 << 16, STEPS = 10000 };
enum { TIMES = 3 };

static const char class_head[] = "class M(Module):\n"
                                 "  state : Tensor\n";
static const char f_head[] = "  def f(self, a: Tensor, b: Tensor):\n"
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
    o->items.kept = true;
    o->items.count = o->items.capacity = n;
    for (int i = 0; i < n; i++)
        o->items.at[i] = tb_script_of_tensor(t);
    return tb_script_storage_hold(s, m->arena, s->count);
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

static const tb_script_plan_settings settings = {.most_elements = MOST,
                                                 .most_steps = STEPS};

/* a [ROWS, COLUMNS] and b [2, ROWS, COLUMNS]. */
static void choose_inputs(tb_script_argument inputs[2])
{
    inputs[0] =
        (tb_script_argument){.is_input = true, .shape = tb_dims(ROWS, COLUMNS)};
    inputs[1] = (tb_script_argument){.is_input = true,
                                     .shape = tb_dims(2, ROWS, COLUMNS)};
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

static void run(tb_script_plan *p)
{
    fill(tb_script_plan_input(p, 0));
    fill(tb_script_plan_input(p, 1));
    tb_script_plan_run(p, 1);
}

/* As it is recorded each time that it does something else. */
static void play_plans(tb_script_module *m)
{
    tb_error error = {0};
    tb_script_plan *p = NULL;
    tb_script_argument inputs[2];
    choose_inputs(inputs);
    for (int i = 0; i < TIMES; i++) {
        if (!p || !tb_script_plan_holds(p)) {
            tb_script_plan_free(p);
            p = tb_script_plan_new(m, "f", 2, inputs, &settings, &error);
        }
        if (p)
            run(p);
        else if (!error.text[0])
            abort();
        else
            return;
    }
    tb_script_plan_free(p);
}

/* With all ways that it takes, recorded beforehand. */
static void play_ahead(tb_script_module *m)
{
    tb_error error = {0};
    tb_script_argument inputs[2];
    choose_inputs(inputs);
    if (tb_script_check(m, "f", &error) && !error.text[0])
        abort();
    tb_script_call *c =
        tb_script_call_new(m, "f", 2, inputs, &settings, &error);
    for (int i = 0; c && i < TIMES; i++) {
        tb_script_plan *p = tb_script_call_plan(c);
        p = p ? p : tb_script_call_prepare(c, &error);
        if (!p)
            break;
        run(p);
    }
    tb_script_call_free(c);
}

static void play(const char *source, size_t size, bool ahead)
{
    tb_script_module *m = open_source(source, size);
    if (m && ahead)
        play_ahead(m);
    else if (m)
        play_plans(m);
    tb_script_module_close(m);
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

/* Most functions want a tensor first. */
static void write_argument(bytes *b, int line, bool first, char *text,
                           size_t size)
{
    enum { TENSORS = 3 };
    static const char *const values[] = {
        "a",     "b",      "s",      "0",        "1",        "-1",
        "2",     "3",      "0.5",    "-2.",      "None",     "True",
        "False", "[1]",    "[0, 1]", "[2, 3]",   "[-1]",     "[4, 6]",
        "[]",    "[a, s]", "[b, b]", "\"mean\"", "6",        "4",
        "11",    "[a]",    "a[0]",   "s > 0",    "a.long()", "[1, 1, 1]"};
    unsigned n = sizeof values / sizeof *values, choice = next(b);
    if (first && choice % 8)
        n = TENSORS;
    if (choice % 3 == 0 && line > 0)
        snprintf(text, size, "v%u", (choice / 3) % (unsigned)line);
    else
        snprintf(text, size, "%s", values[choice % n]);
}

typedef struct program {
    int count;
    char call[LINES][400];
    bool keeps[LINES]; /* what it gives, as state */
    bool good[LINES];
} program;

static void choose_line(bytes *b, program *p)
{
    int line = p->count++;
    char *text = p->call[line];
    size_t size = sizeof p->call[line];
    unsigned high = next(b), form = next(b);
    const tb_builtin *f = choose_function(high << 8 | next(b));
    size_t n = (size_t)snprintf(text, size, "torch.%s%s(", f->name,
                                form & 1 ? "_" : "");
    int count = (int)(form >> 1 & 7);
    for (int i = 0; i < count && n + 64 < size; i++) {
        char argument[32];
        write_argument(b, line, i == 0, argument, sizeof argument);
        n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : "",
                              argument);
    }
    snprintf(text + n, size - n, ")");
    p->keeps[line] = form & 128;
}

/* ---- which of its lines can be recorded ---- */

/* Each line is a method of its own, g0 and so on, which takes the values that
   there are before it. */
static size_t write_trial(const program *p, char *text, size_t size)
{
    size_t n = (size_t)snprintf(text, size, "%s", class_head);
    for (int i = 0; i < p->count; i++) {
        n += (size_t)snprintf(text + n, size - n, "  def g%d(self, a, b, s", i);
        for (int k = 0; k < i; k++)
            n += (size_t)snprintf(text + n, size - n, ", v%d", k);
        n += (size_t)snprintf(text + n, size - n, "):\n    v = %s\n%s", //
                              p->call[i],
                              p->keeps[i] ? "    self.state = v\n" : "");
        n += (size_t)snprintf(text + n, size - n, "    return v\n");
    }
    return n;
}

enum { A, B, STATE, FIRST, VALUES = FIRST + LINES };

static tb_script_value new_input(tb_recording *r, const char *name,
                                 tb_shape shape)
{
    tb_value *v = tb_input(r->graph, name, TB_REAL, shape);
    return tb_script_of_tensor(tb_recording_tensor(r, TB_DTYPE_FLOAT32, v));
}

/* A recording of the lines before `line` that are good. */
static bool begin(tb_script_module *m, const program *p, int line,
                  tb_recording *r, tb_script_value *values)
{
    char name[8];
    if (tb_recording_init(r, NULL) != TB_OK)
        return false;
    r->most = MOST;
    r->most_steps = STEPS;
    r->versions = &m->versions;
    r->version = m->version;
    values[A] = new_input(r, "a", tb_dims(ROWS, COLUMNS));
    values[B] = new_input(r, "b", tb_dims(2, ROWS, COLUMNS));
    values[STATE] = m->root.object->items.at[0];
    for (int i = 0; i < LINES; i++)
        values[FIRST + i] = values[A];
    for (int i = 0; i < line; i++) {
        snprintf(name, sizeof name, "g%d", i);
        if (p->good[i])
            tb_interpret(m, r, &m->root, name, FIRST + i, values,
                         &values[FIRST + i]);
    }
    return true;
}

static bool try_line(tb_script_module *m, program *p, int line, tb_recording *r,
                     tb_script_value *values)
{
    char name[8];
    tb_script_value x;
    snprintf(name, sizeof name, "g%d", line);
    p->good[line] =
        tb_interpret(m, r, &m->root, name, FIRST + line, values, &x) &&
        tb_graph_check(r->graph, NULL) == TB_OK;
    if (p->good[line])
        values[FIRST + line] = x;
    r->error = (tb_error){0};
    if (tb_graph_check(r->graph, NULL) == TB_OK)
        return true;
    tb_recording_clear(r); /* a graph keeps its error */
    return begin(m, p, line, r, values);
}

static void try_lines(program *p)
{
    static char text[LINES * 800];
    tb_script_value values[VALUES];
    tb_recording r;
    tb_script_module *m = open_source(text, write_trial(p, text, sizeof text));
    if (!m)
        abort();
    bool good = begin(m, p, 0, &r, values);
    for (int i = 0; good && i < p->count; i++)
        good = try_line(m, p, i, &r, values);
    if (good)
        tb_recording_clear(&r);
    tb_script_module_close(m);
}

/* ---- all that can be ---- */

static void play_chosen(bytes *b)
{
    static char text[LINES * 500];
    program p = {0};
    while (p.count < LINES && b->left > 0)
        choose_line(b, &p);
    try_lines(&p);
    size_t n = (size_t)snprintf(text, sizeof text, "%s%s", class_head, f_head);
    for (int i = 0; i < p.count; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "    v%d = %s\n", i,
                              p.good[i] ? p.call[i] : "a");
        if (p.good[i] && p.keeps[i])
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "    self.state = v%d\n", i);
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "    return a%s\n",
                          p.count ? ", v0" : "");
    play(text, n, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes b = {data, size};
    if (size > 4096)
        return 0;
    if (size > 0 && data[0] == 'S')
        play((const char *)data + 1, size - 1, true);
    else
        play_chosen(&b);
    return 0;
}
