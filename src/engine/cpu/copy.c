#include "engine/cpu/copy.h"

#include "engine/cpu/nest.h"

#include <string.h>

enum { TB_TILE = 16, TB_TILES_WIDE = 64, TB_SHORT_ROW = 64 };

size_t tb_copy_size(const tb_tensor *t)
{
    return tb_type_size(t->type, sizeof(float));
}

static void move(tb_tensor *t, int64_t elements)
{
    t->data = (char *)t->data + elements * (int64_t)tb_copy_size(t);
}

tb_tensor tb_copy_frames(const tb_tensor *t, int64_t from, int64_t count)
{
    tb_tensor r = *t;
    if (t->time < 0)
        return r;
    move(&r, tb_frame_offset(t, from));
    r.dim[t->time] = count;
    r.time = -1;
    return r;
}

tb_tensor tb_copy_part(const tb_tensor *t, int axis, int64_t start, int64_t n,
                       int64_t step)
{
    tb_tensor r = *t;
    move(&r, start * t->stride[axis]);
    r.dim[axis] = n;
    r.stride[axis] *= step;
    return r;
}

/* Only read. */
static int64_t zero;

tb_tensor tb_copy_zero(tb_type type)
{
    return (tb_tensor){.data = &zero, .type = type, .time = -1};
}

int64_t tb_copy_elements(const tb_copy *k)
{
    return tb_elements(&k->y, 1);
}

/* ---- tiles ---- */

/* A tile has `rows` by `cols` elements; strides are between rows and columns.
 */

typedef struct tb_copy_tile {
    int64_t rows, cols;
    int64_t y_row, y_col, x_row, x_col;
} tb_copy_tile;

static void tile_of_4(const tb_copy_tile *t, uint32_t *restrict y,
                      const uint32_t *restrict x)
{
    for (int64_t i = 0; i < t->rows; i++)
        for (int64_t k = 0; k < t->cols; k++)
            y[i * t->y_row + k * t->y_col] = x[i * t->x_row + k * t->x_col];
}

static void tile_of_8(const tb_copy_tile *t, uint64_t *restrict y,
                      const uint64_t *restrict x)
{
    for (int64_t i = 0; i < t->rows; i++)
        for (int64_t k = 0; k < t->cols; k++)
            y[i * t->y_row + k * t->y_col] = x[i * t->x_row + k * t->x_col];
}

static void tile_of_bytes(size_t size, const tb_copy_tile *t, char *y,
                          const char *x)
{
    int64_t each = (int64_t)size;
    for (int64_t i = 0; i < t->rows; i++)
        for (int64_t k = 0; k < t->cols; k++)
            memcpy(y + each * (i * t->y_row + k * t->y_col),
                   x + each * (i * t->x_row + k * t->x_col), size);
}

/* The most common tile: a square of 4-byte numbers turned round. */
static void turned_square(int64_t y_row, int64_t x_col, uint32_t *restrict y,
                          const uint32_t *restrict x)
{
    for (int i = 0; i < TB_TILE; i++)
        for (int k = 0; k < TB_TILE; k++)
            y[i * y_row + k] = x[i + k * x_col];
}

static void copy_tile(size_t size, const tb_copy_tile *t, char *y,
                      const char *x)
{
    if (size == sizeof(uint64_t))
        tile_of_8(t, (uint64_t *)y, (const uint64_t *)x);
    else if (size != sizeof(uint32_t))
        tile_of_bytes(size, t, y, x);
    else if (t->rows == TB_TILE && t->cols == TB_TILE && t->y_col == 1 &&
             t->x_row == 1)
        turned_square(t->y_row, t->x_col, (uint32_t *)y, (const uint32_t *)x);
    else
        tile_of_4(t, (uint32_t *)y, (const uint32_t *)x);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void copy_tiles(size_t size, const tb_copy_tile *all, char *y,
                       const char *x)
{
    int64_t each = (int64_t)size;
    for (int64_t i = 0; i < all->rows; i += TB_TILE)
        for (int64_t k = 0; k < all->cols; k += TB_TILE) {
            tb_copy_tile t = *all;
            t.rows = smaller(all->rows - i, TB_TILE);
            t.cols = smaller(all->cols - k, TB_TILE);
            copy_tile(size, &t, y + each * (i * t.y_row + k * t.y_col),
                      x + each * (i * t.x_row + k * t.x_col));
        }
}

/* ---- rows ---- */

static void copy_rows(const tb_copy *k, const tb_nest *s,
                      const tb_nest_block *b)
{
    size_t size = tb_copy_size(&k->y);
    int64_t each = (int64_t)size;
    char *y = (char *)k->y.data + each * b->at[0];
    const char *x = (const char *)k->x.data + each * b->at[1];
    tb_copy_tile t = {b->rows, b->cols, s->row[0], 1, s->row[1], s->col[1]};
    if (b->cols == 1) {
        tb_copy_tile column = {1, b->rows, 0, s->row[0], 0, s->row[1]};
        copy_tile(size, &column, y, x);
    } else if (s->col[1] != 1 || b->cols < TB_SHORT_ROW) {
        copy_tile(size, &t, y, x);
    } else {
        for (int i = 0; i < b->rows; i++)
            memcpy(y + each * i * s->row[0], x + each * i * s->row[1],
                   size * (size_t)b->cols);
    }
}

/* ---- both ---- */

/* The axis above single columns along which x lies closest: together they make
   tiles. -1: there are columns, or nothing above. */
static int tiled_axis(const tb_nest *s)
{
    int best = s->cols == 1 ? s->axes - 1 : -1;
    int64_t closest = s->row[1] < 0 ? -s->row[1] : s->row[1];
    for (int i = 0; i < s->axes && s->cols == 1; i++) {
        int64_t by = s->by[1][i] < 0 ? -s->by[1][i] : s->by[1][i];
        if (by >= closest)
            continue;
        closest = by;
        best = i;
    }
    return best;
}

/* Rows of the tiles go along `axis`, in strips; parts are strips of each place
   on the other axes. */
static void run_tiles(const tb_copy *k, const tb_nest *s, int axis, int part,
                      int parts)
{
    int64_t strips = (s->n[axis] + TB_TILES_WIDE - 1) / TB_TILES_WIDE;
    int64_t places = 1, each = (int64_t)tb_copy_size(&k->y);
    tb_copy_tile t = {.cols = s->rows,
                      .y_row = s->by[0][axis],
                      .y_col = s->row[0],
                      .x_row = s->by[1][axis],
                      .x_col = s->row[1]};
    for (int i = 0; i < s->axes; i++)
        places *= i == axis ? 1 : s->n[i];
    int64_t all = strips * places;
    for (int64_t w = all * part / parts; w < all * (part + 1) / parts; w++) {
        int64_t row = w % strips * TB_TILES_WIDE, rest = w / strips;
        int64_t y = row * t.y_row, x = row * t.x_row;
        for (int i = s->axes - 1; i >= 0; i--) {
            if (i == axis)
                continue;
            y += rest % s->n[i] * s->by[0][i];
            x += rest % s->n[i] * s->by[1][i];
            rest /= s->n[i];
        }
        t.rows = smaller(s->n[axis] - row, TB_TILES_WIDE);
        copy_tiles((size_t)each, &t, (char *)k->y.data + each * y,
                   (const char *)k->x.data + each * x);
    }
}

void tb_copy_run(const tb_copy *k, int part, int parts)
{
    const tb_call now = {.count = 1};
    const tb_tensor *t[] = {&k->y, &k->x};
    tb_nest s;
    tb_nest_block b;
    if (tb_copy_elements(k) <= 0)
        return;
    tb_nest_init(&s, &now, &k->y, 2, t);
    int axis = tiled_axis(&s);
    if (axis >= 0) {
        run_tiles(k, &s, axis, part, parts);
        return;
    }
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);)
        copy_rows(k, &s, &b);
}
