/* What the host looks at, where the values themselves are out of its reach. */
#include "engine/plan_state.h"

#include "engine/source.h"

#include <stdlib.h>

const tb_tensor *tb_plan_value(const tb_plan *p, const tb_value *v)
{
    return v && p->layout.kept[v->id] && p->layout.root[v->id] == v->id
               ? &p->layout.tensors[v->id]
               : NULL;
}

void tb_plan_upload(const tb_plan *p)
{
    for (const tb_plan_mirror *m = p->mirrors; m; m = m->next)
        if (m->goes_in)
            tb_mirror_upload(&m->mirror, p->backend->storage, 0,
                             m->mirror.bytes);
}

void tb_plan_download(const tb_plan *p)
{
    for (const tb_plan_mirror *m = p->mirrors; m; m = m->next)
        tb_mirror_download(&m->mirror, p->backend->storage);
}

static const tb_plan_mirror *find_mirror(const tb_plan *p, const tb_value *v)
{
    const tb_plan_mirror *m = p->mirrors;
    while (m && m->value != v)
        m = m->next;
    return m;
}

static bool goes_in(const tb_plan *p, const tb_value *v)
{
    const tb_op *op = v->node->op;
    return (op == &tb_op_input || op == &tb_op_state ||
            op == &tb_op_feedback) &&
           !p->given[v->id];
}

/* Null when there is no memory. */
static const tb_plan_mirror *add_mirror(tb_plan *p, const tb_value *v)
{
    const tb_tensor *t = &p->layout.tensors[v->id];
    size_t at, bytes = tb_layout_root_bytes(&p->layout, v->id, &at);
    tb_plan_mirror *m = calloc(1, sizeof *m);
    if (!m || tb_mirror_init(&m->mirror, p->backend->storage,
                             (char *)t->data - at, NULL, bytes, NULL)) {
        free(m);
        return NULL;
    }
    m->value = v;
    m->seen = tb_mirror_seen(&m->mirror, t);
    m->goes_in = goes_in(p, v);
    m->next = p->mirrors;
    p->mirrors = m;
    tb_mirror_download(&m->mirror, p->backend->storage);
    return m;
}

/* Beforehand, so that runs allocate nothing. */
bool tb_plan_mirror_all(tb_plan *p, int n_outputs, const tb_output *outputs)
{
    for (int i = 0; i < n_outputs; i++)
        if (!outputs[i].memory && tb_plan_value(p, outputs[i].value) &&
            !find_mirror(p, outputs[i].value) &&
            !add_mirror(p, outputs[i].value))
            return false;
    for (int k = 0; k < p->layout.n_nodes; k++) {
        const tb_node *n = p->layout.nodes[k];
        const tb_value *v = n->n_out ? n->out[0] : NULL;
        if (v && goes_in(p, v) && tb_plan_value(p, v) && !find_mirror(p, v) &&
            !add_mirror(p, v))
            return false;
    }
    return true;
}

void tb_plan_free_mirrors(tb_plan *p)
{
    for (tb_plan_mirror *m = p->mirrors, *next; m; m = next) {
        next = m->next;
        tb_mirror_clear(&m->mirror);
        free(m);
    }
}

/* A mirror that is asked for is no change of the plan that anybody sees. */
const tb_tensor *tb_plan_tensor(const tb_plan *p, const tb_value *v)
{
    const tb_tensor *there = tb_plan_value(p, v);
    if (!there || p->backend->storage->is_host)
        return there;
    const tb_plan_mirror *m = find_mirror(p, v);
    m = m ? m : add_mirror((tb_plan *)p, v);
    return m ? &m->seen : NULL;
}
