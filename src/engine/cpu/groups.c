#include "engine/cpu/groups.h"

static void put(tb_group_axis *axes, int *n, const tb_group_axis *axis)
{
    int i = (*n)++;
    for (; i > 0 && axes[i - 1].by[0] < axis->by[0]; i--)
        axes[i] = axes[i - 1];
    axes[i] = *axis;
}

/* Axes that lie in memory as one become one. */
static void merge(const tb_groups *g, tb_group_axis *axes, int *n)
{
    for (int i = *n - 1; i > 0; i--) {
        bool one = true;
        for (int k = 0; k < g->tensors; k++)
            one &= axes[i - 1].by[k] == axes[i].by[k] * axes[i].n;
        if (!one)
            continue;
        axes[i].n *= axes[i - 1].n;
        for (int k = i - 1; k + 1 < *n; k++)
            axes[k] = axes[k + 1];
        --*n;
    }
}

static bool is_unit(const tb_group_axis *axes, int n, int unit)
{
    for (int k = 0; n && k < unit; k++)
        if (axes[n - 1].by[k] != 1)
            return false;
    return n > 0;
}

static bool choose_columns(tb_groups *g, int unit)
{
    const tb_group_axis one = {.n = 1};
    bool together = true;
    g->rows = g->cols = one;
    if (is_unit(g->inner, g->n_inner, unit)) {
        g->cols = g->inner[--g->n_inner];
    } else {
        g->columns = true;
        together = is_unit(g->kept, g->n_kept, unit);
        if (together)
            g->cols = g->kept[--g->n_kept];
    }
    if (g->n_inner)
        g->rows = g->inner[--g->n_inner];
    return together;
}

bool tb_groups_of(tb_groups *g, const tb_call *c, unsigned axes, int unit,
                  int tensors, const tb_tensor *const *t)
{
    *g = (tb_groups){.fast = c->fast, .tensors = tensors, .size = 1};
    for (int i = 0; i < t[0]->rank; i++) {
        bool time = i == t[0]->time, inner = axes >> i & 1;
        tb_group_axis axis = {time ? c->count : t[0]->dim[i], {0}};
        for (int k = 0; k < tensors; k++)
            axis.by[k] = t[k]->stride[i];
        g->size *= inner ? axis.n : 1;
        if (axis.n == 1 && !time)
            continue;
        put(inner ? g->inner : g->kept, inner ? &g->n_inner : &g->n_kept,
            &axis);
    }
    merge(g, g->kept, &g->n_kept);
    merge(g, g->inner, &g->n_inner);
    for (int k = 0; k < tensors; k++)
        g->start[k] = tb_frame_offset(t[k], c->from);
    return choose_columns(g, unit);
}

static int64_t strips(const tb_groups *g)
{
    return g->columns ? (g->cols.n + TB_GROUPS_WIDE - 1) / TB_GROUPS_WIDE : 1;
}

int64_t tb_groups_items(const tb_groups *g)
{
    int64_t n = strips(g);
    for (int i = 0; i < g->n_kept; i++)
        n *= g->kept[i].n;
    return n;
}

static int smaller(int64_t a, int64_t b)
{
    return (int)(a < b ? a : b);
}

tb_group_item tb_groups_item(const tb_groups *g, int64_t i)
{
    tb_group_item item = {.width = 1};
    for (int k = 0; k < g->tensors; k++)
        item.at[k] = g->start[k];
    if (g->columns) {
        item.first = i % strips(g) * TB_GROUPS_WIDE;
        item.width = smaller(g->cols.n - item.first, TB_GROUPS_WIDE);
        i /= strips(g);
        for (int k = 0; k < g->tensors; k++)
            item.at[k] += item.first * g->cols.by[k];
    }
    for (int a = g->n_kept - 1; a >= 0; a--) {
        for (int k = 0; k < g->tensors; k++)
            item.at[k] += i % g->kept[a].n * g->kept[a].by[k];
        i /= g->kept[a].n;
    }
    return item;
}

/* How blocks cut rows and columns. */
static int64_t block_rows(const tb_groups *g)
{
    bool narrow = g->columns || g->cols.n <= TB_GROUPS_WIDE;
    return narrow ? TB_GROUPS_BLOCK / TB_GROUPS_WIDE : 1;
}

bool tb_groups_next(const tb_groups *g, const tb_group_item *item,
                    int64_t *step, tb_group_block *b)
{
    int64_t tall = block_rows(g), i = *step;
    int64_t wide = tall > 1 ? TB_GROUPS_WIDE : TB_GROUPS_BLOCK;
    int64_t across = g->columns ? 1 : (g->cols.n + wide - 1) / wide;
    int64_t down = (g->rows.n + tall - 1) / tall, col, row;
    col = i % across * wide;
    i /= across;
    row = i % down * tall;
    i /= down;
    b->cols = g->columns ? item->width : smaller(g->cols.n - col, wide);
    b->rows = smaller(g->rows.n - row, tall);
    for (int k = 0; k < g->tensors; k++)
        b->at[k] = item->at[k] + row * g->rows.by[k] + col * g->cols.by[k];
    for (int a = g->n_inner - 1; a >= 0; a--) {
        for (int k = 0; k < g->tensors; k++)
            b->at[k] += i % g->inner[a].n * g->inner[a].by[k];
        i /= g->inner[a].n;
    }
    ++*step;
    return i == 0 && g->size > 0;
}

void tb_groups_add(const tb_groups *g, const tb_group_block *b, const float *x,
                   int64_t ld, double *sum)
{
    float columns[TB_GROUPS_WIDE];
    if (b->rows == 1 && !g->columns) {
        *sum += g->fast->sum((size_t)b->cols, x);
        return;
    }
    g->fast->column_sums(b->rows, b->cols, x, ld, columns, false);
    for (int i = 0; i < b->cols; i++)
        sum[g->columns ? i : 0] += columns[i];
}
