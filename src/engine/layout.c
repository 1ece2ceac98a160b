#include "engine/layout.h"

#include "engine/frames.h"
#include "engine/op.h"
#include "engine/ops/shape.h"
#include "engine/select.h"
#include "engine/source.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int64_t tb_layout_strides(const tb_value *v, int64_t frames, tb_halo halo,
                          const tb_axis_order *order, tb_tensor *t,
                          int64_t *data_offset)
{
    int64_t size = 1;
    t->type = v->type;
    t->rank = v->rank;
    t->time = v->time;
    t->first = 0;
    t->end = frames;
    *data_offset = 0;
    for (int i = v->rank - 1; i >= 0; i--) {
        int axis = order ? order->axis[i] : i;
        t->stride[axis] = size;
        t->dim[axis] = axis == v->time ? frames : v->dim[axis];
        if (axis == v->time) {
            *data_offset = halo.left * size;
            size *= halo.left + frames + halo.right;
        } else {
            size *= v->dim[axis];
        }
    }
    return size;
}

static bool allocate(tb_layout *l, const tb_graph *g)
{
    size_t nodes = (size_t)tb_graph_nodes(g) + 1;
    size_t values = (size_t)tb_graph_values(g) + 1;
    l->n_values = tb_graph_values(g);
    l->nodes = calloc(nodes, sizeof *l->nodes);
    l->step = calloc(nodes, sizeof *l->step);
    l->view = calloc(nodes, sizeof *l->view);
    l->frames = calloc(values, sizeof *l->frames);
    l->halo = calloc(values, sizeof *l->halo);
    l->tensors = calloc(values, sizeof *l->tensors);
    l->root = calloc(values, sizeof *l->root);
    l->whole = calloc(values, sizeof *l->whole);
    l->offset = calloc(values, sizeof *l->offset);
    l->last = calloc(values, sizeof *l->last);
    l->used = calloc(values, sizeof *l->used);
    l->kept = calloc(values, sizeof *l->kept);
    l->orders = calloc(values, sizeof *l->orders);
    l->host = calloc(values, sizeof *l->host);
    l->born = calloc(values, sizeof *l->born);
    return l->nodes && l->step && l->view && l->frames && l->halo &&
           l->tensors && l->root && l->whole && l->offset && l->last &&
           l->used && l->kept && l->orders && l->host && l->born;
}

void tb_layout_clear(tb_layout *l)
{
    free(l->nodes);
    free(l->step);
    free(l->view);
    free(l->frames);
    free(l->halo);
    free(l->tensors);
    free(l->root);
    free(l->whole);
    free(l->offset);
    free(l->last);
    free(l->used);
    free(l->kept);
    free(l->orders);
    free(l->host);
    free(l->born);
    memset(l, 0, sizeof *l);
}

static bool list_nodes(tb_layout *l, int n, const tb_layout_output *outputs)
{
    bool *needed = calloc((size_t)tb_graph_nodes(l->graph) + 1, sizeof(bool));
    tb_value **values = calloc((size_t)n + 1, sizeof *values);
    for (int i = 0; values && i < n; i++)
        values[i] = outputs[i].value;
    bool ok = needed && values && tb_select(l->graph, n, values, needed);
    for (tb_node *k = tb_graph_first(l->graph); ok && k; k = k->next) {
        l->step[k->id] = needed[k->id] ? l->n_nodes : -1;
        if (needed[k->id])
            l->nodes[l->n_nodes++] = k;
    }
    free(needed);
    free(values);
    return ok;
}

/* Who reads what, and until which step. */
static void find_uses(tb_layout *l, int n, const tb_layout_output *outputs)
{
    for (int v = 0; v < l->n_values; v++)
        l->last[v] = -1;
    for (int k = 0; k < l->n_nodes; k++) {
        const tb_node *node = l->nodes[k];
        for (int i = 0; i < node->n_in; i++) {
            l->used[node->in[i]->id] = true;
            l->last[node->in[i]->id] = k;
        }
        if (node->op->time == TB_TIME_SOURCE)
            for (int i = 0; i < node->n_out; i++)
                l->kept[node->out[i]->id] = true;
    }
    for (int k = 0; k < l->n_nodes; k++) {
        const tb_node *node = l->nodes[k];
        const tb_value *next = node->op == &tb_op_state
                                   ? TB_ATTR(tb_state_attr, node)->next
                                   : NULL;
        if (next) {
            l->used[next->id] = true;
            l->last[next->id] = l->n_nodes;
        }
    }
    for (int i = 0; i < n; i++) {
        int v = outputs[i].value->id;
        l->used[v] = l->kept[v] = true;
        l->last[v] = l->n_nodes;
    }
}

static void widen(tb_halo *h, int64_t left, int64_t right)
{
    h->left = left > h->left ? left : h->left;
    h->right = right > h->right ? right : h->right;
}

static bool keeps_time(const tb_node *n)
{
    tb_window w = n->window;
    return n->op->time == TB_TIME_FRAME && w.down == 1 && w.up == 1 &&
           w.ahead == 0 && w.back == 0;
}

/* Whose frames pace a node: its first output's, or a gradient's. */
static const tb_value *pace_of(const tb_node *n)
{
    const tb_value *v = n->n_out ? n->out[0] : NULL;
    if (n->op->paced_by_gradient)
        v = n->in[1];
    else if (n->op->time == TB_TIME_WHOLE)
        return NULL;
    return v && v->time >= 0 ? v : NULL;
}

/* What a reader with these output frames reads outside of its inputs. One
   without frames reads nothing; but what is read around it as a view is read
   around its input. */
static void find_halos(tb_layout *l)
{
    for (int k = l->n_nodes - 1; k >= 0; k--) {
        const tb_node *n = l->nodes[k];
        const tb_value *out = pace_of(n);
        if (!out)
            continue;
        bool reads = l->frames[out->id] > 0;
        int64_t low = tb_lowest(n->window, 0);
        int64_t high = tb_highest(n->window, l->frames[out->id] - 1);
        for (int i = 0; i < n->n_in; i++) {
            const tb_value *in = n->in[i];
            if (in->time < 0 || in == out)
                continue;
            tb_halo *h = &l->halo[in->id];
            if (reads)
                widen(h, -low, high - (l->frames[in->id] - 1));
            if (n->op->view && keeps_time(n))
                widen(h, l->halo[out->id].left,
                      l->halo[out->id].right + l->frames[out->id] -
                          l->frames[in->id]);
        }
    }
}

/* Whether what is read outside of a view's frames would be zeros there: not
   where its input goes on. */
static bool may_be_view(const tb_layout *l, const tb_node *n,
                        const tb_value *out)
{
    tb_halo h = l->halo[out->id];
    if (!keeps_time(n))
        return !h.left && !h.right;
    return !h.right || n->in[0]->time < 0 ||
           l->frames[out->id] >= l->frames[n->in[0]->id];
}

static bool try_view(tb_layout *l, tb_node *n)
{
    tb_value *out = n->n_out == 1 ? n->out[0] : NULL;
    if (!out || !n->op->view || l->kept[out->id] || !may_be_view(l, n, out))
        return false;
    tb_halo h = l->halo[out->id];
    const tb_value *in = n->in[0];
    int64_t ignored, shift = 0;
    tb_tensor *t = &l->tensors[out->id];
    tb_layout_strides(out, l->frames[out->id], h, &l->orders[out->id], t,
                      &ignored);
    if (!n->op->view(n, &l->tensors[in->id], t, &shift))
        return false;
    int root = l->root[in->id];
    l->root[out->id] = root;
    l->offset[out->id] = l->offset[in->id] +
                         shift * (int64_t)tb_type_size(in->type, l->real_size);
    if (l->last[out->id] > l->last[root])
        l->last[root] = l->last[out->id];
    return true;
}

static bool same_layout(const tb_layout *l, const tb_value *a,
                        const tb_value *b)
{
    bool same = a->type == b->type && a->rank == b->rank &&
                a->time == b->time && l->frames[a->id] == l->frames[b->id];
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i] &&
               l->orders[a->id].axis[i] == l->orders[b->id].axis[i];
    return same && l->halo[a->id].left >= l->halo[b->id].left &&
           l->halo[a->id].right >= l->halo[b->id].right;
}

/* States may be overwritten: their next value is committed anyway. */
static bool may_overwrite(const tb_layout *l, const tb_value *v)
{
    const tb_node *n = v->node;
    if (n->op == &tb_op_state)
        return TB_ATTR(tb_state_attr, n)->next != NULL;
    return !l->kept[v->id];
}

/* In whose memory `v` was written, its own or in place; null if it is only a
   view, and so is all that was written in place over it. */
static const tb_value *written_over(const tb_layout *l, const tb_value *v)
{
    return l->view[l->step[v->node->id]] ? NULL : l->whole[v->id];
}

static bool try_in_place(tb_layout *l, tb_node *n, int step)
{
    tb_value *out = n->n_out ? n->out[0] : NULL;
    if (!out || !n->op->in_place || l->kept[out->id])
        return false;
    for (int i = 0; i < n->n_in; i++) {
        const tb_value *in = n->in[i], *whole = written_over(l, in);
        int twice = 0;
        for (int j = 0; j < n->n_in; j++)
            twice += l->root[n->in[j]->id] == l->root[in->id];
        if (!(n->op->in_place >> i & 1) || !whole ||
            l->last[whole->id] != step || !may_overwrite(l, whole) ||
            twice > 1 || !same_layout(l, whole, out))
            continue;
        l->tensors[out->id] = l->tensors[whole->id];
        l->root[out->id] = whole->id;
        l->whole[out->id] = whole;
        if (l->last[out->id] > step)
            l->last[whole->id] = l->last[out->id];
        return true;
    }
    return false;
}

static void own_memory(tb_layout *l, tb_value *v)
{
    int64_t ignored;
    l->root[v->id] = v->id;
    l->whole[v->id] = v;
    tb_layout_strides(v, l->frames[v->id], l->halo[v->id], &l->orders[v->id],
                      &l->tensors[v->id], &ignored);
}

/* ---- values within others ---- */

static bool surrounds(const tb_node *n)
{
    const tb_pad_attr *a = n->attr;
    return n->op == &tb_op_pad && n->out[0]->time < 0 && a->left >= 0 &&
           a->right >= 0;
}

static bool joins(const tb_node *n)
{
    return n->op == &tb_op_concat && n->out[0]->time < 0;
}

/* Where an input of such a node lies in its result, and along which axis. */
static int64_t place_within(const tb_node *n, const tb_value *v, int *axis)
{
    int64_t at = 0;
    if (n->op == &tb_op_pad) {
        *axis = TB_ATTR(tb_pad_attr, n)->axis;
        return TB_ATTR(tb_pad_attr, n)->left;
    }
    *axis = TB_ATTR(tb_axis_attr, n)->axis;
    for (int i = 0; n->in[i] != v; i++)
        at += n->in[i]->dim[*axis];
    return at;
}

/* What is padded or joined to others is written where the result wants it, if
   it is written at all and lies in the same order. */
static void find_host(tb_layout *l, const tb_node *n, const tb_value *v)
{
    const tb_node *from = v->node;
    bool written = from->op->time != TB_TIME_SOURCE &&
                   (!from->op->view || surrounds(from));
    bool alike = true;
    for (int i = 0; i < v->rank; i++)
        alike &= l->orders[v->id].axis[i] == l->orders[n->out[0]->id].axis[i];
    if (written && alike && !l->kept[v->id] && !l->host[v->id])
        l->host[v->id] = n;
}

static void find_hosts(tb_layout *l)
{
    for (int k = 0; k < l->n_nodes; k++) {
        const tb_node *n = l->nodes[k];
        for (int i = 0; i < n->n_in && (surrounds(n) || joins(n)); i++)
            find_host(l, n, n->in[i]);
    }
}

/* Memory of its own, or within that of the value around it. */
static void settle(tb_layout *l, tb_value *v, int step)
{
    const tb_node *host = l->host[v->id];
    if (l->root[v->id] >= 0)
        return;
    if (!host) {
        own_memory(l, v);
        l->born[v->id] = step;
        return;
    }
    int axis;
    tb_value *around = host->out[0];
    int64_t at = place_within(host, v, &axis);
    settle(l, around, step);
    int root = l->root[v->id] = l->root[around->id];
    tb_tensor *t = &l->tensors[v->id];
    *t = l->tensors[around->id];
    t->dim[axis] = v->dim[axis];
    l->offset[v->id] =
        l->offset[around->id] +
        at * t->stride[axis] * (int64_t)tb_type_size(v->type, l->real_size);
    if (l->last[v->id] > l->last[root])
        l->last[root] = l->last[v->id];
}

static void lay_out(tb_layout *l)
{
    for (int v = 0; v < l->n_values; v++)
        l->root[v] = -1;
    find_hosts(l);
    for (int k = 0; k < l->n_nodes; k++) {
        tb_node *n = l->nodes[k];
        bool placed =
            n->n_out && (l->host[n->out[0]->id] || l->root[n->out[0]->id] >= 0);
        l->view[k] = !placed && try_view(l, n);
        bool shared = l->view[k] || (!placed && try_in_place(l, n, k));
        for (int i = shared ? 1 : 0; i < n->n_out; i++)
            settle(l, n->out[i], k);
    }
}

bool tb_layout_copies(const tb_layout *l, int step)
{
    const tb_node *n = l->nodes[step];
    bool moves = n->op->view || n->op == &tb_op_contiguous;
    return moves && !l->view[step] && l->host[n->in[0]->id] != n;
}

size_t tb_layout_root_bytes(const tb_layout *l, int value, size_t *data_at)
{
    const tb_tensor *t = &l->tensors[value];
    size_t size = tb_type_size(t->type, l->real_size);
    tb_halo h = l->halo[value];
    int64_t last = 0;
    for (int i = 0; i < t->rank; i++) {
        int64_t n = i == t->time ? t->dim[i] + h.left + h.right : t->dim[i];
        if (n == 0)
            n = 1;
        last += (n - 1) * t->stride[i];
    }
    *data_at = t->time < 0 ? 0 : (size_t)(h.left * t->stride[t->time]) * size;
    return (size_t)(last + 1) * size;
}

/* What is asked of outputs, over what was found. */
static void follow_outputs(tb_layout *l, int n, const tb_layout_output *outputs)
{
    for (int i = 0; i < n; i++) {
        int v = outputs[i].value->id;
        widen(&l->halo[v], outputs[i].around.left, outputs[i].around.right);
        if (outputs[i].order)
            l->orders[v] = *outputs[i].order;
    }
}

bool tb_layout_init(tb_layout *l, const tb_graph *g, int n_outputs,
                    const tb_layout_output *outputs, int64_t frames,
                    size_t real_size)
{
    *l = (tb_layout){.graph = g, .real_size = real_size};
    if (!allocate(l, g) || !list_nodes(l, n_outputs, outputs))
        return false;
    tb_lengths(g, frames, frames, l->frames);
    find_uses(l, n_outputs, outputs);
    find_halos(l);
    tb_order_choose(l->n_nodes, l->nodes, l->kept, l->orders);
    follow_outputs(l, n_outputs, outputs);
    lay_out(l);
    return true;
}
