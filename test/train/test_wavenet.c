/* WaveNet, from its first step to its voices: what it learns, hears over a
   whole length and says sample by sample is one and the same. */
#include "coloured.h"

static const tb_instrument *checked = &tb_wavenet_instrument;
#define CHECK_INSTRUMENT (*checked)
#define CHECK_CONFIG tb_wavenet

#include "counted.h"

#include "check_voices.h"
#include "train/job.h"

/* Small ones, of which the first is tried with a condition, too. */
#define SMALL                                                                  \
    "levels=32 sample_rate=8000 dims_dilated=6 residuals_dim=6 skips_dim=8 "   \
    "head_size=8 kernel_sizes=2 blocks=4,2 "
static const char *const all[] = {
    SMALL,
    SMALL "input=linear",
    SMALL "blocks=3 residuals_dim=4 skips_dim=3 groups=2 head_layers=2",
    SMALL "blocks=2,2 kernel_sizes=3,2 residuals_dim=0",
    SMALL "blocks=2,1 kernel_sizes=3,1,4 skips_dim=0 gated=no",
    SMALL "residuals_dim=0 skips_dim=0 groups=3 head_layers=0",
    SMALL "kernel_sizes=1 learned_temperature=no mulaw=0",
    SMALL "channels=2",
    SMALL "channels=2 input=linear skips_dim=0 learned_temperature=no",
    SMALL "output=logistics components=3",
    SMALL "output=logistics components=2 guess=60 input=linear",
    SMALL "output=logistics components=2 channels=2 guess=0",
    SMALL "output=logistics components=2 guess=30 adaptive_guess=20",
    SMALL "output=logistics components=2 channels=2 guess=0 "
          "adaptive_guess=3"};
enum { ALL = sizeof all / sizeof *all };

/* ---- one network, three runs ---- */

static void check_bits(const tb_backend *backend, const char *changes)
{
    static const int64_t blocks[] = {1, 7, 40, 200};
    network s = network_new(changes, ROWS, backend);
    int64_t c = checked->network->context(&s.config), n = c + 150;
    recording x = material(&s.config, ROWS, n, 1);
    recording offline = whole(&s, &x, 0, 0, false);
    recording learned = whole(&s, &x, c, 0, true);
    recording cut = part_of(&offline, c, n - c);
    char name[320];
    snprintf(name, sizeof name, "%s: %s: learning is the offline pass",
             backend->name, changes);
    OK_NAMED(same_bits(&learned, &cut), name);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        recording y = streamed(&s, &x, blocks[i], false);
        snprintf(name, sizeof name, "%s: %s: so is a stream in blocks of %d",
                 backend->name, changes, (int)blocks[i]);
        OK_NAMED(same_bits(&y, &offline), name);
        free(y.data);
    }
    free(x.data);
    free(offline.data);
    free(learned.data);
    free(cut.data);
    network_free(&s);
}

/* Each frame of the logits knows all samples of its receptive field, and none
   else. In stereo right knows left of the same moment. */
static void check_past(const char *changes)
{
    network s = network_new(changes, ROWS, tb_backend_naive64());
    int64_t c = checked->network->context(&s.config), n = 2 * c + 10;
    recording x = material(&s.config, ROWS, n, 1);
    recording y = whole(&s, &x, 0, 0, false);
    int64_t channels = s.config.sound.channels;
    bool before = y.data != NULL, after = before, next = before;
    for (int64_t t = 0; before && t < n - 1; t++) {
        int64_t *level = at(&x, 1, t, 0), was = *level;
        *level = (was + levels_of(&s.config) / 2) % levels_of(&s.config);
        recording z = whole(&s, &x, 0, 0, false);
        size_t frame = (size_t)y.n * y.size;
        *level = was;
        for (int64_t j = 0; j < n; j++) {
            bool same = memcmp(at(&y, 1, j, 0), at(&z, 1, j, 0), frame) == 0;
            before &= j > t || same;
            after &= j / channels <= (t + c) / channels || same;
            next &= j != t + 1 || !same;
        }
        free(z.data);
    }
    OK_NAMED(before, "logits up to frame t do not know sample t");
    OK_NAMED(next, "those of frame t + 1 do");
    OK_NAMED(after, "and those behind the receptive field do not");
    free(x.data), free(y.data);
    network_free(&s);
}

/* ---- sizes ---- */

static int64_t weights_of(const char *changes)
{
    tb_wavenet config = configured(changes);
    tb_error error = {0};
    tb_graph *g = tb_instrument_declare(checked, &config, NULL, &error);
    const tb_graph *graph = g;
    tb_params *p = g ? tb_params_new(1, &graph, sizeof(float), &error) : NULL;
    int64_t n = 0;
    for (int i = 0; p && i < tb_params_count(p); i++)
        n += tb_params_at(p, i)->n;
    tb_params_free(p);
    tb_graph_free(g);
    return n;
}

/* mimikit's networks have as many weights in PyTorch. */
static void check_sizes(void)
{
    tb_wavenet standard = configured("preset=small");
    tb_wavenet mimikit = configured("preset=mimikit");
    tb_wavenet plain = configured("preset=mimikit_default");
    OK_NAMED(tb_wavenet_receptive_field(&standard) /
                     standard.sound.sample_rate >=
                 0.064,
             "the small one hears 64 ms");
    EQ(tb_wavenet_receptive_field(&mimikit), 512);
    EQ(tb_wavenet_receptive_field(&plain), 16);
    EQ(standard.sound.output, TB_SAMPLE_OUTPUT_LOGISTICS);
    EQ(mimikit.sound.output, TB_SAMPLE_OUTPUT_LEVELS);
    EQ(plain.sound.output, TB_SAMPLE_OUTPUT_LEVELS);
    EQ(weights_of("preset=mimikit"), 7350529);
    EQ(weights_of("preset=mimikit_default"), 345601);
}

/* What is heard first is more than all that is learned in a window of the
   training's own standard. */
static void check_window(void)
{
    tb_job job;
    tb_error error = {0};
    OK(tb_job_init(&job, &tb_wavenet_instrument, &error) == TB_OK);
    EQ(job.settings.window, 1024);
    tb_job_clear(&job);
}

static void refused(const char *changes, const char *words)
{
    tb_wavenet config = configured(changes);
    tb_error error = {0};
    OK(tb_wavenet_check(&config, &error) == TB_ERR_ARGUMENT);
    if (!OK_NAMED(strstr(error.text, words) != NULL, words))
        fprintf(stderr, "# %s\n", error.text);
}

static void check_refused(void)
{
    refused("groups=5", "The nearest that do are 4 and 8.");
    refused("groups=100 dims_dilated=60", "nearest that do are 4.");
    refused("groups=7 residuals_dim=0", "divide dims_dilated (64). The");
    refused("blocks=3,2 kernel_sizes=2,2",
            "3 for those of the longest block, or 5, one for each layer");
    refused("blocks=2,12", "block 2 has 12 layers. With these kernels 9 are");
    refused("blocks=10,10", "Leave out block 2 and what follows it.");
    refused("blocks=1,9,9,1,1 kernel_sizes=64", "With these kernels 3 are");
}

/* ---- voices ---- */

static void check_colour(tb_model *m)
{
    tb_voices_settings s = tb_voices_defaults();
    sound a, b;
    s.voices = VOICES;
    tb_voices *v = voices_of(m, s);
    make(v, &a, 50, 1);
    turn(v, "colour", 1, -1);
    tb_voices_reset(v, s.seed);
    make(v, &b, 50, 1);
    OK_NAMED(same(&a, &b, 0) && !same(&a, &b, 1) && same(&a, &b, 2),
             "a control turns one voice alone");
    tb_voices_free(v);
    bool told = false;
    const tb_control *c;
    for (int i = 0; (c = tb_model_control(m, "generate", i)); i++)
        told |= c->name == colour_control.name && c->standard == 0.5;
    OK_NAMED(told, "and the model tells of it");
}

/* From the first step to the voices. */
static void check_whole(const char *changes)
{
    tb_wavenet config = configured(changes);
    tb_trainer *t = trainer_of(&config);
    learn(t, &config);
    tb_model *m = opened(t, &config);
    SAME_TEXT(tb_model_kind(m), "coloured");
    check_prompts(m);
    check_colour(m);
    check_threads(m);
    check_rt(m);
    tb_model_close(m);
    tb_trainer_free(t);
}

int main(void)
{
    const tb_instrument *const more[] = {coloured_instrument(), NULL};
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    tb_instruments_add(more);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < ALL; k++)
            check_bits(backends[i], all[k]);
    check_bits(tb_backend_cpu(), "preset=small");
    for (int i = 0; i < ALL; i++)
        check_past(all[i]);
    check_sizes();
    check_window();
    check_refused();
    checked = more[0];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++)
            check_bits(backends[i], all[k]);
    check_whole(SMALL);
    check_whole(SMALL "output=logistics components=3");
    check_whole(SMALL "output=logistics components=2 adaptive_guess=3 "
                      "past_noise=1 tell_noise=yes");
    return tap_done();
}
