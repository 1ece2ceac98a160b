/* A small RAVE as an instrument that is trained: PyTorch's losses and weights
   are reached by the trainer, the encoder stands still from a phase on, only
   what a step needs runs, and whatever moment it is killed at, it goes on with
   the same bits. */
#include "engine/op.h"
#include "engine/source.h"
#include "golden/rave.h"
#include "rave_instrument.h"
#include "settled.h"
#include "sounds.h"
#include "train/resume.h"
#include "train/trainer_state.h"

static rave_config plain_config(void)
{
    return (rave_config){.adversarial_from = -1, .every = 1, .full_kl = 0.1};
}

/* All that there is: turns, a codebook, dropout, a weight that rises. */
static rave_config full_config(void)
{
    return (rave_config){.adversarial_from = 6,
                         .every = 2,
                         .codes = true,
                         .dropout = 0.2,
                         .full_kl = 0.5,
                         .kl_steps = 8};
}

static tb_trainer *new_trainer(const rave_config *config, int rows, int micro,
                               int threads)
{
    tb_error error = {0};
    const tb_trainer_settings s = {
        .instrument = &rave_instrument,
        .config = config,
        .rows = rows,
        .micro_batches = micro,
        .window = FRAMES,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.5,
                      .beta2 = 0.9,
                      .epsilon = 1e-8,
                      .average = 0.9},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 1e-3, .steps = 1},
        .seed = 3,
        .threads = threads};
    tb_trainer *t = tb_trainer_new(&s, &error);
    no_error(&error, t != NULL);
    return t;
}

/* The batch of a step: sound, and noise for those that want it. */
static tb_status step_with(tb_trainer *t, int batch, int rows,
                           tb_step_report *report)
{
    static float sound[4 * FRAMES], white[4 * FRAMES];
    tb_error error = {0};
    for (int i = 0; i < rows * FRAMES; i++) {
        sound[i] = (float)noise(10 + batch, i);
        white[i] = (float)noise(20 + batch, i);
    }
    tb_status status =
        settled_step(t, &(tb_batch){{sound, white}, NULL}, report, &error);
    no_error(&error, status == TB_OK);
    return status;
}

static void run(tb_trainer *t, int from, int to, int rows)
{
    tb_step_report report;
    for (int k = from; k < to; k++)
        step_with(t, k, rows, &report);
}

/* ---- PyTorch's numbers ---- */

/* Of parameter i, in a block of gradients; the caller frees. */
static float *gradient_of(const tb_trainer *t, const float *block, int i)
{
    const tb_parameter *p = tb_params_at(t->params, i);
    return seen(t->storage, block + p->offset, (size_t)p->n * sizeof(float));
}

/* Of the parameters whose names begin so. */
static void expect_of(const tb_trainer *t, const char *prefix, bool gradients,
                      double tolerance, const golden_summary *table)
{
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        if (strncmp(p->name, prefix, strlen(prefix)) != 0)
            continue;
        double *x = calloc((size_t)p->n, sizeof *x);
        tb_params_get(t->params, i, x);
        float *gradient = gradient_of(t, t->gradients, i);
        for (int64_t k = 0; gradients && k < p->n; k++)
            x[k] = gradient[k];
        free(gradient);
        expect_summary(p->name, x, p->n, tolerance, table,
                       gradients ? "gradient" : "weight after training");
        free(x);
    }
}

static void test_first_phase(void)
{
    rave_config config = plain_config();
    config.fed = true;
    tb_trainer *t = new_trainer(&config, ROWS, 1, 2);
    tb_step_report report;
    if (!OK(t && step_with(t, 0, ROWS, &report) == TB_OK))
        return;
    const tb_planned *p = &t->learning[AUTOENCODER];
    NEAR(tb_trainer_look(t, tb_plan_value(p->plan, p->objective->loss)),
         rave_first_loss[0], TOL_FLOAT_DEEP * rave_first_loss[0]);
    NEAR(report.metric[0] + 0.1 * report.metric[1], rave_first_loss[0],
         TOL_FLOAT_DEEP * rave_first_loss[0]);
    OK(isnan(report.metric[2]) && isnan(report.metric[3]));
    expect_of(t, "enc.", true, TOL_FLOAT_SPECTRAL, rave_first);
    expect_of(t, "dec.", true, TOL_FLOAT_SPECTRAL, rave_first);
    tb_trainer_free(t);
}

/* Decoder and discriminators in the same step: what they are judged by was made
   before the decoder's weights changed. */
static void test_second_phase(void)
{
    rave_config config = plain_config();
    config.fed = true;
    tb_trainer *t = new_trainer(&config, ROWS, 1, 2);
    tb_step_report report;
    if (!OK(t != NULL))
        return;
    tb_trainer_begin_phase(t, ADVERSARIAL);
    EQ(tb_trainer_phase(t), ADVERSARIAL);
    for (int k = 0; k < 3; k++) {
        step_with(t, k, ROWS, &report);
        NEAR(report.metric[2], rave_losses[2 * k],
             TOL_FLOAT_DEEP * fabs(rave_losses[2 * k]));
        NEAR(report.metric[3], rave_losses[2 * k + 1],
             TOL_FLOAT_DEEP * fabs(rave_losses[2 * k + 1]));
        OK(isnan(report.metric[0]));
        if (k == 0) {
            expect_of(t, "dec.", true, TOL_FLOAT_SPECTRAL, rave_second);
            expect_of(t, "dis.", true, TOL_FLOAT_SPECTRAL, rave_discriminator);
        }
    }
    expect_of(t, "dec.", false, TOL_FLOAT_SPECTRAL, rave_trained);
    expect_of(t, "dis.", false, TOL_FLOAT_SPECTRAL, rave_trained);
    tb_trainer_free(t);
}

/* ---- what runs ---- */

enum { MOST_NODES = 6000 };

static int count_op(const tb_plan *p, const tb_op *op)
{
    int n = 0;
    for (int i = 0; i < tb_plan_steps(p); i++)
        n += tb_plan_step(p, i)->op == op;
    return n;
}

static int weights_of(const tb_trainer *t, const char *prefix)
{
    int n = 0;
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        n += strncmp(p->name, prefix, strlen(prefix)) == 0 && p->shape.rank > 2;
    }
    return n;
}

/* Plans that ran in one step, as "whole" and "given" bits of objectives. */
static void which_ran(tb_trainer *t, int batch, unsigned *whole,
                      unsigned *given)
{
    static double seconds[6][MOST_NODES];
    tb_step_report report;
    memset(seconds, 0, sizeof seconds);
    *whole = *given = 0;
    for (int o = 0; o < 3; o++) {
        tb_plan_measure(t->learning[o].plan, seconds[o]);
        if (t->giving[o].plan)
            tb_plan_measure(t->giving[o].plan, seconds[3 + o]);
    }
    step_with(t, batch, ROWS, &report);
    for (int o = 0; o < 6; o++)
        for (int i = 0; i < MOST_NODES; i++)
            if (seconds[o][i] > 0)
                *(o < 3 ? whole : given) |= 1u << o % 3;
    for (int o = 0; o < 3; o++) {
        tb_plan_measure(t->learning[o].plan, NULL);
        if (t->giving[o].plan)
            tb_plan_measure(t->giving[o].plan, NULL);
    }
}

static void test_no_dead_work(void)
{
    rave_config config = full_config();
    config.codes = false;
    tb_trainer *t = new_trainer(&config, ROWS, 1, 1);
    unsigned whole, given;
    if (!OK(t != NULL))
        return;
    const tb_plan *decoder = t->learning[DECODER].plan;
    OK(!t->giving[AUTOENCODER].plan && !t->giving[DISCRIMINATORS].plan);
    EQ(count_op(t->giving[DECODER].plan, &tb_op_conv_wgrad), 0);
    OK(2 * tb_plan_steps(t->giving[DECODER].plan) < tb_plan_steps(decoder));
    EQ(count_op(decoder, &tb_op_conv_wgrad), weights_of(t, "dec."));
    EQ(count_op(t->learning[AUTOENCODER].plan, &tb_op_conv_wgrad),
       weights_of(t, "enc.") + weights_of(t, "dec."));
    for (int k = 0; k < 10; k++) {
        which_ran(t, k, &whole, &given);
        EQ(whole, k < 6        ? 1u << AUTOENCODER
                  : k % 2 == 0 ? 1u << DECODER
                               : 1u << DISCRIMINATORS);
        EQ(given, k > 6 && k % 2 ? 1u << DECODER : 0);
    }
    tb_trainer_free(t);
}

/* A workspace for the largest plan, not for all. */
static void test_memory(void)
{
    rave_config config = full_config();
    tb_trainer *t = new_trainer(&config, ROWS, 1, 1);
    size_t most = 0, sum = 0;
    if (!OK(t != NULL))
        return;
    for (int o = 0; o < 3; o++)
        for (int i = 0; i < 2; i++) {
            const tb_plan *p = (i ? t->giving : t->learning)[o].plan;
            size_t n = p ? tb_plan_workspace_bytes(p) : 0;
            most = n > most ? n : most;
            sum += n;
        }
    OK(tb_workspace_bytes(t->workspace) < most + 256);
    OK(sum > most + most / 4);
    size_t bytes = tb_trainer_measure(t).bytes;
    for (int o = 0; o < 3; o++)
        for (int i = 0; i < 2; i++) {
            const tb_plan *p = (i ? t->giving : t->learning)[o].plan;
            bytes -= p ? tb_plan_bytes(p) - tb_plan_workspace_bytes(p) +
                             tb_plan_kernel_bytes(p)
                       : 0;
        }
    OK_NAMED(bytes <
                 most + 12 * sizeof(float) * (size_t)tb_params_total(t->params),
             "reports count the workspace once");
    tb_trainer_free(t);
}

/* A step of one group prepares nothing of another again. */
static void test_versions(void)
{
    rave_config config = full_config();
    tb_trainer *t = new_trainer(&config, ROWS, 1, 1);
    if (!OK(t != NULL))
        return;
    run(t, 0, 7, ROWS);
    int dec = tb_params_find(t->params, "dec.noise1.w");
    int dis = tb_params_find(t->params, "dis.scale0.b");
    int enc = tb_params_find(t->params, "enc.0.v");
    uint64_t of_dec = tb_params_version_at(t->params, dec);
    uint64_t of_dis = tb_params_version_at(t->params, dis);
    uint64_t of_enc = tb_params_version_at(t->params, enc);
    run(t, 7, 8, ROWS); /* discriminators */
    EQ(tb_params_version_at(t->params, dec), of_dec);
    OK(tb_params_version_at(t->params, dis) > of_dis);
    of_dis = tb_params_version_at(t->params, dis);
    run(t, 8, 9, ROWS); /* decoder */
    OK(tb_params_version_at(t->params, dec) > of_dec);
    EQ(tb_params_version_at(t->params, dis), of_dis);
    EQ(tb_params_version_at(t->params, enc), of_enc);
    tb_trainer_free(t);
}

/* Steps without hooks allocate nothing. */
static void test_allocations(void)
{
    rave_config config = full_config();
    config.codes = false;
    tb_trainer *t = new_trainer(&config, ROWS, 1, 1);
    if (!OK(t != NULL))
        return;
    run(t, 0, 6, ROWS);
    int before = counted;
    run(t, 6, 10, ROWS);
    EQ(counted - before, 0);
    tb_trainer_free(t);
}

/* ---- the encoder stands still ---- */

/* Weights and moments of parameters that begin so; the caller frees. */
static float *kept_of(tb_trainer *t, const char *prefix, int *n)
{
    tb_moved *m = &t->moved[GENERATOR];
    tb_optimiser_block blocks[TB_OPTIMISER_BLOCKS];
    const float *w = tb_params_data(t->params);
    float *x = calloc(4 * (size_t)tb_params_total(t->params), sizeof *x);
    int64_t own = 0;
    *n = 0;
    tb_optimiser_blocks(m->optimiser, blocks);
    size_t bytes = (size_t)tb_optimiser_weights(m->optimiser) * sizeof(float);
    float *first = seen(t->storage, blocks[0].data, bytes);
    float *second = seen(t->storage, blocks[1].data, bytes);
    for (int i = 0; i < m->count; i++) {
        const tb_weight_range *r = &m->weights[i];
        const char *name = tb_params_at(t->params, m->ranges[i].first)->name;
        for (int64_t k = 0;
             strncmp(name, prefix, strlen(prefix)) == 0 && k < r->count; k++) {
            x[(*n)++] = w[r->from + k];
            x[(*n)++] = first[own + k];
            x[(*n)++] = second[own + k];
        }
        own += r->count;
    }
    free(first);
    free(second);
    return x;
}

static void test_frozen(void)
{
    rave_config config = full_config();
    tb_trainer *t = new_trainer(&config, ROWS, 1, 1);
    int n, m;
    double codes[CODES * LATENT], later[CODES * LATENT];
    if (!OK(t != NULL))
        return;
    EQ(t->moved[GENERATOR].count, 2);
    run(t, 0, 6, ROWS);
    float *before = kept_of(t, "enc.", &n), *dec = kept_of(t, "dec.", &m);
    int at = tb_params_find(t->params, "enc.codes.mean");
    tb_params_get(t->params, at, codes);
    EQ(tb_trainer_phase(t), RECONSTRUCTION);
    run(t, 6, 10, ROWS);
    EQ(tb_trainer_phase(t), ADVERSARIAL);
    EQ(tb_trainer_phase_began(t), 6);
    float *after = kept_of(t, "enc.", &n), *dec_after = kept_of(t, "dec.", &m);
    OK_NAMED(n > 1000 && memcmp(before, after, sizeof *before * (size_t)n) == 0,
             "weights and moments of the encoder");
    OK(memcmp(dec, dec_after, sizeof *dec * (size_t)m) != 0);
    tb_params_get(t->params, at, later);
    OK_NAMED(memcmp(codes, later, sizeof codes) != 0 ||
                 tb_trainer_steps(t) % 5 == 0,
             "only dead codes are still written");

    /* What the decoder learns against is what a checkpoint holds. */
    const tb_weight_range *enc = &t->moved[GENERATOR].weights[0];
    const float *w = tb_params_data(t->params);
    float *own = malloc(sizeof *own * (size_t)tb_params_total(t->params));
    memcpy(own, w, sizeof *own * (size_t)tb_params_total(t->params));
    tb_trainer_use_average(t, true);
    w = tb_params_data(t->params);
    OK(memcmp(own + enc->from, w + enc->from, sizeof *w * (size_t)enc->count) ==
       0);
    const tb_weight_range *d = &t->moved[GENERATOR].weights[1];
    OK_NAMED(memcmp(own + d->from, w + d->from, sizeof *w * (size_t)d->count),
             "the decoder's are averages");
    tb_trainer_use_average(t, false);
    w = tb_params_data(t->params);
    OK(memcmp(own, w, sizeof *w * (size_t)tb_params_total(t->params)) == 0);
    free(own);
    free(before);
    free(after);
    free(dec);
    free(dec_after);
    tb_trainer_free(t);
}

/* ---- what objectives hand on ---- */

static const void *data_of(const tb_planned *p, const tb_value *v)
{
    const tb_tensor *t = tb_plan_value(p->plan, v);
    return t ? t->data : NULL;
}

/* The number of values that lie where they are made. */
static int bound_in(const tb_planned *all, const tb_learning *l, int objective)
{
    const tb_objective *o = &l->objective[objective];
    int n = 0;
    for (int i = 0; i < o->input_count; i++) {
        const tb_learning_input *in = &o->input[i];
        const void *there = in->kind == TB_INPUT_OUTPUT
                                ? data_of(&all[in->index], in->output)
                                : NULL;
        n += there && there == data_of(&all[objective], in->value);
    }
    return n;
}

/* The discriminators read what the decoder makes where it makes it, whether it
   learns in the same step or only gives. */
static void test_nothing_is_copied(void)
{
    rave_config config = full_config();
    tb_trainer *t = new_trainer(&config, ROWS, 1, 1);
    if (!OK(t && t->giving[DECODER].plan))
        return;
    const tb_objective *o = &t->learn.objective[DISCRIMINATORS];
    const tb_value *y = o->input[o->input_count - 1].output;
    EQ(bound_in(t->learning, &t->learn, DISCRIMINATORS), 1);
    EQ(tb_plan_fetches(t->learning[DISCRIMINATORS].plan), 0);
    OK(data_of(&t->giving[DECODER], y) == data_of(&t->learning[DECODER], y));
    tb_trainer_free(t);
}

/* ---- the codebook ---- */

static void test_codebook(void)
{
    rave_config config = full_config();
    tb_trainer *t = new_trainer(&config, ROWS, 1, 1);
    double size[CODES], sum[CODES * LATENT], mean[CODES * LATENT], total = 0;
    if (!OK(t != NULL))
        return;
    int at = tb_params_find(t->params, "enc.codes.size");
    run(t, 0, 3, ROWS);
    tb_params_get(t->params, at, size);
    tb_params_get(t->params, at + 1, sum);
    tb_params_get(t->params, tb_params_find(t->params, "enc.codes.mean"), mean);
    for (int k = 0; k < CODES; k++)
        total += size[k];
    NEAR(total, 1, 1e-5);
    SAME_TEXT(tb_params_at(t->params, at + 1)->name, "enc.codes.sum");
    double worst = 0;
    for (int i = 0; i < CODES * LATENT; i++)
        worst = fmax(worst, fabs(mean[i] * size[i / LATENT] - sum[i]));
    OK_NAMED(worst < 1e-5, "codes are means of what was near");
    OK_NAMED(t->moved_by[at] == 0, "no gradient moves a buffer");

    /* A code that nobody is near to comes back at step 5. */
    double far[CODES * LATENT];
    memcpy(far, mean, sizeof far);
    size[2] = CODE_DEAD / 8;
    for (int j = 0; j < LATENT; j++) {
        far[2 * LATENT + j] = 1000;
        sum[2 * LATENT + j] = 1000 * size[2];
    }
    tb_params_set(t->params, at, size);
    tb_params_set(t->params, at + 1, sum);
    tb_params_set(t->params, tb_params_find(t->params, "enc.codes.mean"), far);
    run(t, 3, 5, ROWS);
    tb_params_get(t->params, at, size);
    OK(size[2] < CODE_DEAD / 8);
    run(t, 5, 6, ROWS);
    tb_params_get(t->params, at, size);
    OK(size[2] > 0.05);
    tb_trainer_free(t);
}

/* ---- the same bits ---- */

/* Through a file, into a trainer that was elsewhere. */
static tb_trainer *taken_up(tb_trainer *from, const rave_config *config,
                            int rows, int micro)
{
    tb_progress progress = {.steps_per_epoch = 5};
    tb_error error = {0};
    bool same_rows;
    tb_trainer *to = new_trainer(config, rows, micro, 3);
    const char *path = in_folder("resume.safetensors");
    run(to, 40, 42, rows * micro);
    if (!no_error(&error,
                  !tb_resume_save(path, from, &progress, NULL, &error) &&
                      !tb_resume_load(path, to, &progress, &same_rows, &error)))
        return NULL;
    OK(same_rows);
    return to;
}

/* `command`: the step before which the second phase is commanded. */
static void test_same_bits(const rave_config *config, int command, int micro)
{
    enum { STEPS = 11 };
    tb_trainer *whole = new_trainer(config, ROWS, micro, 1);
    for (int k = 0; k < STEPS; k++) {
        if (k == command)
            tb_trainer_begin_phase(whole, ADVERSARIAL);
        run(whole, k, k + 1, ROWS * micro);
    }
    EQ(tb_trainer_phase(whole), ADVERSARIAL);
    for (int kill = 0; kill < STEPS; kill++) {
        tb_trainer *first = new_trainer(config, ROWS, micro, 2);
        for (int k = 0; k < kill; k++) {
            if (k == command)
                tb_trainer_begin_phase(first, ADVERSARIAL);
            run(first, k, k + 1, ROWS * micro);
        }
        if (kill == command)
            tb_trainer_begin_phase(first, ADVERSARIAL);
        tb_trainer *then = taken_up(first, config, ROWS, micro);
        tb_trainer_free(first);
        for (int k = kill; then && k < STEPS; k++) {
            if (k == command && k > kill)
                tb_trainer_begin_phase(then, ADVERSARIAL);
            run(then, k, k + 1, ROWS * micro);
        }
        OK(then && same_blocks(whole, then));
        tb_trainer_free(then);
    }
    tb_trainer_free(whole);
}

/* ---- micro-batches ---- */

static double off(const float *a, const float *b, int64_t n)
{
    double sum = 0, norm = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        norm += (double)b[i] * b[i];
    }
    return sqrt(sum / norm);
}

/* Gradients and statistics of a step in one and in two shares. */
static void expect_same_sums(tb_trainer *one, tb_trainer *two)
{
    for (int i = 0; i < tb_params_count(one->params); i++) {
        const tb_parameter *p = tb_params_at(one->params, i);
        float *x = gradient_of(one, one->gradients, i);
        float *y = gradient_of(two, two->summed, i);
        if (one->moved_by[i] & 1u << AUTOENCODER)
            OK_NAMED(off(y, x, p->n) < TOL_FLOAT_DEEP, p->name);
        free(x);
        free(y);
    }
    size_t bytes = 2 * CODES * sizeof(float);
    float *x = seen(one->storage, one->statistics, bytes);
    float *y = seen(two->storage, two->statistics, bytes);
    for (int i = 0; i < 2 * CODES; i++)
        NEAR(x[i], y[i], TOL_FLOAT);
    free(x);
    free(y);
}

/* Two shares of a batch, dropout and all, are the batch. */
static void test_micro_batches(void)
{
    rave_config config = full_config();
    config.plain = true;
    tb_trainer *one = new_trainer(&config, 4, 1, 1);
    tb_trainer *two = new_trainer(&config, 2, 2, 1);
    tb_step_report a, b;
    if (!OK(one && two && !one->summed && two->summed))
        return;
    int64_t n = tb_params_total(one->params);
    for (int k = 0; k < 9; k++) {
        step_with(one, k, 4, &a);
        step_with(two, k, 4, &b);
        for (int i = 0; i < 4; i++)
            OK(isnan(a.metric[i])
                   ? isnan(b.metric[i])
                   : fabs(a.metric[i] - b.metric[i]) <
                         TOL_FLOAT_DEEP * (1 + fabs(a.metric[i])));
        NEAR(a.norm, b.norm, TOL_FLOAT_DEEP * a.norm);
        if (k == 0)
            expect_same_sums(one, two);
    }
    OK(off(tb_params_data(two->params), tb_params_data(one->params), n) <
       TOL_FLOAT_DEEP);
    tb_trainer_free(one);
    tb_trainer_free(two);
}

int main(void)
{
    enter_folder();
    test_first_phase();
    test_second_phase();
    test_no_dead_work();
    test_memory();
    test_versions();
    test_allocations();
    test_frozen();
    test_nothing_is_copied();
    test_codebook();
    rave_config by_step = full_config(), on_command = full_config();
    on_command.adversarial_from = -1;
    test_same_bits(&by_step, -1, 1);
    test_same_bits(&on_command, 5, 2);
    test_micro_batches();
    return tap_done();
}
