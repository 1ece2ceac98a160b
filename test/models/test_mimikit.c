/* Networks of mimikit, made ours, say what mimikit's own say when they
   generate. */
#include "../engine/golden.h"
#include "base/safetensors.h"
#include "engine/ops/shape.h"
#include "failing.h"
#include "models/instrument.h"
#include "models/mimikit.h"

#include <string.h>

typedef struct golden_tensor {
    const char *name;
    int rank;
    int64_t shape[4];
    int seed;
} golden_tensor;

typedef struct golden_network {
    const char *name, *config;
    const golden_tensor *tensors;
    int count;
    double scale;    /* of the weights */
    const double *x; /* levels, or spectra */
    int64_t frames;
    const double *y; /* logits, or spectra, that follow from what was before */
    int64_t numbers; /* in a frame of y */
    int64_t prompt;  /* frame of x that y begins with */
} golden_network;

#include "golden/mimikit.h"

enum { MOST = 128 };

/* ---- the file, and what it becomes ---- */

static tb_stored stored_of(const golden_tensor *t, double scale)
{
    tb_stored s = {.name = t->name, .type = TB_STORED_F32, .rank = t->rank};
    int64_t n = 1;
    for (int i = 0; i < t->rank; i++) {
        s.shape[i] = t->shape[i];
        n *= t->shape[i];
    }
    float *to = calloc((size_t)n + 1, sizeof *to);
    for (int64_t i = 0; to && i < n; i++)
        to[i] = (float)(noise(t->seed, i) * scale);
    s.data = to;
    return s;
}

static tb_stored tensors[MOST];

static tb_mimikit_content content_new(const golden_network *g)
{
    for (int i = 0; i < g->count; i++)
        tensors[i] = stored_of(&g->tensors[i], g->scale);
    return (tb_mimikit_content){.what = g->name,
                                .network = g->config,
                                .dataset = dataset,
                                .epoch = 1,
                                .tensors = tensors,
                                .count = (size_t)g->count};
}

static void content_clear(const tb_mimikit_content *content)
{
    for (size_t i = 0; i < content->count; i++)
        free((void *)(uintptr_t)tensors[i].data);
}

/* Null after a failed test. The caller closes it. */
static tb_safetensors *converted(const golden_network *g)
{
    tb_error error = {0};
    tb_safetensors *file = NULL;
    const tb_mimikit_content content = content_new(g);
    if (!OK_NAMED(!tb_mimikit_convert(&content, &file, &error), g->name))
        fprintf(stderr, "# %s\n", error.text);
    content_clear(&content);
    return file;
}

/* An instrument with the settings and weights of a file. */
typedef struct player {
    const tb_instrument *instrument;
    void *config;
    tb_graph *graph;
    tb_value *heard, *said;
    int64_t context;
    tb_params *params;
} player;

static bool configure(player *p, const tb_safetensors *file, tb_error *error)
{
    char lines[1024], *rest = lines;
    p->instrument =
        tb_instrument_named(tb_safetensors_text(file, "network"), error);
    if (!p->instrument)
        return false;
    p->config = calloc(1, p->instrument->config_size);
    tb_settings_part part = {p->instrument->settings, p->config};
    tb_settings_defaults(&part, 1);
    snprintf(lines, sizeof lines, "%s", tb_safetensors_text(file, "settings"));
    for (char *line; (line = strtok_r(rest, "\n", &rest));)
        if (tb_settings_assign(&part, 1, line, error))
            return false;
    return !p->instrument->check(p->config, error);
}

/* What it says of what it hears, in learning's graph. */
static bool build(player *p, tb_error *error)
{
    const tb_network *n = p->instrument->network;
    tb_symbols symbols = n->symbols(p->config);
    tb_graph *g = p->graph = tb_graph_new();
    tb_builder b = {.graph = g, .config = p->config, .rows = 1};
    p->context = n->context(p->config);
    p->heard =
        tb_input(g, "heard", symbols.type, tb_symbols_shape(&symbols, 1));
    tb_distribution d = n->loop(&b, p->heard, p->context);
    p->said = symbols.type == TB_I64
                  ? d.component[0].logits
                  : tb_contiguous(tb_transpose(d.component[0].mean, 1, 2));
    return !tb_graph_check(g, error);
}

/* Just the weights of the file. */
static bool take_weights(player *p, const tb_safetensors *file, tb_error *error)
{
    const tb_graph *g = p->graph;
    p->params = tb_params_new(1, &g, sizeof(double), error);
    int n = p->params ? tb_params_count(p->params) : 0;
    EQ(tb_safetensors_count(file), n);
    for (int i = 0; i < n; i++) {
        const tb_parameter *to = tb_params_at(p->params, i);
        const tb_stored *from = NULL;
        if (tb_safetensors_get(file, to->name, to->shape.rank, to->shape.dim,
                               &from, error))
            return false;
        double *x = malloc(sizeof *x * (size_t)to->n);
        tb_stored_doubles(from, 0, to->n, x);
        tb_params_set(p->params, i, x);
        free(x);
    }
    return n > 0;
}

static void player_clear(player *p)
{
    tb_params_free(p->params);
    tb_graph_free(p->graph);
    free(p->config);
}

static bool player_init(player *p, const tb_safetensors *file)
{
    tb_error error = {0};
    *p = (player){0};
    bool good = configure(p, file, &error) && build(p, &error) &&
                take_weights(p, file, &error);
    if (!OK_NAMED(good, "it is an instrument"))
        fprintf(stderr, "# %s\n", error.text);
    return good;
}

/* ---- what they say ---- */

/* x [frames, numbers] to a tensor of one row. */
static void hear(const tb_tensor *t, const golden_network *g)
{
    bool levels = t->rank == 2;
    for (int64_t j = 0; j < g->frames; j++)
        for (int64_t k = 0; k < (levels ? 1 : g->numbers); k++) {
            if (levels)
                ((int64_t *)t->data)[j * t->stride[1]] = (int64_t)g->x[j];
            else
                ((double *)t->data)[k * t->stride[1] + j * t->stride[2]] =
                    g->x[j * g->numbers + k];
        }
}

/* Weights are floats, some of several multiplied; that is all there is. */
static void compare(const tb_tensor *t, const golden_network *g,
                    int64_t context)
{
    double off = 0, largest = 0;
    int64_t skipped = g->prompt - context;
    EQ(t->dim[1], g->frames - context);
    EQ(t->dim[2], g->numbers);
    for (int64_t i = 0; i < (g->frames - g->prompt) * g->numbers; i++) {
        double is = *element(t, skipped * g->numbers + i);
        off = fmax(off, fabs(is - g->y[i]));
        largest = fmax(largest, fabs(g->y[i]));
    }
    if (!OK_NAMED(off <= 1e-6 * largest, "it says what mimikit's says"))
        fprintf(stderr, "# %s: off by %g of %g\n", g->name, off, largest);
}

static void play(const player *p, const golden_network *g)
{
    tb_error error = {0};
    tb_output out = {p->said, NULL};
    const tb_plan_settings how = {.backend = tb_backend_naive64(),
                                  .params = p->params,
                                  .frames = g->frames};
    tb_plan *plan = tb_plan_new(p->graph, 1, &out, &how, &error);
    if (!OK_NAMED(plan != NULL, "there is a plan"))
        fprintf(stderr, "# %s\n", error.text);
    if (plan) {
        hear(tb_plan_tensor(plan, p->heard), g);
        tb_plan_run(plan, 0, NULL);
        compare(tb_plan_tensor(plan, p->said), g, p->context);
    }
    tb_plan_free(plan);
}

static void check(const golden_network *g)
{
    player p = {0};
    tb_safetensors *file = converted(g);
    if (file && player_init(&p, file))
        play(&p, g);
    player_clear(&p);
    tb_safetensors_close(file);
}

/* ---- what is refused ---- */

static const golden_network *network_named(const char *name)
{
    const golden_network *g = networks;
    while (strcmp(g->name, name) != 0)
        g++;
    return g;
}

/* A network whose configuration says `to` in place of `from`; what comes of it.
 */
static tb_status changed(const char *name, const char *from, const char *to,
                         tb_error *error)
{
    char config[8192];
    const golden_network *g = network_named(name);
    const char *at = strstr(g->config, from);
    tb_mimikit_content content = content_new(g);
    tb_safetensors *file = NULL;
    OK_NAMED(at != NULL, from);
    snprintf(config, sizeof config, "%.*s%s%s", at ? (int)(at - g->config) : 0,
             g->config, to, at ? at + strlen(from) : "");
    content.network = config;
    tb_status status = tb_mimikit_convert(&content, &file, error);
    tb_safetensors_close(file);
    content_clear(&content);
    return status;
}

static void refused(const char *name, const char *from, const char *to,
                    const char *because)
{
    tb_error error = {0};
    EQ(changed(name, from, to, &error), TB_ERR_UNSUPPORTED);
    if (!OK_NAMED(strstr(error.text, because) != NULL, because))
        fprintf(stderr, "# %s\n", error.text);
}

static void check_refused(void)
{
    static const char layers[] = "wavenet_rich", frames[] = "freqnet_demo",
                      chunks[] = "seq2seq_demo";
    refused(layers, "dims_1x1: []", "dims_1x1:\n- 3", "(dims_1x1)");
    refused(layers, "with_affine_residuals: false",
            "with_affine_residuals: true", "(with_affine_residuals)");
    refused(layers, "layerwise_inputs: false", "layerwise_inputs: true",
            "(layerwise_inputs)");
    refused(layers, "reverse_layer_order: false", "reverse_layer_order: true",
            "(reverse_layer_order)");
    refused(layers, "stride: 1", "stride: 2", "a stride");
    refused(layers, "act_f: Tanh", "act_f: Sin", "act_f other than Tanh");
    refused(layers, "act_g: Sigmoid", "act_g: Cos", "act_g other than");
    refused(layers, "pad_side: 0", "pad_side: -1", "pad_side");
    refused(layers, "groups: 2", "groups: 3", "groups do not divide");
    refused(layers, "EmbeddingIO", "FramedLinearIO", "EmbeddingIO");
    refused("wavenet_blockless", "skips_dim: 2", "skips_dim: null",
            "last layer has a residual");
    refused(frames, "act: Identity", "act: GLU", "'GLU' is not known");
    refused(chunks, "hop: 4\n", "hop: 300\n", "hop");
    refused(chunks, "edge_sum", "corners", "'corners'");
    refused(chunks, "dec_upsampling: repeat", "dec_upsampling: null",
            "dec_upsampling");
    refused(chunks, "model_dim: 6", "model_dim: 0", "model_dim");
    refused("freqnet_rich", "n_chunks: 2", "n_chunks: 4", "another size");
}

/* Earlier versions did not write all that the last one writes. */
static void check_earlier(void)
{
    tb_error error = {0};
    static const char *const later[] = {"with_affine_residuals: false\n",
                                        "layerwise_inputs: false\n",
                                        "reverse_layer_order: false\n"};
    for (int i = 0; i < 3; i++)
        if (!OK_NAMED(!changed("wavenet_rich", later[i], "", &error), later[i]))
            fprintf(stderr, "# %s\n", error.text);
}

/* ---- without memory ---- */

static tb_mimikit_content tried;

static bool convert_it(void)
{
    tb_safetensors *file = NULL;
    tb_error error = {0};
    bool good = tb_mimikit_convert(&tried, &file, &error) == TB_OK;
    OK(good || (!file && error.text[0]));
    tb_safetensors_close(file);
    return good;
}

static void check_without_memory(void)
{
    static const char *const names[] = {"wavenet_rich", "freqnet_rich",
                                        "seq2seq_linear"};
    for (int i = 0; i < 3; i++) {
        tried = content_new(network_named(names[i]));
        fail_each(convert_it, names[i], 5, 5000);
        content_clear(&tried);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        check(&networks[i]);
    check_refused();
    check_earlier();
    check_without_memory();
    return tap_done();
}
