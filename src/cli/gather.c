#include "cli/gather.h"

#include "base/amounts.h"
#include "base/memory.h"
#include "base/shell.h"
#include "cli/command.h"
#include "cli/say.h"
#include "cli/train_watch.h"
#include "corpus/corpus.h"
#include "train/gather.h"

#include <stdio.h>

static void say_json(const char *event, const char *path, int files,
                     double seconds)
{
    tb_json_writer w = {0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", event);
    if (path)
        tb_json_put_text(&w, "path", path);
    tb_json_put_integer(&w, "files", files);
    tb_json_put_number(&w, "sound_seconds", seconds);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

static void say_gathered(const tb_gathered *g)
{
    char run[TB_SHELL_WORD], time[TB_AMOUNT];
    tb_time_text(g->seconds, time);
    printf("Run: %s, with %s of sound from %d %s. It plays at once.\n"
           "Make sound: %s generate %s\n",
           g->folder, time, g->files, tb_plural(g->files, "file", "files"),
           cli_program(), tb_shell_word(g->folder, run));
}

/* As the headers of the files tell. */
static int say_expected(const tb_job *job, bool json)
{
    tb_error error;
    tb_corpus *corpus;
    char time[TB_AMOUNT];
    double seconds = 0;
    if (tb_corpus_find((const char *const *)job->paths, job->path_count,
                       &corpus, &error))
        return cli_complain(&error);
    for (int i = 0; i < corpus->count; i++)
        seconds += tb_corpus_file_seconds(&corpus->files[i]);
    tb_time_text(seconds, time);
    if (json)
        say_json("dry-run", NULL, corpus->count, seconds);
    else
        printf("%s learns nothing: it would keep %s of sound from %d %s, as "
               "fast as they are read.\n",
               job->instrument->name, time, corpus->count,
               tb_plural(corpus->count, "file", "files"));
    tb_corpus_free(corpus);
    return CLI_OK;
}

int cli_gather(tb_job *job, bool dry_run, bool json)
{
    tb_error error;
    tb_gathered gathered;
    cli_train_watch state = {.json = json};
    tb_training_watch watch = cli_watch_training(&state);
    if (dry_run)
        return say_expected(job, json);
    cli_catch_stop();
    tb_status status = tb_gather(job, &watch, &gathered, &error);
    cli_bar_clear();
    if (status == TB_ERR_STOPPED)
        return CLI_STOPPED;
    if (status)
        return cli_complain(&error);
    if (json)
        say_json("saved", gathered.checkpoint, gathered.files,
                 gathered.seconds);
    else
        say_gathered(&gathered);
    tb_gathered_clear(&gathered);
    return CLI_OK;
}
