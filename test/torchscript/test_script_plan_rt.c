/* Playing a model allocates and locks nothing, once its plan holds; methods
   share their state. */
#include "counted.h"
#include "tap.h"

#include "torchscript/script_model.h"

enum { BLOCK = 64, BLOCKS = 8 };

static void fill(float *x, int block)
{
    for (int i = 0; i < BLOCK; i++)
        x[i] = sinf(0.05f * (float)(block * BLOCK + i));
}

static tb_script_model *open_model(const char *name)
{
    char path[1024];
    tb_error error = {0};
    snprintf(path, sizeof path, "%s/%s", FIXTURES, name);
    tb_script_model *m = tb_script_model_open(path, NULL, &error);
    if (!OK_NAMED(m != NULL, name))
        fprintf(stderr, "# %s\n", error.text);
    return m;
}

static void test_quiet(const char *name)
{
    float x[BLOCK], y[BLOCK];
    const float *in = x;
    float *out = y;
    tb_error error = {0};
    tb_script_model *m = open_model(name);
    const tb_script_method *method =
        m ? tb_script_model_method(m, "forward", &error) : NULL;
    tb_script_stream *s =
        method ? tb_script_stream_new(m, method, 1, BLOCK, &error) : NULL;
    if (!OK_NAMED(s != NULL, "a stream"))
        fprintf(stderr, "# %s\n", error.text);
    for (int i = 0; s && i < BLOCKS; i++) {
        fill(x, i);
        counted = 0;
        bool held = tb_script_stream_run(s, &in, &out);
        EQ(counted, 0);
        if (!held)
            EQ(tb_script_stream_play(s, &in, &out, &error), TB_OK);
        OK(held || i < 2);
    }
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

/* Two methods of one model, block by block in turn. */
static void test_shared(void)
{
    float x[BLOCK], y[BLOCK], z[2 * BLOCK / 8];
    const float *in = x, *latent[2] = {z, z + BLOCK / 8};
    float *out = y, *latent_out[2] = {z, z + BLOCK / 8};
    tb_error error = {0};
    tb_script_model *m = open_model("stream.ts");
    if (!m)
        return;
    tb_script_stream *encode = tb_script_stream_new(
        m, tb_script_model_method(m, "encode", NULL), 1, BLOCK, &error);
    tb_script_stream *decode = tb_script_stream_new(
        m, tb_script_model_method(m, "decode", NULL), 1, BLOCK, &error);
    float sum = 0;
    for (int i = 0; encode && decode && i < BLOCKS; i++) {
        fill(x, i);
        EQ(tb_script_stream_play(encode, &in, latent_out, &error), TB_OK);
        EQ(tb_script_stream_play(decode, latent, &out, &error), TB_OK);
        sum += fabsf(y[BLOCK / 2]);
    }
    OK(sum > 0);
    tb_script_stream_free(encode);
    tb_script_stream_free(decode);
    tb_script_model_close(m);
}

/* Of caches with rows for six voices, those of one are in memory. */
static void test_held(void)
{
    tb_error error = {0};
    tb_script_model *m = open_model("told.ts");
    const tb_script_method *method =
        m ? tb_script_model_method(m, "forward", &error) : NULL;
    tb_script_stream *s =
        method ? tb_script_stream_new(m, method, 1, BLOCK, &error) : NULL;
    const tb_script_value *x =
        m ? tb_script_slot(&m->module->root, "past") : NULL;
    if (OK(s && x && x->kind == TB_SCRIPT_TENSOR))
        EQ(6 * x->tensor->storage->held, x->tensor->storage->count);
    tb_script_stream_free(s);
    s = method ? tb_script_stream_new(m, method, 4, BLOCK, &error) : NULL;
    if (OK(s && x && x->kind == TB_SCRIPT_TENSOR))
        EQ(6 * x->tensor->storage->held, 4 * x->tensor->storage->count);
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

int main(void)
{
    test_quiet("stream.ts");
    test_quiet("traced.ts");
    test_quiet("frozen.ts");
    test_quiet("chance.ts");
    test_shared();
    test_held();
    return tap_done();
}
