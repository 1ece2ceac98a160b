#define _DEFAULT_SOURCE /* struct in_addr's constants */

#include "cli/live_stage.h"

#include "base/setting_value.h"
#include "live/osc_message.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct turned {
    int number, value;
} turned;

/* ---- opening ---- */

static tb_status listen_on(cli_stage *stage, int port, tb_error *error)
{
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    stage->socket = socket(AF_INET, SOCK_DGRAM, 0);
    if (stage->socket >= 0 &&
        bind(stage->socket, (struct sockaddr *)&own, sizeof own) == 0)
        return TB_OK;
    return tb_fail(error, TB_ERR_SYSTEM,
                   "Port %d is taken: choose another one with --osc.", port);
}

tb_status cli_stage_open(cli_stage *stage, tb_live *live, int port,
                         tb_error *error)
{
    enum { ROOM = 1024 };
    stage->live = live;
    stage->socket = -1;
    stage->turned = tb_ring_new(ROOM * sizeof(turned));
    if (!stage->turned)
        return tb_fail_memory(error);
    return port ? listen_on(stage, port, error) : TB_OK;
}

void cli_stage_close(cli_stage *stage)
{
    tb_ring_free(stage->turned);
    tb_live_presets_clear(&stage->presets);
    if (stage->turned && stage->socket >= 0)
        close(stage->socket);
    stage->turned = NULL;
}

/* ":0..2"; the first number must not take a point of the two. */
static bool read_range(const char *text, cli_knob *k)
{
    char low[32] = "";
    const char *end, *dots = strstr(text, "..");
    if (!*text)
        return true;
    size_t n = dots ? (size_t)(dots - text) : 0;
    if (*text != ':' || n < 2 || n > sizeof low)
        return false;
    memcpy(low, text + 1, n - 1);
    k->ranged = true;
    return tb_number_parse(low, &end, &k->low) && !*end &&
           tb_number_parse(dots + 2, &end, &k->high) && !*end;
}

tb_status cli_stage_add_knob(cli_stage *stage, const char *text,
                             tb_error *error)
{
    cli_knob k = {0};
    const char *name;
    double number;
    bool good = tb_number_parse(text, &name, &number) && *name == '=' &&
                number >= 0 && number <= 127 && number == (int)number;
    size_t n = good ? strcspn(name + 1, ":") : 0;
    if (!good || n == 0 || n >= sizeof k.control ||
        !read_range(name + 1 + n, &k) || stage->knob_count == CLI_MOST_KNOBS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--cc %s: it takes a controller from 0 to 127 and what "
                       "it turns, '1=temperature' or '1=bias:0..2'.",
                       text);
    k.number = (int)number;
    memcpy(k.control, name + 1, n);
    stage->knobs[stage->knob_count++] = k;
    return TB_OK;
}

/* ---- controllers ---- */

void cli_stage_turn(void *context, int number, int value)
{
    cli_stage *s = context;
    const turned t = {number, value};
    tb_ring_write(s->turned, &t, sizeof t);
}

static const tb_control *control_named(tb_live *live, const char *name)
{
    const tb_control *c;
    tb_model *m = tb_live_model(live);
    const char *method = tb_live_method_name(live);
    for (int i = 0; m && (c = tb_model_control(m, method, i)); i++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* Attributes of files of others tell no range; without one they go from 0 to
   1. */
static void turn(cli_stage *s, const cli_knob *k, int value)
{
    const double wide = 1000;
    const tb_control *c = control_named(s->live, k->control);
    double low = k->low, high = k->high;
    if (!k->ranged) {
        bool told = c && c->high - c->low <= wide;
        low = told ? c->low : 0;
        high = told ? c->high : 1;
    }
    tb_live_set(s->live, k->control, -1, low + (high - low) * value / 127);
}

static void take_controllers(cli_stage *s)
{
    turned t;
    while (tb_ring_read(s->turned, &t, sizeof t))
        for (int i = 0; i < s->knob_count; i++)
            if (s->knobs[i].number == t.number)
                turn(s, &s->knobs[i], t.value);
}

/* ---- presets: all controls as they stand ---- */

static void store(cli_stage *s, const char *name)
{
    float numbers[TB_PRESET_NUMBERS];
    const tb_control *c;
    tb_model *m = tb_live_model(s->live);
    int n = 0;
    for (; m && n < TB_PRESET_NUMBERS &&
           (c = tb_model_control(m, tb_live_method_name(s->live), n));
         n++) {
        double x = 0;
        tb_live_get(s->live, c->name, &x);
        numbers[n] = (float)x;
    }
    tb_live_presets_store(&s->presets, name, numbers, n);
}

static void recall(cli_stage *s, const char *from, const char *to, double x)
{
    float numbers[TB_PRESET_NUMBERS];
    const tb_control *c;
    tb_model *m = tb_live_model(s->live);
    int n = tb_live_presets_morph(&s->presets, from, to, x, numbers);
    for (int i = 0; m && i < n &&
                    (c = tb_model_control(m, tb_live_method_name(s->live), i));
         i++)
        tb_live_set(s->live, c->name, -1, (double)numbers[i]);
    if (n == 0)
        fprintf(stderr, "timbrel: No preset '%s' was stored.\n", from);
}

/* ---- messages ---- */

static const char *text_at(const tb_osc_message *m, int i)
{
    return i < m->count ? m->arguments[i].text : NULL;
}

static double number_at(const tb_osc_message *m, int i)
{
    return i < m->count ? m->arguments[i].number : 0;
}

/* "/set temperature 0.8", or "/temperature 0.8". */
static void set(cli_stage *s, const tb_osc_message *m, const char *name, int at)
{
    if (at < m->count && text_at(m, at))
        tb_live_set_text(s->live, name, text_at(m, at));
    else if (at < m->count && !tb_live_set(s->live, name, -1, number_at(m, at)))
        fprintf(stderr, "timbrel: There is no control '%s'.\n", name);
}

static void take_message(void *context, const tb_osc_message *m)
{
    cli_stage *s = context;
    const char *what = m->address + 1, *first = text_at(m, 0);
    if (strcmp(what, "set") == 0 && first)
        set(s, m, first, 1);
    else if (strcmp(what, "load") == 0 && first)
        tb_live_load(s->live, first, NULL);
    else if (strcmp(what, "reload") == 0)
        tb_live_reload(s->live);
    else if (strcmp(what, "method") == 0 && first)
        tb_live_method(s->live, first);
    else if (strcmp(what, "enable") == 0)
        tb_live_enable(s->live, number_at(m, 0) != 0);
    else if (strcmp(what, "store") == 0 && first)
        store(s, first);
    else if (strcmp(what, "recall") == 0 && first)
        recall(s, first, first, 0);
    else if (strcmp(what, "morph") == 0 && first && text_at(m, 1))
        recall(s, first, text_at(m, 1), number_at(m, 2));
    else
        set(s, m, what, 0);
}

static void take_packets(cli_stage *s)
{
    char packet[4096];
    ssize_t n;
    while (s->socket >= 0 &&
           (n = recv(s->socket, packet, sizeof packet, MSG_DONTWAIT)) > 0)
        if (!tb_osc_read(packet, (size_t)n, take_message, s))
            fputs("timbrel: A packet came that is no OSC.\n", stderr);
}

void cli_stage_serve(cli_stage *stage)
{
    take_controllers(stage);
    take_packets(stage);
}
