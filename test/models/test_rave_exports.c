/* Networks that RAVE exported, of all its kinds and times: what is made of the
   weights of a .ts is what RAVE's own code makes of it, later or sooner, for in
   exports layers wait for what is ahead. The files are those of the folder that
   TIMBREL_TS_MODELS names. */
#include "check_rave.h"
#include "models/checkpoint.h"
#include "models/rave_layers.h"

enum { LATENTS = 12, BANDS = 48, MOST_SHIFT = 2048 };

typedef struct golden_export {
    const char *name;
    double latents[LATENTS], bands[BANDS];
} golden_export;

#include "golden/rave_exports.h"

/* Version 2 draws its noise, which is all but mute in these files. */
static const double EXACT = 2e-5, NOISY = 1e-3;

/* ---- halves ---- */

/* A graph of one input and one output. */
typedef struct half {
    tb_graph *graph;
    tb_value *in, *out;
    tb_plan *plan;
    float *made; /* [channels, frames], packed */
    int64_t channels, frames;
} half;

static void half_close(half *h)
{
    free(h->made);
    tb_plan_free(h->plan);
    tb_graph_free(h->graph);
}

static float *cell(const tb_tensor *t, int64_t channel, int64_t frame)
{
    return (float *)t->data + channel * t->stride[1] + frame * t->stride[2];
}

/* Noise in, of which `late` frames of silence come first. */
static void run(half *h, int seed, int64_t frames, int64_t late)
{
    const tb_tensor *x = tb_plan_tensor(h->plan, h->in);
    const tb_tensor *y;
    for (int64_t c = 0; c < x->dim[1]; c++)
        for (int64_t i = 0; i < frames; i++)
            *cell(x, c, i) =
                i < late ? 0 : (float)noise(seed, c * frames + i - late);
    tb_plan_run(h->plan, 0, NULL);
    y = tb_plan_tensor(h->plan, h->out);
    for (int64_t c = 0; c < h->channels; c++)
        for (int64_t i = 0; i < h->frames; i++)
            h->made[c * h->frames + i] = *cell(y, c, i);
}

/* The encoder, of `frames` of bands, or the decoder, of latents. */
static bool half_open(half *h, const tb_checkpoint *m, bool encodes,
                      int64_t frames)
{
    const tb_rave *c = m->config;
    const tb_rave_how how = {.noise = TB_RAVE_NOISE_NONE};
    tb_rave_signals s = {0};
    tb_error error = {0};
    int64_t in =
        encodes ? tb_rave_width(c, c->hears) : c->latents + c->noise_latents;
    int64_t ratio = tb_rave_ratio(c) / c->bands;
    *h = (half){.graph = tb_graph_new()};
    h->in = tb_input(h->graph, "in", TB_REAL, tb_dims(1, in, TB_FRAMES));
    h->out = encodes ? tb_rave_encoder(c, &how, h->in, &s)
                     : tb_rave_decoder(c, &how, h->in);
    const tb_plan_settings set = {.params = m->params, .frames = frames};
    h->plan =
        tb_plan_new(h->graph, 1, &(tb_output){h->out, NULL}, &set, &error);
    if (!OK_NAMED(h->plan != NULL, error.text))
        return false;
    h->channels = h->out->dim[1];
    h->frames = encodes ? frames / ratio : frames * ratio;
    h->made = calloc((size_t)(h->channels * h->frames), sizeof *h->made);
    return true;
}

/* ---- against RAVE ---- */

/* How far number i of a golden list lies from the end, and its channel. */
typedef struct spot {
    int64_t channel, before_end;
} spot;

static spot latent_at(int i)
{
    return (spot){i % 2, 1 + i / 2};
}

static spot band_at(const half *h, int i)
{
    return (spot){i % h->channels, 1 + 5 * i};
}

/* Relative to the norm, where ours is sooner by `shift` frames. */
static double off_by(const half *h, bool latents, const double *golden,
                     int64_t shift)
{
    double off = 0, norm = 0;
    for (int i = 0; i < (latents ? LATENTS : BANDS); i++) {
        spot at = latents ? latent_at(i) : band_at(h, i);
        int64_t frame = h->frames - at.before_end - shift;
        double x = (double)h->made[at.channel * h->frames + frame];
        off += (x - golden[i]) * (x - golden[i]);
        norm += golden[i] * golden[i];
    }
    return sqrt(off / norm);
}

/* Of all shifts the best. */
static double nearest(const half *h, bool latents, const double *golden)
{
    double least = INFINITY;
    for (int64_t d = 0; d < MOST_SHIFT && d < h->frames / 2; d++)
        least = fmin(least, off_by(h, latents, golden, d));
    return least;
}

/* Layers that stride count frames from where the waiting ended: also of what
   comes later by less than a frame of latents, in all of these files by a
   multiple of 8 frames of bands. */
static void check_encoder(const tb_checkpoint *m, const golden_export *g)
{
    half h;
    const tb_rave *c = m->config;
    int64_t ratio = tb_rave_ratio(c) / c->bands;
    double least = INFINITY;
    bool good = half_open(&h, m, true, HEARD);
    for (int64_t late = 0; good && late < ratio && least > EXACT; late += 8) {
        run(&h, 1, HEARD, late);
        least = fmin(least, nearest(&h, true, g->latents));
    }
    if (!OK_NAMED(least <= EXACT, "latents"))
        fprintf(stderr, "# %s: latents are off by %g\n", g->name, least);
    half_close(&h);
}

static void check_decoder(const tb_checkpoint *m, const golden_export *g)
{
    half h;
    const tb_rave *c = m->config;
    double least = INFINITY;
    double most = c->version && c->noise_bins ? NOISY : EXACT;
    if (half_open(&h, m, false, SAID)) {
        run(&h, 2, SAID, 0);
        least = nearest(&h, false, g->bands);
    }
    if (!OK_NAMED(least <= most, "bands"))
        fprintf(stderr, "# %s: bands are off by %g\n", g->name, least);
    half_close(&h);
}

static void check(const char *folder, const golden_export *g)
{
    char path[1024];
    tb_checkpoint m;
    tb_error error = {0};
    snprintf(path, sizeof path, "%s/%s", folder, g->name);
    if (OK_NAMED(tb_checkpoint_open(path, &m, &error) == TB_OK, g->name)) {
        check_encoder(&m, g);
        check_decoder(&m, g);
        tb_checkpoint_clear(&m);
    } else {
        fprintf(stderr, "# %s\n", error.text);
    }
}

int main(void)
{
    const char *folder = getenv("TIMBREL_TS_MODELS");
    if (!folder) {
        printf("1..0 # SKIP TIMBREL_TS_MODELS names no folder\n");
        return 0;
    }
    for (size_t i = 0; i < sizeof exports / sizeof *exports; i++)
        check(folder, &exports[i]);
    return tap_done();
}
