/* Timbrel: playing models live, inside of a host that calls for sound.

       tb_live *live = tb_live_new(&settings, &message);
       tb_live_open(live, "strings.ts", "forward", &message);
       audio callback: tb_live_process(live, in, out, frames);
       control thread: tb_live_set(live, "temperature", -1, 0.8);
                       tb_live_load(live, "bells@12", NULL);

   Models open on a thread of the instance and are warmed there; one that is
   ready takes the place of the one that plays without a click: where both are
   of one shape of network it goes on with the other's memory, else it listens
   along until it answers, and is faded in. */
#ifndef TIMBREL_LIVE_H
#define TIMBREL_LIVE_H

#include <timbrel/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- models that are open ---- */

/* Models by their paths: whoever plays the same one shares it. A host keeps one
   for all its instances. */
typedef struct tb_shelf tb_shelf;

tb_shelf *tb_shelf_new(void);
void tb_shelf_free(tb_shelf *shelf); /* after all who use it; accepts null */

/* ---- instances ---- */

/* Where the work of a model is done. */
typedef enum tb_live_mode {
    TB_LIVE_AUTO,    /* as measured: the first of these that is quick enough */
    TB_LIVE_BURST,   /* at once, when what a pass needs has come */
    TB_LIVE_SLICED,  /* spread over the calls of the next pass, on the audio
                        thread; a pass more latency */
    TB_LIVE_THREADED /* beside the audio thread; a pass more latency. A pass
                        that takes longer than it lasts is silent, and counted
                        as late */
} tb_live_mode;

typedef struct tb_live_settings {
    tb_shelf *shelf;    /* null: one of its own */
    double sample_rate; /* the host's, in whole Hz */
    int64_t block;      /* frames: all calls are multiples of it; 1: of any
                           size, at the cost of latency */
    int64_t buffer;     /* frames that a model plays at once, rounded up to
                           what it needs; 0: what suits */
    tb_live_mode mode;
    int inputs, outputs; /* channels that the host has. Those of a model beyond
                            them are silence, or not heard */
    int voices; /* sounds side by side; channels count voice by voice */
    uint64_t seed;
    double fade;       /* s, from one model to the next */
    bool as_is;        /* models play at the host's rate, whatever theirs */
    bool full_weights; /* 32 bits instead of 16 */
} tb_live_settings;

/* 48 kHz, blocks of 64, one channel, one voice, auto, fades of 50 ms. */
tb_live_settings tb_live_defaults(void);

typedef struct tb_live tb_live;

/* An instance without a model, which is silent. Null and a message when that
   cannot be. */
tb_live *tb_live_new(const tb_live_settings *settings, tb_message *message);
void tb_live_free(tb_live *live); /* not while it processes; accepts null */

/* ---- the control thread: one at a time ---- */

/* Opens a model and hands it over, and waits for that: for hosts that want to
   know its channels. `method` may be null: "generate" of a network of ours that
   can, else "forward", or what there is. False and a message when that cannot
   be; what played before plays on. */
bool tb_live_open(tb_live *live, const char *path, const char *method,
                  tb_message *message);

/* The same while the sound goes on, on the instance's own thread;
   tb_live_news tells how it went. False: too much is on its way. */
bool tb_live_load(tb_live *live, const char *path, const char *method);

/* The model that plays, read anew from its file: the latest epoch of a run. */
bool tb_live_reload(tb_live *live);

/* Another method of the model that plays. */
bool tb_live_method(tb_live *live, const char *method);

/* Models that generate go on from a sound: `channels` interleaved ones of
   `sample_rate` Hz. It is copied. */
bool tb_live_prompt(tb_live *live, const float *samples, int64_t frames,
                    int channels, double sample_rate);

/* Another host. Not while it processes; the model starts anew where something
   differs. */
bool tb_live_configure(tb_live *live, double sample_rate, int64_t block,
                       int64_t buffer, tb_live_mode mode, tb_message *message);

/* Turns a control of one voice, or of all for -1; it holds for models that are
   loaded later, too. False where the model that plays has none of this name.
   Of more than 512 (each voice's counts) tb_live_news says that they are too
   many to be remembered. */
bool tb_live_set(tb_live *live, const char *control, int voice, double x);

/* The same from a text, such as "0.5" or "1,0,0"; texts of files of others are
   set likewise, on the instance's thread (tb_live_news). */
bool tb_live_set_text(tb_live *live, const char *control, const char *text);

/* A sound that attributes of files of others can be set to by its name
   (tb_live_set_text): `channels` interleaved ones of `sample_rate` Hz. It is
   copied, and holds for models that are loaded later, too. */
bool tb_live_give_sound(tb_live *live, const char *name, const float *samples,
                        int64_t frames, int channels, double sample_rate);

/* What a control was set to, or stands at in a new model. */
bool tb_live_get(const tb_live *live, const char *control, double *x);

/* The same of attributes of files of others that are no control
   (tb_model_attribute), as their text. The text is the instance's until the
   next text is set or a model is loaded. Null: there is none of this name. */
const char *tb_live_get_text(const tb_live *live, const char *name);

/* Off: silence, and nothing is computed. Any thread. */
void tb_live_enable(tb_live *live, bool enabled);

/* The model that was opened last; null: none. Until the next tb_live_open or
   tb_live_news. */
tb_model *tb_live_model(const tb_live *live);
const char *tb_live_path(const tb_live *live);        /* "" without a model */
const char *tb_live_method_name(const tb_live *live); /* "" without one */

typedef enum tb_live_news_kind {
    TB_LIVE_LOADED, /* what was asked for plays, or will in a moment */
    TB_LIVE_FAILED  /* something went wrong; what played before plays on */
} tb_live_news_kind;

typedef struct tb_live_told {
    tb_live_news_kind kind;
    tb_message message;
} tb_live_told;

/* What happened since; false: nothing. */
bool tb_live_news(tb_live *live, tb_live_told *news);

/* ---- any thread ---- */

typedef struct tb_live_facts {
    bool loaded;
    int inputs, outputs;   /* channels of the model that plays */
    tb_live_mode mode;     /* as chosen */
    int64_t pass;          /* frames of the model that are played at once */
    int64_t latency;       /* host frames, all in all */
    bool latency_is_whole; /* false: a file of others does not say how much its
                              network adds */
    double worst;          /* s of processor that the longest call took when it
                              was warmed */
    int64_t late;          /* passes that came too late since it plays */
} tb_live_facts;

TB_REALTIME void tb_live_look(const tb_live *live, tb_live_facts *facts);

/* ---- the audio thread: nothing allocates or locks ---- */

/* `frames` frames, a multiple of the settings' block: in[i] and out[i] for each
   channel of the host; either may be null. They may be the same memory. */
TB_REALTIME void tb_live_process(tb_live *live, const float *const *in,
                                 float *const *out, int64_t frames);

/* Hosts that write files, between two calls: waits for passes and voices that
   are elsewhere, so that nothing is late however fast the calls follow. */
void tb_live_wait(tb_live *live);

#ifdef __cplusplus
}
#endif

#endif
