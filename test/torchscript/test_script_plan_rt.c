/* Playing a model allocates and locks nothing, once its plan holds; methods
   share their state. */
#include "counted.h"
#include "tap.h"

#include "torchscript/script_call.h"
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

/* So many blocks of any channels, of which none needs a plan, memory or a lock
   while it runs. */
static void play_quietly(tb_script_stream *s, int block, int blocks)
{
    float x[2 * BLOCK] = {0}, y[2 * BLOCK];
    const float *in[2] = {x, x + BLOCK};
    float *out[2] = {y, y + BLOCK};
    for (int i = 0; i < blocks; i++) {
        fill(x, i);
        fill(x + BLOCK, i + 1);
        counted = 0;
        bool held = tb_script_stream_run(s, in, out);
        if (!held || counted)
            fprintf(stderr, "# block %d of %d\n", i, block);
        EQ(counted, 0);
        OK(held);
    }
}

static tb_script_stream *open_stream(tb_script_model *m, int rows, int block)
{
    tb_error error = {0};
    tb_script_stream *s =
        m ? tb_script_stream_new(m, tb_script_model_method(m, "forward", NULL),
                                 rows, block, &error)
          : NULL;
    if (!OK_NAMED(s != NULL, "a stream"))
        fprintf(stderr, "# %s\n", error.text);
    return s;
}

static void set(tb_script_model *m, tb_script_stream *s, const char *name,
                const char *value)
{
    float x[2 * BLOCK] = {0}, y[2 * BLOCK];
    const float *in[2] = {x, x + BLOCK};
    float *out[2] = {y, y + BLOCK};
    tb_error error = {0};
    EQ(tb_script_model_set(m, name, 1, &value, &error), TB_OK);
    counted = 0;
    (void)tb_script_stream_run(s, in, out); /* says at once that it cannot */
    EQ(counted, 0);
    EQ(tb_script_stream_prepare(s, &error), TB_OK);
}

/* Statistics that a model takes of its sound: what its calls count is looked
   at by the calls. */
static void test_switches(void)
{
    static const char *const values[] = {"true", "false", "true", "false"};
    tb_script_model *m = open_model("adapt.ts");
    tb_script_stream *s = open_stream(m, 1, BLOCK);
    for (size_t i = 0; s && i < sizeof values / sizeof *values; i++) {
        set(m, s, "learning", values[i]);
        play_quietly(s, BLOCK, BLOCKS);
        set(m, s, "reset", "true");
        play_quietly(s, BLOCK, BLOCKS);
    }
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

/* Queues of blocks of one size within blocks of another: their fill is a
   number that steers the program, and comes back. */
static void test_queues(int block)
{
    tb_script_model *m = open_model("fifos.ts");
    tb_script_stream *s = open_stream(m, 1, block);
    if (s)
        play_quietly(s, block, 100);
    if (s)
        set(m, s, "gain", "0.5");
    if (s)
        play_quietly(s, block, 100);
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

/* Blocks that nothing divides: where queues are written to and read is a number
   of the plan, so there are few of them. The phase of an oscillator is one,
   too, and an attribute that sets one needs no new plan. */
static void test_wandering(int block)
{
    enum { FEW = 16, LONG = 400 };
    const char *rate = "0.031";
    tb_error error = {0};
    tb_script_plan_settings settings = {0};
    tb_script_argument x = {.is_input = true, .shape = tb_dims(1, 1, block)};
    tb_script_model *m = open_model("wander.ts");
    tb_script_stream *s = open_stream(m, 1, block);
    if (s)
        play_quietly(s, block, LONG);
    if (s && OK(!tb_script_model_set(m, "rate", 1, &rate, &error)))
        play_quietly(s, block, LONG);
    tb_script_stream_free(s);
    tb_script_call *c =
        m ? tb_script_call_new(m->module, "forward", 1, &x, &settings, &error)
          : NULL;
    OK(c && tb_script_call_prepare(c, &error));
    OK(c && tb_script_call_plans(c) <= FEW);
    tb_script_call_free(c);
    tb_script_model_close(m);
}

/* A number that grows with every call steers nothing as long as nobody asks for
   it; whoever does, hears how many there were. */
/* Rows of a table that take turns, and a ring of calls: where they lie is a
   number of the plan. */
static void test_places(void)
{
    enum { FEW = 4, LONG = 200, SHORT = 8 };
    tb_error error = {0};
    tb_script_plan_settings settings = {0};
    tb_script_argument x = {.is_input = true, .shape = tb_dims(1, 1, SHORT)};
    tb_script_model *m = open_model("places.ts");
    tb_script_stream *s = open_stream(m, 1, SHORT);
    if (s)
        play_quietly(s, SHORT, LONG);
    tb_script_stream_free(s);
    tb_script_call *c =
        m ? tb_script_call_new(m->module, "forward", 1, &x, &settings, &error)
          : NULL;
    OK(c && tb_script_call_prepare(c, &error));
    if (!OK(c && tb_script_call_plans(c) <= FEW))
        fprintf(stderr, "# %d plans\n", c ? tb_script_call_plans(c) : 0);
    tb_script_call_free(c);
    tb_script_model_close(m);
}

static void test_counter(void)
{
    char text[64];
    tb_script_model *m = open_model("rebind.ts");
    tb_script_stream *s = open_stream(m, 2, BLOCK);
    if (s)
        play_quietly(s, BLOCK, 100);
    if (m && OK(tb_script_model_get(m, "calls", text, sizeof text)))
        OK_NAMED(strcmp(text, "100") == 0, text);
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

/* Where no plan holds, nothing is played and nothing changes. */
static void test_untouched(void)
{
    float x[2 * BLOCK] = {0}, y[2][2 * BLOCK] = {{7}, {7}};
    const float *in[2] = {x, x + BLOCK};
    tb_error error = {0};
    const char *yes = "true";
    tb_script_model *m[2] = {open_model("adapt.ts"), open_model("adapt.ts")};
    tb_script_stream *s[2] = {open_stream(m[0], 1, BLOCK),
                              open_stream(m[1], 1, BLOCK)};
    fill(x, 3);
    fill(x + BLOCK, 5);
    for (int i = 0; i < 2 && s[0] && s[1]; i++) {
        float *out[2] = {y[i], y[i] + BLOCK};
        EQ(tb_script_model_set(m[i], "learning", 1, &yes, &error), TB_OK);
        for (int k = 0; k < 3 * i; k++) {
            OK(!tb_script_stream_run(s[i], in, out));
            OK(out[0][0] == 7);
        }
        EQ(tb_script_stream_play(s[i], in, out, &error), TB_OK);
        const char *no = "false";
        EQ(tb_script_model_set(m[i], "learning", 1, &no, &error), TB_OK);
        EQ(tb_script_stream_play(s[i], in, out, &error), TB_OK);
    }
    OK(memcmp(y[0], y[1], sizeof y[0]) == 0);
    for (int i = 0; i < 2; i++) {
        tb_script_stream_free(s[i]);
        tb_script_model_close(m[i]);
    }
}

int main(void)
{
    test_quiet("stream.ts");
    test_quiet("traced.ts");
    test_quiet("frozen.ts");
    test_quiet("chance.ts");
    test_shared();
    test_held();
    test_switches();
    test_queues(16);
    test_queues(64);
    test_queues(20);
    test_queues(17);
    test_wandering(31);
    test_wandering(47);
    test_wandering(BLOCK);
    test_counter();
    test_places();
    test_untouched();
    return tap_done();
}
