/* Networks that say frames of spectra, as files that find phases as the stream
   does, go on from a prompt's own sound, and draw what it draws. */
#include "check_export.h"
#include "models/framernn.h"
#include "models/frametransformer.h"
#include "models/freqnet.h"
#include "models/seq2seq.h"

typedef struct frames_case {
    const char *name;
    const tb_instrument *instrument;
    const char *const *changes;
    int unit; /* samples */
    bool draws;
    int latency; /* samples: of what comes after a frame, and of the frame */
} frames_case;

#define SMALL "sample_rate=2000", "fft_size=32", "hop=8"

static const char *const stack[] = {
    SMALL,          "blocks=2", "dims_dilated=4", "choices=2", "components=6",
    "left_out=yes", NULL};
static const char *const chunks[] = {SMALL, "hidden=4", "chunk=2", "head=plain",
                                     NULL};
static const char *const codes[] = {SMALL,          "hidden=6", "components=4",
                                    "head=codes",   "codes=2",  "code_levels=5",
                                    "left_out=yes", NULL};
static const char *const looks[] = {
    SMALL,     "channels=2",  "components=6", "choices=2", "dim=4", "layers=1",
    "heads=2", "look_back=4", "scale=mel",    "bands=10",  NULL};

static const frames_case cases[] = {
    {"freqnet", &tb_freqnet_instrument, stack, 8, true, 55},
    {"seq2seq", &tb_seq2seq_instrument, chunks, 16, false, 55},
    {"framernn", &tb_framernn_instrument, codes, 8, true, 55},
    {"frametransformer", &tb_frametransformer_instrument, looks, 8, true, 55}};

/* What it says by itself moves, and differs from row to row where it draws. */
static void check_sounds(const frames_case *how, const tb_exported_method *as)
{
    enum { ROWS = 2, MOST = 64, BLOCKS = 12 };
    tb_error error = {0};
    int ins = (int)as->numbers[0], outs = (int)as->numbers[2];
    tb_script_model *ts = tb_script_model_open(exported, NULL, &error);
    const tb_script_method *m =
        ts ? tb_script_model_method(ts, "improvise", &error) : NULL;
    tb_script_stream *s =
        m ? tb_script_stream_new(ts, m, ROWS, how->unit, &error) : NULL;
    float x[3 * ROWS][MOST] = {{0}}, y[2 * ROWS][MOST] = {{0}};
    const float *in[3 * ROWS];
    float *out[2 * ROWS];
    double apart = 0, level = 0;
    for (int i = 0; i < ins * ROWS; i++)
        in[i] = x[i];
    for (int i = 0; i < outs * ROWS; i++)
        out[i] = y[i];
    for (int b = 0; OK_NAMED(s != NULL, how->name) && b < BLOCKS; b++) {
        OK(tb_script_stream_play(s, in, out, &error) == TB_OK);
        for (int i = 0; i < how->unit; i++) {
            level += fabs(y[0][i]);
            apart += fabs(y[0][i] - y[outs][i]);
        }
    }
    OK(level > 1e-3 && (apart > 0.1 * level) == how->draws);
    tb_script_stream_free(s);
    tb_script_model_close(ts);
}

static void check_frames(const frames_case *how)
{
    tb_checkpoint c;
    tb_export_report r;
    bool made = make_loop(how->instrument, how->changes, &c);
    if (made)
        fill_measures(&c);
    if (made && export_to(exported, how->name, &c, &r)) {
        EQ(r.method_count, 1);
        OK(strcmp(r.methods[0].name, "improvise") == 0);
        EQ(r.methods[0].numbers[0], r.methods[0].numbers[2] + 1);
        EQ(r.methods[0].latency, how->latency + how->unit);
        OK_NAMED(r.methods[0].difference < 1e-5, how->name);
        check_sounds(how, &r.methods[0]);
    }
    tb_checkpoint_clear(&c);
    unlink(exported);
}

int main(int argc, char **argv)
{
    name_file();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc < 2 || strcmp(argv[1], cases[i].name) == 0)
            check_frames(&cases[i]);
    return tap_done();
}
