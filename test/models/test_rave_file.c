/* Networks that RAVE trained: checkpoints with their configuration, one of them
   with averages of its weights, and an export, become checkpoints of ours that
   say what RAVE's own code says; and damaged ones are refused. */
#include "check_rave.h"
#include "models/checkpoint.h"
#include "models/rave_import.h"

#include "golden/rave_file.h"

enum { FRAMES = 2048 };

static const char *folder; /* of the files */

static const char *in_files(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* ---- what is made ---- */

typedef struct rebuilt {
    tb_graph *graph;
    tb_rave_signals s;
    tb_plan *plan;
} rebuilt;

static bool rebuild(rebuilt *r, const tb_checkpoint *c)
{
    const tb_rave *config = c->config;
    tb_error error = {0};
    r->graph = tb_graph_new();
    r->s = (tb_rave_signals){
        .sound = tb_input(r->graph, "sound", TB_REAL,
                          tb_dims(1, config->channels, TB_FRAMES))};
    tb_rave_encode(config, &(tb_rave_how){0}, &r->s);
    tb_rave_decode(config, &(tb_rave_how){0}, &r->s);
    tb_output want[] = {
        {r->s.mean, NULL}, {r->s.decoded, NULL}, {r->s.made, NULL}};
    tb_plan_settings how = {.params = c->params, .frames = FRAMES};
    r->plan = tb_plan_new(r->graph, 3, want, &how, &error);
    if (!r->plan)
        fprintf(stderr, "# %s\n", error.text);
    return OK(r->plan != NULL);
}

static float *number(const tb_tensor *t, int64_t channel, int64_t frame)
{
    return (float *)t->data + channel * t->stride[1] + frame * t->stride[2];
}

static void hear(const rebuilt *r)
{
    const tb_tensor *x = tb_plan_tensor(r->plan, r->s.sound);
    for (int64_t i = 0; i < FRAMES; i++) {
        int64_t at = i - file_shift;
        bool sounds = at >= 0 && at < FRAMES * 3 / 4;
        *number(x, 0, i) = sounds ? (float)noise(1, at) : 0;
    }
    tb_plan_run(r->plan, 0, NULL);
}

/* Every so many frames of all channels, within floats' tolerance. */
static void expect_signal(const tb_tensor *t, int64_t every, int64_t frames,
                          const double *golden, int64_t n, const char *name)
{
    double off = 0, norm = 0;
    int64_t k = 0;
    for (int64_t ch = 0; t && ch < t->dim[1]; ch++)
        for (int64_t i = 0; i < frames && k < n; i += every, k++) {
            double d = (double)*number(t, ch, i) - golden[k];
            off += d * d;
            norm += golden[k] * golden[k];
        }
    if (!OK_NAMED(k == n && sqrt(off) <= 2e-5 * sqrt(norm), name))
        fprintf(stderr, "# %lld of %lld, off by %g of %g\n", (long long)k,
                (long long)n, sqrt(off), sqrt(norm));
}

#define COUNT(x) ((int64_t)(sizeof(x) / sizeof *(x)))

static void check_sound(const tb_checkpoint *c)
{
    rebuilt r = {0};
    if (rebuild(&r, c)) {
        hear(&r);
        expect_signal(tb_plan_tensor(r.plan, r.s.mean), 1, FRAMES / 128,
                      file_mean, COUNT(file_mean), "latents");
        expect_signal(tb_plan_tensor(r.plan, r.s.decoded), 8, FRAMES / 16,
                      file_bands, COUNT(file_bands), "bands");
        expect_signal(tb_plan_tensor(r.plan, r.s.made), 16, FRAMES - 1024,
                      file_made, COUNT(file_made), "sound");
    }
    tb_plan_free(r.plan);
    tb_graph_free(r.graph);
}

/* ---- files ---- */

static void check_file(const char *name)
{
    tb_checkpoint c;
    tb_error error = {0};
    OK_NAMED(tb_is_rave_file(in_files(name)), name);
    if (!OK_NAMED(tb_checkpoint_open(in_files(name), &c, &error) == TB_OK,
                  name)) {
        fprintf(stderr, "# %s\n", error.text);
        return;
    }
    const tb_rave *config = c.config;
    EQ(c.instrument == &tb_rave_instrument, 1);
    EQ(config->capacity, 2);
    EQ(config->latents, 3);
    EQ(config->ratios.count, 2);
    EQ(config->dilations.at[1], 3);
    EQ(config->units.at[1], 1);
    EQ(config->activation, 1);
    EQ((int)config->sample_rate, 44100);
    check_sound(&c);
    tb_checkpoint_clear(&c);
}

/* What a configuration says of learning. */
static void check_learning(void)
{
    tb_checkpoint c;
    if (!OK(tb_checkpoint_open(in_files("best.ckpt"), &c, NULL) == TB_OK))
        return;
    const tb_rave *config = c.config;
    EQ(config->discriminators, TB_RAVE_PERIODS);
    EQ(config->scales.at[4], 128);
    EQ(config->crop, 1);
    EQ(config->phase1, 1000000);
    EQ(config->discriminator_every, 4);
    EQ(config->skipped_features, 1);
    EQ(config->relative_features, 1);
    NEAR(config->feature_matching, 20, 0);
    tb_checkpoint_clear(&c);
}

static const char *text_of(const char *name, size_t *bytes)
{
    static char text[2][1 << 20];
    static int next;
    char *to = text[next++ % 2];
    FILE *file = fopen(in_files(name), "rb");
    *bytes = file ? fread(to, 1, sizeof text[0] - 1, file) : 0;
    to[*bytes] = 0;
    if (file)
        fclose(file);
    return to;
}

/* One setting said otherwise: refused, with a reason. */
static void check_refusals(void)
{
    static const char *const wrong[][2] = {
        {"CAPACITY = 2", "CAPACITY = 3"},
        {"@blocks.GeneratorV2", "@blocks.GeneratorV9"},
        {"@blocks.VariationalEncoder", "@blocks.UnknownEncoder0000"},
        {"[[1, 3], [1]]", "[[1, 3], [2]]"},
        {"[[1, 3], [1]]", "[[1, 3], [1 "}};
    size_t bytes, n;
    const char *data = text_of("best.ckpt", &bytes);
    const char *gin = text_of("config.gin", &n);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *copy = strdup(gin), *at = strstr(copy, wrong[i][0]);
        tb_safetensors *out = NULL;
        tb_error error = {0};
        if (OK_NAMED(at != NULL, wrong[i][0]))
            memcpy(at, wrong[i][1], strlen(wrong[i][1]));
        OK_NAMED(tb_rave_read(data, bytes, "x.ckpt", copy, n, &out, &error) !=
                         TB_OK &&
                     !out && error.text[0],
                 error.text);
        free(copy);
    }
    tb_safetensors *out = NULL;
    OK(tb_rave_read(data, bytes / 2, "x.ckpt", gin, n, &out, NULL) != TB_OK);
    OK(tb_rave_read(data, bytes, "x.ckpt", "", 0, &out, NULL) != TB_OK);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 1;
    folder = argv[1];
    check_file("best.ckpt");
    check_file("averaged.ckpt");
    check_file("export.ts");
    check_learning();
    check_refusals();
    return tap_done();
}
