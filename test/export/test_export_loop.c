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
    {"samplernn", &tb_samplernn_instrument, tiers},
    {"samplernn of two tiers", &tb_samplernn_instrument, odd_tiers},
    {"wavenet", &tb_wavenet_instrument, stack},
    {"transformer", &tb_transformer_instrument, looks}};

enum { ROWS = 2, FRAMES = 216 };

/* What it says in blocks of so many of its cycles. */
static void say(const char *name, int cycles, float y[ROWS][FRAMES])
{
    tb_error error = {0};
    tb_script_model *ts = tb_script_model_open(exported, NULL, &error);
    const tb_script_method *m =
        ts ? tb_script_model_method(ts, "improvise", &error) : NULL;
    int block = m ? m->cycle * cycles : 0;
    tb_script_stream *s =
        m ? tb_script_stream_new(ts, m, ROWS, block, &error) : NULL;
    float x[FRAMES] = {0};
    const float *in[] = {x, x, x, x};
    OK_NAMED(s && ts->ratio == m->cycle, name);
    for (int at = 0; s && at + block <= FRAMES; at += block) {
        float *out[] = {y[0] + at, y[1] + at};
        if (tb_script_stream_play(s, in, out, &error))
            OK_NAMED(false, error.text);
    }
    tb_script_stream_free(s);
    tb_script_model_close(ts);
}

/* What it says differs from row to row and from sample to sample (nothing was
   compared with silence), and is the same in blocks of any length. */
static void check_sounds(const char *name)
{
    float one[ROWS][FRAMES] = {{0}}, three[ROWS][FRAMES] = {{0}};
    int apart = 0, moves = 0;
    say(name, 1, one);
    say(name, 9, three);
    for (int i = 1; i < FRAMES; i++) {
        apart += one[0][i] != one[1][i];
        moves += one[0][i] != one[0][i - 1];
    }
    OK(apart > 3 && moves > 3);
    OK_NAMED(memcmp(one, three, sizeof one) == 0, "in blocks of any length");
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
        EQ(r.methods[0].latency, 0);
        OK_NAMED(r.methods[0].difference == 0, "symbol for symbol");
        check_sounds(how->name);
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
