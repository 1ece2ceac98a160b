#include "train/budget_state.h"

#include <string.h>

/* The name of a setting, without its table. */
static const char *bare(const char *name)
{
    const char *point = strchr(name, '.');
    const char *equals = strchr(name, '=');
    return point && (!equals || point < equals) ? point + 1 : name;
}

static bool is_same_name(const char *a, const char *b)
{
    for (a = bare(a), b = bare(b);; a++, b++) {
        char x = *a == '-' ? '_' : *a, y = *b == '-' ? '_' : *b;
        bool over = x == 0 || x == '=';
        if (over || x != y)
            return over && (y == 0 || y == '=');
    }
}

bool tb_budget_is_chosen(const tb_chosen *chosen, const char *name)
{
    for (int i = 0; i < chosen->count; i++)
        if (is_same_name(chosen->names[i], name))
            return true;
    return false;
}

/* Whether a setting is one of the network. */
static bool is_of_network(const char *setting)
{
    return strncmp(setting, "training.", 9) != 0;
}

tb_status tb_budget_take(tb_job *job, const char *const *list,
                         const tb_chosen *chosen, tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_status status = TB_OK;
    bool begins = *job->settings.from;
    tb_job_parts(job, parts);
    for (; *list && !status; list++)
        if ((!begins || !is_of_network(*list)) &&
            !tb_budget_is_chosen(chosen, *list))
            status = tb_settings_assign(parts, TB_JOB_PARTS, *list, error);
    return status;
}

bool tb_budget_is_whole(const tb_job *job, const tb_network_size *size,
                        const tb_chosen *chosen)
{
    if (*job->settings.from)
        return false;
    for (const char *const *o = size->overrides; *o; o++)
        if (is_of_network(*o) && tb_budget_is_chosen(chosen, *o))
            return false;
    return true;
}
