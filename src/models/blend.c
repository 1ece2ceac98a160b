#include "models/blend.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/memory.h"
#include "models/base_checkpoint.h"
#include "models/checkpoint_find.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the files ---- */

typedef struct blended_file {
    char *path;    /* in the arena */
    double weight; /* all of them: 1 */
    uint64_t hash;
} blended_file;

typedef struct blending {
    tb_arena *arena;
    blended_file *files;
    int count, room;
    double **sums; /* of each parameter; those of bases: null */
} blending;

static tb_status add_file(blending *b, const char *path, double weight,
                          tb_error *error)
{
    if (b->count == b->room) {
        int room = b->room ? 2 * b->room : 16;
        blended_file *larger =
            tb_arena_array(b->arena, (size_t)room, sizeof *larger);
        if (!larger)
            return tb_fail_memory(error);
        if (b->count)
            memcpy(larger, b->files, (size_t)b->count * sizeof *larger);
        b->files = larger;
        b->room = room;
    }
    char *copy = tb_arena_strdup(b->arena, path);
    b->files[b->count++] = (blended_file){.path = copy, .weight = weight};
    return copy ? TB_OK : tb_fail_memory(error);
}

static tb_status add_named(blending *b, const tb_blended *named,
                           tb_error *error)
{
    tb_checkpoint_choice choice;
    tb_checkpoint_list list;
    if (!(named->weight >= 0 && named->weight <= 1e9))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The weight of '%s' is %g: it starts at 0.", named->name,
                       named->weight);
    tb_status status = tb_checkpoint_choose(named->name, &choice, error);
    if (!status)
        status = tb_checkpoint_find_epochs(choice.path, choice.first,
                                           choice.last, &list, error);
    if (status)
        return status;
    for (int i = 0; i < list.count && !status; i++)
        status =
            add_file(b, list.at[i].path, named->weight / list.count, error);
    tb_checkpoint_list_clear(&list);
    return status;
}

static tb_status weigh(blending *b, tb_error *error)
{
    double all = 0;
    for (int i = 0; i < b->count; i++)
        all += b->files[i].weight;
    if (!(all > 0))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "All weights are 0: nothing would be left.");
    for (int i = 0; i < b->count; i++)
        b->files[i].weight /= all;
    return TB_OK;
}

/* ---- whether they go together ---- */

static bool names_base(const tb_instrument *instrument, const char *setting)
{
    const char *const *base = instrument->bases;
    for (; base && *base; base++)
        if (strcmp(*base, setting) == 0)
            return true;
    return false;
}

static tb_status fail_setting(const tb_setting *row, const char *one,
                              const char *two, const char *path,
                              tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "The weights of '%s' cannot be mixed in: its %s is %s, that "
                   "of the first is %s, and only what has one shape can be "
                   "mixed. Networks of one alphabet can vote instead.",
                   path, row->name, two[0] ? two : "empty",
                   one[0] ? one : "empty");
}

static tb_status compare_settings(const tb_checkpoint *a,
                                  const tb_checkpoint *b, const char *path,
                                  tb_error *error)
{
    const tb_settings *table = a->instrument->settings;
    for (int i = 0; i < table->count; i++) {
        char one[512], two[sizeof one];
        const tb_setting *row = &table->rows[i];
        tb_setting_text(row, a->config, one, sizeof one);
        tb_setting_text(row, b->config, two, sizeof two);
        if (strcmp(one, two) != 0 && !names_base(a->instrument, row->name))
            return fail_setting(row, one, two, path, error);
    }
    return TB_OK;
}

static tb_status compare(const tb_checkpoint *a, const tb_checkpoint *b,
                         const char *path, tb_error *error)
{
    if (a->instrument != b->instrument)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The weights of '%s' cannot be mixed in: it is a "
                       "checkpoint of %s, the first is one of %s. Networks of "
                       "one alphabet can vote instead.",
                       path, b->instrument->name, a->instrument->name);
    tb_status status = compare_settings(a, b, path, error);
    if (!status &&
        (a->base ? a->base->hash : 0) != (b->base ? b->base->hash : 0))
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "The weights of '%s' cannot be mixed in: it stands on "
                         "another checkpoint than the first.",
                         path);
    return status;
}

static tb_status check_kind(const tb_checkpoint *c, const char *path,
                            tb_error *error)
{
    const tb_network *n = c->instrument->network;
    if (n && tb_params_count(c->params) > 0)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "'%s' is a checkpoint of %s, which has learned no weights "
                   "that could be mixed.",
                   path, c->instrument->name);
}

/* ---- mixing ---- */

static tb_status make_sums(blending *b, const tb_params *params,
                           tb_error *error)
{
    int n = tb_params_count(params);
    b->sums = tb_arena_array(b->arena, (size_t)n + 1, sizeof *b->sums);
    for (int i = 0; b->sums && i < n; i++) {
        const tb_parameter *p = tb_params_at(params, i);
        if (tb_is_of_base(p->name))
            continue;
        b->sums[i] =
            tb_arena_array(b->arena, (size_t)p->n + 1, sizeof **b->sums);
        if (!b->sums[i])
            return tb_fail_memory(error);
    }
    return b->sums ? TB_OK : tb_fail_memory(error);
}

/* Settings that are alike give parameters in the same order. */
static void add_weights(blending *b, const tb_params *params, double weight)
{
    for (int i = 0; weight > 0 && i < tb_params_count(params); i++) {
        const float *x = tb_params_value(params, i);
        for (int64_t k = 0; b->sums[i] && k < tb_params_at(params, i)->n; k++)
            b->sums[i][k] += weight * (double)x[k];
    }
}

/* They are as far as the one that learned longest. */
static tb_status add_other(blending *b, int i, tb_checkpoint *first,
                           tb_error *error)
{
    tb_checkpoint c;
    blended_file *f = &b->files[i];
    tb_status status = tb_checkpoint_open(f->path, &c, error);
    if (status)
        return status;
    f->hash = c.hash;
    status = compare(first, &c, f->path, error);
    if (!status)
        add_weights(b, c.params, f->weight);
    if (!status && c.trained.steps > first->trained.steps)
        first->trained = c.trained;
    tb_checkpoint_clear(&c);
    return status;
}

/* Weights of its own take the place of those that lie in the file. */
static tb_status replace_weights(const blending *b, tb_checkpoint *c,
                                 tb_error *error)
{
    tb_params_free(c->params);
    c->params = NULL;
    tb_safetensors_close(c->file);
    c->file = NULL;
    tb_status status = tb_checkpoint_make_params(c, error);
    if (status)
        return status;
    float *to = tb_params_data(c->params);
    for (int i = 0; i < tb_params_count(c->params); i++) {
        const tb_parameter *p = tb_params_at(c->params, i);
        for (int64_t k = 0; b->sums[i] && k < p->n; k++)
            to[p->offset + k] = (float)b->sums[i][k];
    }
    tb_params_touch(c->params);
    return TB_OK;
}

/* What it is made of, and so what it is. */
static tb_status describe(const blending *b, tb_checkpoint *c, tb_error *error)
{
    tb_hash hash;
    size_t size = 1, n = 0;
    for (int i = 0; i < b->count; i++)
        size += strlen(b->files[i].path) + 64;
    c->made_of = tb_alloc(size);
    if (!c->made_of)
        return tb_fail_memory(error);
    tb_hash_init(&hash, 0);
    for (int i = 0; i < b->count; i++) {
        const blended_file *f = &b->files[i];
        tb_hash_add(&hash, &f->hash, sizeof f->hash);
        tb_hash_add(&hash, &f->weight, sizeof f->weight);
        n += (size_t)snprintf(c->made_of + n, size - n,
                              "%.6g %016" PRIx64 " %s\n", f->weight, f->hash,
                              f->path);
    }
    c->hash = tb_hash_get(&hash);
    c->epoch = -1;
    return TB_OK;
}

static tb_status blend(blending *b, tb_checkpoint *c, tb_error *error)
{
    tb_status status = tb_checkpoint_open(b->files[0].path, c, error);
    if (status || b->count == 1)
        return status;
    b->files[0].hash = c->hash;
    status = check_kind(c, b->files[0].path, error);
    if (!status)
        status = make_sums(b, c->params, error);
    if (!status)
        add_weights(b, c->params, b->files[0].weight);
    for (int i = 1; i < b->count && !status; i++)
        status = add_other(b, i, c, error);
    if (!status)
        status = replace_weights(b, c, error);
    if (!status)
        status = describe(b, c, error);
    if (status)
        tb_checkpoint_clear(c);
    return status;
}

tb_status tb_blend_open(const tb_blended *blended, int count, tb_checkpoint *c,
                        tb_error *error)
{
    blending b = {.arena = tb_arena_new()};
    *c = (tb_checkpoint){.epoch = -1};
    tb_status status = b.arena ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < count && !status; i++)
        status = add_named(&b, &blended[i], error);
    if (!status)
        status = weigh(&b, error);
    if (!status)
        status = blend(&b, c, error);
    tb_arena_free(b.arena);
    return status;
}
