/* Voices at work neither allocate nor free nor lock: counted, and what an audio
   thread calls is marked, so that tools/check-realtime reads it through. */
#include "counted.h"
#include "voice.h"

static TB_REALTIME void play(tb_voices *g, sound *a, int heat, int k, int p)
{
    prompt(g, 200, 200, 1);
    make(g, a, 100, 1);
    tb_voices_set(g, heat, -1, 0.7);
    tb_voices_set(g, k, 0, 5);
    tb_voices_set(g, p, 1, 0.9);
    prompt(g, 20, 3, 1);
    make(g, a, 1, 1);
    tb_voices_reset(g, 2);
    make(g, a, 100, 1);
}

int main(void)
{
    tb_model *m = model_of("frame_sizes=16,4,8 hidden=8 h0=learned");
    tb_voices_settings s = tb_voices_defaults();
    sound a;
    s.voices = VOICES;
    tb_voices *g = voices_of(m, s);
    int heat = tb_voices_control(g, "temperature");
    int k = tb_voices_control(g, "top_k"), p = tb_voices_control(g, "top_p");
    OK(counted > 0);
    counted = 0;
    play(g, &a, heat, k, p);
    EQ(counted, 0);
    tb_voices_free(g);
    tb_model_close(m);
    return tap_done();
}
