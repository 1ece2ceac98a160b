/* timbrel train --try: networks that suit the sounds, side by side. */
#include "cli/say.h"
#include "cli/train.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/shell.h"
#include "run/run_folder.h"
#include "run/stage_list.h"
#include "train/choose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 3, FEWEST = 2 };

static const double EACH_MINUTES = 3, FURTHER_MINUTES = 15;

/* What is tried: [count] of each. */
typedef struct cli_trial {
    const tb_instrument *instruments[MOST];
    tb_job jobs[MOST];
    tb_sweep sweep; /* of the setting "network" */
    int count;
    double minutes; /* of each; 0: as the options say */
    bool json;
} cli_trial;

/* ---- choosing ---- */

static tb_status check_options(const cli_args *args, tb_error *error)
{
    static const char *const others[] = {"resume", "sweep", "finish", "phase",
                                         NULL};
    for (int i = 0; others[i]; i++)
        if (cli_has(args, others[i]))
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "--try starts new runs of networks that it chooses: "
                           "it does not go with --%s.",
                           others[i]);
    if (args->word_count == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name the sounds to learn from: files or folders.");
    if (tb_instrument_named(args->words[0], NULL))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--try chooses the networks by the sounds: leave out "
                       "%s.",
                       args->words[0]);
    return TB_OK;
}

/* As many as have time to show what they are good for. */
static tb_status choose(const cli_args *args, const tb_sound_kind *kind,
                        cli_trial *t, tb_error *error)
{
    double all = 0;
    bool open = !cli_is_setting_given(args, "minutes") &&
                !cli_is_setting_given(args, "epochs");
    tb_status status = cli_minutes(args, &all, error);
    if (status)
        return status;
    for (int most = MOST; most >= FEWEST; most--) {
        t->minutes = open ? EACH_MINUTES : all / most;
        t->count = tb_choose_several(tb_instruments(), kind, t->minutes,
                                     t->instruments, most);
        if (t->count == most)
            return TB_OK;
    }
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%g minutes are too few to try two networks in. Give it "
                   "--minutes %g, or leave out --try.",
                   all, MOST * EACH_MINUTES);
}

static void say_choice(const cli_trial *t, const tb_sound_kind *kind)
{
    char words[400];
    tb_several_words(t->instruments, t->count, kind, t->minutes, words,
                     sizeof words);
    if (!t->json)
        printf("%s\n", words);
    fflush(stdout);
}

static tb_status check_job(const tb_job *job, tb_error *error)
{
    if (job->settings.minutes <= 0 && job->settings.epochs <= 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--try must know when the first network makes room for "
                       "the next: give it --minutes or --epochs.");
    return tb_job_check(job, error);
}

/* Before anything is written all are planned, with the seed of the first. */
static tb_status make_jobs(const cli_args *args, cli_trial *t, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < t->count && !status; i++) {
        tb_job *job = &t->jobs[i];
        status =
            cli_make_trial(args, t->instruments[i], t->minutes, job, error);
        job->settings.seed = t->jobs[0].settings.seed;
        if (!status)
            status = check_job(job, error);
        snprintf(t->sweep.values[i], sizeof t->sweep.values[i], "%s",
                 t->instruments[i]->name);
    }
    snprintf(t->sweep.name, sizeof t->sweep.name, "network");
    t->sweep.count = t->count;
    return status;
}

static tb_status prepare(const cli_args *args, cli_trial *t, tb_error *error)
{
    tb_sound_kind kind;
    tb_status status = check_options(args, error);
    if (!status)
        status =
            tb_sound_kind_hear(args->words, args->word_count, &kind, error);
    if (!status)
        status = choose(args, &kind, t, error);
    if (status)
        return status;
    say_choice(t, &kind);
    return make_jobs(args, t, error);
}

/* ---- comparing ---- */

/* What the last examples of a run were judged to be. */
static tb_stage stage_of(const char *folder)
{
    tb_stage stage = {.score = NAN};
    tb_stage_list list = {0};
    if (tb_stage_list_read(folder, &list, NULL) == TB_OK) {
        const tb_stage *last = tb_stage_list_last(&list);
        if (last)
            stage = *last;
    }
    tb_stage_list_clear(&list);
    return stage;
}

static void say_tried(const cli_trial *t, int i, const tb_stage *stage)
{
    char words[TB_STAGE_WORDS];
    tb_stage_words(stage, words, sizeof words);
    if (!t->json) {
        printf("  %-16s %s\n", t->instruments[i]->name, words);
        return;
    }
    tb_json_writer w = {0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "tried");
    tb_json_put_text(&w, "network", t->instruments[i]->name);
    tb_json_put_text(&w, "run", t->jobs[i].folder);
    tb_json_put_integer(&w, "epoch", stage->epoch);
    tb_json_put_number(&w, "score", stage->score);
    tb_json_put_number(&w, "quoted", stage->quoted);
    tb_json_put_flag(&w, "copy", stage->copy);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

static void say_best_json(const cli_trial *t, int i, bool scored)
{
    tb_json_writer w = {0};
    char *page = tb_path_join(t->sweep.folder, "index.html");
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "best");
    tb_json_put_text(&w, "network", t->instruments[i]->name);
    tb_json_put_text(&w, "run", t->jobs[i].folder);
    tb_json_put_flag(&w, "scored", scored);
    if (page)
        tb_json_put_text(&w, "page", page);
    tb_json_end_object(&w);
    cli_json_line(&w);
    tb_free(page);
}

/* A plan by minutes that ends with an epoch does so for this reason. */
static bool has_heard_enough(const tb_job *job)
{
    const tb_training_settings *s = &job->settings;
    return s->minutes > 0 && s->epochs > 0 &&
           tb_run_latest(job->folder) >= s->epochs;
}

static void say_best(const cli_trial *t, int i, bool scored)
{
    char run[TB_SHELL_WORD];
    const char *name = t->instruments[i]->name;
    tb_shell_word(t->jobs[i].folder, run);
    if (scored)
        printf("Best of them by its score is %s; your ear may know better.\n",
               name);
    else
        printf("None has a score. By their kind, %s suits these sounds best.\n",
               name);
    if (has_heard_enough(&t->jobs[i])) {
        printf("It has heard them as often as it can use: longer, it begins to "
               "play them by heart.\n");
        printf("Make more: %s generate %s\n", cli_program(), run);
    }
    printf("Go on with it: %s train --resume %s --minutes %g\n", cli_program(),
           run, FURTHER_MINUTES);
}

/* The first `done` of them. */
static void compare(const cli_trial *t, int done)
{
    tb_stage stages[MOST];
    if (!t->json)
        printf("\nScores, 0: your recordings, 1: noise.\n");
    for (int i = 0; i < done; i++) {
        stages[i] = stage_of(t->jobs[i].folder);
        say_tried(t, i, &stages[i]);
    }
    int best = tb_stage_best(stages, done);
    bool scored = best >= 0;
    if (t->json) {
        say_best_json(t, scored ? best : 0, scored);
    } else {
        say_best(t, scored ? best : 0, scored);
        cli_say_sweep_page(&t->sweep, done);
    }
}

/* ---- doing it ---- */

static void say_turn(const cli_trial *t, int i)
{
    if (!t->json)
        printf("\n%s (%d of %d). %s\n", t->instruments[i]->name, i + 1,
               t->count, t->instruments[i]->suits->sound);
}

static int train_all(cli_trial *t)
{
    int code = CLI_OK, done = 0;
    while (done < t->count && code == CLI_OK) {
        say_turn(t, done);
        code = cli_train_of_sweep(&t->sweep, done, &t->jobs[done], t->json);
        done++;
    }
    if (code == CLI_OK || code == CLI_STOPPED)
        compare(t, done);
    return code;
}

static int estimate_all(const cli_trial *t)
{
    int code = CLI_OK;
    for (int i = 0; i < t->count && code == CLI_OK; i++) {
        say_turn(t, i);
        code = cli_dry_run(&t->jobs[i], t->json);
    }
    return code;
}

static tb_status take_folders(const cli_args *args, cli_trial *t,
                              tb_error *error)
{
    tb_status status = cli_create_sweep(args, args->words[0], &t->sweep, error);
    for (int i = 0; i < t->count && !status; i++)
        status = cli_take_sweep_folder(&t->sweep, i, &t->jobs[i], error);
    return status;
}

int cli_train_try(const cli_args *args)
{
    cli_trial t = {.json = cli_has(args, "json")};
    tb_error error;
    bool only_told = cli_has(args, "dry-run");
    tb_status status = prepare(args, &t, &error);
    if (!status && !only_told)
        status = take_folders(args, &t, &error);
    int code = status      ? cli_complain(&error)
               : only_told ? estimate_all(&t)
                           : train_all(&t);
    for (int i = 0; i < MOST; i++)
        tb_job_clear(&t.jobs[i]);
    tb_sweep_clear(&t.sweep);
    return code;
}
