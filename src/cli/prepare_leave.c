#include "cli/prepare.h"
#include "cli/say.h"

#include "audio/passage_save.h"
#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/shell.h"
#include "picture/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATH = 4400 };

/* ---- labels ---- */

static tb_status write_labels(const cli_prepare *p, const cli_result *r,
                              const char *path, tb_error *error)
{
    tb_labels labels = {0};
    double rate = r->source->sample_rate;
    tb_status status = TB_OK;
    for (int i = 0; i < r->count && !status; i++) {
        const cli_stretch *s = &r->stretches[i];
        status = tb_labels_add(&labels, (double)s->start / rate,
                               (double)s->end / rate, s->name, error);
    }
    if (!status)
        status = tb_labels_write(path, &labels, p->force, error);
    tb_labels_clear(&labels);
    return status;
}

/* ---- sounds ---- */

/* A name may hold what file systems do not take. */
static void plain_name(const char *name, char *text, size_t size)
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++)
        text[n++] = *name == '/' || *name == '\\' || (unsigned char)*name < 32
                        ? '-'
                        : *name;
    text[n] = 0;
}

/* Stretches of a group go to a folder with its name. */
static tb_status cut_path(const cli_prepare *p, const cli_result *r, int i,
                          char path[PATH], tb_error *error)
{
    const cli_stretch *s = &r->stretches[i];
    char name[sizeof s->name];
    char *stem = tb_path_stem(r->source->path);
    if (!stem)
        return tb_fail_memory(error);
    plain_name(s->name, name, sizeof name);
    int n = s->group >= 0
                ? snprintf(path, PATH, "%s/%s/%s_%03d.wav", p->cut, name, stem,
                           i + 1)
                : snprintf(path, PATH, "%s/%s_%03d.wav", p->cut, stem, i + 1);
    tb_free(stem);
    if (n < 0 || n >= PATH)
        return tb_fail(error, TB_ERR_ARGUMENT, "'%s' is too long a name.",
                       p->cut);
    if (s->group < 0)
        return TB_OK;
    char *folder = tb_path_folder(path);
    tb_status status =
        folder ? tb_make_folders(folder, error) : tb_fail_memory(error);
    tb_free(folder);
    return status;
}

static tb_status cut_one(const cli_prepare *p, const cli_result *r, int i,
                         tb_passages *passages, tb_error *error)
{
    char path[PATH];
    tb_tags tags = {0};
    const cli_source *source = r->source;
    const cli_stretch *s = &r->stretches[i];
    tb_encode_settings settings = {.sample_rate = round(source->sample_rate),
                                   .channels = source->channels,
                                   .replace = p->force,
                                   .tags = &tags};
    tb_tags_add(&tags, NULL, "from", "%s", tb_path_base(source->path));
    tb_tags_add(&tags, NULL, "start", "%.6f",
                (double)s->start / source->sample_rate);
    tb_tags_add(&tags, NULL, "label", "%s", s->name);
    tb_status status = cut_path(p, r, i, path, error);
    if (!status)
        status =
            tb_passage_save(passages, s->start, s->end - s->start,
                            (int64_t)(p->fade_seconds * source->sample_rate),
                            path, &settings, error);
    if (!status && cli_is_stopped())
        status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    return status;
}

static tb_status cut_sounds(const cli_prepare *p, const cli_result *r,
                            tb_error *error)
{
    tb_passages passages;
    tb_status status =
        tb_passages_open(&passages, r->source->path, NULL, error);
    for (int i = 0; i < r->count && !status; i++)
        status = cut_one(p, r, i, &passages, error);
    tb_passages_close(&passages);
    return status;
}

/* ---- the picture ---- */

static char *picture_path(const char *labels)
{
    size_t size = strlen(labels) + 1;
    char *path = tb_alloc(size);
    if (path)
        snprintf(path, size, "%.*spng", (int)size - 4, labels);
    return path;
}

static tb_status draw(const cli_result *r, const char *path, tb_error *error)
{
    tb_picture_stretch *list =
        tb_alloc_array((size_t)r->count + 1, sizeof *list);
    if (!list)
        return tb_fail_memory(error);
    double rate = r->source->sample_rate;
    for (int i = 0; i < r->count; i++) {
        const cli_stretch *s = &r->stretches[i];
        list[i] = (tb_picture_stretch){
            (double)s->start / rate, (double)s->end / rate, s->name, s->group};
    }
    const tb_picture_stretches picture = {.overview = r->overview,
                                          .stretches = list,
                                          .count = r->count,
                                          .curve = r->curve,
                                          .points = r->points,
                                          .title =
                                              tb_path_base(r->source->path)};
    tb_status status = tb_picture_write_stretches(path, &picture, error);
    tb_free(list);
    return status;
}

static tb_status leave_picture(const cli_prepare *p, const cli_result *r,
                               const char *path, tb_error *error)
{
    if (!p->force && tb_exists(path))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' is there already. Write elsewhere with -o FOLDER, "
                       "over it with --force, or draw nothing with "
                       "--no-picture.",
                       path);
    return draw(r, path, error);
}

/* ---- words ---- */

static void say_json(const cli_prepare *p, const cli_result *r,
                     const char *labels, const char *picture)
{
    tb_json_writer w = {0};
    double rate = r->source->sample_rate;
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", p->kind);
    tb_json_put_text(&w, "file", r->source->path);
    tb_json_put_text(&w, "labels", labels);
    tb_json_put_text(&w, "picture", picture);
    tb_json_put_number(&w, "seconds", (double)r->source->frames / rate);
    tb_json_begin_array(&w, "stretches");
    for (int i = 0; i < r->count; i++) {
        const cli_stretch *s = &r->stretches[i];
        tb_json_begin_object(&w, NULL);
        tb_json_put_number(&w, "start", (double)s->start / rate);
        tb_json_put_number(&w, "end", (double)s->end / rate);
        tb_json_put_text(&w, "name", s->name);
        if (!isnan(s->strength))
            tb_json_put_number(&w, "strength", (double)s->strength);
        tb_json_end_object(&w);
    }
    tb_json_end_array(&w);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

/* What a recording is divided into: "slices", but "stretches" of clusters. */
static const char *noun(const char *kind, int count)
{
    if (strcmp(kind, "slices") == 0)
        return tb_plural(count, "slice", "slices");
    if (strcmp(kind, "segments") == 0)
        return tb_plural(count, "segment", "segments");
    return tb_plural(count, "stretch", "stretches");
}

static void say(const cli_prepare *p, const cli_result *r, const char *labels,
                const char *picture)
{
    char word[TB_SHELL_WORD];
    char time[TB_AMOUNT];
    if (p->json) {
        say_json(p, r, labels, picture);
        return;
    }
    cli_bar_clear();
    tb_time_text((double)r->source->frames / r->source->sample_rate, time);
    printf("%s, %s: %d %s.\n", r->source->path, time, r->count,
           noun(p->kind, r->count));
    printf("  Labels: %s\n", tb_shell_word(labels, word));
    if (picture)
        printf("  Picture: %s\n", tb_shell_word(picture, word));
    if (p->cut)
        printf("  Sounds: %d in %s\n", r->count, tb_shell_word(p->cut, word));
}

tb_status cli_leave(const cli_prepare *p, const cli_result *r, tb_error *error)
{
    char *labels = tb_labels_path(r->source->path, p->folder, p->kind);
    bool draws = p->picture && r->overview;
    char *picture = labels && draws ? picture_path(labels) : NULL;
    tb_status status = labels && (picture || !draws)
                           ? write_labels(p, r, labels, error)
                           : tb_fail_memory(error);
    if (!status && p->cut)
        status = cut_sounds(p, r, error);
    if (!status && picture)
        status = leave_picture(p, r, picture, error);
    if (!status)
        say(p, r, labels, picture);
    tb_free(labels);
    tb_free(picture);
    return status;
}
