/* Walking several tensors of one shape side by side, row by row: a row is the
   last axis. Tensors with fewer axes are aligned at the last one, and axes of
   one element repeat, as in PyTorch's broadcasting. Included after real.h. */

enum { WALK_MAX = 4 };

typedef struct walk {
    int rank;
    int64_t extent[TB_RANK + 1], index[TB_RANK + 1];
    int64_t row;            /* elements of a row */
    int64_t step[WALK_MAX]; /* between elements of a row */
    int64_t at[WALK_MAX];   /* where the row starts, from `data` */
    int64_t stride[WALK_MAX][TB_RANK + 1]; /* along the axes of the shape */
} walk;

static inline size_t size_of(const tb_tensor *t)
{
    return tb_type_size(t->type, sizeof(real));
}

static inline char *bytes_at(const tb_tensor *t, int64_t offset)
{
    return (char *)t->data + offset * (int64_t)size_of(t);
}

/* Takes one tensor along: strides as seen from the shape's axes. */
static inline void walk_with(walk *w, int k, const tb_call *c,
                             const tb_tensor *t)
{
    int shift = w->rank - t->rank;
    for (int i = 0; i < w->rank; i++) {
        int a = i - shift;
        bool repeats = a < 0 || (a != t->time && t->dim[a] == 1);
        w->stride[k][i] = repeats ? 0 : t->stride[a];
    }
    w->step[k] = w->rank ? w->stride[k][w->rank - 1] : 0;
    w->at[k] = tb_frame_offset(t, c->from);
}

/* Over the part of `shape` that the call computes. There must be something:
   see `nothing`. */
static inline walk walk_over(const tb_call *c, const tb_tensor *shape, int n,
                             const tb_tensor *const *t)
{
    walk w = {.rank = shape->rank, .row = 1};
    for (int i = 0; i < shape->rank; i++)
        w.extent[i] = tb_call_extent(c, shape, i);
    if (shape->rank)
        w.row = w.extent[shape->rank - 1];
    for (int k = 0; k < n; k++)
        walk_with(&w, k, c, t[k]);
    return w;
}

/* Another axis within the others; the caller sets its strides. Gives its
   index. */
static inline int walk_axis(walk *w, int64_t n)
{
    w->extent[w->rank] = n;
    return w->rank++;
}

/* Makes rows of one element. */
static inline void walk_single(walk *w)
{
    walk_axis(w, 1);
    w->row = 1;
}

/* The next row; false when all have been, and then the walk is back at its
   start. */
static inline bool walk_next(walk *w)
{
    for (int i = w->rank - 2; i >= 0; i--) {
        bool wraps = ++w->index[i] == w->extent[i];
        for (int k = 0; k < WALK_MAX; k++)
            w->at[k] += w->stride[k][i] * (wraps ? 1 - w->extent[i] : 1);
        if (!wraps)
            return true;
        w->index[i] = 0;
    }
    return false;
}

static inline void swap_numbers(int64_t *a, int64_t *b)
{
    int64_t c = *a;
    *a = *b;
    *b = c;
}

/* Where the order does not matter: rows along the axis whose elements lie
   closest to each other in tensor 0. To be called before walking. */
static inline void walk_closest(walk *w)
{
    int last = w->rank - 1, best = last;
    for (int i = 0; i < last; i++)
        if (w->extent[i] > 1 &&
            (w->extent[best] == 1 || w->stride[0][i] < w->stride[0][best]))
            best = i;
    if (best == last)
        return;
    swap_numbers(&w->extent[best], &w->extent[last]);
    w->row = w->extent[last];
    for (int k = 0; k < WALK_MAX; k++) {
        swap_numbers(&w->stride[k][best], &w->stride[k][last]);
        w->step[k] = w->stride[k][last];
    }
}

/* A row of n elements of so many bytes; steps count elements. */
static inline void copy_row(char *to, int64_t to_step, const char *from,
                            int64_t from_step, int64_t n, size_t size)
{
    if (to_step == 1 && from_step == 1)
        memcpy(to, from, size * (size_t)n);
    else if (size == 8)
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * to_step * 8, from + i * from_step * 8, 8);
    else if (size == 4)
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * to_step * 4, from + i * from_step * 4, 4);
    else
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * to_step * (int64_t)size,
                   from + i * from_step * (int64_t)size, size);
}

/* Copies x to y, repeating its axes of 1 element. */
static inline void copy_tensor(const tb_call *c, const tb_tensor *y,
                               const tb_tensor *x)
{
    const tb_tensor *t[] = {y, x};
    size_t size = size_of(y);
    if (nothing(c, y))
        return;
    walk w = walk_over(c, y, 2, t);
    walk_closest(&w);
    do
        copy_row(bytes_at(y, w.at[0]), w.step[0], bytes_at(x, w.at[1]),
                 w.step[1], w.row, size);
    while (walk_next(&w));
}

/* Zeros in the part of y that the call computes. */
static inline void zero_tensor(const tb_call *c, const tb_tensor *y)
{
    const tb_tensor *t[] = {y};
    if (nothing(c, y))
        return;
    walk w = walk_over(c, y, 1, t);
    do {
        if (w.step[0] == 1)
            memset(bytes_at(y, w.at[0]), 0, size_of(y) * (size_t)w.row);
        for (int64_t i = 0; w.step[0] != 1 && i < w.row; i++)
            memset(bytes_at(y, w.at[0] + i * w.step[0]), 0, size_of(y));
    } while (walk_next(&w));
}
