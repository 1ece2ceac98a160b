/* One vector with rows as they lie: the bits of `corr` with packed weights. */
#include "fast_test.h"

enum { LD = 3 };

static const int sizes[] = {0, 1, 7, 8, 16, 18, 35, 64, 75};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* The rows times w, which is packed as one output. */
static void check_dots(const tb_fast *f, int rows, int n)
{
    size_t all = (size_t)rows * (n + LD) + 1;
    float *x = room(all), *w = room((size_t)n), *y = room((size_t)rows);
    float *want = room((size_t)rows), *packed = room(tb_packed_size(1, 1, n));
    f->pack(&(tb_weights){n, 1, 1, 1, n, 1}, w, packed);
    f->corr(&(tb_corr){.x = x,
                       .ldx = n + LD,
                       .w = packed,
                       .y = want,
                       .ldy = 1,
                       .rows = rows,
                       .taps = 1,
                       .ins = n,
                       .outs = 1});
    f->dot_rows(rows, n, x, n + LD, w, y);
    OK_NAMED(same_bits(y, want, (size_t)rows * sizeof *y) &&
                 guarded(y, (size_t)rows),
             "a vector times rows");
    done(x), done(w), done(y), done(want), done(packed);
}

/* The sum of weighed rows, which are packed as weights: in one, and in two. */
static void check_sums(const tb_fast *f, int rows, int n)
{
    size_t all = (size_t)rows * (n + LD) + 1;
    float *x = room(all), *p = room((size_t)rows), *y = room((size_t)n);
    float *want = room((size_t)n), *packed = room(tb_packed_size(n, 1, rows));
    f->pack(&(tb_weights){1, n + LD, 1, n, rows, 1}, x, packed);
    f->corr(&(tb_corr){.x = p,
                       .w = packed,
                       .y = want,
                       .rows = 1,
                       .taps = 1,
                       .ins = rows,
                       .outs = n});
    f->weigh_rows(rows, n, p, x, n + LD, y, false);
    OK_NAMED(same_bits(y, want, (size_t)n * sizeof *y) && guarded(y, (size_t)n),
             "a sum of weighed rows");
    int first = rows / 3;
    f->weigh_rows(first, n, p, x, n + LD, y, false);
    f->weigh_rows(rows - first, n, p + first, x + first * (n + LD), n + LD, y,
                  true);
    OK_NAMED(same_bits(y, want, (size_t)n * sizeof *y), "and in two steps");
    done(x), done(p), done(y), done(want), done(packed);
}

int main(void)
{
    const tb_fast *f;
    for (int i = 0; (f = table(i)); i++)
        for (int r = 0; r < SIZES; r++)
            for (int n = 0; n < SIZES; n++) {
                check_dots(f, sizes[r], sizes[n]);
                check_sums(f, sizes[r], sizes[n]);
            }
    return tap_done();
}
