#include "cli/generate_work.h"

#include "base/memory.h"
#include "base/paths.h"

#include <stdio.h>
#include <string.h>

enum { MOST_NUMBERS = 9999 };

/* ---- names ---- */

/* The temperature, if it was given. */
static const tb_ramp *heat_of(const cli_generating *w)
{
    for (int i = 0; i < w->controls.count; i++)
        if (strcmp(w->controls.at[i].control->name, "temperature") == 0)
            return &w->controls.at[i].ramp;
    return NULL;
}

/* "bells_e12_T0.90_seed4711" */
static void name_stem(const cli_generating *w, char *stem, size_t size)
{
    const tb_ramp *t = heat_of(w);
    size_t n = (size_t)snprintf(stem, size, "%s_T%.2f", w->chosen.stem,
                                t ? t->value[0] : 1);
    if (t && !tb_ramp_is_constant(t))
        n += (size_t)snprintf(stem + n, size - n, "-%.2f",
                              t->value[t->count - 1]);
    snprintf(stem + n, size - n, "_seed%llu",
             (unsigned long long)w->voices.seed);
}

/* The first number from `from` on that is free in this folder. */
static int free_number(const char *stem, int from, char *path, size_t size)
{
    int number = from;
    do
        snprintf(path, size, "%s_%02d.wav", stem, number);
    while (tb_exists(path) && ++number < MOST_NUMBERS);
    return number;
}

/* "out.wav" for several voices is out_01.wav, out_02.wav ... */
static void number_name(const char *name, int number, char *path, size_t size)
{
    const char *end = tb_path_extension(name);
    int length =
        (int)(end > name && *end ? (size_t)(end - name) - 1 : strlen(name));
    snprintf(path, size, "%.*s_%02d%s%s", length, name, number, *end ? "." : "",
             end);
}

tb_status cli_generate_name_files(cli_generating *w, tb_error *error)
{
    const char *given = cli_value(w->args, "o");
    char stem[512], path[4096];
    int number = 0;
    w->file_count = w->voices.mix ? 1 : w->voices.voices;
    w->paths = tb_alloc_array((size_t)w->file_count, sizeof *w->paths);
    if (!w->paths)
        return tb_fail_memory(error);
    if (given && strcmp(given, "-") == 0 && w->file_count > 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A pipe takes one sound: --mix the voices.");
    name_stem(w, stem, sizeof stem);
    for (int i = 0; i < w->file_count; i++) {
        if (!given)
            number = free_number(stem, number + 1, path, sizeof path);
        else if (w->file_count == 1)
            snprintf(path, sizeof path, "%s", given);
        else
            number_name(given, i + 1, path, sizeof path);
        if (!(w->paths[i] = tb_path_join(NULL, path)))
            return tb_fail_memory(error);
    }
    w->voices.paths = w->paths;
    return TB_OK;
}

/* ---- tags ---- */

/* Options that say where between several checkpoints, or labels. */
static const char *const between[] = {"balance", "blend", "label", NULL};

/* All that repeats this sound. */
static void tag_file(const cli_generating *w, int i)
{
    const cli_voices_settings *s = &w->voices;
    tb_tags *t = &w->tags[i];
    snprintf(t->title, sizeof t->title, "%s", tb_path_base(w->paths[i]));
    if (w->chosen.run)
        tb_tags_add(t, NULL, "run", "%s", w->chosen.run);
    tb_tags_add(t, NULL, "checkpoint", "%s",
                w->args->word_count == 1 ? tb_path_base(w->chosen.text)
                                         : w->chosen.text);
    for (const char *const *o = between; *o; o++)
        if (cli_value(w->args, *o))
            tb_tags_add(t, NULL, *o, "%s", cli_value(w->args, *o));
    tb_tags_add(t, NULL, "seed", "%llu", (unsigned long long)s->seed);
    if (!heat_of(w))
        tb_tags_add(t, NULL, "temperature", "1");
    for (int k = 0; k < w->controls.count; k++)
        if (w->controls.text[k])
            tb_tags_add(t, NULL, w->controls.at[k].control->name, "%s",
                        w->controls.text[k]);
    tb_tags_add(t, NULL, "voice", s->mix ? "all of %d" : "%d of %d",
                s->mix ? s->voices : i + 1, s->voices);
    for (int k = i; k < s->prompt_count && (k == i || s->mix); k++)
        tb_tags_add(t, NULL, "prompt", "%s", s->prompts[k].name);
    if (s->prompt_count > 0 && i >= s->prompt_count)
        tb_tags_add(t, NULL, "prompt", "%s",
                    s->prompts[i % s->prompt_count].name);
}

tb_status cli_generate_tag_files(cli_generating *w, tb_error *error)
{
    w->tags = tb_alloc_array((size_t)w->file_count, sizeof *w->tags);
    if (!w->tags)
        return tb_fail_memory(error);
    for (int i = 0; i < w->file_count; i++)
        tag_file(w, i);
    w->voices.tags = w->tags;
    return TB_OK;
}
