/* Each function against what PyTorch answered (golden/functions.py says how the
   cases are made). An argument is a text that a case's name must contain. */
#include "base/json.h"
#include "base/memory.h"
#include "base/paths.h"
#include "functions_missing.h"
#include "noise.h"
#include "tap.h"
#include "torchscript/parser.h"
#include "torchscript/script_check.h"
#include "torchscript/script_plan.h"

#include <stdlib.h>

enum { MOST_INPUTS = 16, SUMS = 6, MOST_CASES = 2048 };

static const char *wanted;

static int64_t integer(const tb_json *s, const char *key)
{
    int64_t x = 0;
    tb_json_as_integer(tb_json_find(s, key), INT32_MIN, INT32_MAX, &x);
    return x;
}

static double number(const tb_json *x)
{
    double y = NAN;
    const char *text = tb_json_as_text(x);
    if (text)
        return strcmp(text, "inf") == 0    ? HUGE_VAL
               : strcmp(text, "-inf") == 0 ? -HUGE_VAL
                                           : NAN;
    tb_json_as_number(x, &y);
    return y;
}

/* ---- a module around one function ---- */

/* The function as the method of a class. */
static char *source_of(const tb_json *line, const char *key)
{
    const char *p = "", *head = "class M(Module):\n  __parameters__ = []\n"
                                "  __buffers__ = []\n";
    tb_json_text(line, key, &p, NULL);
    size_t size = strlen(head) + 4 * strlen(p) + 100, n = strlen(head);
    char *text = tb_alloc(size);
    memcpy(text, head, n);
    bool none = strncmp(p, "def f()", 7) == 0;
    n += (size_t)snprintf(text + n, size - n, "  def f(self: __torch__.M%s",
                          none ? "" : ", ");
    for (p += strlen("def f("); *p; p++) {
        text[n++] = *p;
        if (*p == '\n' && p[1]) {
            text[n++] = ' ';
            text[n++] = ' ';
        }
    }
    text[n] = 0;
    return text;
}

static tb_script_module *module_of(const tb_json *line, const char *key,
                                   tb_error *error)
{
    tb_script_module *m = tb_alloc(sizeof *m);
    char *source = source_of(line, key);
    *m = (tb_script_module){
        .arena = tb_arena_new(), .syntax = tb_syntax_new(), .version = 10};
    if (tb_json_find(line, "version"))
        m->version = (int)integer(line, "version");
    if (tb_syntax_parse(m->syntax, source, strlen(source), "f.py", "__torch__",
                        error) == TB_OK) {
        tb_script_object *o = tb_arena_alloc(m->arena, sizeof *o);
        o->class = tb_script_module_class(m, "__torch__.M");
        o->items.kept = true;
        o->items.at = tb_arena_array(m->arena, 1, sizeof *o->items.at);
        m->root = (tb_script_value){.kind = TB_SCRIPT_OBJECT, .object = o};
    }
    tb_free(source);
    return m;
}

/* ---- inputs ---- */

static tb_dtype dtype_named(const char *name)
{
    for (int i = 0; i <= TB_DTYPE_BFLOAT16; i++) {
        const char *other = tb_dtype_name((tb_dtype)i);
        if (other && strcmp(other, name) == 0)
            return (tb_dtype)i;
    }
    return TB_DTYPE_FLOAT32;
}

static void put(tb_script_storage *s, int64_t i, double x)
{
    switch (tb_dtype_type(s->dtype)) {
    case TB_I64:
        ((int64_t *)s->data)[i] = (int64_t)x;
        break;
    case TB_BOOL:
        ((uint8_t *)s->data)[i] = x != 0;
        break;
    default: /* complex numbers as pairs */
        ((float *)s->data)[i] = (float)x;
        break;
    }
}

/* The tensor is state: looked at where a program does so, and otherwise
   computed with when the plan runs. */
static tb_script_value tensor_of(tb_script_module *m, const tb_json *a,
                                 const char *dtype)
{
    tb_script_tensor *t = tb_arena_alloc(m->arena, sizeof *t);
    tb_script_storage *s = tb_arena_alloc(m->arena, sizeof *s);
    t->storage = s;
    t->dtype = s->dtype = dtype_named(dtype);
    for (const tb_json *d = tb_json_first(tb_json_find(a, "shape")); d;
         d = tb_json_next(d))
        t->dim[t->rank++] = (int64_t)number(d);
    tb_script_tensor_pack(t);
    s->count = tb_script_tensor_count(t);
    s->name = tb_arena_printf(m->arena, "input.%d", m->made++);
    s->data = tb_arena_array(m->arena, (size_t)s->count + 1, 8);
    s->held = s->count;
    s->changes = s->count > 0;
    int64_t i = 0;
    for (const tb_json *x = tb_json_first(tb_json_find(a, "data")); x;
         x = tb_json_next(x))
        put(s, i++, number(x));
    for (i = 0; tb_json_find(a, "noise") && i < s->count; i++)
        put(s, i, noise(integer(a, "noise"), i));
    return tb_script_of_tensor(t);
}

static tb_script_value plain_of(const tb_json *a, const char *type)
{
    const tb_json *x = tb_json_find(a, "value");
    if (strcmp(type, "int") == 0)
        return tb_script_int((int64_t)number(x));
    if (strcmp(type, "str") == 0)
        return tb_script_string(tb_json_as_text(x));
    return tb_script_float(number(x));
}

static tb_script_value value_of(tb_script_module *m, const tb_json *a)
{
    const char *text = NULL;
    if (tb_json_is_array(a)) {
        tb_script_list *list = tb_arena_alloc(m->arena, sizeof *list);
        list->items.at = tb_arena_array(m->arena, 64, sizeof *list->items.at);
        list->items.capacity = 64;
        list->items.kept = true;
        for (const tb_json *x = tb_json_first(a); x; x = tb_json_next(x))
            list->items.at[list->items.count++] = value_of(m, x);
        return (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    }
    tb_json_text(a, tb_json_find(a, "dtype") ? "dtype" : "type", &text, NULL);
    return tb_json_find(a, "dtype") ? tensor_of(m, a, text) : plain_of(a, text);
}

/* ---- outputs ---- */

/* Number i of a tensor's, complex ones as two. */
static double element(const tb_script_tensor *t, int64_t i)
{
    bool pair = tb_dtype_type(t->dtype) == TB_C64;
    int64_t at = tb_script_tensor_place(t, pair ? i / 2 : i);
    const void *data = t->storage->data;
    switch (tb_dtype_type(t->dtype)) {
    case TB_I64:
        return (double)((const int64_t *)data)[at];
    case TB_BOOL:
        return ((const uint8_t *)data)[at];
    case TB_C64:
        return (double)((const float *)data)[2 * at + i % 2];
    default:
        return (double)((const float *)data)[at];
    }
}

static bool is_near(double x, double y, double tolerance)
{
    return isnan(y) || isinf(y) ? isnan(x) == isnan(y) && (isnan(y) || x == y)
                                : fabs(x - y) <= tolerance;
}

/* Of the norm. Numbers of 16 bits are computed with in 32 here, and PyTorch
   rounds them. */
static double tolerance_of(tb_dtype dtype)
{
    return dtype == TB_DTYPE_FLOAT16    ? 1e-3
           : dtype == TB_DTYPE_BFLOAT16 ? 8e-3
                                        : 1e-5;
}

static bool all_near(const tb_script_tensor *t, int64_t n, const tb_json *data)
{
    double square = 0, room = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(element(t, i)))
            square += element(t, i) * element(t, i);
    bool real = tb_dtype_is_real(t->dtype) || tb_dtype_type(t->dtype) == TB_C64;
    if (real)
        room = tolerance_of(t->dtype) * sqrt(square) + 1e-30;
    const tb_json *x = tb_json_first(data);
    for (int64_t i = 0; i < n; i++, x = tb_json_next(x))
        if (!x || !is_near(element(t, i), number(x), room)) {
            fprintf(stderr, "# element %d is %.9g, not %.9g\n", (int)i,
                    element(t, i), x ? number(x) : NAN);
            return false;
        }
    return x == NULL;
}

static double number_at(const tb_json *array, int i)
{
    const tb_json *item = tb_json_first(array);
    for (; item && i > 0; i--)
        item = tb_json_next(item);
    return item ? number(item) : NAN;
}

static bool is_alike(const tb_script_tensor *t, int64_t n, const tb_json *a)
{
    double norm = number(tb_json_find(a, "norm")), square = 0;
    for (int64_t i = 0; i < n; i++)
        square += element(t, i) * element(t, i);
    double worst = fabs(sqrt(square) - norm);
    for (int k = 0; k < SUMS; k++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += element(t, i) * noise(1000 + k, i);
        worst = fmax(worst, fabs(sum - number_at(tb_json_find(a, "sums"), k)));
        worst = fmax(worst, fabs(element(t, k * (n - 1) / (SUMS - 1)) -
                                 number_at(tb_json_find(a, "values"), k)));
    }
    if (!(worst <= tolerance_of(t->dtype) * norm))
        fprintf(stderr, "# off by %g of the norm\n", worst / norm);
    return worst <= tolerance_of(t->dtype) * norm;
}

static bool same_tensor(const tb_script_tensor *t, const tb_json *a)
{
    const char *dtype = "";
    int rank = 0;
    tb_json_text(a, "dtype", &dtype, NULL);
    bool same = strcmp(tb_dtype_name(t->dtype), dtype) == 0;
    for (const tb_json *d = tb_json_first(tb_json_find(a, "shape")); d;
         d = tb_json_next(d), rank++)
        same = same && rank < t->rank && t->dim[rank] == (int64_t)number(d);
    if (!same || rank != t->rank) {
        fprintf(stderr, "# %s of another type or shape than %s\n",
                tb_dtype_name(t->dtype), dtype);
        return false;
    }
    int64_t n = tb_script_tensor_count(t);
    if (n == 0)
        return true;
    tb_script_storage_bring(t->storage);
    n *= tb_dtype_type(t->dtype) == TB_C64 ? 2 : 1;
    return tb_json_find(a, "data") ? all_near(t, n, tb_json_find(a, "data"))
                                   : is_alike(t, n, a);
}

static bool same_plain(const tb_script_value *x, const tb_json *a)
{
    static const struct {
        const char *name;
        tb_script_kind kind;
    } kinds[] = {{"int", TB_SCRIPT_INT},
                 {"float", TB_SCRIPT_FLOAT},
                 {"bool", TB_SCRIPT_BOOL},
                 {"str", TB_SCRIPT_STRING}};
    const char *type = "";
    const tb_json *y = tb_json_find(a, "value");
    bool flag = false, same = false;
    tb_json_text(a, "type", &type, NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        same |= strcmp(kinds[i].name, type) == 0 && kinds[i].kind == x->kind;
    if (same && x->kind == TB_SCRIPT_STRING)
        same = strcmp(x->string, tb_json_as_text(y)) == 0;
    else if (same && x->kind == TB_SCRIPT_BOOL)
        same = tb_json_as_flag(y, &flag) && flag == x->boolean;
    else if (same && x->kind == TB_SCRIPT_INT)
        same = (double)x->integer == number(y);
    else if (same)
        same = is_near(x->real, number(y), 1e-7 * fabs(number(y)));
    if (!same)
        fprintf(stderr, "# %s is another value, of %s\n",
                tb_script_kind_name(x->kind), type);
    return same;
}

static bool same_value(const tb_script_value *x, const tb_json *a);

static bool same_items(const tb_script_items *items, const tb_json *first)
{
    for (int i = 0; i < items->count; i++, first = tb_json_next(first))
        if (!first || !same_value(&items->at[i], first))
            return false;
    return first == NULL;
}

static bool same_value(const tb_script_value *x, const tb_json *a)
{
    if (x->kind == TB_SCRIPT_TENSOR)
        return tb_json_find(a, "dtype") && same_tensor(x->tensor, a);
    if (x->kind == TB_SCRIPT_LIST || x->kind == TB_SCRIPT_TUPLE)
        return tb_json_is_array(a) &&
               same_items(&x->list->items, tb_json_first(a));
    return tb_json_find(a, "type") && same_plain(x, a);
}

static bool same_outputs(const tb_script_value *x, const tb_json *line)
{
    const tb_json *first = tb_json_first(tb_json_find(line, "outputs"));
    if (x->kind == TB_SCRIPT_TUPLE)
        return same_items(&x->list->items, first);
    return first && same_value(x, first);
}

/* ---- chance ---- */

enum { DRAWS = 400 };

typedef struct drawn {
    int64_t at[DRAWS];
    int64_t count[8];
} drawn;

/* A function without arguments that gives DRAWS whole numbers. */
static void draw(const char *body, bool silent, uint64_t seed, drawn *d)
{
    char text[256];
    tb_json *line = NULL;
    tb_error error = {0};
    tb_script_plan_settings settings = {.silent = silent};
    snprintf(text, sizeof text,
             "{\"source\":\"def f() -> Tensor:\\n  return %s\\n\"}", body);
    tb_json_parse(text, strlen(text), "source", &line, NULL);
    tb_script_module *m = module_of(line, "source", &error);
    tb_script_plan *p = tb_script_plan_new(m, "f", 0, NULL, &settings, &error);
    memset(d, 0, sizeof *d);
    if (p) {
        tb_script_plan_run(p, seed);
        memcpy(d->at, tb_script_plan_value(p)->tensor->storage->data,
               sizeof d->at);
    } else {
        fprintf(stderr, "# %s\n", error.text);
    }
    for (int i = 0; i < DRAWS; i++)
        d->count[d->at[i] & 7]++;
    tb_script_plan_free(p);
    tb_script_module_close(m);
    tb_json_free(line);
}

static void check_choices(void)
{
    static const char chosen[] =
        "torch.multinomial(torch.tensor([0., 1., 3., 0.]), 400, True)";
    drawn a, b;
    draw(chosen, false, 1, &a);
    OK(a.count[1] + a.count[2] == DRAWS && a.count[1] > 60 && a.count[1] < 140);
    draw(chosen, false, 2, &b);
    OK(memcmp(&a, &b, sizeof a) != 0);
    draw(chosen, false, 1, &b);
    OK(memcmp(&a, &b, sizeof a) == 0);
    draw(chosen, true, 1, &a);
    OK(a.count[2] == DRAWS);
}

static void check_numbers(void)
{
    drawn a;
    bool seen[DRAWS] = {false}, all = true;
    draw("torch.randint(3, 7, [400])", false, 1, &a);
    OK(a.count[3] + a.count[4] + a.count[5] + a.count[6] == DRAWS);
    OK(a.count[3] > 60 && a.count[6] > 60);
    draw("torch.randint(4, [400])", true, 1, &a);
    OK(a.count[0] == DRAWS);
    draw("torch.randperm(400)", false, 1, &a);
    for (int i = 0; i < DRAWS; i++)
        seen[a.at[i] % DRAWS] = true;
    for (int i = 0; i < DRAWS; i++)
        all = all && seen[i];
    OK(all && a.at[0] + a.at[1] + a.at[2] != 3);
    draw("torch.bernoulli(torch.full([400], 0.25)).long()", false, 1, &a);
    OK(a.count[0] + a.count[1] == DRAWS && a.count[1] > 60 && a.count[1] < 140);
    draw("torch.uniform_(torch.zeros([400]), 2., 4.).long()", false, 1, &a);
    OK(a.count[2] > 140 && a.count[3] > 140 &&
       a.count[2] + a.count[3] == DRAWS);
}

/* ---- cases ---- */

/* What runs must not be refused before. */
static bool is_let_through(tb_script_module *m)
{
    tb_error error = {0};
    if (tb_script_check(m, "f", &error) == TB_OK)
        return true;
    fprintf(stderr, "# %s\n", error.text);
    return false;
}

static bool passes(const tb_json *line, const char *key)
{
    static const tb_script_plan_settings settings = {0};
    tb_script_argument arguments[MOST_INPUTS] = {{0}};
    tb_error error = {0};
    tb_script_module *m = module_of(line, key, &error);
    tb_script_plan *p = NULL;
    int n = 0;
    for (const tb_json *a = tb_json_first(tb_json_find(line, "inputs"));
         a && n < MOST_INPUTS; a = tb_json_next(a))
        arguments[n++].value = value_of(m, a);
    if (!error.status)
        p = tb_script_plan_new(m, "f", n, arguments, &settings, &error);
    bool raises = tb_json_find(line, "raises") != NULL;
    bool good = raises ? !p : p != NULL && is_let_through(m);
    if (!p && !raises)
        fprintf(stderr, "# %s\n", error.text);
    if (p && !raises) {
        tb_script_plan_run(p, 1);
        good = same_outputs(tb_script_plan_value(p), line);
    }
    tb_script_plan_free(p);
    tb_script_module_close(m);
    return good;
}

/* A case's name, with its number among those of that name. */
static void name_case(const tb_json *line, char *room, size_t size)
{
    static char names[MOST_CASES][64];
    static int count;
    const char *name = "";
    int before = 0;
    char text[64];
    tb_json_text(line, "name", &name, NULL);
    snprintf(text, sizeof text, "%s", name);
    for (int i = 0; i < count; i++)
        before += strcmp(names[i], text) == 0;
    if (count < MOST_CASES)
        memcpy(names[count++], text, sizeof text);
    if (before)
        snprintf(room, size, "%s #%d", text, before + 1);
    else
        snprintf(room, size, "%s", text);
}

static const char *reason_for(const char *name)
{
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        if (strcmp(missing[i].name, name) == 0)
            return missing[i].reason;
    return NULL;
}

/* As the printer has it (key "source"), or as people write it ("written"). */
static void run_form(const tb_json *line, const char *key, const char *name,
                     const char *reason)
{
    char what[256];
    if (!tb_json_find(line, key) || (wanted && !strstr(name, wanted)))
        return;
    bool good = passes(line, key);
    if (reason)
        snprintf(what, sizeof what, "%s is still missing: %s", name, reason);
    OK_NAMED(reason ? !good : good, reason ? what : name);
}

static void run_case(const tb_json *line)
{
    char name[96], as_written[128];
    name_case(line, name, sizeof name);
    snprintf(as_written, sizeof as_written, "%s (written)", name);
    const char *reason = reason_for(name);
    run_form(line, "source", name, reason);
    run_form(line, "written", as_written,
             reason ? reason : reason_for(as_written));
}

int main(int argc, char **argv)
{
    void *data = NULL;
    size_t size = 0;
    tb_error error = {0};
    wanted = argc > 1 ? argv[1] : NULL;
    if (tb_read_file(GOLDEN "/functions.jsonl", 16 << 20, &data, &size,
                     &error)) {
        OK_NAMED(false, error.text);
        return tap_done();
    }
    for (char *p = data, *end; p && *p; p = end ? end + 1 : NULL) {
        tb_json *line = NULL;
        end = strchr(p, '\n');
        size_t n = end ? (size_t)(end - p) : strlen(p);
        if (n > 0 && !tb_json_parse(p, n, "functions.jsonl", &line, NULL))
            run_case(line);
        tb_json_free(line);
    }
    tb_free(data);
    if (!wanted) {
        check_choices();
        check_numbers();
    }
    return tap_done();
}
