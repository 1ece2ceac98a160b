/* A method that an exported file is compared by, played in three ways: the
   whole sound at once, the stream in blocks, and the program in the file. */
#ifndef TB_EXPORT_PLAYING_H
#define TB_EXPORT_PLAYING_H

#include "export/nn_contract.h"
#include "export/nn_rate.h"

/* Numbers are [rows, channels, frames]. Where the file is for another rate,
   `told` and `heard` are at that of the host, and all else at the model's,
   which plays fewer blocks, or more, than the host brings. Begun with the first
   four, `waits` and `seed`. */
typedef struct tb_playing {
    const tb_nn_model *nn;
    const tb_nn_method *as; /* exported */
    const tb_nn_rate *rate; /* null: it is the model's */
    int rows;
    int64_t waits; /* frames that what the file is told waits in its queue */
    uint64_t seed; /* of the sound that is told */
    tb_method method, encoder;  /* of `rows` rows; encoder: of a loop */
    int64_t unit, blocks, base; /* base frames of a block, and in all */
    int64_t brought;            /* blocks of the host */
    int64_t in_frames, out_frames, late;
    int64_t told_frames, heard_frames;
    int64_t call; /* frames of the host that the file is played at once */
    float *in, *whole, *stream; /* in: what the model hears */
    float *told, *heard, *file; /* heard: what the host should get */
    float *shaken; /* the stream after the other prompt; null: not asked for */
    bool shakes;   /* while that is played */
} tb_playing;

/* Makes the method, room, and the sound that is told. */
tb_status tb_playing_begin(tb_playing *p, tb_error *error);

void tb_playing_clear(tb_playing *p);

tb_status tb_play_whole(tb_playing *p, tb_error *error);

/* Of a loop that is told its prompt's sound, a second time with a hair of noise
   in it. */
tb_status tb_play_stream(tb_playing *p, tb_error *error);

/* `path` is the file. */
tb_status tb_play_file(tb_playing *p, const char *path, tb_error *error);

/* What the host should get, of what the stream said. */
void tb_playing_hear(tb_playing *p);

/* ---- attributes ---- */

bool tb_playing_is_switch(const tb_control *c);
bool tb_playing_has_switches(const tb_playing *p);

/* Blocks of the host after which one switch gives way to the next. */
int64_t tb_playing_switched(const tb_playing *p);

/* Whether the switch that is number `control` is on in a block of the host. */
bool tb_playing_is_on(const tb_playing *p, int control, int64_t block);

/* Where an attribute that is no switch stands. */
double tb_playing_turned(const tb_control *c);

/* ---- tensors of a graph ---- */

/* The element of a port's tensor: real [rows, channels, frames], whole numbers
   [rows, frames, channels], or without channels. */
int64_t tb_playing_place(const tb_port *p, const tb_tensor *t, int64_t row,
                         int64_t ch, int64_t j);

/* `n` frames of what the model hears into a port: what a loop is told is sound,
   all but its last input. */
void tb_playing_put(const tb_playing *p, const tb_port *port,
                    const tb_tensor *t, int64_t from, int64_t n);

/* A tensor of the output's to frame `at` of `to`. */
void tb_playing_get(const tb_playing *p, const tb_tensor *t, float *to,
                    int64_t at);

/* All elements of a control's tensor, which may be null. */
void tb_playing_turn(const tb_tensor *t, double x);

#endif
