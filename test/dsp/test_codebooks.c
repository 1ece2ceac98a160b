/* Codebooks find what vectors were made of, and each stage leaves less. */
#include "dsp/codebooks.h"

#include "base/random.h"
#include "tap.h"

#include <string.h>

enum { ROWS = 4000, WIDTH = 19, STAGES = 3, SIZE = 16 };

static float rows[ROWS * WIDTH], left[ROWS * WIDTH];
static float books[STAGES * SIZE * WIDTH], again[STAGES * SIZE * WIDTH];

/* Each row is one of SIZE points, far from each other, and a little noise. */
static void make(double noise)
{
    tb_rng rng = {5, 0};
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < WIDTH; i++)
            rows[r * WIDTH + i] =
                (float)(10 * sin(1 + r % SIZE * 7.3 + i * (1 + r % SIZE)) +
                        noise * tb_rng_normal(&rng));
}

/* The square of what so many stages leave, on average. */
static double left_by(int stages)
{
    float half[SIZE], x[WIDTH];
    double sum = 0;
    for (int r = 0; r < ROWS; r++) {
        memcpy(x, rows + r * WIDTH, sizeof x);
        for (int k = 0; k < stages; k++) {
            const float *book = books + k * SIZE * WIDTH;
            tb_codebook_half_squares(book, SIZE, WIDTH, half);
            int c = tb_codebook_nearest(book, half, SIZE, WIDTH, x);
            for (int i = 0; i < WIDTH; i++)
                x[i] -= book[c * WIDTH + i];
        }
        for (int i = 0; i < WIDTH; i++)
            sum += (double)x[i] * (double)x[i];
    }
    return sum / ROWS / WIDTH;
}

static void check_nearest(void)
{
    float half[SIZE];
    int wrong = 0;
    tb_codebook_half_squares(books, SIZE, WIDTH, half);
    for (int r = 0; r < 100; r++) {
        int best = 0;
        double least = INFINITY;
        for (int c = 0; c < SIZE; c++) {
            double far = 0;
            for (int i = 0; i < WIDTH; i++)
                far += pow((double)rows[r * WIDTH + i] -
                               (double)books[c * WIDTH + i],
                           2);
            if (far < least)
                least = far, best = c;
        }
        wrong += best != tb_codebook_nearest(books, half, SIZE, WIDTH,
                                             rows + r * WIDTH);
    }
    EQ(wrong, 0);
}

/* From rows that stay as they are. */
static tb_status learn(int n, int stages, float *to)
{
    memcpy(left, rows, sizeof left);
    return tb_codebooks_learn(left, n, WIDTH, stages, SIZE, 1, to, NULL);
}

static double square_of_left(void)
{
    double sum = 0;
    for (int i = 0; i < ROWS * WIDTH; i++)
        sum += (double)left[i] * (double)left[i];
    return sum / ROWS / WIDTH;
}

int main(void)
{
    make(0.5);
    OK(learn(ROWS, STAGES, books) == TB_OK);
    OK(learn(ROWS, STAGES, again) == TB_OK);
    OK_NAMED(memcmp(books, again, sizeof books) == 0,
             "the same seed gives the same bits");
    double all = left_by(0), one = left_by(1), two = left_by(2),
           three = left_by(3);
    fprintf(stderr, "# %.2f is left by none, then %.2f, %.2f, %.2f\n", all, one,
            two, three);
    OK_NAMED(one < 0.3 * all, "the first stage finds most");
    OK_NAMED(two < 0.8 * one && three < two, "each stage leaves less");
    OK_NAMED(three < 0.4, "three find more than the noise");
    NEAR(square_of_left(), three, 1e-4 * three);
    check_nearest();
    /* Fewer rows than vectors. */
    OK(learn(3, 1, books) == TB_OK);
    return tap_done();
}
