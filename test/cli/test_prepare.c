/* Slicing as a user calls it. */
#include "program.h"

enum { RATE = 16000 };

/* Strokes at these times, in a little noise; in stereo they cross zero at
   different places. */
static const double strokes[] = {0.5, 1.0, 1.75, 2.2};

static float strokes_at(void *context, int frame, int channel)
{
    double t = (double)frame / RATE;
    uint32_t noise = (uint32_t)(frame + channel) * 2654435761u;
    double x = 0.001 * ((noise >> 16) / 32768.0 - 1);
    (void)context;
    for (int i = 0; i < 4; i++)
        if (t >= strokes[i])
            x += 0.5 * exp(-(t - strokes[i]) * 12) *
                 sin(2 * 3.14159265 * 300 * (i + 1) * (t - strokes[i]) +
                     0.2 * channel);
    return (float)x;
}

static void test_slice(void)
{
    double start[8], end[8];
    int count = 0;
    write_wav("strokes.wav", RATE, 2, 3 * RATE, strokes_at, NULL);
    RUN(0, "slice strokes.wav --cut cut --fade 0");
    SAID("4 slices");
    FILE *labels = fopen("strokes.slices.txt", "r");
    while (labels && count < 8 &&
           fscanf(labels, "%lf %lf %*s", &start[count], &end[count]) == 2)
        count++;
    if (labels)
        fclose(labels);
    EQ(count, 4);
    for (int i = 0; i < count && i < 4; i++)
        NEAR(start[i], strokes[i], 0.01);
    for (int i = 1; i < count; i++)
        NEAR(start[i], end[i - 1], 1e-9);
    OK(there("cut/strokes_001.wav"));
    OK(there("cut/strokes_004.wav"));
    OK(!there("cut/strokes_005.wav"));
    OK(there("strokes.slices.png"));
    RUN(0, "info cut/strokes_002.wav");
    SAID("16 kHz, 2 channels, 0.7");
    SAID("from=strokes.wav");
}

static void test_refusals(void)
{
    RUN(2, "slice strokes.wav");
    SAID("strokes.slices.txt' is there already");
    SAID("--force");
    RUN(0, "slice strokes.wav --force --no-picture --json");
    SAID("\"event\":\"slices\"");
    RUN(0, "slice strokes.wav -o elsewhere --sensitivity 0");
    OK(there("elsewhere/strokes.slices.txt"));
    RUN(2, "slice");
    RUN(2, "slice strokes.wav --sensitivity 2 --force");
    RUN(2, "slice strokes.wav --shortest 20 --force");
    SAID("with its unit");
    RUN(1, "slice nothing.wav");
    mkdir("two", 0777);
    write_sine("two/a.wav", RATE, 1, 100, 20);
    write_sine("two/a.aiff", RATE, 1, 100, 20);
    RUN(2, "slice two");
    SAID("namesake");
    RUN(0, "slice --help");
    SAID("--sensitivity S");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    test_slice();
    test_refusals();
    return tap_done();
}
