/* A generator at work neither allocates nor frees. */
#include "voice.h"

static int64_t calls;

#define COUNTED(name, parameters, ...)                                         \
    void *__real_##name parameters;                                            \
    void *__wrap_##name parameters;                                            \
    void *__wrap_##name parameters                                             \
    {                                                                          \
        calls++;                                                               \
        return __real_##name(__VA_ARGS__);                                     \
    }

COUNTED(malloc, (size_t n), n)
COUNTED(calloc, (size_t n, size_t m), n, m)
COUNTED(realloc, (void *p, size_t n), p, n)
COUNTED(aligned_alloc, (size_t a, size_t n), a, n)

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p)
{
    calls++;
    __real_free(p);
}

int main(void)
{
    tb_model *m = model_of("frame_sizes=16,4,8 hidden=8 h0=learned");
    tb_generator_settings s = tb_generator_defaults();
    sound a;
    s.voices = VOICES;
    tb_generator *g = generator_of(m, s);
    OK(calls > 0);
    calls = 0;
    prompt(g, 200, 200, 1);
    make(g, &a, 100, 1);
    tb_generator_temperature(g, -1, 0.7F);
    tb_generator_top_k(g, 0, 5);
    tb_generator_top_p(g, 1, 0.9F);
    prompt(g, 20, 3, 1);
    make(g, &a, 1, 1);
    tb_generator_reset(g, 2);
    make(g, &a, 100, 1);
    EQ(calls, 0);
    tb_generator_free(g);
    tb_model_close(m);
    return tap_done();
}
