/* What keeps latents in order, against RAVE's own code: how far they lie from
   noise and from codes, with gradients, and where books of codes move. */
#include "../engine/golden.h"
#include "engine/ops/shape.h"
#include "nn/latent_losses.h"
#include "nn/residual_codes.h"

#include "golden/latents.h"

enum { ROWS = 2, N = 3, FRAMES = 7, BOOKS = 2, CODES = 5 };

/* ---- against noise ---- */

static void check_discrepancy(void)
{
    for (int i = 0; i < 2; i++) {
        subject s = subject_new();
        tb_shape shape = tb_dims(ROWS, N, TB_FRAMES);
        tb_value *z = subject_in(&s, 1, shape), *d = NULL;
        tb_value *loss =
            tb_latent_discrepancy(z, FRAMES, subject_in(&s, 2, shape));
        tb_grad(loss, 1, &z, &d);
        s.constant = 2;
        subject_out(&s, 9, i ? loss : d);
        if (subject_run(&s, FRAMES) && i == 0)
            subject_expect(&s, d, discrepancy_gradient, "its gradient");
        if (i == 1) {
            subject_expect(&s, loss, discrepancy, "discrepancy");
            subject_differences(&s, "and by differences");
        }
        subject_free(&s);
    }
}

/* ---- codes ---- */

typedef struct coding {
    tb_graph *graph;
    tb_value *x, *loss, *first_loss, *first_gradient, *used;
    tb_value *share[BOOKS]; /* inputs */
    tb_coded coded;
    tb_code_book after[BOOKS];
    tb_params *params;
    tb_plan *plan;
} coding;

static void build(coding *c)
{
    tb_residual_codes how = {BOOKS, CODES, "books"};
    c->graph = tb_graph_new();
    c->x = tb_input(c->graph, "x", TB_REAL, tb_dims(ROWS, N, TB_FRAMES));
    c->coded = tb_residual_codes_of(c->x, &how);
    c->loss = tb_commitment(c->x, &c->coded, BOOKS);
    c->first_loss = tb_commitment(c->x, &c->coded, 1);
    tb_grad(c->first_loss, 1, &c->x, &c->first_gradient);
    for (int i = 0; i < BOOKS; i++) {
        char name[64];
        snprintf(name, sizeof name, "books.%d._codebook.embed", i);
        c->share[i] = tb_input(c->graph, "share", TB_REAL, tb_dims(CODES));
        tb_code_use use = tb_code_use_of(&c->coded, i, CODES, ROWS * FRAMES);
        tb_code_book old = {c->share[i],
                            tb_param(c->graph, name, tb_dims(CODES, N))};
        c->after[i] = tb_code_book_after(old, use, 0.99);
        if (i == 0)
            c->used = tb_code_perplexity(use.share);
    }
}

static void set_books(coding *c)
{
    tb_error error = {0};
    const tb_graph *g = c->graph;
    c->params = tb_params_new(1, &g, sizeof(double), &error);
    for (int i = 0; c->params && i < tb_params_count(c->params); i++) {
        double book[CODES * N];
        int seed = tb_params_at(c->params, i)->name[6] - '0' + 4;
        for (int k = 0; k < CODES * N; k++)
            book[k] = noise(seed, k);
        tb_params_set(c->params, i, book);
    }
}

static bool compile(coding *c)
{
    tb_error error = {0};
    tb_output want[] = {{c->loss, NULL},           {c->first_gradient, NULL},
                        {c->used, NULL},           {c->coded.vectors, NULL},
                        {c->coded.index[0], NULL}, {c->coded.index[1], NULL},
                        {c->after[0].share, NULL}, {c->after[0].codes, NULL},
                        {c->after[1].share, NULL}, {c->after[1].codes, NULL}};
    tb_plan_settings how = {
        .backend = tb_backend_naive64(), .params = c->params, .frames = FRAMES};
    c->plan =
        tb_plan_new(c->graph, sizeof want / sizeof *want, want, &how, &error);
    if (!c->plan)
        fprintf(stderr, "# %s\n", error.text);
    return OK(c->plan != NULL);
}

static void expect_indices(const coding *c)
{
    double counts[CODES] = {0}, nats = 0;
    for (int i = 0; i < BOOKS; i++) {
        const tb_tensor *t = tb_plan_tensor(c->plan, c->coded.index[i]);
        bool same = true;
        for (int64_t k = 0; k < ROWS * FRAMES; k++) {
            int64_t code = *(int64_t *)(void *)element(t, k);
            same &= code == (int64_t)indices[i * ROWS * FRAMES + k];
            if (i == 0)
                counts[code]++;
        }
        OK_NAMED(same, "codes that are chosen");
    }
    for (int k = 0; k < CODES; k++) {
        double p = counts[k] / (ROWS * FRAMES);
        nats -= p > 0 ? p * log(p) : 0;
    }
    NEAR(*element(tb_plan_tensor(c->plan, c->used), 0), exp(nats), 1e-6);
}

static void check_codes(void)
{
    coding c;
    build(&c);
    set_books(&c);
    if (compile(&c)) {
        write_noise(tb_plan_tensor(c.plan, c.x), 3);
        for (int i = 0; i < BOOKS; i++) {
            const tb_tensor *t = tb_plan_tensor(c.plan, c.share[i]);
            for (int k = 0; k < CODES; k++)
                *element(t, k) = (2 + noise(8 + i, k)) / CODES;
        }
        tb_plan_run(c.plan, 0, NULL);
        subject_expect(&c, c.coded.vectors, coded, "sums of codes");
        expect_indices(&c);
        subject_expect(&c, c.loss, commitment, "commitment");
        subject_expect(&c, c.first_gradient, commitment_gradient,
                       "gradient of one book's commitment");
        subject_expect(&c, c.after[0].share, share_0, "shares of codes");
        subject_expect(&c, c.after[0].codes, book_0, "a book that follows");
        subject_expect(&c, c.after[1].share, share_1, "shares, second book");
        subject_expect(&c, c.after[1].codes, book_1, "the second book");
    }
    tb_plan_free(c.plan);
    tb_params_free(c.params);
    tb_graph_free(c.graph);
}

/* A code that nobody has chosen for long stays where it is. */
static void check_unchosen(void)
{
    subject s = subject_new();
    tb_value *codes = subject_in(&s, 1, tb_dims(CODES, N));
    tb_code_book old = {tb_fill(s.graph, tb_dims(CODES), 0), codes};
    tb_code_use use = {tb_fill(s.graph, tb_dims(CODES), 0),
                       tb_fill(s.graph, tb_dims(CODES, N), 0)};
    tb_code_book next = tb_code_book_after(old, use, 0.99);
    bool stays = true;
    subject_out(&s, 9, next.codes);
    if (subject_run(&s, 1))
        for (int64_t i = 0; i < CODES * N; i++)
            stays &= fabs(*element(tb_plan_tensor(s.plan, next.codes), i) -
                          noise(1, i)) < 1e-12;
    OK_NAMED(stays, "an unchosen code stays");
    subject_free(&s);
}

int main(void)
{
    check_discrepancy();
    check_codes();
    check_unchosen();
    return tap_done();
}
