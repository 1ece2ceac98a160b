/* Voices: the same sound from the same seed, whatever the blocks and the
   other voices; controls do what they say. */
#include "dsp/mulaw.h"
#include "voice.h"

static const char changes[] = "frame_sizes=8,4,6 hidden=8 levels=32 "
                              "head_size=8 cell=lstm learned_temperature=no";
static const char stereo[] = "frame_sizes=8,4,6 hidden=8 levels=32 "
                             "head_size=8 channels=2 sample_rate=22050";

static tb_voices_settings settings_of(int voices, uint64_t seed)
{
    tb_voices_settings s = tb_voices_defaults();
    s.voices = voices;
    s.seed = seed;
    return s;
}

static bool same(const sound *a, const sound *b, int voice, int channels)
{
    return memcmp(a->data[voice], b->data[voice],
                  sizeof(float) * LENGTH * (size_t)channels) == 0;
}

/* A voice sounds the same in a group of its own. */
static void check_numbers(tb_model *m)
{
    tb_voices_settings s = settings_of(2, 11);
    tb_voices *both = voices_of(m, s);
    s.voices = 1;
    s.first_voice = 1;
    tb_voices *second = voices_of(m, s);
    sound a, b;
    make(both, &a, LENGTH, 1);
    make(second, &b, 50, 1);
    OK_NAMED(memcmp(a.data[1], b.data[0], sizeof(float) * LENGTH) == 0,
             "voice 1 alone is voice 1 beside voice 0");
    tb_voices_free(both);
    tb_voices_free(second);
}

static void check_seeds(tb_model *m)
{
    tb_voices *g = voices_of(m, settings_of(2, 11));
    tb_voices *alone = voices_of(m, settings_of(1, 11));
    sound a, b, c;
    make(g, &a, LENGTH, 1);
    make(alone, &b, 7, 1);
    OK_NAMED(same(&a, &b, 0, 1), "one voice sounds as beside others");
    OK_NAMED(memcmp(a.data[0], a.data[1], sizeof(float) * LENGTH) != 0,
             "voices differ");
    tb_voices_reset(g, 12);
    make(g, &b, 1, 1);
    OK_NAMED(!same(&a, &b, 0, 1), "another seed is another sound");
    tb_voices_reset(g, 11);
    make(g, &c, 1, 1);
    OK_NAMED(same(&a, &c, 0, 1) && same(&a, &c, 1, 1),
             "the same seed is the same sound");
    tb_voices_free(g);
    tb_voices_free(alone);
}

static void check_prompts(tb_model *m, int channels)
{
    tb_voices *g = voices_of(m, settings_of(VOICES, 3));
    sound a, b;
    static const int64_t blocks[] = {1, 13, 200};
    prompt(g, 200, 200, channels);
    make(g, &a, LENGTH, channels);
    for (int k = 0; k < 3; k++) {
        tb_voices_reset(g, 3);
        prompt(g, 200, blocks[k], channels);
        make(g, &b, blocks[k], channels);
        for (int i = 0; i < VOICES; i++)
            OK_NAMED(same(&a, &b, i, channels),
                     "a prompt in one piece is one in many");
    }
    tb_voices_reset(g, 3);
    make(g, &b, LENGTH, channels);
    OK_NAMED(!same(&a, &b, 0, channels), "a prompt is heard");
    bool fits = true;
    for (int k = 0; k < channels * LENGTH; k++)
        fits &= fabsf(a.data[0][k]) <= 1;
    OK_NAMED(fits, "samples lie between -1 and 1");
    tb_voices_free(g);
}

static void check_controls(tb_model *m)
{
    tb_voices_settings cold = settings_of(2, 1), narrow = settings_of(2, 2);
    sound a, b, c;
    tb_voices *g = voices_of(m, cold), *h = voices_of(m, narrow);
    turn(g, "temperature", -1, 0);
    turn(h, "top_k", -1, 1);
    tb_voices_reset(g, 1);
    tb_voices_reset(h, 2);
    make(g, &a, 50, 1);
    make(h, &b, 50, 1);
    OK_NAMED(same(&a, &b, 0, 1), "temperature 0 is top-k 1, for any seed");
    OK_NAMED(memcmp(a.data[0], a.data[1], sizeof(float) * LENGTH) == 0,
             "then all voices say the same");
    tb_voices_reset(g, 1);
    turn(g, "temperature", 1, 1);
    make(g, &c, 50, 1);
    OK_NAMED(same(&a, &c, 0, 1) && !same(&a, &c, 1, 1),
             "a control of one voice leaves the others alone");
    turn(g, "top_p", -1, 1e-6F);
    tb_voices_reset(g, 5);
    make(g, &c, 50, 1);
    OK_NAMED(same(&a, &c, 1, 1), "the smallest top-p leaves the likeliest");
    turn(g, "top_p", 1, 1);
    turn(g, "top-k", 1, 2);
    tb_voices_reset(g, 5);
    make(g, &c, 50, 1);
    OK_NAMED(!same(&a, &c, 1, 1), "top-k 2 leaves two");
    tb_voices_free(g);
    tb_voices_free(h);
}

/* With temperature 0 each sample is the likeliest that the training graph
   would say after the ones before. */
static void check_truth(tb_model *m)
{
    tb_voices_settings s = settings_of(1, 0);
    s.full_weights = true;
    tb_voices *g = voices_of(m, s);
    turn(g, "temperature", -1, 0);
    network n = network_new(changes, 1, tb_backend_cpu());
    recording x = recording_new(1, LENGTH, 1, sizeof(int64_t));
    sound a;
    tb_mulaw law;
    enlarge(n.params);
    prompt(g, 100, 100, 1);
    make(g, &a, LENGTH, 1);
    tb_voices_reset(g, 0);
    make(g, &a, LENGTH, 1);
    tb_mulaw_init(&law, n.config.sound.levels, n.config.sound.mulaw, NULL);
    for (int64_t j = 0; j < LENGTH; j++)
        *(int64_t *)at(&x, 0, j, 0) = tb_mulaw_quantise(&law, a.data[0][j]);
    recording y = whole(&n, &x, 0, 0, false);
    int64_t wrong = 0;
    for (int64_t j = 0; j < LENGTH; j++) {
        int64_t best = 0;
        for (int64_t k = 1; k < y.n; k++)
            best = number(&y, 0, j, k) > number(&y, 0, j, best) ? k : best;
        wrong += best != *(int64_t *)at(&x, 0, j, 0);
    }
    EQ(wrong, 0);
    free(x.data);
    free(y.data);
    network_free(&n);
    tb_voices_free(g);
}

static void check_errors(tb_model *m)
{
    tb_message message = {0};
    tb_voices_settings s = settings_of(0, 0);
    OK(!tb_model_open("/nowhere/at/all", &message));
    OK(strstr(message.text, "/nowhere/at/all"));
    OK(!tb_model_open("/nowhere/at/all", NULL));
    OK(!tb_voices_new(m, &s, &message));
    OK(strstr(message.text, "voices"));
    s = settings_of(1, 0);
    s.method = "transfer";
    OK(!tb_voices_new(m, &s, &message));
    OK(strstr(message.text, "transfer"));
    tb_voices_free(NULL);
    tb_model_close(NULL);
}

/* Voices that take over go on as those before them would; only with weights of
   another shape they do not. */
static void check_take_over(tb_model *m, tb_model *other)
{
    tb_voices_settings s = settings_of(VOICES, 3);
    sound before, gone_on, taken;
    float *to[VOICES];
    tb_voices *g = voices_of(m, s), *h = voices_of(m, settings_of(VOICES, 4));
    tb_voices *o = voices_of(other, s);
    tb_voices_run(g, voices_at(&before, to, 0, 1), LENGTH / 2);
    tb_voices_prompt(g, (const float *const *)to, 30);
    tb_voices_run(h, voices_at(&taken, to, 0, 1), 7);
    OK(!tb_voices_take_over(o, g));
    OK(tb_voices_take_over(h, g));
    tb_voices_run(g, voices_at(&gone_on, to, 0, 1), LENGTH);
    tb_voices_run(h, voices_at(&taken, to, 0, 1), LENGTH);
    for (int i = 0; i < VOICES; i++)
        OK(memcmp(gone_on.data[i], taken.data[i], LENGTH * sizeof(float)) == 0);
    tb_voices_free(g);
    tb_voices_free(h);
    tb_voices_free(o);
}

/* Codes are played, too: whole numbers, as many as there are samples. */
static void check_codes(tb_model *m)
{
    static float x[LENGTH], codes[LENGTH], apart[LENGTH], whole[LENGTH];
    static const char *const methods[] = {"encode", "decode", "forward"};
    const float *in[] = {x, codes, x};
    float *out[] = {codes, apart, whole};
    tb_port_facts port = {0};
    for (int i = 0; i < LENGTH; i++)
        x[i] = sinf(0.1F * (float)i);
    for (int i = 0; i < 3; i++) {
        tb_voices_settings s = settings_of(1, 0);
        s.method = methods[i];
        tb_voices *v = voices_of(m, s);
        EQ(tb_voices_grain(v), 1);
        EQ(tb_voices_latency(v), 0);
        tb_voices_process(v, in + i, out + i, LENGTH);
        tb_voices_free(v);
    }
    OK(tb_model_output(m, "encode", 0, &port));
    EQ(port.levels, 32);
    int64_t whole_numbers = 0;
    for (int i = 0; i < LENGTH; i++)
        whole_numbers += codes[i] == floorf(codes[i]) && codes[i] >= 0 &&
                         codes[i] < (float)port.levels;
    EQ(whole_numbers, LENGTH);
    OK(memcmp(apart, whole, sizeof whole) == 0);
    OK(fabsf(whole[20] - x[20]) < 0.1F);
}

/* Controls from texts, as command lines have them. */
static void check_texts(tb_model *m)
{
    tb_message message = {0};
    tb_voices *v = voices_of(m, settings_of(2, 11));
    sound a, b;
    OK(tb_voices_set_text(v, "temperature", "0.5", &message));
    tb_voices_reset(v, 11);
    make(v, &a, 50, 1);
    turn(v, "temperature", -1, 0.5);
    tb_voices_reset(v, 11);
    make(v, &b, 50, 1);
    OK(same(&a, &b, 0, 1) && same(&a, &b, 1, 1));
    OK(!tb_voices_set_text(v, "temperature", "warm", &message));
    OK(strstr(message.text, "temperature=warm: it takes 1 number from 0"));
    OK(!tb_voices_set_text(v, "temperature", "1,2", &message));
    OK(!tb_voices_set_text(v, "top_k", "-1", &message));
    OK(!tb_voices_set_text(v, "colour", "1", &message));
    OK(strstr(message.text, "temperature"));
    OK(tb_voices_prepare(v, &message));
    tb_voices_free(v);
}

int main(void)
{
    tb_model *m = model_of(changes), *two = model_of(stereo);
    SAME_TEXT(tb_model_kind(m), "samplernn");
    EQ(tb_model_epoch(m), 4);
    EQ(tb_model_channels(m), 1);
    EQ(tb_model_channels(two), 2);
    NEAR(tb_model_sample_rate(two), 22050, 0);
    check_seeds(m);
    check_numbers(m);
    check_prompts(m, 1);
    check_prompts(two, 2);
    check_controls(m);
    check_truth(m);
    check_codes(m);
    check_texts(m);
    check_errors(m);
    check_take_over(m, two);
    tb_model_close(m);
    tb_model_close(two);
    return tap_done();
}
