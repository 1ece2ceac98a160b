/* Voices of a network that speaks in frames of eight samples and says the last
   frame again and again: which samples of a prompt it goes on from, one by
   one. */
#include "engine/ops.h"
#include "models/checkpoint.h"
#include "nn/init.h"
#include "tap.h"
#include <timbrel/model.h>

#include <stdlib.h>
#include <unistd.h>

enum { FRAME = 8, LENGTH = 200 };

/* ---- the instrument ---- */

static tb_sound_format echo_format(const void *config)
{
    (void)config;
    return (tb_sound_format){8000, 1};
}

static tb_symbols echo_symbols(const void *config)
{
    (void)config;
    return (tb_symbols){
        .type = TB_REAL, .channels = FRAME, .frames = 1, .per = FRAME};
}

static tb_value *echo_encode(tb_builder *b, tb_value *sound)
{
    tb_value *frames = tb_fold(sound, FRAME);
    return tb_transpose(tb_reshape(frames, tb_dims(b->rows, TB_FRAMES, FRAME)),
                        1, 2);
}

static tb_distribution echo_loop(tb_builder *b, tb_value *symbols,
                                 int64_t context)
{
    tb_value *last = tb_pad(symbols, 2, 1 - context, -1 + !context);
    tb_value *gain = tb_param(b->graph, "gain", tb_dims(1));
    return tb_normal_distribution(tb_mul(last, gain), tb_scale(last, 0));
}

static tb_value *echo_decode(tb_builder *b, tb_value *symbols,
                             const tb_prime *prime)
{
    (void)prime;
    tb_value *frames = tb_unfold(tb_transpose(symbols, 1, 2));
    return tb_reshape(frames, tb_dims(b->rows, 1, TB_FRAMES));
}

static void echo_init(const void *config, tb_params *params, uint64_t seed)
{
    (void)config, (void)seed;
    tb_init_fill(params, "gain", 1);
}

static const tb_network echo_network = {.symbols = echo_symbols,
                                        .encode = echo_encode,
                                        .loop = echo_loop,
                                        .decode = echo_decode};

static const tb_setting no_rows[1];
static const tb_settings no_settings = {"network", no_rows, 0, NULL, 0};

static const tb_instrument echo = {.name = "echo",
                                   .about = "for tests",
                                   .settings = &no_settings,
                                   .config_size = 8,
                                   .format = echo_format,
                                   .network = &echo_network,
                                   .init = echo_init};

static tb_model *model_of(void)
{
    char path[] = "/tmp/timbrel-frames-XXXXXX";
    int64_t config = 0;
    int file = mkstemp(path);
    tb_message message = {0};
    tb_graph *g = tb_instrument_declare(&echo, &config, NULL, NULL);
    const tb_graph *graph = g;
    tb_checkpoint c = {.instrument = &echo,
                       .config = &config,
                       .params = tb_params_new(1, &graph, sizeof(float), NULL)};
    tb_instrument_init(&echo, &config, c.params, 0);
    OK(tb_checkpoint_save(path, &c, NULL, 0, NULL, NULL) == TB_OK);
    tb_model *m = tb_model_open(path, &message);
    if (!OK_NAMED(m != NULL, "the model opens"))
        fprintf(stderr, "# %s\n", message.text);
    tb_params_free(c.params);
    tb_graph_free(g);
    close(file);
    unlink(path);
    return m;
}

/* ---- prompts ---- */

static tb_voices *voices_of(tb_model *m, int64_t block)
{
    tb_voices_settings s = tb_voices_defaults();
    s.block = block;
    s.full_weights = true;
    tb_voices *v = tb_voices_new(m, &s, NULL);
    tb_voices_set(v, tb_voices_control(v, "temperature"), -1, 0);
    tb_voices_reset(v, 0);
    return v;
}

/* Sample i of a prompt is told from all others. */
static void prompt(tb_voices *v, int first, int64_t frames)
{
    float x[LENGTH];
    const float *all = x;
    for (int i = 0; i < frames; i++)
        x[i] = (float)(first + i) / 1000;
    tb_voices_prompt(v, &all, frames);
}

/* Whether what comes is the frame that begins with sample `first`, from its
   sample `from` on, again and again. */
static bool says(tb_voices *v, int first, int from, int64_t frames,
                 int64_t block)
{
    float x[LENGTH];
    bool right = true;
    for (int64_t at = 0; at < frames; at += block) {
        float *all = x + at;
        tb_voices_run(v, &all, frames - at < block ? frames - at : block);
    }
    for (int i = 0; i < frames; i++)
        right &= x[i] == (float)(first + (from + i) % FRAME) / 1000;
    return right;
}

/* In one piece: the end of the prompt is the end of a frame. */
static void check_whole(tb_model *m, int64_t block)
{
    tb_voices *v = voices_of(m, block);
    for (int n = FRAME; n < 6 * FRAME; n++) {
        tb_voices_reset(v, 0);
        prompt(v, 100, n);
        OK_NAMED(says(v, 100 + n - FRAME, 0, 50, 1 + n % 19),
                 "what comes follows the last sample");
    }
    tb_voices_free(v);
}

/* In pieces: of what fills no frame the network hears nothing, but that time
   has gone by. */
static void check_pieces(tb_model *m, int64_t block)
{
    tb_voices *v = voices_of(m, block);
    for (int first = 1; first < 20; first += 3)
        for (int n = 1; n < 20; n++) {
            int skipped = first % FRAME;
            int heard = skipped + (first - skipped + n) / FRAME * FRAME;
            tb_voices_reset(v, 0);
            prompt(v, 100, first);
            prompt(v, 100 + first, n);
            if (heard < FRAME + skipped)
                continue;
            OK_NAMED(says(v, 100 + heard - FRAME, first + n - heard, 40, 7),
                     "what is left over has gone by");
        }
    tb_voices_free(v);
}

/* Again and again, wherever a run ended. */
static void check_again(tb_model *m, int64_t block)
{
    tb_voices *v = voices_of(m, block);
    for (int n = 1; n < 20; n++) {
        prompt(v, 100 + n, 30);
        OK_NAMED(says(v, 122 + n, 0, n, 5), "prompts follow runs");
        OK_NAMED(says(v, 122 + n, n % FRAME, n, 3), "runs follow runs");
    }
    tb_voices_free(v);
}

int main(void)
{
    static const tb_instrument *const more[] = {&echo, NULL};
    tb_instruments_add(more);
    tb_model *m = model_of();
    for (int64_t block = 0; block < 40; block += 13) {
        check_whole(m, block);
        check_pieces(m, block);
        check_again(m, block);
    }
    tb_model_close(m);
    return tap_done();
}
