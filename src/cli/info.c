/* timbrel info */
#include "cli/args.h"
#include "cli/info_compare.h"
#include "cli/info_graph.h"
#include "cli/info_script.h"
#include "cli/say.h"

#include "audio/decode.h"
#include "audio/tags.h"
#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/safetensors.h"
#include "models/base_checkpoint.h"
#include "models/checkpoint_find.h"
#include "models/script_source.h"
#include "run/ini.h"
#include "run/log.h"
#include "run/run_folder.h"
#include "run/standing.h"
#include "run/trainings.h"
#include "train/job.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static const char *const usage[] = {"info RUN", "info CHECKPOINT [--graph]",
                                    "info MODEL.ts", "info FILE", NULL};

static const char *const text[] = {
    "Says what a run, a checkpoint (mimikit's, too), any safetensors file or a "
    "sound file is and how it was made.",
    "Of a shared TorchScript model (.ts, .nm) it tells the methods with their "
    "latency, the attributes, buffers and notes, and how much of a processor "
    "and of memory each method takes here.",
    "Of a run it compares the checkpoints: what each has learned, the score of "
    "its examples (0: your recordings, 1: noise), how much they quote, and "
    "their variety: how far they lie apart, where 1 is how far your recordings "
    "do. A star marks the most varied ones.",
    NULL};

static const cli_option options[] = {
    {"epoch", "N", NULL, "Of a run: this checkpoint."},
    {"json", NULL, NULL,
     "Of a run: a line of JSON for each checkpoint, and for the most varied. "
     "Of a .ts: all of it in one."},
    {"graph", NULL, NULL, "Shows the network's nodes: shape, time, memory."},
    {NULL, NULL, NULL, NULL}};

/* ---- settings ---- */

static void say_settings(const tb_settings_part *part)
{
    for (int i = 0; i < part->table->count; i++) {
        char value[512];
        tb_setting_text(&part->table->rows[i], part->values, value,
                        sizeof value);
        printf("  %s=%s\n", part->table->rows[i].name, value);
    }
}

/* ---- a checkpoint ---- */

static void say_format(const tb_instrument *instrument, const void *config)
{
    tb_sound_format f = instrument->format(config);
    printf("Sound: %g kHz %s.\n", f.sample_rate / 1000,
           f.channels == 1 ? "mono" : "stereo");
}

/* What it can do, and what can be turned meanwhile. */
static void say_methods(const char *path)
{
    tb_model *m = tb_model_open(path, NULL);
    for (int i = 0; m && i < tb_model_methods(m); i++) {
        const char *method = tb_model_method(m, i);
        const tb_control *c;
        printf("Method %s.\n", method);
        for (int k = 0; (c = tb_model_control(m, method, k)); k++)
            printf("  %s=%g  (%g to %g%s%s) %s\n", c->name, c->standard, c->low,
                   c->high, c->unit ? " " : "", c->unit ? c->unit : "",
                   c->help);
    }
    tb_model_close(m);
}

static void say_weights(const tb_params *params)
{
    int64_t weights = 0;
    int tensors = 0;
    char count[32];
    for (int i = 0; i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        bool own = !tb_is_of_base(p->name);
        weights += own ? p->n : 0;
        tensors += own;
    }
    tb_count_text((double)weights, count);
    printf("%s %s in %d %s.\n", count, tb_plural(weights, "weight", "weights"),
           tensors, tb_plural(tensors, "tensor", "tensors"));
}

static void say_base(const tb_checkpoint *base, const tb_instrument *instrument,
                     const void *config)
{
    char path[4096];
    for (int i = 0; base; i++, base = base->next) {
        tb_base_named(instrument, config, i, path, sizeof path);
        printf("Stands on %s, a checkpoint of %s with the hash %016" PRIx64
               ".\n",
               path, base->instrument->name, base->hash);
    }
}

/* What its weights were mixed of: "weight hash path" in lines. */
static void say_made(const tb_checkpoint *c)
{
    for (const char *line = c->made_of; line && *line;) {
        int length = (int)strcspn(line, "\n");
        printf("Made of %.*s.\n", length, line);
        line += length + (line[length] != 0);
    }
}

/* "Trained for 4420 steps (phase adversarial) on 21.0 minutes of sound." */
static void say_training(const tb_checkpoint *c)
{
    const tb_trained *t = &c->trained;
    const char *weights = tb_weights_name(t->weights);
    if (t->steps <= 0)
        return;
    printf("Trained for %" PRId64 " %s", t->steps,
           tb_plural(t->steps, "step", "steps"));
    if (t->phase[0])
        printf(" (phase %s)", t->phase);
    if (t->sound_seconds > 0)
        printf(" on %.1f minutes of sound", t->sound_seconds / 60);
    if (t->version[0])
        printf(" by Timbrel %s", t->version);
    printf("%s%s.\n", weights ? "; its weights are " : "",
           weights ? weights : "");
}

static void say_licence(const tb_checkpoint *c)
{
    const char *licence =
        c->file ? tb_safetensors_text(c->file, "licence") : NULL;
    if (licence)
        printf("Licence: %s.\n", licence);
}

static int info_checkpoint(const char *path, bool graph)
{
    tb_checkpoint c;
    tb_error error;
    if (tb_checkpoint_open(path, &c, &error))
        return cli_complain(&error);
    tb_settings_part part = {c.instrument->settings, c.config};
    int code = CLI_OK;
    printf("%s: a checkpoint of %s", path, c.instrument->name);
    if (c.epoch >= 0)
        printf(", epoch %d", c.epoch);
    if (c.trained_on && c.trained_on[0])
        printf(", trained on %s", c.trained_on);
    printf(".\n");
    say_format(c.instrument, c.config);
    say_weights(c.params);
    say_training(&c);
    say_licence(&c);
    say_made(&c);
    say_base(c.base, c.instrument, c.config);
    say_methods(path);
    say_settings(&part);
    if (graph && cli_say_graph(&c, &error))
        code = cli_complain(&error);
    tb_checkpoint_clear(&c);
    return code;
}

/* ---- any safetensors file ---- */

static void say_tensor(const tb_stored *t)
{
    char bytes[32];
    tb_bytes_text((double)t->bytes, bytes);
    printf("  %-44s %-5s [", t->name, tb_stored_name(t->type));
    for (int i = 0; i < t->rank; i++)
        printf("%s%lld", i ? ", " : "", (long long)t->shape[i]);
    printf("]  %s\n", bytes);
}

static int info_safetensors(const char *path, bool graph)
{
    tb_safetensors *file;
    tb_error error;
    if (tb_safetensors_open(path, &file, &error))
        return cli_complain(&error);
    const char *format = tb_safetensors_text(file, "format");
    if (format && strcmp(format, "timbrel network") == 0) {
        tb_safetensors_close(file);
        return info_checkpoint(path, graph);
    }
    size_t tensors = tb_safetensors_count(file);
    printf("%s: a safetensors file with %zu %s.\n", path, tensors,
           tb_plural((int64_t)tensors, "tensor", "tensors"));
    for (size_t i = 0; i < tb_safetensors_text_count(file); i++) {
        tb_stored_text entry = tb_safetensors_text_at(file, i);
        printf("  %s: %s\n", entry.key, entry.value);
    }
    for (size_t i = 0; i < tb_safetensors_count(file); i++)
        say_tensor(tb_safetensors_at(file, i));
    tb_safetensors_close(file);
    return CLI_OK;
}

/* ---- a sound file ---- */

static int info_sound(const char *path)
{
    tb_audio_info info;
    tb_tags tags;
    tb_error error;
    tb_decoder *decoder = tb_decoder_open(path, &info, &error);
    if (!decoder)
        return cli_complain(&error);
    if (info.length != TB_LENGTH_COUNTED &&
        tb_decoder_count(decoder, &error) < 0) {
        tb_decoder_close(decoder);
        return cli_complain(&error);
    }
    info = *tb_decoder_info(decoder);
    printf("%s: %g kHz, %d %s, %.3f s.\n", path, info.sample_rate / 1000,
           info.channels, tb_plural(info.channels, "channel", "channels"),
           (double)info.frames / info.sample_rate);
    if (info.warning[0])
        printf("%s\n", info.warning);
    tb_decoder_close(decoder);
    if (tb_tags_read(path, &tags, NULL) == TB_OK) {
        const char *names[] = {"title", "artist", "software", "comment"};
        const char *values[] = {tags.title, tags.artist, tags.software,
                                tags.comment};
        for (int i = 0; i < 4; i++)
            if (values[i][0])
                printf("  %s: %s\n", names[i], values[i]);
    }
    return CLI_OK;
}

/* ---- a run ---- */

static void say_log(const char *folder)
{
    tb_log_table table;
    char *path = tb_run_log_file(folder);
    if (!path || tb_log_read(path, &table, NULL)) {
        tb_free(path);
        return;
    }
    const double *seconds = tb_log_column(&table, "seconds");
    char what[160], time[32];
    int64_t row;
    if (seconds && tb_log_standing(&table, what, sizeof what, &row)) {
        tb_time_text(seconds[table.rows - 1], time);
        printf("%c%s, in %s.\n", toupper((unsigned char)what[0]), what + 1,
               time);
    }
    tb_log_table_clear(&table);
    tb_free(path);
}

static void say_sources(const char *folder)
{
    tb_run_source source;
    tb_ini *ini = tb_run_read(folder, NULL);
    double seconds = 0;
    char time[32];
    int count = 0;
    for (; ini && tb_run_source_at(ini, count, &source); count++)
        seconds += source.seconds;
    tb_time_text(seconds, time);
    printf("%d %s, %s:\n", count, tb_plural(count, "recording", "recordings"),
           time);
    for (int i = 0; ini && i < count; i++) {
        tb_run_source_at(ini, i, &source);
        printf("  %8.1f s  %s%s\n", source.seconds, source.path,
               tb_exists(source.path) ? "" : "  (is not there any more)");
    }
    tb_ini_free(ini);
}

static void say_epochs(const char *folder)
{
    int *epochs = NULL, count = 0;
    tb_status status = tb_run_epochs(folder, &epochs, &count, NULL);
    if (!status && count == 1)
        printf("One checkpoint, of epoch %d.\n", epochs[0]);
    else if (!status && count > 0)
        printf("%d checkpoints, of epochs %d to %d.\n", count, epochs[0],
               epochs[count - 1]);
    else
        printf("No checkpoints yet.\n");
    tb_free(epochs);
}

static void say_trainings(const char *folder)
{
    char names[600];
    tb_run_trainings_text(folder, names, sizeof names);
    if (names[0])
        printf("Further trainings in it: %s.\n", names);
}

static int compare(const char *folder, bool json)
{
    tb_error error;
    return cli_compare_checkpoints(folder, json, &error) ? cli_complain(&error)
                                                         : CLI_OK;
}

static int info_run(const char *folder)
{
    tb_job job;
    tb_error error;
    tb_settings_part parts[TB_JOB_PARTS];
    if (tb_job_read(&job, folder, &error)) {
        tb_job_clear(&job);
        return cli_complain(&error);
    }
    tb_job_parts(&job, parts);
    printf("%s: a run of %s.\n", folder, job.instrument->name);
    say_epochs(folder);
    say_trainings(folder);
    say_log(folder);
    int code = compare(folder, false);
    if (tb_job_open_base(&job, &error))
        printf("%s\n", error.text);
    say_base(job.base, job.instrument, job.config);
    say_format(job.instrument, job.config);
    say_sources(folder);
    for (int i = 0; i < TB_JOB_PARTS; i++) {
        printf("Settings, %s:\n", parts[i].table->name);
        say_settings(&parts[i]);
    }
    tb_job_clear(&job);
    return code;
}

/* ---- the command ---- */

static int info_checkpoint_of(const char *folder, int epoch, bool graph)
{
    tb_error error;
    char *file;
    if (tb_checkpoint_find(folder, epoch, &file, &error))
        return cli_complain(&error);
    int code = info_checkpoint(file, graph);
    tb_free(file);
    return code;
}

static int info(const char *path, int epoch, bool graph, bool json)
{
    tb_error error;
    if (tb_check_exists(path, &error))
        return cli_complain(&error);
    if (tb_is_script(path))
        return cli_info_script(path, json);
    if (json)
        return compare(path, true);
    if (tb_is_folder(path))
        return graph || epoch >= 0 ? info_checkpoint_of(path, epoch, graph)
                                   : info_run(path);
    if (strcmp(tb_path_extension(path), "safetensors") == 0)
        return info_safetensors(path, graph);
    return tb_is_checkpoint_name(path) ? info_checkpoint(path, graph)
                                       : info_sound(path);
}

static int run(const cli_args *args)
{
    tb_error error;
    long long epoch = -1;
    tb_status status =
        cli_integer(args, "epoch", 0, 1000000000, &epoch, &error);
    if (!status && args->word_count == 0)
        status = tb_fail(&error, TB_ERR_ARGUMENT,
                         "Name a run, a checkpoint or another file.");
    if (status)
        return cli_complain(&error);
    int code = CLI_OK;
    for (int i = 0; i < args->word_count; i++) {
        int one = info(args->words[i], (int)epoch, cli_has(args, "graph"),
                       cli_has(args, "json"));
        code = one ? one : code;
    }
    return code;
}

const cli_command cli_info = {.name = "info",
                              .about = "says what a file or run is",
                              .usage = usage,
                              .text = text,
                              .options = options,
                              .run = run};
