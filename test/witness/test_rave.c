/* Training a small RAVE is a program of several plans over one store of
   parameters and one workspace: the autoencoder's step, then, with the encoder
   frozen, steps of the decoder and of the discriminators in turn, each with an
   optimiser of its own. Gradients and losses are PyTorch's. */
#include "engine/source.h"
#include "golden/rave.h"
#include "rave_losses.h"

/* A plan with the gradients of the parameters whose names begin so. */
typedef struct group {
    const char *prefixes[2];
    tb_plan *plan;
    tb_value *loss;
    tb_value *params[80], *gradients[80];
    int n;
    double *block, *first, *second; /* gradients and Adam's averages, as the
                                       parameters lie in the store */
    int steps;
} group;

typedef struct program {
    rave r;
    tb_graph *judge_graph;
    tb_value *real, *fake;
    tb_params *params;
    tb_workspace *workspace;
    group autoencoder, decoder, judges;
    int decoder_begin, decoder_end; /* nodes of the decoder's gradients */
} program;

/* ---- graphs ---- */

static bool in_group(const group *p, const char *name)
{
    for (int i = 0; i < 2; i++)
        if (p->prefixes[i] &&
            strncmp(name, p->prefixes[i], strlen(p->prefixes[i])) == 0)
            return true;
    return false;
}

static void add_gradients(group *p, tb_graph *g, tb_value *loss)
{
    p->loss = loss;
    for (tb_node *n = tb_graph_first(g); n; n = n->next)
        if (n->op == &tb_op_param && in_group(p, n->name))
            p->params[p->n++] = n->out[0];
    tb_grad(loss, p->n, p->params, p->gradients);
}

static tb_value *decoder_loss(const rave *r)
{
    judgement real = judge(r->x), fake = judge(r->y);
    tb_value *l = tb_add(distances(r), deception(&fake));
    return tb_add(l, tb_scale(feature_matching(&real, &fake), 10));
}

static void build(program *p)
{
    tb_shape signal = tb_dims(ROWS, 1, TB_FRAMES);
    p->r = rave_new(false);
    tb_graph *g = p->r.graph;
    p->autoencoder = (group){.prefixes = {"enc.", "dec."}};
    add_gradients(&p->autoencoder, g,
                  tb_add(distances(&p->r), tb_scale(divergence(&p->r), 0.1)));
    p->decoder = (group){.prefixes = {"dec."}};
    tb_value *loss = decoder_loss(&p->r);
    p->decoder_begin = tb_graph_nodes(g);
    add_gradients(&p->decoder, g, loss);
    p->decoder_end = tb_graph_nodes(g);
    p->judge_graph = tb_graph_new();
    p->real = tb_input(p->judge_graph, "real", TB_REAL, signal);
    p->fake = tb_input(p->judge_graph, "fake", TB_REAL, signal);
    p->judges = (group){.prefixes = {"dis."}};
    judgement real = judge(p->real), fake = judge(p->fake);
    add_gradients(&p->judges, p->judge_graph, discrimination(&real, &fake));
}

/* ---- plans ---- */

static double *block_of(const tb_params *params)
{
    return aligned_alloc(64, (size_t)(tb_params_total(params) + 16) *
                                 sizeof(double));
}

/* Gradients lie in a block as their parameters do in the store. */
static bool compile(group *p, const tb_graph *g, tb_params *params,
                    tb_workspace *workspace, int n_more, tb_value *const *more)
{
    tb_output want[90];
    tb_error error = {0};
    int n = 0;
    size_t bytes = (size_t)(tb_params_total(params) + 16) * sizeof(double);
    p->block = block_of(params);
    p->first = block_of(params);
    p->second = block_of(params);
    memset(p->block, 0, bytes);
    memset(p->first, 0, bytes);
    memset(p->second, 0, bytes);
    want[n++].value = p->loss;
    want[0].memory = NULL;
    for (int i = 0; i < n_more; i++)
        want[n++] = (tb_output){more[i], NULL};
    for (int i = 0; i < p->n; i++) {
        int k = tb_params_find(params, p->params[i]->node->name);
        want[n++] = (tb_output){p->gradients[i],
                                p->block + tb_params_at(params, k)->offset};
    }
    tb_plan_settings how = {.backend = tb_backend_naive64(),
                            .params = params,
                            .workspace = workspace,
                            .frames = FRAMES,
                            .training = true};
    p->plan = tb_plan_new(g, n, want, &how, &error);
    return no_error(&error, p->plan != NULL);
}

static bool compile_all(program *p)
{
    rave *r = &p->r;
    p->params = witness_params(r->graph, p->judge_graph, tb_backend_naive64());
    p->workspace = tb_workspace_new();
    return p->params &&
           compile(&p->autoencoder, r->graph, p->params, p->workspace, 4,
                   (tb_value *[]){r->z, r->y, r->bands, r->decoded_bands}) &&
           compile(&p->decoder, r->graph, p->params, p->workspace, 1, &r->y) &&
           compile(&p->judges, p->judge_graph, p->params, p->workspace, 0,
                   NULL);
}

static void clear_group(group *p)
{
    tb_plan_free(p->plan);
    free(p->block);
    free(p->first);
    free(p->second);
}

static void clear(program *p)
{
    clear_group(&p->autoencoder);
    clear_group(&p->decoder);
    clear_group(&p->judges);
    tb_workspace_free(p->workspace);
    tb_params_free(p->params);
    tb_graph_free(p->r.graph);
    tb_graph_free(p->judge_graph);
}

/* ---- steps ---- */

static void set_batch(const program *p, const tb_plan *plan, int step)
{
    write_noise(tb_plan_tensor(plan, p->r.x), 10 + step);
    write_noise(tb_plan_tensor(plan, p->r.noise), 20 + step);
    *element(tb_plan_tensor(plan, p->r.temperature), 0) = 1;
}

/* Kingma and Ba 2015, algorithm 1, over the parameters of the group. */
static void adam(group *p, tb_params *params, double rate)
{
    const double b1 = 0.5, b2 = 0.9;
    double *w = tb_params_data(params);
    p->steps++;
    for (int i = 0; i < p->n; i++) {
        const tb_parameter *q = tb_params_at(
            params, tb_params_find(params, p->params[i]->node->name));
        for (int64_t k = q->offset; k < q->offset + q->n; k++) {
            double g = p->block[k];
            p->first[k] = b1 * p->first[k] + (1 - b1) * g;
            p->second[k] = b2 * p->second[k] + (1 - b2) * g * g;
            double m = p->first[k] / (1 - pow(b1, p->steps));
            double v = p->second[k] / (1 - pow(b2, p->steps));
            w[k] -= rate * m / (sqrt(v) + 1e-8);
        }
    }
    tb_params_touch(params);
}

static double loss_of(const group *p)
{
    return *element(tb_plan_tensor(p->plan, p->loss), 0);
}

static void copy_signal(const tb_tensor *from, const tb_tensor *to)
{
    for (int64_t i = 0; i < count_of(from); i++)
        *element(to, i) = *element(from, i);
}

static void expect_gradients(const group *p, const tb_params *params,
                             const golden_summary *table)
{
    for (int i = 0; i < p->n; i++) {
        const char *name = p->params[i]->node->name;
        const tb_parameter *q =
            tb_params_at(params, tb_params_find(params, name));
        expect_summary(name, p->block + q->offset, q->n, TOL_GOLDEN, table,
                       "gradient");
    }
}

/* ---- tests ---- */

static void first_phase(program *p)
{
    const tb_plan *plan = p->autoencoder.plan;
    set_batch(p, plan, 0);
    run_plan(p->autoencoder.plan, 0);
    NEAR(loss_of(&p->autoencoder), rave_first_loss[0],
         TOL_GOLDEN * rave_first_loss[0]);
    const tb_value *values[] = {p->r.bands, p->r.z, p->r.decoded_bands, p->r.y};
    const char *const names[] = {"bands", "z", "decoded_bands", "y"};
    for (int i = 0; i < 4; i++)
        expect_tensor(names[i], tb_plan_tensor(plan, values[i]), sizeof(double),
                      rave_values, "value");
    expect_gradients(&p->autoencoder, p->params, rave_first);
}

/* The decoder and the discriminators in turn, three times each. */
static void second_phase(program *p)
{
    for (int step = 0; step < 3; step++) {
        tb_plan *d = p->decoder.plan, *j = p->judges.plan;
        set_batch(p, d, step);
        run_plan(d, 0);
        NEAR(loss_of(&p->decoder), rave_losses[2 * step],
             TOL_GOLDEN * rave_losses[2 * step]);
        copy_signal(tb_plan_tensor(d, p->r.x), tb_plan_tensor(j, p->real));
        copy_signal(tb_plan_tensor(d, p->r.y), tb_plan_tensor(j, p->fake));
        if (step == 0)
            expect_gradients(&p->decoder, p->params, rave_second);
        adam(&p->decoder, p->params, 1e-3);
        run_plan(j, 0);
        NEAR(loss_of(&p->judges), rave_losses[2 * step + 1],
             TOL_GOLDEN * rave_losses[2 * step + 1]);
        if (step == 0)
            expect_gradients(&p->judges, p->params, rave_discriminator);
        adam(&p->judges, p->params, 1e-4);
    }
    for (int i = 0; i < tb_params_count(p->params); i++) {
        const tb_parameter *q = tb_params_at(p->params, i);
        const double *w = tb_params_data(p->params);
        if (q->name[0] == 'd')
            expect_summary(q->name, w + q->offset, q->n, TOL_GOLDEN,
                           rave_trained, "weight after training");
    }
}

/* The decoder's gradients touch nothing of the encoder but its result, and no
   weight of a discriminator has one. */
static void gradients_are_pruned(const program *p)
{
    int reaches_encoder = 0, of_weights = 0, convolutions = 0;
    for (tb_node *n = tb_graph_first(p->r.graph); n; n = n->next) {
        convolutions += n->op == &tb_op_param &&
                        in_group(&p->decoder, n->name) && n->out[0]->rank > 1;
        if (n->id < p->decoder_begin || n->id >= p->decoder_end)
            continue;
        of_weights += n->op == &tb_op_conv_wgrad;
        for (int i = 0; i < n->n_in; i++)
            reaches_encoder += n->in[i]->node->id < p->r.encoder_end &&
                               n->in[i] != p->r.z && n->in[i] != p->r.bands &&
                               n->in[i] != p->r.x && n->in[i] != p->r.noise;
    }
    EQ(reaches_encoder, 0);
    EQ(of_weights, convolutions);
    for (int i = 0; i < p->decoder.n; i++)
        if (!p->decoder.gradients[i])
            OK_NAMED(0, p->decoder.params[i]->node->name);
}

static size_t alone(const group *p, const tb_graph *g, tb_params *params,
                    int n_more, tb_value *const *more)
{
    group copy = *p;
    tb_workspace *w = tb_workspace_new();
    size_t bytes =
        compile(&copy, g, params, w, n_more, more) ? tb_workspace_bytes(w) : 0;
    clear_group(&copy);
    tb_workspace_free(w);
    return bytes;
}

static void memory_is_the_largest(const program *p)
{
    const rave *r = &p->r;
    tb_value *more[] = {r->z, r->y, r->bands, r->decoded_bands}, *y = r->y;
    size_t a = alone(&p->autoencoder, r->graph, p->params, 4, more);
    size_t d = alone(&p->decoder, r->graph, p->params, 1, &y);
    size_t j = alone(&p->judges, p->judge_graph, p->params, 0, NULL);
    size_t most = a > d ? a : d;
    most = most > j ? most : j;
    OK(a > 0 && d > 0 && j > 0);
    EQ(tb_workspace_bytes(p->workspace), most);
}

/* The first phase in single precision, by the kernels of the processor. */
static tb_plan *float_plan(const program *p, const group *of,
                           const tb_backend *backend, tb_params *params,
                           int threads)
{
    tb_output want[90] = {{of->loss, NULL}};
    tb_error error = {0};
    for (int i = 0; i < of->n; i++)
        want[1 + i].value = of->gradients[i];
    tb_plan_settings how = {.backend = backend,
                            .params = params,
                            .frames = FRAMES,
                            .training = true,
                            .threads = threads};
    tb_plan *plan = tb_plan_new(p->r.graph, 1 + of->n, want, &how, &error);
    if (!no_error(&error, plan != NULL))
        return NULL;
    fill_noise(tb_plan_tensor(plan, p->r.x), 10, sizeof(float));
    fill_noise(tb_plan_tensor(plan, p->r.noise), 20, sizeof(float));
    set_real(tb_plan_tensor(plan, p->r.temperature)->data, 0, 1, sizeof(float));
    return plan;
}

static void floats_are_near(const program *p, const group *of,
                            const tb_backend *backend, double loss,
                            const golden_summary *table)
{
    tb_params *params = witness_params(p->r.graph, p->judge_graph, backend);
    tb_plan *plan = float_plan(p, of, backend, params, 1);
    if (OK(plan)) {
        run_plan(plan, 0);
        NEAR(real_at(tb_plan_tensor(plan, of->loss)->data, 0, sizeof(float)),
             loss, TOL_FLOAT_DEEP * loss);
        for (int i = 0; i < of->n; i++) {
            const tb_tensor *t = tb_plan_tensor(plan, of->gradients[i]);
            double *x = numbers_of(t, sizeof(float));
            expect_summary(of->params[i]->node->name, x, count_of(t),
                           TOL_FLOAT_SPECTRAL, table, "gradient");
            free(x);
        }
    }
    tb_plan_free(plan);
    tb_params_free(params);
}

/* The same bits whoever does the work. */
static void threads_do_not_matter(const program *p, const group *of)
{
    const tb_backend *backend = tb_backend_cpu();
    tb_params *params = witness_params(p->r.graph, p->judge_graph, backend);
    tb_pool *pool = tb_pool_new(3);
    tb_plan *one = float_plan(p, of, backend, params, 1);
    tb_plan *three = float_plan(p, of, backend, params, 3);
    bool same = one && three && pool;
    if (same) {
        run_plan(one, 0);
        tb_plan_run(three, 0, pool);
    }
    for (int i = 0; same && i < of->n; i++) {
        const tb_tensor *a = tb_plan_tensor(one, of->gradients[i]);
        const tb_tensor *b = tb_plan_tensor(three, of->gradients[i]);
        double *x = numbers_of(a, sizeof(float));
        double *y = numbers_of(b, sizeof(float));
        same = memcmp(x, y, sizeof *x * (size_t)count_of(a)) == 0;
        free(x);
        free(y);
    }
    OK(same);
    tb_plan_free(one);
    tb_plan_free(three);
    tb_pool_free(pool);
    tb_params_free(params);
}

int main(void)
{
    program p = {0};
    build(&p);
    if (OK(compile_all(&p))) {
        first_phase(&p);
        second_phase(&p);
        gradients_are_pruned(&p);
        memory_is_the_largest(&p);
        const tb_backend *floats[] = {tb_backend_naive(), tb_backend_cpu()};
        for (int i = 0; i < 2; i++) {
            floats_are_near(&p, &p.autoencoder, floats[i], rave_first_loss[0],
                            rave_first);
            floats_are_near(&p, &p.decoder, floats[i], rave_losses[0],
                            rave_second);
        }
        threads_do_not_matter(&p, &p.autoencoder);
        threads_do_not_matter(&p, &p.decoder);
    }
    clear(&p);
    return witness_done();
}
