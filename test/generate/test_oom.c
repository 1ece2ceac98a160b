/* Allocation i fails, for every i, from checkpoint to voices: nothing
   crashes, nothing leaks and the failure is told. */
#include "failing.h"
#include "models/blend.h"
#include "models/frametransformer.h"
#include "models/seq2seq.h"
#include "models/transformer.h"
#include "models/vote.h"
#include "voice.h"

static int untold; /* failures without a sentence */

/* ---- what is tried; true when it succeeded ---- */

static const char changes[] = "frame_sizes=4,2,3 hidden=3 head_size=4 levels=8 "
                              "h0=learned weight_norm=yes";
static char path[] = "/tmp/timbrel-oom-XXXXXX";
static network net;

static bool learns(const tb_instrument *instrument, const void *config)
{
    tb_learning l;
    tb_error error = {0};
    const tb_learning_size size = {.rows = 2, .window = 8};
    bool good =
        tb_instrument_learn(instrument, config, &size, &l, &error) == TB_OK;
    tb_learning_clear(&l);
    untold += !good && !error.text[0];
    return good;
}

static bool train(void)
{
    return learns(&tb_samplernn_instrument, &net.config);
}

/* Of the Transformers: their defaults. */
static tb_transformer samples;
static tb_frametransformer frames;

static bool attend(void)
{
    return learns(&tb_transformer_instrument, &samples);
}

static bool attend_to_frames(void)
{
    return learns(&tb_frametransformer_instrument, &frames);
}

static bool begin(void)
{
    tb_graph *g =
        tb_instrument_declare(&tb_transformer_instrument, &samples, NULL, NULL);
    const tb_graph *graph = g;
    tb_params *p = g ? tb_params_new(1, &graph, sizeof(float), NULL) : NULL;
    if (p)
        tb_instrument_init(&tb_transformer_instrument, &samples, p, 1);
    tb_params_free(p);
    tb_graph_free(g);
    return p != NULL;
}

static void set_defaults(void)
{
    tb_settings_part all[] = {{&tb_transformer_settings, &samples},
                              {&tb_frametransformer_settings, &frames}};
    tb_settings_defaults(&all[0], 1);
    tb_settings_defaults(&all[1], 1);
}

static bool save(void)
{
    tb_checkpoint c = {.instrument = &tb_samplernn_instrument,
                       .config = &net.config,
                       .params = net.params,
                       .epoch = 3};
    return tb_checkpoint_save(path, &c, NULL, 0, NULL, NULL) == TB_OK;
}

static bool open_model(void)
{
    tb_message message = {0};
    tb_model *m = tb_model_open(path, &message);
    tb_model_close(m);
    untold += !m && !message.text[0];
    return m != NULL;
}

static bool start(void)
{
    tb_message message = {0};
    tb_model *m = tb_model_open(path, NULL);
    tb_voices *g = m ? tb_voices_new(m, NULL, &message) : NULL;
    bool opened = m != NULL;
    tb_voices_free(g);
    tb_model_close(m);
    untold += opened && !g && !message.text[0];
    return g != NULL;
}

/* The saved one with itself. */
static bool blend(void)
{
    tb_checkpoint c;
    tb_error error = {0};
    const tb_blended both[] = {{path, 1}, {path, 2}};
    bool good = tb_blend_open(both, 2, &c, &error) == TB_OK;
    tb_checkpoint_clear(&c);
    untold += !good && !error.text[0];
    return good;
}

static bool vote(void)
{
    tb_message message = {0};
    const char *both[] = {path, path};
    tb_model *m = tb_model_open_vote(both, 2, &message);
    tb_voices *g = m ? tb_voices_new(m, NULL, &message) : NULL;
    tb_voices_free(g);
    tb_model_close(m);
    untold += !g && !message.text[0];
    return g != NULL;
}

/* A network on frames of spectra that hears chunks both ways. */
static tb_seq2seq chunks;

static void fill_chunks(void)
{
    tb_settings_part part = {&tb_seq2seq_settings, &chunks};
    const char *small[] = {"fft_size=16",
                           "hop=4",
                           "hidden=3",
                           "components=4",
                           "decoder_layers=2",
                           "upsampling=interpolate",
                           "downsampling=linear",
                           "chunk=3",
                           "past_noise=0.1",
                           "encoder_weight_norm=yes"};
    tb_settings_defaults(&part, 1);
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        OK(tb_settings_assign(&part, 1, small[i], NULL) == TB_OK);
}

static bool learn_chunks(void)
{
    tb_learning l;
    tb_error error = {0};
    const tb_learning_size size = {.rows = 2, .window = 24};
    bool good = tb_instrument_learn(&tb_seq2seq_instrument, &chunks, &size, &l,
                                    &error) == TB_OK;
    tb_learning_clear(&l);
    untold += !good && !error.text[0];
    return good;
}

static bool say_chunks(void)
{
    tb_method m;
    tb_error error = {0};
    bool good = tb_instrument_method(&tb_seq2seq_instrument, &chunks, NULL,
                                     "generate", 2, &m, &error) == TB_OK;
    tb_method_clear(&m);
    untold += !good && !error.text[0];
    return good;
}

static void check(bool (*attempt)(void), const char *name)
{
    fail_each(attempt, name, 3, 10000);
}

int main(void)
{
    close(mkstemp(path));
    net = network_new(changes, 1, tb_backend_cpu());
    set_defaults();
    check(train, "graphs for training");
    check(attend, "graphs of attention");
    check(attend_to_frames, "the same over frames");
    check(begin, "fresh weights");
    check(save, "saving");
    check(open_model, "opening");
    check(start, "starting");
    check(blend, "blending");
    check(vote, "voting");
    fill_chunks();
    check(learn_chunks, "graphs for training on chunks");
    check(say_chunks, "a method that says chunks");
    EQ(untold, 0);
    network_free(&net);
    unlink(path);
    return tap_done();
}
