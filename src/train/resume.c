#include "train/resume.h"

#include "base/arena.h"
#include "base/safetensors.h"
#include "engine/params.h"
#include "models/base_checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char format_name[] = "timbrel-resume-2";

/* ---- numbers as text ---- */

/* A number of the progress or of the trainer's place. */
typedef struct field {
    char name[64];
    size_t offset;
    bool is_integer;
    bool is_new; /* 0 where a file of an older version does not tell it */
} field;

typedef struct standing {
    tb_progress progress;
    tb_trainer_place place;
} standing;

enum {
    FIELDS = 25 + TB_MOST_PHASES + TB_MOST_GROUPS + 6 * TB_MOST_METRICS,
    OWN_TEXTS = 3,
    TEXTS = FIELDS + OWN_TEXTS
};

static void add(field *f, int *n, const char *name, int i, size_t offset,
                bool is_integer)
{
    f[*n] = (field){.offset = offset, .is_integer = is_integer};
    if (i < 0)
        snprintf(f[*n].name, sizeof f->name, "%s", name);
    else
        snprintf(f[*n].name, sizeof f->name, "%s_%d", name, i);
    ++*n;
}

#define AT(member) offsetof(standing, member)

static void list_sums(field *f, int *n, const char *name, int metrics,
                      size_t at)
{
    char count[48];
    snprintf(count, sizeof count, "%s_steps", name);
    for (int i = 0; i < metrics; i++) {
        size_t from = at + (size_t)i * sizeof(tb_running_sum);
        add(f, n, name, i, from + offsetof(tb_running_sum, sum), false);
        add(f, n, count, i, from + offsetof(tb_running_sum, count), true);
    }
}

static void list_bests(field *f, int *n, int metrics)
{
    for (int i = 0; i < metrics; i++) {
        size_t from = AT(progress.best) + (size_t)i * sizeof(tb_best);
        add(f, n, "best", i, from + offsetof(tb_best, value), false);
        add(f, n, "best_epoch", i, from + offsetof(tb_best, epoch), true);
    }
}

/* Budgets and falling rates, of which files of 0.1.0 know nothing. */
static void list_pace(field *f, int *n)
{
    int first = *n;
    add(f, n, "round_seconds", -1, AT(progress.round.seconds), false);
    add(f, n, "round_used", -1, AT(progress.round.used), false);
    add(f, n, "finishing", -1, AT(progress.round.finishing), true);
    add(f, n, "finish_share", -1, AT(progress.round.share), false);
    add(f, n, "finish_from", -1, AT(progress.round.from), false);
    add(f, n, "finish_first", -1, AT(progress.round.first), true);
    add(f, n, "finish_last", -1, AT(progress.round.last), true);
    add(f, n, "falls", -1, AT(progress.plateau.falls), true);
    add(f, n, "fell", -1, AT(progress.plateau.fell), true);
    add(f, n, "plateau_best", -1, AT(progress.plateau.best), false);
    add(f, n, "plateau_best_epoch", -1, AT(progress.plateau.best_epoch), true);
    add(f, n, "plateau_ended", -1, AT(progress.plateau.ended), true);
    add(f, n, "falls_before", -1, AT(progress.plateau.before), true);
    for (int i = first; i < *n; i++)
        f[i].is_new = true;
}

/* All of them, in the order of the file. */
static int list_fields(const tb_trainer *trainer, field f[FIELDS])
{
    const tb_learning *l = tb_trainer_learning(trainer);
    int n = 0;
    add(f, &n, "epoch", -1, AT(progress.epoch), true);
    add(f, &n, "step", -1, AT(progress.step), true);
    add(f, &n, "steps_per_epoch", -1, AT(progress.steps_per_epoch), true);
    add(f, &n, "seconds", -1, AT(progress.seconds), false);
    add(f, &n, "example_seconds", -1, AT(progress.example_seconds), false);
    add(f, &n, "steps_before", -1, AT(progress.steps_before), true);
    add(f, &n, "steps", -1, AT(place.steps), true);
    add(f, &n, "phase", -1, AT(place.phase), true);
    add(f, &n, "taken", -1, AT(place.taken), true);
    for (int i = 0; i < l->phase_count; i++)
        add(f, &n, "phase_began", i,
            AT(place.phase_began) + (size_t)i * sizeof(int64_t), true);
    for (int i = 0; i < l->group_count; i++)
        add(f, &n, "group_steps", i,
            AT(place.group_steps) + (size_t)i * sizeof(int64_t), true);
    add(f, &n, "best_of_phase", -1, AT(progress.phase), true);
    list_bests(f, &n, l->metric_count);
    list_sums(f, &n, "epoch_sum", l->metric_count, AT(progress.epoch_sum));
    list_sums(f, &n, "line_sum", l->metric_count, AT(progress.line_sum));
    list_pace(f, &n);
    return n;
}

/* Counters are not below 0, and reals are finite. */
static bool is_possible(const field *f, int64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return f->is_integer ? bits >= 0 : isfinite(number);
}

/* Doubles as the bits they are: nothing is rounded, in any locale. */
static char *write_field(tb_arena *arena, const field *f, const standing *s)
{
    int64_t number;
    memcpy(&number, (const char *)s + f->offset, sizeof number);
    return f->is_integer
               ? tb_arena_printf(arena, "%" PRId64, number)
               : tb_arena_printf(arena, "0x%016" PRIx64, (uint64_t)number);
}

static tb_status read_field(const tb_safetensors *file, const char *path,
                            const field *f, standing *s, tb_error *error)
{
    const char *text = tb_safetensors_text(file, f->name);
    char *end = NULL;
    if (!text && f->is_new)
        return TB_OK;
    int64_t number = text ? (int64_t)strtoull(text, &end, 0) : 0;
    if (!text || end == text || *end || !is_possible(f, number))
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is no file to resume a training from: it does "
                       "not tell its %s.",
                       path, f->name);
    memcpy((char *)s + f->offset, &number, sizeof number);
    return TB_OK;
}

static tb_status read_fields(const tb_safetensors *file, const char *path,
                             const tb_trainer *trainer, standing *s,
                             tb_error *error)
{
    field f[FIELDS];
    int n = list_fields(trainer, f);
    tb_status status = TB_OK;
    for (int i = 0; i < n && !status; i++)
        status = read_field(file, path, &f[i], s, error);
    return status;
}

/* ---- blocks ---- */

static uint64_t layout_of(tb_trainer *trainer)
{
    const tb_params *params = tb_trainer_params(trainer);
    return tb_params_layout(params, tb_params_count(params));
}

/* Of the weights that a checkpoint holds, which come first: so the block can be
   read without a trainer. */
static uint64_t checkpoint_layout(tb_trainer *trainer)
{
    return tb_params_layout(tb_trainer_params(trainer),
                            tb_trainer_declared(trainer));
}

static tb_stored stored_of(const tb_trainer_block *b)
{
    return (tb_stored){.name = b->name,
                       .type = b->is_integer ? TB_STORED_I64 : TB_STORED_F32,
                       .rank = 1,
                       .shape = {b->n},
                       .data = b->data,
                       .bytes = (size_t)b->n * (b->is_integer ? 8 : 4)};
}

/* Its numbers in the host's memory: where they lie, if that is there; null if
   there is no memory. */
static const void *seen(tb_arena *arena, const tb_trainer *trainer,
                        const tb_trainer_block *b)
{
    if (tb_trainer_storage(trainer)->is_host)
        return b->data;
    void *copy = tb_arena_alloc(arena, stored_of(b).bytes + 1);
    if (copy)
        tb_trainer_block_read(trainer, b, copy);
    return copy;
}

/* ---- the file ---- */

size_t tb_resume_bytes(tb_trainer *trainer)
{
    enum { HEADER = 4096 };
    int count = tb_trainer_blocks(trainer);
    size_t bytes = HEADER;
    for (int i = 0; i < count; i++) {
        tb_trainer_block block = tb_trainer_block_at(trainer, i);
        bytes += stored_of(&block).bytes + 2 * sizeof block;
    }
    return bytes;
}

static tb_status save(tb_writer *writer, const char *path, tb_arena *arena,
                      tb_trainer *trainer, const standing *s, tb_error *error)
{
    field f[FIELDS];
    tb_stored_text texts[TEXTS] = {
        {"format", format_name},
        {"layout", tb_arena_printf(arena, "%016" PRIx64, layout_of(trainer))},
        {"checkpoint_layout",
         tb_arena_printf(arena, "%016" PRIx64, checkpoint_layout(trainer))}};
    int n = list_fields(trainer, f), count = tb_trainer_blocks(trainer);
    tb_trainer_block *blocks =
        tb_arena_array(arena, (size_t)count + 1, sizeof *blocks);
    tb_stored *list = tb_arena_array(arena, (size_t)count + 1, sizeof *list);
    bool good = blocks && list && texts[1].value && texts[2].value;
    for (int i = 0; good && i < n; i++) {
        texts[OWN_TEXTS + i] =
            (tb_stored_text){f[i].name, write_field(arena, &f[i], s)};
        good = texts[OWN_TEXTS + i].value != NULL;
    }
    for (int i = 0; good && i < count; i++) {
        blocks[i] = tb_trainer_block_at(trainer, i);
        list[i] = stored_of(&blocks[i]);
        list[i].data = seen(arena, trainer, &blocks[i]);
        good = list[i].data != NULL;
    }
    if (!good)
        return tb_fail_memory(error);
    return tb_writer_save(writer, path, list, (size_t)count, texts,
                          (size_t)n + OWN_TEXTS, error);
}

tb_status tb_resume_save(const char *path, tb_trainer *trainer,
                         const tb_progress *progress, tb_writer *writer,
                         tb_error *error)
{
    standing s = {*progress, tb_trainer_where(trainer)};
    tb_arena *arena = tb_arena_new();
    tb_status status = arena ? save(writer, path, arena, trainer, &s, error)
                             : tb_fail_memory(error);
    tb_arena_free(arena);
    return status;
}

static tb_status other_network(const char *why, tb_error *error)
{
    return tb_fail(error, TB_ERR_FORMAT,
                   "The run was trained with another network or optimiser than "
                   "the settings say now, and cannot go on with these. %.700s",
                   why);
}

/* What the file has for a block; false and null where it does not fit. */
static const tb_stored *find_block(const tb_safetensors *file,
                                   const tb_trainer_block *b)
{
    tb_stored to = stored_of(b);
    const tb_stored *from = tb_safetensors_find(file, b->name);
    bool fits = from && from->type == to.type && from->bytes == to.bytes;
    return fits ? from : NULL;
}

/* Looks whether all that is needed is there, then copies it. */
static tb_status load(const tb_safetensors *file, tb_trainer *trainer,
                      bool *same_rows, tb_error *error)
{
    const char *layout = tb_safetensors_text(file, "layout");
    int count = tb_trainer_blocks(trainer);
    *same_rows = true;
    if (!layout || strtoull(layout, NULL, 16) != layout_of(trainer))
        return other_network("Its layers have other sizes.", error);
    for (int i = 0; i < count; i++) {
        tb_trainer_block b = tb_trainer_block_at(trainer, i);
        bool fits = find_block(file, &b) != NULL;
        if (!fits && !b.carried)
            return other_network(b.name, error);
        *same_rows = *same_rows && fits;
    }
    for (int i = 0; i < count; i++) {
        tb_trainer_block b = tb_trainer_block_at(trainer, i);
        if (*same_rows || !b.carried)
            tb_trainer_block_write(trainer, &b, find_block(file, &b)->data);
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
    standing s = {0};
    error = error ? error : &own;
    tb_status status = tb_safetensors_open(path, &file, error);
    if (status)
        return fail_damaged(status, error);
    const char *format = tb_safetensors_text(file, "format");
    if (!format || strcmp(format, format_name) != 0)
        status = tb_fail(error, TB_ERR_FORMAT,
                         "'%s' is no file to resume a training from, or one of "
                         "another version of Timbrel.",
                         path);
    if (!status)
        status = read_fields(file, path, trainer, &s, error);
    status = fail_damaged(status, error);
    if (!status)
        status = load(file, trainer, same_rows, error);
    if (!status) {
        tb_trainer_go_on(trainer, &s.place);
        *progress = s.progress;
    }
    tb_safetensors_close(file);
    return status;
}

/* ---- from a checkpoint ---- */

static tb_status find_weights(const tb_safetensors *file,
                              const tb_params *params, int count,
                              tb_error *error)
{
    for (int i = 0; i < count; i++) {
        const tb_parameter *p = tb_params_at(params, i);
        const tb_stored *from;
        tb_error why = {0};
        if (!tb_is_of_base(p->name) &&
            tb_safetensors_get(file, p->name, p->shape.rank, p->shape.dim,
                               &from, &why))
            return other_network(why.text, error);
    }
    return TB_OK;
}

tb_status tb_resume_from_checkpoint(const char *path, tb_trainer *trainer,
                                    tb_error *error)
{
    tb_safetensors *file = NULL;
    tb_params *params = tb_trainer_params(trainer);
    int count = tb_trainer_declared(trainer);
    float *weights = tb_params_data(params);
    tb_status status = tb_safetensors_open(path, &file, error);
    if (status)
        return status;
    status = find_weights(file, params, count, error);
    for (int i = 0; i < count && !status; i++) {
        const tb_parameter *p = tb_params_at(params, i);
        if (!tb_is_of_base(p->name))
            tb_stored_floats(tb_safetensors_find(file, p->name), 0, p->n,
                             weights + p->offset);
    }
    tb_params_touch(params);
    tb_trainer_take_weights(trainer);
    tb_safetensors_close(file);
    return status;
}
