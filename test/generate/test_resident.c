/* What is in memory for 64 voices of one model: its weights as the kernels want
   them, once, a tenth of that, and the frames and states of the voices. Those
   grow with the voices and blocks whatever the weights are, so they count by
   the library's own account. Each measurement is a process of its own: what is
   freed stays with a process. */
#include "engine/prepared.h"
#include "generate/voices.h"
#include "voice.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { MANY = 64, FRAMES = 8 };

/* In one, and as six threads share them: groups of two sizes, two plans. */
static const int one_voice[] = {1, 0}, at_once[] = {MANY, 0};
static const int apart[] = {11, 11, 11, 11, 10, 10, 0};

/* So large that its weights are nearly all that counts, and so small that it
   brings in the code and the tables of one. */
static const char large[] = "frame_sizes=8,4,8 hidden=1024 levels=32 "
                            "head_size=1024 cell=lstm weight_norm=yes";
static const char small[] = "frame_sizes=8,4,8 hidden=16 levels=32 "
                            "head_size=16 cell=lstm weight_norm=yes";

/* Bytes; all 0 where nobody knows. */
typedef struct held {
    double resident; /* since before the model was opened */
    double streams;  /* of which the account of the streams */
    double prepared; /* weights in a form that the kernels want; 0: they want
                        none */
    double weights;  /* in the form in which the kernels read them */
} held;

/* The exact figure: statm lags behind by some pages for each core. */
static double resident(void)
{
    char line[200];
    double kilobytes = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Rss: %lf kB", &kilobytes) == 1)
            break;
    if (file)
        fclose(file);
    return 1024 * kilobytes;
}

static void play(tb_model *m, const int *rows, held *h)
{
    static float made[MANY][FRAMES];
    float *to[MANY];
    for (int i = 0; i < MANY; i++)
        to[i] = made[i];
    for (; *rows; rows++) {
        tb_voices_settings s = tb_voices_defaults();
        s.voices = *rows;
        s.block = FRAMES;
        tb_voices *v = voices_of(m, s);
        tb_voices_run(v, to, FRAMES);
        h->streams += (double)tb_stream_bytes(v->stream) +
                      (double)tb_stream_bytes(v->encoder);
    }
}

static held measure(const char *path, const char *other, const int *rows)
{
    held h = {0};
    play(tb_model_open(other, NULL), one_voice, &h);
    h = (held){.resident = -resident()};
    tb_model *m = tb_model_open(path, NULL);
    play(m, rows, &h);
    h.resident += resident();
    h.weights = h.prepared = (double)tb_prepared_bytes(tb_model_prepared(m));
    if (h.prepared == 0)
        h.weights = (double)tb_params_total(tb_model_checkpoint(m)->params) *
                    sizeof(float);
    return h;
}

/* The same in a process of its own. */
static held measured(const char *path, const char *other, const int *rows)
{
    held h = {0};
    int ends[2], state = -1;
    EQ(pipe(ends), 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        freopen("/dev/null", "w", stdout);
        h = measure(path, other, rows);
        _exit(write(ends[1], &h, sizeof h) != sizeof h);
    }
    close(ends[1]);
    EQ(read(ends[0], &h, sizeof h), sizeof h);
    close(ends[0]);
    waitpid(child, &state, 0);
    EQ(state, 0);
    fprintf(stderr, "# %.1f MB, of which streams %.1f; weights %.1f\n",
            h.resident / 1e6, h.streams / 1e6, h.weights / 1e6);
    return h;
}

static void save_apart(char *path, const char *changes)
{
    int state = -1;
    close(mkstemp(path));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        freopen("/dev/null", "w", stdout);
        save_model(path, changes);
        _exit(tap_failed);
    }
    waitpid(child, &state, 0);
    EQ(state, 0);
}

enum { LARGE_PAGE = 2 << 20 };

static void check(const held *one, const held *many)
{
    double first = one->resident - one->streams;
    double all = many->resident - many->streams;
    OK_NAMED(all - first <= many->weights / 10, "more voices, no more weights");
    if (tb_backend_cpu()->storage->is_host)
        OK_NAMED(all <= 1.1 * many->weights + LARGE_PAGE,
                 "the weights, a tenth, and a page begun");
    else
        OK_NAMED(1,
                 "all # SKIP a device holds weights of its own beside these");
}

/* Weights that come folded (normed ones) belong to each plan where kernels read
   them as they are, and where they are mirrored. */
static bool shares_folded(const held *one)
{
    return tb_backend_cpu()->storage->is_host && one->prepared > 0;
}

int main(void)
{
    char path[] = "/tmp/timbrel-voice-XXXXXX";
    char other[] = "/tmp/timbrel-voice-XXXXXX";
#ifdef SANITIZED
    OK_NAMED(1, "resident # SKIP sanitizers keep what is freed");
    return tap_done();
#endif
    if (resident() == 0) {
        OK_NAMED(1, "resident # SKIP this system does not say what is");
        return tap_done();
    }
    save_apart(path, large);
    save_apart(other, small);
    held one = measured(path, other, one_voice);
    held rows = measured(path, other, at_once);
    held groups = measured(path, other, apart);
    check(&one, &rows);
    if (shares_folded(&one))
        check(&one, &groups);
    else
        OK_NAMED(1, "groups # SKIP each plan folds its own weights here");
    unlink(path);
    unlink(other);
    return tap_done();
}
