#include "models/rave_import.h"

#include "base/memory.h"
#include "base/paths.h"
#include "engine/source.h"
#include "models/rave_gin.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WARMED_UP "decoder.warmed_up"

static const double LEAST_WEIGHT = 1e-12; /* of tb_rave_settings */

enum { NAME = 512, GIN_BYTES = 1 << 20 };

/* A file on its way to being content. */
typedef struct rave_file {
    tb_archive *archive;
    tb_arena *arena;
    const char *what;
    const char *gin; /* null: an export */
    size_t gin_bytes;
    tb_rave_entries entries;
    tb_rave config;
    tb_stored *made;
    size_t made_count;
} rave_file;

/* ---- weights ---- */

static const tb_rave_entry *find_tensor(const rave_file *f, const char *name,
                                        int64_t n)
{
    const tb_rave_entry *e = tb_rave_entry_named(&f->entries, name);
    return e && e->is_tensor && e->tensor.elements == n ? e : NULL;
}

/* Lengths of a weight that is whole: of each first index. */
static void measure_lengths(const float *weight, int64_t each, int64_t rows,
                            float *to)
{
    for (int64_t i = 0; i < rows; i++) {
        double sum = 0;
        for (int64_t k = 0; k < each; k++)
            sum += (double)weight[i * each + k] * (double)weight[i * each + k];
        to[i] = (float)sqrt(sum);
    }
}

/* The weight that was made of a direction and a length, as exports have it:
   null if there is none. */
static const tb_rave_entry *whole_of(const rave_file *f, const char *name,
                                     int64_t n, char end)
{
    char whole[NAME];
    size_t length = strlen(name);
    if (length < 3 || name[length - 2] != '_' || name[length - 1] != end)
        return NULL;
    snprintf(whole, sizeof whole, "%.*s", (int)length - 2, name);
    const tb_rave_entry *e = tb_rave_entry_named(&f->entries, whole);
    bool fits = e && e->is_tensor && e->tensor.rank > 0 &&
                (end == 'v' ? e->tensor.elements : e->tensor.sizes[0]) == n;
    return fits ? e : NULL;
}

static tb_status fill_lengths(rave_file *f, const tb_rave_entry *e, float *to,
                              tb_error *error)
{
    const tb_pickled_tensor *t = &e->tensor;
    float *weight = tb_alloc_array((size_t)t->elements + 1, sizeof *weight);
    tb_status status = weight
                           ? tb_rave_entry_numbers(f->archive, e, weight, error)
                           : tb_fail_memory(error);
    if (!status)
        measure_lengths(weight, t->elements / t->sizes[0], t->sizes[0], to);
    tb_free(weight);
    return status;
}

/* What a parameter of ours is made of: a tensor of its name and size, or the
   whole weight that it is the direction or (`*lengths`) the length of. */
static const tb_rave_entry *source_of(const rave_file *f, const char *name,
                                      int64_t n, bool *lengths)
{
    const tb_rave_entry *e = find_tensor(f, name, n);
    *lengths = false;
    if (!e)
        e = whole_of(f, name, n, 'v');
    if (e)
        return e;
    *lengths = true;
    return whole_of(f, name, n, 'g');
}

static int64_t elements_of(tb_shape shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape.rank; i++)
        n *= shape.dim[i];
    return n;
}

/* One parameter of ours; memory is taken for what is there. Exports of 2022 do
   not say that their noise is heard: it always is. */
static tb_status take(rave_file *f, const tb_node *node, tb_error *error)
{
    tb_shape shape = tb_value_shape(node->out[0]);
    tb_stored *t = &f->made[f->made_count];
    int64_t n = elements_of(shape);
    bool lengths;
    const tb_rave_entry *e = source_of(f, node->name, n, &lengths);
    bool noisy = f->entries.of_2022 && strcmp(node->name, WARMED_UP) == 0;
    if (!e && !noisy)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' has no weights '%s' of the size that its "
                       "configuration tells.",
                       f->what, node->name);
    float *to = tb_arena_array(f->arena, (size_t)n, sizeof *to);
    *t = (tb_stored){.name = tb_arena_strdup(f->arena, node->name),
                     .type = TB_STORED_F32,
                     .rank = shape.rank,
                     .data = to};
    memcpy(t->shape, shape.dim, sizeof shape.dim);
    if (!to || !t->name)
        return tb_fail_memory(error);
    f->made_count++;
    if (!e) {
        *to = 1;
        return TB_OK;
    }
    return lengths ? fill_lengths(f, e, to, error)
                   : tb_rave_entry_numbers(f->archive, e, to, error);
}

static tb_status take_all(rave_file *f, tb_error *error)
{
    tb_graph *g =
        tb_instrument_declare(&tb_rave_instrument, &f->config, NULL, error);
    if (!g)
        return TB_ERR_FORMAT;
    tb_status status = TB_OK;
    f->made = tb_arena_array(f->arena, (size_t)tb_graph_nodes(g) + 1,
                             sizeof *f->made);
    if (!f->made)
        status = tb_fail_memory(error);
    for (const tb_node *n = tb_graph_first(g); n && !status; n = n->next)
        if (n->op == &tb_op_param)
            status = take(f, n, error);
    tb_graph_free(g);
    return status;
}

/* ---- the configuration ---- */

/* Discrete models that RAVE 2.3 trained never chose a code: their latents are
   free, with noise beside them, and nothing kept them in order. */
static void read_codes(rave_file *f)
{
    tb_rave *c = &f->config;
    const tb_rave_entry *chooses =
        tb_rave_entry_named(&f->entries, "encoder.enabled");
    if (c->latent_kind != TB_RAVE_DISCRETE || !chooses || chooses->number != 0)
        return;
    c->latent_kind = TB_RAVE_WASSERSTEIN;
    c->divergence = c->divergence_start = LEAST_WEIGHT;
}

/* A configuration tells no channels: the first layer does. */
static tb_status read_channels(rave_file *f, tb_error *error)
{
    tb_rave *c = &f->config;
    static const char *const first[] = {"encoder.encoder.net.0.weight",
                                        "encoder.encoder.net.0.weight_v"};
    const tb_rave_entry *e = tb_rave_entry_named(&f->entries, first[0]);
    e = e ? e : tb_rave_entry_named(&f->entries, first[1]);
    int64_t each = c->hears == TB_RAVE_BANDS ? c->bands
                   : c->hears == TB_RAVE_MEL ? c->mel_bands
                                             : 1;
    int64_t in =
        e && e->is_tensor && e->tensor.rank == 3 ? e->tensor.sizes[1] : 0;
    c->channels = (int)(in / each);
    return in > 0 && in % each == 0 && c->channels <= 16
               ? TB_OK
               : tb_fail(error, TB_ERR_FORMAT,
                         "'%s' has no encoder of the kind that its "
                         "configuration tells.",
                         f->what);
}

static tb_status configure(rave_file *f, tb_error *error)
{
    tb_settings_part part = {&tb_rave_settings, &f->config};
    tb_settings_defaults(&part, 1);
    if (!f->gin)
        return tb_rave_of_shapes(&f->entries, f->what, &f->config, error);
    tb_gin *gin = tb_gin_read(f->gin, f->gin_bytes, f->what, f->arena, error);
    tb_status status =
        gin ? tb_rave_of_gin(gin, f->what, &f->config, error) : error->status;
    if (!status)
        read_codes(f);
    return status ? status : read_channels(f, error);
}

/* ---- the whole ---- */

static const char weights[] = "recordings that it does not name, by RAVE";
static const char averages[] =
    "recordings that it does not name, by RAVE; averages of its weights";

static tb_status finish(rave_file *f, tb_safetensors **out, tb_error *error)
{
    char *settings = tb_settings_lines(f->arena, &tb_rave_settings, &f->config);
    char *what = tb_arena_strdup(f->arena, f->what);
    const tb_stored_text texts[] = {
        {"format", "timbrel network"},
        {"format_version", "1"},
        {"network", tb_rave_instrument.name},
        {"settings", settings},
        {"epoch", "-1"},
        {"trained_on", f->entries.averages ? averages : weights}};
    if (!settings || !what)
        return tb_fail_memory(error);
    tb_arena *arena = f->arena;
    f->arena = NULL;
    return tb_safetensors_make(arena, what, f->made, f->made_count, texts,
                               sizeof texts / sizeof *texts, out, error);
}

/* The archive is closed. */
static tb_status convert(rave_file *f, tb_safetensors **out, tb_error *error)
{
    tb_error local;
    error = error ? error : &local;
    tb_status status =
        f->arena ? tb_rave_entries_read(f->archive, f->gin != NULL, f->what,
                                        f->arena, &f->entries, error)
                 : tb_fail_memory(error);
    if (!status)
        status = configure(f, error);
    if (!status)
        status = take_all(f, error);
    if (!status)
        status = finish(f, out, error);
    tb_rave_entries_clear(&f->entries);
    tb_arena_free(f->arena);
    tb_archive_close(f->archive);
    return status;
}

tb_status tb_rave_read(const void *data, size_t bytes, const char *what,
                       const char *gin, size_t gin_bytes, tb_safetensors **out,
                       tb_error *error)
{
    rave_file f = {.what = what, .gin = gin, .gin_bytes = gin_bytes};
    *out = NULL;
    tb_status status = tb_archive_read(data, bytes, what, &f.archive, error);
    if (status)
        return status;
    tb_archive_trust(f.archive);
    f.arena = tb_arena_new();
    return convert(&f, out, error);
}

/* ---- files ---- */

bool tb_is_rave_file(const char *path)
{
    unsigned char head[4] = {0};
    FILE *file = tb_is_folder(path) ? NULL : fopen(path, "rb");
    size_t n = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    return n == 4 && memcmp(head, "PK\3\4", 4) == 0;
}

/* config.gin in the folder of a file, or up to two above it; freed with
   tb_free, null if there is none. */
static char *find_gin(const char *path)
{
    static const char *const at[] = {"config.gin", "../config.gin",
                                     "../../config.gin"};
    char *folder = tb_path_folder(path), *found = NULL;
    for (int i = 0; folder && i < 3 && !found; i++) {
        found = tb_path_join(folder, at[i]);
        if (found && !tb_exists(found)) {
            tb_free(found);
            found = NULL;
        }
    }
    tb_free(folder);
    return found;
}

static tb_status read_gin(const char *path, char **gin, size_t *bytes,
                          tb_error *error)
{
    char *at = find_gin(path);
    void *text = NULL;
    if (!at)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' may be a checkpoint of RAVE, but there is no "
                       "config.gin in its folder or the two above: put it "
                       "there.",
                       path);
    tb_status status = tb_read_file(at, GIN_BYTES, &text, bytes, error);
    *gin = text;
    tb_free(at);
    return status;
}

tb_status tb_rave_open(const char *path, tb_safetensors **out, tb_error *error)
{
    rave_file f = {.what = path};
    char *gin = NULL;
    *out = NULL;
    tb_status status = tb_archive_open(path, &f.archive, error);
    if (status)
        return status;
    if (!tb_archive_has_program(f.archive))
        status = read_gin(path, &gin, &f.gin_bytes, error);
    if (status) {
        tb_archive_close(f.archive);
        return status;
    }
    f.gin = gin;
    f.arena = tb_arena_new();
    status = convert(&f, out, error);
    tb_free(gin);
    return status;
}
