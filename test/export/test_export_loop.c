/* Networks that make sound by themselves, as files that go on from what they
   hear as the stream does, symbol for symbol. */
#include "check_export.h"
#include "models/samplernn.h"
#include "models/transformer.h"
#include "models/wavenet.h"

typedef struct loop_case {
    const char *name;
    const tb_instrument *instrument;
    const char *const *changes;
    int cycle; /* samples */
} loop_case;

static const char *const tiers[] = {
    "frame_sizes=4,2,4", "hidden=8",         "head_size=8", "output=levels",
    "levels=16",         "sample_rate=2000", NULL};
static const char *const odd_tiers[] = {
    "frame_sizes=6,3,3", "hidden=8",         "head_size=8", "cell=lstm",
    "levels=64",         "sample_rate=2000", NULL};
static const char *const stack[] = {"blocks=3", "dims_dilated=8", "levels=16",
                                    "sample_rate=2000", NULL};
static const char *const looks[] = {
    "levels=16", "sample_rate=2000", "frame_sizes=2", "dim=8", "layers=1",
    "heads=2",   "look_back=5",      "head_size=8",   NULL};

static const loop_case cases[] = {
    {"samplernn", &tb_samplernn_instrument, tiers, 4},
    {"samplernn of two tiers", &tb_samplernn_instrument, odd_tiers, 6},
    {"wavenet", &tb_wavenet_instrument, stack, 1},
    {"transformer", &tb_transformer_instrument, looks, 1}};

enum { ROWS = 2, FRAMES = 216 };

/* What it says to x [ROWS * 2][FRAMES] in blocks of these lengths in turn; of
   one length all that is done is known before. */
static void say(const char *name, int count, const int *blocks, const float *x,
                float y[ROWS][FRAMES])
{
    tb_error error = {0};
    tb_script_model *ts = tb_script_model_open(exported, NULL, &error);
    const tb_script_method *m =
        ts ? tb_script_model_method(ts, "improvise", &error) : NULL;
    tb_script_stream *s[4] = {NULL};
    bool good = m && ts->ratio == m->cycle;
    for (int i = 0; i < count && good; i++)
        good = (s[i] = tb_script_stream_new(ts, m, ROWS, blocks[i], &error));
    int at = 0;
    for (int i = 0; good && at + blocks[i % count] <= FRAMES; i++) {
        const float *in[2 * ROWS];
        float *out[ROWS];
        for (int k = 0; k < 2 * ROWS; k++)
            in[k] = x + k * FRAMES + at;
        for (int k = 0; k < ROWS; k++)
            out[k] = y[k] + at;
        good = count == 1
                   ? tb_script_stream_run(s[0], in, out)
                   : !tb_script_stream_play(s[i % count], in, out, &error);
        at += blocks[i % count];
    }
    if (!OK_NAMED(good, name))
        fprintf(stderr, "# %s\n", error.text);
    for (int i = 0; i < count; i++)
        tb_script_stream_free(s[i]);
    tb_script_model_close(ts);
}

/* What it says differs from row to row and from sample to sample (nothing was
   compared with silence), and is the same in blocks of any length. */
static void check_sounds(const char *name, int cycle)
{
    static const float nothing[2 * ROWS * FRAMES];
    static float one[ROWS][FRAMES], nine[ROWS][FRAMES];
    const int nine_cycles = 9 * cycle;
    int apart = 0, moves = 0;
    say(name, 1, &cycle, nothing, one);
    say(name, 1, &nine_cycles, nothing, nine);
    for (int i = 1; i < FRAMES; i++) {
        apart += one[0][i] != one[1][i];
        moves += one[0][i] != one[0][i - 1];
    }
    OK(apart > 3 && moves > 3);
    OK_NAMED(memcmp(one, nine, sizeof one) == 0, "in blocks of any length");
}

/* Sound that it listens to for a while, `late` frames later. */
static void fill(float *x, int late)
{
    memset(x, 0, 2 * ROWS * FRAMES * sizeof *x);
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i + late < FRAMES; i++) {
            x[2 * row * FRAMES + late + i] = (float)(0.5 * noise(row, i));
            x[(2 * row + 1) * FRAMES + late + i] = i > 40 && i < 95;
        }
}

/* Blocks that hold no whole cycles go through its queue: the same numbers, and
   what it hears one cycle later. */
static void check_queue(const char *name, int cycle)
{
    static const int odd[] = {1, 7, 13, 5};
    const int longer[] = {2 * cycle + 1};
    static float x[2 * ROWS * FRAMES], want[ROWS][FRAMES], got[ROWS][FRAMES];
    fill(x, cycle);
    say(name, 1, &cycle, x, want);
    fill(x, 0);
    say(name, 4, odd, x, got);
    for (int i = 0; i < ROWS; i++)
        OK_NAMED(memcmp(want[i], got[i], 208 * sizeof **got) == 0,
                 "through its queue");
    memset(got, 0, sizeof got);
    say(name, 1, longer, x, got);
    int n = FRAMES / *longer * *longer;
    OK_NAMED(memcmp(want[1], got[1], (size_t)n * sizeof **got) == 0,
             "in longer blocks");
}

static void check_loop(const loop_case *how)
{
    tb_checkpoint c;
    tb_export_report r;
    if (make_loop(how->instrument, how->changes, &c) &&
        export_to(exported, how->name, &c, &r)) {
        EQ(r.method_count, 1);
        OK(strcmp(r.methods[0].name, "improvise") == 0);
        EQ(r.methods[0].numbers[0], 2);
        EQ(r.methods[0].latency, how->cycle > 1 ? how->cycle : 0);
        OK_NAMED(r.methods[0].difference == 0, "symbol for symbol");
        check_sounds(how->name, how->cycle);
        if (how->cycle > 1)
            check_queue(how->name, how->cycle);
    }
    tb_checkpoint_clear(&c);
    unlink(exported);
}

int main(int argc, char **argv)
{
    name_file();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc < 2 || strcmp(argv[1], cases[i].name) == 0)
            check_loop(&cases[i]);
    return tap_done();
}
