/* RAVEs at the size that they are trained at: what goes together and what is
   refused, how many weights there are, and that all of learning fits a window.
   Nothing is computed. */
#include "engine/frames.h"
#include "engine/grad.h"
#include "engine/source.h"
#include "models/rave.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Frames of sound, as short trainings have; objectives have fewer parameters
   than that; and no objective makes so many numbers of a window (16 GB, if all
   were kept). */
enum { WINDOW = 65536, MOST = 1024 };
static const double ENOUGH = 4e9;

/* ---- configurations ---- */

static const char *const models[] = {
    "v1",   "v2",       "v2_small",    "v2_nopqmf", "v2_nopqmf_small",
    "v3",   "discrete", "discrete_v3", "onnx",      "raspberry",
    "brave"};

static const char *const additions[] = {"",
                                        ",causal",
                                        ",noise",
                                        ",snake",
                                        ",adain",
                                        ",wasserstein",
                                        ",spherical",
                                        ",hybrid",
                                        ",spectral_discriminator",
                                        ",descript_discriminator"};

enum {
    MODELS = sizeof models / sizeof *models,
    ADDITIONS = sizeof additions / sizeof *additions
};

/* What does not go together, and a word of why. Each of the first version lacks
   what these additions change. */
typedef struct refusal {
    const char *model, *addition, *why; /* null: whichever */
} refusal;

static const refusal refused[] = {
    {NULL, ",snake", "take v2"},
    {NULL, ",adain", "take v2"},
    {NULL, ",hybrid", "take v2"},
    {"v2_nopqmf", ",hybrid", "decoder_ratios"},
    {"v2_nopqmf_small", ",hybrid", "decoder_ratios"},
};

static bool is_first_version(const char *model)
{
    static const char *const first[] = {"v1", "onnx", "raspberry", "brave"};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (strcmp(model, first[i]) == 0)
            return true;
    return false;
}

static const char *reason_of(const char *model, const char *addition)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const refusal *r = &refused[i];
        bool is_of =
            r->model ? strcmp(r->model, model) == 0 : is_first_version(model);
        if (is_of && strcmp(r->addition, addition) == 0)
            return r->why;
    }
    return NULL;
}

static tb_status configure(tb_rave *c, const char *presets, tb_error *error)
{
    tb_settings_part part = {&tb_rave_settings, c};
    *c = (tb_rave){0};
    tb_settings_defaults(&part, 1);
    tb_status status = tb_settings_preset(&part, 1, presets, error);
    return status ? status : tb_rave_check(c, error);
}

/* ---- weights ---- */

/* Of RAVE 2.3's own networks, counted by running it: those of the encoder,
   decoder and discriminators. It has none of codes, and ours no noise where
   there is none. */
typedef struct weight_count {
    const char *presets;
    int64_t encoder, decoder, discriminators;
} weight_count;

static const weight_count counts[] = {
    {"v1", 4834176, 12778193, 7751619},
    {"onnx", 1374656, 3417969, 1940451},
    {"raspberry", 426720, 971201, 486387},
    {"v2", 16056928, 15479072, 27130952},
    {"v2_small", 3945904, 3816608, 6791720},
    {"v2_nopqmf", 7403328, 10477954, 12066184},
    {"v3", 16059904, 15482048, 42519760},
    {"discrete", 14287328, 14889248, 27130952},
    {"discrete_v3", 14290304, 14892224, 42519760},
    {"v2,noise", 16056928, 15634720, 27130952},
    {"v2,snake", 16059904, 15482048, 27130952},
    {"v2,hybrid", 3001312, 15677216, 27130952},
    {"v2,wasserstein", 14950768, 15552800, 27130952},
    {"v2,spherical", 14950768, 14962976, 27130952},
    {"v2,spectral_discriminator", 16056928, 15479072, 17905997},
};

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Buffers are no weights. */
static bool is_weight(const char *name)
{
    static const char *const buffers[] = {"running_", "warmed_up", ".rvq.",
                                          "mean_x",   "std_x",     "_y"};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (strstr(name, buffers[i]))
            return false;
    return true;
}

static int64_t weights_of(const tb_graph *g, const char *prefix)
{
    int64_t all = 0;
    for (const tb_node *n = tb_graph_first(g); n; n = n->next) {
        if (n->op != &tb_op_param || !begins(n->name, prefix) ||
            !is_weight(n->name))
            continue;
        int64_t size = 1;
        for (int k = 0; k < n->out[0]->rank; k++)
            size *= n->out[0]->dim[k];
        all += size;
    }
    return all;
}

static void check_weights(const weight_count *is)
{
    const tb_learning_size size = {.rows = 1, .window = WINDOW};
    tb_rave c;
    tb_learning l;
    tb_error error = {0};
    if (!OK_NAMED(!configure(&c, is->presets, &error) &&
                      !tb_rave_learn(&c, &size, &l, &error),
                  is->presets))
        return;
    const tb_graph *g = l.objective[TB_RAVE_DECEIVES].graph;
    EQ(weights_of(g, "encoder."), is->encoder);
    EQ(weights_of(g, "decoder."), is->decoder);
    EQ(weights_of(g, "discriminator."), is->discriminators);
    tb_learning_clear(&l);
}

/* ---- what learning holds ---- */

/* So many numbers; 0: there is no frame. */
static double size_of(const tb_value *v, const int64_t *frames)
{
    double size = 1;
    for (int k = 0; k < v->rank; k++)
        size *= (double)(k == v->time ? frames[v->id] : v->dim[k]);
    return size;
}

/* Of all values; -1: one of them has no frame. What is put before something may
   be empty. */
static double sum_sizes(const tb_graph *g, const int64_t *frames)
{
    double all = 0;
    for (const tb_node *n = tb_graph_first(g); n; n = n->next)
        for (int i = 0; i < n->n_out; i++) {
            double size = size_of(n->out[i], frames);
            if (size < 0 || (size == 0 && strcmp(n->op->name, "pad") != 0))
                return -1;
            all += size;
        }
    return all;
}

/* Of an objective with the gradients of all weights. */
static double numbers_of(const tb_objective *o, int64_t window)
{
    tb_value *by[MOST], *gradients[MOST];
    int n = 0;
    for (tb_node *at = tb_graph_first(o->graph); at; at = at->next)
        if (at->op == &tb_op_param && n < MOST)
            by[n++] = at->out[0];
    if (o->loss)
        tb_grad(o->loss, n, by, gradients);
    OK(n < MOST);
    int64_t *frames =
        calloc((size_t)tb_graph_values(o->graph) + 1, sizeof *frames);
    tb_lengths(o->graph, window, window, frames);
    double all = sum_sizes(o->graph, frames);
    free(frames);
    return all;
}

/* For one row of a batch. */
static void check_learning(const tb_rave *c, const char *presets, bool testing)
{
    const tb_learning_size size = {
        .rows = 1, .window = WINDOW, .testing = testing};
    tb_learning l;
    tb_error error = {0};
    if (!OK_NAMED(tb_rave_learn(c, &size, &l, &error) == TB_OK, presets)) {
        fprintf(stderr, "# %s: %s\n", presets, error.text);
        return;
    }
    for (int i = 0; i < l.objective_count; i++) {
        const tb_objective *o = &l.objective[i];
        double n = numbers_of(o, WINDOW);
        bool good =
            n > 0 && n <= ENOUGH && tb_graph_check(o->graph, &error) == TB_OK;
        if (!OK_NAMED(good, presets))
            fprintf(stderr, "# %s, %s: %g numbers %s\n", presets, o->name, n,
                    error.text);
    }
    tb_learning_clear(&l);
}

static void check(const char *model, const char *addition)
{
    char presets[64];
    tb_rave c;
    tb_error error = {0};
    snprintf(presets, sizeof presets, "%s%s", model, addition);
    const char *why = reason_of(model, addition);
    if (!configure(&c, presets, &error) && OK_NAMED(!why, presets)) {
        check_learning(&c, presets, false);
        check_learning(&c, presets, true);
    } else if (!OK_NAMED(why && strstr(error.text, why), presets)) {
        fprintf(stderr, "# %s: %s\n", presets, error.text);
    }
}

int main(void)
{
    for (int i = 0; i < MODELS; i++)
        for (int k = 0; k < ADDITIONS; k++)
            check(models[i], additions[k]);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check_weights(&counts[i]);
    return tap_done();
}
