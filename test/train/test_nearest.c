/* An instrument of native code without weights, through all that others go
   through: its recordings are in the checkpoint, voices go on with them. */
#include "nearest.h"

#include "../generate/voice.h"
#include "counted.h"
#include "generate/voice_groups.h"
#include "train/trainer.h"

enum { ROOM = 6000, PROMPT = 200 };

static const nearest config = {.sample_rate = 8000,
                               .room = ROOM,
                               .likeness = 64,
                               .passage = 150,
                               .fade = 16,
                               .among = 4};

/* Two tones whose pitch wanders: every place is like no other. */
static float recorded(int i)
{
    double x = 0.4 * sin(0.1 * i + 20 * sin(0.0007 * i));
    return (float)(x + 0.3 * sin(0.37 * i + 9 * sin(0.0011 * i)));
}

static tb_model *model_with(int heard, tb_message *message)
{
    char path[] = "/tmp/timbrel-nearest-XXXXXX";
    int file = mkstemp(path);
    nearest own = config;
    tb_error error = {0};
    const tb_graph *g =
        tb_instrument_declare(&nearest_instrument, &own, NULL, &error);
    tb_params *p = tb_params_new(1, &g, sizeof(float), &error);
    tb_checkpoint c = {.instrument = &nearest_instrument,
                       .config = &own,
                       .params = p,
                       .epoch = 1};
    for (int i = 0; i < heard; i++)
        nearest_values(p, "recordings")[i] = recorded(i);
    *nearest_values(p, "heard") = (float)heard;
    OK(tb_checkpoint_save(path, &c, NULL, 0, NULL, &error) == TB_OK);
    tb_model *m = tb_model_open(path, message);
    OK_NAMED(m != NULL, "it opens as any other");
    tb_params_free(p);
    tb_graph_free((tb_graph *)g);
    close(file);
    unlink(path);
    return m;
}

/* Each voice hears another place of the recordings. */
static int place_of_voice(int voice)
{
    return 1000 + 1500 * voice;
}

static void hear(tb_voices *v, int64_t block)
{
    float x[VOICES][PROMPT];
    const float *from[VOICES];
    for (int64_t at = 0; at < PROMPT; at += block) {
        for (int i = 0; i < VOICES; i++) {
            for (int k = 0; k < PROMPT; k++)
                x[i][k] = recorded(place_of_voice(i) + k);
            from[i] = x[i] + at;
        }
        tb_voices_prompt(v, from, PROMPT - at < block ? PROMPT - at : block);
    }
}

static tb_voices *three_voices(tb_model *m)
{
    tb_voices_settings s = tb_voices_defaults();
    s.voices = VOICES;
    s.seed = 3;
    return voices_of(m, s);
}

static bool same(const sound *a, const sound *b, int voice)
{
    return memcmp(a->data[voice], b->data[voice], sizeof(float) * LENGTH) == 0;
}

static void check_continuation(tb_model *m)
{
    tb_voices *v = three_voices(m);
    sound a, b;
    turn(v, "temperature", -1, 0);
    tb_voices_reset(v, 3);
    hear(v, PROMPT);
    make(v, &a, LENGTH, 1);
    for (int i = 0; i < VOICES; i++) {
        double worst = 0;
        for (int k = 0; k < LENGTH; k++)
            worst = fmax(worst, fabs(a.data[i][k] -
                                     recorded(place_of_voice(i) + PROMPT + k)));
        NEAR(worst, 0, 1e-6);
    }
    tb_voices_reset(v, 4);
    hear(v, 7);
    make(v, &b, 13, 1);
    for (int i = 0; i < VOICES; i++)
        OK_NAMED(same(&a, &b, i), "the best place knows no chance");
    tb_voices_free(v);
}

static void check_chance(tb_model *m)
{
    static const int64_t blocks[] = {1, 13, PROMPT};
    tb_voices *v = three_voices(m);
    sound a, b;
    turn(v, "temperature", -1, 3);
    tb_voices_reset(v, 3);
    hear(v, PROMPT);
    make(v, &a, LENGTH, 1);
    for (int k = 0; k < 3; k++) {
        tb_voices_reset(v, 3);
        hear(v, blocks[k]);
        make(v, &b, blocks[k], 1);
        for (int i = 0; i < VOICES; i++)
            OK_NAMED(same(&a, &b, i), "a prompt in one piece is one in many");
    }
    bool other = false;
    for (uint64_t seed = 10; seed < 20; seed++) {
        tb_voices_reset(v, seed);
        hear(v, PROMPT);
        make(v, &b, LENGTH, 1);
        other |= !same(&a, &b, 0);
    }
    OK_NAMED(other, "another seed chooses another place");
    turn(v, "temperature", 1, 0);
    tb_voices_reset(v, 3);
    hear(v, PROMPT);
    make(v, &b, LENGTH, 1);
    OK_NAMED(same(&a, &b, 0) && same(&a, &b, 2), "each voice has its own");
    NEAR(b.data[1][100], recorded(place_of_voice(1) + PROMPT + 100), 1e-6);
    tb_voices_free(v);
}

/* Sound that is nowhere in the recordings, and then passage after passage:
   nothing moves faster than the recordings do. */
static void check_clicks(tb_model *m)
{
    tb_voices *v = three_voices(m);
    sound a;
    double fastest = 0, worst = 0;
    float x[VOICES][PROMPT];
    const float *from[VOICES];
    for (int i = 1; i < ROOM; i++)
        fastest = fmax(fastest, fabs(recorded(i) - recorded(i - 1)));
    for (int i = 0; i < VOICES; i++) {
        for (int k = 0; k < PROMPT; k++)
            x[i][k] = 0.9F * cosf(0.2F * (float)k);
        from[i] = x[i];
    }
    turn(v, "temperature", -1, 5);
    tb_voices_prompt(v, from, PROMPT);
    make(v, &a, LENGTH, 1);
    for (int i = 0; i < VOICES; i++)
        for (int k = 0; k < LENGTH; k++) {
            float before = k ? a.data[i][k - 1] : x[i][PROMPT - 1];
            worst = fmax(worst, fabs(a.data[i][k] - before));
        }
    OK_NAMED(worst < 2 * fastest, "passages do not click");
    tb_voices_free(v);
}

/* Without a prompt it begins anywhere, each voice and seed elsewhere, whoever
   else speaks. */
static void check_rows(tb_model *m)
{
    tb_voices_settings s = tb_voices_defaults();
    sound a, b;
    tb_voices *v = three_voices(m);
    make(v, &a, LENGTH, 1);
    OK(memcmp(a.data[0], a.data[1], sizeof(float) * LENGTH) != 0);
    s.seed = 3;
    s.first_voice = 2;
    tb_voices *alone = voices_of(m, s);
    make(alone, &b, 30, 1);
    OK_NAMED(memcmp(a.data[2], b.data[0], sizeof(float) * LENGTH) == 0,
             "voice 2 alone is voice 2 beside others");
    for (int threads = 1; threads <= VOICES; threads++) {
        tb_error error = {0};
        float *to[VOICES];
        s.first_voice = 0;
        s.voices = VOICES;
        tb_voice_groups *g = tb_voice_groups_new(m, &s, threads, &error);
        tb_voice_groups_run(g, voices_at(&b, to, 0, 1), LENGTH);
        for (int i = 0; i < VOICES; i++)
            OK_NAMED(same(&a, &b, i), "threads do not change a voice");
        tb_voice_groups_free(g);
    }
    tb_voices_free(v);
    tb_voices_free(alone);
}

static void check_rt(tb_model *m)
{
    tb_voices *v = three_voices(m);
    sound a;
    int heat = tb_voices_control(v, "temperature");
    OK(counted > 0);
    counted = 0;
    hear(v, 50);
    make(v, &a, 100, 1);
    tb_voices_set(v, heat, -1, 0.7);
    make(v, &a, 7, 1);
    tb_voices_reset(v, 2);
    make(v, &a, 100, 1);
    EQ(counted, 0);
    EQ(tb_voices_latency(v), 0);
    tb_voices_free(v);
}

static void check_facts(tb_model *m)
{
    tb_port_facts port = {0};
    EQ(tb_model_methods(m), 1);
    SAME_TEXT(tb_model_method(m, 0), "generate");
    OK(!tb_model_input(m, "generate", 0, &port));
    OK(tb_model_output(m, "generate", 0, &port) && port.is_sound &&
       port.channels == 1 && port.frames == 1 && port.per == 1);
    SAME_TEXT(tb_model_control(m, "generate", 0)->name, "temperature");
    OK(!tb_model_control(m, "generate", 1));
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    s.method = "encode";
    OK(!tb_voices_new(m, &s, &message));
    OK(strstr(message.text, "encode"));
}

static void check_empty(void)
{
    tb_message message = {0};
    tb_model *m = model_with(20, &message);
    OK(!tb_voices_new(m, NULL, &message));
    OK(strstr(message.text, "too little sound"));
    tb_model_close(m);
}

int main(void)
{
    static const tb_instrument *const more[] = {&nearest_instrument, NULL};
    tb_message message = {0};
    tb_instruments_add(more);
    tb_model *m = model_with(ROOM, &message);
    check_facts(m);
    check_continuation(m);
    check_chance(m);
    check_clicks(m);
    check_rows(m);
    check_rt(m);
    check_empty();
    tb_model_close(m);
    return tap_done();
}
