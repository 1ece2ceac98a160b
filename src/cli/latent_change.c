#include "cli/latent_change.h"

#include "base/setting_value.h"

#include <stdlib.h>
#include <string.h>

/* "3=0.5" or "all=2". */
static tb_status read_one(const char *given, float *to, int count,
                          tb_error *error)
{
    char *end = NULL;
    const char *rest;
    double x;
    bool all = strncmp(given, "all=", 4) == 0;
    long i = all ? 0 : strtol(given, &end, 10);
    const char *number = all ? given + 4 : end + (*end == '=');
    if ((!all && (end == given || *end != '=')) ||
        !tb_number_parse(number, &rest, &x) || *rest)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' changes no latent: say its number and by how "
                       "much, as in 3=0.5, or all=0.5.",
                       given);
    if (i < 0 || i >= count)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There is no latent %ld: they go from 0 to %d.", i,
                       count - 1);
    for (long k = i; k < (all ? count : i + 1); k++)
        to[k] = (float)x;
    return TB_OK;
}

tb_status cli_latent_change_read(cli_latent_change *c, const cli_args *args,
                                 const tb_port_facts *port, tb_error *error)
{
    int count = port->channels > 0 ? port->channels : 1;
    tb_status status = TB_OK;
    if (port->levels > 0 && (cli_has(args, "scale") || cli_has(args, "bias")))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%s speaks in codes, which cannot be scaled or moved.",
                       args->words[0]);
    c->any = false;
    c->count = count;
    for (int i = 0; i < CLI_MOST_LATENTS; i++) {
        c->scale[i] = 1;
        c->bias[i] = 0;
    }
    for (int i = 0; i < args->given_count && !status; i++) {
        const cli_given *g = &args->given[i];
        const char *name = g->option ? g->option->name : "";
        bool scales = strcmp(name, "scale") == 0;
        if (!scales && strcmp(name, "bias") != 0)
            continue;
        c->any = true;
        status = read_one(g->value, scales ? c->scale : c->bias,
                          count < CLI_MOST_LATENTS ? count : CLI_MOST_LATENTS,
                          error);
    }
    return status;
}

void cli_latent_change_apply(const cli_latent_change *c, float *x,
                             int64_t frames)
{
    if (!c->any)
        return;
    for (int64_t i = 0; i < frames; i++, x += c->count)
        for (int k = 0; k < c->count && k < CLI_MOST_LATENTS; k++)
            x[k] = x[k] * c->scale[k] + c->bias[k];
}
