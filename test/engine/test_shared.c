/* Weights that many plans share: prepared once for all, and read where they
   lie in memory of others. */
#include "base/memory.h"
#include "engine/ops.h"
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

int main(void)
{
    prepared_once();
    read_where_they_lie();
    return tap_done();
}
