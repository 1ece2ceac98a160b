/* Models that come and go while the sound goes on: nothing clicks, and what the
   control thread said holds. */
#include "live/live_state.h"
#include "live/player_state.h"
#include "live_models.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

enum { BLOCK = 64, FRAMES = 8192 };

/* ---- playing ---- */

/* A generator, or what hears a tone. */
typedef struct stage {
    tb_live *live;
    int64_t at;
    float *y; /* [FRAMES] */
} stage;

static float tone_at(int64_t i)
{
    return (float)(0.5 * sin(2 * 3.14159265 * 200 * (double)i / 48000));
}

static void play_block(stage *s)
{
    float x[BLOCK];
    const float *in = x;
    float *out = s->y + s->at;
    for (int i = 0; i < BLOCK; i++)
        x[i] = tone_at(s->at + i);
    tb_live_process(s->live, &in, &out, BLOCK);
    s->at += BLOCK;
}

static void play_until(stage *s, int64_t end)
{
    while (s->at < end)
        play_block(s);
}

/* Until the loader has answered, outside of the sound's time. */
static tb_live_told told_by(tb_live *live)
{
    tb_live_told told = {0};
    while (!tb_live_news(live, &told))
        sched_yield();
    return told;
}

/* Lent voices come back. */
static void wait_for_voices(tb_live *live)
{
    while (live->playing && tb_player_is_lent(live->playing))
        sched_yield();
}

static double largest_step(const float *y, int64_t from, int64_t to)
{
    double step = 0;
    for (int64_t i = from + 1; i < to; i++)
        step = fmax(step, fabs((double)y[i] - (double)y[i - 1]));
    return step;
}

static tb_live_settings settings_of(double rate)
{
    tb_live_settings s = tb_live_defaults();
    s.sample_rate = rate;
    s.mode = TB_LIVE_BURST;
    s.seed = 3;
    s.fade = 0.02;
    return s;
}

/* ---- one shape ---- */

/* The same weights once more: as if nothing had happened. */
static void check_reload(void)
{
    static float whole[FRAMES], y[FRAMES];
    char path[64];
    temporary(path);
    save_samplernn(path, 16000, 3);
    tb_live_settings settings = settings_of(16000);
    stage a = {live_of(&settings, path, "generate"), 0, whole};
    stage b = {live_of(&settings, path, "generate"), 0, y};
    play_until(&a, 3000);
    play_until(&b, 1024);
    OK(tb_live_reload(b.live));
    EQ(told_by(b.live).kind, TB_LIVE_LOADED);
    tb_player *before = b.live->playing;
    play_until(&b, 3000);
    OK_NAMED(b.live->playing != before && !b.live->coming, "another plays");
    double off = 0, loud = 0;
    for (int i = 0; i < 3000; i++) {
        off = fmax(off, fabs((double)whole[i] - (double)y[i]));
        loud = fmax(loud, fabs((double)whole[i]));
    }
    OK_NAMED(loud > 0.01 && off < 1e-6, "it goes on with the other's memory");
    tb_live_free(a.live);
    tb_live_free(b.live);
    unlink(path);
}

/* ---- two shapes ---- */

/* A tone through two models that are no network of one shape: it neither jumps
   nor sinks while they change. */
static void check_fade(void)
{
    static float y[FRAMES];
    char first[64], second[64];
    temporary(first);
    temporary(second);
    save_samplernn(first, 48000, 1);
    save_samplernn(second, 44100, 1);
    tb_live_settings settings = settings_of(48000);
    stage s = {live_of(&settings, first, "forward"), 0, y};
    play_until(&s, 1024);
    OK(tb_live_load(s.live, second, "forward"));
    EQ(told_by(s.live).kind, TB_LIVE_LOADED);
    SAME_TEXT(tb_live_path(s.live), second);
    play_until(&s, FRAMES);
    OK(!s.live->coming);
    double tone = largest_step(y, 200, 1000);
    OK_NAMED(largest_step(y, 200, FRAMES) < 2 * tone, "no click");
    double loudest = 0, quietest = 1;
    for (int64_t i = 256; i + 256 <= FRAMES; i += 64) {
        double peak = 0;
        for (int64_t j = i; j < i + 256; j++)
            peak = fmax(peak, fabs((double)y[j]));
        loudest = fmax(loudest, peak);
        quietest = fmin(quietest, peak);
    }
    OK(quietest > 0.3 && loudest < 0.75);
    tb_live_free(s.live);
    unlink(first);
    unlink(second);
}

static void check_failure(void)
{
    static float y[FRAMES];
    char path[64];
    temporary(path);
    save_samplernn(path, 48000, 1);
    tb_live_settings settings = settings_of(48000);
    stage s = {live_of(&settings, path, "forward"), 0, y};
    play_until(&s, 512);
    OK(tb_live_load(s.live, "/tmp/timbrel-there-is-none.ts", NULL));
    tb_live_told told = told_by(s.live);
    EQ(told.kind, TB_LIVE_FAILED);
    OK(strstr(told.message.text, "timbrel-there-is-none.ts") != NULL);
    OK(tb_live_method(s.live, "dance"));
    told = told_by(s.live);
    EQ(told.kind, TB_LIVE_FAILED);
    OK(strstr(told.message.text, "forward") != NULL);
    play_until(&s, 2048);
    OK_NAMED(largest_step(y, 256, 2048) < 0.05 && fabsf(y[2000]) < 0.6F,
             "the sound goes on");
    SAME_TEXT(tb_live_method_name(s.live), "forward");
    tb_live_free(s.live);
    unlink(path);
}

/* ---- controls ---- */

/* A control holds for the next model, too. */
static void check_controls(void)
{
    static float y[FRAMES];
    char path[64];
    double x = 0;
    temporary(path);
    save_samplernn(path, 16000, 3);
    tb_live_settings settings = settings_of(16000);
    stage s = {live_of(&settings, path, "generate"), 0, y};
    OK(tb_live_get(s.live, "temperature", &x) && x == 1);
    OK(tb_live_set(s.live, "temperature", -1, 0.25));
    OK(!tb_live_set(s.live, "heat", -1, 0.25));
    OK(tb_live_get(s.live, "temperature", &x) && x == 0.25);
    int k = tb_knobs_find(&s.live->loaded[0].player->knobs, "temperature");
    play_block(&s);
    double soon = s.live->playing->knobs.knob[k].now;
    OK_NAMED(soon < 1 && soon > 0.25, "real numbers glide");
    play_until(&s, 1024);
    NEAR(s.live->playing->knobs.knob[k].now, 0.25, 1e-12);
    OK(tb_live_reload(s.live));
    told_by(s.live);
    play_until(&s, 2048);
    NEAR(s.live->playing->knobs.knob[k].now, 0.25, 1e-12);
    tb_live_free(s.live);
    unlink(path);
}

/* Attributes of files of others are put in place beside the sound. */
static void check_attributes(void)
{
    static float y[FRAMES];
    tb_live_settings settings = settings_of(2000);
    stage s = {live_of(&settings, FIXTURES "/generator.ts", "forward"), 0, y};
    play_until(&s, 1024);
    double before = largest_step(y, 512, 1024);
    OK(tb_live_set(s.live, "bias", -1, 0.5));
    play_block(&s);
    play_block(&s);
    wait_for_voices(s.live);
    play_until(&s, 4096);
    double mean = 0, then = 0;
    for (int i = 0; i < 1024; i++) {
        mean += (double)y[3072 + i] / 1024;
        then += (double)y[i] / 1024;
    }
    OK_NAMED(fabs(mean - then) > 0.05, "bias=0.5 is heard");
    OK_NAMED(largest_step(y, 1024, 4096) < before + 0.4, "without a click");
    OK(tb_live_set_text(s.live, "bias", "0"));
    while (s.at < 6144) {
        play_block(&s);
        wait_for_voices(s.live);
    }
    tb_live_told told = {0};
    OK(tb_live_set_text(s.live, "nonsense", "0"));
    while (!tb_live_news(s.live, &told)) {
        s.at = s.at < FRAMES ? s.at : 0;
        play_block(&s);
        sched_yield();
    }
    EQ(told.kind, TB_LIVE_FAILED);
    OK(strstr(told.message.text, "nonsense") != NULL);
    tb_live_free(s.live);
}

/* Plays until what was set beside the sound is in place, or is refused. */
static bool settles(stage *s, tb_live_told *told)
{
    static double rate = 2000; /* another one each time */
    tb_message message;
    told->kind = TB_LIVE_LOADED;
    OK(tb_live_configure(s->live, ++rate, BLOCK, BLOCK, TB_LIVE_BURST,
                         &message));
    s->at = 0;
    play_until(s, 2048);
    return !tb_live_news(s->live, told);
}

/* Attributes that are sounds: a tone times the loudness of a buffer, and the
   first number of a tensor on top. */
static void check_sounds(void)
{
    static float y[FRAMES];
    const float bell[6] = {0.5F, -0.5F, 0.5F, 0.5F, -0.5F, 0.5F};
    const float wave[3] = {0.25F, 7, 8}, longest[100] = {0};
    tb_live_told told;
    tb_live_settings settings = settings_of(2000);
    settings.as_is = true;
    stage s = {live_of(&settings, FIXTURES "/sounds.ts", "forward"), 0, y};
    OK(settles(&s, &told) && largest_step(y, 0, 2048) == 0);
    OK(tb_live_give_sound(s.live, "bell", bell, 3, 2, 8000));
    OK(tb_live_set_text(s.live, "table", "bell,3"));
    OK(settles(&s, &told));
    NEAR(y[2000], 1.5 * tone_at(2000), 1e-6);
    OK(tb_live_give_sound(s.live, "click", wave, 3, 1, 8000));
    OK(tb_live_set_text(s.live, "wave", "click"));
    OK(tb_live_give_sound(s.live, "bell", wave, 1, 1, 4000));
    OK(tb_live_set_text(s.live, "table", "bell,1"));
    OK(settles(&s, &told));
    NEAR(y[2000], 0.25 * tone_at(2000) + 0.25, 1e-6);
    OK(tb_live_method(s.live, "rate"));
    OK(settles(&s, &told) || told.kind == TB_LIVE_LOADED);
    NEAR(y[2000], 4000, 0);
    OK(!tb_live_give_sound(s.live, "bell", wave, 0, 1, 4000));
    OK(tb_live_give_sound(s.live, "long", longest, 100, 1, 4000));
    OK(tb_live_set_text(s.live, "table", "long,1"));
    OK(tb_live_set_text(s.live, "wave", "gong"));
    while (!tb_live_news(s.live, &told))
        s.at = 0, play_block(&s);
    OK(strstr(told.message.text, "does not take 'long'") != NULL);
    while (!tb_live_news(s.live, &told))
        s.at = 0, play_block(&s);
    OK(strstr(told.message.text, "none of this name") != NULL);
    OK(tb_live_load(s.live, FIXTURES "/told.ts", NULL));
    while (!tb_live_news(s.live, &told) || told.kind != TB_LIVE_LOADED)
        s.at = 0, play_block(&s);
    tb_live_free(s.live);
}

/* A prompt: what is generated goes on from it. */
static void check_prompt(void)
{
    static float y[FRAMES], prompt[1000];
    char path[64];
    temporary(path);
    save_samplernn(path, 16000, 3);
    for (int i = 0; i < 1000; i++)
        prompt[i] = tone_at(3 * i);
    tb_live_settings settings = settings_of(16000);
    stage s = {live_of(&settings, path, "generate"), 0, y};
    play_until(&s, 512);
    OK(tb_live_prompt(s.live, prompt, 1000, 1, 16000));
    EQ(told_by(s.live).kind, TB_LIVE_LOADED);
    play_until(&s, 2048);
    tb_model *m = tb_model_open(path, NULL);
    tb_voices_settings v = tb_voices_defaults();
    v.seed = 3;
    tb_voices *voices = tb_voices_new(m, &v, NULL);
    const float *heard = prompt;
    static float want[FRAMES];
    float *out = want;
    tb_voices_prompt(voices, &heard, 1000);
    tb_voices_run(voices, &out, 2048 - 512);
    double off = 0;
    for (int i = 1024; i < 2048; i++)
        off = fmax(off, fabs((double)y[i] - (double)want[i - 512]));
    OK(off < 1e-6);
    tb_voices_free(voices);
    tb_model_close(m);
    OK(tb_live_method(s.live, "forward"));
    told_by(s.live);
    OK(tb_live_prompt(s.live, prompt, 1000, 1, 16000));
    EQ(told_by(s.live).kind, TB_LIVE_FAILED);
    tb_live_free(s.live);
    unlink(path);
}

static void check_off(void)
{
    static float y[FRAMES];
    char path[64];
    temporary(path);
    save_samplernn(path, 48000, 1);
    tb_live_settings settings = settings_of(48000);
    stage s = {live_of(&settings, path, "forward"), 0, y};
    play_until(&s, 1024);
    tb_live_enable(s.live, false);
    play_until(&s, 2048);
    tb_live_enable(s.live, true);
    play_until(&s, 4096);
    double loud = 0;
    for (int i = 1400; i < 2048; i++)
        loud = fmax(loud, fabs((double)y[i]));
    OK(loud == 0);
    OK(largest_step(y, 256, 4096) < 0.05);
    OK(fabs((double)y[4000]) > 0 || fabs((double)y[4010]) > 0);
    tb_live_free(s.live);
    unlink(path);
}

/* ---- late ---- */

static sem_t held;

static void play_when_told(void *player, int which)
{
    sem_wait(&held);
    tb_player_play_one(player, which);
}

/* A pass that is not there in time: silence without a click, counted; then the
   sound comes back. */
static void check_late(void)
{
    static float y[FRAMES];
    char path[64];
    tb_live_facts facts;
    temporary(path);
    save_samplernn(path, 48000, 1);
    sem_init(&held, 0, 0);
    tb_live_settings settings = settings_of(48000);
    settings.mode = TB_LIVE_THREADED;
    settings.buffer = 512;
    stage s = {live_of(&settings, path, "forward"), 0, y};
    play_block(&s);
    tb_player *p = s.live->playing;
    tb_runner_free(p->runner);
    p->runner = tb_runner_new(play_when_told, p, NULL);
    for (int pass = 0; s.at < FRAMES; pass++) {
        if (pass != 5 && pass != 6)
            sem_post(&held);
        play_until(&s, 512 * (pass + 1));
        while (pass != 5 && pass != 6 && !tb_runner_is_idle(p->runner))
            sched_yield();
        if (pass == 6) {
            sem_post(&held);
            while (!tb_runner_is_idle(p->runner))
                sched_yield();
        }
    }
    tb_live_look(s.live, &facts);
    EQ(facts.late, 2);
    OK(largest_step(y, 64, FRAMES) < 0.05);
    double loud = 0, end = 0;
    for (int i = 512 * 7 + 200; i < 512 * 8; i++)
        loud = fmax(loud, fabs((double)y[i]));
    for (int i = FRAMES - 512; i < FRAMES; i++)
        end = fmax(end, fabs((double)y[i]));
    OK_NAMED(loud == 0 && end > 0.4, "silent, then back");
    for (int i = 0; i < 4; i++)
        sem_post(&held);
    tb_live_free(s.live);
    sem_destroy(&held);
    unlink(path);
}

/* ---- sharing ---- */

static void check_shelf(void)
{
    char path[64];
    temporary(path);
    save_samplernn(path, 16000, 1);
    tb_live_settings settings = settings_of(16000);
    settings.shelf = tb_shelf_new();
    tb_live *a = live_of(&settings, path, "generate");
    tb_live *b = live_of(&settings, path, "forward");
    OK_NAMED(tb_live_model(a) == tb_live_model(b), "weights are there once");
    tb_live_free(a);
    OK(tb_live_model(b) != NULL);
    tb_live_free(b);
    tb_shelf_free(settings.shelf);
    unlink(path);
}

/* While one instance waits for its file, others open theirs. */
static void check_opening(void)
{
    char path[64], slow[80];
    temporary(path);
    save_samplernn(path, 16000, 1);
    snprintf(slow, sizeof slow, "%s.ts", path);
    OK(mkfifo(slow, 0600) == 0);
    tb_live_settings settings = settings_of(16000);
    settings.shelf = tb_shelf_new();
    tb_message message;
    tb_live *waits = tb_live_new(&settings, &message);
    OK(tb_live_load(waits, slow, NULL));
    int to_it = open(slow, O_WRONLY);
    tb_live_told told;
    tb_live *a = live_of(&settings, path, "generate");
    OK_NAMED(!tb_live_news(waits, &told), "the slow one is not there yet");
    close(to_it);
    EQ(told_by(waits).kind, TB_LIVE_FAILED);
    OK(tb_live_reload(a));
    EQ(told_by(a).kind, TB_LIVE_LOADED);
    tb_live *b = live_of(&settings, path, "forward");
    OK_NAMED(tb_live_model(a) == tb_live_model(b),
             "what was read anew is what others get");
    unlink(path);
    OK(tb_live_reload(a));
    EQ(told_by(a).kind, TB_LIVE_FAILED);
    tb_live *c = live_of(&settings, path, "forward");
    OK_NAMED(tb_live_model(a) == tb_live_model(c),
             "where that failed, what was there before");
    tb_live_free(a);
    tb_live_free(b);
    tb_live_free(c);
    tb_live_free(waits);
    tb_shelf_free(settings.shelf);
    unlink(slow);
}

/* More controls than are remembered: that is told, once. */
static void check_many(void)
{
    tb_live_settings settings = settings_of(16000);
    tb_message message;
    tb_live_told told;
    char name[40];
    tb_live *live = tb_live_new(&settings, &message);
    float out[BLOCK], *to = out;
    for (int i = 0; i <= TB_BOARD_ROOM; i++) {
        OK(!tb_live_news(live, &told));
        snprintf(name, sizeof name, "control_%d", i);
        tb_live_set(live, name, -1, 1);
        tb_live_process(live, NULL, &to, BLOCK);
    }
    OK(tb_live_news(live, &told) && told.kind == TB_LIVE_FAILED);
    OK(strstr(told.message.text, "512 controls") != NULL);
    tb_live_set(live, "control_x", -1, 1);
    OK(!tb_live_news(live, &told));
    tb_live_free(live);
}

static void check_settings(void)
{
    tb_message message = {0};
    tb_live_settings s = tb_live_defaults();
    s.block = 0;
    OK(!tb_live_new(&s, &message));
    OK(strstr(message.text, "65536") != NULL);
    s = tb_live_defaults();
    float out[BLOCK] = {1};
    float *to = out;
    tb_live *live = tb_live_new(&s, &message);
    tb_live_process(live, NULL, &to, BLOCK);
    OK_NAMED(out[0] == 0, "silent without a model");
    OK(!tb_live_open(live, "/tmp/timbrel-none", NULL, &message));
    OK(message.text[0] != 0);
    OK(!tb_live_model(live));
    OK(tb_live_configure(live, 44100, 32, 0, TB_LIVE_AUTO, &message));
    tb_live_free(live);
}

int main(void)
{
    check_settings();
    check_reload();
    check_fade();
    check_failure();
    check_controls();
    check_attributes();
    check_sounds();
    check_prompt();
    check_off();
    check_late();
    check_shelf();
    check_opening();
    check_many();
    return tap_done();
}
