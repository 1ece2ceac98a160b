/* Nearest neighbour: it goes on as the recordings do, changes passages without
   a click, and never circles. */
#include "models/nearest.h"

#include "../generate/voice.h"
#include "counted.h"

enum { RATE = 8000, ROOM = 32000, PROMPT = 1600, LONG = 240000 };

static const tb_nearest standard = {.sample_rate = RATE,
                                    .channels = 1,
                                    .match = 0.15,
                                    .passage = 0.5,
                                    .fade = 0.02,
                                    .among = 8,
                                    .fresh = 3};

static float spoken[2][2 * LONG];

/* Two tones whose pitch and level wander: every place is like no other. */
static float wandering(int i)
{
    double x = 0.4 * sin(0.2 * i + 60 * sin(0.0007 * i));
    return (float)((x + 0.3 * sin(0.5 * i + 90 * sin(0.00031 * i))) *
                   (0.6 + 0.4 * sin(0.0002 * i)));
}

/* One bar over and over, then other things: what fits best is a bar that was
   just played. */
static float repeated(int i)
{
    return wandering(i < ROOM / 2 ? i % 4000 : i);
}

static void fill(float *to, const tb_nearest *c, float (*recorded)(int))
{
    for (int i = 0; i < c->room; i++) {
        to[i * c->channels] = recorded(i);
        if (c->channels == 2)
            to[2 * i + 1] = -recorded(i) / 2;
    }
}

static tb_model *model_with(tb_nearest c, float (*recorded)(int), int frames,
                            tb_message *message)
{
    char path[] = "/tmp/timbrel-nearest-XXXXXX";
    int file = mkstemp(path);
    tb_error error = {0};
    const tb_gathering *how = tb_nearest_instrument.gathering;
    how->make_room(&c, frames);
    const tb_graph *g =
        tb_instrument_declare(&tb_nearest_instrument, &c, NULL, &error);
    tb_params *p = tb_params_new(1, &g, sizeof(float), &error);
    tb_checkpoint k = {.instrument = &tb_nearest_instrument,
                       .config = &c,
                       .params = p,
                       .epoch = 1};
    const tb_parameter *kept =
        tb_params_at(p, tb_params_find(p, how->recordings));
    fill((float *)tb_params_data(p) + kept->offset, &c, recorded);
    OK(how->gathered(&c, p, &error) == TB_OK);
    OK(tb_checkpoint_save(path, &k, NULL, 0, NULL, &error) == TB_OK);
    tb_model *m = tb_model_open(path, message);
    OK_NAMED(m != NULL, "it opens as any other");
    tb_params_free(p);
    tb_graph_free((tb_graph *)g);
    close(file);
    unlink(path);
    return m;
}

static tb_voices *one_voice(tb_model *m, double temperature)
{
    tb_voices_settings s = tb_voices_defaults();
    s.seed = 3;
    tb_voices *v = voices_of(m, s);
    turn(v, "temperature", -1, temperature);
    return v;
}

static void hear(tb_voices *v, int from, int frames)
{
    static float x[PROMPT];
    const float *at = x;
    for (int i = 0; i < frames; i++)
        x[i] = wandering(from + i);
    tb_voices_prompt(v, &at, frames);
}

static void say(tb_voices *v, float *to, int64_t frames, int channels,
                int64_t block)
{
    for (int64_t at = 0; at < frames; at += block) {
        float *x = to + at * channels;
        tb_voices_run(v, &x, frames - at < block ? frames - at : block);
    }
}

static void check_continuation(tb_model *m)
{
    tb_voices *v = one_voice(m, 0);
    double worst = 0;
    hear(v, 11111, PROMPT);
    say(v, spoken[0], 3000, 1, 3000);
    for (int i = 0; i < 3000; i++)
        worst = fmax(worst, fabs(spoken[0][i] - wandering(11111 + PROMPT + i)));
    NEAR(worst, 0, 1e-6);
    tb_voices_free(v);
}

static bool same(int64_t frames)
{
    return memcmp(spoken[0], spoken[1], sizeof(float) * (size_t)frames) == 0;
}

static void check_chance(tb_model *m)
{
    static const int64_t blocks[] = {1, 13, 4096};
    tb_voices *v = one_voice(m, 1);
    tb_voices_reset(v, 3);
    say(v, spoken[0], 40000, 1, 40000);
    for (int i = 0; i < 3; i++) {
        tb_voices_reset(v, 3);
        say(v, spoken[1], 40000, 1, blocks[i]);
        OK_NAMED(same(40000), "the same seed, in any blocks");
    }
    tb_voices_reset(v, 4);
    say(v, spoken[1], 40000, 1, 40000);
    OK_NAMED(!same(40000), "another seed, another way");
    int other = 0;
    for (uint64_t seed = 5; seed < 10; seed++) {
        tb_voices_reset(v, seed);
        hear(v, 5000, PROMPT);
        say(v, spoken[seed & 1], 20000, 1, 512);
        other += seed > 5 && !same(20000);
    }
    OK_NAMED(other > 0, "after a prompt, too");
    tb_voices_free(v);
}

/* How far the end is from what was said so many frames before it, or as much of
   it as is plainly something else. */
static double change_since(int64_t lag)
{
    double most = 0;
    for (int64_t i = LONG - 8000; i < LONG && most < 0.1; i++)
        most = fmax(most, fabs(spoken[0][i] - spoken[0][i - lag]));
    return most;
}

/* The least change over all circles of up to 25 passages. */
static double least_change(tb_model *m)
{
    double least = 10;
    tb_voices *v = one_voice(m, 0);
    say(v, spoken[0], LONG, 1, 4000);
    for (int64_t lag = 1000; lag < 100000; lag++)
        least = fmin(least, change_since(lag));
    tb_voices_free(v);
    return least;
}

static void check_circles(void)
{
    tb_message message = {0};
    tb_nearest stale = standard;
    stale.fresh = 0;
    tb_model *m = model_with(standard, repeated, ROOM, &message);
    tb_model *worn = model_with(stale, repeated, ROOM, &message);
    double least = least_change(m);
    OK_NAMED(least > 0.05, "after half a minute it does not circle");
    least = least_change(worn);
    OK_NAMED(least < 0.01, "as it would if nothing wore off");
    tb_model_close(m);
    tb_model_close(worn);
}

/* A cut from place to place is some 0.5; a crossfade of equal power may be
   1.42 times as steep as what it fades. */
static void check_clicks(tb_model *m)
{
    double fastest = 0, worst = 0;
    tb_voices *v = one_voice(m, 1);
    for (int i = 1; i < ROOM; i++)
        fastest = fmax(fastest, fabs(wandering(i) - wandering(i - 1)));
    hear(v, 5003, PROMPT - 1);
    float last = 0.9F;
    const float *x = &last;
    tb_voices_prompt(v, &x, 1);
    say(v, spoken[0], LONG, 1, 4000);
    for (int i = 0; i < LONG; i++)
        worst = fmax(worst, fabs(spoken[0][i] - (i ? spoken[0][i - 1] : last)));
    fprintf(stderr, "# fastest %g of the recordings, %g here\n", fastest,
            worst);
    OK_NAMED(worst < 1.42 * fastest, "passages do not click");
    tb_voices_free(v);
}

static void check_stereo(void)
{
    tb_message message = {0};
    tb_nearest both = standard;
    both.channels = 2;
    tb_model *m = model_with(both, wandering, ROOM, &message);
    tb_voices *v = one_voice(m, 1);
    double worst = 0;
    say(v, spoken[0], 40000, 2, 1000);
    for (int i = 0; i < 40000; i++)
        worst = fmax(worst, fabs(spoken[0][2 * i] / 2 + spoken[0][2 * i + 1]));
    NEAR(worst, 0, 1e-6);
    tb_voices_free(v);
    tb_model_close(m);
}

static void check_rt(tb_model *m)
{
    tb_voices *v = one_voice(m, 0.7);
    int heat = tb_voices_control(v, "temperature");
    OK(counted > 0);
    counted = 0;
    hear(v, 50, 100);
    say(v, spoken[0], 20000, 1, 77);
    tb_voices_set(v, heat, -1, 0);
    say(v, spoken[0], 20000, 1, 77);
    tb_voices_reset(v, 2);
    say(v, spoken[0], 100, 1, 100);
    EQ(counted, 0);
    EQ(tb_voices_latency(v), 0);
    tb_voices_free(v);
}

static void check_refused(void)
{
    tb_message message = {0};
    tb_error error = {0};
    tb_nearest c = standard;
    tb_model *m = model_with(standard, wandering, 1500, &message);
    OK(!tb_voices_new(m, NULL, &message));
    OK(strstr(message.text, "too little sound"));
    tb_model_close(m);
    c.fade = 0.3;
    OK(tb_nearest_instrument.check(&c, &error) == TB_ERR_ARGUMENT);
    OK(strstr(error.text, "fade=0.25"));
}

int main(void)
{
    tb_message message = {0};
    tb_model *m = model_with(standard, wandering, ROOM, &message);
    check_continuation(m);
    check_chance(m);
    check_clicks(m);
    check_rt(m);
    check_circles();
    check_stereo();
    check_refused();
    tb_model_close(m);
    return tap_done();
}
