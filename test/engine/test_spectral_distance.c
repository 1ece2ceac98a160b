#include "golden.h"

#include "engine/ops/shape.h"
#include "engine/ops/spectral_distance.h"
#include "golden/distance.h"
#include "tolerance.h"

enum { MOST_SIZE = 2048 };

/* A Hann window that is nowhere 0, as the script makes it. */
static const double *hann(int64_t n)
{
    static double windows[TB_MOST_SCALES][MOST_SIZE];
    static int next;
    double *w = windows[next++ % TB_MOST_SCALES];
    for (int64_t i = 0; i < n; i++)
        w[i] = 0.6 - 0.5 * cos(2 * acos(-1) * (double)i / (double)n);
    return w;
}

static tb_distance_scale scale_of(int64_t size, int64_t hop)
{
    return (tb_distance_scale){size, hop, hann(size)};
}

static tb_distance_settings settings_of(int scales, int64_t largest)
{
    tb_distance_settings how = {
        .scales = scales, .linear = 1, .logarithmic = 1, .floor = 1e-7};
    for (int i = 0; i < scales; i++)
        how.scale[i] = scale_of(largest >> i, (largest >> i) / 4);
    return how;
}

/* ---- numbers and gradients ---- */

#define CHECK(name, frames, length, settings)                                  \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_distance_settings how = settings;                                   \
        s.constant = 1;                                                        \
        tb_value *x = subject_in(&s, 1, tb_dims(2, 3, length));                \
        tb_value *y = subject_in(&s, 2, tb_dims(2, 3, length));                \
        subject_out(&s, 9, tb_spectral_distance(x, y, &how));                  \
        if (subject_run(&s, frames)) {                                         \
            subject_expect(&s, s.out[0], name##_y, #name);                     \
            subject_expect(&s, s.din[1], name##_dy, #name " gradient");        \
            subject_differences(&s, #name);                                    \
        }                                                                      \
        subject_free(&s);                                                      \
    } while (0)

#define SETTINGS(...) ((tb_distance_settings){__VA_ARGS__})

static void check_numbers(void)
{
    CHECK(one, 40, TB_FRAMES,
          SETTINGS(1, {scale_of(16, 4)}, .linear = 1, .floor = 1e-7));
    CHECK(one, 0, 40,
          SETTINGS(1, {scale_of(16, 4)}, .linear = 1, .floor = 1e-7));
    CHECK(logs, 40, TB_FRAMES,
          SETTINGS(1, {scale_of(16, 4)}, .logarithmic = 1, .floor = 1e-7));
    CHECK(several, 45, TB_FRAMES,
          SETTINGS(3, {scale_of(16, 4), scale_of(8, 2), scale_of(6, 5)}, 1, 1,
                   1e-2, 0));
    CHECK(weighted, 33, TB_FRAMES,
          SETTINGS(2, {scale_of(12, 3), scale_of(2, 1)}, 0.3, 2, 1, 0));
    CHECK(quiet, 40, TB_FRAMES,
          SETTINGS(2, {scale_of(16, 4), scale_of(8, 2)}, 1, 1, 1e-2, 10));
}

/* ---- fast against naive ---- */

typedef struct distance_run {
    tb_graph *graph;
    tb_value *x, *y, *distance, *dy;
    tb_plan *plan;
    int64_t n;
} distance_run;

static tb_value *channels_last(tb_value *x, tb_shape shape)
{
    return x ? tb_permute(tb_reshape(x, shape), (int[]){0, 2, 1}) : NULL;
}

/* Sounds that lie sample by sample, or with all channels of a sample together.
 */
static distance_run run_new(const tb_distance_settings *how,
                            const tb_backend *backend, tb_shape shape,
                            bool last)
{
    distance_run r = {.graph = tb_graph_new(),
                      .n = shape.dim[0] * shape.dim[1] * shape.dim[2]};
    tb_value *sounds[2];
    r.x = tb_input(r.graph, "x", TB_REAL, tb_dims(r.n));
    r.y = tb_input(r.graph, "y", TB_REAL, tb_dims(r.n));
    tb_shape turned = tb_dims(shape.dim[0], shape.dim[2], shape.dim[1]);
    for (int i = 0; i < 2; i++)
        sounds[i] = last ? channels_last(i ? r.y : r.x, turned)
                         : tb_reshape(i ? r.y : r.x, shape);
    r.distance = tb_spectral_distance(sounds[0], sounds[1], how);
    tb_grad(r.distance, 1, &r.y, &r.dy);
    tb_output want[] = {{.value = r.distance}, {.value = r.dy}};
    tb_error error = {0};
    r.plan = tb_plan_new(r.graph, 2, want,
                         &(tb_plan_settings){.backend = backend, .threads = 3},
                         &error);
    if (!r.plan)
        fprintf(stderr, "# %s\n", error.text);
    return r;
}

static void run_free(distance_run *r)
{
    tb_plan_free(r->plan);
    tb_graph_free(r->graph);
}

/* A quarter of x is silence, and y begins as x does. */
static double sample(const distance_run *r, int sound, int64_t i)
{
    double x = i > r->n / 4 && i < r->n / 2 ? 0 : noise(1, i);
    return !sound || i < r->n / 8 ? x : 0.9 * x + 0.1 * noise(2, i);
}

static void write_samples(const distance_run *r, int sound, bool doubles)
{
    const tb_tensor *t = tb_plan_tensor(r->plan, sound ? r->y : r->x);
    for (int64_t i = 0; i < r->n; i++) {
        if (doubles)
            ((double *)t->data)[i] = sample(r, sound, i);
        else
            ((float *)t->data)[i] = (float)sample(r, sound, i);
    }
}

static void run_once(const distance_run *r, bool doubles, tb_pool *pool)
{
    write_samples(r, 0, doubles);
    write_samples(r, 1, doubles);
    tb_plan_run(r->plan, 0, pool);
}

static const float *floats_of(const distance_run *r, const tb_value *v)
{
    return tb_plan_tensor(r->plan, v)->data;
}

static const double *doubles_of(const distance_run *r, const tb_value *v)
{
    return tb_plan_tensor(r->plan, v)->data;
}

/* Distance between gradients, relative to their norm. */
static double gradients_apart(const distance_run *fast,
                              const distance_run *naive)
{
    double apart = 0, norm = 0;
    for (int64_t i = 0; i < fast->n; i++) {
        double a = (double)floats_of(fast, fast->dy)[i];
        double b = doubles_of(naive, naive->dy)[i];
        apart += (a - b) * (a - b);
        norm += b * b;
    }
    return sqrt(apart / norm);
}

/* The gradient of a logarithm is worst where there is hardly any sound, and a
   magnitude that equals its target has none or either sign. */
static void check_fast(const char *name, const tb_distance_settings *how,
                       tb_shape shape, bool last)
{
    distance_run naive = run_new(how, tb_backend_naive64(), shape, last);
    distance_run fast = run_new(how, tb_backend_cpu(), shape, last);
    OK_NAMED(naive.plan && fast.plan, name);
    if (naive.plan && fast.plan) {
        run_once(&naive, true, NULL);
        run_once(&fast, false, NULL);
        double a = (double)floats_of(&fast, fast.distance)[0];
        double b = doubles_of(&naive, naive.distance)[0];
        NEAR(a, b, TOL_FLOAT * b);
        NEAR(gradients_apart(&fast, &naive), 0, TOL_FLOAT_SPECTRAL);
    }
    run_free(&naive);
    run_free(&fast);
}

static void check_threads(const tb_distance_settings *how, tb_shape shape)
{
    tb_pool *pool = tb_pool_new(3);
    distance_run r = run_new(how, tb_backend_cpu(), shape, false);
    float *before = calloc((size_t)r.n + 1, sizeof *before);
    run_once(&r, false, NULL);
    memcpy(before, floats_of(&r, r.dy), sizeof *before * (size_t)r.n);
    before[r.n] = floats_of(&r, r.distance)[0];
    run_once(&r, false, pool);
    OK(memcmp(before, floats_of(&r, r.dy), sizeof *before * (size_t)r.n) == 0);
    OK(before[r.n] == floats_of(&r, r.distance)[0]);
    free(before);
    run_free(&r);
    tb_pool_free(pool);
}

/* Silence to be rebuilt: distances are what they are, no division by 0. */
static void check_silence(const tb_backend *backend)
{
    tb_distance_settings how = settings_of(2, 16);
    distance_run r = run_new(&how, backend, tb_dims(1, 1, 64), false);
    for (int k = 0; k < 2; k++) {
        float *x = tb_plan_tensor(r.plan, k ? r.y : r.x)->data;
        for (int i = 0; i < 64; i++)
            x[i] = k ? 0.5f : 0;
    }
    tb_plan_run(r.plan, 0, NULL);
    bool finite = isfinite(floats_of(&r, r.distance)[0]);
    for (int i = 0; i < 64; i++)
        finite &= isfinite(floats_of(&r, r.dy)[i]);
    OK(finite);
    memset(tb_plan_tensor(r.plan, r.y)->data, 0, 64 * sizeof(float));
    tb_plan_run(r.plan, 0, NULL);
    OK(floats_of(&r, r.distance)[0] == 0);
    run_free(&r);
}

/* ---- what it refuses ---- */

static void refuse(tb_shape x, tb_shape y, const tb_distance_settings *how)
{
    tb_graph *g = tb_graph_new();
    OK(!tb_spectral_distance(tb_input(g, "x", TB_REAL, x),
                             tb_input(g, "y", TB_REAL, y), how));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

static void check_refusals(void)
{
    tb_distance_settings good = settings_of(2, 16), none = good, odd = good,
                         far = good, loud = good, below = good;
    tb_shape sound = tb_dims(2, 1, TB_FRAMES);
    none.scales = 0;
    odd.scale[1].n_fft = 7;
    far.scale[0].hop = 17;
    loud.floor = 0;
    below.quietest = -1;
    refuse(sound, tb_dims(2, 2, TB_FRAMES), &good);
    refuse(tb_dims(2, TB_FRAMES), tb_dims(2, TB_FRAMES), &good);
    refuse(sound, sound, &none);
    refuse(sound, sound, &odd);
    refuse(sound, sound, &far);
    refuse(sound, sound, &loud);
    refuse(sound, sound, &below);
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, sound), *dx = NULL;
    tb_value *d =
        tb_spectral_distance(x, tb_input(g, "y", TB_REAL, sound), &good);
    OK(d && !tb_spectral_distance(NULL, x, &good));
    tb_grad(d, 1, &x, &dx);
    OK(!dx && tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    check_numbers();
    tb_distance_settings all = settings_of(4, 64),
                         odd = {.scales = 2,
                                .scale = {scale_of(6, 5), scale_of(36, 7)},
                                .linear = 0.5,
                                .logarithmic = 2,
                                .floor = 1};
    check_fast("scales", &all, tb_dims(2, 1, 700), false);
    check_fast("bands that lie together", &all, tb_dims(2, 4, 150), true);
    all.quietest = 1;
    check_fast("quiet", &all, tb_dims(2, 1, 700), false);
    check_fast("uneven lengths", &odd, tb_dims(1, 3, 211), false);
    check_fast("shorter than a frame", &odd, tb_dims(1, 2, 9), false);
    check_fast("one sample", &odd, tb_dims(1, 1, 1), false);
    check_fast("several stretches", &all, tb_dims(1, 1, (2 << 15) + 77), false);
    check_fast("uneven stretches", &odd, tb_dims(1, 1, (3 << 15) - 7), false);
    check_threads(&all, tb_dims(1, 2, (5 << 15) + 5));
    check_silence(tb_backend_cpu());
    check_refusals();
    return tap_done();
}
