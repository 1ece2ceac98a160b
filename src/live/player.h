/* One model on one timeline, at the host's rate and in the host's blocks: what
   a host plays at a time, or fades from and to. */
#ifndef TB_LIVE_PLAYER_H
#define TB_LIVE_PLAYER_H

#include "base/status.h"
#include "live/shelf.h"

#include <timbrel/live.h>

typedef struct tb_player tb_player;

enum { TB_LIVE_MOST_VOICES = 64 };

/* Host frames that a player is called with at most, where all calls are
   multiples of `block`: a multiple of it. */
static inline int64_t tb_live_piece(int64_t block)
{
    const int64_t usual = 256;
    return block >= usual ? block : usual / block * block;
}

typedef struct tb_player_settings {
    const char *method; /* null: forward, or what the model has */
    double sample_rate; /* Hz: the host's */
    int64_t block;      /* frames: all calls are multiples of it */
    int64_t buffer;     /* frames of the model in a pass; 0: what suits */
    tb_live_mode mode;
    int voices;
    uint64_t seed;
    bool full_weights;
    bool as_is; /* at the host's rate, whatever the model's */
    TB_REALTIME void (*wake)(void *context); /* the voices are lent */
    void *context;
} tb_player_settings;

/* ---- a thread that may wait ---- */

/* Opens voices of a model and plays silence until all of it is warm. The
   model's place on the shelf is the player's from now on, also after a
   failure. */
tb_player *tb_player_new(tb_shelf_place *place,
                         const tb_player_settings *settings, tb_error *error);
void tb_player_free(tb_player *player); /* accepts null */

/* Once, before it is played: models that generate go on from a sound
   (interleaved in the model's channels and at its rate; `frames` 0: none), and
   what has to be made ahead is made. */
void tb_player_begin(tb_player *player, const float *samples, int64_t frames);

tb_model *tb_player_model(const tb_player *player);
const char *tb_player_method(const tb_player *player);
TB_REALTIME const tb_port_facts *
tb_player_port(const tb_player *player);        /* output */
double tb_player_rate(const tb_player *player); /* Hz: the model's */

/* Asks whoever plays for the voices. They play nothing until
   tb_player_give_back. */
void tb_player_want(tb_player *player);

/* Whether they are here: they have been asked for, or want to be prepared. */
TB_REALTIME bool tb_player_is_lent(const tb_player *player);
tb_voices *tb_player_voices(const tb_player *player);

/* tb_voices_prepare with an error of ours. */
tb_status tb_player_prepare(tb_player *player, tb_error *error);
void tb_player_give_back(tb_player *player);

/* Whether nobody is at its voices but who plays; they stay here until the next
   call of tb_player_process. */
bool tb_player_rests(const tb_player *player);

/* ---- the audio thread ---- */

/* `frames` frames in and out; channel by channel, null for a silent input. */
TB_REALTIME void tb_player_process(tb_player *player, const float *const *in,
                                   float *const *out, int64_t frames);

/* Goes on where another one stands, at the same frame of the same host: its
   network's memory and all that is on its way. False where their networks are
   not of one shape, or a pass of either is under way. */
TB_REALTIME bool tb_player_take_over(tb_player *player, const tb_player *from);

/* Whether that may be possible, by what their hosts see of them. */
TB_REALTIME bool tb_player_is_like(const tb_player *player,
                                   const tb_player *from);

TB_REALTIME void tb_player_aim(tb_player *player, const char *control,
                               int voice, double x);

/* ---- any thread ---- */

TB_REALTIME int tb_player_inputs(const tb_player *player);  /* channels */
TB_REALTIME int tb_player_outputs(const tb_player *player); /* channels */

/* Host frames by which answers come late; 0 for what has no input. */
TB_REALTIME int64_t tb_player_latency(const tb_player *player);

/* Whether that counts what the network itself lags behind. */
TB_REALTIME bool tb_player_knows_latency(const tb_player *player);
TB_REALTIME tb_live_mode tb_player_mode(const tb_player *player);
TB_REALTIME int64_t tb_player_pass(const tb_player *player); /* model frames */
TB_REALTIME int64_t tb_player_late(const tb_player *player); /* passes so far */
TB_REALTIME double tb_player_worst(const tb_player *player); /* s, when warm */

#endif
