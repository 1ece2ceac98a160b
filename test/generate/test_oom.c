/* Allocation i fails, for every i, from checkpoint to generator: nothing
   crashes, nothing leaks and the failure is told. */
#include "voice.h"

/* ---- an allocator that fails on demand (linked with --wrap) ---- */

static int remaining, live, untold;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    live++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    live++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (remaining-- <= 0)
        return NULL;
    live += memory == NULL;
    return __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

/* ---- what is tried; true when it succeeded ---- */

static const char changes[] = "frame_sizes=4,2,3 hidden=3 head_size=4 levels=8 "
                              "h0=learned weight_norm=yes";
static char path[] = "/tmp/timbrel-oom-XXXXXX";
static network net;
static tb_model *model;

static bool train(void)
{
    tb_trainee t;
    tb_error error = {0};
    bool good = tb_samplernn_kind.trainee(&net.config, 2, &t, &error) == TB_OK;
    if (good)
        tb_trainee_clear(&t);
    untold += !good && !error.text[0];
    return good;
}

static bool save(void)
{
    tb_checkpoint c = {&tb_samplernn_kind, &net.config, net.params, 3, NULL};
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
    tb_generator *g = tb_generator_new(model, NULL, &message);
    tb_generator_free(g);
    untold += !g && !message.text[0];
    return g != NULL;
}

static void check(bool (*attempt)(void), const char *name)
{
    bool good = false;
    int failures = 0, before = live;
    for (; !good && failures < 10000; failures++) {
        remaining = failures;
        good = attempt();
        remaining = 1 << 30;
        if (live != before)
            fprintf(stderr, "# %s: %d blocks stay after failure %d\n", name,
                    live - before, failures);
        if (live != before)
            break;
    }
    OK_NAMED(good && live == before && failures > 3, name);
}

int main(void)
{
    remaining = 1 << 30;
    close(mkstemp(path));
    net = network_new(changes, 1, tb_backend_cpu());
    check(train, "graphs for training");
    check(save, "saving");
    check(open_model, "opening");
    model = tb_model_open(path, NULL);
    check(start, "starting");
    EQ(untold, 0);
    tb_model_close(model);
    network_free(&net);
    unlink(path);
    return tap_done();
}
