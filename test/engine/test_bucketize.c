/* Numbers in intervals, against a loop. */
#include "engine/ops/bucketize.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"
#include "numbers.h"

enum { ROWS = 2, FRAMES = 37, N = 3, ALL = ROWS * FRAMES * N };

static const double bounds[] = {-1.5, -1, -0.25, 0, 0, 0.5, 2};

static double counted_below(const double *bound, int n, double x)
{
    int k = 0;
    for (int i = 0; i < n; i++)
        k += bound[i] <= x;
    return k;
}

/* Bounds themselves, their neighbours, what lies beyond, and no numbers. */
static void fill(double *x)
{
    const double odd[] = {NAN,       INFINITY, -INFINITY, -0.0, 0,   -1.5,
                          -1.500001, 2,        1.999999,  0.5,  1e30};
    const int n = sizeof odd / sizeof *odd;
    for (int i = 0; i < ALL; i++)
        x[i] = i < n ? odd[i] : (double)(i * 37 % 101) / 20 - 2.5;
}

static void check(const tb_backend *backend, int n, bool turned)
{
    tb_graph *g = tb_graph_new();
    static double x[ALL], y[ALL], z[ALL];
    char name[96];
    int wrong = 0;
    tb_value *in = tb_input(g, "x", TB_REAL, tb_dims(ROWS, N, TB_FRAMES));
    tb_value *v = turned ? tb_transpose(in, 1, 2) : in;
    v = tb_bucketize(v, tb_constant(g, tb_dims(n), bounds));
    v = turned ? tb_transpose(v, 1, 2) : v;
    OK(v && v->type == TB_I64);
    fill(x);
    int64_t made =
        run_whole(g, backend, FRAMES, 0, 1, &(given){in, x}, 1, &(taken){v, y});
    EQ(made, ALL);
    for (int i = 0; i < ALL; i++)
        wrong += y[i] != counted_below(bounds, n, (float)x[i]);
    snprintf(name, sizeof name, "%s: %d bounds%s", backend->name, n,
             turned ? ", turned" : "");
    OK_NAMED(wrong == 0, name);
    for (int64_t block = 1; block < FRAMES; block = 3 * block + 2) {
        EQ(run_in_blocks(g, backend, (given){in, x}, FRAMES, block,
                         (taken){v, z}, FRAMES),
           FRAMES);
        OK_NAMED(memcmp(y, z, sizeof y) == 0, "and block by block");
    }
    tb_graph_free(g);
}

static void check_errors(void)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(3));
    OK(!tb_bucketize(NULL, x) && !tb_bucketize(x, NULL));
    OK(tb_graph_check(g, &error) == TB_OK);
    OK(!tb_bucketize(x, tb_input(g, "two", TB_REAL, tb_dims(2, 2))));
    OK(tb_graph_check(g, &error) != TB_OK && strstr(error.text, "bounds"));
    tb_graph_free(g);
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int i = 0; i < 3; i++)
        for (int turned = 0; turned < 2; turned++) {
            check(backends[i], 1, turned);
            check(backends[i], sizeof bounds / sizeof *bounds, turned);
        }
    check_errors();
    return tap_done();
}
