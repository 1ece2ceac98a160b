/* Labels as a condition: what is learned with them follows them. */
#include "program.h"

#include <stdbool.h>

/* Frames of each tone in turn. */
enum { RATE = 2000, TURN = 500, TURNS = 64 };

static float tone_at(void *context, int frame, int channel)
{
    int high = frame / TURN % 2;
    (void)context, (void)channel;
    return 0.6f *
           sinf(6.2831853f * (high ? 400.0f : 80.0f) * (float)frame / RATE);
}

static void write_labels(const char *path, const char *low, const char *high)
{
    FILE *file = fopen(path, "w");
    for (int i = 0; file && i < TURNS; i++)
        fprintf(file, "%.3f\t%.3f\t%s\n", (double)i * TURN / RATE,
                (double)(i + 1) * TURN / RATE, i % 2 ? high : low);
    if (!file || fclose(file))
        abort();
}

/* Passages through zero in a second, from `from` to `to` of all. */
static double pitch_of(const char *name, double from, double to)
{
    size_t n = 0;
    int passed = 0;
    char *bytes = bytes_of(name, &n);
    const signed char *x = (const signed char *)samples_of(bytes, n, &n);
    size_t frames = n / 3;
    size_t i = (size_t)(from * (double)frames),
           end = (size_t)(to * (double)frames);
    double seconds = (double)(end - i) / RATE;
    for (; x && i + 1 < end; i++)
        passed += (x[3 * i + 2] < 0) != (x[3 * i + 5] < 0);
    free(bytes);
    return passed / 2.0 / seconds;
}

#define LEARNS                                                                 \
    "--set sample_rate=2000 --set piece=2 --set batch=8 "                      \
    "--set learning_rate=0.01 --examples 0 --seed 5 --threads 1 "
#define QUICK "--set levels=32 --set window=128 " LEARNS

/* Low and high are heard apart, and one after the other. */
static void follows(const char *run)
{
    char low[64], high[64], both[64];
    snprintf(low, sizeof low, "%s-low.wav", run);
    snprintf(high, sizeof high, "%s-high.wav", run);
    snprintf(both, sizeof both, "%s-both.wav", run);
    RUN(0,
        "generate %s --label low --seconds 4 --seed 1 --temperature 0.7 "
        "--high-pass off -o %s",
        run, low);
    RUN(0,
        "generate %s --label high --seconds 4 --seed 1 --temperature 0.7 "
        "--high-pass off -o %s",
        run, high);
    RUN(0,
        "generate %s --label 0:low,1s:low,5s:high --seconds 8 --seed 1 "
        "--temperature 0.7 --high-pass off -o %s",
        run, both);
    fprintf(stderr, "# %s: low %.0f Hz, high %.0f Hz, then %.0f and %.0f Hz\n",
            run, pitch_of(low, 0.2, 1), pitch_of(high, 0.2, 1),
            pitch_of(both, 0, 0.1), pitch_of(both, 0.8, 1));
    OK(pitch_of(low, 0.2, 1) < 160);
    OK(pitch_of(high, 0.2, 1) > 300);
    OK(pitch_of(both, 0.8, 1) > pitch_of(both, 0, 0.1) + 100);
}

/* The slow backend takes minutes to learn as much, and is compared with the
   others elsewhere. */
static bool is_slow(void)
{
    const char *backend = getenv("TIMBREL_BACKEND");
    return backend && strcmp(backend, "naive") == 0;
}

static void test_follow(void)
{
    RUN(0, "train samplernn in --run sample --labels auto --epochs 30 "
           "--set frame_sizes=8,4,8 --set hidden=24 --set head_size=24 " QUICK);
    SAID(
        "high 8 s in 32 stretches, low 8 s in 32 stretches; 0 s have no label");
    SAID("It speaks in levels, since labels are followed less surely");
    RUN(0, "info sample/checkpoints/epoch-0030.safetensors");
    SAID("labels=high,low");
    SAID("label_high=0");
    follows("sample");
    RUN(0, "train wavenet in --run wave --labels low,high --epochs 30 "
           "--set dims_dilated=16 --set residuals_dim=16 --set skips_dim=16 "
           "--set blocks=3 " QUICK);
    follows("wave");
    RUN(0, "train transformer in --run looks --labels auto --epochs 30 "
           "--set dim=16 --set heads=2 --set layers=2 --set look_back=16 "
           "--set frame_sizes=8,8 --set head_size=24 " QUICK);
    follows("looks");
    RUN(0, "train seq2seq in --run chunks --labels auto --epochs 30 "
           "--set fft_size=128 --set hop=32 --set components=16 "
           "--set hidden=24 --set window=512 " LEARNS);
    follows("chunks");
}

/* Gone on with, the same weights; with other labels, a word about it. */
static void test_resumed(const char *name, const char *how)
{
    char a[128], b[128];
    RUN(0,
        "train samplernn in --run %s-whole --epochs 2 %s " TINY
        "--examples 0 --seed 5 --threads 1",
        name, how);
    RUN(0,
        "train samplernn in --run %s --epochs 1 %s " TINY
        "--examples 0 --seed 5 --threads 2",
        name, how);
    RUN(0, "train --resume %s --epochs 2 2>&1", name);
    OK(!strstr(said, "not those of before"));
    snprintf(a, sizeof a, "%s/checkpoints/epoch-0002.safetensors", name);
    snprintf(b, sizeof b, "%s-whole/checkpoints/epoch-0002.safetensors", name);
    OK_NAMED(same_files(a, b), "gone on with, the same weights");
    write_labels("in/a.txt", "high", "low");
    RUN(0, "train --resume %s --epochs 3 2>&1", name);
    SAID("not those of before");
    write_labels("in/a.txt", "low", "high");
}

static void test_refused(void)
{
    RUN(2, "train samplernn in --run none --labels loud " QUICK);
    SAID("'loud'");
    RUN(2, "generate sample --label loud");
    SAID("there are high, low");
    RUN(2, "generate sample --label 0:low,soon:high");
    RUN(0, "train samplernn in --run plain --epochs 1 --examples 0 " TINY);
    RUN(2, "generate plain --label low");
    SAID("--labels");
    OK(rename("in/a.txt", "a.away") == 0);
    RUN(2, "train samplernn in --run none --labels auto " QUICK);
    SAID("no label files");
    OK(rename("a.away", "in/a.txt") == 0);
    OK(!there("none"));
}

/* Networks with labels vote, and follow them together. */
static void test_vote(void)
{
    RUN(0, "generate sample@29 sample@30 --label high --seconds 1 --seed 2 "
           "-o duo.wav");
    RUN(0, "generate sample@29 sample@30 --label low --seconds 1 --seed 2 "
           "-o other.wav");
    OK(!same_sound("duo.wav", "other.wav"));
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    mkdir("in", 0777);
    write_wav("in/a.wav", RATE, 1, TURN * TURNS, tone_at, NULL);
    write_labels("in/a.txt", "low", "high");
    test_resumed("conditioned", "--labels auto --set schedule=constant");
    test_resumed("chosen", "--only low --set schedule=constant");
    if (is_slow()) {
        OK_NAMED(1, "followed # SKIP it takes minutes to learn to");
    } else {
        test_follow();
        test_refused();
        test_vote();
    }
    return tap_done();
}
