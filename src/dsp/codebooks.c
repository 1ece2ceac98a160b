#include "dsp/codebooks.h"

#include "base/memory.h"
#include "base/random.h"
#include "dsp/product.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { ROUNDS = 10 };

/* ---- the nearest ---- */

void tb_codebook_half_squares(const float *book, int size, int64_t width,
                              float *half_squares)
{
    for (int c = 0; c < size; c++) {
        const float *x = book + c * width;
        half_squares[c] = (float)(tb_product(x, x, width) / 2);
    }
}

/* |x - c|^2 is least where x c - |c|^2 / 2 is largest. */
int tb_codebook_nearest(const float *book, const float *half_squares, int size,
                        int64_t width, const float *x)
{
    int best = 0;
    double most = -INFINITY;
    for (int c = 0; c < size; c++) {
        double near = tb_product(x, book + c * width, width) - half_squares[c];
        if (near > most) {
            most = near;
            best = c;
        }
    }
    return best;
}

/* ---- one stage ---- */

typedef struct codebook_stage {
    int64_t n, width;
    int size;
    float *rows;         /* [n, width]: what the stages before it left */
    float *book;         /* [size, width] */
    float *half_squares; /* [size] */
    double *sum;         /* [size, width] */
    int64_t *count;      /* [size] */
} codebook_stage;

static void start_at_row(codebook_stage *s, int c, tb_rng *rng)
{
    int64_t row = (int64_t)tb_rng_below(rng, (uint64_t)s->n);
    memcpy(s->book + c * s->width, s->rows + row * s->width,
           (size_t)s->width * sizeof(float));
}

static int nearest(const codebook_stage *s, int64_t row)
{
    return tb_codebook_nearest(s->book, s->half_squares, s->size, s->width,
                               s->rows + row * s->width);
}

static void sum_up(codebook_stage *s)
{
    memset(s->sum, 0, (size_t)s->size * (size_t)s->width * sizeof *s->sum);
    memset(s->count, 0, (size_t)s->size * sizeof *s->count);
    for (int64_t r = 0; r < s->n; r++) {
        int c = nearest(s, r);
        s->count[c]++;
        for (int64_t i = 0; i < s->width; i++)
            s->sum[c * s->width + i] += s->rows[r * s->width + i];
    }
}

/* Each vector to the middle of its rows. */
static void go_round(codebook_stage *s, tb_rng *rng)
{
    tb_codebook_half_squares(s->book, s->size, s->width, s->half_squares);
    sum_up(s);
    for (int c = 0; c < s->size; c++) {
        if (s->count[c] == 0)
            start_at_row(s, c, rng);
        for (int64_t i = 0; i < s->width && s->count[c] > 0; i++)
            s->book[c * s->width + i] =
                (float)(s->sum[c * s->width + i] / (double)s->count[c]);
    }
}

static void learn(codebook_stage *s, tb_rng *rng)
{
    for (int c = 0; c < s->size; c++)
        start_at_row(s, c, rng);
    for (int round = 0; round < ROUNDS; round++)
        go_round(s, rng);
    tb_codebook_half_squares(s->book, s->size, s->width, s->half_squares);
}

/* What it leaves to the next one. */
static void take_away(codebook_stage *s)
{
    for (int64_t r = 0; r < s->n; r++) {
        const float *c = s->book + nearest(s, r) * s->width;
        for (int64_t i = 0; i < s->width; i++)
            s->rows[r * s->width + i] -= c[i];
    }
}

/* ---- all of them ---- */

tb_status tb_codebooks_learn(float *rows, int64_t n, int64_t width, int stages,
                             int size, uint64_t seed, float *books,
                             tb_error *error)
{
    size_t book = (size_t)size * (size_t)width;
    codebook_stage s = {n, width, size, rows, books, NULL, NULL, NULL};
    tb_rng rng = {seed, 0};
    s.half_squares = tb_alloc_array((size_t)size, sizeof *s.half_squares);
    s.sum = tb_alloc_array(book, sizeof *s.sum);
    s.count = tb_alloc_array((size_t)size, sizeof *s.count);
    bool good = s.half_squares && s.sum && s.count;
    for (int k = 0; k < stages && good; k++, s.book += book) {
        learn(&s, &rng);
        take_away(&s);
    }
    tb_free(s.half_squares);
    tb_free(s.sum);
    tb_free(s.count);
    return good ? TB_OK : tb_fail_memory(error);
}
