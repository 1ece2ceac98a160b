#include "torchscript/script_sound.h"

#include "base/arena.h"

#include <math.h>
#include <string.h>

static const char tells[] = "set_buffer_attribute";

static const tb_script_sound *sound_named(const tb_script_model *m,
                                          const char *name)
{
    for (int i = 0; m->sounds && i < m->sounds->count; i++)
        if (strcmp(m->sounds->at[i].name, name) == 0)
            return &m->sounds->at[i];
    return NULL;
}

static tb_status tell_buffer(tb_script_model *m, const char *buffer,
                             const tb_script_sound *s, tb_error *error)
{
    const tb_script_argument arguments[3] = {
        {.value = tb_script_string(buffer)},
        {.is_input = true,
         .shape = tb_dims(s->channels, s->frames),
         .control = s->samples},
        {.value = tb_script_int(llround(s->sample_rate))}};
    tb_script_plan *p =
        tb_script_plan_new(m->module, tells, 3, arguments, &m->settings, error);
    if (!p)
        return error && error->status ? error->status : TB_ERR_MEMORY;
    tb_script_plan_run(p, 0);
    const tb_script_value *answer = tb_script_plan_value(p);
    bool refused = answer->kind == TB_SCRIPT_INT && answer->integer != 0;
    tb_script_plan_free(p);
    return refused ? tb_fail(error, TB_ERR_ARGUMENT,
                             "The model does not take '%s' (%d channels of "
                             "%lld samples) as %s.",
                             s->name, s->channels, (long long)s->frames, buffer)
                   : TB_OK;
}

tb_status tb_script_sound_argument(tb_script_model *model,
                                   const tb_script_attribute *attribute, int i,
                                   const char *name,
                                   tb_script_argument *argument,
                                   tb_error *error)
{
    const tb_script_sound *s = sound_named(model, name);
    if (!s)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%s=%s: it takes a sound, and there is none of this "
                       "name.",
                       attribute->name, name);
    if (attribute->types[i] == TB_ATTRIBUTE_TENSOR) {
        *argument = (tb_script_argument){.is_input = true,
                                         .shape = tb_dims(s->frames),
                                         .control = s->samples};
        return TB_OK;
    }
    const char *buffer =
        tb_arena_printf(model->module->arena, "%s#%d", attribute->name, i);
    if (!buffer)
        return tb_fail_memory(error);
    argument->value = tb_script_string(buffer);
    return tell_buffer(model, buffer, s, error);
}
