#include "run/example_list.h"

#include "base/median.h"
#include "base/memory.h"
#include "base/paths.h"
#include "run/json_list.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static const size_t MOST_BYTES = (size_t)1 << 28;

static char *list_path(const char *folder)
{
    return tb_path_join(folder, "examples/list.json");
}

void tb_example_list_clear(tb_example_list *list)
{
    tb_arena_free(list->arena);
    tb_free(list->examples);
    *list = (tb_example_list){0};
}

const char *tb_example_row(const tb_example *e, tb_arena *arena)
{
    return e->clip ? e->clip
                   : tb_arena_printf(arena, "prompt %d, temperature %g",
                                     e->prompt, e->temperature);
}

/* ---- adding ---- */

static tb_example *place_for(tb_example_list *list, const tb_example *e)
{
    for (int i = 0; i < list->count; i++) {
        tb_example *old = &list->examples[i];
        if (old->epoch == e->epoch && old->prompt == e->prompt &&
            old->temperature == e->temperature)
            return old;
    }
    tb_example *more =
        tb_array_grown(list->examples, list->count, &list->room, sizeof *more);
    if (!more)
        return NULL;
    list->examples = more;
    return &more[list->count++];
}

tb_status tb_example_list_add(tb_example_list *list, const tb_example *example,
                              tb_error *error)
{
    if (!list->arena && !(list->arena = tb_arena_new()))
        return tb_fail_memory(error);
    tb_example copy = *example;
    const char **texts[] = {&copy.clip, &copy.sound,  &copy.picture,
                            &copy.tag,  &copy.quotes, &copy.note};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*texts[i] && !(*texts[i] = tb_arena_strdup(list->arena, *texts[i])))
            return tb_fail_memory(error);
    tb_remade *remade = NULL;
    if (copy.remade) {
        if (!(remade = tb_arena_array(list->arena, 1, sizeof *remade)))
            return tb_fail_memory(error);
        *remade = *copy.remade;
        copy.remade = remade;
    }
    tb_example *place = place_for(list, example);
    if (!place)
        return tb_fail_memory(error);
    *place = copy;
    return TB_OK;
}

tb_status tb_example_list_set_quotes(tb_example_list *list, int i,
                                     const char *quotes, tb_error *error)
{
    tb_example *e = &list->examples[i];
    const char *copy = quotes ? tb_arena_strdup(list->arena, quotes) : NULL;
    if (quotes && !copy)
        return tb_fail_memory(error);
    e->quotes = copy;
    e->unsearched = false;
    return TB_OK;
}

/* ---- clips made again ---- */

bool tb_example_list_remade(const tb_example_list *list, int epoch,
                            tb_remade *out)
{
    enum { MOST = 64 };
    tb_remade remade[MOST];
    int count = 0;
    for (int i = 0; i < list->count && count < MOST; i++)
        if (list->examples[i].epoch == epoch && list->examples[i].remade)
            remade[count++] = *list->examples[i].remade;
    for (int k = 0; k < TB_REMADE_NUMBERS; k++) {
        double all[MOST];
        int n = 0;
        for (int i = 0; i < count; i++)
            if (!isnan(*tb_remade_number(&remade[i], k)))
                all[n++] = *tb_remade_number(&remade[i], k);
        *tb_remade_number(out, k) = tb_median(all, n);
    }
    return count > 0;
}

/* ---- reading ---- */

static const char *text_of(const tb_json *object, const char *key)
{
    const tb_json *item = tb_json_find(object, key);
    return item ? tb_json_as_text(item) : NULL;
}

static tb_status read_example(void *list, const tb_json *object,
                              tb_error *error)
{
    int64_t epoch, prompt;
    tb_example e = {.clip = text_of(object, "clip"),
                    .picture = text_of(object, "picture"),
                    .tag = text_of(object, "tag"),
                    .quotes = text_of(object, "quotes"),
                    .note = text_of(object, "note")};
    tb_remade remade;
    bool measured;
    tb_status status =
        tb_json_integer(object, "epoch", 0, INT_MAX, &epoch, error);
    if (!status)
        status = tb_json_integer(object, "prompt", 1, INT_MAX, &prompt, error);
    if (!status)
        status = tb_json_number(object, "temperature", &e.temperature, error);
    if (!status)
        status = tb_json_text(object, "sound", &e.sound, error);
    e.unsearched = tb_json_find(object, "unsearched_after") != NULL;
    if (!status && e.unsearched)
        status = tb_json_number(object, "unsearched_after", &e.prompt_seconds,
                                error);
    else if (!status && tb_json_find(object, "prompt_seconds"))
        status =
            tb_json_number(object, "prompt_seconds", &e.prompt_seconds, error);
    if (!status)
        status = tb_remade_read(object, &remade, &measured, error);
    if (status)
        return status;
    e.remade = measured ? &remade : NULL;
    e.epoch = (int)epoch;
    e.prompt = (int)prompt;
    return tb_example_list_add(list, &e, error);
}

tb_status tb_example_list_read(const char *folder, tb_example_list *list,
                               tb_error *error)
{
    char *path = list_path(folder);
    *list = (tb_example_list){0};
    tb_status status = path ? tb_json_list_read(path, MOST_BYTES, "examples",
                                                read_example, list, error)
                            : tb_fail_memory(error);
    tb_free(path);
    return status;
}

tb_status tb_example_list_set_aside(const char *folder, char **aside,
                                    tb_error *error)
{
    tb_error own;
    tb_example_list list;
    error = error ? error : &own;
    *aside = NULL;
    tb_status status = tb_example_list_read(folder, &list, error);
    tb_example_list_clear(&list);
    if (status != TB_ERR_FORMAT)
        return status;
    char *path = list_path(folder);
    status = path ? tb_put_aside(path, aside, error) : tb_fail_memory(error);
    tb_free(path);
    return status;
}

/* ---- writing ---- */

static void write_text(tb_json_writer *w, const char *key, const char *text)
{
    if (text)
        tb_json_put_text(w, key, text);
}

static void write_example(tb_json_writer *w, const tb_example *e)
{
    tb_json_begin_object(w, NULL);
    tb_json_put_integer(w, "epoch", e->epoch);
    tb_json_put_integer(w, "prompt", e->prompt);
    tb_json_put_number(w, "temperature", e->temperature);
    tb_json_put_text(w, "sound", e->sound);
    write_text(w, "clip", e->clip);
    write_text(w, "picture", e->picture);
    write_text(w, "tag", e->tag);
    write_text(w, "quotes", e->quotes);
    write_text(w, "note", e->note);
    if (e->unsearched)
        tb_json_put_number(w, "unsearched_after", e->prompt_seconds);
    else if (e->prompt_seconds > 0)
        tb_json_put_number(w, "prompt_seconds", e->prompt_seconds);
    if (e->remade)
        tb_remade_write(w, e->remade);
    tb_json_end_object(w);
}

tb_status tb_example_list_write(const char *folder, const tb_example_list *list,
                                tb_error *error)
{
    tb_json_writer w = {0};
    char *path = list_path(folder);
    tb_json_begin_array(&w, NULL);
    for (int i = 0; i < list->count; i++)
        write_example(&w, &list->examples[i]);
    tb_json_end_array(&w);
    tb_status status = tb_json_list_write(path, &w, error);
    tb_free(path);
    return status;
}
