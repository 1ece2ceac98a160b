/* Controls on their way to voices: any thread says where they go, whoever plays
   brings them there, real numbers evenly within 20 ms, all others at once. */
#ifndef TB_LIVE_KNOBS_H
#define TB_LIVE_KNOBS_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdint.h>
#include <timbrel/model.h>

/* One control of one row. */
typedef struct tb_knob {
    _Atomic double target;
    double goal, now, per_frame;
} tb_knob;

typedef struct tb_knobs {
    const tb_control *control[64];
    int count, rows;
    tb_knob *knob;       /* [count, rows] */
    atomic_uint changes; /* of targets */
    unsigned seen;
    bool moving;
    double sample_rate; /* Hz: of the frames that are counted */
} tb_knobs;

/* The controls of a method where they stand when voices are new. */
tb_status tb_knobs_init(tb_knobs *knobs, tb_model *model, const char *method,
                        int rows, double sample_rate, tb_error *error);
void tb_knobs_clear(tb_knobs *knobs);

/* The control of this name, or -1; - and _ are the same. */
TB_REALTIME int tb_knobs_find(const tb_knobs *knobs, const char *name);

/* Any thread: row -1 is all of them. */
TB_REALTIME void tb_knobs_aim(tb_knobs *knobs, int control, int row, double x);

/* Who plays: as they stand so many frames later. */
TB_REALTIME void tb_knobs_turn(tb_knobs *knobs, tb_voices *voices,
                               int64_t frames);

#endif
