/* timbrel blend */
#include "cli/args.h"
#include "cli/say.h"

#include "base/memory.h"
#include "base/paths.h"
#include "models/blend.h"
#include "models/vote.h"

#include <string.h>

static const char *const usage[] = {
    "blend RUN@10..20 -o FILE", "blend RUN@EPOCH RUN@EPOCH... -o FILE", NULL};

static const char *const text[] = {
    "Makes one checkpoint of several, to generate from as from any other.",
    "runs/bells@10..20 is the average of the weights of these epochs, which is "
    "often calmer than each of them. Several checkpoints of one run, or of "
    "runs of one shape, are mixed in the parts that --weights gives.",
    "With --vote the weights stay apart: each network foresees the next "
    "symbol, and what sounds is drawn from what they say together. They may be "
    "of different kinds if they speak the same alphabet (rate, channels, "
    "levels). Such a checkpoint is small, names its members and needs them "
    "where they are, or moved together with it.",
    NULL};

static const cli_option options[] = {
    {"weights", "W,W", NULL, "How much each counts, in their order [alike]."},
    {"vote", NULL, NULL, "They vote on each symbol; up to 8."},
    {"o", "FILE", NULL, "The checkpoint's name (.safetensors)."},
    {"force", NULL, NULL, "Overwrites the file of -o."},
    {NULL, NULL, NULL, NULL}};

/* What --weights gives, read as a list of settings is. */
typedef struct given_weights {
    tb_float_list weights;
} given_weights;

static const tb_setting weights_row[] = {
    TB_SETTING_FLOATS(given_weights, weights, "1", 0, 1e6, NULL, "Weights.")};

static const tb_settings weights_table = {"blend", weights_row, 1, NULL, 0};

static tb_status read_weights(const cli_args *args, tb_float_list *weights,
                              tb_error *error)
{
    given_weights given;
    const tb_settings_part part = {&weights_table, &given};
    const char *typed = cli_value(args, "weights");
    tb_settings_defaults(&part, 1);
    tb_status status =
        typed ? tb_settings_set(&part, 1, "weights", typed, error) : TB_OK;
    if (status)
        return status;
    if (typed && given.weights.count != args->word_count)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--weights '%s' has %d numbers for %d checkpoints.",
                       typed, given.weights.count, args->word_count);
    if (args->word_count > TB_LIST_MAX)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Up to %d checkpoints are named at once; a range of "
                       "epochs is one: RUN@10..20",
                       TB_LIST_MAX);
    for (int i = given.weights.count; i < args->word_count; i++)
        given.weights.at[i] = 1;
    given.weights.count = args->word_count;
    *weights = given.weights;
    return TB_OK;
}

static tb_status make(const cli_args *args, tb_checkpoint *c, tb_error *error)
{
    tb_float_list weights;
    tb_blended blended[TB_LIST_MAX];
    tb_status status = read_weights(args, &weights, error);
    if (status)
        return status;
    if (cli_has(args, "vote"))
        return tb_vote_open(args->words, weights.at, args->word_count, c,
                            error);
    for (int i = 0; i < args->word_count; i++)
        blended[i] = (tb_blended){args->words[i], weights.at[i]};
    return tb_blend_open(blended, args->word_count, c, error);
}

/* The name is checked before anything is read. */
static tb_status check_name(const cli_args *args, tb_error *error)
{
    const char *to = cli_value(args, "o");
    if (args->word_count == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name what to blend: timbrel blend runs/NAME@10..20 -o "
                       "FILE");
    if (!to)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name the file to write: -o NAME.safetensors");
    if (strcmp(tb_path_extension(to), "safetensors") != 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' should end with .safetensors, as checkpoints do.",
                       to);
    if (tb_exists(to) && !cli_has(args, "force"))
        return tb_fail(error, TB_ERR_FILE,
                       "'%s' is there already: --force overwrites it.", to);
    return TB_OK;
}

static void say(const tb_checkpoint *c, const char *file)
{
    int n = 0;
    for (const char *line = c->made_of; line && *line; line++)
        n += *line == '\n';
    for (const tb_checkpoint *b = c->base; b && !c->made_of; b = b->next)
        n++;
    if (n == 0)
        printf("%s: that checkpoint as it is.\n", file);
    else
        printf("%s: %s of %d checkpoints.\n", file,
               c->made_of ? "the mean" : "a vote", n);
}

static int run(const cli_args *args)
{
    tb_error error;
    tb_checkpoint c = {.epoch = -1};
    const char *to = cli_value(args, "o");
    tb_status status = check_name(args, &error);
    if (!status)
        status = make(args, &c, &error);
    if (!status)
        status = tb_checkpoint_save(to, &c, NULL, 0, NULL, &error);
    if (!status)
        say(&c, to);
    tb_checkpoint_clear(&c);
    return status ? cli_complain(&error) : CLI_OK;
}

const cli_command cli_blend = {.name = "blend",
                               .about = "makes one checkpoint of several",
                               .usage = usage,
                               .text = text,
                               .options = options,
                               .run = run};
