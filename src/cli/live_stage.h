/* What is turned from outside while a model plays: MIDI controllers, messages
   of Open Sound Control, presets. On the control thread, but for one call. */
#ifndef TB_CLI_LIVE_STAGE_H
#define TB_CLI_LIVE_STAGE_H

#include "base/ring.h"
#include "base/status.h"
#include "live/presets.h"

#include <timbrel/live.h>

/* A controller and what it turns, from `low` to `high`. */
typedef struct cli_knob {
    int number;
    char control[40];
    double low, high;
    bool ranged; /* else the control's own */
} cli_knob;

enum { CLI_MOST_KNOBS = 64 };

typedef struct cli_stage {
    tb_live *live;
    cli_knob knobs[CLI_MOST_KNOBS];
    int knob_count;
    tb_ring *turned; /* controllers, from the audio thread */
    int socket;      /* -1: none */
    tb_live_presets presets;
} cli_stage;

/* Listens on a port of this machine's network; 0: on none. */
tb_status cli_stage_open(cli_stage *stage, tb_live *live, int port,
                         tb_error *error);
void cli_stage_close(cli_stage *stage);

/* "1=temperature" or "1=bias:0..2". */
tb_status cli_stage_add_knob(cli_stage *stage, const char *text,
                             tb_error *error);

/* cli_controller of the audio thread. */
TB_REALTIME void cli_stage_turn(void *stage, int number, int value);

/* Does what has come since. */
void cli_stage_serve(cli_stage *stage);

#endif
