/* What `timbrel train` is given: minutes, epochs, or neither. */
#include "cli/train.h"

#include "train/budget.h"

#include <string.h>

enum { MOST_CHOSEN = 128 };

/* The setting that an option gives a value, as "name" or "name=value"; null:
   none. */
static const char *setting_of(const cli_given *g)
{
    if (!g->option)
        return g->name;
    if (strcmp(g->option->name, "hours") == 0)
        return "minutes";
    return strcmp(g->option->name, "set") == 0 ? g->value : g->option->setting;
}

bool cli_is_setting_given(const cli_args *args, const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; i < args->given_count; i++) {
        const char *of = setting_of(&args->given[i]);
        if (of && strncmp(of, name, length) == 0 &&
            (of[length] == 0 || of[length] == '='))
            return true;
    }
    return false;
}

tb_status cli_minutes(const cli_args *args, double *minutes, tb_error *error)
{
    if (!cli_has(args, "hours"))
        return cli_number(args, "minutes", 1e-6, 1e6, minutes, error);
    if (cli_has(args, "minutes"))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Say how long in minutes or in hours, not both.");
    tb_status status = cli_number(args, "hours", 1e-6, 1e4, minutes, error);
    *minutes *= 60;
    return status;
}

/* What a sweep compares is one network but for what is swept. */
tb_status cli_plan_job(const cli_args *args, tb_job *job, tb_error *error)
{
    const char *names[MOST_CHOSEN];
    tb_chosen chosen = {names, 0,
                        cli_has(args, "preset") || cli_has(args, "sweep")};
    for (int i = 0; i < args->given_count && chosen.count < MOST_CHOSEN; i++) {
        const char *name = setting_of(&args->given[i]);
        if (name)
            names[chosen.count++] = name;
    }
    return tb_budget_plan(job, &chosen, error);
}

tb_status cli_take_budget(const cli_args *args,
                          const tb_training_settings *before, tb_job *job,
                          tb_error *error)
{
    tb_training_settings *s = &job->settings;
    bool minutes = cli_is_setting_given(args, "minutes");
    bool epochs = cli_is_setting_given(args, "epochs");
    job->anew = minutes || epochs;
    job->finish = cli_has(args, "finish");
    if (job->finish && !job->anew)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--finish needs to know when: say so with --minutes or "
                       "--epochs.");
    if (job->anew && !minutes)
        s->minutes = 0;
    if (job->anew && !epochs)
        s->epochs = 0;
    if (job->finish) {
        job->finish_epochs = s->epochs;
        s->epochs = before->epochs;
    } else if (minutes && s->schedule == TB_SCHEDULE_PLATEAU) {
        s->schedule = TB_SCHEDULE_COSINE;
    }
    return TB_OK;
}
