/* timbrel export */
#include "cli/args.h"
#include "cli/say.h"

#include "base/memory.h"
#include "base/paths.h"
#include "export/directions.h"
#include "export/export.h"
#include "models/blend.h"
#include "models/checkpoint_find.h"
#include "models/script_source.h"

#include <string.h>

static const char *const usage[] = {"export RUN -o MODEL.ts", NULL};

static const char *const text[] = {
    "Writes what a network has learned as a file for other programs: nn~ in "
    "Max "
    "and Pure Data, nn.ar in SuperCollider, and all that play TorchScript "
    "(.ts) "
    "made for these. RUN is a run, a checkpoint, RUN@12 for epoch 12, or "
    "RUN@10..20 for the average of these epochs' weights.",
    "The file says what the network says, from the first sample on, with up to "
    "8 voices. It begins in silence, tells how late it answers, and has an "
    "attribute for whatever can be turned. Networks that make sound by "
    "themselves listen to a prompt while their second input is 1. Before the "
    "file gets its name it is played beside the network itself, and how far "
    "they are apart is printed.",
    NULL};

static const cli_option options[] = {
    {"o", "MODEL.ts", NULL, "The file to write."},
    {"latent-size", "N", NULL,
     "Of a RAVE: in place of its latents the N directions in which those of "
     "your recordings differ most."},
    {"fidelity", "PART", NULL,
     "The same, as many as hold this part of what differs: 0.95."},
    {"licence", "TEXT", NULL,
     "Of the model, for those who get it: 'CC BY 4.0'."},
    {"force", NULL, NULL, "Overwrites the file of -o."},
    {"json", NULL, NULL, "One line for programs instead of sentences."},
    {NULL, NULL, NULL, NULL}};

/* The names are checked before anything is read. */
static tb_status check_names(const cli_args *args, tb_error *error)
{
    const char *to = cli_value(args, "o");
    if (args->word_count != 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name one run or checkpoint to export: timbrel export "
                       "runs/NAME -o NAME.ts");
    if (!to)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name the file to write: -o NAME.ts");
    if (strcmp(tb_path_extension(to), "ts") != 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' should end with .ts: hosts look for that.", to);
    if (tb_exists(to) && !cli_has(args, "force"))
        return tb_fail(error, TB_ERR_FILE,
                       "'%s' is there already: --force overwrites it.", to);
    if (tb_is_script(args->words[0]))
        return tb_fail(error, TB_ERR_ARGUMENT, "'%s' is exported already.",
                       args->words[0]);
    return TB_OK;
}

/* ---- what is said ---- */

static void say_method(const tb_export_report *r, const tb_exported_method *m)
{
    printf("  %s: %lld in, %lld out", m->name, (long long)m->numbers[0],
           (long long)m->numbers[2]);
    if (m->numbers[1] != m->numbers[3])
        printf(", a frame of %s for %lld samples",
               m->numbers[1] > m->numbers[3] ? "those in" : "those out",
               (long long)(m->numbers[1] > m->numbers[3] ? m->numbers[1]
                                                         : m->numbers[3]));
    printf(", %.0f ms late; apart from the network by %.1e of the level\n",
           1000 * (double)m->latency / r->sample_rate, m->difference);
}

static bool goes_through(const tb_export_report *r)
{
    for (int i = 0; i < r->method_count; i++)
        if (strcmp(r->methods[i].name, "forward") == 0)
            return true;
    return false;
}

static void say(const tb_export_report *r, const char *file)
{
    printf("%s: plays as the network does.\n", file);
    for (int i = 0; i < r->method_count; i++)
        say_method(r, &r->methods[i]);
    for (int i = 0; i < r->attribute_count; i++)
        printf("%s%s", i ? ", " : "  can be turned: ", r->attributes[i]);
    if (r->attribute_count)
        printf("\n");
    if (goes_through(r))
        printf("Try it: %s transfer %s SOUND -o OUT.wav\n", cli_program(),
               file);
}

static void say_json(const tb_export_report *r, const char *file)
{
    tb_json_writer w = {.text = NULL};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "file", file);
    tb_json_begin_array(&w, "methods");
    for (int i = 0; i < r->method_count; i++) {
        const tb_exported_method *m = &r->methods[i];
        tb_json_begin_object(&w, NULL);
        tb_json_put_text(&w, "name", m->name);
        tb_json_put_integer(&w, "latency_samples", m->latency);
        tb_json_put_number(&w, "difference", m->difference);
        tb_json_end_object(&w);
    }
    tb_json_end_array(&w);
    tb_json_begin_array(&w, "attributes");
    for (int i = 0; i < r->attribute_count; i++)
        tb_json_put_text(&w, NULL, r->attributes[i]);
    tb_json_end_array(&w);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

/* ---- the work ---- */

/* The folder of the run that a name stands for, or in whose checkpoints it
   lies. The caller frees it with tb_free. */
static tb_status run_folder_of(const char *word, char **folder, tb_error *error)
{
    tb_checkpoint_choice chosen;
    *folder = NULL;
    tb_status status = tb_checkpoint_choose(word, &chosen, error);
    if (status)
        return status;
    if (tb_is_folder(chosen.path)) {
        *folder = tb_path_join(NULL, chosen.path);
    } else {
        char *checkpoints = tb_path_folder(chosen.path);
        *folder = checkpoints ? tb_path_folder(checkpoints) : NULL;
        tb_free(checkpoints);
    }
    return *folder ? TB_OK : tb_fail_memory(error);
}

static tb_status reduce(const cli_args *args, const tb_export_size *size,
                        tb_checkpoint *c, tb_error *error)
{
    char *folder;
    tb_latent_axes axes;
    if (!size->directions && size->fidelity <= 0)
        return TB_OK;
    tb_status status = run_folder_of(args->words[0], &folder, error);
    if (status)
        return status;
    if (tb_latent_axes_read(folder, &axes, NULL))
        status = tb_fail(error, TB_ERR_FILE,
                         "'%s' has no latents.safetensors, which says in which "
                         "directions latents differ: it is written when a "
                         "training ends.",
                         folder);
    if (!status)
        status = tb_export_turn(c, &axes, size, error);
    tb_latent_axes_clear(&axes);
    tb_free(folder);
    return status;
}

static tb_status read_size(const cli_args *args, tb_export_size *size,
                           tb_error *error)
{
    *size = (tb_export_size){0};
    if (cli_has(args, "latent-size") && cli_has(args, "fidelity"))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Say how many directions, or which part they shall "
                       "hold, not both.");
    tb_status status =
        cli_integer(args, "latent-size", 1, 65536, &size->directions, error);
    return status
               ? status
               : cli_number(args, "fidelity", 1e-6, 1, &size->fidelity, error);
}

static tb_status export_run(const cli_args *args, const tb_export_size *size,
                            tb_export_report *report, tb_error *error)
{
    tb_checkpoint c = {.epoch = -1};
    const tb_blended one = {args->words[0], 1};
    const tb_export_settings how = {.licence = cli_value(args, "licence"),
                                    .replace = cli_has(args, "force")};
    tb_status status = tb_blend_open(&one, 1, &c, error);
    if (!status && !c.instrument->network)
        status = tb_fail(error, TB_ERR_UNSUPPORTED,
                         "A %s plays recordings with code of its own: there is "
                         "no network to export.",
                         c.instrument->name);
    if (!status)
        status = reduce(args, size, &c, error);
    if (!status)
        status = tb_export_model(&c, cli_value(args, "o"), &how, report, error);
    tb_checkpoint_clear(&c);
    return status;
}

static int run(const cli_args *args)
{
    tb_error error;
    tb_export_report report;
    const char *to = cli_value(args, "o");
    tb_export_size size;
    tb_status status = check_names(args, &error);
    if (!status)
        status = read_size(args, &size, &error);
    if (!status)
        status = export_run(args, &size, &report, &error);
    if (status)
        return cli_complain(&error);
    if (cli_has(args, "json"))
        say_json(&report, to);
    else
        say(&report, to);
    return CLI_OK;
}

const cli_command cli_export = {.name = "export",
                                .about = "writes a file for nn~ and others",
                                .usage = usage,
                                .text = text,
                                .options = options,
                                .run = run};
