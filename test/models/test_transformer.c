/* The Transformer on samples, with and without tiers: against PyTorch, looking
   at the past strictly, and saying the same in learning, over whole recordings
   and sample by sample. */
#include "models/transformer.h"

#define CHECK_INSTRUMENT tb_transformer_instrument
#define CHECK_CONFIG tb_transformer

#include "check_golden.h"

#include "golden/transformer.h"

#define SMALL "levels=16 dim=6 heads=2 layers=2 head_size=5 embedding_size=3 "
static const char *const all[] = {
    SMALL "look_back=5 frame_sizes=3",
    SMALL "look_back=20 frame_sizes=1 positions=alibi norm=rms gated=yes",
    SMALL "look_back=1 frame_sizes=4 positions=none embedding_size=0",
    SMALL "look_back=5,3 frame_sizes=4,2",
    SMALL "look_back=3,9,4 frame_sizes=6,2,3 dim=4,6,2 layers=2,1,3",
    SMALL "look_back=5 frame_sizes=3 channels=2",
    SMALL "look_back=4,6 frame_sizes=2,5 channels=2 layers=1,2",
    SMALL "look_back=4,6 frame_sizes=2,5 channels=2 output=logistics guess=7",
    SMALL "look_back=4,6 frame_sizes=2,5 output=logistics adaptive_guess=3",
    SMALL "look_back=40 frame_sizes=2 output=logistics heads=1 dim=35"};
enum { ALL = sizeof all / sizeof *all };

/* ---- one network, three runs ---- */

static void check_bits(const tb_backend *backend, const char *changes)
{
    static const int64_t blocks[] = {1, 7, 40, 200};
    network s = network_new(changes, ROWS, backend);
    int64_t c = tb_transformer_instrument.network->context(&s.config);
    recording x = material(&s.config, ROWS, c + 120, 1);
    recording offline = whole(&s, &x, 0, 0, false);
    recording learned = whole(&s, &x, c, 0, true);
    recording cut = part_of(&offline, c, 120);
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
    free(x.data), free(offline.data), free(learned.data), free(cut.data);
    network_free(&s);
}

/* Whether what is said of frame j is another one when sample t is. */
static bool hears(network *s, recording *x, const recording *y, int64_t t,
                  bool *before, bool *next, bool *after)
{
    int64_t channels = s->config.sound.channels, n = x->frames;
    int64_t q = levels_of(&s->config);
    int64_t c = tb_transformer_context(&s->config) +
                tb_transformer_span(&s->config, 0) - 1;
    int64_t *level = at(x, 1, t, 0), was = *level;
    size_t size = (size_t)y->n * y->size;
    *level = (was + q / 2) % q;
    recording z = whole(s, x, 0, 0, false);
    *level = was;
    for (int64_t j = 0; z.data && j < n; j++) {
        bool same = memcmp(at(y, 1, j, 0), at(&z, 1, j, 0), size) == 0;
        *before &= j > t || same;
        *next &= j != t + 1 || !same;
        *after &= j / channels <= t / channels + c || same;
    }
    free(z.data);
    return z.data;
}

/* Each frame knows samples before it alone, the last of them too, and none that
   lie further back than the context of its top frame. In stereo right knows
   left of the same moment. */
static void check_past(const char *changes)
{
    network s = network_new(changes, ROWS, tb_backend_naive64());
    int64_t c = tb_transformer_instrument.network->context(&s.config);
    int64_t n = 2 * c + 12 * s.config.sound.channels, stride = n > 100 ? 7 : 1;
    recording x = material(&s.config, ROWS, n, 1);
    recording y = whole(&s, &x, 0, 0, false);
    bool before = y.data != NULL, after = before, next = before;
    for (int64_t t = 0; before && t < n - 1; t += stride)
        before &= hears(&s, &x, &y, t, &before, &next, &after);
    OK_NAMED(before, "what is said of frame t does not know sample t");
    OK_NAMED(next, "what is said of the next one does");
    OK_NAMED(after, "and what lies behind the context does not");
    free(x.data), free(y.data);
    network_free(&s);
}

/* Weights in 16 bits: near, but not the same. */
static void check_half(void)
{
    network s = network_new(all[4], ROWS, tb_backend_cpu());
    recording x = material(&s.config, ROWS, 100, 2);
    recording y = streamed(&s, &x, 16, false);
    recording z = streamed(&s, &x, 16, true);
    double off = distance(&y, &z);
    if (!OK_NAMED(off <= 2e-2, "16-bit weights say nearly the same"))
        fprintf(stderr, "# off by %g\n", off);
    free(x.data), free(y.data), free(z.data);
    network_free(&s);
}

/* ---- settings ---- */

static void refused(const char *changes, const char *words)
{
    tb_transformer config = configured(changes);
    tb_error error = {0};
    OK(tb_transformer_check(&config, &error) == TB_ERR_ARGUMENT);
    if (!OK_NAMED(strstr(error.text, words) != NULL, words))
        fprintf(stderr, "# %s\n", error.text);
}

static void check_refused(void)
{
    refused("heads=5", "The nearest that do are 4 and 8.");
    refused("heads=7 dim=60,64 frame_sizes=4,8", "nearest that do are 4.");
    refused("frame_sizes=64,24,8", "The nearest that do are 48 and 72.");
    refused("frame_sizes=4,8,8", "The nearest that does is 8.");
    refused("frame_sizes=64,8,8 dim=64,64",
            "dim has 2 entries, and frame_sizes "
            "has 3.");
    refused("layers=2,2", "Give one for all, or one for each of these.");
    refused("frame_sizes=64,8 look_back=65536,4 layers=4",
            "tier 1 looks back on 65536 frames in each of 4 layers. 4096 are");
    refused("frame_sizes=64,32,8 layers=64 look_back=9999",
            "shorter frames or fewer layers.");
}

static void check_presets(void)
{
    tb_transformer small = configured("preset=small");
    tb_transformer tiered = configured("preset=tiered");
    tb_transformer large = configured("preset=large");
    double rate = small.sound.sample_rate;
    OK_NAMED((double)tb_transformer_context(&small) / rate >= 0.064,
             "the small one hears 64 ms");
    OK_NAMED((double)tb_transformer_context(&tiered) / rate >= 2,
             "the one with tiers two seconds");
    OK_NAMED((double)tb_transformer_context(&large) / rate >= 0.25,
             "the large one a quarter of a second");
    for (int i = 0; i < tb_transformer_settings.preset_count; i++) {
        char changes[64];
        snprintf(changes, sizeof changes, "preset=%s",
                 tb_transformer_settings.presets[i].name);
        tb_transformer c = configured(changes);
        OK(tb_transformer_check(&c, NULL) == TB_OK);
    }
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    check_golden("frame_sizes=3 dim=4 layers=2 look_back=3 levels=6 heads=2 "
                 "head_size=4 embedding_size=0 learned_temperature=no "
                 "mlp_factor=2",
                 7, sizeof plain_gradients / sizeof *plain_gradients,
                 plain_gradients, plain_logits, plain_loss[0]);
    check_golden("frame_sizes=4,2,3 dim=4,2,4 layers=2,1,1 look_back=3,4,3 "
                 "levels=5 heads=2 head_size=3 embedding_size=2 mlp_factor=1 "
                 "gated=yes norm=rms positions=alibi min_temperature=0.3",
                 28, sizeof tiered_gradients / sizeof *tiered_gradients,
                 tiered_gradients, tiered_logits, tiered_loss[0]);
    check_differences("frame_sizes=2,3 dim=4,2 layers=1,2 look_back=3,4 "
                      "levels=5 heads=2 head_size=3 embedding_size=2 "
                      "mlp_factor=1 dropout=0.3 channels=2");
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < ALL; k++)
            check_bits(backends[i], all[k]);
    check_bits(tb_backend_cpu(), "preset=small");
    for (int i = 0; i < ALL; i++)
        check_past(all[i]);
    check_half();
    check_refused();
    check_presets();
    return tap_done();
}
