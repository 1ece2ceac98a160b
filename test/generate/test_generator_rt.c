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

/* Two networks in one stream, their weights moving. */
static void check_vote(void)
{
    char path[] = "/tmp/timbrel-vote-XXXXXX";
    const char *both[] = {path, path};
    sound a;
    close(mkstemp(path));
    save_model(path, "frame_sizes=16,4,8 hidden=8 h0=learned");
    tb_model *m = tb_model_open_vote(both, 2, NULL);
    tb_voices_settings s = tb_voices_defaults();
    s.voices = VOICES;
    tb_voices *g = voices_of(m, s);
    int first = tb_voices_control(g, "weight_1");
    int second = tb_voices_control(g, "weight_2");
    counted = 0;
    play(g, &a, first, second, tb_voices_control(g, "temperature"));
    EQ(counted, 0);
    tb_voices_free(g);
    tb_model_close(m);
    unlink(path);
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
    check_vote();
    return tap_done();
}
