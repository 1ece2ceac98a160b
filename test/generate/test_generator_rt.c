/* A generator at work neither allocates nor frees nor locks. */
#include "counted.h"
#include "voice.h"

int main(void)
{
    tb_model *m = model_of("frame_sizes=16,4,8 hidden=8 h0=learned");
    tb_generator_settings s = tb_generator_defaults();
    sound a;
    s.voices = VOICES;
    tb_generator *g = generator_of(m, s);
    OK(counted > 0);
    counted = 0;
    prompt(g, 200, 200, 1);
    make(g, &a, 100, 1);
    tb_generator_temperature(g, -1, 0.7F);
    tb_generator_top_k(g, 0, 5);
    tb_generator_top_p(g, 1, 0.9F);
    prompt(g, 20, 3, 1);
    make(g, &a, 1, 1);
    tb_generator_reset(g, 2);
    make(g, &a, 100, 1);
    EQ(counted, 0);
    tb_generator_free(g);
    tb_model_close(m);
    return tap_done();
}
