/* Spectra inside graphs: there and back, gradients, blocks, seams. */
#include "../engine/check.h"
#include "dsp/spectra_ops.h"
#include "engine/ops/complex.h"

static const tb_spectra small = {8, 2, TB_WINDOW_BELL},
                        usual = {256, 64, TB_WINDOW_BELL},
                        hann = {256, 64, TB_WINDOW_HANN},
                        odd = {7, 3, TB_WINDOW_HANN},
                        sparse = {64, 56, TB_WINDOW_BELL};

static tb_value *levels(tb_value *const *in, const void *how)
{
    return tb_spectra_levels(tb_spectra_of(in[0], how), 0.1);
}

static tb_value *there_and_back(tb_value *const *in, const void *how)
{
    return tb_sound_of_spectra(tb_spectra_of(in[0], how), how);
}

static tb_value *rebuilt(tb_value *const *in, const void *how)
{
    return tb_sound_of_spectra(
        tb_spectra_recovered(tb_level_magnitudes(levels(in, how), 0.1), how,
                             &tb_recovery_usual, NULL, NULL),
        how);
}

static const check_case cases[] = {
    {"levels",
     levels,
     &small,
     {{2, {2, TB_FRAMES}}},
     24,
     CHECK_TIMED | CHECK_UNGOLDEN},
    {"there and back",
     there_and_back,
     &small,
     {{2, {2, TB_FRAMES}}},
     24,
     CHECK_TIMED | CHECK_UNGOLDEN},
    {"odd, with hops that do not divide it",
     there_and_back,
     &odd,
     {{2, {2, TB_FRAMES}}},
     24,
     CHECK_TIMED | CHECK_UNGOLDEN},
};

/* ---- numbers of a graph over one sound ---- */

enum { LENGTH = 2048 };

typedef struct sounding {
    subject s;
    tb_plan *plan;
    const tb_tensor *y;
} sounding;

static double tone(int64_t i)
{
    return 0.5 * cos(0.4321 * (double)i + 0.3) +
           0.2 * cos(1.2 * (double)i + 1.3);
}

static sounding sounding_of(tb_value *(*build)(tb_value *const *, const void *),
                            const tb_spectra *how, int64_t frames)
{
    sounding a = {.s = subject_new()};
    tb_value *x = subject_in(&a.s, 1, tb_dims(1, TB_FRAMES));
    tb_value *y = build(&x, how);
    a.plan = offline_plan(&a.s, y, frames);
    if (!OK(a.plan != NULL))
        return a;
    for (int64_t i = 0; i < frames; i++)
        *element(tb_plan_tensor(a.plan, x), i) = tone(i);
    tb_plan_run(a.plan, 0, NULL);
    a.y = tb_plan_tensor(a.plan, y);
    return a;
}

static void sounding_free(sounding *a)
{
    tb_plan_free(a->plan);
    subject_free(&a->s);
}

/* All samples but those of the end, over which frames are missing, and the
   first, where a window may be 0. */
static void check_back(const tb_spectra *how)
{
    sounding a = sounding_of(there_and_back, how, LENGTH);
    double off = 0;
    EQ(a.y ? a.y->dim[1] : 0, LENGTH / how->hop * how->hop);
    for (int64_t i = 1; a.y && i < LENGTH - how->size - how->hop; i++)
        off = fmax(off, fabs(*element(a.y, i) - tone(i)));
    OK_NAMED(off < 1e-12, "there and back");
    sounding_free(&a);
}

static tb_value *magnitudes(tb_value *const *in, const void *how)
{
    return tb_magnitude(tb_as_complex(tb_spectra_of(in[0], how)));
}

/* A full-scale sine has a magnitude of 1. */
static void check_scale(const tb_spectra *how)
{
    sounding a = sounding_of(magnitudes, how, LENGTH);
    double bin = 0.4321 * (double)how->size / 6.283185307179586;
    int64_t frames = a.y ? a.y->dim[2] : 0;
    NEAR(a.y ? *element(a.y, (int64_t)(bin + 0.5) * frames + frames / 2) : 0,
         0.5, 0.07);
    sounding_free(&a);
}

/* ---- seams ---- */

static tb_value *mended(tb_value *const *in, const void *how)
{
    tb_graph *g = in[0]->graph;
    (void)how;
    /* Input 1 says by its sign where the truth holds. */
    tb_value *holds = tb_map(tb_map(in[1], TB_SIGN, 0, 0), TB_RELU, 0, 0);
    holds = tb_reshape(holds, tb_dims(1, 1, TB_FRAMES));
    (void)g;
    return tb_mend_seam(in[0], in[2], holds, 64);
}

/* A truth of one sine, a sound of another, and a seam in between. */
static void check_seam(void)
{
    enum { SEAM = 301, AFTER = 420 };
    subject s = subject_new();
    tb_value *in[3];
    for (int i = 0; i < 3; i++)
        in[i] = subject_in(&s, 1 + i, tb_dims(1, TB_FRAMES));
    tb_value *y = mended(in, NULL);
    tb_plan *p = offline_plan(&s, y, 600);
    if (!OK(p != NULL))
        return;
    for (int64_t i = 0; i < 600; i++) {
        *element(tb_plan_tensor(p, in[0]), i) = sin(0.1 * (double)i);
        *element(tb_plan_tensor(p, in[1]), i) = i < SEAM ? 1 : -1;
        *element(tb_plan_tensor(p, in[2]), i) = sin(0.1 * (double)i + 1);
    }
    tb_plan_run(p, 0, NULL);
    const tb_tensor *t = tb_plan_tensor(p, y);
    double before = sin(0.1 * (SEAM - 1) + 1);
    double slope = before - sin(0.1 * (SEAM - 2) + 1);
    NEAR(*element(t, SEAM), before + slope, 0.02);
    double untouched = 0, after = 0, bend = 0;
    for (int64_t i = 0; i < 590; i++) {
        double off = fabs(*element(t, i) - sin(0.1 * (double)i));
        untouched = i < SEAM ? fmax(untouched, off) : untouched;
        after = i > SEAM + 64 ? fmax(after, off) : after;
        if (i > SEAM)
            bend = fmax(bend, fabs(*element(t, i + 1) - 2 * *element(t, i) +
                                   *element(t, i - 1)));
    }
    OK(untouched == 0 && after == 0);
    OK(bend < 0.05);
    tb_plan_free(p);
    subject_free(&s);
}

/* Four frames that are known, then four that go over to what they are. */
static tb_value *gone_over(tb_value *const *in, const void *how)
{
    (void)how;
    tb_value *x = tb_reshape(in[0], tb_dims(1, 1, TB_FRAMES));
    tb_value *known = tb_map(tb_map(x, TB_SIGN, 0, 0), TB_RELU, 0, 0);
    return tb_levels_from_known(x, known, 4);
}

static void check_levels(void)
{
    static const double before[] = {1, 2, 3, 4, -1, -2, -3, -4, -5};
    static const double after[] = {1, 2, 3, 4, 2.75, 1, -1.25, -4, -5};
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(1, TB_FRAMES));
    tb_value *y = gone_over(&x, NULL);
    tb_plan *p = offline_plan(&s, y, 9);
    for (int i = 0; p && i < 9; i++)
        *element(tb_plan_tensor(p, x), i) = before[i];
    tb_plan_reset(p);
    tb_plan_run(p, 0, NULL);
    for (int i = 0; i < 9; i++)
        NEAR(*element(tb_plan_tensor(p, y), i), after[i], 1e-12);
    tb_plan_free(p);
    subject_free(&s);
}

static void check_streams(void)
{
    for (int64_t block = 1; block <= 11; block += 5) {
        subject s = subject_new();
        tb_value *x = subject_in(&s, 1, tb_dims(2, TB_FRAMES));
        OK_NAMED(streams_like_offline(&s, rebuilt(&x, &small), 37, block),
                 "rebuilt in blocks as at once");
        subject_free(&s);
    }
}

static tb_value *refused(int which, tb_value *x)
{
    static const tb_spectra gaps = {7, 8, TB_WINDOW_HANN},
                            still = {8, 0, TB_WINDOW_HANN};
    tb_value *sound = tb_reshape(x, tb_dims(6, TB_FRAMES));
    return tb_spectra_of(sound, which ? &gaps : &still);
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, NULL);
    check_back(&usual);
    check_back(&hann);
    check_back(&odd);
    check_back(&sparse);
    check_scale(&usual);
    check_scale(&hann);
    check_seam();
    check_levels();
    check_streams();
    check_each_refused(2, refused);
    return tap_done();
}
