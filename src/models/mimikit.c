#include "models/mimikit.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/setting_value.h"
#include "base/yaml.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TENSORS = 100000 };

static const tb_mimikit_network *const networks[] = {
    &tb_mimikit_samplernn, &tb_mimikit_seq2seq, &tb_mimikit_wavenet};

typedef struct mimikit_tensor {
    const char *name;
    tb_shape shape;
    const float *data;
    int64_t n;
    bool taken;
} mimikit_tensor;

/* What a network's file need not know. All that becomes the checkpoint lies in
   the arena. */
struct mimikit_frame {
    const tb_mimikit_content *content;
    tb_arena *arena;
    mimikit_tensor *tensors; /* by name */
    size_t count;
    tb_stored *made;
    size_t made_count, made_room;
    char *settings; /* lines */
    tb_error error; /* the first */
};

/* ---- failing ---- */

static bool has_failed(const tb_mimikit *m)
{
    return m->frame->error.status != TB_OK;
}

static void fail_memory(tb_mimikit *m)
{
    if (!has_failed(m))
        tb_fail_memory(&m->frame->error);
}

/* The same pointer; null is a want of memory. */
static void *needed(tb_mimikit *m, void *memory)
{
    if (!memory)
        fail_memory(m);
    return memory;
}

void tb_mimikit_refuse(tb_mimikit *m, const char *format, ...)
{
    char why[600];
    va_list args;
    if (has_failed(m))
        return;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    tb_fail(&m->frame->error, TB_ERR_UNSUPPORTED,
            "'%.300s' cannot be played: %s.", m->frame->content->what, why);
}

/* ---- the configuration ---- */

int64_t tb_mimikit_integer(tb_mimikit *m, const char *key, int64_t low,
                           int64_t high)
{
    int64_t x;
    const tb_json *entry = tb_json_find(m->config, key);
    if (tb_json_as_integer(entry, low, high, &x))
        return x;
    tb_mimikit_refuse(m, "its %s must be a whole number from %lld to %lld here",
                      key, (long long)low, (long long)high);
    return 0;
}

double tb_mimikit_number(tb_mimikit *m, const char *key, double low,
                         double high)
{
    double x;
    if (!tb_json_number(m->config, key, &x, NULL) && x >= low && x <= high)
        return x;
    tb_mimikit_refuse(m, "its %s must be a number from %g to %g here", key, low,
                      high);
    return 0;
}

bool tb_mimikit_flag(tb_mimikit *m, const char *key)
{
    bool x = false;
    if (tb_json_flag(m->config, key, &x, NULL))
        tb_mimikit_refuse(m, "its %s must be true or false", key);
    return x;
}

const char *tb_mimikit_text(tb_mimikit *m, const char *key)
{
    const char *text = tb_json_as_text(tb_json_find(m->config, key));
    if (!text && tb_mimikit_has(m, key))
        tb_mimikit_refuse(m, "its %s must be a name", key);
    return text ? text : "";
}

bool tb_mimikit_has(const tb_mimikit *m, const char *key)
{
    const tb_json *entry = tb_json_find(m->config, key);
    return entry && !tb_json_is_null(entry);
}

int tb_mimikit_integers(tb_mimikit *m, const char *key, int64_t low,
                        int64_t high, int64_t *out, int most)
{
    int count = 0;
    if (!tb_json_integers(m->config, key, low, high, out, most, &count, NULL))
        return count;
    tb_mimikit_refuse(m,
                      "its %s must be at most %d whole numbers from %lld to "
                      "%lld here",
                      key, most, (long long)low, (long long)high);
    return 0;
}

/* ---- settings ---- */

void tb_mimikit_set(tb_mimikit *m, const char *key, const char *format, ...)
{
    char value[300];
    va_list args;
    if (has_failed(m))
        return;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    char *lines = needed(m, tb_arena_printf(m->frame->arena, "%s%s=%s\n",
                                            m->frame->settings, key, value));
    m->frame->settings = lines ? lines : m->frame->settings;
}

void tb_mimikit_set_number(tb_mimikit *m, const char *key, double number)
{
    char text[32];
    tb_number_text(number, text);
    tb_mimikit_set(m, key, "%s", text);
}

void tb_mimikit_set_integers(tb_mimikit *m, const char *key,
                             const int64_t *values, int count)
{
    const char *list = "";
    for (int i = 0; i < count; i++)
        list = tb_mimikit_name(m, "%s%s%lld", list, i ? "," : "",
                               (long long)values[i]);
    tb_mimikit_set(m, key, "%s", list);
}

const char *tb_mimikit_name(tb_mimikit *m, const char *format, ...)
{
    char name[300];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    const char *kept = needed(m, tb_arena_strdup(m->frame->arena, name));
    return kept ? kept : "";
}

/* ---- tensors ---- */

static int compare_names(const void *a, const void *b)
{
    const mimikit_tensor *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static mimikit_tensor *find(const struct mimikit_frame *f, const char *name)
{
    const mimikit_tensor wanted = {.name = name};
    return f->count ? bsearch(&wanted, f->tensors, f->count, sizeof *f->tensors,
                              compare_names)
                    : NULL;
}

/* Marks it as taken. Null and a failure if there is none. */
static mimikit_tensor *take(tb_mimikit *m, const char *theirs)
{
    mimikit_tensor *t = has_failed(m) ? NULL : find(m->frame, theirs);
    if (t)
        t->taken = true;
    else
        tb_mimikit_refuse(m, "it has no weights '%.200s'", theirs);
    return t;
}

static int64_t elements(tb_shape shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape.rank; i++)
        if (shape.dim[i] < 0 || __builtin_mul_overflow(n, shape.dim[i], &n))
            return -1;
    return n;
}

static void refuse_shape(tb_mimikit *m, const char *theirs)
{
    tb_mimikit_refuse(m,
                      "its weights '%.200s' are of another size than its "
                      "configuration says",
                      theirs);
}

bool tb_mimikit_has_tensor(const tb_mimikit *m, const char *theirs)
{
    return find(m->frame, theirs) != NULL;
}

tb_shape tb_mimikit_shape(tb_mimikit *m, const char *theirs)
{
    const mimikit_tensor *t = take(m, theirs);
    return t ? t->shape : tb_dims(0);
}

const float *tb_mimikit_floats(tb_mimikit *m, const char *theirs,
                               tb_shape shape)
{
    mimikit_tensor *t = take(m, theirs);
    if (t && t->n == elements(shape))
        return t->data;
    if (t)
        refuse_shape(m, theirs);
    return NULL;
}

static bool make_room(tb_mimikit *m)
{
    struct mimikit_frame *f = m->frame;
    if (f->made_count < f->made_room)
        return true;
    size_t room = f->made_room ? 2 * f->made_room : 64;
    tb_stored *larger =
        needed(m, tb_arena_array(f->arena, room, sizeof *larger));
    if (!larger)
        return false;
    if (f->made_count)
        memcpy(larger, f->made, f->made_count * sizeof *larger);
    f->made = larger;
    f->made_room = room;
    return true;
}

double *tb_mimikit_doubles(tb_mimikit *m, tb_shape shape)
{
    int64_t n = elements(shape);
    if (has_failed(m))
        return NULL;
    return needed(m, n < 0 ? NULL
                           : tb_arena_array(m->frame->arena, (size_t)n + 1,
                                            sizeof(double)));
}

float *tb_mimikit_make(tb_mimikit *m, const char *ours, tb_shape shape)
{
    struct mimikit_frame *f = m->frame;
    int64_t n = elements(shape);
    if (has_failed(m) || !make_room(m))
        return NULL;
    float *to = n < 0 ? NULL : tb_arena_array(f->arena, (size_t)n, sizeof *to);
    const char *name = tb_mimikit_name(m, "%s", ours);
    if (!needed(m, to) || has_failed(m))
        return NULL;
    tb_stored *t = &f->made[f->made_count++];
    *t = (tb_stored){
        .name = name, .type = TB_STORED_F32, .rank = shape.rank, .data = to};
    memcpy(t->shape, shape.dim, sizeof shape.dim);
    return to;
}

void tb_mimikit_take_as(tb_mimikit *m, const char *theirs, const char *ours,
                        tb_shape shape)
{
    mimikit_tensor *t = take(m, theirs);
    if (t && t->n != elements(shape)) {
        refuse_shape(m, theirs);
        return;
    }
    float *to = t ? tb_mimikit_make(m, ours, shape) : NULL;
    if (to)
        memcpy(to, t->data, (size_t)t->n * sizeof *to);
}

void tb_mimikit_take(tb_mimikit *m, const char *theirs, const char *ours)
{
    mimikit_tensor *t = take(m, theirs);
    if (t)
        tb_mimikit_take_as(m, theirs, ours, t->shape);
}

/* ---- weights of a direction and a length ---- */

/* Each first index of v has a length of its own (PyTorch's weight_norm along
   dimension 0). */
static const float *fold(tb_mimikit *m, const mimikit_tensor *v,
                         const mimikit_tensor *g)
{
    int64_t rows = v->shape.rank ? v->shape.dim[0] : 1;
    int64_t each = rows ? v->n / rows : 0;
    if (g->n != rows) {
        refuse_shape(m, g->name);
        return NULL;
    }
    float *to = needed(
        m, tb_arena_array(m->frame->arena, (size_t)v->n + 1, sizeof *to));
    for (int64_t i = 0; to && i < rows; i++) {
        double square = 0;
        for (int64_t k = i * each; k < (i + 1) * each; k++)
            square += (double)v->data[k] * v->data[k];
        double scale = square > 0 ? g->data[i] / sqrt(square) : 0;
        for (int64_t k = i * each; k < (i + 1) * each; k++)
            to[k] = (float)(scale * v->data[k]);
    }
    return to;
}

/* The tensor called like t but for what it ends in, if t ends in `has`. */
static mimikit_tensor *partner(tb_mimikit *m, const mimikit_tensor *t,
                               const char *has, const char *wanted)
{
    size_t length = strlen(t->name);
    if (length < 3 || strcmp(t->name + length - 2, has) != 0)
        return NULL;
    return find(m->frame,
                tb_mimikit_name(m, "%.*s%s", (int)length - 2, t->name, wanted));
}

/* "x_v" and "x_g" become "x". */
static void fold_all(tb_mimikit *m)
{
    struct mimikit_frame *f = m->frame;
    mimikit_tensor *whole =
        needed(m, tb_arena_array(f->arena, f->count + 1, sizeof *whole));
    size_t count = 0;
    for (size_t i = 0; whole && i < f->count; i++) {
        mimikit_tensor t = f->tensors[i];
        const mimikit_tensor *g = partner(m, &t, "_v", "_g");
        if (partner(m, &t, "_g", "_v"))
            continue;
        if (g) {
            t.data = fold(m, &t, g);
            t.name =
                tb_mimikit_name(m, "%.*s", (int)strlen(t.name) - 2, t.name);
        }
        whole[count++] = t;
    }
    f->tensors = whole;
    f->count = whole ? count : 0;
}

static void sort(struct mimikit_frame *f)
{
    if (f->count)
        qsort(f->tensors, f->count, sizeof *f->tensors, compare_names);
}

static void read_tensors(tb_mimikit *m)
{
    struct mimikit_frame *f = m->frame;
    const tb_mimikit_content *c = f->content;
    if (c->count > MOST_TENSORS) {
        tb_mimikit_refuse(m, "it has too many weights");
        return;
    }
    f->tensors =
        needed(m, tb_arena_array(f->arena, c->count + 1, sizeof *f->tensors));
    for (size_t i = 0; f->tensors && i < c->count; i++) {
        const tb_stored *from = &c->tensors[i];
        mimikit_tensor *t = &f->tensors[f->count++];
        t->name = from->name;
        t->data = from->data;
        t->shape.rank = from->rank < TB_RANK ? from->rank : TB_RANK;
        for (int k = 0; k < t->shape.rank; k++)
            t->shape.dim[k] = from->shape[k];
        t->n = elements(t->shape);
        if (from->rank > TB_RANK || t->n < 0)
            tb_mimikit_refuse(m,
                              "its weights '%.200s' have too many "
                              "dimensions",
                              t->name);
    }
    sort(f);
    fold_all(m);
    sort(f);
}

/* ---- the whole ---- */

static const tb_mimikit_network *network_of(tb_mimikit *m)
{
    const char *type = tb_mimikit_text(m, "type");
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        if (strcmp(type, networks[i]->type) == 0)
            return networks[i];
    tb_mimikit_refuse(m, "its network is a '%.100s', which is not known here",
                      type);
    return NULL;
}

static void check_taken(tb_mimikit *m)
{
    for (size_t i = 0; i < m->frame->count; i++)
        if (!m->frame->tensors[i].taken)
            tb_mimikit_refuse(m,
                              "it has weights '%.200s', which are not known "
                              "here",
                              m->frame->tensors[i].name);
}

/* "voice.wav and 2 more", of a list of paths. */
static const char *name_sounds(tb_mimikit *m, const tb_json *sources)
{
    int more = -1;
    const char *first = NULL;
    for (const tb_json *s = tb_json_first(sources); s; s = tb_json_next(s)) {
        first = first ? first : tb_json_as_text(s);
        more++;
    }
    const char *base = first ? strrchr(first, '/') : NULL;
    base = base ? base + 1 : first;
    if (!base)
        return "recordings that it does not name, by mimikit";
    return more ? tb_mimikit_name(m, "%.200s and %d more, by mimikit", base,
                                  more)
                : tb_mimikit_name(m, "%.200s, by mimikit", base);
}

static tb_status finish(tb_mimikit *m, const tb_json *dataset,
                        tb_safetensors **out, tb_error *error)
{
    struct mimikit_frame *f = m->frame;
    const tb_stored_text texts[] = {
        {"format", "timbrel network"},
        {"format_version", "1"},
        {"network", m->instrument},
        {"settings", f->settings},
        {"epoch", tb_mimikit_name(m, "%d", f->content->epoch)},
        {"trained_on", name_sounds(m, tb_json_find(dataset, "sources"))}};
    const char *what = tb_mimikit_name(m, "%s", f->content->what);
    if (has_failed(m))
        return f->error.status;
    tb_arena *arena = f->arena;
    f->arena = NULL;
    return tb_safetensors_make(arena, what, f->made, f->made_count, texts,
                               sizeof texts / sizeof *texts, out, error);
}

static void convert(tb_mimikit *m, const tb_json *dataset)
{
    read_tensors(m);
    const tb_mimikit_network *network = network_of(m);
    if (network)
        tb_mimikit_read_io(m, dataset);
    if (network)
        network->convert(m);
    check_taken(m);
}

tb_status tb_mimikit_convert(const tb_mimikit_content *content,
                             tb_safetensors **out, tb_error *error)
{
    tb_json *network = NULL, *dataset = NULL;
    struct mimikit_frame frame = {.content = content, .arena = tb_arena_new()};
    tb_mimikit m = {.frame = &frame};
    *out = NULL;
    frame.settings = frame.arena ? tb_arena_strdup(frame.arena, "") : NULL;
    tb_status status = frame.settings ? TB_OK : tb_fail_memory(&frame.error);
    if (!status)
        status = tb_yaml_parse(content->network, strlen(content->network),
                               content->what, &network, &frame.error);
    if (!status && content->dataset)
        status = tb_yaml_parse(content->dataset, strlen(content->dataset),
                               content->what, &dataset, &frame.error);
    m.config = network;
    if (!status)
        convert(&m, dataset);
    status = has_failed(&m) ? frame.error.status
                            : finish(&m, dataset, out, &frame.error);
    if (status && error)
        *error = frame.error;
    tb_arena_free(frame.arena);
    tb_json_free(network);
    tb_json_free(dataset);
    return status;
}
