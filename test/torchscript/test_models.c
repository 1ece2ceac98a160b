/* Whole models against what PyTorch answered: the calls of a list (golden/
   calls.py says how it is made) on models that lie beside it. Fixtures of the
   tree always; with TIMBREL_TS_MODELS=FOLDER those of golden/models.jsonl,
   whose models lie there, and with TIMBREL_TS_LONG=1 those of ten minutes, of
   which half a minute is played else. An argument is a text that a case's name
   must contain. */
#include "base/json.h"
#include "base/memory.h"
#include "base/paths.h"
#include "noise.h"
#include "tap.h"
#include "torchscript/script_call.h"

#include <stdlib.h>

enum { MOST_CALLS = 64, VALUES = 6, MOST_ARGUMENTS = 4 };

static char **wanted; /* texts of the cases' names; none: all */

static bool is_wanted(const char *name)
{
    for (char **text = wanted; *text; text++)
        if (strstr(name, *text))
            return true;
    return !*wanted;
}

/* ---- inputs, as golden/inputs.py ---- */

static double sound(int64_t r, int64_t t)
{
    int64_t p = 60 + 37 * (r % 23);
    return 0.25 * noise(r, t) +
           0.5 * (fabs(4 * (double)(t % p) / (double)p - 2) - 1);
}

typedef struct signal {
    const char *kind;
    bool flat; /* without an axis for the batch */
    int64_t seed, batch, channels, frames, blocks, kept;
    double gain;
} signal;

static float input_at(const signal *s, int64_t b, int64_t ch, int64_t t)
{
    int64_t r = s->seed + 16 * b + ch;
    if (strncmp(s->kind, "codes", 5) == 0)
        return (float)floor((noise(r, t) + 1) / 2 * atoi(s->kind + 5));
    return (float)sound(r, t) * (float)s->gain;
}

/* ---- models and their plans ---- */

typedef struct model {
    tb_script_module *module;
    struct called {
        char key[128];
        tb_script_call *call;
        float *controls[MOST_ARGUMENTS];
    } calls_of[MOST_CALLS];
    int count;
    uint64_t calls;
} model;

static void close_model(model *m)
{
    for (int i = 0; i < m->count; i++) {
        tb_script_call_free(m->calls_of[i].call);
        for (int k = 0; k < MOST_ARGUMENTS; k++)
            tb_free(m->calls_of[i].controls[k]);
    }
    tb_script_module_close(m->module);
    m->count = 0;
    m->module = NULL;
}

static struct called *call_of(model *m, const char *key)
{
    int i = 0;
    while (i < m->count && strcmp(m->calls_of[i].key, key) != 0)
        i++;
    if (i == MOST_CALLS)
        return NULL;
    if (i == m->count) {
        m->count++;
        snprintf(m->calls_of[i].key, sizeof m->calls_of[i].key, "%s", key);
    }
    return &m->calls_of[i];
}

/* The plan of the next call, recorded where there is none. */
static tb_script_plan *plan_for(model *m, struct called *c, const char *method,
                                int n, const tb_script_argument *arguments)
{
    static const tb_script_plan_settings settings = {0};
    tb_error error = {0};
    if (!c->call)
        c->call = tb_script_call_new(m->module, method, n, arguments, &settings,
                                     &error);
    tb_script_plan *p =
        c->call ? tb_script_call_prepare(c->call, &error) : NULL;
    if (!p)
        fprintf(stderr, "# %s: %s\n", method, error.text);
    return p;
}

/* ---- calls ---- */

static void fill(const tb_tensor *t, const signal *s, int64_t block)
{
    for (int64_t b = 0; t && b < s->batch; b++)
        for (int64_t ch = 0; ch < s->channels; ch++)
            for (int64_t i = 0; i < s->frames; i++)
                ((float *)t->data)[(s->flat ? 0 : b * t->stride[0]) +
                                   ch * t->stride[!s->flat] +
                                   i * t->stride[2 - s->flat]] =
                    input_at(s, b, ch, block * s->frames + i);
}

/* Outputs [batch, channels, frames] of all blocks, joined in time. */
typedef struct joined {
    float *y;
    int64_t rows, each, blocks, count, dim[TB_RANK];
    int rank;
} joined;

static bool take(joined *j, const tb_script_value *value, int64_t block,
                 int64_t blocks)
{
    if (value->kind != TB_SCRIPT_TENSOR)
        return false;
    const tb_script_tensor *t = value->tensor;
    int64_t n = tb_script_tensor_count(t);
    if (!j->y) {
        j->rank = t->rank;
        memcpy(j->dim, t->dim, sizeof j->dim);
        j->each = t->rank ? t->dim[t->rank - 1] : 1;
        j->rows = n / j->each;
        j->blocks = blocks;
        j->count = n * blocks;
        j->y = tb_alloc_array((size_t)j->count, sizeof *j->y);
    }
    for (int64_t r = 0; r < j->rows; r++)
        for (int64_t i = 0; i < j->each; i++) {
            int64_t at = r * j->each + i;
            const void *data = t->storage->data;
            j->y[(r * blocks + block) * j->each + i] =
                tb_dtype_type(t->dtype) == TB_I64
                    ? (float)((const int64_t *)data)[at]
                : tb_dtype_type(t->dtype) == TB_BOOL
                    ? ((const uint8_t *)data)[at]
                    : ((const float *)data)[at];
        }
    return true;
}

static int64_t integer(const tb_json *s, const char *key, int64_t standard)
{
    int64_t x = standard;
    tb_json_as_integer(tb_json_find(s, key), INT32_MIN, INT32_MAX, &x);
    return x;
}

static bool argument_of(const tb_json *a, tb_script_argument *out,
                        const tb_json **input)
{
    double x = 0;
    bool flag = false;
    int64_t whole = 0;
    *input = NULL;
    if (tb_json_as_text(a)) {
        out->value = tb_script_string(tb_json_as_text(a));
    } else if (tb_json_as_flag(a, &flag)) {
        out->value = tb_script_bool(flag);
    } else if (tb_json_find(a, "scalar")) {
        tb_json_number(a, "scalar", &x, NULL);
        out->value = tb_script_float(x);
    } else if (tb_json_is_object(a)) {
        *input = a;
        out->is_input = true;
        bool row = tb_json_find(a, "channels") != NULL;
        out->shape =
            tb_json_find(a, "scalar") ? (tb_shape){0}
            : row ? tb_dims(integer(a, "channels", 1), integer(a, "frames", 1))
                  : tb_dims(integer(a, "frames", 1));
    } else if (tb_json_as_integer(a, INT32_MIN, INT32_MAX, &whole)) {
        out->value = tb_script_int(whole);
    } else if (tb_json_as_number(a, &x)) {
        out->value = tb_script_float(x);
    } else {
        return false;
    }
    return true;
}

/* Numbers of an argument that is no sound, which a program may look at. */
static void fill_control(tb_script_argument *argument, const tb_json *a,
                         float **room)
{
    signal s = {.kind = "sound", .seed = integer(a, "seed", 0), .gain = 1};
    int64_t frames = integer(a, "frames", 1);
    int64_t rows = integer(a, "channels", 1);
    if (!*room)
        *room = tb_alloc_array((size_t)(rows * frames), sizeof **room);
    for (int64_t i = 0; i < rows * frames; i++) {
        float x = input_at(&s, 0, i / frames, i % frames);
        (*room)[i] = tb_json_find(a, "positive") ? fabsf(x) : x;
    }
    argument->control = *room;
}

static bool run_call(model *m, const tb_json *s, joined *j)
{
    signal in = {.seed = integer(s, "seed", 0),
                 .batch = integer(s, "batch", 1),
                 .channels = integer(s, "channels", 1),
                 .frames = integer(s, "frames", 1),
                 .blocks = integer(s, "blocks", 1),
                 .gain = 1};
    const char *method = NULL;
    char key[128];
    in.kept = integer(s, "kept", in.blocks);
    tb_json_text(s, "input", &in.kind, NULL);
    tb_json_text(s, "call", &method, NULL);
    if (tb_json_find(s, "gain"))
        tb_json_number(s, "gain", &in.gain, NULL);
    in.flat = tb_json_find(s, "flat") != NULL;
    tb_script_argument arguments[MOST_ARGUMENTS] = {
        {.is_input = true,
         .shape = in.flat ? tb_dims(in.channels, in.frames)
                          : tb_dims(in.batch, in.channels, in.frames)}};
    const tb_json *more[MOST_ARGUMENTS] = {NULL};
    int n = 1;
    for (const tb_json *a = tb_json_first(tb_json_find(s, "more"));
         a && n < MOST_ARGUMENTS; a = tb_json_next(a), n++)
        if (!argument_of(a, &arguments[n], &more[n]))
            return false;
    snprintf(key, sizeof key, "%s %d %d %d %d", method, (int)in.batch,
             (int)in.channels, (int)in.frames, n);
    struct called *c = call_of(m, key);
    for (int i = 1; c && i < n; i++)
        if (more[i])
            fill_control(&arguments[i], more[i], &c->controls[i]);
    for (int64_t k = 0; c && k < in.blocks; k++) {
        tb_script_plan *p = plan_for(m, c, method, n, arguments);
        if (!p)
            return false;
        fill(tb_script_plan_input(p, 0), &in, k);
        tb_script_plan_run(p, m->calls++);
        int64_t first = in.blocks - in.kept;
        if (k >= first && !take(j, tb_script_plan_value(p), k - first, in.kept))
            return false;
    }
    return true;
}

static double number_at(const tb_json *array, int i)
{
    double x = NAN;
    const tb_json *item = tb_json_first(array);
    for (; item && i > 0; i--)
        item = tb_json_next(item);
    return item && tb_json_as_number(item, &x) ? x : NAN;
}

/* Projections and single numbers, to 1e-5 of the norm. */
static bool agrees(const tb_json *s, const joined *j)
{
    double norm = NAN, square = 0, worst = 0;
    const tb_json *sums = tb_json_find(s, "sums");
    const tb_json *values = tb_json_find(s, "values");
    tb_json_number(s, "norm", &norm, NULL);
    for (int64_t i = 0; i < j->count; i++)
        square += (double)j->y[i] * (double)j->y[i];
    double tolerance = 1e-5 * norm + 1e-7;
    worst = fabs(sqrt(square) - norm);
    for (int k = 0; k < VALUES; k++) {
        double sum = 0;
        for (int64_t i = 0; i < j->count; i++)
            sum += (double)j->y[i] * noise(1000 + k, i);
        double value = (double)j->y[k * (j->count - 1) / (VALUES - 1)];
        worst = fmax(worst, fabs(sum - number_at(sums, k)));
        worst = fmax(worst, fabs(value - number_at(values, k)));
    }
    if (!(worst <= tolerance))
        fprintf(stderr, "# off by %g of the norm %g\n", worst / norm, norm);
    return worst <= tolerance;
}

/* ---- other methods ---- */

static bool same_value(const tb_script_value *x, const tb_json *json)
{
    double number = NAN;
    bool flag = false;
    switch (x->kind) {
    case TB_SCRIPT_STRING:
        return tb_json_as_text(json) &&
               strcmp(x->string, tb_json_as_text(json)) == 0;
    case TB_SCRIPT_BOOL:
        return tb_json_as_flag(json, &flag) && flag == x->boolean;
    case TB_SCRIPT_INT:
        return tb_json_as_number(json, &number) && (double)x->integer == number;
    case TB_SCRIPT_FLOAT:
        return tb_json_as_number(json, &number) &&
               fabs(x->real - number) <= 1e-6 * (1 + fabs(number));
    case TB_SCRIPT_LIST:
    case TB_SCRIPT_TUPLE: {
        const tb_json *item = tb_json_first(json);
        for (int i = 0; i < x->list->items.count; i++) {
            if (!item || !same_value(&x->list->items.at[i], item))
                return false;
            item = tb_json_next(item);
        }
        return item == NULL;
    }
    case TB_SCRIPT_TENSOR: /* of one number, or a row */
        if (tb_script_tensor_count(x->tensor) == 1 && x->tensor->storage->data)
            return !tb_json_as_number(json, &number) ||
                   tb_script_tensor_count(x->tensor) == 1;
        return true;
    default:
        return true;
    }
}

static bool run_invoke(model *m, const tb_json *s)
{
    static const tb_script_plan_settings settings = {0};
    tb_script_argument arguments[8] = {{0}};
    const tb_json *inputs[8];
    float *controls[8] = {NULL};
    const char *method = NULL;
    tb_error error = {0};
    int n = 0;
    tb_json_text(s, "invoke", &method, NULL);
    for (const tb_json *a = tb_json_first(tb_json_find(s, "arguments"));
         a && n < 8; a = tb_json_next(a), n++) {
        if (!argument_of(a, &arguments[n], &inputs[n]))
            return false;
        if (arguments[n].is_input)
            fill_control(&arguments[n], inputs[n], &controls[n]);
    }
    tb_script_plan *p =
        tb_script_plan_new(m->module, method, n, arguments, &settings, &error);
    if (!p) {
        fprintf(stderr, "# %s: %s\n", method, error.text);
        return false;
    }
    tb_script_plan_run(p, m->calls++);
    bool same = same_value(tb_script_plan_value(p), tb_json_find(s, "returns"));
    tb_script_plan_free(p);
    for (int i = 0; i < 8; i++)
        tb_free(controls[i]);
    return same;
}

/* ---- lists ---- */

static void run_case(const char *folder, const tb_json *line)
{
    const char *file = "", *name = "";
    char what[256];
    tb_error error = {0};
    model m = {0};
    tb_json_text(line, "model", &file, NULL);
    tb_json_text(line, "case", &name, NULL);
    snprintf(what, sizeof what, "%s: %s", file, name);
    if (!is_wanted(what) ||
        (strcmp(name, "ten minutes") == 0 && !getenv("TIMBREL_TS_LONG")))
        return;
    char *path = tb_path_join(folder, file);
    m.module = tb_script_module_open(path, &error);
    tb_free(path);
    if (!m.module)
        fprintf(stderr, "# %s\n", error.text);
    bool good = m.module != NULL;
    int step = 0;
    for (const tb_json *s = tb_json_first(tb_json_find(line, "steps"));
         s && good; s = tb_json_next(s), step++) {
        joined j = {0};
        good = tb_json_find(s, "call") ? run_call(&m, s, &j) && agrees(s, &j)
                                       : run_invoke(&m, s);
        if (!good)
            fprintf(stderr, "# step %d\n", step);
        tb_free(j.y);
    }
    OK_NAMED(good, what);
    close_model(&m);
}

static void run_list(const char *path, const char *folder)
{
    void *data = NULL;
    size_t size = 0;
    tb_error error = {0};
    if (tb_read_file(path, 16 << 20, &data, &size, &error)) {
        OK_NAMED(false, error.text);
        return;
    }
    for (char *p = data, *end; p && *p; p = end ? end + 1 : NULL) {
        tb_json *line = NULL;
        end = strchr(p, '\n');
        size_t n = end ? (size_t)(end - p) : strlen(p);
        if (n > 0 && !tb_json_parse(p, n, path, &line, NULL))
            run_case(folder, line);
        tb_json_free(line);
    }
    tb_free(data);
}

int main(int argc, char **argv)
{
    const char *models = getenv("TIMBREL_TS_MODELS");
    (void)argc;
    wanted = argv + 1;
    run_list(FIXTURES "/calls.jsonl", FIXTURES);
    if (models)
        run_list(GOLDEN "/models.jsonl", models);
    else
        fprintf(stderr, "# TIMBREL_TS_MODELS is not set: models of others are "
                        "not called\n");
    return tap_done();
}
