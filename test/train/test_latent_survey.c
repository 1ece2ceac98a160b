/* How latents lie: means and directions against sums made in another way, the
   same bits on any number of threads, kept in a run and made anew only when the
   encoder has changed. */
#include "dsp/symmetric.h"
#include "rave_trained.h"
#include "train/encoded.h"
#include "train/latent_survey.h"

#include <math.h>

/* ---- eigenvalues ---- */

/* Of a matrix whose answer is known, and of one that is turned back. */
static void check_eigen(void)
{
    enum { N = 7 };
    double two[] = {2, 1, 1, 2}, values[N], vectors[N * N], a[N * N], b[N * N];
    tb_symmetric_eigen(two, 2, values, vectors);
    NEAR(values[0], 3, 1e-15);
    NEAR(values[1], 1, 1e-15);
    NEAR(vectors[0], sqrt(0.5), 1e-15);
    NEAR(vectors[1], sqrt(0.5), 1e-15);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            a[i * N + k] = b[i * N + k] = sin(1 + i * k) + (i == k) * i;
    tb_symmetric_eigen(a, N, values, vectors);
    double worst = 0;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            double whole = 0, length = 0;
            for (int j = 0; j < N; j++) {
                whole += values[j] * vectors[j * N + i] * vectors[j * N + k];
                length += vectors[i * N + j] * vectors[k * N + j];
            }
            worst = fmax(worst, fabs(whole - b[i * N + k]));
            worst = fmax(worst, fabs(length - (i == k)));
        }
    OK(worst < 1e-13);
    for (int i = 1; i < N; i++)
        OK(values[i] <= values[i - 1]);
}

/* ---- a corpus ---- */

enum { MOST_FRAMES = 4096, LATENTS = 3 };

typedef struct heard {
    double z[MOST_FRAMES][LATENTS];
    int count;
} heard;

static tb_status take(void *to, const float *frames, int64_t count,
                      tb_error *error)
{
    heard *h = to;
    (void)error;
    for (int64_t i = 0; i < count && h->count < MOST_FRAMES; i++, h->count++)
        for (int k = 0; k < LATENTS; k++)
            h->z[h->count][k] = (double)frames[i * LATENTS + k];
    return TB_OK;
}

static double mean_of_latent(const heard *h, int k)
{
    double sum = 0;
    for (int i = 0; i < h->count; i++)
        sum += h->z[i][k];
    return sum / h->count;
}

/* In two passes. */
static double covariance(const heard *h, int i, int k)
{
    double sum = 0, a = mean_of_latent(h, i), b = mean_of_latent(h, k);
    for (int j = 0; j < h->count; j++)
        sum += (h->z[j][i] - a) * (h->z[j][k] - b);
    return sum / h->count;
}

/* Along the axes nothing hangs together, and each holds its part. */
static void expect_axes(const heard *h, const tb_latent_axes *a)
{
    double whole = 0, so_far = 0;
    EQ(a->frames, h->count);
    for (int i = 0; i < LATENTS; i++) {
        NEAR(a->mean[i], mean_of_latent(h, i), 1e-12);
        NEAR(a->deviation[i], sqrt(covariance(h, i, i)), 1e-12);
        whole += covariance(h, i, i);
    }
    for (int i = 0; i < LATENTS; i++)
        for (int k = 0; k < LATENTS; k++) {
            double along = 0;
            for (int p = 0; p < LATENTS; p++)
                for (int q = 0; q < LATENTS; q++)
                    along += a->axes[i * LATENTS + p] *
                             a->axes[k * LATENTS + q] * covariance(h, p, q);
            so_far += i == k ? along : 0;
            if (i == k)
                NEAR(a->fidelity[i], so_far / whole, 1e-9);
            else
                NEAR(along, 0, 1e-12 * (1 + whole));
        }
    NEAR(a->fidelity[LATENTS - 1], 1, 1e-12);
    EQ(tb_latent_axes_needed(a, 0), 1);
    EQ(tb_latent_axes_needed(a, 2), LATENTS);
}

static bool same_axes(const tb_latent_axes *a, const tb_latent_axes *b)
{
    size_t n = (size_t)a->count * sizeof(double);
    return a->count == b->count && a->encoder == b->encoder &&
           a->frames == b->frames && memcmp(a->mean, b->mean, n) == 0 &&
           memcmp(a->fidelity, b->fidelity, n) == 0 &&
           memcmp(a->axes, b->axes, (size_t)a->count * n) == 0;
}

static tb_cache *open_sounds(tb_error *error)
{
    char first[256], second[256];
    snprintf(first, sizeof first, "%s", in_folder("a.wav"));
    snprintf(second, sizeof second, "%s", in_folder("b.wav"));
    const char *both[] = {first, second};
    const tb_cache_settings how = {.sample_rate = 8000,
                                   .channels = 1,
                                   .half = true,
                                   .dc = TB_DC_MEAN,
                                   .normalise = TB_NORMALISE_CORPUS};
    tb_corpus *corpus;
    if (tb_corpus_find(both, 2, &corpus, error))
        return NULL;
    tb_cache *cache = tb_cache_open(corpus, &how, NULL, error);
    tb_corpus_free(corpus);
    return cache;
}

static void check_survey(const char *folder, int epoch)
{
    static heard h;
    tb_error error = {0};
    tb_checkpoint c = {0};
    tb_latent_axes one = {0}, three = {0}, kept = {0};
    char *path = tb_run_checkpoint(in_folder(folder), epoch);
    tb_cache *sound = open_sounds(&error);
    if (!OK(sound && tb_checkpoint_open(path, &c, &error) == TB_OK))
        return;
    const tb_feed feed = {.method = "encode",
                          .of = &c,
                          .kind = TB_FEED_METHOD,
                          .symbols = c.instrument->network->symbols(c.config)};
    tb_symbol_encoder *encoder = tb_symbol_encoder_open(&feed, sound, &error);
    h.count = 0;
    for (int i = 0; encoder && i < tb_cache_files(sound); i++)
        EQ(tb_symbol_encoder_run(encoder, i, take, &h, &error), TB_OK);
    EQ(tb_latent_survey(&c, sound, 1, NULL, NULL, &one, &error), TB_OK);
    EQ(tb_latent_survey(&c, sound, 3, NULL, NULL, &three, &error), TB_OK);
    expect_axes(&h, &one);
    OK_NAMED(same_axes(&one, &three), "the same on any number of threads");
    EQ(tb_latent_axes_read(in_folder(folder), &kept, &error), TB_OK);
    OK_NAMED(same_axes(&one, &kept), "the run has kept it");
    tb_latent_axes_clear(&one);
    tb_latent_axes_clear(&three);
    tb_latent_axes_clear(&kept);
    tb_symbol_encoder_close(encoder);
    tb_checkpoint_clear(&c);
    tb_cache_close(sound);
    tb_free(path);
}

/* ---- a run ---- */

static int times_said(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

/* An encoder that stands still is heard once, one that learns at the end. */
static void check_runs(void)
{
    static const chosen both[] = {
        {"phase1_share", "0.5"}, {"epochs", "8"}, {NULL, NULL}};
    static const chosen longer[] = {{"epochs", "4"}, {NULL, NULL}};
    watched w = {0}, first = {0};
    tb_error error = {0};
    EQ(train_with("raspberry", both, "both", &w, &error), TB_OK);
    EQ(times_said(w.notes, "Latents: of what differs"), 1);
    OK(has_column("both", "latents_95"));
    EQ(train_with("raspberry", longer, "first", &first, &error), TB_OK);
    EQ(times_said(first.notes, "Latents: of what differs"), 1);
}

/* A training that is stopped tells it when all is saved; a run that is done
   makes what was lost or damaged anew. */
static void check_stopped(void)
{
    static const chosen longer[] = {{"epochs", "4"}, {NULL, NULL}};
    watched stopped = {.stop_at = 3}, on = {0}, again = {0};
    tb_latent_axes a;
    tb_error error = {0};
    EQ(train_with("raspberry", longer, "halt", &stopped, &error),
       TB_ERR_STOPPED);
    EQ(times_said(stopped.notes, "Latents: of what differs"), 1);
    EQ(tb_latent_axes_read(in_folder("halt"), &a, &error), TB_OK);
    tb_latent_axes_clear(&a);
    EQ(go_on("halt", &on, &error), TB_OK);
    EQ(times_said(on.notes, "Latents: of what differs"), 1);
    write_text(in_run("halt", "latents.safetensors"), "not this");
    EQ(go_on("halt", &again, &error), TB_OK);
    EQ(again.steps, 0);
    EQ(times_said(again.notes, "Latents: of what differs"), 1);
    EQ(tb_latent_axes_read(in_folder("halt"), &a, &error), TB_OK);
    tb_latent_axes_clear(&a);
}

/* A damaged file is refused, and none is made of a broken run. */
static void check_damaged(void)
{
    tb_latent_axes a;
    tb_error error = {0};
    write_text(in_run("first", "latents.safetensors"), "not this");
    EQ(tb_latent_axes_read(in_folder("first"), &a, &error), TB_ERR_FORMAT);
    OK(a.count == 0 && strstr(error.text, "is damaged"));
    EQ(tb_latent_axes_read(in_folder("none"), &a, &error), TB_ERR_FILE);
    OK(strstr(error.text, "There is no"));
}

int main(void)
{
    enter_folder();
    write_recordings();
    check_eigen();
    check_runs();
    check_survey("both", 8);
    check_survey("first", 4);
    check_stopped();
    check_damaged();
    return tap_done();
}
