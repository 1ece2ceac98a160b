/* What is judged while it learns, and told afterwards of each checkpoint. */
#include "program.h"

#define LITTLE                                                                 \
    "--set sample_rate=4000 --set frame_sizes=8,4 --hidden 4 --set "           \
    "head_size=4 --batch 2 --set window=64 --threads 1 --examples 2 "          \
    "--examples-every 1 --set example_seconds=3 --set temperatures=1 "

/* Notes of half a second, for half a minute. */
static float notes_at(void *context, int frame, int channel)
{
    const int *seed = context;
    int note = frame / 2000;
    double hz = 150 + 40 * ((note * 7 + *seed * 3) % 11);
    double since = frame % 2000 / 4000.0;
    (void)channel;
    return (float)(0.4 * exp(-4 * since) * sin(6.28318530718 * hz * since));
}

static void make_tunes(void)
{
    char path[32];
    mkdir("tunes", 0777);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "tunes/%d.wav", i);
        write_wav(path, 4000, 1, 4000 * 20, notes_at, &i);
    }
}

static int page_has(const char *text)
{
    size_t size;
    char *page = bytes_of("run/index.html", &size);
    int there = page && strstr(page, text) != NULL;
    free(page);
    return there;
}

static void test_training(void)
{
    RUN(0, "train samplernn tunes --run run --seed 1 --epochs 2 " LITTLE);
    SAID("epoch 1, all examples: ");
    SAID("epoch 2, all examples: ");
    SAID("than a predictor of order 32");
    SAID("nearest neighbour, from the same prompts: ");
    OK(page_has("nearest neighbour<small>"));
    OK(there("run/examples/prompt1_T1/epoch-0000.wav"));
    OK(!there("run/examples/nearest.safetensors"));
    OK(there("run/examples/stages.json"));
    OK(page_has("epoch 2<small>"));
    RUN(0, "train --resume run --epochs 3 --json | grep judged");
    SAID("\"event\":\"judged\",\"epoch\":3,\"sounds\":2");
    OK(system("head -n 1 run/log.csv | grep -q "
              "judged_epoch,score,quoted,variety") == 0);
}

/* However long after it that was, and in which session. */
static void each_told_once(void)
{
    char line[128];
    for (int epoch = 1; epoch <= 3; epoch++) {
        snprintf(line, sizeof line,
                 "test \"$(cut -d, -f8-10 run/log.csv | "
                 "grep -c '^%d,[0-9.-]*,')\" = 1",
                 epoch);
        OK_NAMED(system(line) == 0, line);
    }
}

/* Lines beyond what is resumed are gone after a kill, but not what they told of
   judgements. */
static void test_told(void)
{
    each_told_once();
    OK(system("head -n 2 run/log.csv > log && mv log run/log.csv") == 0);
    RUN(0, "train --resume run --epochs 3");
    each_told_once();
}

static void test_comparison(void)
{
    RUN(0, "info run");
    SAID("  nearest ");
    SAID("    epoch      bits  learned   score  quoted  variety  examples");
    SAID("Examples of ");
    RUN(0, "info run --json");
    SAID("{\"event\":\"checkpoint\",\"epoch\":3,\"metric\":\"bits\"");
    SAID("\"judged\":true");
    SAID("\"event\":\"middle\",\"first\":null");
}

/* What was not judged is said, and done when the run goes on. */
static void test_missing(void)
{
    unlink("run/examples/stages.json");
    RUN(0, "info run");
    SAID("The examples of 3 epochs are not judged yet: ");
    RUN(0, "train --resume run --epochs 3");
    SAID("epoch 1, all examples: ");
    RUN(0, "info run");
    OK(!strstr(said, "not judged yet"));
    unlink("run/examples/list.json");
    RUN(0, "info run");
    SAID("3 checkpoints have no examples. To hear and judge one: ");
    SAID("generate run --epoch 3 --voices 4");
}

/* A run stands for what it learns from. */
static void test_judge_by_run(void)
{
    RUN(0, "judge run tunes/0.wav");
    SAID("Copy: ");
    SAID("of 0.wav from 0.0 s on");
    RUN(0, "train samplernn tunes --run other --seed 1 --epochs 1 --held-out "
           "tunes/0.wav " LITTLE);
    RUN(0, "judge other tunes/0.wav --json");
    OK_NAMED(!strstr(said, "\"quoted_path\":\"tunes/0.wav\"") &&
                 !strstr(said, "/0.wav\",\"quoted_from\""),
             "what is held out is no recording to quote");
}

/* ---- several networks, of which the best is named ---- */

/* Few frames of spectra, in windows that are long beside what lies before them:
   the networks themselves are as large as they are by default. */
#define FRAMES                                                                 \
    "--set sample_rate=4000 --set fft_size=512 --set hop=256 "                 \
    "--set components=4 --batch 1 --set window=65536 --set piece=17 "          \
    "--examples 2 --set example_seconds=3 --set temperatures=1 "

static void test_try(void)
{
    RUN(0, "train tunes --try --run tried --seed 3 --epochs 1 " FRAMES);
    SAID("framernn, frametransformer and freqnet are tried.");
    SAID("frametransformer (2 of 3). It plays");
    SAID("  frametransformer score ");
    SAID("Best of them by its score is ");
    SAID("train --resume tried/network=");
    SAID("All of them: tried/index.html");
    size_t size;
    char *page = bytes_of("tried/index.html", &size);
    OK(page && strstr(page, "href=\"network%3Dfreqnet/index.html\""));
    OK(page && strstr(page, "; score "));
    free(page);
    OK(system("cat tried/*/run.ini | grep -c '^seed = 3$' | grep -qx 3") == 0);
    RUN(1, "train tunes --try --run tried --epochs 1 " FRAMES);
    SAID("not overwritten");
}

/* Those before it are compared. */
static void test_try_stopped(void)
{
    const char *words[] = {program,
                           "train",
                           "tunes",
                           "--try",
                           "--run",
                           "half",
                           "--json",
                           "--minutes",
                           "9",
                           "--set",
                           "sample_rate=4000",
                           "--set",
                           "fft_size=256",
                           "--set",
                           "hop=128",
                           "--set",
                           "components=4",
                           "--set",
                           "batch=1",
                           "--set",
                           "window=2048",
                           "--examples",
                           "0",
                           NULL};
    beside b = start(words);
    OK(await(&b, "\"step\"", 3));
    kill(b.pid, SIGINT);
    OK(await(&b, "\"event\":\"tried\",\"network\":\"framernn\"", 1));
    OK(await(&b, "\"scored\":false,\"page\":\"half/index.html\"", 1));
    EQ(end(&b, 0), 130);
    OK(there("half/network=framernn/resume.safetensors"));
    OK(!there("half/network=freqnet"));
    OK(system("grep -q '^minutes = 3$' half/network=framernn/run.ini") == 0);
}

static void test_try_told(void)
{
    RUN(0, "train tunes --try --dry-run --run told --epochs 1 " FRAMES);
    SAID("framernn (1 of 3)");
    SAID("freqnet (3 of 3)");
    SAID("An epoch takes about");
    RUN(2, "train framernn tunes --try --run told");
    SAID("leave out framernn");
    RUN(2, "train --try --run told");
    SAID("Name the sounds");
    RUN(1, "train nothing --try --run told");
    RUN(2, "train --resume run --try");
    SAID("does not go with --resume");
    RUN(2, "train tunes --try --sweep hop=64,128 --run told");
    SAID("does not go with --sweep");
    RUN(2, "train tunes --try --minutes 0.3 --run told");
    SAID("0.3 minutes are too few");
    RUN(2, "train tunes --try --epochs 0 --run told");
    SAID("must know when");
    RUN(2, "train tunes --try --set hiden=4 --run told");
    OK_NAMED(!there("told") && !there("runs"), "nothing was written");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_tunes();
    test_training();
    test_told();
    test_comparison();
    test_missing();
    test_judge_by_run();
    test_try();
    test_try_stopped();
    test_try_told();
    return tap_done();
}
