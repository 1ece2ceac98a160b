/* Books of codes from host code: how they begin, and what becomes of codes that
   nobody chooses. */
#include "check_rave.h"
#include "models/rave_latents.h"

enum { N = 4, CODES = 8, BOOKS = 3, VECTORS = 64 };

typedef struct books {
    tb_rave c;
    tb_learning learn;
    tb_params *params;
    double heard[VECTORS * N];
} books;

static bool books_open(books *b)
{
    tb_error error = {0};
    tb_learning_size size = {.rows = 2, .window = 4096};
    *b = (books){.c = configured("discrete", 1)};
    b->c.crop = false;
    if (tb_rave_learn(&b->c, &size, &b->learn, &error)) {
        fprintf(stderr, "# %s\n", error.text);
        return OK(0);
    }
    const tb_graph *graphs[] = {b->learn.objective[0].graph, b->learn.update};
    b->params = tb_params_new(2, graphs, sizeof(float), &error);
    for (int i = 0; i < VECTORS * N; i++)
        b->heard[i] = noise(3, i);
    return OK(b->params != NULL);
}

static void books_close(books *b)
{
    tb_params_free(b->params);
    tb_learning_clear(&b->learn);
}

static int find(const books *b, int book, const char *what)
{
    char name[80];
    snprintf(name, sizeof name, "encoder.rvq.layers.%d._codebook.%s", book,
             what);
    return tb_params_find(b->params, name);
}

static const tb_hook *hook_of(const books *b, const char *name)
{
    for (int i = 0; i < b->learn.hook_count; i++)
        if (strcmp(b->learn.hook[i].name, name) == 0)
            return &b->learn.hook[i];
    return NULL;
}

static void run_hook(books *b, const char *name, uint64_t seed)
{
    tb_error error = {0};
    const tb_hook *h = hook_of(b, name);
    if (OK_NAMED(h != NULL, name))
        EQ(h->run(&b->c, b->params, b->heard, VECTORS * N, seed, &error),
           TB_OK);
}

/* Squares of what the first books leave, on average over what was heard. */
static double left_by(const books *b, int count)
{
    double sum = 0;
    for (int v = 0; v < VECTORS; v++) {
        double x[N];
        memcpy(x, b->heard + v * N, sizeof x);
        for (int i = 0; i < count; i++) {
            double book[CODES * N], least = INFINITY;
            int best = 0;
            tb_params_get(b->params, find(b, i, "embed"), book);
            for (int k = 0; k < CODES; k++) {
                double d = 0;
                for (int j = 0; j < N; j++)
                    d += (x[j] - book[k * N + j]) * (x[j] - book[k * N + j]);
                best = d < least ? k : best;
                least = d < least ? d : least;
            }
            for (int j = 0; j < N; j++)
                x[j] -= book[best * N + j];
        }
        for (int j = 0; j < N; j++)
            sum += x[j] * x[j] / VECTORS;
    }
    return sum;
}

/* Each book leaves less than those before it. */
static void check_start(books *b)
{
    double share[CODES];
    run_hook(b, "k-means", 5);
    double left[] = {left_by(b, 0), left_by(b, 1), left_by(b, 2),
                     left_by(b, 3)};
    for (int i = 0; i < BOOKS; i++)
        OK_NAMED(left[i + 1] < 0.7 * left[i], "books leave less and less");
    tb_params_get(b->params, find(b, 1, "cluster_size"), share);
    NEAR(share[2], 1.0 / CODES, 1e-6);
}

/* Whether a code of the first book is one of the vectors that were heard. */
static bool was_heard(const books *b, const double *code)
{
    for (int v = 0; v < VECTORS; v++) {
        bool same = true;
        for (int j = 0; j < N; j++)
            same &= fabs(b->heard[v * N + j] - code[j]) < 1e-6;
        if (same)
            return true;
    }
    return false;
}

/* Code 3 of a book is dead, the others are not. */
static void check_revival(books *b, int book)
{
    double share[CODES], before[CODES * N], after[CODES * N];
    int at = find(b, book, "cluster_size"), codes = find(b, book, "embed");
    for (int k = 0; k < CODES; k++)
        share[k] = k == 3 ? 0.001 : 0.999 / (CODES - 1);
    tb_params_set(b->params, at, share);
    tb_params_get(b->params, codes, before);
    run_hook(b, "dead codes", 6);
    tb_params_get(b->params, codes, after);
    tb_params_get(b->params, at, share);
    NEAR(share[3], 1.0 / CODES, 1e-6);
    NEAR(share[4], 0.999 / (CODES - 1), 1e-6);
    for (int k = 0; k < CODES; k++) {
        bool same =
            memcmp(before + k * N, after + k * N, N * sizeof *before) == 0;
        OK_NAMED(same == (k != 3), "dead codes alone begin anew");
    }
    if (book == 0)
        OK_NAMED(was_heard(b, after + (ptrdiff_t)3 * N),
                 "at something that was heard");
}

int main(void)
{
    books b;
    if (books_open(&b)) {
        check_start(&b);
        check_revival(&b, 0);
        check_revival(&b, 2);
    }
    books_close(&b);
    return tap_done();
}
