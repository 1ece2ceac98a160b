#include "models/script_source.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/paths.h"
#include "torchscript/script_trial.h"

#include <stdio.h>
#include <string.h>

/* ---- what is one ---- */

bool tb_is_script(const char *path)
{
    tb_archive *a = NULL;
    const char *extension = tb_path_extension(path);
    if (!tb_exists(path) || tb_is_folder(path))
        return false;
    if (strcmp(extension, "ts") == 0 || strcmp(extension, "nm") == 0)
        return true;
    bool is =
        tb_archive_open(path, &a, NULL) == TB_OK && tb_archive_has_program(a);
    tb_archive_close(a);
    return is;
}

/* ---- methods ---- */

static const tb_script_method *method_named(const tb_script_file *f,
                                            const char *name)
{
    return tb_script_model_method(f->model, name, NULL);
}

static bool follows(const tb_script_method *a, const tb_script_method *b)
{
    return a && b && a->out_channels == b->in_channels &&
           a->out_ratio == b->in_ratio && b->out_ratio == 1;
}

/* What hears sound while its last input is open, and goes on by itself while it
   is not: a loop that Timbrel wrote. */
static const tb_script_method *improviser(const tb_script_file *f)
{
    const tb_script_method *m = method_named(f, "improvise");
    bool is = m && m->cycle && m->in_ratio == 1 && m->out_ratio == 1 &&
              m->in_channels == m->out_channels + 1;
    return is ? m : NULL;
}

bool tb_script_improvises(const tb_script_file *file, const char *method)
{
    const tb_script_method *links[TB_SCRIPT_LINKS];
    return strcmp(method, "generate") == 0 &&
           tb_script_chain(file, method, links) == 1;
}

int tb_script_chain(const tb_script_file *file, const char *name,
                    const tb_script_method *links[TB_SCRIPT_LINKS])
{
    bool generate = strcmp(name, "generate") == 0;
    links[0] = generate ? NULL : method_named(file, name);
    if (links[0])
        return 1;
    if (!generate && strcmp(name, "forward") != 0)
        return 0;
    links[0] = method_named(file, generate ? "prior" : "encode");
    links[1] = method_named(file, "decode");
    if (follows(links[0], links[1]))
        return 2;
    links[0] = generate ? improviser(file) : NULL;
    return links[0] ? 1 : 0;
}

/* Those of the file, then those that are put together. */
static const char *method_at(const void *it, int i)
{
    static const char *const made[] = {"forward", "generate"};
    const tb_script_file *f = it;
    const tb_script_method *links[TB_SCRIPT_LINKS];
    for (int k = 0; k < f->model->method_count; k++)
        if (strcmp(f->model->methods[k].name, "generate") != 0 && i-- == 0)
            return f->model->methods[k].name;
    for (int k = 0; k < 2; k++)
        if (tb_script_chain(f, made[k], links) > 1 - k && i-- == 0)
            return made[k];
    return NULL;
}

/* ---- opening ---- */

static void close_file(void *it)
{
    tb_script_file *f = it;
    tb_script_model_close(f->model);
    tb_free(f->path);
    tb_free(f);
}

/* What Timbrel writes beside a program (export/about.h); what cannot be read
   tells nothing. */
static tb_known_level level_noted(tb_archive *a)
{
    tb_archive_entry *e = tb_archive_find(a, "extra/metadata.json");
    tb_known_level known = {false};
    const void *data;
    tb_json *note = NULL;
    if (e && tb_archive_data(a, e, &data, NULL) == TB_OK)
        tb_json_parse(data, e->bytes, "metadata.json", &note, NULL);
    if (tb_json_is_object(note))
        known.known =
            tb_json_as_number(tb_json_find(note, "loudness_db"), &known.level);
    tb_json_free(note);
    return known;
}

tb_script_file *tb_script_source_open(const char *path, tb_error *error)
{
    tb_script_file *f = tb_alloc(sizeof *f);
    if (!f || !(f->path = tb_path_join(NULL, path))) {
        tb_free(f);
        tb_fail_memory(error);
        return NULL;
    }
    f->model = tb_script_model_open(path, NULL, error);
    if (f->model) {
        f->level = level_noted(f->model->module->archive);
        tb_script_model_try_setters(f->model);
        tb_script_find_controls(f);
        return f;
    }
    close_file(f);
    return NULL;
}

/* ---- what it is ---- */

static const char *kind(const void *it)
{
    (void)it;
    return "torchscript";
}

/* Of what makes sound, decode is the likeliest to be played. */
static tb_sound_format format(const void *it)
{
    static const char *const makers[] = {"decode", "forward", NULL};
    const tb_script_file *f = it;
    tb_sound_format sound = {f->model->sample_rate, 0};
    for (int i = 0; makers[i] && sound.channels == 0; i++) {
        const tb_script_method *m = method_named(f, makers[i]);
        sound.channels = m && m->out_ratio == 1 ? m->out_channels : 0;
    }
    for (int i = 0; i < f->model->method_count && sound.channels == 0; i++)
        if (f->model->methods[i].out_ratio == 1)
            sound.channels = f->model->methods[i].out_channels;
    sound.channels += sound.channels == 0;
    return sound;
}

static tb_port port_of(int channels, int ratio)
{
    return (tb_port){.name = ratio == 1 ? "sound" : "latents",
                     .kind = ratio == 1 ? TB_PORT_SOUND : TB_PORT_SYMBOLS,
                     .channels = channels,
                     .frames = 1,
                     .per = ratio};
}

static tb_status make(const void *it, const char *name, int rows,
                      tb_method *method, tb_error *error)
{
    const tb_script_file *f = it;
    const tb_script_method *links[TB_SCRIPT_LINKS];
    int n = tb_script_chain(f, name, links);
    *method = (tb_method){0};
    if (n == 0 && !tb_script_model_method(f->model, name, error))
        return TB_ERR_ARGUMENT;
    if (n == 0)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "It has a method %s of its own, which is not what is "
                       "meant by that here: a prior whose latents become "
                       "sound, or what Timbrel exports of a network that makes "
                       "sound by itself.",
                       name);
    for (int i = 0; !method->name; i++)
        if (strcmp(method_at(f, i), name) == 0)
            method->name = method_at(f, i);
    method->native = &tb_script_native;
    method->takes_prompt = tb_script_improvises(f, name);
    method->rows = rows;
    method->base = method->base_per = 1;
    method->grain = f->model->ratio;
    if (strcmp(name, "generate") != 0)
        method->input[method->input_count++] =
            port_of(links[0]->in_channels, links[0]->in_ratio);
    method->output[method->output_count++] =
        port_of(links[n - 1]->out_channels, links[n - 1]->out_ratio);
    if (tb_script_is_heated(f, name))
        method->control[method->control_count++] = &tb_script_temperature;
    for (int i = 0; i < f->control_count; i++)
        method->control[method->control_count++] = &f->controls[i];
    return TB_OK;
}

static const void *config(const void *it)
{
    return it;
}

static tb_params *params(const void *it)
{
    (void)it;
    return NULL;
}

static const tb_known_level *level(const void *it)
{
    return &((const tb_script_file *)it)->level;
}

static const char *attribute(const void *it, int i, const char **standard)
{
    const tb_script_file *f = it;
    if (i < 0 || i >= f->other_count)
        return NULL;
    *standard = f->others[i].standard ? f->others[i].standard : "";
    return f->others[i].name;
}

const tb_model_source tb_script_source = {close_file, kind,  format,
                                          method_at,  make,  config,
                                          params,     level, attribute};
