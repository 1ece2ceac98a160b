/* What the files of the player share. */
#ifndef TB_LIVE_PLAYER_STATE_H
#define TB_LIVE_PLAYER_STATE_H

#include "dsp/polyphase.h"
#include "live/knobs.h"
#include "live/player.h"
#include "live/runner.h"
#include "live/slices.h"
#include "live/tape.h"
#include "live/timing.h"

/* Frames of a model that are played at once: by row, interleaved, as its ports
   have them. */
typedef struct tb_live_block {
    float **in, **out;
    int64_t frames;
    bool silent; /* the voices were elsewhere, or want to be prepared */
} tb_live_block;

/* Whose the voices are. */
enum { PLAYER_PLAYS, PLAYER_LENT };

struct tb_player {
    tb_shelf_place *place;
    tb_model *model;
    tb_player_settings settings;
    char method[64];
    tb_voices *voices;
    tb_port_facts in_port, out_port;
    bool has_input, knows_latency, is_prompted;
    int rows, inputs, outputs; /* channels of all rows */
    tb_live_mode mode;
    int64_t grain, pass; /* frames of the model: multiples of grain are played,
                            `pass` at once or at most */
    double worst;
    tb_timing timing;
    int64_t latency;

    /* From the host's rate to the model's and back. */
    tb_polyphase rate_in, rate_out;
    tb_live_tape *heard;  /* [inputs]: host frames */
    tb_live_tape *made;   /* [outputs]: frames of the output port */
    int64_t host_frames;  /* heard and spoken */
    int64_t model_frames; /* taken from them; without an input, due */
    int64_t port_frames;  /* in `made` so far */

    /* A block fills while the other one may be played. */
    tb_live_block block[2];
    int filling;
    int64_t fill;      /* frames of the model in it */
    bool owed;         /* the next full block asks for the result of the last */
    bool asked;        /* and that was played at all */
    tb_runner *runner; /* threaded */
    tb_slices *slices; /* sliced */
    double work;       /* of a pass, as slices count it */
    _Atomic int64_t late;

    tb_knobs knobs;
    _Atomic int state; /* PLAYER_... */
    atomic_bool wanted;

    /* Sound that stops sinks from where it was, and comes back slowly. */
    float *last; /* [outputs] */
    float gain, tail;
};

/* Plays a block, on whichever thread that is done. */
TB_REALTIME void tb_player_play(tb_player *player, tb_live_block *block);

/* tb_player_play for a runner. */
TB_REALTIME void tb_player_play_one(void *player, int which);

/* What a block gave is heard next. */
TB_REALTIME void tb_player_append(tb_player *player,
                                  const tb_live_block *block);

#endif
