/* What RAVEs are compared with: how far they see, the part of a window that
   they hear whole, and distances with gradients, against RAVE's own code. */
#include "check_rave.h"
#include "dsp/pqmf.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"
#include "models/rave_targets.h"

typedef struct golden_reach {
    const char *presets;
    int64_t left, right;
} golden_reach;

#include "golden/rave_targets.h"

enum { ROWS = 2, FRAMES = 8192, BANDS = 16 };

/* RAVE counts what moves one sample; here it is what moves any. A bank's
   filters begin and end a little elsewhere. */
static void check_reach(const golden_reach *golden)
{
    tb_rave c = configured(golden->presets, 1);
    tb_rave_reach reach = {0};
    tb_error error = {0};
    EQ(tb_rave_reach_of(&c, &reach, &error), TB_OK);
    int64_t ratio = tb_rave_ratio(&c);
    bool near = reach.left >= golden->left - 64 &&
                reach.left <= golden->left + ratio + 64 &&
                reach.right >= golden->right - 64 &&
                reach.right <= golden->right + ratio + 64;
    if (!OK_NAMED(near, golden->presets))
        fprintf(stderr, "# %lld and %lld, not %lld and %lld\n",
                (long long)reach.left, (long long)reach.right,
                (long long)golden->left, (long long)golden->right);
}

static tb_rave small_rave(void)
{
    static const char *const more[] = {"ratios=2", "units=1", "dilations=1",
                                       "scales=64,32"};
    tb_rave c = configured("v2", 1);
    tb_settings_part part = {&tb_rave_settings, &c};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        EQ(tb_settings_assign(&part, 1, more[i], NULL), TB_OK);
    return c;
}

/* Every so many channels and frames of the first `last` of a gradient. */
static void expect_some(const tb_tensor *t, int64_t channels, int64_t frames,
                        int64_t last, const double *golden, int64_t n,
                        const char *name)
{
    double off = 0, norm = 0;
    int64_t k = 0;
    for (int64_t r = 0; t && r < t->dim[0]; r++)
        for (int64_t ch = 0; ch < t->dim[1]; ch += channels)
            for (int64_t i = 0; i < last && k < n; i += frames, k++) {
                double y = *element(t, (r * t->dim[1] + ch) * t->dim[2] + i);
                off += (y - golden[k]) * (y - golden[k]);
                norm += golden[k] * golden[k];
            }
    bool good = k == n && off <= 1e-12 * norm;
    if (!OK_NAMED(good, name))
        fprintf(stderr, "# %lld of %lld, distance %g of %g\n", (long long)k,
                (long long)n, sqrt(off), sqrt(norm));
}

static void check_distance(void)
{
    tb_rave c = small_rave();
    tb_rave_reach reach;
    tb_error error = {0};
    subject s = subject_new();
    tb_shape sound = tb_dims(ROWS, 1, TB_FRAMES);
    tb_shape bands = tb_dims(ROWS, BANDS, TB_FRAMES);
    tb_rave_signals signals = {.target = subject_in(&s, 1, sound),
                               .made = subject_in(&s, 2, sound)};
    tb_value *of[2], *d[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++)
        of[i] = subject_in(&s, 3 + i, bands);
    signals.target_bands = tb_pad(of[0], 2, 0, FRAMES / BANDS - FRAMES);
    signals.made_bands = tb_pad(of[1], 2, 0, FRAMES / BANDS - FRAMES);
    EQ(tb_rave_reach_of(&c, &reach, &error), TB_OK);
    EQ(reach.left, crop_left);
    EQ(reach.right, crop_right);
    tb_value *loss = tb_rave_distance(&c, &signals);
    tb_value *by[] = {signals.made, of[1]};
    tb_grad(loss, 2, by, d);
    s.constant = ~0u;
    subject_out(&s, 9, loss);
    subject_out(&s, 10, d[0]);
    subject_out(&s, 11, d[1]);
    if (subject_run(&s, FRAMES)) {
        subject_expect(&s, loss, distance, "distance of sound and bands");
        expect_some(tb_plan_tensor(s.plan, d[0]), 1, 64, FRAMES, made_gradient,
                    sizeof made_gradient / sizeof *made_gradient,
                    "gradient of the sound");
        expect_some(tb_plan_tensor(s.plan, d[1]), 3, 7, FRAMES / BANDS,
                    bands_gradient,
                    sizeof bands_gradient / sizeof *bands_gradient,
                    "gradient of bands");
    }
    subject_free(&s);
}

/* What is causal answers late, and is held against what was that long ago; its
   bands against those heard, which are as late. */
static void check_delays(void)
{
    tb_rave c = small_rave();
    subject s = subject_new();
    c.causal = true;
    int64_t delay = tb_rave_delay(&c);
    tb_value *x = subject_in(&s, 1, tb_dims(1, 1, TB_FRAMES));
    tb_rave_how how = {0};
    tb_rave_signals signals = tb_rave_rebuilt(&c, x, &how);
    OK_NAMED(signals.target_bands == signals.bands, "bands are as late");
    subject_out(&s, 9, signals.target);
    s.constant = 1;
    OK(delay > 0);
    if (subject_run(&s, 2048)) {
        const tb_tensor *t = tb_plan_tensor(s.plan, signals.target);
        bool late = true;
        for (int64_t i = 0; i < 2048; i++)
            late &= *element(t, i) == (i < delay ? 0 : noise(1, i - delay));
        OK_NAMED(late, "the sound is later by the bank's delay");
    }
    subject_free(&s);
}

/* As RAVE 2.3 sound is held against what is heard now; its bank is published
   models' own, and its filters of noise are cut. */
static void check_compat(void)
{
    tb_rave c = small_rave();
    subject s = subject_new();
    c.causal = true;
    int64_t exact = tb_rave_delay(&c);
    c.compat = TB_RAVE_2_3;
    tb_value *x = subject_in(&s, 1, tb_dims(1, 1, TB_FRAMES));
    tb_rave_signals signals = tb_rave_rebuilt(&c, x, &(tb_rave_how){0});
    OK(signals.target == x && signals.target_bands == signals.bands);
    EQ(tb_rave_delay(&c), 528);
    c.causal = false;
    EQ(tb_rave_delay(&c), 16);
    OK(exact > 0);
    subject_free(&s);
}

/* The distance of two sounds of this level, with no bank. */
static double distance_at(double level, int compat)
{
    tb_rave c = small_rave();
    subject s = subject_new();
    double d = NAN;
    c.bands = 1;
    c.compat = compat;
    tb_value *x[2];
    for (int i = 0; i < 2; i++)
        x[i] = tb_scale(subject_in(&s, 1 + i, tb_dims(1, 1, TB_FRAMES)), level);
    tb_value *loss =
        tb_rave_distance(&c, &(tb_rave_signals){.target = x[0], .made = x[1]});
    subject_out(&s, 9, loss);
    s.constant = 3;
    if (subject_run(&s, 2048))
        d = *element(tb_plan_tensor(s.plan, loss), 0);
    subject_free(&s);
    return d;
}

/* As RAVE 2.3 faults in quiet sound weigh what they weigh in any. */
static void check_quiet(void)
{
    double loud = distance_at(1, TB_RAVE_OURS);
    NEAR(distance_at(1, TB_RAVE_2_3), loud, 1e-12);
    OK(distance_at(1e-5, TB_RAVE_OURS) < 0.8 * loud);
    OK(distance_at(1e-5, TB_RAVE_2_3) > distance_at(1e-5, TB_RAVE_OURS) + 0.5);
}

/* A window that is heard nowhere whole is refused, with one that would do. */
static void check_windows(void)
{
    tb_rave c = configured("v2_small", 1);
    tb_error error = {0};
    EQ(tb_rave_check_crop(&c, 16384, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "crop=no") && strstr(error.text, "window="));
    EQ(tb_rave_check_crop(&c, 131072, &error), TB_OK);
    c.crop = false;
    EQ(tb_rave_check_crop(&c, 16384, &error), TB_OK);
    c = configured("v1", 1);
    EQ(tb_rave_check_crop(&c, 2048, &error), TB_OK);
    /* what remembers hears nothing whole, and is compared everywhere */
    c = configured("v2_small,hybrid", 1);
    tb_rave_reach reach;
    EQ(tb_rave_reach_of(&c, &reach, &error), TB_OK);
    OK(c.crop && reach.all);
    EQ(reach.left, 0);
    OK(reach.right > 1024 && reach.right < 65536);
    EQ(tb_rave_check_crop(&c, 16384, &error), TB_OK);
    subject s = subject_new();
    tb_value *bands = subject_in(&s, 1, tb_dims(1, c.bands, TB_FRAMES));
    OK(bands && tb_rave_valid_bands(&c, bands) == bands);
    subject_free(&s);
}

int main(void)
{
    for (size_t i = 0; i < sizeof reaches / sizeof *reaches; i++)
        check_reach(&reaches[i]);
    check_distance();
    check_delays();
    check_compat();
    check_quiet();
    check_windows();
    return tap_done();
}
