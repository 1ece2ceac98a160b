/* What the files of an instance share. */
#ifndef TB_LIVE_LIVE_STATE_H
#define TB_LIVE_LIVE_STATE_H

#include "base/ring.h"
#include "base/semaphore.h"
#include "live/board.h"
#include "live/player.h"
#include "models/script_attributes.h"

#include <pthread.h>
#include <stdatomic.h>

/* What the control thread asks the loader for; the loader frees it, but for
   one that somebody waits for. */
typedef enum tb_job_kind {
    TB_JOB_OPEN,
    TB_JOB_PROMPT,
    TB_JOB_TEXT,
    TB_JOB_SOUND,
    TB_JOB_CONFIGURE
} tb_job_kind;

typedef struct tb_live_job {
    tb_job_kind kind;
    char *path, *method; /* null: as it is */
    bool anew;
    char *name, *text;
    float *samples; /* interleaved */
    int64_t frames;
    int channels;
    double sample_rate;
    tb_live_settings settings; /* CONFIGURE */
    bool waited_for;
} tb_live_job;

/* How it went. */
typedef struct tb_live_answer {
    int64_t number; /* in the order in which they were given */
    tb_live_told told;
    tb_shelf_place *place; /* LOADED, where there is a model now: theirs */
    char method[64];
} tb_live_answer;

/* A text that was set, or a sound that was given, the how-manieth of all. */
typedef struct tb_live_text {
    char *name, *text; /* text: null for a sound */
    float *samples;    /* interleaved */
    int64_t frames;
    int channels;
    double sample_rate;
    int64_t number;
} tb_live_text;

/* Players that are somewhere, and up to which number texts were set in them. */
enum { TB_LIVE_MOST_PLAYERS = 16 };

typedef struct tb_live_loaded {
    tb_player *player;
    int64_t texts;
} tb_live_loaded;

/* Numbers that any thread reads. */
typedef struct tb_live_shown {
    atomic_bool loaded, latency_is_whole;
    atomic_int inputs, outputs, mode;
    _Atomic int64_t pass, latency, late;
    _Atomic double worst;
} tb_live_shown;

struct tb_live {
    tb_live_settings settings;
    tb_shelf *shelf;
    bool own_shelf;

    /* The audio thread's. */
    tb_player *playing, *coming;
    int64_t wait; /* frames before `coming` is heard */
    int64_t fade_at, fade_frames;
    bool is_alike; /* the two play nearly the same */
    int tries;     /* calls in which it could not go on with the memory */
    tb_board board;
    float gain; /* of all: 0 when disabled */
    const float **in;
    float **out, **other; /* [TB_LIVE_MOST_CHANNELS]: a piece each */

    /* Between threads. */
    _Atomic(tb_player *) ready;
    tb_ring *turns;   /* tb_live_turn, from control to audio */
    tb_ring *leaving; /* tb_player *, from audio to the loader */
    tb_ring *jobs;    /* tb_live_job *, from control to the loader */
    tb_ring *answers; /* tb_live_answer, back */
    atomic_bool enabled;
    tb_live_shown shown;
    sem_t wake, answered;
    tb_live_answer reply; /* to who waits for it; with `answered` */

    /* The loader's. */
    pthread_t loader;
    bool has_loader;
    atomic_bool ends;
    tb_shelf_place *place; /* of the model that was opened last; null */
    char method[64];
    tb_live_loaded loaded[TB_LIVE_MOST_PLAYERS];
    int loaded_count;
    tb_live_text *texts;
    int text_count, text_room;
    int64_t text_number;
    int64_t answer_number;

    /* The control thread's. */
    tb_board set;
    tb_attribute_list attributes; /* that were set last */
    bool overflows;               /* a control found no room there */
    bool told_overflow;
    tb_shelf_place *known;
    int64_t known_since; /* the answer that told of it */
    char known_method[64];
};

/* Channels of a model that are heard, and played to. */
enum { TB_LIVE_MOST_CHANNELS = 256 };

/* The loader's thread, until `ends`. */
void *tb_live_serve(void *live);

/* To be called when neither audio nor loader run. */
void tb_live_forget(tb_live *live);

void tb_live_job_free(tb_live_job *job);

#endif
