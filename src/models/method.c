#include "models/method.h"

#include <stdio.h>
#include <string.h>

const tb_control tb_control_temperature = {
    .name = "temperature",
    .help = "How much is left to chance; 0: what is likeliest, always.",
    .type = TB_CONTROL_REAL,
    .high = 100,
    .standard = 1,
    .length = 1,
    .per_row = true};

const tb_control tb_control_top_k = {
    .name = "top_k",
    .help = "Only so many of the likeliest; 0: all.",
    .type = TB_CONTROL_INTEGER,
    .high = 65536,
    .length = 1,
    .per_row = true};

const tb_control tb_control_top_p = {
    .name = "top_p",
    .help = "Only the likeliest, up to this probability; 1: all.",
    .type = TB_CONTROL_REAL,
    .high = 1,
    .standard = 1,
    .length = 1,
    .per_row = true};

const tb_control tb_control_weight_temperature = {
    .name = "weight_temperature",
    .help = "Times the temperature: chance in which component speaks.",
    .type = TB_CONTROL_REAL,
    .high = 100,
    .standard = 1,
    .length = 1,
    .per_row = true};

const tb_control tb_control_scale_temperature = {
    .name = "scale_temperature",
    .help = "Times the temperature: how wide components scatter.",
    .type = TB_CONTROL_REAL,
    .high = 100,
    .standard = 1,
    .length = 1,
    .per_row = true};

void tb_method_clear(tb_method *method)
{
    tb_graph_free(method->graph);
    *method = (tb_method){0};
}

bool tb_control_is_named(const tb_control *c, const char *name)
{
    const char *a = c->name;
    while (*a && (*a == *name || (*a == '_' && *name == '-')))
        a++, name++;
    return !*a && !*name;
}

int tb_method_control(const tb_method *method, const char *name,
                      tb_error *error)
{
    char all[512] = "";
    for (int i = 0; i < method->control_count; i++) {
        if (tb_control_is_named(method->control[i], name))
            return i;
        size_t n = strlen(all);
        snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "",
                 method->control[i]->name);
    }
    tb_fail(error, TB_ERR_ARGUMENT, "It has no control called '%s'%s%s.", name,
            all[0] ? "; there are " : ": there are none", all);
    return -1;
}
