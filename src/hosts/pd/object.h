/* The objects timbrel~ and nn~ of Pure Data. All functions are called on Pd's
   own thread, which is the audio thread and the one of messages. */
#ifndef TB_HOSTS_PD_OBJECT_H
#define TB_HOSTS_PD_OBJECT_H

#include "live/presets.h"

#include <m_pd.h>
#include <timbrel/live.h>

enum { PD_MOST_CHANNELS = 64 };

typedef struct pd_object {
    t_object base;
    t_float number; /* what a signal inlet without a signal has */
    tb_live *live;
    t_canvas *canvas;
    t_outlet *told; /* the last one */
    t_clock *news;
    bool is_nn;   /* with nn~'s habits: buffers, the host's rate */
    bool is_wide; /* one cable of many channels */
    bool enabled, gpu;
    int inputs, outputs; /* signals; a wide one's channels */
    double rate;         /* Hz, and frames, of the last dsp */
    int block;
    int buffer; /* frames; 0: nothing is collected beyond what is needed */
    t_symbol *path;
    const float *in[PD_MOST_CHANNELS];
    float *out[PD_MOST_CHANNELS];

    /* Latents of their own, in place of what the inlets have. */
    tb_live_presets presets;
    float seen[PD_MOST_CHANNELS]; /* of what is no sound, last */
    float held[PD_MOST_CHANNELS];
    bool holds;
    float *lines; /* [PD_MOST_CHANNELS, block] */
} pd_object;

/* Pd's function for cables of many channels; null: it has none. */
extern void (*pd_set_channels)(t_signal **signal, int channels);

/* The path of a model as Pd finds it: beside the patch, then in Pd's path,
   with or without ".ts"; else beside the patch, as it is. */
void pd_find_model(const pd_object *x, const char *name, char *path,
                   size_t size);

/* Adds the messages that an object knows. */
void pd_add_messages(t_class *c);

/* Says what has happened on the instance's thread. */
void pd_tell_news(pd_object *x);

/* Other buffers or another host; says what is wrong. */
void pd_configure(pd_object *x);

/* A line of the console about this object. */
void pd_complain(pd_object *x, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
