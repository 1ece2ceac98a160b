/* What became of a sound: pitches and loudness that are known, and colours that
   are alike or not. */
#include "judge/transferred.h"
#include "tap.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { RATE = 16000, FRAMES = 4 * RATE };

/* A tone of harmonics, whose pitch moves and which swells; `bright` falls off
   slowly. */
static float *tone(double hz, double gain, double bright, double swell)
{
    float *x = calloc(FRAMES, sizeof *x);
    double phase = 0;
    for (int i = 0; i < FRAMES; i++) {
        double t = (double)i / RATE, y = 0;
        phase += 2 * acos(-1) * hz * (1 + 0.1 * sin(t)) / RATE;
        for (int h = 1; h <= 8; h++)
            y += pow(bright, h - 1) * sin(h * phase);
        x[i] = (float)(gain * (1 + swell * sin(3 * t)) * y);
    }
    return x;
}

/* Noise, the darker the larger `dark` is (0 to 1). */
static float *hiss(double gain, double dark, uint32_t seed)
{
    float *x = calloc(FRAMES, sizeof *x);
    double y = 0;
    for (int i = 0; i < FRAMES; i++) {
        uint32_t n = ((uint32_t)i + seed * 7919u) * 2654435761u;
        n = (n ^ n >> 15) * 2246822519u;
        y = dark * y + ((n >> 16) / 32768.0 - 1);
        x[i] = (float)(gain * y);
    }
    return x;
}

static tb_transferred measured(const float *source, const float *made,
                               const float *target)
{
    tb_transferred out = {0};
    tb_error error = {0};
    EQ(tb_transfer_measure((tb_mono){source, FRAMES}, (tb_mono){made, FRAMES},
                           (tb_mono){target, target ? FRAMES : 0}, RATE, &out,
                           NULL, &error),
       TB_OK);
    return out;
}

static void check_same(void)
{
    float *x = tone(220, 0.1, 0.5, 0.5);
    tb_transferred t = measured(x, x, x);
    NEAR(t.pitch_cents, 0, 0);
    NEAR(t.pitch_kept, 1, 0);
    NEAR(t.loudness_db, 0, 1e-9);
    NEAR(t.level_db, 0, 1e-9);
    NEAR(t.from_source, 0, 1e-6);
    NEAR(t.from_target, 0, 1e-6);
    t = measured(x, x, NULL);
    OK(isnan(t.from_target) && isnan(t.source_from_target));
    free(x);
}

/* A whole tone higher, and twice as loud: that is what it says. */
static void check_changes(void)
{
    float *x = tone(220, 0.1, 0.5, 0.5);
    float *higher = tone(220 * pow(2, 2 / 12.0), 0.2, 0.5, 0.5);
    float *level = tone(220, 0.1, 0.5, 0);
    tb_transferred t = measured(x, higher, NULL);
    NEAR(t.pitch_cents, 200, 5);
    OK(t.pitch_kept < 0.1);
    NEAR(t.level_db, 6.02, 0.2);
    OK(t.loudness_db < 0.5);
    t = measured(x, level, NULL);
    OK(t.loudness_db > 1.5 && t.pitch_cents < 5);
    free(x);
    free(higher);
    free(level);
}

/* What took on the target's colour is near to it, as the source was not. */
static void check_colours(void)
{
    float *x = hiss(0.1, 0, 1), *target = hiss(0.1, 0.9, 2);
    float *made = hiss(0.02, 0.9, 3), *other = tone(220, 0.1, 0.5, 0.5);
    tb_transferred t = measured(x, made, target);
    OK(t.from_target < 0.15 && t.source_from_target > 0.4);
    OK(t.from_source > 0.4 && t.from_source < 1.5);
    t = measured(other, x, target);
    OK(t.from_source > 0.8 && t.from_source < 1.5);
    OK(isnan(t.pitch_cents) || t.pitch_kept < 0.05);
    free(x);
    free(target);
    free(made);
    free(other);
}

static void check_course(void)
{
    float *x = tone(220, 0.1, 0.5, 0.5);
    float *silence = calloc(FRAMES, sizeof *silence);
    tb_transferred t;
    tb_transfer_course course;
    tb_error error = {0};
    EQ(tb_transfer_measure((tb_mono){x, FRAMES}, (tb_mono){silence, FRAMES},
                           (tb_mono){NULL, 0}, RATE, &t, &course, &error),
       TB_OK);
    OK(course.count > 50 && course.seconds[course.count - 1] > 3);
    NEAR(course.pitch[0][course.count / 2], 2, 0.2);
    OK(isnan(course.pitch[1][10]));
    NEAR(course.loudness[1][10], -80, 0);
    OK(isnan(t.from_source) && isnan(t.pitch_cents));
    tb_transfer_course_clear(&course);
    free(x);
    free(silence);
}

int main(void)
{
    check_same();
    check_changes();
    check_colours();
    check_course();
    return tap_done();
}
