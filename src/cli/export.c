/* timbrel export */
#include "cli/args.h"
#include "cli/export_report.h"
#include "cli/say.h"

#include "base/memory.h"
#include "base/paths.h"
#include "export/directions.h"
#include "export/export.h"
#include "export/onnx_file.h"
#include "export/plain_weights.h"
#include "export/weights_file.h"
#include "models/blend.h"
#include "models/checkpoint_find.h"
#include "models/script_source.h"

#include <string.h>

static const char *const usage[] = {"export RUN -o MODEL.ts",
                                    "export RUN -o MODEL.onnx",
                                    "export RUN -o MODEL.safetensors", NULL};

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
    "The ending of MODEL says what is written. An .onnx holds one method of a "
    "network that hears a whole sound at once, for web pages, game engines and "
    "whatever runs ONNX. A .safetensors holds the "
    "weights alone, under their names, for programs of your own: Python reads "
    "it, and so do all commands here that take a checkpoint (train --from).",
    NULL};

static const cli_option options[] = {
    {"o", "MODEL.ts", NULL, "The file to write."},
    {"weights", "KIND", NULL,
     "averaged: as the checkpoint holds them, calmer; plain: those of the last "
     "step that the run saved. Default: averaged."},
    {"latent-size", "N", NULL,
     "Of a RAVE: in place of its latents the N directions in which those of "
     "your recordings differ most."},
    {"fidelity", "PART", NULL,
     "The same, as many as hold this part of what differs: 0.95."},
    {"rate", "HZ", NULL,
     "Of a .ts: the sample rate of the host that will play it, if it is not "
     "the network's; the file then changes rates itself."},
    {"method", "NAME", NULL,
     "Of an .onnx: forward, encode or decode. Default: forward."},
    {"licence", "TEXT", NULL,
     "Of the model, for those who get it: 'CC BY 4.0'."},
    {"force", NULL, NULL, "Overwrites the file of -o."},
    {"json", NULL, NULL, "One line for programs instead of sentences."},
    {NULL, NULL, NULL, NULL}};

/* ---- formats ---- */

static tb_status write_script(const cli_args *args, tb_checkpoint *c,
                              tb_error *error)
{
    tb_export_settings how = {.nn.licence = cli_value(args, "licence"),
                              .replace = cli_has(args, "force")};
    tb_export_report report;
    const char *to = cli_value(args, "o");
    long long rate = 0;
    tb_status status = cli_integer(args, "rate", 1000, 384000, &rate, error);
    how.nn.sample_rate = (int)rate;
    if (!status)
        status = tb_export_model(c, to, &how, &report, error);
    if (!status)
        cli_say_export(&report, to, cli_has(args, "json"));
    return status;
}

static tb_status write_onnx(const cli_args *args, tb_checkpoint *c,
                            tb_error *error)
{
    const tb_onnx_settings how = {.method = cli_value(args, "method"),
                                  .licence = cli_value(args, "licence"),
                                  .replace = cli_has(args, "force")};
    tb_onnx_report report;
    const char *to = cli_value(args, "o");
    tb_status status = tb_export_onnx(c, to, &how, &report, error);
    if (!status)
        cli_say_onnx(&report, to, cli_has(args, "json"));
    return status;
}

static tb_status write_weights(const cli_args *args, tb_checkpoint *c,
                               tb_error *error)
{
    const char *to = cli_value(args, "o");
    tb_status status =
        tb_export_weights(c, to, cli_value(args, "licence"), error);
    if (!status)
        cli_say_weights(c, to, cli_has(args, "json"));
    return status;
}

/* Writes the model of a checkpoint to the file of -o, and says what it is. */
typedef tb_status (*format_writer)(const cli_args *args,
                                   tb_checkpoint *checkpoint, tb_error *error);

static format_writer writer_of(const char *path)
{
    static const struct {
        const char *ending;
        format_writer write;
    } all[] = {{"ts", write_script},
               {"onnx", write_onnx},
               {"safetensors", write_weights}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(tb_path_extension(path), all[i].ending) == 0)
            return all[i].write;
    return NULL;
}

/* ---- the beginning ---- */

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
    if (!writer_of(to))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' should end with .ts, for hosts that play it, "
                       ".onnx, for other programs, or .safetensors, for its "
                       "weights alone.",
                       to);
    if (tb_exists(to) && !cli_has(args, "force"))
        return tb_fail(error, TB_ERR_FILE,
                       "'%s' is there already: --force overwrites it.", to);
    if (cli_has(args, "rate") && strcmp(tb_path_extension(to), "ts") != 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--rate is for a .ts: '%s' has no program that could "
                       "change rates.",
                       to);
    if (cli_has(args, "method") && strcmp(tb_path_extension(to), "onnx") != 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--method is for an .onnx: '%s' holds all methods.", to);
    if (tb_is_script(args->words[0]))
        return tb_fail(error, TB_ERR_ARGUMENT, "'%s' is exported already.",
                       args->words[0]);
    return TB_OK;
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
    status = tb_latent_axes_read(folder, &axes, error);
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

/* Averages are what checkpoints hold. */
static tb_status choose_weights(const cli_args *args, tb_checkpoint *c,
                                tb_error *error)
{
    const char *kind = cli_value(args, "weights");
    char *folder;
    tb_checkpoint_choice chosen;
    if (!kind || strcmp(kind, "averaged") == 0)
        return TB_OK;
    tb_status status = tb_checkpoint_choose(args->words[0], &chosen, error);
    if (!status && (!tb_is_folder(chosen.path) || chosen.last >= 0))
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "Plain weights are kept for the last step of a run "
                         "alone, not for '%s': name the run.",
                         args->words[0]);
    if (!status)
        status = run_folder_of(args->words[0], &folder, error);
    if (status)
        return status;
    status = tb_export_take_plain(c, folder, error);
    tb_free(folder);
    return status;
}

static tb_status check_weights(const cli_args *args, tb_error *error)
{
    const char *kind = cli_value(args, "weights");
    if (!kind || strcmp(kind, "averaged") == 0 || strcmp(kind, "plain") == 0)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "--weights is averaged or plain, not '%s'.", kind);
}

static tb_status export_run(const cli_args *args, const tb_export_size *size,
                            tb_error *error)
{
    tb_checkpoint c = {.epoch = -1};
    const tb_blended one = {args->words[0], 1};
    tb_status status = tb_blend_open(&one, 1, &c, error);
    if (!status && !c.instrument->network)
        status = tb_fail(error, TB_ERR_UNSUPPORTED,
                         "A %s plays recordings with code of its own: there is "
                         "no network to export.",
                         c.instrument->name);
    if (!status)
        status = choose_weights(args, &c, error);
    if (!status)
        status = reduce(args, size, &c, error);
    if (!status)
        status = writer_of(cli_value(args, "o"))(args, &c, error);
    tb_checkpoint_clear(&c);
    return status;
}

static int run(const cli_args *args)
{
    tb_error error;
    tb_export_size size;
    tb_status status = check_names(args, &error);
    if (!status)
        status = check_weights(args, &error);
    if (!status)
        status = read_size(args, &size, &error);
    if (!status)
        status = export_run(args, &size, &error);
    return status ? cli_complain(&error) : CLI_OK;
}

const cli_command cli_export = {.name = "export",
                                .about = "writes a file for nn~ and others",
                                .usage = usage,
                                .text = text,
                                .options = options,
                                .run = run};
