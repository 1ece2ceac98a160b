#include "engine/fixed.h"

#include "engine/ops.h"
#include "engine/plan.h"
#include "engine/source.h"

#include <string.h>

static const void *copy_of(tb_arena *arena, const tb_tensor *t)
{
    size_t size = tb_type_size(t->type, sizeof(float));
    char *copy = tb_arena_array(arena, (size_t)tb_elements(t, 1), size);
    int64_t index[TB_RANK] = {0}, n = 0;
    if (!copy || tb_is_empty(t))
        return copy;
    do
        memcpy(copy + (size_t)n++ * size,
               (const char *)t->data + (size_t)tb_offset_of(t, index) * size,
               size);
    while (tb_next_index(t, index));
    return copy;
}

static const void *parameter(const tb_params *params, const tb_value *v)
{
    return tb_params_value(params, tb_params_find(params, v->node->name));
}

/* `made`: those that are computed. */
static tb_status compute(const tb_graph *g, const tb_params *params, int count,
                         const tb_output *made, tb_arena *arena,
                         const void **data, tb_error *error)
{
    tb_plan_settings how = {.params = (tb_params *)params, .frames = 1};
    tb_plan *p = tb_plan_new(g, count, made, &how, error);
    if (!p)
        return error->status;
    tb_plan_run(p, 0, NULL);
    bool good = true;
    for (int i = 0; i < count; i++) {
        data[i] = copy_of(arena, tb_plan_tensor(p, made[i].value));
        good &= data[i] != NULL;
    }
    tb_plan_free(p);
    return good ? TB_OK : tb_fail_memory(error);
}

tb_status tb_fixed_data(const tb_graph *g, const tb_params *params, int count,
                        tb_value *const *values, tb_arena *arena,
                        const void **data, tb_error *error)
{
    size_t room = (size_t)count + 1;
    tb_output *made = tb_arena_array(arena, room, sizeof *made);
    const void **computed = tb_arena_array(arena, room, sizeof *computed);
    int n = 0;
    if (!made || !computed)
        return tb_fail_memory(error);
    for (int i = 0; i < count; i++)
        if (values[i]->node->op != &tb_op_param)
            made[n++].value = values[i];
    tb_status status =
        n ? compute(g, params, n, made, arena, computed, error) : TB_OK;
    for (int i = 0, k = 0; !status && i < count; i++)
        data[i] = values[i]->node->op == &tb_op_param
                      ? parameter(params, values[i])
                      : computed[k++];
    return status;
}

bool tb_fixed_has_type(const tb_value *v)
{
    return v->type == TB_REAL || v->type == TB_I64 || v->type == TB_BOOL;
}

static const tb_value *learned_of(const tb_value *v)
{
    if (v->node->op == &tb_op_param)
        return v;
    for (int i = 0; i < v->node->n_in; i++) {
        const tb_value *of = learned_of(v->node->in[i]);
        if (of)
            return of;
    }
    return NULL;
}

const char *tb_fixed_name(tb_arena *arena, const tb_value *v)
{
    const tb_value *from = learned_of(v);
    if (!from)
        return NULL;
    const char *name = from->node->name;
    size_t n = strlen(name);
    bool normed = v->node->op == &tb_op_weight_norm;
    if (normed && n > 2 && strcmp(name + n - 2, "_v") == 0)
        n -= 2;
    return from == v || normed ? tb_arena_printf(arena, "%.*s", (int)n, name)
                               : tb_arena_printf(arena, "%s_%d", name, v->id);
}
