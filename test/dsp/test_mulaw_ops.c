/* Levels and samples in graphs are those of tb_mulaw_quantise and
   tb_mulaw_expand: at every bound, beside it, and beyond all. */
#include "dsp/mulaw_ops.h"

#include "../engine/numbers.h"

enum { BESIDE = 3, ODD = 9 };

static const float odd[ODD] = {0,  -0.0F, 1,        -1,       7,
                               -7, NAN,   INFINITY, -INFINITY};

/* Bounds with neighbours on both sides, then the odd ones. */
static int64_t samples_of(const tb_mulaw *law, double *x)
{
    int64_t n = 0;
    for (int q = 1; q < law->levels; q++) {
        float bound = tb_mulaw_bound(law, q), below = bound, above = bound;
        x[n++] = bound;
        for (int k = 0; k < BESIDE; k++) {
            x[n++] = below = nextafterf(below, -2);
            x[n++] = above = nextafterf(above, 2);
        }
    }
    for (int i = 0; i < ODD; i++)
        x[n++] = odd[i];
    return n;
}

static void check_levels(const tb_backend *backend, const tb_mulaw *law)
{
    int64_t most = (int64_t)law->levels * (2 * BESIDE + 1) + ODD, wrong = 0;
    double *x = calloc((size_t)most, sizeof *x),
           *y = calloc((size_t)most, sizeof *y);
    int64_t n = samples_of(law, x);
    char name[96];
    tb_graph *g = tb_graph_new();
    tb_value *in = tb_input(g, "x", TB_REAL, tb_dims(1, TB_FRAMES));
    tb_value *v = tb_mulaw_levels(in, law);
    EQ(run_whole(g, backend, n, 0, 1, &(given){in, x}, 1, &(taken){v, y}), n);
    for (int64_t i = 0; i < n; i++)
        wrong += y[i] != tb_mulaw_quantise(law, (float)x[i]);
    snprintf(name, sizeof name, "%s: %d levels, compression %g", backend->name,
             law->levels, law->compression);
    OK_NAMED(wrong == 0, name);
    tb_graph_free(g);
    free(x);
    free(y);
}

static void check_samples(const tb_backend *backend, const tb_mulaw *law)
{
    int64_t n = law->levels, wrong = 0;
    double *x = calloc((size_t)n, sizeof *x), *y = calloc((size_t)n, sizeof *y);
    tb_graph *g = tb_graph_new();
    tb_value *in = tb_input(g, "q", TB_I64, tb_dims(1, TB_FRAMES));
    tb_value *v = tb_mulaw_samples(in, law);
    for (int64_t i = 0; i < n; i++)
        x[i] = (double)i;
    EQ(run_whole(g, backend, n, 0, 1, &(given){in, x}, 1, &(taken){v, y}), n);
    for (int64_t i = 0; i < n; i++)
        wrong += y[i] != (double)tb_mulaw_expand(law, (int)i);
    OK_NAMED(wrong == 0, "and back");
    tb_graph_free(g);
    free(x);
    free(y);
}

int main(void)
{
    static const int levels[] = {2, 3, 16, 255, 256, 4096};
    static const double compressions[] = {0, 0.01, 0.5, 1, 8};
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int b = 0; b < 3; b++)
        for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
            for (size_t k = 0; k < sizeof compressions / sizeof(double); k++) {
                tb_mulaw law;
                tb_mulaw_init(&law, levels[i], compressions[k], NULL);
                check_levels(backends[b], &law);
                check_samples(backends[b], &law);
            }
    OK(!tb_mulaw_levels(NULL, NULL) && !tb_mulaw_samples(NULL, NULL));
    return tap_done();
}
