/* Files for hosts of another sample rate. */
#include "check_export.h"
#include "export/nn_rate.h"
#include "models/framernn.h"
#include "models/samplernn.h"
#include "models/wavenet.h"

/* ---- a network that gives back what it hears ---- */

enum { QUANTUM = 256, SECONDS_MILLI = 400 };

static const double pi = 3.14159265358979323846;

static tb_nn_method through(void)
{
    const tb_port sound = {
        .kind = TB_PORT_SOUND, .channels = 1, .per = 1, .frames = 1};
    return (tb_nn_method){.name = "forward",
                          .method = {.input = {sound},
                                     .output = {sound},
                                     .base = 1,
                                     .base_per = 1},
                          .stream = {.quantum = QUANTUM},
                          .numbers = {1, 1, 1, 1}};
}

static bool write_through(const tb_nn_method *m, const tb_nn_rate *rate)
{
    tb_error error = {0};
    tb_nn_model nn = {.module = tb_made_module_new()};
    tb_file *file = tb_file_begin(exported, &error);
    const int64_t block[] = {1, QUANTUM, 1, QUANTUM};
    nn.root = tb_made_object_new(nn.module, "Model");
    tb_source_line(tb_made_source(nn.root),
                   "def get_methods(self: %s) -> List[str]:\n"
                   "  return [\"forward\", \"block\"]\n"
                   "def block(self: %s, x: Tensor) -> Tensor:\n"
                   "  return x\n"
                   "def forward_inside(self: %s, x: Tensor) -> Tensor:\n"
                   "  return x",
                   tb_made_class_name(nn.root), tb_made_class_name(nn.root),
                   tb_made_class_name(nn.root));
    tb_made_slot_ints(nn.root, "forward_params", 4, m->numbers);
    tb_made_slot_ints(nn.root, "block_params", 4, block);
    tb_nn_write_rate(&nn, m, rate);
    bool good = file && tb_made_module_save(nn.module, nn.root, "through", file,
                                            &error) == TB_OK;
    good = good && fflush(tb_file_stream(file)) == 0 &&
           tb_file_commit(file, &error) == TB_OK;
    tb_made_module_free(nn.module);
    return OK_NAMED(good, error.text);
}

/* What the file makes of x [n], in blocks of `size`. */
static bool play(const float *x, float *y, int64_t n, int64_t size)
{
    tb_error error = {0};
    tb_script_model *ts = tb_script_model_open(exported, NULL, &error);
    const tb_script_method *m =
        ts ? tb_script_model_method(ts, "forward", &error) : NULL;
    tb_script_stream *s =
        m ? tb_script_stream_new(ts, m, 1, size, &error) : NULL;
    bool good = s != NULL;
    for (int64_t at = 0; good && at + size <= n; at += size) {
        const float *in = x + at;
        float *out = y + at;
        good = tb_script_stream_play(s, &in, &out, &error) == TB_OK;
    }
    if (!good)
        fprintf(stderr, "# %s\n", error.text);
    tb_script_stream_free(s);
    tb_script_model_close(ts);
    return OK(good);
}

/* A sine comes out as it went in, neither louder nor softer, and as late as the
   file says, to the sample. */
static void check_sine(const char *name, const float *x, const float *y,
                       int64_t n, int64_t late)
{
    double most = 0, in = 0, out = 0;
    char said[160];
    for (int64_t i = late + n / 2; i < n; i++) {
        most = fmax(most, fabs((double)y[i] - (double)x[i - late]));
        in += (double)x[i - late] * (double)x[i - late];
        out += (double)y[i] * (double)y[i];
    }
    snprintf(said, sizeof said, "%s: %.4f dB, %lld samples late, off by %.1e",
             name, 10 * log10(out / in), (long long)late, most);
    OK_NAMED(fabs(10 * log10(out / in)) < 0.02 && most < 3e-3, said);
    for (int64_t i = 0; i + 64 < late; i++)
        if (fabsf(y[i]) > 0.5f)
            OK_NAMED(false, "it is not heard before its time");
}

static void check_level(int64_t model, int64_t host, double frequency)
{
    char name[64];
    tb_error error = {0};
    tb_nn_rate rate;
    tb_nn_method m = through();
    int64_t n = host * SECONDS_MILLI / 1000 / QUANTUM * QUANTUM;
    float *x = calloc((size_t)n, sizeof *x), *y = calloc((size_t)n, sizeof *y);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)sin(2 * pi * frequency * (double)i / (double)host + 0.3);
    snprintf(name, sizeof name, "%g Hz from %lld to %lld Hz", frequency,
             (long long)host, (long long)model);
    if (OK(tb_nn_rate_init(&rate, &m, model, host, &error) == TB_OK) &&
        write_through(&m, &rate) && play(x, y, n, QUANTUM))
        check_sine(name, x, y, n, m.latency);
    if (play(x, y, n / 2 / (3 * QUANTUM) * (3 * QUANTUM), 3 * QUANTUM))
        check_sine(name, x, y, n / 2 / (3 * QUANTUM) * (3 * QUANTUM),
                   m.latency);
    tb_nn_rate_clear(&rate);
    unlink(exported);
    free(x);
    free(y);
}

/* ---- networks ---- */

static void check_network(const char *presets, int channels, int rate,
                          double most)
{
    tb_checkpoint c;
    tb_export_report r;
    char name[128];
    tb_error error = {0};
    const tb_export_settings how = {.nn.sample_rate = rate, .replace = true};
    if (!make_rave(presets, channels, NULL, &c))
        return;
    if (!OK(tb_export_model(&c, exported, &how, &r, &error) == TB_OK))
        fprintf(stderr, "# %s\n", error.text);
    EQ((int)r.sample_rate, rate);
    for (int i = 0; i < r.method_count; i++) {
        snprintf(name, sizeof name, "%s at %d Hz: %s is %.1e away", presets,
                 rate, r.methods[i].name, r.methods[i].difference);
        OK_NAMED(r.methods[i].difference < most, name);
    }
    tb_checkpoint_clear(&c);
    unlink(exported);
}

/* What goes on by itself hears a prompt at the host's rate, and says what the
   stream says between the two filters. */
static void check_loop(const tb_instrument *instrument,
                       const char *const *changes, int rate, int cycle)
{
    tb_checkpoint c;
    tb_export_report r = {0};
    char name[128];
    if (!make_loop(instrument, changes, &c))
        return;
    fill_measures(&c);
    if (export_at(rate, exported, instrument->name, &c, &r)) {
        snprintf(name, sizeof name, "%s at %d Hz is %.1e away, %lld late",
                 instrument->name, rate, r.methods[0].difference,
                 (long long)r.methods[0].latency);
        OK_NAMED(r.methods[0].difference < 2e-5 && r.methods[0].latency > cycle,
                 name);
    }
    tb_checkpoint_clear(&c);
    unlink(exported);
}

static void check_loops(void)
{
    static const char *const tiers[] = {
        "frame_sizes=4,2,4", "hidden=8",         "head_size=8", "output=levels",
        "levels=16",         "sample_rate=2000", NULL};
    static const char *const stack[] = {"blocks=3", "dims_dilated=8",
                                        "levels=16", "sample_rate=2000", NULL};
    static const char *const frames[] = {
        "fft_size=32", "hop=8",         "sample_rate=2000",
        "hidden=6",    "components=4",  "head=codes",
        "codes=2",     "code_levels=5", NULL};
    check_loop(&tb_samplernn_instrument, tiers, 3000, 4);
    check_loop(&tb_samplernn_instrument, tiers, 1500, 4);
    check_loop(&tb_wavenet_instrument, stack, 3000, 1);
    check_loop(&tb_framernn_instrument, frames, 3000, 8);
}

static void check_refusals(void)
{
    tb_checkpoint c;
    tb_export_report r;
    tb_error error = {0};
    const tb_export_settings how = {.nn.sample_rate = 47999, .replace = true};
    if (make_rave("raspberry", 1, NULL, &c))
        OK(tb_export_model(&c, exported, &how, &r, &error) == TB_ERR_ARGUMENT);
    tb_checkpoint_clear(&c);
    OK(access(exported, F_OK) != 0);
}

int main(void)
{
    name_file();
    check_level(44100, 48000, 1000);
    check_level(44100, 48000, 15000);
    check_level(48000, 44100, 440);
    check_level(44100, 88200, 5000);
    check_level(44100, 22050, 5000);
    check_level(16000, 44100, 3000);
    check_network("raspberry", 1, 48000, 2e-5);
    check_network("v2_small,causal", 2, 96000, 2e-5);
    check_network("v3", 1, 48000, 2e-4);
    check_network("v3", 1, 96000, 2e-4);
    check_network("discrete,causal", 1, 22050, 2e-5);
    check_loops();
    check_refusals();
    return tap_done();
}
