/* Messages of Open Sound Control 1.0 as programs send them over the network:
   opensoundcontrol.org/spec-1_0. */
#ifndef TB_LIVE_OSC_MESSAGE_H
#define TB_LIVE_OSC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

enum { TB_OSC_ARGUMENTS = 16 };

typedef struct tb_osc_argument {
    const char *text; /* null: a number */
    double number;
} tb_osc_argument;

/* Texts lie in the packet. */
typedef struct tb_osc_message {
    const char *address; /* "/set" */
    int count;
    tb_osc_argument arguments[TB_OSC_ARGUMENTS];
} tb_osc_message;

/* Calls `take` for each message of a packet, bundles within bundles too, up to
   8 deep; when they are to happen is not looked at. False where it is none: the
   messages before that were taken. */
bool tb_osc_read(const void *packet, size_t bytes,
                 void (*take)(void *context, const tb_osc_message *message),
                 void *context);

#endif
