#include "cli/controls.h"

#include "generate/balance.h"
#include "generate/label_ramp.h"
#include "models/method.h"

#include <string.h>

/* What is done with this control, once for each; null: there is none. */
static cli_turned *turned(cli_controls *c, const char *name, const char *value,
                          tb_error *error)
{
    tb_model *m = c->model;
    const tb_control *one;
    char all[512] = "";
    for (int i = 0; (one = tb_model_control(m, "generate", i)); i++) {
        size_t n = strlen(all);
        if (tb_control_is_named(one, name)) {
            int k = 0;
            while (k < c->count && c->at[k].control != one)
                k++;
            c->count += k == c->count;
            c->at[k].control = one;
            c->text[k] = value;
            return &c->at[k];
        }
        snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "", one->name);
    }
    if (all[0])
        tb_fail(error, TB_ERR_ARGUMENT,
                "%s has no control called '%s'; there are %s.",
                tb_model_kind(m), name, all);
    else
        tb_fail(error, TB_ERR_ARGUMENT,
                "%s leaves nothing to chance as it was trained: it has no "
                "control called '%s', nor any other.",
                tb_model_kind(m), name);
    return NULL;
}

static tb_status turn(cli_controls *c, const char *name, const char *value,
                      tb_error *error)
{
    cli_turned *t = turned(c, name, value, error);
    return t ? tb_ramp_parse(value, t->control->name, t->control->low,
                             t->control->high, &t->ramp, error)
             : error->status;
}

/* "name=value" */
static tb_status turn_named(cli_controls *c, const char *given, tb_error *error)
{
    char name[64];
    const char *equals = strchr(given, '=');
    size_t n = equals ? (size_t)(equals - given) : 0;
    if (n == 0 || n >= sizeof name)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--control '%s' is not understood: write NAME=VALUE.",
                       given);
    snprintf(name, sizeof name, "%.*s", (int)n, given);
    return turn(c, name, equals + 1, error);
}

/* Between those that vote: what each of them counts. */
static tb_status read_balance(cli_controls *c, const char *given,
                              tb_error *error)
{
    tb_ramp balance, weight;
    int voters = c->voters;
    if (voters < 2)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--balance is between several that vote: name two runs "
                       "or checkpoints, without --blend.");
    tb_status status =
        tb_ramp_parse(given, "balance", 0, voters - 1, &balance, error);
    for (int i = 0; i < voters && !status; i++) {
        char name[24];
        snprintf(name, sizeof name, "weight_%d", i + 1);
        status = tb_balance_weight(&balance, i, &weight, error);
        cli_turned *t = status ? NULL : turned(c, name, NULL, error);
        if (t)
            t->ramp = weight;
        else if (!status)
            status = error->status;
    }
    return status;
}

/* The labels that a network has learned are controls of it. */
static tb_status read_label(cli_controls *c, const char *given, tb_error *error)
{
    static const char prefix[] = "label_";
    const char *names[TB_MOST_CONTROLS];
    tb_ramp ramps[TB_MOST_CONTROLS];
    const tb_control *one;
    int n = 0;
    for (int i = 0; (one = tb_model_control(c->model, "generate", i)); i++)
        if (strncmp(one->name, prefix, sizeof prefix - 1) == 0)
            names[n++] = one->name + sizeof prefix - 1;
    if (n == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The network has learned no labels: train it with "
                       "--labels.");
    tb_status status = tb_label_ramps(given, names, n, ramps, error);
    for (int i = 0; i < n && !status; i++) {
        cli_turned *t = turned(c, names[i] - (sizeof prefix - 1), NULL, error);
        if (t)
            t->ramp = ramps[i];
    }
    return status;
}

tb_status cli_read_controls(const cli_args *args, tb_model *model, int voters,
                            cli_controls *c, tb_error *error)
{
    static const char *const own[] = {"temperature", "weight-temperature",
                                      "scale-temperature", "top-k", "top-p"};
    tb_status status = TB_OK;
    *c = (cli_controls){.model = model, .voters = voters};
    for (int i = 0; i < args->given_count && !status; i++) {
        const cli_given *g = &args->given[i];
        for (size_t k = 0; g->option && k < sizeof own / sizeof *own; k++)
            if (strcmp(g->option->name, own[k]) == 0 && !status)
                status = turn(c, own[k], g->value, error);
        if (g->option && strcmp(g->option->name, "control") == 0 && !status)
            status = turn_named(c, g->value, error);
    }
    if (!status && cli_value(args, "balance"))
        status = read_balance(c, cli_value(args, "balance"), error);
    if (!status && cli_value(args, "label"))
        status = read_label(c, cli_value(args, "label"), error);
    return status;
}
