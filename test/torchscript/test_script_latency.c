/* How late models say they are is how late what they play comes out. */
#include "tap.h"

#include "base/memory.h"
#include "torchscript/script_model.h"

#include <stdlib.h>

enum { BLOCK = 64, BLOCKS = 16, IMPULSE = 100 };

static tb_script_model *open_model(const char *folder, const char *name)
{
    char path[1024];
    tb_error error = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    tb_script_model *m = tb_script_model_open(path, NULL, &error);
    if (!OK_NAMED(m != NULL, name))
        fprintf(stderr, "# %s\n", error.text);
    return m;
}

static tb_script_stream *open_stream(tb_script_model *m, const char *method,
                                     int64_t block)
{
    tb_error error = {0};
    const tb_script_method *found =
        m ? tb_script_model_method(m, method, &error) : NULL;
    tb_script_stream *s =
        found ? tb_script_stream_new(m, found, 1, block, &error) : NULL;
    if (!OK_NAMED(s != NULL, method))
        fprintf(stderr, "# %s\n", error.text);
    return s;
}

/* Where the largest number of the answer to an impulse lies, as samples. */
static int64_t heard_at(tb_script_stream *s, int out_ratio)
{
    static float x[BLOCK], y[2][BLOCK];
    const float *in = x;
    float *out[2] = {y[0], y[1]}, largest = 0;
    int64_t found = -1;
    tb_error error = {0};
    for (int64_t i = 0; i < BLOCKS; i++) {
        memset(x, 0, sizeof x);
        if (i == IMPULSE / BLOCK)
            x[IMPULSE % BLOCK] = 1;
        EQ(tb_script_stream_play(s, &in, out, &error), TB_OK);
        for (int64_t k = 0; k < BLOCK / out_ratio; k++)
            if (fabsf(y[0][k]) + fabsf(y[1][k]) > largest) {
                largest = fabsf(y[0][k]) + fabsf(y[1][k]);
                found = i * BLOCK + k * out_ratio;
            }
    }
    return found;
}

static void test_told(const char *name, const char *method, int out_ratio,
                      tb_latency_source from, int64_t samples)
{
    tb_latency_source source = TB_LATENCY_UNKNOWN;
    tb_script_model *m = open_model(FIXTURES, name);
    tb_script_stream *s = open_stream(m, method, BLOCK);
    if (s) {
        double told = tb_script_stream_latency(s, &source);
        EQ(source, from);
        NEAR(told, (double)samples, 0);
        EQ(heard_at(s, out_ratio), IMPULSE + samples);
    }
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

static void test_untold(void)
{
    tb_latency_source source = TB_LATENCY_TOLD;
    tb_script_model *m = open_model(FIXTURES, "stream.ts");
    tb_script_stream *s = open_stream(m, "forward", BLOCK);
    if (s) {
        NEAR(tb_script_stream_latency(s, &source), 0, 0);
        EQ(source, TB_LATENCY_UNKNOWN);
    }
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

/* Neutone's models are asked. */
static void test_asked(void)
{
    double x[4] = {0};
    tb_script_model *m = open_model(FIXTURES, "queues.ts");
    if (!m)
        return;
    tb_latency_source source = TB_LATENCY_UNKNOWN;
    tb_script_stream *s = open_stream(m, "forward", 48);
    NEAR(s ? tb_script_stream_latency(s, &source) : 0, 48, 0);
    EQ(source, TB_LATENCY_ASKED);
    EQ(tb_script_model_numbers(m, "get_native_sample_rates", 4, x), 2);
    NEAR(x[1], 48000, 0);
    EQ(tb_script_model_numbers(m, "nothing_of_the_kind", 4, x), 0);
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

/* Measured on the real networks (samples of sound): in RAVE's own classes the
   whole streaming answer is the offline answer so much later. */
static void test_rave(const char *folder)
{
    static const struct {
        const char *name;
        double encode, forward;
    } known[] = {
        {"rave_v1.ts", 8448, 25488},       {"rave_v2.ts", 14208, 26720},
        {"rave_v2_small.ts", 5504, 10528}, {"rave_v2_causal.ts", 0, 1696},
        {"rave_discrete.ts", 9600, 18272}, {"rave_raspberry.ts", 8448, 24512}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        tb_latency_source source;
        tb_script_model *m = open_model(folder, known[i].name);
        tb_script_stream *e = open_stream(m, "encode", m ? m->ratio : 1);
        tb_script_stream *f = open_stream(m, "forward", m ? m->ratio : 1);
        if (e && f) {
            NEAR(tb_script_stream_latency(e, &source), known[i].encode, 0);
            NEAR(tb_script_stream_latency(f, &source), known[i].forward, 0);
        }
        tb_script_stream_free(e);
        tb_script_stream_free(f);
        tb_script_model_close(m);
    }
}

int main(void)
{
    const char *models = getenv("TIMBREL_TS_MODELS");
    test_told("told.ts", "forward", 1, TB_LATENCY_TOLD, 300);
    test_told("layers.ts", "forward", 1, TB_LATENCY_OF_LAYERS, 12);
    test_told("layers.ts", "down_up", 1, TB_LATENCY_OF_LAYERS, 3);
    test_told("layers.ts", "halve", 2, TB_LATENCY_OF_LAYERS, 10);
    test_told("causal.ts", "forward", 1, TB_LATENCY_OF_LAYERS, 1);
    test_told("causal.ts", "halve", 2, TB_LATENCY_OF_LAYERS, 0);
    test_untold();
    test_asked();
    if (models)
        test_rave(models);
    return tap_done();
}
