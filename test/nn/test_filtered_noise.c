/* Noise through filters that change: against the sum that it is, gradients
   against differences, and streams. */
#include "../engine/check.h"
#include "nn/filtered_noise.h"

enum { ROWS = 2, SIGNALS = 2 };

static tb_value *given_noise(tb_value *const *in, const void *how)
{
    return tb_filtered_noise_of(in[0], how, in[1]);
}

static tb_value *drawn_noise(tb_value *const *in, const void *how)
{
    return tb_filtered_noise_of(in[0], how, NULL);
}

static const tb_filtered_noise whole = {SIGNALS, 4, false},
                               longer = {SIGNALS, 2, false},
                               cropped = {SIGNALS, 8, true},
                               short_frames = {SIGNALS, 4, true};

#define F TB_FRAMES
#define WAYS (CHECK_TIMED | CHECK_UNGOLDEN)

static const check_case cases[] = {
    {"whole",
     given_noise,
     &whole,
     {{3, {2, 6, F}}, {4, {2, 2, F, 4}}},
     5,
     WAYS},
    {"longer than frames",
     given_noise,
     &longer,
     {{3, {2, 8, F}}, {4, {2, 2, F, 2}}},
     7,
     WAYS},
    {"cropped",
     given_noise,
     &cropped,
     {{3, {2, 6, F}}, {4, {2, 2, F, 8}}},
     4,
     WAYS},
    {"cut",
     given_noise,
     &short_frames,
     {{3, {2, 10, F}}, {4, {2, 2, F, 4}}},
     4,
     WAYS},
    {"drawn", drawn_noise, &longer, {{3, {2, 8, F}}}, 7, WAYS | CHECK_CONSTANT},
};

/* Tap t of the filter of magnitudes m [bins]. */
static double tap(const double *m, int64_t bins, int64_t t)
{
    double sum = 0, pi = acos(-1), n = 2.0 * (double)(bins - 1);
    for (int64_t k = 0; k < 2 * (bins - 1); k++) {
        int64_t bin = k < bins ? k : 2 * (bins - 1) - k;
        sum += m[bin] * cos(2 * pi * (double)k * ((double)t - n / 2) / n) / n;
    }
    return sum * (0.5 - 0.5 * cos(2 * pi * (double)t / n));
}

/* Sample i of signal s (counted over rows), whose magnitudes and noise have
   the seeds of the cases. */
static double wanted(const tb_filtered_noise *how, int64_t bins, int64_t frames,
                     int64_t s, int64_t i)
{
    double m[16], sum = 0;
    int64_t hop = how->hop, frame = i / hop;
    for (int64_t k = 0; k < bins; k++)
        m[k] = noise(1, (s * bins + k) * frames + frame);
    for (int64_t t = 0; t < 2 * (bins - 1) && !(how->cropped && t >= hop);
         t++) {
        int64_t late = t;
        if (how->cropped)
            late = ((t - bins + 1) % hop + hop) % hop;
        int64_t from = i - late, least = how->cropped ? frame * hop : 0;
        if (from >= least)
            sum += tap(m, bins, t) * noise(2, s * frames * hop + from);
    }
    return sum;
}

static void check_sum(const check_case *c)
{
    subject s = subject_new();
    const tb_filtered_noise *how = c->how;
    tb_value *in[2];
    double off = 0;
    for (int i = 0; i < 2; i++)
        in[i] = check_input(&s, c, i, (check_way){.timed = true});
    subject_out(&s, CHECK_SEED, c->build(in, how));
    int64_t bins = c->in[0].dim[1] / SIGNALS, n = c->frames * how->hop;
    if (subject_run(&s, c->frames)) {
        const tb_tensor *y = tb_plan_tensor(s.plan, s.out[0]);
        EQ(count_of(y), ROWS * SIGNALS * n);
        for (int64_t i = 0; i < count_of(y); i++)
            off = fmax(off, fabs(*element(y, i) -
                                 wanted(how, bins, c->frames, i / n, i % n)));
    }
    NEAR(off, 0, 1e-12);
    subject_free(&s);
}

static tb_value *refused(int i, tb_value *x)
{
    const tb_filtered_noise three = {3, 4, false}, two = {2, 4, false};
    return i == 0 ? tb_filtered_noise_of(x, &three, NULL)
           : i == 1
               ? tb_filtered_noise_of(x, &two, NULL)
               : tb_filtered_noise_of(
                     tb_reshape(x, tb_dims(2, 3, TB_FRAMES, 1)), &three, NULL);
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, NULL);
    for (int i = 0; i < 4; i++)
        check_sum(&cases[i]);
    check_each_refused(3, refused);
    OK(!tb_filtered_noise_of(NULL, NULL, NULL));
    return tap_done();
}
