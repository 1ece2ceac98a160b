#include "models/mimikit.h"

#include "base/arena.h"
#include "base/hdf5.h"
#include "base/memory.h"
#include "models/checkpoint_find.h"

#include <string.h>

/* A file on its way to being content. */
typedef struct mimikit_reader {
    tb_hdf5 *file;
    tb_arena *arena;
    char *network, *dataset;
    tb_stored *list;
    size_t count, room;
} mimikit_reader;

static bool take_prefix(const char **text, const char *prefix)
{
    size_t n = strlen(prefix);
    bool has = strncmp(*text, prefix, n) == 0;
    *text += has ? n : 0;
    return has;
}

/* "/network/tiers.0.fc.weight/__arr__" is "tiers.0.fc.weight"; earlier versions
   of h5mapper had a group "state_dict" around them. */
static const char *name_of(mimikit_reader *r, const char *path)
{
    static const char last[] = "/__arr__";
    take_prefix(&path, "/network/");
    take_prefix(&path, "state_dict/");
    char *name = tb_arena_strdup(r->arena, path);
    size_t length = strlen(path), n = sizeof last - 1;
    if (name && length > n && strcmp(name + length - n, last) == 0)
        name[length - n] = 0;
    return name;
}

static bool make_room(mimikit_reader *r)
{
    if (r->count < r->room)
        return true;
    size_t room = r->room ? 2 * r->room : 64;
    tb_stored *larger = tb_arena_array(r->arena, room, sizeof *larger);
    if (larger && r->count)
        memcpy(larger, r->list, r->count * sizeof *larger);
    r->list = larger ? larger : r->list;
    r->room = larger ? room : r->room;
    return larger != NULL;
}

static tb_status add_numbers(void *context, const tb_hdf5_numbers *numbers,
                             tb_error *error)
{
    mimikit_reader *r = context;
    const char *name = name_of(r, numbers->path);
    float *to =
        tb_arena_array(r->arena, (size_t)numbers->count + 1, sizeof *to);
    if (!name || !to || !make_room(r))
        return tb_fail_memory(error);
    tb_stored *t = &r->list[r->count++];
    *t = (tb_stored){
        .name = name, .type = TB_STORED_F32, .rank = numbers->rank, .data = to};
    memcpy(t->shape, numbers->shape, sizeof numbers->shape);
    return tb_hdf5_floats(r->file, numbers, to, error);
}

static tb_status read_all(tb_hdf5 *file, void *context, tb_error *error)
{
    mimikit_reader *r = context;
    r->file = file;
    tb_status status =
        tb_hdf5_text(file, "/network", "config", &r->network, error);
    if (!status)
        status = tb_hdf5_text(file, "/", "dataset", &r->dataset, error);
    return status || !r->network
               ? status
               : tb_hdf5_walk(file, "/network", add_numbers, r, error);
}

static tb_status convert(const mimikit_reader *r, const char *path,
                         tb_safetensors **out, tb_error *error)
{
    if (!r->network)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is an HDF5 file, but not a checkpoint of "
                       "mimikit.",
                       path);
    const tb_mimikit_content content = {.what = path,
                                        .network = r->network,
                                        .dataset = r->dataset,
                                        .epoch = tb_checkpoint_epoch(path),
                                        .tensors = r->list,
                                        .count = r->count};
    return tb_mimikit_convert(&content, out, error);
}

tb_status tb_mimikit_open(const char *path, tb_safetensors **out,
                          tb_error *error)
{
    mimikit_reader r = {.arena = tb_arena_new()};
    *out = NULL;
    tb_status status = r.arena ? tb_hdf5_read(path, read_all, &r, error)
                               : tb_fail_memory(error);
    if (!status)
        status = convert(&r, path, out, error);
    tb_free(r.network);
    tb_free(r.dataset);
    tb_arena_free(r.arena);
    return status;
}
