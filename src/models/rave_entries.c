#include "models/rave_entries.h"

#include "base/memory.h"
#include "torchscript/script_tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ENTRIES = 100000, MOST_DEPTH = 40, MOST_LISTED = 8, NAME = 512 };

/* An archive on its way to being entries. */
typedef struct entry_reading {
    tb_archive *archive;
    tb_arena *arena;
    const char *what;
    bool is_average;
    tb_rave_entries *all;
} entry_reading;

/* ---- one of them ---- */

/* Of a tensor of one number, that too. */
static tb_status read_tensor(entry_reading *r, const tb_pickled *v,
                             tb_rave_entry *to, tb_error *error)
{
    const void *data;
    tb_pickled_tensor *t = &to->tensor;
    tb_status status =
        tb_pickled_tensor_read(v, r->archive, "data", r->what, t, error);
    if (status || t->elements != 1)
        return status;
    status = tb_archive_data(r->archive, t->storage, &data, error);
    if (!status)
        to->number = tb_dtype_read(t->dtype, data, t->offset);
    return status;
}

static tb_status add_entry(entry_reading *r, const char *name,
                           const tb_pickled *v, tb_error *error)
{
    tb_rave_entries *e = r->all;
    bool is_tensor = tb_pickled_is_tensor(v);
    bool is_real = tb_pickled_is(v, TB_PICKLED_REAL);
    if (!is_tensor && !is_real && !tb_pickled_is(v, TB_PICKLED_INT))
        return TB_OK;
    if (e->count == MOST_ENTRIES)
        return tb_fail(error, TB_ERR_FORMAT, "'%s' has too many parts.",
                       r->what);
    tb_rave_entry *larger =
        tb_array_grown(e->at, e->count, &e->room, sizeof *larger);
    if (!larger)
        return tb_fail_memory(error);
    e->at = larger;
    tb_rave_entry *to = &e->at[e->count++];
    *to = (tb_rave_entry){.name = tb_arena_strdup(r->arena, name),
                          .is_tensor = is_tensor,
                          .is_average = r->is_average};
    if (!to->name)
        return tb_fail_memory(error);
    if (is_tensor)
        return read_tensor(r, v, to, error);
    to->number = is_real ? v->real : (double)v->integer;
    return TB_OK;
}

/* A list or tuple of whole numbers, "_pad", as "_pad.0", "_pad.1". */
static tb_status add_list(entry_reading *r, const char *name,
                          const tb_pickled *list, tb_error *error)
{
    tb_status status = TB_OK;
    for (size_t i = 0; i < list->count && i < MOST_LISTED && !status; i++) {
        char full[NAME + 24];
        snprintf(full, sizeof full, "%s.%zu", name, i);
        if (tb_pickled_is(list->items[i], TB_PICKLED_INT))
            status = add_entry(r, full, list->items[i], error);
    }
    return status;
}

/* ---- all of them ---- */

/* Attributes of a module, and those of modules within it. */
static tb_status walk(entry_reading *r, const tb_pickled *module,
                      const char *path, int depth, tb_error *error)
{
    const tb_pickled *state =
        tb_pickled_is(module, TB_PICKLED_DICT) ? module : module->state;
    tb_status status = TB_OK;
    if (!tb_pickled_is(state, TB_PICKLED_DICT) || depth == MOST_DEPTH)
        return TB_OK;
    for (size_t i = 0; i + 1 < state->count && !status; i += 2) {
        const tb_pickled *key = state->items[i], *value = state->items[i + 1];
        char name[NAME];
        const char *type;
        tb_pickled *list = tb_pickled_untag(state->items[i + 1], &type);
        if (!tb_pickled_is(key, TB_PICKLED_TEXT) ||
            strlen(path) + key->text_bytes + 2 > sizeof name)
            continue;
        snprintf(name, sizeof name, "%s%s%s", path, *path ? "." : "",
                 key->text);
        if (tb_pickled_is(list, TB_PICKLED_LIST) ||
            tb_pickled_is(list, TB_PICKLED_TUPLE))
            status = add_list(r, name, list, error);
        else if (tb_pickled_is(value, TB_PICKLED_OBJECT) &&
                 !tb_pickled_is_tensor(value))
            status = walk(r, value, name, depth + 1, error);
        else
            status = add_entry(r, name, value, error);
    }
    return status;
}

/* The averages that Lightning's callback EMA kept; null: it did not. */
static const tb_pickled *averages_of(const tb_pickled *root)
{
    const tb_pickled *callbacks = tb_pickled_find(root, "callbacks");
    return callbacks ? tb_pickled_find(callbacks, "EMA") : NULL;
}

static tb_status walk_root(entry_reading *r, const tb_unpickled *tree,
                           bool is_checkpoint, tb_error *error)
{
    const tb_pickled *averages = NULL, *weights = tree->root;
    if (is_checkpoint) {
        weights = tb_pickled_find(tree->root, "state_dict");
        averages = averages_of(tree->root);
    }
    if (!weights || tree->depth < 0)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' holds no weights of a network.", r->what);
    tb_status status = walk(r, weights, "", 0, error);
    r->is_average = true;
    r->all->averages = averages != NULL;
    return status || !averages ? status : walk(r, averages, "", 0, error);
}

/* ---- names of 2022 ---- */

/* "encoder.net.0.weight" was "encoder.encoder.net.0.weight" later on, and
   "decoder.net.2.net.0.aligned.branches.0.1.weight", of the first unit of a
   stage, "decoder.net.2.net.branches.0.net.0.net.aligned.branches.0.1.weight".
 */
static void name_anew(const char *name, char to[NAME])
{
    static const char encoder[] = "encoder.";
    int stage, unit, at = 0;
    snprintf(to, NAME, "%s", name);
    if (strncmp(name, encoder, sizeof encoder - 1) == 0)
        snprintf(to, NAME, "encoder.%s", name);
    else if (sscanf(name, "decoder.net.%d.net.%d.aligned%n", &stage, &unit,
                    &at) == 2 &&
             at > 0)
        snprintf(to, NAME, "decoder.net.%d.net.branches.0.net.%d.net.aligned%s",
                 stage, unit, name + at);
}

static tb_status name_all_anew(tb_rave_entries *all, tb_arena *arena,
                               tb_error *error)
{
    for (int i = 0; i < all->count; i++) {
        char name[NAME];
        name_anew(all->at[i].name, name);
        all->at[i].name = tb_arena_strdup(arena, name);
        if (!all->at[i].name)
            return tb_fail_memory(error);
    }
    return TB_OK;
}

static bool is_of_2022(const tb_rave_entries *all)
{
    for (int i = 0; i < all->count; i++)
        if (strcmp(all->at[i].name, "encoder.net.0.weight") == 0)
            return true;
    return false;
}

/* ---- by name ---- */

static int compare_names(const void *a, const void *b)
{
    const tb_rave_entry *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Averages come before what they are averages of. */
static int compare_entries(const void *a, const void *b)
{
    const tb_rave_entry *x = a, *y = b;
    int order = compare_names(a, b);
    return order ? order : (int)y->is_average - (int)x->is_average;
}

static void sort(tb_rave_entries *all)
{
    int kept = 0;
    if (all->count)
        qsort(all->at, (size_t)all->count, sizeof *all->at, compare_entries);
    for (int i = 0; i < all->count; i++)
        if (kept == 0 || strcmp(all->at[kept - 1].name, all->at[i].name) != 0)
            all->at[kept++] = all->at[i];
    all->count = kept;
}

tb_status tb_rave_entries_read(tb_archive *archive, bool is_checkpoint,
                               const char *what, tb_arena *arena,
                               tb_rave_entries *all, tb_error *error)
{
    entry_reading r = {archive, arena, what, false, all};
    tb_archive_entry *entry = tb_archive_find(archive, "data.pkl");
    tb_unpickled tree;
    const void *data;
    *all = (tb_rave_entries){0};
    if (!entry)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is an archive, but not one of PyTorch.", what);
    tb_status status = tb_archive_check_order(archive, error);
    if (!status)
        status = tb_archive_data(archive, entry, &data, error);
    if (!status)
        status = tb_unpickle(data, entry->bytes, what, arena, &tree, error);
    if (!status)
        status = walk_root(&r, &tree, is_checkpoint, error);
    all->of_2022 = is_of_2022(all);
    if (!status && all->of_2022)
        status = name_all_anew(all, arena, error);
    sort(all);
    return status;
}

void tb_rave_entries_clear(tb_rave_entries *all)
{
    tb_free(all->at);
    *all = (tb_rave_entries){0};
}

const tb_rave_entry *tb_rave_entry_named(const tb_rave_entries *all,
                                         const char *name)
{
    const tb_rave_entry wanted = {.name = name};
    return all->count ? bsearch(&wanted, all->at, (size_t)all->count,
                                sizeof *all->at, compare_names)
                      : NULL;
}

tb_status tb_rave_entry_numbers(tb_archive *archive, const tb_rave_entry *entry,
                                float *to, tb_error *error)
{
    const void *data;
    const tb_pickled_tensor *t = &entry->tensor;
    tb_status status = tb_archive_data(archive, t->storage, &data, error);
    for (int64_t i = 0; i < t->elements && !status; i++) {
        int64_t at = t->offset, left = i;
        for (int k = t->rank - 1; k >= 0; k--) {
            at += left % t->sizes[k] * t->strides[k];
            left /= t->sizes[k];
        }
        to[i] = (float)tb_dtype_read(t->dtype, data, at);
    }
    return status;
}
