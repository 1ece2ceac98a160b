/* RAVEs whose latents are codes, or free: codes are in use and distances get
   smaller, what is counted adds up over micro-batches, and a training that was
   stopped goes on with the same bits, books of codes among them. */
#include "rave_trained.h"

#include <math.h>

/* ---- books in files ---- */

/* The whole of what a tensor holds; null: there is none. */
static const float *tensor_of(tb_safetensors *file, const char *name, size_t *n)
{
    const tb_stored *t = file ? tb_safetensors_find(file, name) : NULL;
    *n = t ? t->bytes / sizeof(float) : 0;
    return t ? t->data : NULL;
}

/* The largest difference of two tensors; infinite if they are of other sizes,
   or there are none. */
static double tensors_apart(const char *a, const char *b, const char *name)
{
    tb_safetensors *p = NULL, *q = NULL;
    size_t n, m;
    tb_safetensors_open(a, &p, NULL);
    tb_safetensors_open(b, &q, NULL);
    const float *x = tensor_of(p, name, &n), *y = tensor_of(q, name, &m);
    double most = n > 0 && n == m ? 0 : INFINITY;
    for (size_t i = 0; i < n && n == m; i++)
        most = fmax(most, fabs((double)x[i] - (double)y[i]));
    tb_safetensors_close(p);
    tb_safetensors_close(q);
    return most;
}

/* All that a training stands on: weights, books and shares of codes. */
static double standing_apart(const char *a, const char *b)
{
    char x[200], y[200];
    snprintf(x, sizeof x, "%s", in_run(a, "resume.safetensors"));
    snprintf(y, sizeof y, "%s", in_run(b, "resume.safetensors"));
    return tensors_apart(x, y, "weights");
}

static double books_apart(const char *a, const char *b, int epoch)
{
    char *x = tb_run_checkpoint(in_folder(a), epoch);
    char *y = tb_run_checkpoint(in_folder(b), epoch);
    double most = 0;
    for (int i = 0; i < 2; i++) {
        char name[80];
        snprintf(name, sizeof name, "encoder.rvq.layers.%d._codebook.embed", i);
        most = fmax(most, tensors_apart(x, y, name));
    }
    tb_free(x);
    tb_free(y);
    return most;
}

/* ---- trainings ---- */

static const chosen coded[] = {
    {"codebooks", "2"}, {"codes", "8"}, {"noise_latents", "2"}, {NULL, NULL}};

static void check_discrete(void)
{
    watched w = {0}, first = {.stop_at = 27}, then = {0};
    tb_error error = {0};
    EQ(train_with("discrete", coded, "codes", &w, &error), TB_OK);
    expect_progress("codes", 0.9);
    double used = last_of("codes", "train_codes_in_use");
    if (!OK_NAMED(used > 2 && used <= 8, "codes are in use"))
        fprintf(stderr, "# %g of 8\n", used);
    OK(has_column("codes", "train_commitment"));
    EQ(train_with("discrete", coded, "coded", &first, &error), TB_ERR_STOPPED);
    EQ(go_on("coded", &then, &error), TB_OK);
    EQ(first.steps + then.steps, w.steps);
    OK_NAMED(same_checkpoint("codes", "coded", 16), "it goes on with the bits");
    OK_NAMED(standing_apart("codes", "coded") == 0, "and with its books");
}

/* Sums over micro-batches are those of the batch: a step of one batch, or of
   two halves. */
static void check_micro_batches(void)
{
    chosen more[] = {{"codebooks", "2"},     {"codes", "8"},
                     {"noise_latents", "2"}, {"batch", "4"},
                     {"window", "8192"},     {"epochs", "1"},
                     {"micro_batches", "1"}, {NULL, NULL}};
    watched one = {0}, two = {0};
    tb_error error = {0};
    EQ(train_with("discrete", more, "one", &one, &error), TB_OK);
    more[6].value = "2";
    EQ(train_with("discrete", more, "two", &two, &error), TB_OK);
    EQ(one.steps, 1);
    EQ(two.steps, 1);
    double apart = books_apart("one", "two", 1);
    if (!OK_NAMED(apart < 1e-6, "micro-batches add up"))
        fprintf(stderr, "# books are %g apart\n", apart);
}

static void check_free(void)
{
    static const chosen more[] = {{"noise_latents", "2"}, {NULL, NULL}};
    watched w = {0};
    tb_error error = {0};
    EQ(train_with("v2,wasserstein", more, "free", &w, &error), TB_OK);
    expect_progress("free", 0.95);
    double apart = last_of("free", "train_discrepancy");
    OK_NAMED(apart > 0 && apart < 2, "latents are held against noise");
}

/* What hears mel spectra, and remembers latents, learns, too. */
static void check_hybrid(void)
{
    static const chosen more[] = {{"ratios", "2"},    {"decoder_ratios", "4,2"},
                                  {"mel_size", "64"}, {"mel_hop", "16"},
                                  {"mel_bands", "8"}, {"epochs", "8"},
                                  {NULL, NULL}};
    watched w = {0}, first = {.stop_at = 13}, then = {0};
    tb_error error = {0};
    EQ(train_with("v2,hybrid", more, "hybrid", &w, &error), TB_OK);
    expect_progress("hybrid", 0.95);
    EQ(train_with("v2,hybrid", more, "hybrids", &first, &error),
       TB_ERR_STOPPED);
    EQ(go_on("hybrids", &then, &error), TB_OK);
    OK_NAMED(same_checkpoint("hybrid", "hybrids", 8), "with the same bits");
}

/* Bands are compared where they were heard whole, in windows that are long
   enough. */
static void check_cropped(void)
{
    static const chosen more[] = {
        {"crop", "yes"}, {"window", "8192"}, {NULL, NULL}};
    static const chosen shorter[] = {
        {"crop", "yes"}, {"window", "1024"}, {NULL, NULL}};
    watched w = {0};
    tb_error error = {0};
    EQ(train_with("v2", more, "cropped", &w, &error), TB_OK);
    expect_progress("cropped", 0.95);
    EQ(train_with("v2", shorter, "not", &w, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "crop=no"));
}

int main(void)
{
    enter_folder();
    write_recordings();
    check_discrete();
    check_micro_batches();
    check_free();
    check_cropped();
    check_hybrid();
    return tap_done();
}
