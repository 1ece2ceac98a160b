#include "cli/transfer_report.h"

#include "audio/load.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/paths.h"
#include "judge/transferred.h"
#include "picture/picture.h"
#include "train/job.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EACH_SECONDS = 60, ALL_SECONDS = 600, PATH = 1024 };

/* ---- what it is to be like ---- */

typedef struct likeness_loading {
    cli_likeness *to;
} likeness_loading;

static tb_status add_sound(void *context, const char *path, tb_error *error)
{
    cli_likeness *l = ((likeness_loading *)context)->to;
    int64_t room = (int64_t)(ALL_SECONDS * l->sample_rate) - l->frames;
    tb_audio audio;
    (void)error;
    if (room <= 0 ||
        tb_load_audio(path, l->sample_rate, 1, 0, EACH_SECONDS, &audio, NULL))
        return TB_OK; /* what is no sound is left out */
    int64_t n = audio.frames < room ? audio.frames : room;
    memcpy(l->x + l->frames, audio.data, (size_t)n * sizeof *l->x);
    l->frames += n;
    l->files++;
    tb_audio_clear(&audio);
    return TB_OK;
}

static tb_status add_path(cli_likeness *l, const char *path, tb_error *error)
{
    likeness_loading loading = {l};
    const tb_walker walker = {.file = add_sound, .context = &loading};
    return tb_is_folder(path) ? tb_walk(path, &walker, error)
                              : add_sound(&loading, path, error);
}

/* Those that a run learned from, as far as they are still there. */
static tb_status add_learned(cli_likeness *l, const char *model,
                             tb_error *error)
{
    tb_job job;
    tb_status status = TB_OK;
    if (!tb_is_folder(model) || tb_job_read(&job, model, NULL))
        return TB_OK;
    for (int i = 0; i < job.path_count && !status; i++)
        if (tb_exists(job.paths[i]))
            status = add_path(l, job.paths[i], error);
    tb_job_clear(&job);
    return status;
}

tb_status cli_likeness_open(cli_likeness *l, const cli_passing *passing,
                            double sample_rate, tb_error *error)
{
    const cli_args *a = passing->args;
    tb_status status = TB_OK;
    *l = (cli_likeness){.sample_rate = sample_rate};
    l->x =
        tb_alloc_array((size_t)(ALL_SECONDS * sample_rate) + 1, sizeof *l->x);
    if (!l->x)
        return tb_fail_memory(error);
    for (int i = 0; i < a->given_count && !status; i++)
        if (a->given[i].option && strcmp(a->given[i].option->name, "like") == 0)
            status = tb_check_exists(a->given[i].value, error)
                         ? error->status
                         : add_path(l, a->given[i].value, error);
    if (!status && !cli_has(a, "like"))
        status = add_learned(l, a->words[0], error);
    return status;
}

void cli_likeness_close(cli_likeness *l)
{
    tb_free(l->x);
}

/* ---- files ---- */

static tb_status name_file(const char *to, const char *ending, bool replace,
                           char path[PATH], tb_error *error)
{
    size_t stem = strlen(to) - strlen(tb_path_extension(to));
    stem -= stem > 0 && to[stem - 1] == '.';
    snprintf(path, PATH, "%.*s%s", (int)stem, to, ending);
    return replace || !tb_exists(path)
               ? TB_OK
               : tb_fail(error, TB_ERR_FILE,
                         "'%s' is there already: --force writes over it.",
                         path);
}

static void put_all(tb_json_writer *w, const char *from, const char *to,
                    const tb_transferred *t, const cli_likeness *l)
{
    tb_json_begin_object(w, NULL);
    tb_json_put_text(w, "source", from);
    tb_json_put_text(w, "result", to);
    tb_json_put_number(w, "pitch_cents", t->pitch_cents);
    tb_json_put_number(w, "pitch_kept", t->pitch_kept);
    tb_json_put_number(w, "spectrum_db", t->spectrum_db);
    tb_json_put_number(w, "loudness_db", t->loudness_db);
    tb_json_put_number(w, "level_db", t->level_db);
    tb_json_put_number(w, "mmd_source", t->from_source);
    tb_json_put_number(w, "mmd_target", t->from_target);
    tb_json_put_number(w, "mmd_source_target", t->source_from_target);
    tb_json_put_integer(w, "target_files", l->files);
    tb_json_end_object(w);
}

static tb_status write_json(const char *path, const char *from, const char *to,
                            const tb_transferred *t, const cli_likeness *l,
                            tb_error *error)
{
    tb_json_writer w = {0};
    put_all(&w, from, to, t, l);
    const char *text = tb_json_finish(&w);
    tb_file *file = text ? tb_file_begin(path, error) : NULL;
    tb_status status = file   ? TB_OK
                       : text ? error->status
                              : tb_fail_memory(error);
    if (!status)
        status = tb_file_write(file, text, strlen(text), error);
    if (!status)
        status = tb_file_write(file, "\n", 1, error);
    if (!status)
        status = tb_file_commit(file, error);
    else
        tb_file_abort(file);
    tb_json_clear(&w);
    return status;
}

static tb_status draw(const char *path, const char *title,
                      const tb_transfer_course *c, double *const values[2],
                      tb_error *error)
{
    const tb_picture_line lines[] = {{"recording", values[0]},
                                     {"result", values[1]}};
    const tb_picture_chart chart = {.title = title,
                                    .epochs = c->seconds,
                                    .count = c->count,
                                    .lines = lines,
                                    .line_count = 2,
                                    .x_name = "seconds"};
    return tb_picture_write_chart(path, &chart, error);
}

static tb_status draw_all(const char *to, bool replace,
                          const tb_transfer_course *c, tb_error *error)
{
    char path[PATH];
    if (tb_picture_possible(NULL) || c->count < 2)
        return TB_OK;
    tb_status status = name_file(to, "_loudness.png", replace, path, error);
    if (!status)
        status = draw(path, "Loudness, dB", c, c->loudness, error);
    if (!status)
        status = name_file(to, "_pitch.png", replace, path, error);
    return status
               ? status
               : draw(path, "Pitch, octaves above 55 Hz", c, c->pitch, error);
}

/* ---- words ---- */

static void say(const tb_transferred *t)
{
    if (isnan(t->pitch_cents))
        printf("  Pitch: nothing to compare.\n");
    else
        printf("  Pitch: %.0f cents apart, %.0f %% of it kept within a half "
               "tone.\n",
               t->pitch_cents, 100 * t->pitch_kept);
    if (!isnan(t->spectrum_db))
        printf("  Spectrum: %.1f dB apart.\n", t->spectrum_db);
    if (!isnan(t->loudness_db))
        printf("  Loudness: %.1f dB apart, %+.1f dB on the whole.\n",
               t->loudness_db, t->level_db);
    if (!isnan(t->from_source))
        printf("  Colour: %.2f from the recording", t->from_source);
    if (!isnan(t->from_target))
        printf(", %.2f from what it is to be like, from which the recording is "
               "%.2f away",
               t->from_target, t->source_from_target);
    printf("%s", isnan(t->from_source) ? "" : ".\n");
}

/* ---- all of it ---- */

tb_status cli_report_transfer(const char *from, const char *to,
                              const cli_likeness *l, bool replace,
                              tb_error *error)
{
    char path[PATH];
    tb_audio source = {0}, made = {0};
    tb_transferred t;
    tb_transfer_course course = {0};
    tb_status status = name_file(to, ".json", replace, path, error);
    if (!status)
        status = tb_load_audio(from, l->sample_rate, 1, 0, 0, &source, error);
    if (!status)
        status = tb_load_audio(to, l->sample_rate, 1, 0, 0, &made, error);
    if (!status)
        status = tb_transfer_measure((tb_mono){source.data, source.frames},
                                     (tb_mono){made.data, made.frames},
                                     (tb_mono){l->x, l->frames}, l->sample_rate,
                                     &t, &course, error);
    if (!status) {
        say(&t);
        status = write_json(path, from, to, &t, l, error);
    }
    if (!status)
        status = draw_all(to, replace, &course, error);
    tb_transfer_course_clear(&course);
    tb_audio_clear(&source);
    tb_audio_clear(&made);
    return status;
}
