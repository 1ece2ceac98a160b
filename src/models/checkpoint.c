#include "models/checkpoint.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/hdf5.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/setting_value.h"
#include "engine/source.h"
#include "models/base_checkpoint.h"
#include "models/mimikit.h"
#include "models/rave_import.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char format_name[] = "timbrel network";

/* ---- saving ---- */

enum { OWN_ENTRIES = 12 + TB_TRAINED_ENTRIES, HASHES = TB_MOST_BASES * 17 + 1 };

static const char *hashes_text(const tb_checkpoint *c, char text[HASHES])
{
    int n = 0;
    *text = 0;
    for (const tb_checkpoint *b = c->base; b && n + 18 <= HASHES; b = b->next)
        n += snprintf(text + n, (size_t)(HASHES - n), "%s%016" PRIx64,
                      n ? " " : "", b->hash);
    return text;
}

/* How many entries tell what level it knows. */
static int describe_level(tb_arena *arena, const tb_known_level *known,
                          tb_stored_text *entries)
{
    char level[32];
    if (!known->known)
        return 0;
    char *gains = tb_known_level_gains(known);
    tb_number_text(round(known->level * 100) / 100, level);
    entries[0] = (tb_stored_text){"level", tb_arena_strdup(arena, level)};
    entries[1] =
        (tb_stored_text){"gains", gains ? tb_arena_strdup(arena, gains) : NULL};
    tb_free(gains);
    return 2;
}

/* The entries of the metadata that every checkpoint has, and what some have;
   how many there are, -1 without memory. */
static int describe(tb_arena *arena, const tb_checkpoint *c,
                    tb_stored_text own[OWN_ENTRIES])
{
    char hashes[HASHES];
    tb_sound_format f = c->instrument->format(c->config);
    tb_stored_text entries[OWN_ENTRIES] = {
        {"format", format_name},
        {"format_version", tb_arena_printf(arena, "%d", TB_CHECKPOINT_VERSION)},
        {"network", c->instrument->name},
        {"settings",
         tb_settings_lines(arena, c->instrument->settings, c->config)},
        {"epoch", tb_arena_printf(arena, "%d", c->epoch)},
        {"trained_on", c->trained_on ? c->trained_on : ""},
        {"sound", tb_arena_printf(arena, "%ld Hz, %d channel%s",
                                  (long)(f.sample_rate + 0.5), f.channels,
                                  f.channels == 1 ? "" : "s")},
        {"timbrel", TIMBREL_VERSION}};
    int n = 8;
    bool good = true;
    if (c->base)
        entries[n++] = (tb_stored_text){
            "base_hash", tb_arena_strdup(arena, hashes_text(c, hashes))};
    if (c->made_of)
        entries[n++] = (tb_stored_text){"made_of", c->made_of};
    n += describe_level(arena, &c->known_level, entries + n);
    int told = tb_trained_entries(arena, &c->trained, entries + n);
    good = told >= 0;
    n += good ? told : 0;
    for (int i = 0; i < n; i++)
        good &= entries[i].value != NULL;
    memcpy(own, entries, sizeof entries);
    return good ? n : -1;
}

/* A parameter as floats: in place if it is, else a copy. */
static const void *floats(tb_arena *arena, const tb_params *params, int i)
{
    const tb_parameter *p = tb_params_at(params, i);
    const void *from = tb_params_value(params, i);
    if (tb_params_real_size(params) == sizeof(float))
        return from;
    float *x = tb_arena_array(arena, (size_t)p->n + 1, sizeof *x);
    for (int64_t k = 0; x && k < p->n; k++)
        x[k] = (float)((const double *)from)[k];
    return x;
}

/* Those of the first `count` that are its own; -1: no memory. */
static int list_tensors(tb_arena *arena, tb_params *params, int count,
                        tb_stored *list)
{
    int n = list ? 0 : -1;
    for (int i = 0; n >= 0 && i < count; i++) {
        const tb_parameter *p = tb_params_at(params, i);
        if (tb_is_of_base(p->name))
            continue;
        list[n] = (tb_stored){.name = p->name,
                              .type = TB_STORED_F32,
                              .rank = p->shape.rank,
                              .data = floats(arena, params, i)};
        memcpy(list[n].shape, p->shape.dim, sizeof p->shape.dim);
        n = list[n].data ? n + 1 : -1;
    }
    return n;
}

tb_status tb_checkpoint_save(const char *path, const tb_checkpoint *checkpoint,
                             const tb_stored_text *metadata, size_t entries,
                             tb_writer *writer, tb_error *error)
{
    int n = checkpoint->declared > 0 ? checkpoint->declared
                                     : tb_params_count(checkpoint->params);
    tb_arena *arena = tb_arena_new();
    tb_stored *list =
        arena ? tb_arena_array(arena, (size_t)n + 1, sizeof *list) : NULL;
    tb_stored_text *all =
        arena ? tb_arena_array(arena, OWN_ENTRIES + entries, sizeof *all)
              : NULL;
    tb_status status;
    n = list_tensors(arena, checkpoint->params, n, list);
    int own = n >= 0 && all ? describe(arena, checkpoint, all) : -1;
    if (own >= 0) {
        if (entries)
            memcpy(all + own, metadata, entries * sizeof *all);
        status = tb_writer_save(writer, path, list, (size_t)n, all,
                                (size_t)own + entries, error);
    } else {
        status = tb_fail_memory(error);
    }
    tb_arena_free(arena);
    return status;
}

/* ---- opening ---- */

static tb_status is_newer(const char *what, tb_error *error)
{
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "'%s' was made by a newer Timbrel than this one (%s): "
                   "update Timbrel to use it.",
                   what, TIMBREL_VERSION);
}

static tb_status is_corrupt(const char *what, const char *why, tb_error *error)
{
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is a corrupt or truncated checkpoint: %s.", what, why);
}

static tb_status find_kind(const tb_safetensors *file, const char *what,
                           tb_checkpoint *c, tb_error *error)
{
    const char *format = tb_safetensors_text(file, "format");
    const char *version = tb_safetensors_text(file, "format_version");
    const char *name = tb_safetensors_text(file, "network");
    if (!format || strcmp(format, format_name) != 0)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is a safetensors file, but not a checkpoint of "
                       "Timbrel.",
                       what);
    long number = version ? strtol(version, NULL, 10) : 0;
    if (number < 1 || !name)
        return is_corrupt(what, "it does not say what network it is", error);
    c->instrument = number <= TB_CHECKPOINT_VERSION
                        ? tb_instrument_named(name, NULL)
                        : NULL;
    return c->instrument ? TB_OK : is_newer(what, error);
}

/* Settings that are missing have their defaults: they came later. */
static tb_status read_settings(const tb_safetensors *file, const char *what,
                               tb_checkpoint *c, tb_error *error)
{
    const char *text = tb_safetensors_text(file, "settings");
    tb_settings_part part = {c->instrument->settings, c->config};
    tb_error why = {0};
    tb_settings_defaults(&part, 1);
    while (text && *text) {
        char line[4500]; /* a path may be that long */
        size_t n = strcspn(text, "\n");
        if (n >= sizeof line)
            return is_corrupt(what, "a setting is too long", error);
        memcpy(line, text, n);
        line[n] = 0;
        text += n + (text[n] == '\n');
        char *value = strchr(line, '=');
        if (!value)
            return is_corrupt(what, "a setting has no value", error);
        *value = 0;
        void *values;
        if (!tb_settings_find(&part, 1, line, &values, NULL))
            return is_newer(what, error);
        if (tb_settings_set(&part, 1, line, value + 1, &why))
            return is_corrupt(what, why.text, error);
    }
    return TB_OK;
}

/* Whether the file has exactly the parameters of the graph: seen before memory
   is taken for them, so that no file can ask for more than it is long. */
static tb_status check_params(const tb_safetensors *file, const char *what,
                              const tb_graph *g, tb_error *error)
{
    size_t count = 0;
    for (const tb_node *n = tb_graph_first(g); n; n = n->next) {
        tb_shape shape = {0};
        const tb_stored *t;
        if (n->op != &tb_op_param || tb_is_of_base(n->name))
            continue;
        shape = tb_value_shape(n->out[0]);
        count++;
        if (tb_safetensors_get(file, n->name, shape.rank, shape.dim, &t, error))
            return error->status;
    }
    return count == tb_safetensors_count(file)
               ? TB_OK
               : is_corrupt(what, "it has tensors that its network has not",
                            error);
}

/* Floats serve as they lie in the files; what is of another type is copied. */
static const void *find_floats(void *context, const tb_parameter *p)
{
    const tb_checkpoint *c = context;
    if (c->base && tb_is_of_base(p->name))
        return tb_base_value(c->base, p->name);
    const tb_stored *t = c->file ? tb_safetensors_find(c->file, p->name) : NULL;
    return t && t->type == TB_STORED_F32 ? t->data : NULL;
}

/* The parameters of a graph; the file stays open for those that lie in it. */
static tb_status take_params(tb_safetensors *file, const tb_graph *g,
                             tb_checkpoint *c, tb_error *error)
{
    c->params = tb_params_new_over(1, &g, sizeof(float), find_floats, c, error);
    for (int i = 0; file && c->params && i < tb_params_count(c->params); i++) {
        const tb_parameter *p = tb_params_at(c->params, i);
        const tb_stored *t = tb_safetensors_find(file, p->name);
        if (t && tb_params_value(c->params, i) != t->data)
            tb_stored_floats(t, 0, p->n,
                             (float *)tb_params_data(c->params) + p->offset);
    }
    if (!c->params)
        return tb_fail_memory(error);
    tb_params_touch(c->params);
    return TB_OK;
}

tb_status tb_checkpoint_make_params(tb_checkpoint *c, tb_error *error)
{
    tb_graph *g =
        tb_instrument_declare(c->instrument, c->config, c->base, error);
    if (!g)
        return error ? error->status : TB_ERR_ARGUMENT;
    tb_status status = c->base ? tb_base_declare(c->base, g, error) : TB_OK;
    if (!status)
        status = take_params(NULL, g, c, error);
    tb_graph_free(g);
    return status;
}

static tb_status read_params(tb_safetensors *file, const char *what,
                             tb_checkpoint *c, tb_error *error)
{
    tb_error why = {0};
    tb_graph *g =
        tb_instrument_declare(c->instrument, c->config, c->base, &why);
    if (!g)
        return why.status == TB_ERR_MEMORY ? tb_fail_memory(error)
                                           : is_corrupt(what, why.text, error);
    tb_status status = check_params(file, what, g, error);
    if (!status && c->base)
        status = tb_base_declare(c->base, g, error);
    if (!status)
        status = take_params(file, g, c, error);
    tb_graph_free(g);
    return status;
}

/* ---- what it stands on ---- */

/* Of all that a file says and holds; the data through its own checksum, which
   was verified, if it has one. */
static uint64_t hash_of(const tb_safetensors *file)
{
    tb_hash hash;
    tb_hash_init(&hash, 0);
    for (size_t i = 0; i < tb_safetensors_text_count(file); i++) {
        tb_stored_text t = tb_safetensors_text_at(file, i);
        tb_hash_add(&hash, t.key, strlen(t.key) + 1);
        tb_hash_add(&hash, t.value, strlen(t.value) + 1);
    }
    bool is_summed = tb_safetensors_text(file, "checksum") != NULL;
    for (size_t i = 0; i < tb_safetensors_count(file); i++) {
        const tb_stored *t = tb_safetensors_at(file, i);
        tb_hash_add(&hash, t->name, strlen(t->name) + 1);
        tb_hash_add(&hash, t->shape, (size_t)t->rank * sizeof *t->shape);
        if (!is_summed)
            tb_hash_add(&hash, t->data, t->bytes);
    }
    return tb_hash_get(&hash);
}

/* `beside`: the file, or null. */
static tb_status read_base(const tb_safetensors *file, const char *what,
                           const char *beside, tb_checkpoint *c,
                           tb_error *error)
{
    char named[8];
    const char *text = tb_safetensors_text(file, "base_hash");
    uint64_t hashes[TB_MOST_BASES] = {0};
    for (int i = 0; i < TB_MOST_BASES; i++) {
        char *end = (char *)text;
        hashes[i] = text ? strtoull(text, &end, 16) : 0;
        text = end;
        tb_base_named(c->instrument, c->config, i, named, sizeof named);
        if (named[0] && !hashes[i])
            return is_corrupt(what, "it does not say what it stands on", error);
    }
    return tb_base_open(c->instrument, c->config, hashes, beside, &c->base,
                        error);
}

/* Null without memory, and for null. */
static char *copy(const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    char *new = text ? tb_alloc(size) : NULL;
    return new ? memcpy(new, text, size) : NULL;
}

static tb_status read_all(tb_safetensors *file, const char *what,
                          tb_checkpoint *c, tb_error *error)
{
    tb_error local;
    error = error ? error : &local;
    tb_status status = find_kind(file, what, c, error);
    if (status)
        return status;
    const char *trained_on = tb_safetensors_text(file, "trained_on");
    const char *made_of = tb_safetensors_text(file, "made_of");
    const char *epoch = tb_safetensors_text(file, "epoch");
    c->epoch = epoch ? (int)strtol(epoch, NULL, 10) : -1;
    c->config = tb_alloc(c->instrument->config_size);
    c->trained_on = copy(trained_on ? trained_on : "");
    c->made_of = copy(made_of);
    c->trained = tb_trained_read(file);
    if (!c->config || !c->trained_on || (made_of && !c->made_of))
        return tb_fail_memory(error);
    status = read_settings(file, what, c, error);
    if (!status)
        status = tb_known_level_read(&c->known_level,
                                     tb_safetensors_text(file, "level"),
                                     tb_safetensors_text(file, "gains"), error);
    if (!status)
        status = read_base(file, what, c->file ? what : NULL, c, error);
    return status ? status : read_params(file, what, c, error);
}

tb_status tb_checkpoint_open(const char *path, tb_checkpoint *checkpoint,
                             tb_error *error)
{
    return tb_checkpoint_open_known(path, 0, checkpoint, error);
}

tb_status tb_checkpoint_open_known(const char *path, uint64_t hash,
                                   tb_checkpoint *checkpoint, tb_error *error)
{
    *checkpoint = (tb_checkpoint){.epoch = -1};
    tb_status status =
        tb_is_hdf5(path) ? tb_mimikit_open(path, &checkpoint->file, error)
        : tb_is_rave_file(path)
            ? tb_rave_open(path, &checkpoint->file, error)
            : tb_safetensors_open(path, &checkpoint->file, error);
    if (!status)
        checkpoint->hash = hash_of(checkpoint->file);
    if (!status && hash && hash != checkpoint->hash)
        status =
            tb_fail(error, TB_ERR_FORMAT,
                    "'%s' is another checkpoint than the one wanted.", path);
    if (!status)
        status = read_all(checkpoint->file, path, checkpoint, error);
    if (status)
        tb_checkpoint_clear(checkpoint);
    return status;
}

tb_status tb_checkpoint_read(const void *data, size_t bytes, const char *what,
                             tb_checkpoint *checkpoint, tb_error *error)
{
    tb_safetensors *file;
    *checkpoint = (tb_checkpoint){.epoch = -1};
    tb_status status = tb_safetensors_read(data, bytes, what, &file, error);
    if (status)
        return status;
    checkpoint->hash = hash_of(file);
    status = read_all(file, what, checkpoint, error);
    tb_safetensors_close(file);
    if (status)
        tb_checkpoint_clear(checkpoint);
    return status;
}

void tb_checkpoint_rest(const tb_checkpoint *checkpoint)
{
    if (checkpoint->file)
        tb_safetensors_drop(checkpoint->file);
    for (const tb_checkpoint *b = checkpoint->base; b; b = b->next)
        tb_checkpoint_rest(b);
}

const tb_known_level *tb_checkpoint_level(const tb_checkpoint *c)
{
    while (!c->known_level.known && c->base)
        c = c->base;
    return &c->known_level;
}

void tb_checkpoint_clear(tb_checkpoint *checkpoint)
{
    tb_free(checkpoint->config);
    tb_params_free(checkpoint->params);
    tb_base_close(checkpoint->base);
    tb_safetensors_close(checkpoint->file);
    tb_free(checkpoint->trained_on);
    tb_free(checkpoint->made_of);
    tb_known_level_clear(&checkpoint->known_level);
    *checkpoint = (tb_checkpoint){.epoch = -1};
}
