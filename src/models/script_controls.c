/* The attributes of a TorchScript file as controls. */
#include "base/setting_value.h"
#include "models/script_source.h"

#include <string.h>

/* Files tell no ranges. */
static const double most = 1e9;

const tb_control tb_script_temperature = {
    .name = "temperature",
    .help = "How much is left to chance; 1: as the prior learned.",
    .type = TB_CONTROL_REAL,
    .high = 100,
    .standard = 1,
    .length = 1,
    .per_row = true};

static bool is_control(const tb_script_attribute *a)
{
    return !a->refusal && a->count == 1 && a->types[0] <= TB_ATTRIBUTE_FLOAT;
}

static tb_control control_of(tb_script_model *m, const tb_script_attribute *a)
{
    static const tb_control_type types[] = {TB_CONTROL_BOOL, TB_CONTROL_INTEGER,
                                            TB_CONTROL_REAL};
    bool boolean = a->types[0] == TB_ATTRIBUTE_BOOL;
    tb_control c = {.name = a->name,
                    .help = "An attribute of the file.",
                    .type = types[a->types[0]],
                    .low = boolean ? 0 : -most,
                    .high = boolean ? 1 : most,
                    .length = 1,
                    .planned = true};
    char text[64];
    const char *end;
    if (tb_script_model_get(m, a->name, text, sizeof text) &&
        !tb_number_parse(text, &end, &c.standard))
        c.standard = strcmp(text, "true") == 0;
    c.standard = c.standard >= c.low && c.standard <= c.high ? c.standard : 0;
    return c;
}

/* Numbers in a row are told apart by commas alone, as they are set. */
static void add_other(tb_script_file *file, const tb_script_attribute *a)
{
    char text[512];
    if (!tb_script_model_get(file->model, a->name, text, sizeof text))
        text[0] = 0;
    for (char *comma = text; (comma = strstr(comma, ", "));)
        memmove(comma + 1, comma + 2, strlen(comma + 2) + 1);
    file->others[file->other_count++] = (tb_script_other){
        a->name, tb_arena_strdup(file->model->module->arena, text)};
}

void tb_script_find_controls(tb_script_file *file)
{
    tb_script_model *m = file->model;
    for (int i = 0; i < m->attribute_count; i++)
        if (is_control(&m->attributes[i])) {
            if (file->control_count < TB_MOST_CONTROLS - 1)
                file->controls[file->control_count++] =
                    control_of(m, &m->attributes[i]);
        } else if (!m->attributes[i].refusal &&
                   file->other_count < TB_MOST_CONTROLS) {
            add_other(file, &m->attributes[i]);
        }
}

bool tb_script_is_heated(const tb_script_file *file, const char *method)
{
    if (strcmp(method, "generate") != 0 || tb_script_improvises(file, method))
        return false;
    for (int i = 0; i < file->control_count; i++)
        if (strcmp(file->controls[i].name, tb_script_temperature.name) == 0)
            return false;
    return true;
}
