#include "cli/chosen.h"

#include "audio/decode.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/setting_value.h"
#include "base/shell.h"
#include "cli/say.h"
#include "models/blend.h"
#include "models/checkpoint_find.h"
#include "models/model.h"
#include "models/script_source.h"
#include "models/vote.h"
#include "run/run_folder.h"
#include "run/trainings.h"

#include <string.h>

/* ---- what else people name ---- */

/* Sounds, and files beside the checkpoints. */
static tb_status check_file(const char *path, tb_error *error)
{
    char word[TB_SHELL_WORD];
    tb_audio_info info;
    tb_error none;
    tb_status status = tb_check_exists(path, error);
    if (status || tb_is_checkpoint_name(path) || tb_is_folder(path))
        return status;
    tb_decoder *decoder = tb_decoder_open(path, &info, &none);
    if (!decoder)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is no checkpoint. Name a run, or a file of its "
                       "folder 'checkpoints'.",
                       path);
    tb_decoder_close(decoder);
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is a sound, not a checkpoint. To go on from it, name "
                   "a run, too: %s generate runs/NAME --prompt %s",
                   path, cli_program(), tb_shell_word(path, word));
}

/* ---- names ---- */

/* The run whose folder "checkpoints" holds this file, or null. */
static char *run_of(const char *checkpoint)
{
    char *folder = tb_path_folder(checkpoint);
    char *run = folder ? tb_path_folder(folder) : NULL;
    tb_free(folder);
    if (run && tb_is_run(run))
        return run;
    tb_free(run);
    return NULL;
}

static void append(char *text, size_t size, const char *more)
{
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s", more);
}

static int last_epoch(const tb_checkpoint_list *list)
{
    return list->at[list->count - 1].epoch;
}

/* "bells", or that of the file. mimikit calls all files of a training alike
   ("epoch=12.ckpt") and tells them by their folder. */
static char *title_of(const char *run, const char *file)
{
    char *folder = NULL, *title = NULL;
    if (run)
        return tb_run_title(run);
    if (strncmp(tb_path_base(file), "epoch=", 6) == 0)
        folder = tb_path_folder(file);
    if (folder && strspn(tb_path_base(folder), "./") == 0)
        title = tb_path_join(NULL, tb_path_base(folder));
    tb_free(folder);
    return title ? title : tb_path_stem(file);
}

/* "bells_e12", "bells_e10-20". */
static void name_epochs(int first, int last, char *stem, size_t size)
{
    char more[60];
    snprintf(more, sizeof more, first == last ? "_e%d" : "_e%d-%d", first,
             last);
    if (first >= 0)
        append(stem, size, more);
}

/* What files are called that several made: "bells_e12+strings_e40". */
static void name_after(cli_chosen *c, const tb_checkpoint_list *list)
{
    char more[81];
    char *run = run_of(list->at[0].path);
    char *title = title_of(run, list->at[0].path);
    snprintf(more, sizeof more, "%.80s", title ? title : "timbrel");
    if (c->stem[0])
        append(c->stem, sizeof c->stem, "+");
    append(c->stem, sizeof c->stem, more);
    name_epochs(list->at[0].epoch, last_epoch(list), c->stem, sizeof c->stem);
    if (!c->run)
        c->run = run;
    else
        tb_free(run);
    tb_free(title);
}

/* One of the words. A single file is said as it lies. */
static tb_status look_at(cli_chosen *c, const char *word, bool alone,
                         tb_error *error)
{
    tb_checkpoint_choice choice;
    tb_checkpoint_list list;
    tb_status status = tb_checkpoint_choose(word, &choice, error);
    if (!status)
        status = check_file(choice.path, error);
    if (!status)
        status = tb_checkpoint_find_epochs(choice.path, choice.first,
                                           choice.last, &list, error);
    if (status)
        return status;
    if (c->text[0])
        append(c->text, sizeof c->text, " + ");
    append(c->text, sizeof c->text,
           alone && list.count == 1 ? list.at[0].path : word);
    name_after(c, &list);
    tb_checkpoint_list_clear(&list);
    return TB_OK;
}

/* ---- opening ---- */

/* Weights stand still while they play. */
static tb_status fail_blend(const char *given, tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "--blend '%s' is not understood: it is one number from 0 to "
                   "1, for two checkpoints, and stays. To move between them "
                   "let them vote, without --blend: --balance 0..1",
                   given);
}

static tb_status blend(cli_chosen *c, const cli_args *args, const char *given,
                       tb_error *error)
{
    char more[32];
    const char *end;
    double x;
    tb_checkpoint made;
    if (!tb_number_parse(given, &end, &x) || *end || !(x >= 0 && x <= 1) ||
        args->word_count != 2)
        return fail_blend(given, error);
    const tb_blended both[] = {{args->words[0], 1 - x}, {args->words[1], x}};
    tb_status status = tb_blend_open(both, 2, &made, error);
    if (status)
        return status;
    c->model = tb_model_of_checkpoint(&made, error);
    snprintf(more, sizeof more, "_B%.2f", x);
    append(c->stem, sizeof c->stem, more);
    return c->model ? TB_OK : error->status;
}

static tb_status vote(cli_chosen *c, const cli_args *args, tb_error *error)
{
    tb_message message;
    c->model = tb_model_open_vote(args->words, args->word_count, &message);
    return c->model ? TB_OK
                    : tb_fail(error, TB_ERR_ARGUMENT, "%s", message.text);
}

/* A file whose name does not tell its epoch says it itself. */
static tb_status open_one(cli_chosen *c, const char *word, tb_error *error)
{
    tb_message message;
    c->model = tb_model_open(word, &message);
    if (!c->model)
        return tb_fail(error, TB_ERR_FORMAT, "%s", message.text);
    int epoch = tb_model_epoch(c->model);
    if (!strstr(c->stem, "_e"))
        name_epochs(epoch, epoch, c->stem, sizeof c->stem);
    return TB_OK;
}

/* The one word with the epochs of --epoch. */
static tb_status with_epoch(const cli_args *args, char *word, size_t size,
                            tb_error *error)
{
    int first, last;
    const char *given = cli_value(args, "epoch");
    snprintf(word, size, "%s%s%s", args->words[0], given ? "@" : "",
             given ? given : "");
    if (!given)
        return TB_OK;
    if (args->word_count > 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--epoch is for one run alone; of several each has its "
                       "own: %s@%s",
                       args->words[0], given);
    if (!tb_epochs_parse(given, &first, &last))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--epoch '%s' is not understood: write 12, or 10..20 "
                       "for the average of several.",
                       given);
    return TB_OK;
}

/* A vote has a weight for each that votes. */
static int count_voters(tb_model *model)
{
    char name[24];
    const tb_control *c;
    int n = 0;
    snprintf(name, sizeof name, "weight_1");
    for (int i = 0; (c = tb_model_control(model, "generate", i)); i++)
        if (strcmp(c->name, name) == 0)
            snprintf(name, sizeof name, "weight_%d", ++n + 1);
    return n > 0 ? n : 1;
}

/* A file of others is what it is called. */
static tb_status choose_script(cli_chosen *c, const cli_args *args,
                               tb_error *error)
{
    const char *path = args->words[0];
    if (args->word_count > 1 || cli_value(args, "epoch") ||
        cli_value(args, "blend"))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' is a model of others, which plays alone: it has "
                       "no epochs, and neither votes nor blends.",
                       path);
    char *stem = tb_path_stem(path);
    snprintf(c->stem, sizeof c->stem, "%.200s", stem ? stem : "timbrel");
    snprintf(c->text, sizeof c->text, "%s", path);
    tb_free(stem);
    c->model = tb_model_open_any(path, error);
    if (!c->model)
        return error->status;
    const tb_plan_wish wish = {.method = "generate", .rows = 1};
    const tb_method_plan *plan = tb_model_plan(c->model, &wish, NULL);
    c->hears = plan && plan->method.takes_prompt;
    return plan ? TB_OK
                : tb_fail(error, TB_ERR_UNSUPPORTED,
                          "'%s' makes no sound by itself: it has no prior. "
                          "'timbrel transfer' sends a recording through it.",
                          path);
}

tb_status cli_choose(const cli_args *args, cli_chosen *c, tb_error *error)
{
    char word[4200];
    const char *mixed = cli_value(args, "blend");
    *c = (cli_chosen){.voters = 1, .hears = true};
    if (args->word_count < 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name a run or a checkpoint: timbrel generate "
                       "runs/NAME.");
    if (tb_is_script(args->words[0]))
        return choose_script(c, args, error);
    tb_status status = with_epoch(args, word, sizeof word, error);
    if (!status && args->word_count == 1)
        status = look_at(c, word, true, error);
    for (int i = 0; i < args->word_count && args->word_count > 1 && !status;
         i++)
        status = look_at(c, args->words[i], false, error);
    if (status)
        return status;
    if (mixed)
        status = blend(c, args, mixed, error);
    else
        status = args->word_count > 1 ? vote(c, args, error)
                                      : open_one(c, word, error);
    if (!status)
        c->voters = count_voters(c->model);
    return status;
}

void cli_chosen_clear(cli_chosen *c)
{
    tb_model_close(c->model);
    tb_free(c->run);
    *c = (cli_chosen){0};
}
