/* Phases for magnitudes: numbers of another implementation, blocks, the fast
   kernels, priming, and what no network should say. */
#include "check.h"
#include "engine/ops/complex.h"
#include "engine/ops/recover.h"
#include "golden/recover.h"

/* ---- numbers ---- */

typedef struct recovering {
    int64_t size, hop, ahead, iterations;
    double momentum;
    bool primed;
} recovering;

static tb_value *plane(tb_value *x, int i)
{
    tb_value *s = tb_slice(x, 3, i, i + 1, 1);
    return s ? tb_reshape(s, tb_dims(s->dim[0], s->dim[1], s->dim[2])) : NULL;
}

static tb_value *recovered(tb_value *magnitudes, tb_value *truth,
                           tb_value *known, const recovering *r)
{
    double window[512];
    for (int64_t i = 0; i < r->size; i++)
        window[i] = 0.5 - 0.5 * cos(2 * acos(-1) * (double)i / (double)r->size);
    const tb_recover how = {.size = r->size,
                            .hop = r->hop,
                            .window = window,
                            .spread = 0.25645,
                            .ahead = r->ahead,
                            .iterations = r->iterations,
                            .momentum = r->momentum};
    return tb_recover_phases(magnitudes, truth, known, &how);
}

/* Magnitudes, and a truth that is known where its first number is above 0. */
static tb_value *build(tb_value *const *in, const void *how)
{
    const recovering *r = how;
    tb_value *truth = NULL, *known = NULL;
    if (r->primed) {
        truth = tb_slice(in[0], 3, 1, 3, 1);
        known = tb_slice(tb_slice(plane(in[0], 2), 0, 0, 1, 1), 1, 0, 1, 1);
        known = tb_map(tb_map(known, TB_SIGN, 0, 0), TB_RELU, 0, 0);
    }
    return recovered(tb_map(plane(in[0], 0), TB_ABS, 0, 0), truth, known, r);
}

static const recovering even = {16, 4, 3, 3, 0.9, false},
                        odd = {15, 6, 2, 3, 0, false},
                        sparse = {12, 9, 2, 4, 0.5, false},
                        apart = {8, 8, 2, 2, 0.5, false},
                        once = {16, 4, 3, 0, 0, false},
                        primed = {16, 4, 3, 4, 0.9, true};

#define CASE(name, how, batch, bins, frames)                                   \
    {                                                                          \
        name, build, how, {{4, {batch, bins, TB_FRAMES, 3}}, {0}}, frames,     \
            CHECK_CONSTANT                                                     \
    }

static const check_case cases[] = {
    CASE("even", &even, 2, 9, 7),
    CASE("odd", &odd, 2, 8, 9),
    CASE("hops wider than half a window", &sparse, 1, 7, 9),
    CASE("none over each other", &apart, 1, 5, 6),
    CASE("never again", &once, 1, 9, 9),
    CASE("primed", &primed, 2, 9, 12),
};

/* ---- fast kernels ---- */

enum { FRAMES = 40 };

/* A sound's own magnitudes, so that few bins are undecided. */
static tb_value *of_sound(tb_value *x, const recovering *r)
{
    double window[512];
    for (int64_t i = 0; i < r->size; i++)
        window[i] = 0.5 - 0.5 * cos(2 * acos(-1) * (double)i / (double)r->size);
    tb_value *z = tb_stft(x, r->size, r->hop, window, r->size - r->hop, 0);
    return tb_magnitude(tb_as_complex(z));
}

static double tone(int64_t i)
{
    double t = (double)i;
    return 0.5 * cos(0.31 * t) + 0.3 * cos(0.83 * t + 1) +
           (i > 700 ? 0.2 * cos(1.7 * t) : 0);
}

static void put_tone(const tb_tensor *x, bool floats)
{
    for (int64_t i = 0; i < count_of(x); i++)
        if (floats)
            ((float *)x->data)[place_of(x, i)] = (float)tone(i);
        else
            *element(x, i) = tone(i);
}

/* Rows of the batch beside each other give what each gives alone. */
static void check_fast(const tb_backend *backend, int64_t batch)
{
    static const recovering r = {64, 16, 3, 6, 0.9, false};
    const int64_t n = FRAMES * r.hop;
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(batch, n));
    tb_value *y = recovered(of_sound(x, &r), NULL, NULL, &r);
    tb_plan *slow = offline_plan(&s, y, 1);
    tb_output want = {y, NULL};
    tb_plan_settings how = {.backend = backend, .frames = 1};
    tb_plan *fast = tb_plan_new(s.graph, 1, &want, &how, NULL);
    if (OK(slow && fast)) {
        put_tone(tb_plan_tensor(slow, x), false);
        put_tone(tb_plan_tensor(fast, x), true);
        tb_plan_run(slow, 0, NULL);
        tb_plan_run(fast, 0, NULL);
        const tb_tensor *a = tb_plan_tensor(slow, y);
        const tb_tensor *b = tb_plan_tensor(fast, y);
        double off = 0, norm = 0;
        for (int64_t i = 0; i < count_of(a); i++) {
            double d = *element(a, i);
            off += pow(d - (double)((float *)b->data)[place_of(b, i)], 2);
            norm += d * d;
        }
        OK(sqrt(off) <= TOL_FLOAT_DEEP * sqrt(norm));
        fprintf(stderr, "# off by %g\n", sqrt(off / norm));
    }
    tb_plan_free(slow);
    tb_plan_free(fast);
    subject_free(&s);
}

/* ---- what comes out ---- */

/* Magnitudes [1, bins, frames] by bin and frame, run through `r`. */
static tb_plan *run(subject *s, const recovering *r, tb_value **y,
                    double (*at)(int64_t k, int64_t j))
{
    tb_value *x = subject_in(s, 1, tb_dims(1, r->size / 2 + 1, TB_FRAMES));
    *y = recovered(x, NULL, NULL, r);
    tb_plan *p = offline_plan(s, *y, FRAMES);
    const tb_tensor *t = p ? tb_plan_tensor(p, x) : NULL;
    for (int64_t i = 0; t && i < count_of(t); i++)
        *element(t, i) = at(i / FRAMES, i % FRAMES);
    if (p)
        tb_plan_run(p, 0, NULL);
    return p;
}

static double silence(int64_t k, int64_t j)
{
    return 0 * (double)(k + j);
}

static double offset(int64_t k, int64_t j)
{
    return k == 0 && j >= 0;
}

static double click(int64_t k, int64_t j)
{
    return k >= 0 && j == 10;
}

static double nonsense(int64_t k, int64_t j)
{
    static const double what[] = {NAN, INFINITY, -INFINITY, -1, 1e300, 1};
    return j < 20 ? what[(k + j) % 6] : click(k, j - 15);
}

/* Every magnitude is what was asked for, and numbers stay numbers. */
static void check_magnitudes(const char *name, const recovering *r,
                             double (*at)(int64_t k, int64_t j))
{
    subject s = subject_new();
    tb_value *y;
    tb_plan *p = run(&s, r, &y, at);
    double off = 0;
    if (OK(p != NULL)) {
        const tb_tensor *t = tb_plan_tensor(p, y);
        for (int64_t i = 0; i < count_of(t); i += 2) {
            double want = at(i / 2 / FRAMES, i / 2 % FRAMES);
            want = want > 0 && want <= 1e30 ? want : 0;
            double is = hypot(*element(t, i), *element(t, i + 1));
            off = isfinite(is) ? fmax(off, fabs(is - want)) : INFINITY;
        }
        OK_NAMED(off <= 1e-9, name);
    }
    tb_plan_free(p);
    subject_free(&s);
}

static void check_all_magnitudes(const recovering *r)
{
    check_magnitudes("silence stays silent", r, silence);
    check_magnitudes("an offset", r, offset);
    check_magnitudes("a click", r, click);
    check_magnitudes("nonsense becomes silence and is forgotten", r, nonsense);
}

static tb_value *refused(int which, tb_value *x)
{
    static const recovering bad[] = {
        {4, 5, 3, 1, 0, false},  {4, 0, 3, 1, 0, false},
        {4, 2, 0, 1, 0, false},  {4, 2, 16, 1, 0, false},
        {4, 2, 3, -1, 0, false}, {4, 2, 3, 1, 1, false},
        {8, 2, 3, 1, 0, false}};
    return recovered(x, NULL, NULL, &bad[which]);
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, recover_golden);
    for (int64_t batch = 1; batch <= 9; batch += 4)
        check_fast(NULL, batch);
    check_fast(tb_backend_naive(), 2);
    check_all_magnitudes(&even);
    check_all_magnitudes(&odd);
    check_all_magnitudes(&sparse);
    check_all_magnitudes(&apart);
    check_each_refused(7, refused);
    return tap_done();
}
