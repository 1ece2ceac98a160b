/* Sound as levels of samples: what is said of 16-bit sound in 256 levels, what
   silence is, and how near sound comes back. */
#include "../engine/numbers.h"
#include "dsp/mulaw.h"
#include "models/samplernn.h"
#include "models/wavenet.h"

enum { COARSE = 256, FINE = 65536, N = 300 };

static tb_samplernn configured(const char *const *changes)
{
    tb_samplernn c = {0};
    tb_settings_part part = {tb_samplernn_instrument.settings, &c};
    tb_settings_defaults(&part, 1);
    for (; *changes; changes++)
        OK(tb_settings_assign(&part, 1, *changes, NULL) == TB_OK);
    return c;
}

static const char *const fine[] = {"output=logistics", NULL};
static const char *const stereo[] = {"output=logistics", "channels=2", NULL};
static const char *const plain[] = {NULL};

/* The same mixture in each of n frames. */
static tb_distribution mixture(tb_graph *g, int n)
{
    static double logits[N * 3], mean[N * 3], scale[N * 3];
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) {
            logits[i * 3 + k] = 0.5 * k;
            mean[i * 3 + k] = 9000.3 * (k - 1);
            scale[i * 3 + k] = 2 + 2.5 * k;
        }
    return tb_logistics_distribution(tb_constant(g, tb_dims(1, n, 3), logits),
                                     tb_constant(g, tb_dims(1, n, 3), mean),
                                     tb_constant(g, tb_dims(1, n, 3), scale),
                                     FINE);
}

/* Its mass from step a to step b, both included, by hand. */
static double mass_of(int a, int b)
{
    double sum = 0, all = 0;
    for (int k = 0; k < 3; k++) {
        double s = exp(2 + 2.5 * k), m = 9000.3 * (k - 1), p = exp(0.5 * k);
        double low = (a - FINE / 2 - m) / s, high = (b + 1 - FINE / 2 - m) / s;
        double from = a == 0 ? 0 : 1 / (1 + exp(-low));
        double to = b == FINE - 1 ? 1 : 1 / (1 + exp(-high));
        sum += p * (to - from);
        all += p;
    }
    return sum / all;
}

/* Each of the 256 levels is foreseen with the mass of the steps in it. */
static void check_coarse(const tb_backend *backend)
{
    static double x[COARSE], nats[COARSE];
    static int first[COARSE], last[COARSE];
    double sum = 0, worst = 0;
    tb_samplernn c = configured(fine);
    tb_graph *g = tb_graph_new();
    tb_builder b = {.graph = g, .config = &c, .rows = 1, .learning = true};
    tb_value *symbols = tb_input(g, "symbols", TB_I64, tb_dims(1, COARSE));
    tb_distribution d = mixture(g, COARSE);
    tb_value *out = tb_sample_coarse_nats(&b, &d, symbols);
    tb_mulaw law;
    tb_mulaw_init(&law, COARSE, 1, NULL);
    for (int i = FINE - 1; i >= 0; i--)
        first[tb_mulaw_quantise(&law, 2.0f * (float)i / (FINE - 1) - 1)] = i;
    for (int i = 0; i < FINE; i++)
        last[tb_mulaw_quantise(&law, 2.0f * (float)i / (FINE - 1) - 1)] = i;
    for (int q = 0; q < COARSE; q++)
        x[q] = (first[q] + last[q]) / 2;
    EQ(run_whole(g, backend, 1, 0, 1, &(given){symbols, x}, 1,
                 &(taken){out, nats}),
       COARSE);
    for (int q = 0; q < COARSE; q++) {
        sum += exp(-nats[q]);
        worst = fmax(worst, fabs(exp(-nats[q]) - mass_of(first[q], last[q])));
    }
    NEAR(sum, 1, 1e-5);
    /* edges lie between steps, up to one off */
    OK_NAMED(worst < 5e-3, "256 levels have the mass of their steps");
    tb_graph_free(g);
}

static void check_symbols(void)
{
    tb_samplernn c = configured(fine), p = configured(plain);
    EQ(tb_sample_symbols(&c).levels, FINE);
    EQ(tb_sample_symbols(&p).levels, 256);
    NEAR(tb_sample_mulaw(&c), 0, 0);
    NEAR(tb_sample_mulaw(&p), 1, 0);
    EQ(tb_sample_reach(&p.sound, 8), 8);
    EQ(tb_sample_reach(&c.sound, 8), 17);
    EQ(tb_sample_reach(&c.sound, 40), 41);
    c.sound.adaptive_guess = 30;
    EQ(tb_sample_reach(&c.sound, 40), 57);
    EQ(tb_sample_reach(&c.sound, 20), 47);
    EQ(tb_sample_reach(&p.sound, 40), 40);
    tb_builder b = {.config = &p};
    OK_NAMED(!tb_sample_coarse_nats(&b, &(tb_distribution){0}, NULL),
             "levels are told as they are");
}

/* Sound comes back within half a step of 16 bits, silence as silence, and is
   read as zeros. */
static void check_sound(const char *const *changes)
{
    static double x[2 * N], q[2 * N], y[2 * N], numbers[3 * 2 * N];
    tb_samplernn c = configured(changes);
    int ch = c.sound.channels;
    double worst = 0, loud = 0;
    tb_graph *g = tb_graph_new();
    tb_builder b = {.graph = g, .config = &c, .rows = 1, .learning = true};
    tb_value *sound = tb_input(g, "sound", TB_REAL, tb_dims(1, ch, TB_FRAMES));
    tb_value *levels = tb_sample_encode(&b, sound);
    tb_value *back = tb_sample_decode(&b, levels, NULL);
    tb_value *read = tb_sample_numbers(levels, &c.sound);
    for (int i = 0; i < ch * N; i++)
        x[i] =
            i % N < N / 2 ? 0 : sin(0.3 * i) * (0.001 + 0.01 * (i % N - N / 2));
    const taken out[] = {{back, y}, {levels, q}, {read, numbers}};
    EQ(run_whole(g, tb_backend_cpu(), N, 0, 1, &(given){sound, x}, 3, out),
       ch * N);
    for (int i = 0; i < ch * N; i++) {
        double clipped = fmax(-1, fmin(1, x[i]));
        worst = fmax(worst, fabs(y[i] - clipped));
    }
    OK_NAMED(worst < 1.01 / (FINE - 1), "sound comes back within half a step");
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < ch * N / 2; i++)
            loud = fmax(loud, fabs(numbers[k * ch * N + i]));
    OK_NAMED(loud == 0, "silence is read as zeros");
    for (int i = 0; i < ch * N; i++)
        loud = fmax(loud, fabs(numbers[i]));
    OK_NAMED(loud > 1 && loud <= 2.0001, "sound as numbers from -2 to 2");
    tb_graph_free(g);
}

/* ---- noise on the past ---- */

enum { ROWS = 6 };

static double law_of(const tb_samplernn *c, double level)
{
    double x = 2 * level / (tb_sample_symbol_levels(&c->sound) - 1) - 1;
    return c->sound.output == TB_SAMPLE_OUTPUT_LEVELS
               ? x
               : copysign(log1p(255 * fabs(x)) / log(256), x);
}

/* How far row i was moved, root mean square in 256ths of what lies evenly. */
static double moved(const tb_samplernn *c, const double *x, const double *y,
                    int row)
{
    double sum = 0, most = tb_sample_symbol_levels(&c->sound) - 1;
    for (int i = row * N; i < (row + 1) * N; i++) {
        double off = 127.5 * (law_of(c, y[i]) - law_of(c, x[i]));
        sum += off * off;
        sum += y[i] >= 0 && y[i] <= most ? 0 : INFINITY;
    }
    return sqrt(sum / N);
}

/* Levels are moved by up to past_noise, each row by its own measure, in
   learning alone. */
static void check_heard(const char *const *changes)
{
    static double x[ROWS * N], y[ROWS * N], z[ROWS * N], off[ROWS];
    tb_samplernn c = configured(changes);
    double last = tb_sample_symbol_levels(&c.sound) - 1, least = 1e9, most = 0;
    tb_graph *g = tb_graph_new();
    tb_builder b = {.graph = g, .config = &c, .rows = ROWS, .learning = true};
    tb_value *levels = tb_input(g, "levels", TB_I64, tb_dims(ROWS, TB_FRAMES));
    tb_value *doubt, *heard = tb_sample_heard(&b, levels, &doubt);
    OK_NAMED(!doubt, "nobody is told");
    for (int i = 0; i < ROWS * N; i++)
        x[i] = floor(last * (i % N) / (N - 1));
    const given in = {levels, x};
    EQ(run_whole(g, tb_backend_cpu(), N, 1, 1, &in, 1, &(taken){heard, y}),
       ROWS * N);
    run_whole(g, tb_backend_cpu(), N, 1, 1, &in, 1, &(taken){heard, z});
    OK_NAMED(memcmp(y, z, sizeof y) == 0, "the same seed, the same noise");
    run_whole(g, tb_backend_cpu(), N, 2, 1, &in, 1, &(taken){heard, z});
    OK_NAMED(memcmp(y, z, sizeof y) != 0, "another seed, another noise");
    for (int i = 0; i < ROWS; i++) {
        off[i] = moved(&c, x, y, i);
        least = fmin(least, off[i]);
        most = fmax(most, off[i]);
    }
    OK_NAMED(most < 1.15 * c.sound.past_noise && most > 1.5 * least,
             "rows are moved by up to so many 256ths");
    b.learning = false;
    OK_NAMED(tb_sample_heard(&b, levels, &doubt) == levels,
             "voices hear what they say");
    tb_graph_free(g);
}

/* Half of the rows have none, and of the others it is told how much. */
static void check_told(const char *const *changes)
{
    enum { MANY = 64 };
    static double x[MANY * N], y[MANY * N], much[MANY];
    tb_samplernn c = configured(changes);
    double last = tb_sample_symbol_levels(&c.sound) - 1;
    int clean = 0, right = 0;
    tb_graph *g = tb_graph_new();
    tb_builder b = {.graph = g, .config = &c, .rows = MANY, .learning = true};
    tb_value *levels = tb_input(g, "levels", TB_I64, tb_dims(MANY, TB_FRAMES));
    tb_value *doubt, *heard = tb_sample_heard(&b, levels, &doubt);
    for (int i = 0; i < MANY * N; i++)
        x[i] = floor(last * (i % N) / (N - 1));
    const taken out[] = {{heard, y}, {doubt, much}};
    run_whole(g, tb_backend_cpu(), N, 1, 1, &(given){levels, x}, 2, out);
    for (int i = 0; i < MANY; i++) {
        double off = moved(&c, x, y, i), most = c.sound.past_noise;
        clean += much[i] == 0;
        right += much[i] == 0
                     ? off == 0
                     : fabs(off - most * much[i]) < 0.15 * most * much[i] + 0.3;
    }
    OK_NAMED(clean > MANY / 3 && clean < MANY - MANY / 3, "half are clean");
    EQ(right, MANY);
    b.learning = false;
    OK_NAMED(tb_sample_heard(&b, levels, &doubt) == levels && !doubt,
             "voices hear what they say, and are told nothing");
    tb_graph_free(g);
}

static const char *const noisy_fine[] = {"output=logistics", "past_noise=4",
                                         NULL};
static const char *const noisy[] = {"past_noise=4", NULL};
static const char *const told_fine[] = {"output=logistics", "past_noise=4",
                                        "tell_noise=yes", NULL};
static const char *const told[] = {"past_noise=4", "tell_noise=yes", NULL};

/* Vectors are told from that of silence: a network that begins with the large
   part that they had in common learned behind one that does not. */
static void check_first_vectors(const char *output)
{
    tb_wavenet c;
    tb_settings_part part = {tb_wavenet_instrument.settings, &c};
    tb_mulaw law;
    tb_error error;
    tb_settings_defaults(&part, 1);
    OK(tb_settings_assign(&part, 1, output, NULL) == TB_OK);
    tb_graph *g =
        tb_instrument_declare(&tb_wavenet_instrument, &c, NULL, &error);
    tb_params *params = tb_params_new(1, (const tb_graph *[]){g}, 4, &error);
    tb_instrument_init(&tb_wavenet_instrument, &c, params, 1);
    int i = tb_params_find(params, "embedding.weight");
    int64_t n = tb_params_at(params, i)->shape.dim[1], zeros = 0;
    double *x = calloc((size_t)tb_params_at(params, i)->n, sizeof *x);
    tb_params_get(params, i, x);
    tb_mulaw_init(&law, COARSE, 1, NULL);
    int q = tb_mulaw_quantise(&law, 0);
    for (int64_t k = 0; k < COARSE * n; k++)
        zeros += x[k] == 0 && k / n == q;
    EQ(zeros, n);
    OK(x[(q - 1) * n] != 0 && x[(q + 1) * n] != 0);
    free(x);
    tb_params_free(params);
    tb_graph_free(g);
}

int main(void)
{
    check_first_vectors("output=levels");
    check_first_vectors("output=logistics");
    check_heard(noisy);
    check_heard(noisy_fine);
    check_told(told);
    check_told(told_fine);
    check_symbols();
    check_coarse(tb_backend_naive64());
    check_coarse(tb_backend_cpu());
    check_sound(fine);
    check_sound(stereo);
    return tap_done();
}
