/* Pure Data plays patches with timbrel~ and nn~.

     test_pd FOLDER_OF_OBJECTS */
#include "pd_patch.h"

#ifndef HELP
#define HELP "."
#define IS_STRIPPED 0
#endif

/* ---- nn~ ---- */

/* As nn~: its arguments, its messages, its latency without a buffer. */
static void test_nn(void)
{
    static float x[FRAMES], y[FRAMES], want[FRAMES];
    stage s = stage_of("nn~ told.ts forward 0", 1);
    send(&s, 100, "bang");
    send(&s, 110, "latency");
    send(&s, 120, "gpu 1");
    send(&s, 130, "download");
    send(&s, 140, "print_available_models");
    run(&s);
    expect("told: loaded 1\n");
    expect("told: enabled 1\n");
    expect("told: model told.ts\n");
    expect("told: methods forward\n");
    expect("told: method forward\n");
    expect("told: bufsize 0\n");
    expect("told: dim 1 1\n");
    expect("told: ratio 1 1\n");
    expect("'gpu' is ignored");
    expect("'download' is not done here");
    expect("'print_available_models' is not done here");
    int64_t n = read_sound(x, y) / 256 * 256;
    OK(n > 15000);
    char path[128];
    snprintf(path, sizeof path, "%s/told.ts", folder);
    int64_t lags = play_offline(path, "forward", n, x, want);
    const char *told = strstr(said, "told: latency ");
    EQ(told ? atoll(told + 14) : -1, lags + 256 - 64);
    /* Blocks of 256 samples suit it: they are full after four of Pd's. */
    double off = 0;
    for (int64_t i = 256; i < n; i++)
        off = fmax(off, fabs((double)y[i] - (double)want[i - (256 - 64)]));
    OK_NAMED(off < 1e-6 && loudest(y, 0, n) > 0.01,
             "what Pd hears is what is made offline");
}

/* An attribute, read and set; the file read anew while it plays. */
static void test_attributes(void)
{
    static float x[FRAMES], y[FRAMES];
    stage s = stage_of("nn~ generator.ts forward 0", 1);
    send(&s, 50, "get bias");
    send(&s, 100, "set bias 0.5");
    send(&s, 150, "get bias");
    for (int i = 0; i < 8; i++)
        send(&s, 200 + 10 * i, "reload");
    send(&s, 300, "set nonsense 1");
    send(&s, 350, "bufsize 1024");
    send(&s, 400, "bang");
    run(&s);
    expect("told: get bias 0\n");
    expect("told: get bias 0.5\n");
    expect("told: attributes bias\n");
    expect("told: bufsize 1024\n");
    OK(read_sound(x, y) > 15000);
    OK(loudest(y, 14000, 15000) < 10);
}

/* Arrays as sounds that attributes are set to. Another buffer is made when that
   is done. */
static void test_arrays(void)
{
    static float x[FRAMES], y[FRAMES];
    stage s = stage_of("nn~ sounds.ts forward 0", 1);
    add(&s.p, "obj 500 10 table bell 32");
    send(&s, 20, "\\; bell const 0.5");
    send(&s, 50, "set table bell 2");
    send(&s, 60, "set wave bell");
    send(&s, 70, "bufsize 4096");
    send(&s, 80, "bufsize 0");
    send(&s, 45, "get wave");
    send(&s, 90, "bang");
    send(&s, 95, "get table");
    send(&s, 96, "get wave");
    run(&s);
    OK(strstr(said, "told: attributes ") && strstr(said, " table") &&
       strstr(said, " wave"));
    expect("told: get table bell 2\n");
    expect("told: get wave bell\n");
    OK(read_sound(x, y) > 16384);
    double mean = 0, loud = 0;
    for (int64_t i = 8192; i < 16384; i++) {
        mean += (double)y[i] / 8192;
        loud += (double)(y[i] * y[i] - x[i] * x[i]) / 8192;
    }
    OK_NAMED(fabs(mean - 0.5) < 0.02, "the tensor's first number");
    if (!OK_NAMED(fabs(loud - 0.25) < 0.05, "the loudness of the buffer"))
        fprintf(stderr, "# %g\n", loud);
}

/* Halves of a model, latents between them: one signal for each. */
static void test_latents(void)
{
    stage s = stage_of("nn~ generator.ts decode 0", 1);
    send(&s, 50, "bang");
    send(&s, 100, "store a");
    send(&s, 150, "recall a");
    send(&s, 200, "morph a a 0.5");
    send(&s, 220, "recall b");
    send(&s, 230, "release");
    run(&s);
    expect("told: dim 4 1\n");
    expect("told: ratio 16 1\n");
    expect("told: latents ");
    expect("nothing was stored as 'b'");
}

/* Off: silence. On again: it sounds as before. */
static void test_enable(void)
{
    static float x[FRAMES], y[FRAMES];
    stage s = stage_of("nn~ told.ts forward 0", 1);
    send(&s, 100, "enable 0");
    send(&s, 150, "bang");
    send(&s, 250, "enable 1");
    send(&s, 260, "remove told");
    run(&s);
    expect("told: enabled 0\n");
    expect("'remove' is not done here");
    OK(read_sound(x, y) > 20000);
    OK(loudest(y, 2000, 4500) > 0.01);
    OK_NAMED(loudest(y, 8000, 11500) == 0, "nothing is heard while it is off");
    OK(loudest(y, 16000, 20000) > 0.01);
}

/* Files that are none: Pd goes on, and says what is wrong. */
static void test_wrong(void)
{
    static float x[FRAMES], y[FRAMES];
    char path[128];
    stage s = stage_of("nn~ there-is-none.ts", 1);
    send(&s, 100, "bang");
    send(&s, 150, "load told.ts");
    run(&s);
    expect("told: loaded 0\n");
    expect("there-is-none.ts");
    OK(read_sound(x, y) > 15000);
    OK(loudest(y, 0, 100 * 48) == 0);
    snprintf(path, sizeof path, "%s/rubbish.ts", folder);
    FILE *f = fopen(path, "w");
    fputs("this is no model", f);
    fclose(f);
    s = stage_of("nn~ rubbish.ts forward 2048", 1);
    send(&s, 100, "bang");
    run(&s);
    expect("told: loaded 0\n");
    expect("rubbish.ts");
    s = stage_of("nn~ told.ts dance 0", 1);
    send(&s, 100, "bang");
    run(&s);
    expect("Plays forward instead");
    expect("told: method forward\n");
    s = stage_of("nn~ -m -gpu -d told.ts forward 0", 1);
    send(&s, 100, "bang");
    run(&s);
    expect("told: enabled 0\n");
    OK(read_sound(x, y) > 15000 && loudest(y, 0, 15000) == 0);
}

/* ---- timbrel~ ---- */

/* A network of one's own: it plays by itself, goes on from an array, takes a
   temperature and another checkpoint. */
static void test_own(void)
{
    static float x[FRAMES], y[FRAMES];
    char path[128];
    snprintf(path, sizeof path, "%s/own.safetensors", folder);
    save_samplernn(path, 16000, 3);
    snprintf(path, sizeof path, "%s/other.safetensors", folder);
    save_samplernn(path, 16000, 2);
    stage s = stage_of("timbrel~ own.safetensors generate", 1);
    add(&s.p, "obj 500 10 table sound 4000");
    send(&s, 50, "bang");
    send(&s, 100, "prompt sound");
    send(&s, 110, "prompt nothing");
    send(&s, 150, "set temperature 0.5");
    send(&s, 160, "get temperature");
    send(&s, 200, "load other.safetensors");
    send(&s, 450, "dump");
    run(&s);
    expect("told: methods generate forward encode decode\n");
    expect("told: method generate\n");
    expect("told: get temperature 0.5\n");
    expect("there is no array 'nothing'");
    OK(read_sound(x, y) > 15000);
    OK(loudest(y, 0, 2000) > 0.01);
}

/* Where silence of 64 samples begins or ends: the largest number beside it; -1:
   there is none after the first sound. */
static double loudest_edge(const float *y, int64_t n)
{
    double edge = -1;
    int64_t silent = 0, first = 0;
    while (first < n && y[first] == 0)
        first++;
    for (int64_t i = first; i < n; i++) {
        silent = y[i] == 0 ? silent + 1 : 0;
        if (silent == 64)
            edge = fmax(edge, fabs((double)y[i - 64]));
        if (silent >= 64 && i + 1 < n && y[i + 1] != 0)
            edge = fmax(edge, fabs((double)y[i + 1]));
    }
    return edge;
}

/* Pd waits for nothing here, and a network on a thread takes longer than all
   else: what comes too late is counted, and goes softly to silence and back. */
static void test_late(void)
{
    static float x[FRAMES], y[FRAMES];
    stage s = stage_of("timbrel~ own.safetensors generate 1024", 1);
    send(&s, 450, "latency");
    run(&s);
    const char *told = strstr(said, "told: late ");
    OK_NAMED(told && atoll(told + 11) > 0, "late passes are counted");
    int64_t n = read_sound(x, y);
    OK(n > 20000);
    double edge = loudest_edge(y, n), loud = loudest(y, 0, n);
    OK_NAMED(loud > 0.01 && edge >= 0 && edge < 0.05 * loud, "softly");
}

/* ---- help ---- */

/* The patches that explain the objects open, and have their model. */
static void test_help(void)
{
    static const char *const names[] = {"timbrel~", "nn~"};
    char line[1024];
    for (size_t i = 0; i < 2; i++) {
        snprintf(line, sizeof line,
                 "timeout 60 env LD_PRELOAD='" PRELOADED
                 "' ASAN_OPTIONS=detect_leaks=0 %s -nogui -batch -noaudio "
                 "-nomidi -r 48000 "
                 "-noprefs -stderr -path '%s' -open '%s/%s-help.pd' -send "
                 "'pd dsp 1; pd quit' 2>&1",
                 pd_program(), objects, HELP, names[i]);
        FILE *pipe = popen(line, "r");
        size_t n = pipe ? fread(said, 1, sizeof said - 1, pipe) : 0;
        said[n] = 0;
        EQ(pipe ? pclose(pipe) : -1, 0);
        SAME_TEXT(said, "");
    }
}

/* ---- the file ---- */

/* Beside the C library and zlib it needs nothing, and it is small. */
static void test_file(void)
{
    static const char *const may[] = {"libc.so", "libm.so", "libz.so",
                                      "ld-linux"};
    if (PRELOADED[0])
        return;
    struct stat facts = {0};
    char line[1024];
    bool good = true;
    int count = 0;
    snprintf(line, sizeof line,
             "readelf -d '%s/timbrel~.pd_linux' | grep NEEDED", objects);
    FILE *pipe = popen(line, "r");
    while (pipe && fgets(line, sizeof line, pipe)) {
        bool known = false;
        for (size_t i = 0; i < sizeof may / sizeof *may; i++)
            known = known || strstr(line, may[i]);
        if (!known)
            fprintf(stderr, "# it needs %s", line);
        good = good && known;
        count++;
    }
    OK_NAMED(pipe && pclose(pipe) == 0 && good && count > 2,
             "needs the C library and zlib alone");
    snprintf(line, sizeof line, "%s/timbrel~.pd_linux", objects);
    OK(stat(line, &facts) == 0);
    if (IS_STRIPPED && !OK_NAMED(facts.st_size < 3000000, "below 3 MB"))
        fprintf(stderr, "# %lld bytes\n", (long long)facts.st_size);
}

int main(int argc, char **argv)
{
    if (!enter_pd(argc, argv))
        return 0;
    copy("told.ts");
    copy("generator.ts");
    copy("sounds.ts");
    test_nn();
    test_attributes();
    test_arrays();
    test_latents();
    test_enable();
    test_wrong();
    test_own();
    test_late();
    test_help();
    test_file();
    return leave_pd();
}
