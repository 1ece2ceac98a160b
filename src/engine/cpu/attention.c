/* Attention on the processor's kernels, for blocks of queries of one head.
   Scores are products of keys (rows) with packed queries; what a query gives
   is one chain over its own keys in order, whatever the block. */
#include "engine/cpu/attention.h"

#include "engine/cpu/copy.h"
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/table.h"

#include <math.h>
#include <string.h>

enum { TB_QUERIES = 32 }; /* of a block */

static int64_t rounded(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

/* Keys that a block can look at. */
static int64_t most_keys(const tb_call *c)
{
    int64_t window = tb_attention_how(c)->window, keys = c->in[1]->dim[1];
    return window && window + TB_QUERIES < keys ? window + TB_QUERIES : keys;
}

/* Per part. Blocks of scores lie as [query][key] and as [key][query]. */
typedef struct tb_attention_room {
    float *packed, *rows, *columns, *slopes, *slope_columns;
} tb_attention_room;

static int64_t packed_floats(const tb_call *c)
{
    int64_t d = c->in[0]->dim[3], e = c->in[2]->dim[3];
    int64_t wide = rounded(d > e ? d : e), keys = most_keys(c);
    return wide * (keys > TB_QUERIES ? keys : TB_QUERIES);
}

static int64_t room_floats(const tb_call *c, bool grad)
{
    int64_t keys = most_keys(c), few = c->in[0]->dim[2] * keys;
    int64_t block = packed_floats(c) + (grad ? 4 : 2) * TB_QUERIES * keys;
    return few > block ? few : block;
}

static tb_attention_room room_of(const tb_call *c, int part, bool grad)
{
    int64_t block = TB_QUERIES * most_keys(c);
    tb_attention_room r;
    r.packed = (float *)c->scratch + part * rounded(room_floats(c, grad));
    r.rows = r.packed + packed_floats(c);
    r.columns = r.rows + block;
    r.slopes = r.columns + block;
    r.slope_columns = r.slopes + block;
    return r;
}

/* ---- a block of queries ---- */

typedef struct tb_queries {
    const tb_call *c;
    int64_t b, h, kv, from, y; /* the first query, and its frame of y */
    int n;
    int64_t low; /* the first key that any of them looks at */
    int keys;
    tb_attention_room r;
} tb_queries;

static tb_queries queries_of(const tb_call *c, int64_t b, int64_t h, int64_t y,
                             int64_t n)
{
    int64_t from = y + tb_attention_how(c)->skip;
    tb_queries s = {.c = c, .b = b, .h = h, .from = from, .y = y, .n = (int)n};
    s.kv = h / (c->in[0]->dim[2] / c->in[1]->dim[2]);
    s.low = tb_attention_first(c, from);
    s.keys = (int)(tb_attention_last(c, from + n - 1) - s.low + 1);
    return s;
}

/* Frames of a head as weights: each an output (scores), or each an input. */
static void pack_frames(const tb_queries *s, const tb_tensor *t,
                        const float *from, int frames, bool outputs)
{
    int size = (int)t->dim[3];
    tb_weights w = {t->stride[3], t->stride[1], 1, size, frames, 1};
    if (outputs)
        w = (tb_weights){t->stride[1], t->stride[3], 1, frames, size, 1};
    s->c->fast->pack(&w, from, s->r.packed);
}

/* to[key][query] = keys (or values) times what belongs to the queries, from a
   frame on. */
static void multiply_keys(const tb_queries *s, const tb_tensor *keys,
                          const tb_tensor *queries, int64_t frame, float *to)
{
    pack_frames(s, queries, tb_attention_head(queries, s->b, frame, s->h), s->n,
                true);
    s->c->fast->corr(
        &(tb_corr){.x = tb_attention_head(keys, s->b, s->low, s->kv),
                   .ldx = keys->stride[1],
                   .w = s->r.packed,
                   .y = to,
                   .ldy = s->n,
                   .rows = s->keys,
                   .taps = 1,
                   .ins = (int)keys->dim[3],
                   .outs = s->n});
}

/* y[query] = sum over keys of rows[query][key] t[key], from a frame of y on */
static void weigh_keys(const tb_queries *s, const float *rows,
                       const tb_tensor *t, const tb_tensor *y, int64_t frame)
{
    pack_frames(s, t, tb_attention_head(t, s->b, s->low, s->kv), s->keys,
                false);
    s->c->fast->corr(&(tb_corr){.x = rows,
                                .ldx = s->keys,
                                .w = s->r.packed,
                                .y = tb_attention_head(y, s->b, frame, s->h),
                                .ldy = y->stride[1],
                                .rows = s->n,
                                .taps = 1,
                                .ins = s->keys,
                                .outs = (int)t->dim[3]});
}

/* dt[key] += sum over queries of columns[key][query] t[query], of which the
   first is a frame of t */
static void weigh_queries(const tb_queries *s, const float *columns,
                          const tb_tensor *t, int64_t frame,
                          const tb_tensor *dt)
{
    if (!dt->data)
        return;
    pack_frames(s, t, tb_attention_head(t, s->b, frame, s->h), s->n, false);
    s->c->fast->corr(&(tb_corr){.x = columns,
                                .ldx = s->n,
                                .w = s->r.packed,
                                .y = tb_attention_head(dt, s->b, s->low, s->kv),
                                .ldy = dt->stride[1],
                                .rows = s->keys,
                                .taps = 1,
                                .ins = s->n,
                                .outs = (int)t->dim[3],
                                .accumulate = true});
}

/* Keys of query i, counted from the block's first. */
static int own_first(const tb_queries *s, int i)
{
    return (int)(tb_attention_first(s->c, s->from + i) - s->low);
}

static int own_end(const tb_queries *s, int i)
{
    return (int)(tb_attention_last(s->c, s->from + i) - s->low) + 1;
}

static void add_alibi(const tb_call *c, int64_t h, int64_t distance, int n,
                      float *row)
{
    double heads = (double)c->in[0]->dim[2];
    float slope = (float)-exp2(-8.0 * (double)(h + 1) / heads);
    for (int j = 0; j < n; j++) {
        int64_t apart = distance - j;
        row[j] += slope * (float)(apart < 0 ? -apart : apart);
    }
}

static void add_table(const tb_tensor *table, int64_t h, int64_t distance,
                      int n, float *row)
{
    const float *bias = (const float *)table->data + h * table->stride[0] +
                        distance * table->stride[1];
    ptrdiff_t step = table->stride[1];
    for (int j = 0; j < n; j++)
        row[j] += bias[-j * step];
}

void tb_attention_weights(const tb_call *c, const tb_tensor *table, int64_t h,
                          int64_t distance, int n, float *row)
{
    tb_attention_bias bias = tb_attention_how(c)->bias;
    c->fast->map(TB_MAP_AFFINE, (size_t)n, row, row,
                 (float)(1 / sqrt((double)c->in[0]->dim[3])), 0);
    if (bias == TB_ATTENTION_ALIBI)
        add_alibi(c, h, distance, n, row);
    else if (bias == TB_ATTENTION_RELATIVE)
        add_table(table, h, distance, n, row);
    c->fast->softmax(1, n, row, 0, row, 0);
}

/* y[i][k] = x[k][i], of `rows` rows of y. */
static void turn(int rows, int cols, float *y, float *x)
{
    tb_copy_run(&(tb_copy){{.data = y,
                            .rank = 2,
                            .time = -1,
                            .dim = {rows, cols},
                            .stride = {cols, 1}},
                           {.data = x,
                            .rank = 2,
                            .time = -1,
                            .dim = {rows, cols},
                            .stride = {1, rows}}},
                0, 1);
}

/* Zeros where query i does not look at. */
static void leave_own(const tb_queries *s, float *row, int i)
{
    int first = own_first(s, i), end = own_end(s, i);
    memset(row, 0, sizeof *row * (size_t)first);
    memset(row + end, 0, sizeof *row * (size_t)(s->keys - end));
}

/* rows[query][key]; what a query does not look at is 0. */
static void probabilities(const tb_queries *s, const tb_tensor *table)
{
    const tb_tensor *q = s->c->in[0];
    multiply_keys(s, s->c->in[1], q, s->from, s->r.columns);
    turn(s->n, s->keys, s->r.rows, s->r.columns);
    for (int i = 0; i < s->n; i++) {
        float *row = s->r.rows + (int64_t)i * s->keys;
        int first = own_first(s, i), end = own_end(s, i);
        leave_own(s, row, i);
        tb_attention_weights(s->c, table, s->h, s->from + i - s->low - first,
                             end - first, row + first);
    }
}

/* ---- forwards ---- */

static bool unit(const tb_tensor *t)
{
    return !t->data || t->dim[3] == 1 || t->stride[3] == 1;
}

static bool attention_fits(const tb_call *c)
{
    return unit(c->in[1]) && unit(c->in[2]) && unit(c->out[0]);
}

static int64_t frames_of(const tb_call *c)
{
    return c->out[0]->time == 1 ? c->count : c->out[0]->dim[1];
}

static int64_t blocks_of(const tb_call *c)
{
    return (frames_of(c) + TB_QUERIES - 1) / TB_QUERIES;
}

static TB_REALTIME int attention_parts(const tb_call *c, int phase, int threads)
{
    const tb_tensor *y = c->out[0];
    int64_t n = y->dim[0];
    (void)phase;
    if (!tb_attention_few(c))
        n *= y->dim[2] * blocks_of(c);
    if (threads <= 1)
        return 1;
    return (int)(n < 2 * threads ? n : 2 * threads);
}

static size_t attention_scratch(const tb_call *c, int threads)
{
    int most = threads > 1 ? 2 * threads : 1;
    return sizeof(float) * (size_t)(most * rounded(room_floats(c, false)));
}

static TB_REALTIME void attention_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    const tb_tensor *y = c->out[0];
    const tb_tensor *table = c->node->n_in > 3 ? c->in[3] : NULL;
    int64_t blocks = blocks_of(c), frames = frames_of(c);
    int64_t all = y->dim[0] * y->dim[2] * blocks;
    (void)phase;
    if (tb_attention_few(c)) {
        for (int64_t b = y->dim[0] * part / parts;
             b < y->dim[0] * (part + 1) / parts; b++)
            tb_attention_few_run(c, b, room_of(c, part, false).packed);
        return;
    }
    for (int64_t i = all * part / parts; i < all * (part + 1) / parts; i++) {
        int64_t at = i % blocks * TB_QUERIES, left = frames - at;
        int64_t head = i / blocks % y->dim[2], b = i / blocks / y->dim[2];
        tb_queries s = queries_of(c, b, head, at + (y->time == 1 ? c->from : 0),
                                  left < TB_QUERIES ? left : TB_QUERIES);
        s.r = room_of(c, part, false);
        probabilities(&s, table);
        weigh_keys(&s, s.r.rows, c->in[2], y, s.y);
    }
}

/* ---- backwards ---- */

/* Parts are heads of keys, and rows of the batch within them: what rows add to
   the slopes of the table they add in order, and so do queries. */

static bool grad_fits(const tb_call *c)
{
    bool fits = unit(c->in[1]) && unit(c->in[2]);
    for (int i = 0; i < 3; i++)
        fits &= unit(c->out[i]);
    return fits;
}

static const tb_tensor *table_slope(const tb_call *c)
{
    bool wanted = c->node->n_out > 3 && c->out[3]->data;
    return wanted ? c->out[3] : NULL;
}

static TB_REALTIME int grad_parts(const tb_call *c, int phase, int threads)
{
    const tb_tensor *k = c->in[1];
    int64_t n = k->dim[2] * (table_slope(c) ? 1 : k->dim[0]);
    (void)phase;
    if (threads <= 1)
        return 1;
    return (int)(n < threads ? n : threads);
}

static size_t grad_scratch(const tb_call *c, int threads)
{
    return sizeof(float) *
           (size_t)(grad_parts(c, 0, threads) * rounded(room_floats(c, true)));
}

static void add_to_table(const tb_queries *s, const tb_tensor *table, int i,
                         const float *row)
{
    float *to = (float *)table->data + s->h * table->stride[0];
    for (int j = own_first(s, i); j < own_end(s, i); j++)
        to[(s->from + i - s->low - j) * table->stride[1]] += row[j];
}

/* Slopes of the scores, already times the scale: as rows and as columns. */
static void score_slopes(const tb_queries *s, const tb_tensor *table)
{
    float scale = (float)(1 / sqrt((double)s->c->in[0]->dim[3]));
    multiply_keys(s, s->c->in[2], s->c->in[3], s->y, s->r.slope_columns);
    turn(s->n, s->keys, s->r.slopes, s->r.slope_columns);
    for (int i = 0; i < s->n; i++) {
        const float *p = s->r.rows + (int64_t)i * s->keys;
        float *row = s->r.slopes + (int64_t)i * s->keys;
        int first = own_first(s, i), end = own_end(s, i);
        leave_own(s, row, i);
        s->c->fast->softmax_back(1, end - first, row + first, 0, p + first, 0,
                                 row + first, 0);
        if (table)
            add_to_table(s, table, i, row);
        for (int j = first; j < end; j++)
            row[j] *= scale;
    }
    turn(s->keys, s->n, s->r.slope_columns, s->r.slopes);
    turn(s->keys, s->n, s->r.columns, s->r.rows);
}

static void block_back(const tb_queries *s)
{
    const tb_call *c = s->c;
    probabilities(s, c->node->n_in > 4 ? c->in[4] : NULL);
    score_slopes(s, table_slope(c));
    if (c->out[0]->data)
        weigh_keys(s, s->r.slopes, c->in[1], c->out[0], s->from);
    weigh_queries(s, s->r.slope_columns, c->in[0], s->from, c->out[1]);
    weigh_queries(s, s->r.columns, c->in[3], s->y, c->out[2]);
}

/* Zeros in a head of row b, or of the table. */
static void clear(const tb_tensor *t, int64_t b, int64_t head)
{
    if (!t || !t->data)
        return;
    tb_copy k = {*t, tb_copy_zero(TB_REAL)};
    k.y.time = -1;
    k.y = tb_copy_part(&k.y, 0, t->rank == 4 ? b : head, 1, 1);
    if (t->rank == 4)
        k.y = tb_copy_part(&k.y, 2, head, 1, 1);
    tb_copy_run(&k, 0, 1);
}

static void head_back(const tb_call *c, int64_t b, int64_t h, int part)
{
    int64_t frames = c->in[3]->dim[1];
    if (b == 0)
        clear(table_slope(c), 0, h);
    if (tb_attention_how(c)->skip)
        clear(c->out[0], b, h);
    for (int64_t at = 0; at < frames; at += TB_QUERIES) {
        int64_t left = frames - at;
        tb_queries s =
            queries_of(c, b, h, at, left < TB_QUERIES ? left : TB_QUERIES);
        s.r = room_of(c, part, true);
        block_back(&s);
    }
}

static TB_REALTIME void grad_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    const tb_tensor *q = c->in[0], *k = c->in[1];
    int64_t shared = q->dim[2] / k->dim[2], rows = k->dim[0];
    int64_t each = table_slope(c) ? rows : 1, all = rows * k->dim[2] / each;
    (void)phase;
    for (int64_t i = all * part / parts * each;
         i < all * (part + 1) / parts * each; i++) {
        int64_t kv = i / rows, b = i % rows;
        clear(c->out[1], b, kv);
        clear(c->out[2], b, kv);
        for (int64_t h = kv * shared; h < (kv + 1) * shared; h++)
            head_back(c, b, h, part);
    }
}

#define FORWARDS                                                               \
    {                                                                          \
        .run = attention_run, .parts = attention_parts,                        \
        .scratch = attention_scratch, .fits = attention_fits                   \
    }

const tb_kernel_entry tb_fast_attention[] = {{&tb_op_attention, FORWARDS},
                                             {&tb_op_attention_time, FORWARDS},
                                             {&tb_op_attention_grad,
                                              {.run = grad_run,
                                               .parts = grad_parts,
                                               .scratch = grad_scratch,
                                               .fits = grad_fits}},
                                             {0}};
