/* Exports, played by PyTorch itself: skipped where Debian's python3-torch is
   not. With the sources of nn~, by its backend, too. */
#include "check_export.h"
#include "models/framernn.h"
#include "models/freqnet.h"
#include "models/samplernn.h"
#include "models/seq2seq.h"
#include "models/transformer.h"

#include <sys/wait.h>

#define PYTHON "/usr/bin/python3"

enum { ROWS = 3 };

static bool there_is_torch(void)
{
    int status = system(PYTHON " -c 'import torch' 2>/dev/null");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void write_floats(const char *path, const float *x, int64_t n)
{
    FILE *to = fopen(path, "wb");
    OK(to && fwrite(x, sizeof *x, (size_t)n, to) == (size_t)n);
    if (to)
        fclose(to);
}

/* Numbers [rows, channels, frames], of so many frames a block. */
typedef struct heard {
    int lines, frames;
    float *x, **block;
} heard;

static heard heard_new(int channels, int frames, int blocks)
{
    heard h = {.lines = ROWS * channels, .frames = frames * blocks};
    h.x = calloc((size_t)h.lines * (size_t)h.frames, sizeof *h.x);
    h.block = calloc((size_t)h.lines, sizeof *h.block);
    return h;
}

static void heard_clear(heard *h, const char *path)
{
    write_floats(path, h->x, (int64_t)h->lines * h->frames);
    free(h->x);
    free(h->block);
}

static void go_to(heard *h, int frame)
{
    for (int i = 0; i < h->lines; i++)
        h->block[i] = h->x + i * h->frames + frame;
}

/* What our interpreter says, in blocks of one ratio, until some come behind the
   latency: "<model>.<method>.in" and "<model>.<method>.out". */
static bool play(const char *path, const tb_exported_method *as, bool draws,
                 int unit)
{
    tb_error error = {0};
    const char *spread[] = {"0.7"};
    char name[128];
    tb_script_model *ts = tb_script_model_open(path, NULL, &error);
    const tb_script_method *m =
        ts ? tb_script_model_method(ts, as->name, &error) : NULL;
    if (m && draws)
        OK(tb_script_model_set(ts, "spread", 1, spread, &error) == TB_OK);
    tb_script_stream *s =
        m ? tb_script_stream_new(ts, m, ROWS, unit, &error) : NULL;
    if (!OK_NAMED(s != NULL, as->name)) {
        fprintf(stderr, "# %s: %s\n", as->name, error.text);
        tb_script_model_close(ts);
        return false;
    }
    int n = unit / m->in_ratio, k = unit / m->out_ratio;
    int blocks = (int)(as->latency / unit) + 6;
    heard in = heard_new(m->in_channels, n, blocks);
    heard out = heard_new(m->out_channels, k, blocks);
    for (int i = 0; i < in.lines * in.frames; i++)
        in.x[i] = (float)noise(5, i);
    for (int b = 0; b < blocks; b++) {
        go_to(&in, b * n);
        go_to(&out, b * k);
        OK(tb_script_stream_play(s, (const float *const *)in.block, out.block,
                                 &error) == TB_OK);
    }
    snprintf(name, sizeof name, "%s.%s.in", path, as->name);
    heard_clear(&in, name);
    snprintf(name, sizeof name, "%s.%s.out", path, as->name);
    heard_clear(&out, name);
    tb_script_stream_free(s);
    tb_script_model_close(ts);
    return true;
}

/* `unit`: samples of the shortest block; 0: the longest ratio of a method. */
static int unit_of(const tb_export_report *r, int unit)
{
    for (int i = 0; i < r->method_count; i++)
        for (int k = 1; k < 4; k += 2)
            if (r->methods[i].numbers[k] > unit)
                unit = (int)r->methods[i].numbers[k];
    return unit;
}

/* `unit`: samples of the shortest block, which loops take through their queue
   where it holds no whole cycles. At the rate of a host (0: its own), a job for
   torch_plays.py for each method; frees the checkpoint. */
static void add(FILE *jobs, const char *name, tb_checkpoint *c, bool draws,
                int unit, int rate)
{
    static int count;
    tb_export_report r;
    snprintf(exported, sizeof exported, "model_%d.ts", count++);
    if (export_at(rate, exported, name, c, &r))
        for (int i = 0; i < r.method_count; i++) {
            const char *method = r.methods[i].name;
            int n = unit_of(&r, unit);
            if (play(exported, &r.methods[i], draws, n))
                fprintf(jobs, "%s %s %d %d %s.%s.in %s.%s.out %s\n", exported,
                        method, n, ROWS, exported, method, exported, method,
                        draws ? "spread 0.7" : "");
        }
    tb_checkpoint_clear(c);
}

static void add_rave(FILE *jobs, const char *presets, int channels, bool draws,
                     int rate)
{
    tb_checkpoint c;
    if (make_rave(presets, channels, NULL, &c))
        add(jobs, presets, &c, draws, 0, rate);
}

static void add_loops(FILE *jobs)
{
    static const char *const tiers[] = {"frame_sizes=4,2,4", "hidden=8",
                                        "head_size=8",       "output=levels",
                                        "levels=16",         NULL};
    static const char *const looks[] = {
        "levels=16", "frame_sizes=2", "dim=8",       "layers=1",
        "heads=2",   "look_back=5",   "head_size=8", NULL};
    tb_checkpoint c;
    if (make_loop(&tb_samplernn_instrument, tiers, &c))
        add(jobs, "samplernn", &c, false, 15, 0);
    if (make_loop(&tb_samplernn_instrument, tiers, &c))
        add(jobs, "samplernn", &c, false, 7, 48000);
    if (make_loop(&tb_transformer_instrument, looks, &c))
        add(jobs, "transformer", &c, false, 4, 0);
}

/* Those that say frames of spectra. */
static void add_frames(FILE *jobs)
{
    static const char *const stack[] = {
        "fft_size=32", "hop=8",        "blocks=2",     "dims_dilated=4",
        "choices=2",   "components=6", "left_out=yes", NULL};
    static const char *const codes[] = {
        "fft_size=30", "hop=8",   "hidden=6",      "components=4",
        "head=codes",  "codes=2", "code_levels=5", NULL};
    static const char *const chunks[] = {"fft_size=32", "hop=8", "hidden=4",
                                         "chunk=2", NULL};
    tb_checkpoint c;
    if (make_loop(&tb_freqnet_instrument, stack, &c)) {
        fill_measures(&c);
        add(jobs, "freqnet", &c, false, 7, 0);
    }
    if (make_loop(&tb_framernn_instrument, codes, &c)) {
        fill_measures(&c);
        add(jobs, "framernn", &c, false, 7, 0);
    }
    if (make_loop(&tb_seq2seq_instrument, chunks, &c)) {
        fill_measures(&c);
        add(jobs, "seq2seq", &c, false, 15, 0);
    }
}

/* The backend of nn~ as it is in the folder TIMBREL_NN_TILDE (its repository),
   compiled beside our player. */
static void play_with_nn(const char *player)
{
    char line[4096];
    const char *nn = getenv("TIMBREL_NN_TILDE");
    if (!nn || !nn[0]) {
        fprintf(stderr, "# not played by nn~'s backend: TIMBREL_NN_TILDE names "
                        "no folder\n");
        return;
    }
    snprintf(line, sizeof line,
             "g++ -std=c++20 -O0 -w -I'%s/src' -I/usr/include/torch/csrc/api/"
             "include '%s' '%s/src/backend/backend.cpp' "
             "'%s/src/backend/parsing_utils.cpp' -o nn_plays -ltorch "
             "-ltorch_cpu -lc10 1>&2",
             nn, player, nn, nn);
    if (!OK_NAMED(system(line) == 0, "nn~'s backend compiles"))
        return;
    OK_NAMED(system("./nn_plays jobs 1>&2") == 0,
             "nn~'s backend says what our interpreter says");
}

/* All in one PyTorch, which takes long to start. */
int main(int argc, char **argv)
{
    char folder[] = "/tmp/export-torch-XXXXXX", line[512];
    if (argc < 3 || !there_is_torch()) {
        printf("1..0 # SKIP without " PYTHON " and its torch\n");
        return 0;
    }
    if (!mkdtemp(folder) || chdir(folder))
        abort();
    FILE *jobs = fopen("jobs", "w");
    if (!jobs)
        abort();
    add_rave(jobs, "v2_small,causal,snake", 2, true, 0);
    add_rave(jobs, "discrete,causal", 1, false, 0);
    add_rave(jobs, "brave", 1, false, 48000);
    add_loops(jobs);
    add_frames(jobs);
    fclose(jobs);
    snprintf(line, sizeof line, PYTHON " %s jobs 1>&2", argv[1]);
    int status = system(line);
    OK_NAMED(WIFEXITED(status) && WEXITSTATUS(status) == 0, "PyTorch");
    play_with_nn(argv[2]);
    snprintf(line, sizeof line, "rm -r %s", folder);
    EQ(system(line), 0);
    return tap_done();
}
