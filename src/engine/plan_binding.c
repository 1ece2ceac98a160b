/* Values that lie where another plan has them. */
#include "engine/plan_state.h"

#include "engine/source.h"

#include <stdlib.h>
#include <string.h>

static bool same_shape(const tb_tensor *a, const tb_tensor *b)
{
    size_t bytes = (size_t)a->rank * sizeof *a->dim;
    return a->type == b->type && a->rank == b->rank && a->time == b->time &&
           memcmp(a->dim, b->dim, bytes) == 0;
}

static bool same_strides(const tb_tensor *a, const tb_tensor *b)
{
    size_t bytes = (size_t)a->rank * sizeof *a->stride;
    return memcmp(a->stride, b->stride, bytes) == 0;
}

/* Whether a value was built to lie in this order, but for axes of one. */
static bool is_built_so(const tb_value *v, const tb_axis_order *o)
{
    int i = 0, k = 0;
    for (;; i++, k++) {
        while (i < v->rank && v->dim[v->order[i]] == 1)
            i++;
        while (k < v->rank && v->dim[o->axis[k]] == 1)
            k++;
        if (i == v->rank || k == v->rank)
            return i == k;
        if (v->order[i] != o->axis[k])
            return false;
    }
}

/* Whoever reads was built for an order: in another one kernels may be slow and
   round differently, so such an input is copied. */
static bool is_fetched(const tb_binding *b)
{
    return b->value->node->op == &tb_op_input && b->there != b->value &&
           b->there->rank == b->value->rank &&
           !is_built_so(b->value, &b->plan->layout.orders[b->there->id]);
}

/* In the memory that another plan has for good. */
static tb_status bind_to(tb_plan *p, const tb_binding *b, tb_error *error)
{
    const tb_tensor *there = tb_plan_value(b->plan, b->there);
    int v = b->value->id;
    tb_halo own = p->layout.halo[v], room = {0, 0};
    size_t at;
    if (there)
        room = b->plan->layout.halo[b->there->id];
    bool fits = there && p->backend->storage == b->plan->backend->storage &&
                same_shape(&p->layout.tensors[v], there);
    p->given[v] = b->there != b->value;
    if (fits && is_fetched(b)) {
        p->fetches[p->n_fetches++] = (tb_plan_fetch){b->value, there};
        return TB_OK;
    }
    if (!fits || own.left != room.left || own.right != room.right ||
        !same_strides(&p->layout.tensors[v], there))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A value cannot lie where another plan has one of "
                       "another shape or type.");
    tb_layout_root_bytes(&b->plan->layout, b->there->id, &at);
    p->memory[v] = (char *)there->data - at;
    p->foreign[v] = true;
    return TB_OK;
}

tb_status tb_plan_bind_to_others(tb_plan *p, const tb_plan_settings *s,
                                 tb_error *error)
{
    tb_status status = TB_OK;
    p->fetches = calloc((size_t)s->n_bindings + 1, sizeof *p->fetches);
    if (!p->fetches)
        return tb_fail_memory(error);
    for (int i = 0; i < s->n_bindings && !status; i++)
        if (s->bindings[i].plan)
            status = bind_to(p, &s->bindings[i], error);
    return status;
}

static tb_layout_output as_output(const tb_output *o)
{
    static const tb_axis_order logical = {{0, 1, 2, 3, 4, 5, 6, 7}};
    return (tb_layout_output){o->value, {0, 0}, o->memory ? &logical : NULL};
}

static tb_layout_output as_bound(const tb_binding *b)
{
    tb_layout_output o = {b->value, b->around, NULL};
    if (!tb_plan_value(b->plan, b->there) || b->there->rank != b->value->rank ||
        is_fetched(b))
        return o;
    tb_halo there = b->plan->layout.halo[b->there->id];
    o.around.left = o.around.left > there.left ? o.around.left : there.left;
    o.around.right =
        o.around.right > there.right ? o.around.right : there.right;
    o.order = &b->plan->layout.orders[b->there->id];
    return o;
}

/* False when there is no memory. */
bool tb_plan_lay_out(tb_layout *l, const tb_graph *g, int n,
                     const tb_output *outputs, const tb_plan_settings *s)
{
    size_t count = (size_t)(n + s->n_bindings);
    tb_layout_output *all = calloc(count + 1, sizeof *all);
    const tb_backend *backend = s->backend ? s->backend : tb_backend_cpu();
    for (int i = 0; all && i < n; i++)
        all[i] = as_output(&outputs[i]);
    for (int i = 0; all && i < s->n_bindings; i++)
        all[n + i] = as_bound(&s->bindings[i]);
    bool ok = all && tb_layout_init(l, g, (int)count, all, s->frames,
                                    backend->real_size);
    free(all);
    return ok;
}

tb_status tb_plan_around(const tb_graph *g, int n_outputs,
                         const tb_output *outputs,
                         const tb_plan_settings *settings,
                         const tb_value *value, tb_halo *around,
                         tb_error *error)
{
    tb_layout l = {0};
    tb_status status = tb_graph_check(g, error);
    if (!status && !tb_plan_lay_out(&l, g, n_outputs, outputs, settings))
        status = tb_fail_memory(error);
    if (!status)
        *around = l.halo[value->id];
    tb_layout_clear(&l);
    return status;
}

void tb_plan_fetch_all(tb_plan *p)
{
    for (int i = 0; i < p->n_fetches; i++) {
        const tb_value *v = p->fetches[i].value;
        p->backend->storage->copy(&p->layout.tensors[v->id], p->fetches[i].from,
                                  tb_type_size(v->type, p->layout.real_size));
    }
}

int tb_plan_fetches(const tb_plan *p)
{
    return p->n_fetches;
}
