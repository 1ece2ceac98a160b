/* The network on spectra learns a sound and plays it: through trainer, model
   and voices, as a user would. */
#include "base/random.h"
#include "counted.h"
#include "models/checkpoint.h"
#include "models/model.h"
#include "settled.h"
#include "spectral.h"
#include "tap.h"
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 8000, LENGTH = 6 * RATE, VOICES = 3 };

static const spectral usual = {RATE, 1, 256, 64, 48};
static const double partials[] = {0.1137, 0.271, 0.433};

/* ---- a sound ---- */

static float chord[LENGTH];

/* Three partials that swell, with a little hiss. */
static void fill_chord(void)
{
    static const double level[] = {0.4, 0.2, 0.1};
    tb_rng rng = {7, 0};
    for (int64_t i = 0; i < LENGTH; i++) {
        double t = (double)i, x = 0;
        for (int k = 0; k < 3; k++)
            x += level[k] * cos(partials[k] * t + k);
        x *= 0.8 + 0.2 * sin(t * 0.0011);
        chord[i] = (float)(x + 0.001 * tb_rng_normal(&rng));
    }
}

/* The level of one frequency in x. */
static double level_of(const float *x, int64_t n, double w)
{
    double re = 0, im = 0;
    for (int64_t i = 0; i < n; i++) {
        double bell = 1 - cos(6.283185307179586 * (double)i / (double)n);
        re += bell * (double)x[i] * cos(w * (double)i);
        im += bell * (double)x[i] * sin(w * (double)i);
    }
    return 2 * sqrt(re * re + im * im) / (double)n;
}

/* The largest second difference from sample `from` to `to`. */
static double bend(const float *x, int64_t from, int64_t to)
{
    double most = 0;
    for (int64_t i = from; i <= to; i++)
        most = fmax(
            most, fabs((double)x[i + 1] - 2 * (double)x[i] + (double)x[i - 1]));
    return most;
}

/* ---- learning ---- */

enum { ROWS = 4, WINDOW = 1024, CONTEXT = 256, STEPS = 400 };

static tb_trainer *learner(void)
{
    tb_error error = {0};
    const tb_trainer_settings s = {
        .instrument = &spectral_instrument,
        .config = &usual,
        .rows = ROWS,
        .window = WINDOW,
        .test_rows = ROWS,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.99,
                      .epsilon = 1e-8,
                      .clip = 1},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 0.004, .steps = 1},
        .seed = 2,
        .threads = 1};
    tb_trainer *t = tb_trainer_new(&s, &error);
    if (!OK_NAMED(t != NULL, "there is a trainer"))
        fprintf(stderr, "# %s\n", error.text);
    return t;
}

/* Rows go on through the sound, each from a place of its own. */
static bool fill_batch(int step, float *frames)
{
    const int turns = (LENGTH / ROWS - CONTEXT) / WINDOW;
    for (int row = 0; row < ROWS; row++)
        memcpy(frames + row * (CONTEXT + WINDOW),
               chord + row * (LENGTH / ROWS) + step % turns * WINDOW,
               sizeof *frames * (CONTEXT + WINDOW));
    return step % turns == 0;
}

static void learn(tb_trainer *t)
{
    static float frames[ROWS * (CONTEXT + WINDOW)];
    tb_step_report report = {0};
    double first = NAN, metric[TB_MOST_METRICS], yard[TB_MOST_METRICS];
    const tb_learning *l = tb_trainer_learning(t);
    EQ(l->feed[0].context, CONTEXT);
    EQ(l->grain, usual.hop);
    SAME_TEXT(l->metric[0].name, "nats");
    for (int k = 0; k < STEPS; k++) {
        bool anew = fill_batch(k, frames), reset[] = {anew, anew, anew, anew};
        if (settled_step(t, &(tb_batch){{frames}, reset}, &report, NULL)) {
            OK_NAMED(0, "a step fails");
            return;
        }
        first = k ? first : report.metric[0];
    }
    fill_batch(0, frames);
    const bool all[] = {true, true, true, true};
    OK(tb_trainer_test(t, &(tb_batch){{frames}, all}, metric, yard, NULL) ==
       TB_OK);
    fprintf(stderr, "# nats %.3f, then %.3f; the last frame repeated %.3f\n",
            first, metric[0], yard[0]);
    OK_NAMED(metric[0] < first - 0.5, "it learns");
    OK_NAMED(metric[0] < yard[0] - 0.3,
             "it foresees more than the last frame repeated");
}

static tb_model *model_of(const spectral *config, tb_params *params)
{
    char path[] = "/tmp/timbrel-spectral-XXXXXX";
    int file = mkstemp(path);
    tb_error error = {0};
    tb_message message = {0};
    spectral copy = *config;
    const tb_checkpoint c = {.instrument = &spectral_instrument,
                             .config = &copy,
                             .params = params,
                             .epoch = 1};
    OK(tb_checkpoint_save(path, &c, NULL, 0, NULL, &error) == TB_OK);
    tb_model *m = tb_model_open(path, &message);
    if (!OK_NAMED(m != NULL, "the model opens"))
        fprintf(stderr, "# %s %s\n", error.text, message.text);
    close(file);
    unlink(path);
    return m;
}

/* ---- playing ---- */

static tb_voices *voices_of(tb_model *m, int voices, int first, int64_t block,
                            double temperature)
{
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    s.voices = voices;
    s.first_voice = first;
    s.block = block;
    s.seed = 11;
    tb_voices *v = tb_voices_new(m, &s, &message);
    if (!OK_NAMED(v != NULL, "there are voices"))
        fprintf(stderr, "# %s\n", message.text);
    tb_voices_set(v, tb_voices_control(v, "temperature"), -1, temperature);
    tb_voices_reset(v, 11);
    return v;
}

/* All voices hear the same prompt, from sample `from` of the chord. */
static void prompt(tb_voices *v, int64_t from, int64_t frames)
{
    const float *const all[VOICES] = {chord + from, chord + from, chord + from};
    tb_voices_prompt(v, all, frames);
}

/* `frames` frames of each voice behind each other, in blocks. */
static void play(tb_voices *v, int voices, float *y, int64_t frames,
                 int64_t block)
{
    for (int64_t j = 0; j < frames; j += block) {
        float *to[VOICES];
        for (int i = 0; i < voices; i++)
            to[i] = y + i * frames + j;
        tb_voices_run(v, to, frames - j < block ? frames - j : block);
    }
}

enum { SAID = 3000 };

static bool same(const float *a, const float *b, int64_t n)
{
    return memcmp(a, b, sizeof *a * (size_t)n) == 0;
}

/* What went before and what was said, as they are heard one after the other. */
static double seam_of(const float *said, int64_t end)
{
    float x[600];
    memcpy(x, chord + end - 300, 300 * sizeof *x);
    memcpy(x + 300, said, 300 * sizeof *x);
    return bend(x, 298, 500);
}

static void check_tone(tb_model *m)
{
    static float y[LENGTH];
    tb_voices *v = voices_of(m, 1, 0, 0, 1);
    prompt(v, 0, 4000);
    play(v, 1, y, 16000, 1000);
    for (int k = 0; k < 3; k++) {
        double was = level_of(chord + 4000, 4000, partials[k]);
        double is = level_of(y + 12000, 4000, partials[k]);
        fprintf(stderr, "# partial %d: %.3f, was %.3f\n", k, is, was);
        OK_NAMED(is > 0.5 * was && is < 2 * was, "the tone goes on");
    }
    OK_NAMED(level_of(y + 12000, 4000, 0.8) < 0.01, "where there was none, "
                                                    "there is none");
    tb_voices_free(v);
}

/* Prompts of any length, whole and in pieces: the sound goes on. */
static void check_seams(tb_model *m)
{
    static float y[SAID];
    tb_voices *v = voices_of(m, 1, 0, 0, 0.5);
    double inside = bend(chord, 100, LENGTH - 100);
    for (int64_t n = 2000; n < 2300; n += 37) {
        tb_voices_reset(v, 11);
        prompt(v, 0, n);
        play(v, 1, y, SAID, 400);
        double whole = seam_of(y, n);
        tb_voices_reset(v, 11);
        for (int64_t at = 0; at < n; at += 150)
            prompt(v, at, n - at < 150 ? n - at : 150);
        play(v, 1, y, SAID, 77);
        double pieces = seam_of(y, n);
        fprintf(stderr, "# bends inside %.4f, at the seam %.4f and %.4f\n",
                inside, whole, pieces);
        OK_NAMED(whole <= inside && pieces <= inside, "no click");
    }
    /* Again after a run that ends within a frame. */
    prompt(v, 3000, 2011);
    play(v, 1, y, SAID, 400);
    OK_NAMED(seam_of(y, 5011) <= inside, "no click after a second prompt");
    tb_voices_free(v);
}

/* A prompt in pieces that begin where it begins is a prompt in one. */
static void check_pieces(tb_model *m)
{
    static float a[SAID], b[SAID];
    const int64_t first = 3000 % 64 + 128;
    static const int64_t pieces[] = {1, 64, 57, 700};
    tb_voices *v = voices_of(m, 1, 0, 0, 1);
    prompt(v, 0, 3000);
    play(v, 1, a, SAID, SAID);
    for (int k = 0; k < 4; k++) {
        tb_voices_reset(v, 11);
        prompt(v, 0, first);
        for (int64_t at = first, n; at < 3000; at += n) {
            n = 3000 - at < pieces[k] ? 3000 - at : pieces[k];
            prompt(v, at, n);
        }
        play(v, 1, b, SAID, pieces[k]);
        OK_NAMED(same(a, b, SAID), "pieces and blocks do not matter");
    }
    tb_voices_free(v);
    for (int64_t block = 1; block < 1000; block += 499) {
        v = voices_of(m, 1, 0, block, 1);
        prompt(v, 0, 3000);
        play(v, 1, b, SAID, 500);
        OK_NAMED(same(a, b, SAID), "nor does what is run at once");
        tb_voices_free(v);
    }
}

static void check_groups(tb_model *m)
{
    static float all[VOICES * SAID], one[SAID];
    tb_voices *v = voices_of(m, VOICES, 0, 0, 1);
    prompt(v, 0, 1000);
    play(v, VOICES, all, SAID, 700);
    tb_voices_free(v);
    OK_NAMED(!same(all, all + SAID, SAID), "voices differ");
    for (int i = 0; i < VOICES; i++) {
        v = voices_of(m, 1, i, 0, 1);
        prompt(v, 0, 1000);
        play(v, 1, one, SAID, 300);
        OK_NAMED(same(all + i * SAID, one, SAID),
                 "a voice alone is a voice beside others");
        tb_voices_free(v);
    }
}

/* Windows to come lie over a sample, and phases are said some frames later. */
static int64_t latency_of(const spectral *c)
{
    return c->size - 1 + tb_recovery_usual.ahead * c->hop;
}

/* The decoder's latency is the plan's, and what it costs is not heard: the
   waves of the prompt go on from its last sample. */
static void check_latency(tb_model *m)
{
    static float y[SAID];
    tb_plan_wish wish = {.method = "generate", .rows = 1};
    const tb_method_plan *p = tb_model_plan(m, &wish, NULL);
    const tb_time *t = tb_stream_plan_time(p->plan, p->method.output[0].value);
    EQ(tb_time_latency(t), latency_of(&usual));
    EQ(p->block % usual.hop, 0);
    wish.method = "decode";
    p = tb_model_plan(m, &wish, NULL);
    EQ(p->method.base, 1);
    EQ(p->method.base_per, usual.hop);
    tb_voices *v = voices_of(m, 1, 0, 0, 0);
    EQ(tb_voices_latency(v), 0);
    for (int64_t n = 2000; n < 2100; n += 33) {
        double off = 0, norm = 0;
        tb_voices_reset(v, 11);
        prompt(v, 0, n);
        play(v, 1, y, SAID, SAID);
        for (int i = 0; i < 200; i++) {
            double x = (double)chord[n + i];
            off += pow((double)y[i] - x, 2);
            norm += x * x;
        }
        fprintf(stderr, "# goes on, off by %.3f\n", sqrt(off / norm));
        OK_NAMED(off < 0.06 * norm, "the first sample follows the last");
    }
    tb_voices_free(v);
}

static void check_forward(tb_model *m)
{
    static float y[LENGTH];
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    s.method = "forward";
    tb_voices *v = tb_voices_new(m, &s, &message);
    if (!OK(v != NULL))
        return;
    const float *in = chord;
    float *out = y;
    int64_t late = tb_voices_latency(v);
    tb_voices_process(v, &in, &out, 16000);
    EQ(late, latency_of(&usual));
    for (int k = 0; k < 3; k++)
        NEAR(level_of(y + 8000, 4000, partials[k]),
             level_of(chord + 8000 - late, 4000, partials[k]), 0.02);
    tb_voices_free(v);
}

static void check_calls(tb_model *m)
{
    static float y[VOICES * SAID];
    tb_voices *v = voices_of(m, VOICES, 0, 0, 1);
    OK(counted > 0);
    counted = 0;
    prompt(v, 0, 777);
    play(v, VOICES, y, SAID, 100);
    prompt(v, 0, 100);
    prompt(v, 100, 99);
    play(v, VOICES, y, SAID, 1000);
    tb_voices_reset(v, 3);
    play(v, VOICES, y, SAID, 1000);
    EQ(counted, 0);
    tb_voices_free(v);
}

/* Of levels alone some are the likeliest. */
static void check_controls(tb_model *m)
{
    const tb_control *c = tb_model_control(m, "generate", 0);
    OK(c && strcmp(c->name, "temperature") == 0);
    OK(!tb_model_control(m, "generate", 1));
    tb_voices *v = voices_of(m, 1, 0, 0, 1);
    EQ(tb_voices_control(v, "top_k"), -1);
    tb_voices_free(v);
}

/* A method over the whole of `in`, in pieces of so many grains; returns how
   many frames of sound late it is. */
static int64_t pass(tb_model *m, const char *method, const float *in,
                    float *out, int64_t frames, int64_t grains)
{
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    tb_port_facts from = {0}, to = {0};
    s.method = method;
    tb_voices *v = tb_voices_new(m, &s, &message);
    if (!OK_NAMED(v != NULL, method) ||
        !OK(tb_model_input(m, method, 0, &from) &&
            tb_model_output(m, method, 0, &to)))
        return 0;
    int64_t piece = grains * tb_voices_grain(v), late = tb_voices_latency(v);
    for (int64_t at = 0; at < frames; at += piece) {
        int64_t n = frames - at < piece ? frames - at : piece;
        const float *x = in + at * from.frames / from.per * from.channels;
        float *y = out + at * to.frames / to.per * to.channels;
        tb_voices_process(v, &x, &y, n);
    }
    OK(tb_voices_prepare(v, &message)); /* nothing is to be done */
    tb_voices_free(v);
    return late;
}

/* Encode and decode apart are forward, whatever the pieces: latents go in and
   out, several numbers a frame. */
static void check_halves(tb_model *m)
{
    static float whole[LENGTH], apart[LENGTH];
    static float latents[3 * LENGTH], other[3 * LENGTH];
    tb_port_facts port = {0};
    int64_t frames = 16000 / usual.hop * usual.hop;
    OK(tb_model_output(m, "encode", 0, &port));
    OK(!port.is_sound && port.per == usual.hop && port.frames == 1);
    OK(port.channels <= 3 * usual.hop && port.levels == 0);
    int64_t late = pass(m, "forward", chord, whole, frames, 1000);
    int64_t encode = pass(m, "encode", chord, latents, frames, 7);
    EQ(pass(m, "encode", chord, other, frames, 1), encode);
    int64_t n = frames / usual.hop * port.channels;
    OK(memcmp(latents, other, sizeof(float) * (size_t)n) == 0);
    int64_t dropped = encode / usual.hop * port.channels;
    int64_t decode =
        pass(m, "decode", latents + dropped, apart, frames - encode, 5);
    int64_t same = frames - encode - decode;
    same = same < frames - late ? same : frames - late;
    OK(same > 8000);
    OK(memcmp(whole + late, apart + decode, sizeof(float) * (size_t)same) == 0);
}

/* ---- two channels, and hops that divide no block ---- */

enum { FRAMES = 1500 };

static void run_stereo(tb_voices *v, const int64_t *pieces, int64_t block,
                       float *y)
{
    static float both[2 * 2000];
    for (int i = 0; i < 2000; i++) {
        both[2 * i] = chord[i];
        both[2 * i + 1] = 0.3F * chord[i + 77];
    }
    tb_voices_reset(v, 4);
    for (int64_t at = 0; at < 2000; at += *pieces++) {
        const float *from = both + 2 * at;
        tb_voices_prompt(v, &from, *pieces);
    }
    for (int64_t at = 0; at < FRAMES; at += block) {
        float *to = y + 2 * at;
        tb_voices_run(v, &to, FRAMES - at < block ? FRAMES - at : block);
    }
}

static void check_stereo(void)
{
    static const spectral two = {RATE, 2, 300, 100, 5};
    static const int64_t whole[] = {2000}, three[] = {400, 37, 1563};
    static float a[2 * FRAMES], b[2 * FRAMES];
    tb_graph *g = tb_instrument_declare(&spectral_instrument, &two, NULL, NULL);
    const tb_graph *graph = g;
    tb_params *p = tb_params_new(1, &graph, sizeof(float), NULL);
    tb_instrument_init(&spectral_instrument, &two, p, 5);
    tb_model *m = model_of(&two, p);
    tb_voices *v = voices_of(m, 1, 0, 170, 1);
    run_stereo(v, whole, 230, a);
    run_stereo(v, three, 41, b);
    OK_NAMED(same(a, b, 2 * FRAMES), "pieces and blocks do not matter");
    double off = 0, least = 1;
    for (int i = 0; i < 2; i++) {
        off = fmax(off, fabs((double)a[2 * i] - (double)chord[2000 + i]));
        off = fmax(off,
                   fabs((double)a[2 * i + 1] - 0.3 * (double)chord[2077 + i]));
        least = fmin(least, fabs(0.3 * (double)chord[2077 + i]));
    }
    fprintf(stderr, "# two channels go on, off by %.4f\n", off);
    OK_NAMED(off < 0.1, "each channel goes on with its own sound");
    OK(least > 0);
    tb_voices_free(v);
    tb_model_close(m);
    tb_params_free(p);
    tb_graph_free(g);
}

int main(void)
{
    static const tb_instrument *const more[] = {&spectral_instrument, NULL};
    tb_instruments_add(more);
    fill_chord();
    tb_trainer *t = learner();
    learn(t);
    tb_model *m = model_of(&usual, tb_trainer_params(t));
    check_controls(m);
    check_halves(m);
    check_latency(m);
    check_tone(m);
    check_seams(m);
    check_pieces(m);
    check_groups(m);
    check_forward(m);
    check_calls(m);
    check_stereo();
    tb_model_close(m);
    tb_trainer_free(t);
    return tap_done();
}
