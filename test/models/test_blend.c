/* Checkpoints as material: what is mixed of weights, and what votes. */
#include "models/blend.h"
#include "models/checkpoint_find.h"
#include "models/model.h"
#include "models/vote.h"

#include "../generate/voice.h"
#include "base/paths.h"
#include "models/framernn.h"
#include "models/wavenet.h"
#include "nn/init.h"

static char folder[] = "/tmp/timbrel-blend-XXXXXX";
static char paths[16][160];

static const char shape[] = "frame_sizes=8,4,8 hidden=6 head_size=8 levels=16 "
                            "h0=learned";

/* What networks on frames have measured, if there are any. */
static double mean_level = 1;

static const char *in_folder(int i, const char *name)
{
    snprintf(paths[i], sizeof paths[i], "%s/%s", folder, name);
    return paths[i];
}

static void save(const tb_instrument *instrument, const char *changes,
                 int epoch, const char *path, uint64_t seed)
{
    union {
        tb_samplernn samplernn;
        tb_wavenet wavenet;
        tb_framernn framernn;
    } config;
    tb_settings_part part = {instrument->settings, &config};
    tb_error error = {0};
    char text[256], *rest = text;
    tb_settings_defaults(&part, 1);
    snprintf(text, sizeof text, "%s", changes);
    for (char *word; (word = strtok_r(rest, " ", &rest));)
        OK(tb_settings_assign(&part, 1, word, &error) == TB_OK);
    tb_checkpoint c = {.instrument = instrument,
                       .config = &config,
                       .epoch = epoch,
                       .trained_on = "bells"};
    OK(tb_checkpoint_make_params(&c, &error) == TB_OK);
    tb_instrument_init(instrument, &config, c.params, seed);
    tb_init_fill(c.params, "frames.mean", mean_level);
    enlarge(c.params);
    OK(tb_checkpoint_save(path, &c, NULL, 0, NULL, &error) == TB_OK);
    tb_params_free(c.params);
}

/* Element k of parameter i. */
static float weight(const tb_checkpoint *c, int i, int64_t k)
{
    return ((const float *)tb_params_value(c->params, i))[k];
}

/* The largest distance of c's weights from x * a + (1 - x) * b. */
static double off(const tb_checkpoint *c, const tb_checkpoint *a,
                  const tb_checkpoint *b, double x)
{
    double worst = tb_params_count(c->params) > 0 ? 0 : INFINITY;
    for (int i = 0; i < tb_params_count(c->params); i++)
        for (int64_t k = 0; k < tb_params_at(c->params, i)->n; k++) {
            double wanted =
                x * (double)weight(a, i, k) + (1 - x) * (double)weight(b, i, k);
            double d = fabs((double)weight(c, i, k) - wanted);
            worst = d <= worst ? worst : d;
        }
    return worst;
}

static tb_checkpoint opened(const char *path)
{
    tb_checkpoint c;
    tb_error error = {0};
    if (!OK(tb_checkpoint_open(path, &c, &error) == TB_OK))
        fprintf(stderr, "# %s\n", error.text);
    return c;
}

static tb_checkpoint blended(const char *a, double x, const char *b, double y)
{
    tb_checkpoint c;
    tb_error error = {0};
    const tb_blended both[] = {{a, x}, {b, y}};
    if (!OK(tb_blend_open(both, b ? 2 : 1, &c, &error) == TB_OK))
        fprintf(stderr, "# %s\n", error.text);
    return c;
}

/* ---- weights ---- */

static void check_mix(double x, double y, double part, double most)
{
    const char *one = in_folder(0, "epoch-0001.safetensors");
    const char *two = in_folder(1, "epoch-0002.safetensors");
    tb_checkpoint a = opened(one), b = opened(two);
    tb_checkpoint c = blended(one, x, two, y);
    OK(off(&c, &a, &b, part) <= most);
    OK(c.made_of && strstr(c.made_of, "epoch-0002.safetensors\n"));
    OK(c.hash != a.hash && c.hash != b.hash && c.epoch == -1);
    tb_checkpoint_clear(&a);
    tb_checkpoint_clear(&b);
    tb_checkpoint_clear(&c);
}

static void check_weights(void)
{
    check_mix(1, 0, 1, 0);
    check_mix(0, 7, 0, 0);
    check_mix(1, 1, 0.5, 1e-6);
    check_mix(3, 1, 0.75, 1e-6);
}

static void check_one(void)
{
    const char *one = in_folder(0, "epoch-0001.safetensors");
    tb_checkpoint a = opened(one), c = blended(one, 0.3, NULL, 0);
    EQ(off(&c, &a, &a, 1), 0);
    OK(c.hash == a.hash && c.epoch == 1 && !c.made_of);
    tb_checkpoint_clear(&c);
    c = blended(one, 0.3, one, 0.7);
    OK(off(&c, &a, &a, 1) < 1e-7);
    tb_checkpoint_clear(&c);
    tb_checkpoint_clear(&a);
}

/* Three epochs of a folder count alike, and what is kept opens as any other. */
static void check_range(void)
{
    char range[200];
    tb_error error = {0};
    snprintf(range, sizeof range, "%s@1..3", folder);
    tb_checkpoint c = blended(range, 1, NULL, 0);
    const char *kept = in_folder(5, "mean.safetensors");
    OK(tb_checkpoint_save(kept, &c, NULL, 0, NULL, &error) == TB_OK);
    tb_checkpoint again = opened(kept);
    tb_checkpoint of[3];
    for (int i = 0; i < 3; i++) {
        char name[64];
        tb_checkpoint_name(i + 1, name);
        of[i] = opened(in_folder(6, name));
    }
    EQ(off(&again, &c, &c, 1), 0);
    OK(c.made_of && again.made_of && strcmp(c.made_of, again.made_of) == 0);
    SAME_TEXT(again.trained_on, "bells");
    NEAR(weight(&c, 0, 2),
         (weight(&of[0], 0, 2) + weight(&of[1], 0, 2) + weight(&of[2], 0, 2)) /
             3,
         1e-6);
    for (int i = 0; i < 3; i++)
        tb_checkpoint_clear(&of[i]);
    tb_checkpoint_clear(&again);
    tb_checkpoint_clear(&c);
}

static void refused(const char *a, const char *b, const char *because)
{
    tb_checkpoint c;
    tb_error error = {0};
    const tb_blended both[] = {{a, 1}, {b, 1}};
    OK(tb_blend_open(both, b ? 2 : 1, &c, &error) != TB_OK);
    if (!OK_NAMED(strstr(error.text, because), because))
        fprintf(stderr, "# %s\n", error.text);
    OK(!c.params && !c.config);
    OK(tb_blend_open(both, b ? 2 : 1, &c, NULL) != TB_OK);
}

static void check_refusals(void)
{
    char range[200];
    const char *one = in_folder(0, "epoch-0001.safetensors");
    refused(one, in_folder(1, "wide.safetensors"), "its hidden is 7");
    refused(one, in_folder(1, "fast.safetensors"), "its sample_rate is 8000");
    refused(one, in_folder(1, "wavenet.safetensors"), "the first is one of");
    refused(one, in_folder(1, "nothing.safetensors"), "nothing.safetensors");
    snprintf(range, sizeof range, "%s@5..9", folder);
    refused(range, NULL, "they go from 1 to 3");
    snprintf(range, sizeof range, "%s@9..5", folder);
    refused(range, NULL, "is not understood");
    snprintf(range, sizeof range, "%s@7", folder);
    refused(range, NULL, "no checkpoint of epoch 7");
    snprintf(range, sizeof range, "%s@1", one);
    refused(range, NULL, "has no epochs");
}

/* ---- voting ---- */

static tb_model *voting(const char *a, const char *b)
{
    const char *both[] = {a, b};
    tb_message message = {0};
    tb_model *m = tb_model_open_vote(both, b ? 2 : 1, &message);
    if (!OK(m != NULL))
        fprintf(stderr, "# %s\n", message.text);
    return m;
}

/* Sound of weights that stand (w < 0: those of the start). */
static void play(tb_model *m, sound *s, double first, double second,
                 int64_t block)
{
    tb_voices_settings set = tb_voices_defaults();
    set.voices = VOICES;
    set.seed = 5;
    tb_voices *v = voices_of(m, set);
    if (first >= 0) {
        turn(v, "weight_1", -1, first);
        turn(v, "weight-2", -1, second);
        tb_voices_reset(v, 5);
    }
    prompt(v, 40, 7, 1);
    make(v, s, block, 1);
    tb_voices_free(v);
}

static bool same(const sound *a, const sound *b)
{
    for (int i = 0; i < VOICES; i++)
        if (memcmp(a->data[i], b->data[i], LENGTH * sizeof(float)) != 0)
            return false;
    return true;
}

static void check_alone(const char *one, const char *two)
{
    static sound wanted[2], got, mixed, blocks;
    tb_model *a = tb_model_open(one, NULL), *b = tb_model_open(two, NULL);
    tb_model *v = voting(one, two);
    play(a, &wanted[0], -1, 0, LENGTH);
    play(b, &wanted[1], -1, 0, LENGTH);
    play(v, &got, 1, 0, LENGTH);
    OK_NAMED(same(&got, &wanted[0]), "the first alone");
    play(v, &got, 0, 1, LENGTH);
    OK_NAMED(same(&got, &wanted[1]), "the second alone");
    play(v, &mixed, 0.5, 0.5, LENGTH);
    OK(!same(&mixed, &wanted[0]) && !same(&mixed, &wanted[1]));
    play(v, &blocks, 0.5, 0.5, 7);
    OK_NAMED(same(&mixed, &blocks), "in any blocks");
    play(v, &got, -1, 0, LENGTH);
    OK_NAMED(same(&mixed, &got), "alike at first");
    play(v, &got, 0, 0, LENGTH);
    OK_NAMED(same(&mixed, &got), "no weight at all: alike");
    EQ(tb_model_epoch(v), -1);
    SAME_TEXT(tb_model_kind(v), "vote");
    tb_model_close(a);
    tb_model_close(b);
    tb_model_close(v);
}

/* What is kept names its members, and finds them when all is moved. */
static void check_kept(void)
{
    static sound wanted, got;
    tb_error error = {0};
    tb_checkpoint c;
    const char *both[] = {in_folder(0, "epoch-0001.safetensors"),
                          in_folder(1, "epoch-0002.safetensors")};
    const double weights[] = {1, 0.25};
    OK(tb_vote_open(both, weights, 2, &c, &error) == TB_OK);
    const char *kept = in_folder(5, "duo.safetensors");
    OK(tb_checkpoint_save(kept, &c, NULL, 0, NULL, &error) == TB_OK);
    tb_checkpoint_clear(&c);
    tb_model *v = voting(both[0], both[1]);
    tb_model *again = tb_model_open(kept, NULL);
    OK(again != NULL);
    play(v, &wanted, 1, 0.25, LENGTH);
    play(again, &got, -1, 0, LENGTH);
    OK_NAMED(same(&wanted, &got), "with its weights");
    tb_model_close(v);
    tb_model_close(again);
    OK(rename(both[1], in_folder(6, "away")) == 0);
    OK(tb_checkpoint_open(kept, &c, &error) == TB_ERR_FILE);
    OK(strstr(error.text, "epoch-0002"));
    OK(rename(in_folder(7, "wide.safetensors"), both[1]) == 0);
    OK(tb_checkpoint_open(kept, &c, &error) == TB_ERR_FORMAT);
    OK(rename(both[1], in_folder(7, "wide.safetensors")) == 0);
    OK(rename(in_folder(6, "away"), both[1]) == 0);
}

/* The logits of the whole are the logits of the stream. */
static void check_stream(void)
{
    tb_error error = {0};
    tb_checkpoint c;
    const char *both[] = {in_folder(0, "epoch-0001.safetensors"),
                          in_folder(1, "wavenet.safetensors")};
    const double weights[] = {1, 0.5};
    OK(tb_vote_open(both, weights, 2, &c, &error) == TB_OK);
    network n = {.config = configured(shape),
                 .backend = tb_backend_cpu(),
                 .rows = 2,
                 .params = c.params};
    OK(tb_instrument_method(c.instrument, c.config, c.base, "generate", 2,
                            &n.voices, &error) == TB_OK);
    n.levels = n.voices.heard;
    n.next = n.voices.output[1].value;
    find_said(&n);
    recording levels = material(&n.config, 2, 160, 3);
    recording a = streamed(&n, &levels, 160, false);
    recording b = streamed(&n, &levels, 13, false);
    OK_NAMED(same_bits(&a, &b), "any blocks");
    tb_graph *g = tb_graph_new();
    tb_value *in = tb_input(g, "levels", TB_I64, tb_dims(2, TB_FRAMES));
    tb_builder builder = {
        .graph = g, .config = c.config, .rows = 2, .base = c.base};
    tb_distribution next = c.instrument->network->loop(&builder, in, 0);
    tb_output out = {next.component[0].logits, NULL};
    tb_plan_settings set = {
        .backend = n.backend, .params = c.params, .frames = 160};
    tb_plan *p = tb_plan_new(g, 1, &out, &set, &error);
    recording whole_length = recording_new(2, 160, 16, sizeof(float));
    if (OK(p != NULL)) {
        copy(&levels, 0, 0, tb_plan_tensor(p, in), 160, true);
        tb_plan_run(p, CHECK_SEED, NULL);
        copy(&whole_length, 0, 0, tb_plan_tensor(p, out.value), 160, false);
    }
    OK_NAMED(distance(&a, &whole_length) < 1e-3, "the whole is the stream");
    free(whole_length.data);
    free(levels.data);
    free(a.data);
    free(b.data);
    tb_plan_free(p);
    tb_graph_free(g);
    tb_method_clear(&n.voices);
    tb_checkpoint_clear(&c);
}

static void vote_refused(const char *a, const char *b, const char *because)
{
    tb_checkpoint c;
    tb_error error = {0};
    const char *both[] = {a, b};
    OK(tb_vote_open(both, NULL, 2, &c, &error) != TB_OK);
    if (!OK_NAMED(strstr(error.text, because), because))
        fprintf(stderr, "# %s\n", error.text);
    OK(!c.params && !c.config && !c.base);
    OK(tb_vote_open(both, NULL, 2, &c, NULL) != TB_OK);
}

/* Two networks on frames whose mean was measured on other sounds. */
static void check_measured_refusals(void)
{
    static const char frames[] = "sample_rate=8000 fft_size=64 hop=16 hidden=6 "
                                 "choices=3 components=4";
    tb_checkpoint c;
    tb_error error = {0};
    const char *a = in_folder(2, "frames-a.safetensors");
    const char *b = in_folder(3, "frames-b.safetensors");
    save(&tb_framernn_instrument, frames, 1, a, 1);
    mean_level = 2;
    save(&tb_framernn_instrument, frames, 2, b, 2);
    vote_refused(a, b, "measured on other sounds");
    const char *plain = in_folder(4, "frames-c.safetensors");
    save(&tb_framernn_instrument,
         "sample_rate=8000 fft_size=64 hop=16 hidden=6 normalise=no", 1, plain,
         1);
    const char *mean = in_folder(5, "frames-d.safetensors");
    save(&tb_framernn_instrument,
         "sample_rate=8000 fft_size=64 hop=16 hidden=6", 1, mean, 1);
    vote_refused(mean, plain, "measured on other sounds");
    vote_refused(plain, mean, "measured on other sounds");
    const char *high = in_folder(6, "frames-e.safetensors");
    save(&tb_framernn_instrument,
         "sample_rate=8000 fft_size=64 hop=16 hidden=6 normalise=no floor=-60",
         1, high, 1);
    vote_refused(plain, high, "its floor");
    const char *loud = in_folder(7, "frames-f.safetensors");
    save(&tb_framernn_instrument,
         "sample_rate=8000 fft_size=64 hop=16 hidden=6 normalise=no "
         "scale=magnitude",
         1, loud, 1);
    vote_refused(plain, loud, "its scale");
    const char *const one[] = {a, a};
    OK(tb_vote_open(one, NULL, 2, &c, &error) == TB_OK);
    tb_checkpoint_clear(&c);
}

static void check_vote_refusals(void)
{
    char range[200];
    const char *one = in_folder(0, "epoch-0001.safetensors");
    vote_refused(one, in_folder(1, "fast.safetensors"), "its sample rate");
    vote_refused(one, in_folder(1, "fine.safetensors"), "its number of levels");
    vote_refused(one, in_folder(1, "even.safetensors"), "its mulaw");
    vote_refused(one, in_folder(1, "duo.safetensors"), "it is a vote itself");
    check_measured_refusals();
    vote_refused(one, "/dev/zero", "no file");
    snprintf(range, sizeof range, "%s@1..3", folder);
    vote_refused(one, range, "is an average");
    tb_checkpoint c;
    OK(tb_vote_open(&one, NULL, 0, &c, NULL) == TB_ERR_ARGUMENT);
    tb_learning l;
    tb_error error = {0};
    const tb_learning_size size = {.rows = 1, .window = 8};
    OK(tb_vote_instrument.learn(NULL, &size, &l, &error) == TB_ERR_UNSUPPORTED);
    OK(tb_instrument_named("vote", NULL) == &tb_vote_instrument);
}

int main(void)
{
    OK(mkdtemp(folder) != NULL);
    save(&tb_samplernn_instrument, shape, 1,
         in_folder(0, "epoch-0001.safetensors"), 1);
    save(&tb_samplernn_instrument, shape, 2,
         in_folder(0, "epoch-0002.safetensors"), 2);
    save(&tb_samplernn_instrument, shape, 3,
         in_folder(0, "epoch-0003.safetensors"), 3);
    save(&tb_samplernn_instrument, "frame_sizes=8,4,8 hidden=7 levels=16", 0,
         in_folder(0, "wide.safetensors"), 1);
    save(&tb_samplernn_instrument,
         "frame_sizes=8,4,8 hidden=6 head_size=8 h0=learned "
         "levels=16 sample_rate=8000",
         0, in_folder(0, "fast.safetensors"), 1);
    save(&tb_samplernn_instrument, "hidden=6 levels=32", 0,
         in_folder(0, "fine.safetensors"), 1);
    save(&tb_samplernn_instrument, "hidden=6 levels=16 mulaw=0", 0,
         in_folder(0, "even.safetensors"), 1);
    save(&tb_wavenet_instrument, "blocks=3 dims_dilated=4 levels=16", 0,
         in_folder(0, "wavenet.safetensors"), 4);
    check_weights();
    check_one();
    check_range();
    check_refusals();
    check_alone(in_folder(3, "epoch-0001.safetensors"),
                in_folder(4, "epoch-0002.safetensors"));
    check_alone(in_folder(3, "epoch-0001.safetensors"),
                in_folder(4, "wavenet.safetensors"));
    check_kept();
    check_stream();
    check_vote_refusals();
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    OK(system(command) == 0);
    return tap_done();
}
