#include "cli/info_graph.h"

#include "base/amounts.h"
#include "cli/say.h"
#include "engine/op.h"
#include "engine/stream.h"

#include <stdio.h>

static void shape_text(const tb_value *v, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < v->rank && used < size; i++)
        if (v->dim[i] == TB_FRAMES)
            used += (size_t)snprintf(text + used, size - used, "%sframes",
                                     i ? ", " : "");
        else
            used += (size_t)snprintf(text + used, size - used, "%s%lld",
                                     i ? ", " : "", (long long)v->dim[i]);
    if (v->rank == 0)
        text[0] = 0;
}

static void ratio_text(tb_ratio r, char *text, size_t size)
{
    if (r.den == 0)
        snprintf(text, size, "-");
    else if (r.den == 1)
        snprintf(text, size, "%lld", (long long)r.num);
    else
        snprintf(text, size, "%lld/%lld", (long long)r.num, (long long)r.den);
}

/* Of what the stream keeps of a value. */
static int64_t bytes_of(const tb_stream_plan *plan, const tb_value *v)
{
    int64_t n = (int64_t)tb_type_size(v->type, sizeof(float));
    for (int i = 0; i < v->rank; i++)
        n *= v->dim[i] == TB_FRAMES ? tb_stream_plan_capacity(plan, v)
                                    : v->dim[i];
    return n;
}

static void say_value(const tb_stream_plan *plan, const tb_node *n,
                      const tb_value *v)
{
    char shape[96], period[32] = "-", age[32] = "-", bytes[32];
    const tb_time *time = tb_stream_plan_time(plan, v);
    shape_text(v, shape, sizeof shape);
    tb_bytes_text((double)bytes_of(plan, v), bytes);
    if (time && time->timed) {
        ratio_text(time->period, period, sizeof period);
        ratio_text(time->age, age, sizeof age);
    }
    printf("%5d  %-14.14s %-28.28s [%-20s] %8s %8s %11s\n", n->id, n->op->name,
           n->name ? n->name : "", shape, period, age, bytes);
}

static void say_nodes(const tb_stream_plan *plan, const tb_graph *g)
{
    printf("%5s  %-14s %-28s %-22s %8s %8s %11s\n", "node", "op", "name",
           "shape", "period", "age", "keeps");
    for (const tb_node *n = tb_graph_first(g); n; n = n->next)
        for (int i = 0; i < n->n_out; i++)
            if (tb_stream_plan_time(plan, n->out[i]))
                say_value(plan, n, n->out[i]);
}

static tb_status say_method(const tb_checkpoint *c, const char *name,
                            tb_error *error)
{
    tb_method m;
    tb_status status = tb_instrument_method(c->instrument, c->config, c->base,
                                            name, 1, &m, error);
    if (status)
        return status;
    const tb_stream_settings settings = {.params = c->params, .n_max = 1};
    tb_stream_plan *plan =
        m.graph ? tb_stream_plan_new(m.graph, 1, &m.output[0].value, &settings,
                                     error)
                : NULL;
    printf("Method %s%s\n", name, m.graph ? ":" : " is native code.");
    if (plan)
        say_nodes(plan, m.graph);
    else if (m.graph)
        status = error->status;
    tb_stream_plan_free(plan);
    tb_method_clear(&m);
    return status;
}

tb_status cli_say_graph(const tb_checkpoint *c, tb_error *error)
{
    static const char *const names[] = {"generate", "forward"};
    tb_status status = TB_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && !status; i++)
        if (tb_instrument_has(c->instrument, c->base, names[i]))
            status = say_method(c, names[i], error);
    return status;
}
