#include "cli/prompts.h"

#include "audio/cut.h"
#include "base/paths.h"
#include "base/random.h"
#include "generate/prompt.h"
#include "run/run_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Random places that are tried for each prompt. */
enum { TRIES = 3 };

typedef struct loaded_prompt {
    tb_audio audio;
    double gain;
    char name[600];
} loaded_prompt;

/* ---- the recordings of the run ---- */

/* Of the recordings that are still there. */
static double corpus_seconds(const tb_ini *ini)
{
    tb_run_source source;
    double sum = 0;
    for (int i = 0; tb_run_source_at(ini, i, &source); i++)
        sum += tb_exists(source.path) ? source.seconds : 0;
    return sum;
}

/* The recording in which second `at` lies, and where in it: of all of them, or
   of those that are still there. */
static tb_status find_place(const tb_ini *ini, double at, bool all,
                            tb_run_source *source, double *start,
                            tb_error *error)
{
    double before = 0;
    for (int i = 0; tb_run_source_at(ini, i, source); i++) {
        if (!all && !tb_exists(source->path))
            continue;
        if (at < before + source->seconds) {
            *start = at - before;
            return TB_OK;
        }
        before += source->seconds;
    }
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "The recordings of the run last %.4g s: there is nothing at "
                   "%.4g s.",
                   before, at);
}

/* A place that was asked for cannot be another one. */
static tb_status fail_gone(const tb_run_source *source, double at,
                           const char *run, tb_error *error)
{
    return tb_fail(error, TB_ERR_FILE,
                   "'%s', in which second %.4g of the recordings lies, is not "
                   "there any more. Put it back, write its new place into "
                   "'%s/run.ini', or choose another second.",
                   source->path, at, run);
}

static tb_status load_place(const tb_ini *ini, double at, bool all,
                            double seconds, const cli_prompt_source *from,
                            loaded_prompt *p, tb_error *error)
{
    tb_run_source source;
    tb_cut cut = {.length_seconds = seconds};
    double start = 0;
    tb_status status = find_place(ini, at, all, &source, &start, error);
    if (status)
        return status;
    if (!tb_exists(source.path))
        return fail_gone(&source, at, from->run, error);
    double last = source.seconds - seconds;
    if (start > last)
        start = last > 0 ? last : 0;
    snprintf(p->name, sizeof p->name, "%.500s@%.3fs+%.3fs",
             tb_path_base(source.path), start, seconds);
    snprintf(cut.path, sizeof cut.path, "%s", source.path);
    cut.start_seconds = start;
    return tb_prompt_load(&cut, from->model, &p->audio, &p->gain, error);
}

static double level_of(const tb_audio *audio)
{
    double sum = 0;
    int64_t n = audio->frames * audio->channels;
    for (int64_t i = 0; i < n; i++)
        sum += (double)audio->data[i] * audio->data[i];
    return n > 0 ? sqrt(sum / (double)n) : 0;
}

/* The loudest of a few random places: pauses are no prompts. */
static tb_status load_random(const tb_ini *ini, int number, double seconds,
                             const cli_prompt_source *from, loaded_prompt *p,
                             tb_error *error)
{
    double all = corpus_seconds(ini), best = -1;
    tb_status status = TB_OK;
    if (all <= 0)
        return tb_fail(error, TB_ERR_FILE,
                       "None of the recordings of '%s' is where it was. Name a "
                       "file for a prompt, or write their new places into "
                       "'%s/run.ini'.",
                       from->run, from->run);
    for (uint32_t i = 0; i < TRIES && !status; i++) {
        loaded_prompt other = {0};
        double at = all * (double)tb_uniform(from->seed, 0x70726f6d, (int64_t)i,
                                             (uint32_t)number, 0);
        status = load_place(ini, at, false, seconds, from, &other, error);
        double level = status ? 0 : level_of(&other.audio);
        bool better = !status && level > best;
        tb_audio_clear(better ? &p->audio : &other.audio);
        if (better) {
            *p = other;
            best = level;
        }
    }
    return status;
}

static tb_status load_corpus(const char *text, int number,
                             const cli_prompt_source *from, loaded_prompt *p,
                             tb_error *error)
{
    tb_cut cut;
    tb_error own;
    error = error ? error : &own;
    tb_status status = tb_cut_parse(text, &cut, error);
    if (status)
        return status;
    if (!from->run)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The checkpoint lies in no run, so its recordings are "
                       "not known: name a file instead of '%s'.",
                       text);
    tb_ini *ini = tb_run_read(from->run, error);
    if (!ini)
        return error->status;
    double seconds =
        cut.length_seconds > 0 ? cut.length_seconds : from->seconds;
    if (strchr(text, '@'))
        status =
            load_place(ini, cut.start_seconds, true, seconds, from, p, error);
    else
        status = load_random(ini, number, seconds, from, p, error);
    tb_ini_free(ini);
    return status;
}

cli_corpus cli_look_for_corpus(const cli_prompt_source *from)
{
    tb_run_source source;
    cli_corpus corpus = {0};
    tb_ini *ini = from->run ? tb_run_read(from->run, NULL) : NULL;
    for (int i = 0; ini && tb_run_source_at(ini, i, &source); i++) {
        corpus.count++;
        if (tb_exists(source.path))
            continue;
        if (corpus.gone++ == 0)
            snprintf(corpus.first_gone, sizeof corpus.first_gone, "%s",
                     source.path);
    }
    tb_ini_free(ini);
    return corpus;
}

/* Whether `path` ends with `name`, whole folders and file: "bells.wav" and
   "metal/bells.wav" name "/home/me/metal/bells.wav". */
static bool ends_with_name(const char *path, const char *name)
{
    size_t n = strlen(path), k = strlen(name);
    return k > 0 && n > k && path[n - k - 1] == '/' &&
           strcmp(path + n - k, name) == 0;
}

/* The run's recording of that name, when no file of the name lies here and no
   other recording bears it. */
static tb_status find_recording(const char *run, const char *name, char *path,
                                size_t size, tb_error *error)
{
    tb_run_source source;
    int found = 0;
    tb_ini *ini = run && !tb_exists(name) ? tb_run_read(run, NULL) : NULL;
    tb_status status = TB_OK;
    snprintf(path, size, "%s", name);
    for (int i = 0; ini && !status && tb_run_source_at(ini, i, &source); i++) {
        if (!ends_with_name(source.path, name))
            continue;
        if (found++ > 0)
            status = tb_fail(error, TB_ERR_ARGUMENT,
                             "Two recordings of the run are called '%s': '%s' "
                             "and '%s'. Name the one you mean.",
                             name, path, source.path);
        else
            snprintf(path, size, "%s", source.path);
    }
    tb_ini_free(ini);
    return status;
}

/* ---- any prompt ---- */

bool cli_is_corpus(const char *text)
{
    size_t length = strlen("corpus");
    return strncmp(text, "corpus", length) == 0 &&
           (text[length] == 0 || text[length] == '@' || text[length] == '+') &&
           !tb_exists(text);
}

/* A file here, or a recording of the run by its name alone. */
static tb_status load_file(const char *text, const cli_prompt_source *from,
                           loaded_prompt *p, tb_error *error)
{
    tb_cut cut;
    char path[sizeof cut.path];
    tb_status status = tb_cut_parse(text, &cut, error);
    if (!status)
        status = find_recording(from->run, cut.path, path, sizeof path, error);
    if (status)
        return status;
    snprintf(p->name, sizeof p->name, "%s", text);
    memcpy(cut.path, path, sizeof path);
    if (cut.length_seconds <= 0)
        cut.length_seconds = from->seconds;
    return tb_prompt_load(&cut, from->model, &p->audio, &p->gain, error);
}

tb_status cli_prompt_load(const char *text, int number,
                          const cli_prompt_source *from, cli_prompt *prompt,
                          tb_error *error)
{
    loaded_prompt p = {0};
    tb_status status = cli_is_corpus(text)
                           ? load_corpus(text, number, from, &p, error)
                           : load_file(text, from, &p, error);
    *prompt = (cli_prompt){
        .samples = p.audio.data, .frames = p.audio.frames, .gain = p.gain};
    memcpy(prompt->name, p.name, sizeof prompt->name);
    memcpy(prompt->note, p.audio.warning, sizeof prompt->note);
    return status;
}

void cli_prompt_clear(cli_prompt *prompt)
{
    tb_audio audio = {.data = prompt->samples};
    tb_audio_clear(&audio);
    *prompt = (cli_prompt){0};
}

const cli_prompt *cli_prompts_align(cli_prompt *prompts, int count,
                                    int channels)
{
    const cli_prompt *shortest = prompts;
    bool differ = false;
    for (int i = 1; i < count; i++) {
        differ = differ || prompts[i].frames != prompts[0].frames;
        if (prompts[i].frames < shortest->frames)
            shortest = &prompts[i];
    }
    int64_t least = count ? shortest->frames : 0;
    for (int i = 0; i < count; i++) {
        cli_prompt *p = &prompts[i];
        memmove(p->samples, p->samples + (p->frames - least) * channels,
                (size_t)(least * channels) * sizeof *p->samples);
        p->frames = least;
    }
    return differ ? shortest : NULL;
}
