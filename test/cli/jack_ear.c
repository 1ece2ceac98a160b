/* A client of JACK that plays a tone to `timbrel live` and listens to what
   comes back.

     jack_ear NAME LOW HIGH [NUMBER VALUE]

   Sends a MIDI controller, if there is one, and then waits until the loudness
   (root mean square) of what it hears lies between the two; fails after 20
   seconds. */
#include <jack/jack.h>
#include <jack/midiport.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WINDOW = 9600, CONTROLLER = 0xb0 };

typedef struct ear {
    jack_port_t *heard, *tone, *midi;
    double phase, sum;
    int count;
    atomic_bool sends;
    unsigned char event[3];
    _Atomic double loudness;
    atomic_int windows; /* since the controller was sent */
} ear;

static void play_tone(ear *e, float *y, jack_nframes_t n)
{
    const double turn = 6.283185307179586;
    for (jack_nframes_t i = 0; i < n; i++) {
        y[i] = (float)(0.5 * sin(e->phase));
        e->phase = fmod(e->phase + turn * 440 / 48000, turn);
    }
}

static void hear(ear *e, const float *x, jack_nframes_t n)
{
    for (jack_nframes_t i = 0; i < n; i++) {
        e->sum += (double)x[i] * (double)x[i];
        if (++e->count < WINDOW)
            continue;
        atomic_store(&e->loudness, sqrt(e->sum / WINDOW));
        atomic_fetch_add(&e->windows, 1);
        e->sum = e->count = 0;
    }
}

static int process(jack_nframes_t n, void *context)
{
    ear *e = context;
    void *midi = jack_port_get_buffer(e->midi, n);
    jack_midi_clear_buffer(midi);
    if (atomic_exchange(&e->sends, false)) {
        jack_midi_event_write(midi, n / 2, e->event, sizeof e->event);
        atomic_store(&e->windows, -1);
    }
    hear(e, jack_port_get_buffer(e->heard, n), n);
    play_tone(e, jack_port_get_buffer(e->tone, n), n);
    return 0;
}

static int connect(jack_client_t *client, const char *name, const ear *e)
{
    char in[80], out[80], midi[80];
    snprintf(in, sizeof in, "%s:in_1", name);
    snprintf(out, sizeof out, "%s:out_1", name);
    snprintf(midi, sizeof midi, "%s:midi", name);
    return jack_connect(client, jack_port_name(e->tone), in) ||
           jack_connect(client, out, jack_port_name(e->heard)) ||
           jack_connect(client, jack_port_name(e->midi), midi);
}

static int wait_for(ear *e, double low, double high)
{
    const struct timespec rest = {0, 100000000L};
    for (int i = 0; i < 200; i++) {
        double x = atomic_load(&e->loudness);
        if (atomic_load(&e->windows) > 1 && x >= low && x <= high)
            return 0;
        nanosleep(&rest, NULL);
    }
    fprintf(stderr, "# heard %g, not from %g to %g\n",
            atomic_load(&e->loudness), low, high);
    return 1;
}

int main(int argc, char **argv)
{
    static ear e;
    jack_client_t *client = jack_client_open("ear", JackNoStartServer, NULL);
    if (argc < 4 || !client)
        return 2;
    e.heard = jack_port_register(client, "heard", JACK_DEFAULT_AUDIO_TYPE,
                                 JackPortIsInput, 0);
    e.tone = jack_port_register(client, "tone", JACK_DEFAULT_AUDIO_TYPE,
                                JackPortIsOutput, 0);
    e.midi = jack_port_register(client, "midi", JACK_DEFAULT_MIDI_TYPE,
                                JackPortIsOutput, 0);
    jack_set_process_callback(client, process, &e);
    if (!e.heard || !e.tone || !e.midi || jack_activate(client) ||
        connect(client, argv[1], &e))
        return 2;
    if (argc > 5) {
        e.event[0] = CONTROLLER;
        e.event[1] = (unsigned char)atoi(argv[4]);
        e.event[2] = (unsigned char)atoi(argv[5]);
        atomic_store(&e.sends, true);
    }
    int status = wait_for(&e, atof(argv[2]), atof(argv[3]));
    jack_client_close(client);
    return status;
}
