#include "cli/jack_client.h"

#include "base/library.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PORTS = 64 };

/* What the library's interface says, as far as it is used here: its headers
   are not needed where the program is built. */
typedef struct jack_client jack_client;
typedef struct jack_port jack_port;

typedef struct jack_event {
    uint32_t time;
    size_t size;
    unsigned char *bytes;
} jack_event;

typedef struct jack_range {
    uint32_t min, max; /* frames */
} jack_range;

enum {
    NO_START_SERVER = 1, /* options */
    IS_INPUT = 1,        /* flags of ports */
    IS_OUTPUT = 2,
    IS_PHYSICAL = 4,
    CAPTURE_LATENCY = 0 /* and playback: 1 */
};

static const char audio[] = "32 bit float mono audio";
static const char midi[] = "8 bit raw midi";

typedef int frames_call(uint32_t frames, void *context);

/* The functions of the library, in the order of their names. */
typedef struct jack_library {
    jack_client *(*open)(const char *name, int options, int *status, ...);
    int (*close)(jack_client *client);
    uint32_t (*rate)(jack_client *client);
    uint32_t (*block)(jack_client *client);
    int (*set_process)(jack_client *client, frames_call *call, void *context);
    void (*on_shutdown)(jack_client *client, void (*call)(void *context),
                        void *context);
    int (*set_block)(jack_client *client, frames_call *call, void *context);
    int (*set_xrun)(jack_client *client, int (*call)(void *context),
                    void *context);
    int (*activate)(jack_client *client);
    jack_port *(*add_port)(jack_client *client, const char *name,
                           const char *type, unsigned long flags,
                           unsigned long size);
    TB_REALTIME void *(*memory)(jack_port *port, uint32_t frames);
    const char *(*port_name)(const jack_port *port);
    const char **(*ports)(jack_client *client, const char *name,
                          const char *type, unsigned long flags);
    int (*connect)(jack_client *client, const char *from, const char *to);
    void (*free)(void *memory);
    TB_REALTIME uint32_t (*events)(void *memory);
    TB_REALTIME int (*event)(jack_event *event, void *memory, uint32_t i);
    int (*set_latency)(jack_client *client,
                       void (*call)(int mode, void *context), void *context);
    void (*set_range)(jack_port *port, int mode, jack_range *range);
    void (*range)(jack_port *port, int mode, jack_range *range);
    void (*on_error)(void (*say)(const char *text));
    void (*on_info)(void (*say)(const char *text));
} jack_library;

static const char *const names[] = {"jack_client_open",
                                    "jack_client_close",
                                    "jack_get_sample_rate",
                                    "jack_get_buffer_size",
                                    "jack_set_process_callback",
                                    "jack_on_shutdown",
                                    "jack_set_buffer_size_callback",
                                    "jack_set_xrun_callback",
                                    "jack_activate",
                                    "jack_port_register",
                                    "jack_port_get_buffer",
                                    "jack_port_name",
                                    "jack_get_ports",
                                    "jack_connect",
                                    "jack_free",
                                    "jack_midi_get_event_count",
                                    "jack_midi_event_get",
                                    "jack_set_latency_callback",
                                    "jack_port_set_latency_range",
                                    "jack_port_get_latency_range",
                                    "jack_set_error_function",
                                    "jack_set_info_function"};

struct cli_jack {
    jack_library library;
    jack_client *client;
    tb_live *live;
    int inputs, outputs;
    jack_port *in[MOST_PORTS], *out[MOST_PORTS], *controllers;
    const float *from[MOST_PORTS];
    float *to[MOST_PORTS];
    int64_t block;
    cli_controller *controller;
    void *context;
    atomic_bool over;
    _Atomic int64_t xruns;
};

/* ---- calls of the server ---- */

static TB_REALTIME void take_midi(cli_jack *j, uint32_t frames)
{
    enum { KIND = 0xf0, CONTROLLER = 0xb0 };
    void *memory = j->library.memory(j->controllers, frames);
    uint32_t n = memory ? j->library.events(memory) : 0;
    for (uint32_t i = 0; i < n; i++) {
        jack_event e;
        if (j->library.event(&e, memory, i) == 0 && e.size == 3 &&
            (e.bytes[0] & KIND) == CONTROLLER)
            j->controller(j->context, e.bytes[1], e.bytes[2]);
    }
}

/* A call of another size than all before is silent: the client begins anew. */
static TB_REALTIME int process(uint32_t frames, void *context)
{
    cli_jack *j = context;
    for (int i = 0; i < j->inputs; i++)
        j->from[i] = j->library.memory(j->in[i], frames);
    for (int i = 0; i < j->outputs; i++) {
        j->to[i] = j->library.memory(j->out[i], frames);
        if (frames != j->block)
            memset(j->to[i], 0, sizeof(float) * frames);
    }
    if (j->controller)
        take_midi(j, frames);
    if (frames == j->block)
        tb_live_process(j->live, j->from, j->to, frames);
    return 0;
}

static void shut_down(void *context)
{
    cli_jack *j = context;
    atomic_store(&j->over, true);
}

static int new_block(uint32_t frames, void *context)
{
    cli_jack *j = context;
    if (frames != j->block)
        atomic_store(&j->over, true);
    return 0;
}

static int count_xrun(void *context)
{
    cli_jack *j = context;
    atomic_fetch_add(&j->xruns, 1);
    return 0;
}

/* What goes through is later by the model's latency. */
static void tell_latency(int mode, void *context)
{
    cli_jack *j = context;
    bool capture = mode == CAPTURE_LATENCY;
    jack_port **from = capture ? j->in : j->out;
    jack_port **to = capture ? j->out : j->in;
    int n = capture ? j->inputs : j->outputs,
        m = capture ? j->outputs : j->inputs;
    jack_range all = {0, 0}, one;
    tb_live_facts facts;
    tb_live_look(j->live, &facts);
    for (int i = 0; i < n; i++) {
        j->library.range(from[i], mode, &one);
        all.min = i == 0 || one.min < all.min ? one.min : all.min;
        all.max = one.max > all.max ? one.max : all.max;
    }
    all.min += (uint32_t)facts.latency;
    all.max += (uint32_t)facts.latency;
    for (int i = 0; i < m; i++)
        j->library.set_range(to[i], mode, &all);
}

/* ---- set-up ---- */

static tb_status load(jack_library *library, tb_error *error)
{
    static const char *const files[] = {"libjack.so.0", "libjack.so", NULL};
    static const tb_library jack = {
        files,  names,    sizeof names / sizeof *names,
        "JACK", "jackd2", "cannot play live"};
    return tb_library_load(&jack, library, error);
}

/* What the library would print is said better by who uses this. */
static void be_quiet(const char *text)
{
    (void)text;
}

cli_jack *cli_jack_open(const char *name, tb_error *error)
{
    int status = 0;
    cli_jack *j = tb_alloc(sizeof *j);
    if (!j) {
        tb_fail_memory(error);
        return NULL;
    }
    if (load(&j->library, error)) {
        tb_free(j);
        return NULL;
    }
    j->library.on_error(be_quiet);
    j->library.on_info(be_quiet);
    j->client = j->library.open(name, NO_START_SERVER, &status);
    if (j->client) {
        j->block = j->library.block(j->client);
        return j;
    }
    tb_free(j);
    tb_fail(
        error, TB_ERR_SYSTEM,
        "There is no JACK server: start one (qjackctl, or 'jackd -d alsa'), "
        "or play a file with --in and --out.");
    return NULL;
}

void cli_jack_close(cli_jack *jack)
{
    if (!jack)
        return;
    jack->library.close(jack->client);
    tb_free(jack);
}

double cli_jack_rate(const cli_jack *jack)
{
    return jack->library.rate(jack->client);
}

int64_t cli_jack_block(const cli_jack *jack)
{
    return jack->block;
}

static bool add_ports(cli_jack *j, jack_port **ports, int count,
                      const char *name, unsigned long flags)
{
    char full[32];
    for (int i = 0; i < count; i++) {
        snprintf(full, sizeof full, "%s_%d", name, i + 1);
        ports[i] = j->library.add_port(j->client, full, audio, flags, 0);
        if (!ports[i])
            return false;
    }
    return true;
}

/* To the machine's ports, one by one; a single output to two of them. */
static void connect_ports(cli_jack *j, jack_port **ports, int count,
                          bool inputs)
{
    unsigned long flags = IS_PHYSICAL | (inputs ? IS_OUTPUT : IS_INPUT);
    const char **machine = j->library.ports(j->client, NULL, audio, flags);
    for (int i = 0; machine && machine[i] && i < (count == 1 ? 2 : count);
         i++) {
        const char *own = j->library.port_name(ports[count == 1 ? 0 : i]);
        j->library.connect(j->client, inputs ? machine[i] : own,
                           inputs ? own : machine[i]);
    }
    if (machine)
        j->library.free(machine);
}

tb_status cli_jack_start(cli_jack *j, tb_live *live, int inputs, int outputs,
                         bool connect, cli_controller *controller,
                         void *context, tb_error *error)
{
    j->live = live;
    j->inputs = inputs < MOST_PORTS ? inputs : MOST_PORTS;
    j->outputs = outputs < MOST_PORTS ? outputs : MOST_PORTS;
    j->controller = controller;
    j->context = context;
    j->controllers = j->library.add_port(j->client, "midi", midi, IS_INPUT, 0);
    j->library.set_process(j->client, process, j);
    j->library.on_shutdown(j->client, shut_down, j);
    j->library.set_block(j->client, new_block, j);
    j->library.set_xrun(j->client, count_xrun, j);
    j->library.set_latency(j->client, tell_latency, j);
    if (!j->controllers || !add_ports(j, j->in, j->inputs, "in", IS_INPUT) ||
        !add_ports(j, j->out, j->outputs, "out", IS_OUTPUT) ||
        j->library.activate(j->client))
        return tb_fail(error, TB_ERR_SYSTEM,
                       "JACK gives no ports; are there too many clients?");
    if (connect) {
        connect_ports(j, j->in, j->inputs, true);
        connect_ports(j, j->out, j->outputs, false);
    }
    return TB_OK;
}

bool cli_jack_is_over(const cli_jack *jack)
{
    return atomic_load(&jack->over);
}

int64_t cli_jack_xruns(const cli_jack *jack)
{
    return atomic_load(&jack->xruns);
}
