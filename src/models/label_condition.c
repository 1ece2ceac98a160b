#include "models/label_condition.h"

#include "base/name_list.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/frames.h"
#include "engine/ops/index.h"
#include "engine/ops/shape.h"
#include "models/shares.h"
#include "nn/layers.h"

#include <stdio.h>
#include <string.h>

/* As much as none counts where a label does: nothing. */
static const double NONE = 1e-12;

tb_status tb_labels_check(const char *names, tb_error *error)
{
    size_t length;
    int n = tb_name_list_count(names);
    if (n > TB_MOST_LABELS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A network learns up to %d labels, not %d.",
                       TB_MOST_LABELS, n);
    while (tb_name_list_next(&names, &length))
        if (length == 0)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "A label without a name cannot be learned: write "
                           "them as A,B.");
    return TB_OK;
}

static tb_value *of_controls(tb_builder *b, const char *names)
{
    tb_value *part[TB_MOST_LABELS + 1];
    char name[64], control[80], help[160];
    int n = 1;
    part[0] = tb_fill(b->graph, tb_dims(b->rows, 1), NONE);
    while (n <= TB_MOST_LABELS &&
           tb_name_list_at(names, n, name, sizeof name)) {
        snprintf(control, sizeof control, "label_%s", name);
        snprintf(help, sizeof help, "How much it follows the label %s.", name);
        part[n++] = tb_share_control(b, control, help, 0);
    }
    tb_value *shares = tb_shares(n, part);
    return shares ? tb_reshape(shares, tb_dims(b->rows, n, 1)) : NULL;
}

/* i64 [rows, frames]: the first of each `period`. */
static tb_value *first_of(tb_value *labels, int64_t period)
{
    if (period == 1)
        return labels;
    tb_value *x = tb_slice(tb_fold(labels, period), 2, 0, 1, 1);
    return x ? tb_reshape(x, tb_dims(x->dim[0], TB_FRAMES)) : NULL;
}

tb_value *tb_label_condition(tb_builder *b, const char *names, int64_t period,
                             int64_t heard)
{
    int n = tb_name_list_count(names);
    if (n == 0)
        return NULL;
    if (!b->labels)
        return of_controls(b, names);
    tb_value *x =
        tb_transpose(tb_one_hot(first_of(b->labels, period), n + 1), 1, 2);
    return heard ? tb_pad(x, 2, -heard, 0) : x;
}

tb_value *tb_label_vectors(tb_value *label, const char *name, int64_t n)
{
    label = tb_conv_layer(label, name, n, 1, tb_conv_plain(1, 1), 0);
    return tb_transpose(label, 1, 2);
}

tb_value *tb_add_labels(tb_builder *b, tb_value *x, const char *name,
                        const char *names, int64_t period, int64_t heard)
{
    tb_value *label = tb_label_condition(b, names, period, heard);
    if (!label || !x)
        return x;
    return tb_add(x, tb_label_vectors(label, name, x->dim[2]));
}
