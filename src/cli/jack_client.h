/* A client of JACK's sound server, whose library is loaded when it is needed.
   Ports for each channel of a model, and one for MIDI. */
#ifndef TB_CLI_JACK_CLIENT_H
#define TB_CLI_JACK_CLIENT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <timbrel/live.h>

typedef struct cli_jack cli_jack;

/* Called on the audio thread for each controller that arrives: its number 0 to
   127 and its value 0 to 127. */
typedef TB_REALTIME void cli_controller(void *context, int number, int value);

/* Loads the library and becomes a client of the server, waiting for none: null
   and an error where there is no library or no server. */
cli_jack *cli_jack_open(const char *name, tb_error *error);
void cli_jack_close(cli_jack *jack); /* accepts null */

double cli_jack_rate(const cli_jack *jack);   /* Hz */
int64_t cli_jack_block(const cli_jack *jack); /* frames of each call */

/* Makes ports and plays from now on; `connect`: to the machine's own. */
tb_status cli_jack_start(cli_jack *jack, tb_live *live, int inputs, int outputs,
                         bool connect, cli_controller *controller,
                         void *context, tb_error *error);

/* Whether the server is gone, or its blocks have another size: time to close
   and open anew. */
bool cli_jack_is_over(const cli_jack *jack);

/* Calls that came too late for the server. */
int64_t cli_jack_xruns(const cli_jack *jack);

#endif
