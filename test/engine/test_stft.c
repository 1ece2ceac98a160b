#include "golden.h"

#include "engine/ops/stft.h"
#include "golden/stft.h"
#include "streamed.h"

/* A window that is nowhere 0, as the script makes it. */
static const double *hann(int64_t n)
{
    static double window[16];
    for (int64_t i = 0; i < n; i++)
        window[i] = 0.6 - 0.5 * cos(2 * acos(-1) * (double)i / (double)n);
    return window;
}

#define CHECK(name, n, hop, length, frames, left, right)                       \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_value *x = subject_in(&s, 1, tb_dims(2, length));                   \
        subject_out(&s, 9, tb_stft(x, n, hop, hann(n), left, right));          \
        EXPECT(name, frames);                                                  \
    } while (0)

#define CHECK_INVERSE(name, n, hop, length, frames)                            \
    do {                                                                       \
        subject s = subject_new();                                             \
        tb_value *x = subject_in(&s, 1, tb_dims(2, n / 2 + 1, length, 2));     \
        subject_out(&s, 9, tb_istft(x, n, hop, hann(n), n / 2, n / 2));        \
        EXPECT(name, frames);                                                  \
    } while (0)

#define EXPECT(name, frames)                                                   \
    if (subject_run(&s, frames)) {                                             \
        subject_expect(&s, s.out[0], name##_y, #name " y");                    \
        subject_expect(&s, s.din[0], name##_dx, #name " dx");                  \
        subject_differences(&s, #name);                                        \
    }                                                                          \
    subject_free(&s)

/* The inverse gives the signal back, also where few windows overlap. */
static void check_round_trip(int64_t n, int64_t hop, int64_t frames)
{
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(1, TB_FRAMES));
    tb_value *bins = tb_stft(x, n, hop, hann(n), n / 2, n / 2);
    subject_out(&s, 9, tb_istft(bins, n, hop, hann(n), n / 2, n / 2));
    if (subject_run(&s, frames)) {
        const tb_tensor *y = tb_plan_tensor(s.plan, s.out[0]);
        double worst = 0;
        for (int64_t i = 0; i < count_of(y); i++)
            worst = fmax(worst, fabs(*element(y, i) - noise(1, i)));
        NEAR(worst, 0, 1e-12);
        OK(count_of(y) > frames - hop);
        subject_differences(&s, "round trip");
    }
    subject_free(&s);
}

static void check_stream(int64_t n, int64_t hop, int64_t left, bool there_only)
{
    for (int64_t block = 1; block <= 7; block += 3) {
        subject s = subject_new();
        tb_value *x = subject_in(&s, 1, tb_dims(2, TB_FRAMES));
        tb_value *y = tb_stft(x, n, hop, hann(n), left, n - left);
        if (!there_only)
            y = tb_istft(y, n, hop, hann(n), left, n - left);
        OK(streams_like_offline(&s, y, 41, block));
        subject_free(&s);
    }
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 1, TB_FRAMES));
    OK(!tb_stft(NULL, 8, 2, hann(8), 0, 0));
    OK(!tb_stft(x, 8, 2, hann(8), 0, 0));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    const int64_t t = TB_FRAMES;
    CHECK(even, 8, 2, 21, 0, 4, 4);
    CHECK(even, 8, 2, t, 21, 4, 4);
    CHECK(odd, 9, 4, 30, 0, 0, 0);
    CHECK(odd, 9, 4, t, 30, 0, 0);
    CHECK(far, 8, 3, 17, 0, 6, 1);
    CHECK(far, 8, 3, t, 17, 6, 1);
    CHECK_INVERSE(back, 8, 2, 7, 0);
    CHECK_INVERSE(back, 8, 2, t, 7);
    CHECK_INVERSE(odd_back, 9, 3, 5, 0);
    CHECK_INVERSE(odd_back, 9, 3, t, 5);
    check_round_trip(8, 2, 24);
    check_round_trip(9, 4, 25);
    check_round_trip(8, 8, 32);
    check_stream(8, 2, 4, true);
    check_stream(8, 3, 7, true);
    check_stream(8, 2, 4, false);
    check_stream(8, 2, 7, false);
    check_refusals();
    return tap_done();
}
