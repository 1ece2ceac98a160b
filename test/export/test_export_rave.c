/* Every kind of RAVE as a file that says what the stream says. */
#include "check_export.h"
#include "export/directions.h"

/* Statistics that were learned are differences of large sums: where layers
   adapt, the last digits of these are heard. */
static void check_parity(const char *presets, double most,
                         const tb_export_report *r)
{
    char name[128];
    for (int i = 0; i < r->method_count; i++) {
        snprintf(name, sizeof name, "%s: %s is %.1e of the level away", presets,
                 r->methods[i].name, r->methods[i].difference);
        OK_NAMED(r->methods[i].difference < most, name);
    }
}

static void check_preset(const char *presets, int channels, const char *change)
{
    tb_checkpoint c;
    tb_export_report r;
    if (make_rave(presets, channels, change, &c) &&
        export_to(exported, presets, &c, &r)) {
        EQ(r.method_count, 3);
        check_parity(presets, strcmp(presets, "v3") == 0 ? 5e-4 : 2e-5, &r);
    }
    tb_checkpoint_clear(&c);
    unlink(exported);
}

/* ---- directions in place of latents ---- */

enum { LATENTS = 4, BLOCK = 2048, BLOCKS = 24 };

/* Plane rotations of the axes, and a mean. */
static tb_latent_axes some_axes(void)
{
    tb_latent_axes a;
    OK(tb_latent_axes_init(&a, LATENTS, NULL) == TB_OK);
    for (int i = 0; i < LATENTS; i++) {
        a.axes[i * LATENTS + i] = 1;
        a.mean[i] = 0.3 * i - 0.2;
        a.fidelity[i] = 1 - 0.5 / (1 << i) + 0.5 / (1 << (LATENTS - 1));
    }
    for (int k = 0; k + 1 < LATENTS; k++)
        for (int j = 0; j < LATENTS; j++) {
            double x = a.axes[k * LATENTS + j];
            double y = a.axes[(k + 1) * LATENTS + j];
            double c = cos(0.5 + k), s = sin(0.5 + k);
            a.axes[k * LATENTS + j] = c * x + s * y;
            a.axes[(k + 1) * LATENTS + j] = c * y - s * x;
        }
    return a;
}

/* What a method of a checkpoint makes of noise: frames of the first rows. */
static int64_t play(const tb_checkpoint *c, const char *name, double *y,
                    int64_t room)
{
    tb_error error = {0};
    tb_method m = {0};
    tb_status status = tb_instrument_method(c->instrument, c->config, NULL,
                                            name, 1, &m, &error);
    tb_output want = {m.output[0].value, NULL};
    tb_plan_settings how = {.params = c->params, .frames = BLOCKS * BLOCK};
    tb_plan *p = status ? NULL : tb_plan_new(m.graph, 1, &want, &how, &error);
    if (!p)
        fprintf(stderr, "# %s\n", error.text);
    int64_t n = 0;
    if (OK(p != NULL)) {
        const tb_tensor *x = tb_plan_tensor(p, m.input[0].value);
        for (int64_t i = 0; i < BLOCKS * BLOCK; i++)
            ((float *)x->data)[i * x->stride[2]] = (float)noise(5, i);
        tb_plan_run(p, 1, NULL);
        const tb_tensor *t = tb_plan_tensor(p, m.output[0].value);
        for (int64_t k = 0; k < t->dim[1]; k++)
            for (int64_t j = 0; j < t->dim[2] && n < room; j++)
                y[n++] =
                    (double)((const float *)
                                 t->data)[k * t->stride[1] + j * t->stride[2]];
    }
    tb_plan_free(p);
    tb_method_clear(&m);
    return n;
}

static double apart(const double *a, const double *b, int64_t n)
{
    double most = 0, level = 0;
    for (int64_t i = 0; i < n; i++) {
        most = fmax(most, fabs(a[i] - b[i]));
        level = fmax(level, fabs(b[i]));
    }
    return most / level;
}

/* All directions make the same sound as latents; some of them are those of the
   latents. */
static void check_directions(int64_t kept)
{
    static double plain[BLOCKS * BLOCK], turned[BLOCKS * BLOCK], z[4096],
        w[4096];
    tb_checkpoint c;
    tb_export_report r;
    tb_error error = {0};
    tb_latent_axes a = some_axes();
    const tb_export_size size = {.directions = kept};
    if (!make_rave("raspberry", 1, NULL, &c))
        return;
    int64_t sound = play(&c, "forward", plain, BLOCKS * BLOCK);
    int64_t frames = play(&c, "encode", z, 4096) / LATENTS;
    OK(tb_export_turn(&c, &a, &size, &error) == TB_OK);
    EQ(play(&c, "encode", w, 4096), frames * kept);
    for (int64_t i = 0; i < kept; i++)
        for (int64_t j = 0; j < frames; j++)
            for (int64_t k = 0; k < LATENTS; k++)
                w[i * frames + j] -=
                    a.axes[i * LATENTS + k] * (z[k * frames + j] - a.mean[k]);
    for (int64_t i = 0; i < kept * frames; i++)
        if (fabs(w[i]) > 1e-4)
            OK_NAMED(false, "directions are those of the latents");
    EQ(play(&c, "forward", turned, BLOCKS * BLOCK), sound);
    OK((apart(turned, plain, sound) < 1e-3) == (kept == LATENTS));
    if (export_to(exported, "directions", &c, &r)) {
        EQ(r.methods[0].numbers[2], kept);
        check_parity("directions", 2e-5, &r);
    }
    tb_latent_axes_clear(&a);
    tb_checkpoint_clear(&c);
    unlink(exported);
}

static void check_no_directions(void)
{
    tb_checkpoint c;
    tb_error error = {0};
    tb_latent_axes a = some_axes();
    const tb_export_size more = {.directions = LATENTS + 1},
                         part = {.fidelity = 0.7};
    if (make_rave("raspberry", 1, NULL, &c)) {
        OK(tb_export_turn(&c, &a, &more, &error) == TB_ERR_ARGUMENT);
        OK(tb_export_turn(&c, &a, &part, &error) == TB_OK);
        EQ(((tb_rave *)c.config)->directions, 2);
    }
    tb_checkpoint_clear(&c);
    if (make_rave("discrete", 1, NULL, &c))
        OK(tb_export_turn(&c, &a, &part, &error) == TB_ERR_UNSUPPORTED);
    tb_checkpoint_clear(&c);
    tb_latent_axes_clear(&a);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *presets;
        int channels;
    } all[] = {{"v1", 1},
               {"v1,causal", 1},
               {"onnx", 2},
               {"raspberry", 1},
               {"v2", 1},
               {"v2,causal", 1},
               {"v2,noise,snake", 1},
               {"v2,wasserstein", 1},
               {"v2,spherical", 1},
               {"v2_small", 2},
               {"v2_nopqmf", 1},
               {"v2_nopqmf_small", 1},
               {"v3", 1},
               {"discrete", 1},
               {"discrete_v3", 1},
               {"v2,hybrid", 2},
               {"brave", 1}};
    name_file();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (argc < 2 || strcmp(argv[1], all[i].presets) == 0)
            check_preset(all[i].presets, all[i].channels, NULL);
    check_directions(LATENTS);
    check_directions(2);
    check_no_directions();
    return tap_done();
}
