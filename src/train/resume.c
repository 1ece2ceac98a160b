#include "train/resume.h"

#include "base/arena.h"
#include "base/safetensors.h"
#include "engine/params.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers as text ---- */

typedef struct field {
    const char *name;
    size_t offset;
    bool is_integer;
    bool is_new; /* older files do not have it: 0 */
} field;

static const field fields[] = {
    {"epoch", offsetof(tb_progress, epoch), true, false},
    {"step", offsetof(tb_progress, step), true, false},
    {"steps_per_epoch", offsetof(tb_progress, steps_per_epoch), true, false},
    {"seconds", offsetof(tb_progress, seconds), false, false},
    {"example_seconds", offsetof(tb_progress, example_seconds), false, false},
    {"epoch_bits", offsetof(tb_progress, epoch_bits), false, false},
    {"part_bits", offsetof(tb_progress, part_bits), false, false},
    {"part_steps", offsetof(tb_progress, part_steps), true, false},
    {"best_bits", offsetof(tb_progress, best_bits), false, false},
    {"best_epoch", offsetof(tb_progress, best_epoch), true, false},
    {"steps_before", offsetof(tb_progress, steps_before), true, true},
};

enum { FIELDS = sizeof fields / sizeof *fields, TEXTS = FIELDS + 2 };

/* Nothing in a file is below 0. */
static bool is_possible(const field *f, int64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return f->is_integer ? bits >= 0 : number >= 0 && isfinite(number);
}

/* Doubles as the bits they are: nothing is rounded, in any locale. */
static char *write_field(tb_arena *arena, const field *f,
                         const tb_progress *progress)
{
    int64_t number;
    memcpy(&number, (const char *)progress + f->offset, sizeof number);
    return f->is_integer
               ? tb_arena_printf(arena, "%" PRId64, number)
               : tb_arena_printf(arena, "0x%016" PRIx64, (uint64_t)number);
}

static tb_status read_field(const tb_safetensors *file, const char *path,
                            const field *f, int64_t *number, tb_error *error)
{
    const char *text = tb_safetensors_text(file, f->name);
    char *end = NULL;
    if (!text && f->is_new)
        return TB_OK;
    if (text)
        *number = (int64_t)strtoull(text, &end, 0);
    if (!text || end == text || *end || !is_possible(f, *number))
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is no file to resume a training from: it does "
                       "not tell its %s.",
                       path, f->name);
    return TB_OK;
}

static tb_status read_fields(const tb_safetensors *file, const char *path,
                             tb_progress *progress, int64_t *steps,
                             tb_error *error)
{
    static const field steps_field = {"steps", 0, true, false};
    tb_status status = read_field(file, path, &steps_field, steps, error);
    for (int i = 0; i < FIELDS && !status; i++) {
        int64_t number = 0;
        status = read_field(file, path, &fields[i], &number, error);
        if (!status)
            memcpy((char *)progress + fields[i].offset, &number, sizeof number);
    }
    return status;
}

/* ---- tensors ---- */

typedef struct field_list {
    tb_arena *arena;
    tb_stored *tensors;
    size_t count;
} field_list;

static bool list_weights(field_list *l, const char *block, const float *data,
                         const tb_params *params)
{
    for (int i = 0; i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        tb_stored *t = &l->tensors[l->count++];
        *t = (tb_stored){.name =
                             tb_arena_printf(l->arena, "%s/%s", block, p->name),
                         .type = TB_STORED_F32,
                         .rank = p->shape.rank,
                         .data = data + p->offset,
                         .bytes = (size_t)p->n * sizeof(float)};
        memcpy(t->shape, p->shape.dim, (size_t)t->rank * sizeof *t->shape);
        if (!t->name)
            return false;
    }
    return true;
}

static bool list_states(field_list *l, const tb_trainer *trainer)
{
    for (int i = 0; i < tb_trainer_states(trainer); i++) {
        tb_carried state = tb_trainer_state(trainer, i);
        tb_stored *t = &l->tensors[l->count++];
        void *data = tb_arena_alloc(l->arena, state.bytes);
        *t = (tb_stored){
            .name = tb_arena_printf(l->arena, "state/%d/%s", i, state.name),
            .type = state.is_integer ? TB_STORED_I64 : TB_STORED_F32,
            .rank = state.rank,
            .data = data,
            .bytes = state.bytes};
        memcpy(t->shape, state.shape, (size_t)t->rank * sizeof *t->shape);
        if (!t->name || !data)
            return false;
        tb_trainer_get_state(trainer, i, data);
    }
    return true;
}

/* Everything, in one order for writing and for reading. */
static bool list_all(field_list *l, tb_trainer *trainer)
{
    tb_params *params = tb_trainer_params(trainer);
    tb_optimiser_block blocks[TB_OPTIMISER_BLOCKS];
    int n = tb_optimiser_blocks(tb_trainer_optimiser(trainer), blocks);
    size_t most = (size_t)tb_params_count(params) * (size_t)(n + 1) +
                  (size_t)tb_trainer_states(trainer);
    l->arena = tb_arena_new();
    if (!l->arena ||
        !(l->tensors = tb_arena_array(l->arena, most + 1, sizeof(tb_stored))) ||
        !list_weights(l, "weights", tb_params_data(params), params))
        return false;
    for (int i = 0; i < n; i++)
        if (!list_weights(l, blocks[i].name, blocks[i].data, params))
            return false;
    return list_states(l, trainer);
}

/* ---- the file ---- */

static tb_status save(const char *path, const field_list *l, int64_t steps,
                      const tb_progress *progress, tb_writer *writer,
                      tb_error *error)
{
    tb_stored_text texts[TEXTS] = {
        {"format", "timbrel-resume-1"},
        {"steps", tb_arena_printf(l->arena, "%" PRId64, steps)}};
    for (int i = 0; i < FIELDS; i++)
        texts[2 + i] = (tb_stored_text){
            fields[i].name, write_field(l->arena, &fields[i], progress)};
    for (int i = 0; i < TEXTS; i++)
        if (!texts[i].value)
            return tb_fail_memory(error);
    return tb_writer_save(writer, path, l->tensors, l->count, texts, TEXTS,
                          error);
}

tb_status tb_resume_save(const char *path, tb_trainer *trainer,
                         const tb_progress *progress, tb_writer *writer,
                         tb_error *error)
{
    field_list l = {0};
    tb_status status =
        list_all(&l, trainer)
            ? save(path, &l, tb_trainer_steps(trainer), progress, writer, error)
            : tb_fail_memory(error);
    tb_arena_free(l.arena);
    return status;
}

/* What the file has for one of the tensors. */
static tb_status find(const tb_safetensors *file, const tb_stored *to,
                      const tb_stored **from, tb_error *error)
{
    tb_status status =
        tb_safetensors_get(file, to->name, to->rank, to->shape, from, error);
    if (!status && ((*from)->type != to->type || (*from)->bytes != to->bytes))
        status = tb_fail(error, TB_ERR_FORMAT,
                         "The tensor '%s' is of another type.", to->name);
    return status;
}

static tb_status other_network(tb_error *error)
{
    tb_error why = *error;
    return tb_fail(error, TB_ERR_FORMAT,
                   "The run was trained with another network or optimiser than "
                   "the settings say now, and cannot go on with these. %.700s",
                   why.text);
}

/* Looks whether all that is needed is there, then copies it. */
static tb_status load(const tb_safetensors *file, const field_list *l,
                      tb_trainer *trainer, bool *same_rows, tb_error *error)
{
    size_t states = l->count - (size_t)tb_trainer_states(trainer);
    const tb_stored *from;
    *same_rows = true;
    for (size_t i = 0; i < l->count; i++) {
        tb_status status = find(file, &l->tensors[i], &from, error);
        if (status && i < states)
            return other_network(error);
        *same_rows = *same_rows && !status;
    }
    for (size_t i = 0; i < (*same_rows ? l->count : states); i++) {
        const tb_stored *to = &l->tensors[i];
        find(file, to, &from, NULL);
        memcpy((void *)to->data, from->data, to->bytes);
        if (i >= states)
            tb_trainer_set_state(trainer, (int)(i - states), to->data);
    }
    return TB_OK;
}

/* Told with the way out, for the run has its checkpoints. */
static tb_status fail_damaged(tb_status status, tb_error *error)
{
    tb_error why = *error;
    if (status != TB_ERR_FORMAT)
        return status;
    return tb_fail(error, status,
                   "%.700s Move this file away: --resume then goes on from the "
                   "last checkpoint.",
                   why.text);
}

tb_status tb_resume_load(const char *path, tb_trainer *trainer,
                         tb_progress *progress, bool *same_rows,
                         tb_error *error)
{
    tb_error own;
    tb_safetensors *file = NULL;
    field_list l = {0};
    int64_t steps = 0;
    error = error ? error : &own;
    tb_status status = tb_safetensors_open(path, &file, error);
    if (status)
        return fail_damaged(status, error);
    const char *format = tb_safetensors_text(file, "format");
    if (!format || strcmp(format, "timbrel-resume-1") != 0)
        status = tb_fail(error, TB_ERR_FORMAT,
                         "'%s' is no file to resume a training from.", path);
    if (!status)
        status = read_fields(file, path, progress, &steps, error);
    status = fail_damaged(status, error);
    if (!status && !list_all(&l, trainer))
        status = tb_fail_memory(error);
    if (!status)
        status = load(file, &l, trainer, same_rows, error);
    if (!status) {
        tb_optimiser_set_steps(tb_trainer_optimiser(trainer), steps);
        tb_params_touch(tb_trainer_params(trainer));
    }
    tb_arena_free(l.arena);
    tb_safetensors_close(file);
    return status;
}

/* ---- from a checkpoint ---- */

static float *average_of(tb_trainer *trainer)
{
    tb_optimiser_block blocks[TB_OPTIMISER_BLOCKS];
    int n = tb_optimiser_blocks(tb_trainer_optimiser(trainer), blocks);
    for (int i = 0; i < n; i++)
        if (strcmp(blocks[i].name, "average") == 0)
            return blocks[i].data;
    return NULL;
}

static tb_status find_weights(const tb_safetensors *file,
                              const tb_params *params, tb_error *error)
{
    for (int i = 0; i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        tb_stored to = {.name = p->name,
                        .type = TB_STORED_F32,
                        .rank = p->shape.rank,
                        .bytes = (size_t)p->n * sizeof(float)};
        const tb_stored *from;
        memcpy(to.shape, p->shape.dim, (size_t)to.rank * sizeof *to.shape);
        if (find(file, &to, &from, error))
            return other_network(error);
    }
    return TB_OK;
}

tb_status tb_resume_from_checkpoint(const char *path, tb_trainer *trainer,
                                    tb_error *error)
{
    tb_error own;
    tb_safetensors *file = NULL;
    tb_params *params = tb_trainer_params(trainer);
    float *weights = tb_params_data(params), *average = average_of(trainer);
    error = error ? error : &own;
    tb_status status = tb_safetensors_open(path, &file, error);
    if (status)
        return status;
    status = find_weights(file, params, error);
    for (int i = 0; i < tb_params_count(params) && !status; i++) {
        const tb_parameter *p = tb_params_at(params, i);
        memcpy(weights + p->offset, tb_safetensors_find(file, p->name)->data,
               (size_t)p->n * sizeof *weights);
    }
    if (!status && average)
        memcpy(average, weights,
               (size_t)tb_params_total(params) * sizeof *weights);
    tb_params_touch(params);
    tb_safetensors_close(file);
    return status;
}
