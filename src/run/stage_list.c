#include "run/stage_list.h"

#include "base/memory.h"
#include "base/paths.h"
#include "run/json_list.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t MOST_BYTES = (size_t)1 << 26;

/* Numbers under the names that they have in the file. */
typedef struct tb_stage_number {
    const char *name;
    size_t offset;
} tb_stage_number;

static const tb_stage_number numbers[] = {
    {"score", offsetof(tb_stage, score)},
    {"real_low", offsetof(tb_stage, real_low)},
    {"real_high", offsetof(tb_stage, real_high)},
    {"quoted", offsetof(tb_stage, quoted)},
    {"longest_quote", offsetof(tb_stage, longest)},
    {"variety", offsetof(tb_stage, variety)},
    {"silent", offsetof(tb_stage, silent)},
    {"standing", offsetof(tb_stage, standing)},
    {"noise", offsetof(tb_stage, noise)},
    {"full_level", offsetof(tb_stage, full_level)},
};

enum { NUMBERS = sizeof numbers / sizeof *numbers };

static char *list_path(const char *folder)
{
    return tb_path_join(folder, "examples/stages.json");
}

void tb_stage_list_clear(tb_stage_list *list)
{
    tb_free(list->stages);
    *list = (tb_stage_list){0};
}

/* ---- adding and finding ---- */

static tb_status make_room(tb_stage_list *list, tb_error *error)
{
    tb_stage *more =
        tb_array_grown(list->stages, list->count, &list->room, sizeof *more);
    if (!more)
        return tb_fail_memory(error);
    list->stages = more;
    return TB_OK;
}

tb_status tb_stage_list_add(tb_stage_list *list, const tb_stage *stage,
                            tb_error *error)
{
    int i = 0;
    while (i < list->count && list->stages[i].epoch < stage->epoch)
        i++;
    if (i == list->count || list->stages[i].epoch != stage->epoch) {
        if (make_room(list, error))
            return TB_ERR_MEMORY;
        memmove(list->stages + i + 1, list->stages + i,
                (size_t)(list->count - i) * sizeof *stage);
        list->count++;
    }
    list->stages[i] = *stage;
    return TB_OK;
}

const tb_stage *tb_stage_list_find(const tb_stage_list *list, int epoch)
{
    for (int i = 0; i < list->count; i++)
        if (list->stages[i].epoch == epoch)
            return &list->stages[i];
    return NULL;
}

const tb_stage *tb_stage_list_last(const tb_stage_list *list)
{
    const tb_stage *last =
        list->count > 0 ? &list->stages[list->count - 1] : NULL;
    return last && last->epoch > 0 ? last : NULL;
}

int tb_stage_best(const tb_stage *stages, int count)
{
    int best = -1;
    for (int i = 0; i < count; i++)
        if (!stages[i].copy && isfinite(stages[i].score) &&
            (best < 0 || stages[i].score < stages[best].score))
            best = i;
    return best;
}

void tb_stage_words(const tb_stage *s, char *text, size_t size)
{
    double quoted = isfinite(s->quoted) ? 100 * s->quoted : 0;
    if (s->copy)
        snprintf(text, size, "a copy, %.0f %% quoted", quoted);
    else if (isfinite(s->score))
        snprintf(text, size, "score %.2f, %.0f %% quoted", s->score, quoted);
    else
        snprintf(text, size, "no score%s%s", s->why[0] ? ": " : "", s->why);
}

/* ---- the file ---- */

static double *number_at(tb_stage *s, int i)
{
    return (double *)(void *)((char *)s + numbers[i].offset);
}

static tb_status read_stage(void *list, const tb_json *object, tb_error *error)
{
    tb_stage s = {0};
    int64_t epoch, sounds;
    const char *why = tb_json_as_text(tb_json_find(object, "why"));
    tb_status status =
        tb_json_integer(object, "epoch", 0, INT_MAX, &epoch, error);
    if (!status)
        status = tb_json_integer(object, "sounds", 0, INT_MAX, &sounds, error);
    if (!status)
        status = tb_json_flag(object, "copy", &s.copy, error);
    if (status)
        return status;
    if (why)
        snprintf(s.why, sizeof s.why, "%s", why);
    s.epoch = (int)epoch;
    s.sounds = (int)sounds;
    for (int i = 0; i < NUMBERS; i++)
        if (tb_json_number(object, numbers[i].name, number_at(&s, i), NULL))
            *number_at(&s, i) = NAN;
    return tb_stage_list_add(list, &s, error);
}

tb_status tb_stage_list_read(const char *folder, tb_stage_list *list,
                             tb_error *error)
{
    char *path = list_path(folder);
    *list = (tb_stage_list){0};
    tb_status status = path ? tb_json_list_read(path, MOST_BYTES, "stages",
                                                read_stage, list, error)
                            : tb_fail_memory(error);
    tb_free(path);
    return status;
}

static void write_stage(tb_json_writer *w, const tb_stage *stage)
{
    tb_stage s = *stage;
    tb_json_begin_object(w, NULL);
    tb_json_put_integer(w, "epoch", s.epoch);
    tb_json_put_integer(w, "sounds", s.sounds);
    tb_json_put_flag(w, "copy", s.copy);
    if (s.why[0])
        tb_json_put_text(w, "why", s.why);
    for (int i = 0; i < NUMBERS; i++)
        if (isfinite(*number_at(&s, i)))
            tb_json_put_number(w, numbers[i].name, *number_at(&s, i));
    tb_json_end_object(w);
}

tb_status tb_stage_list_write(const char *folder, const tb_stage_list *list,
                              tb_error *error)
{
    tb_json_writer w = {0};
    char *path = list_path(folder);
    tb_json_begin_array(&w, NULL);
    for (int i = 0; i < list->count; i++)
        write_stage(&w, &list->stages[i]);
    tb_json_end_array(&w);
    tb_status status = tb_json_list_write(path, &w, error);
    tb_free(path);
    return status;
}
