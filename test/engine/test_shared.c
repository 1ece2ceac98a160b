/* Weights that many plans share: prepared once for all, and read where they
   lie in memory of others. */
#include "base/memory.h"
#include "engine/ops.h"
#include "engine/plan.h"
#include "engine/prepared.h"
#include "engine/stream.h"
#include "tap.h"

#include <string.h>

enum { CHANNELS = 48, FRAMES = 8 };

/* One network for any number of rows. */
typedef struct layers {
    tb_graph *graph;
    tb_value *x, *y;
    tb_stream_plan *plan;
    tb_stream *stream;
    tb_plan *static_plan;
    tb_params *over;
} layers;

/* Memory of others serves as it is where the storage is the host's. */
static bool is_host(void)
{
    return tb_backend_cpu()->storage->is_host;
}

static layers layers_new(int rows)
{
    layers l = {.graph = tb_graph_new()};
    l.x = tb_input(l.graph, "x", TB_REAL, tb_dims(rows, CHANNELS, TB_FRAMES));
    l.y = l.x;
    for (int i = 0; i < 3; i++) {
        char name[] = {'w', (char)('0' + i), 0};
        tb_value *w = tb_param(l.graph, name, tb_dims(CHANNELS, CHANNELS, 2));
        tb_value *b = tb_param(l.graph, "b", tb_dims(CHANNELS));
        l.y = tb_conv(l.y, w, b, tb_conv_causal(2, 1, 1));
    }
    return l;
}

static bool open_layers(layers *l, tb_params *params, bool half,
                        tb_prepared_store *store)
{
    tb_stream_settings set = {.params = params,
                              .n_max = FRAMES,
                              .half_weights = half,
                              .prepared = store};
    l->plan = tb_stream_plan_new(l->graph, 1, &l->y, &set, NULL);
    l->stream = l->plan ? tb_stream_new(l->plan, 0, NULL) : NULL;
    return l->stream != NULL;
}

static void close_layers(layers *l)
{
    tb_stream_free(l->stream);
    tb_stream_plan_free(l->plan);
    tb_graph_free(l->graph);
}

/* What the first row says to a ramp. */
static void say(layers *l, float to[CHANNELS])
{
    tb_tensor in = tb_stream_write(l->stream, l->x, FRAMES);
    for (int64_t c = 0; c < CHANNELS; c++)
        for (int64_t j = 0; j < FRAMES; j++)
            ((float *)in.data)[c * in.stride[1] + j * in.stride[2]] =
                (float)(c - 2 * j) / 16;
    tb_stream_run(l->stream, FRAMES);
    tb_tensor out = tb_stream_read(l->stream, l->y);
    for (int64_t c = 0; c < CHANNELS; c++)
        to[c] =
            ((const float *)
                 out.data)[c * out.stride[1] + (FRAMES - 1) * out.stride[2]];
}

static double weight(int parameter, int64_t k)
{
    return (double)((k * 37 + parameter * 11) % 101 - 50) / 512;
}

static tb_params *weights_of(const tb_graph *g)
{
    static double x[CHANNELS * CHANNELS * 2];
    tb_params *p = tb_params_new(1, &g, sizeof(float), NULL);
    for (int i = 0; i < tb_params_count(p); i++) {
        for (int64_t k = 0; k < tb_params_at(p, i)->n; k++)
            x[k] = weight(i, k);
        tb_params_set(p, i, x);
    }
    return p;
}

static void prepared_once(void)
{
    layers one = layers_new(1), three = layers_new(3), half = layers_new(1);
    tb_params *params = weights_of(one.graph);
    tb_prepared_store *store = tb_prepared_store_new();
    float a[CHANNELS], b[CHANNELS];
    OK(open_layers(&one, params, false, store));
    size_t bytes = tb_prepared_bytes(store);
    OK(open_layers(&three, params, false, store));
    EQ(tb_prepared_bytes(store), bytes);
    say(&one, a);
    say(&three, b);
    OK(memcmp(a, b, sizeof a) == 0);
    OK(open_layers(&half, params, true, store));
    OK(bytes == 0 || tb_prepared_bytes(store) > bytes);
    close_layers(&one);
    say(&three, a);
    close_layers(&half);
    EQ(tb_prepared_bytes(store), bytes);
    close_layers(&three);
    EQ(tb_prepared_bytes(store), 0);
    tb_prepared_store_free(store);
    tb_params_free(params);
}

/* ---- weights in memory of others ---- */

typedef struct elsewhere {
    const tb_params *params;
    const char *but; /* this one they have not */
} elsewhere;

static const void *find(void *context, const tb_parameter *p)
{
    const elsewhere *e = context;
    return strcmp(p->name, e->but) == 0
               ? NULL
               : tb_params_value(e->params, tb_params_find(e->params, p->name));
}

static void read_where_they_lie(void)
{
    layers l = layers_new(2), m = layers_new(2);
    const tb_graph *g = m.graph;
    tb_params *params = weights_of(l.graph);
    elsewhere all = {params, ""}, most = {params, "b"};
    float a[CHANNELS], b[CHANNELS];
    tb_params *over =
        tb_params_new_over(1, &g, sizeof(float), find, &all, NULL);
    OK(tb_params_data(over) == NULL || !is_host());
    OK(tb_params_value(over, 1) == tb_params_value(params, 1) || !is_host());
    OK(open_layers(&l, params, false, NULL));
    OK(open_layers(&m, over, false, NULL));
    say(&l, a);
    say(&m, b);
    OK(memcmp(a, b, sizeof a) == 0);
    close_layers(&l);
    close_layers(&m);
    tb_params_free(over);
    layers n = layers_new(1);
    g = n.graph;
    over = tb_params_new_over(1, &g, sizeof(float), find, &most, NULL);
    int i = tb_params_find(over, "b");
    double x[CHANNELS], back[CHANNELS];
    for (int k = 0; k < CHANNELS; k++)
        x[k] = k;
    tb_params_set(over, i, x);
    tb_params_get(over, i, back);
    OK(memcmp(x, back, sizeof x) == 0);
    close_layers(&n);
    tb_params_free(over);
    tb_params_free(params);
}

/* ---- found by where they lie ---- */

/* What a plan over these weights says to ones. */
static float say_once(layers *l, const tb_params *weights, bool stay,
                      tb_prepared_store *store)
{
    const tb_graph *g = l->graph;
    elsewhere all = {weights, ""};
    tb_params *over =
        tb_params_new_over(1, &g, sizeof(float), find, &all, NULL);
    tb_plan_settings set = {.params = over,
                            .prepared = store,
                            .weights_stay = stay,
                            .frames = FRAMES};
    tb_output y = {.value = l->y};
    tb_plan *p = tb_plan_new(l->graph, 1, &y, &set, NULL);
    const tb_tensor *in = tb_plan_tensor(p, l->x);
    int64_t at[TB_RANK] = {0};
    do
        ((float *)in->data)[tb_offset_of(in, at)] = 1;
    while (tb_next_index(in, at));
    tb_plan_run(p, 0, NULL);
    const tb_tensor *out = tb_plan_tensor(p, l->y);
    int64_t last[TB_RANK] = {0, 1, FRAMES - 1};
    float said = ((const float *)out->data)[tb_offset_of(out, last)];
    l->static_plan = p;
    l->over = over;
    return said;
}

static void forget(layers *l)
{
    tb_plan_free(l->static_plan);
    tb_params_free(l->over);
    tb_graph_free(l->graph);
}

/* A weight that changes although it was said to stay goes on as it was
   prepared, which shows that it is not prepared again. */
static void found_by_origin(void)
{
    layers l[4] = {layers_new(1), layers_new(1), layers_new(1), layers_new(1)};
    tb_params *params = weights_of(l[0].graph);
    tb_prepared_store *store = tb_prepared_store_new();
    float before = say_once(&l[0], params, true, store);
    bool prepares = tb_prepared_bytes(store) > 0 && is_host();
    int w = tb_params_find(params, "w1");
    double x[CHANNELS * CHANNELS * 2];
    for (int64_t k = 0; k < CHANNELS * CHANNELS * 2; k++)
        x[k] = weight(w, k) + 1;
    tb_params_set(params, w, x);
    float found = say_once(&l[1], params, true, store);
    float anew = say_once(&l[2], params, false, store);
    OK(found == (prepares ? before : anew));
    OK(anew != before);
    forget(&l[0]);
    forget(&l[1]);
    forget(&l[2]);
    EQ(tb_prepared_bytes(store), 0);
    OK(say_once(&l[3], params, true, store) == anew); /* none is left */
    forget(&l[3]);
    tb_prepared_store_free(store);
    tb_params_free(params);
}

/* Values go over by name and shape; what lies elsewhere stays there. */
static void take_over(void)
{
    layers l = layers_new(2);
    tb_graph *other = tb_graph_new();
    tb_param(other, "w2", tb_dims(CHANNELS, CHANNELS, 2));
    tb_param(other, "b", tb_dims(CHANNELS, 1));
    tb_param(other, "w0", tb_dims(CHANNELS, CHANNELS, 2));
    const tb_graph *g = other;
    tb_params *from = weights_of(l.graph);
    tb_params *to = tb_params_new(1, &g, sizeof(float), NULL);
    elsewhere all = {to, ""};
    tb_params *over =
        tb_params_new_over(1, &g, sizeof(float), find, &all, NULL);
    int missing = 7;
    const float *x = tb_params_value(from, tb_params_find(from, "w0"));
    const float *y = tb_params_value(to, 2), *z = tb_params_value(over, 2);
    EQ(tb_params_take(to, 3, from, &missing), 2);
    EQ(missing, 1);
    EQ(memcmp(x, y, CHANNELS * CHANNELS * 2 * sizeof *x), 0);
    EQ(tb_params_take(to, 1, from, &missing), 1);
    EQ(missing, -1);
    OK(!is_host() || tb_params_take(over, 3, from, NULL) == 0);
    OK(!is_host() || tb_params_value(over, 2) == z);
    tb_params_free(over);
    tb_params_free(to);
    tb_params_free(from);
    tb_graph_free(other);
    tb_graph_free(l.graph);
}

int main(void)
{
    prepared_once();
    found_by_origin();
    read_where_they_lie();
    take_over();
    return tap_done();
}
