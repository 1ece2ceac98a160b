#include "judge/foresight.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>

enum { BLOCK = 4096, COARSE = 256 };

/* Nothing is impossible, whatever the tails say. */
#define LEAST_MASS 1e-6

struct tb_foresight {
    tb_mulaw law;
    tb_lp *lp;
    float *centres; /* [levels] */
    double *edges;  /* [levels + 1] */
    double coarse_edges[COARSE + 1];
    tb_mulaw coarse_law;
    float heard[BLOCK];
    tb_lp_guess guess[BLOCK];
    double bits, coarse;
    int64_t samples;
};

/* Where level q begins: half a level below its centre, before the bend. */
static double edge_of(const tb_mulaw *law, int q)
{
    if (q <= 0 || q >= law->levels)
        return q <= 0 ? -INFINITY : INFINITY;
    return tb_mulaw_straighten(law, (2.0 * q - 1) / (law->levels - 1) - 1);
}

tb_foresight *tb_foresight_new(const tb_mulaw *law,
                               const tb_lp_settings *settings, tb_error *error)
{
    size_t levels = (size_t)law->levels;
    tb_foresight *f = tb_alloc(sizeof *f);
    if (!f) {
        tb_fail_memory(error);
        return NULL;
    }
    f->law = *law;
    f->lp = tb_lp_new(settings, error);
    f->centres = tb_alloc_array(levels, sizeof *f->centres);
    f->edges = tb_alloc_array(levels + 1, sizeof *f->edges);
    if (!f->lp || !f->centres || !f->edges) {
        if (f->lp)
            tb_fail_memory(error);
        tb_foresight_free(f);
        return NULL;
    }
    tb_mulaw_init(&f->coarse_law, COARSE, 1, NULL);
    tb_mulaw_centres(law, f->centres);
    for (int q = 0; q <= law->levels; q++)
        f->edges[q] = edge_of(law, q);
    for (int q = 0; q <= COARSE; q++)
        f->coarse_edges[q] = edge_of(&f->coarse_law, q);
    return f;
}

void tb_foresight_free(tb_foresight *f)
{
    if (!f)
        return;
    tb_lp_free(f->lp);
    tb_free(f->centres);
    tb_free(f->edges);
    tb_free(f);
}

void tb_foresight_restart(tb_foresight *f)
{
    tb_lp_restart(f->lp);
}

void tb_foresight_forget(tb_foresight *f)
{
    tb_lp_restart(f->lp);
    f->bits = f->coarse = 0;
    f->samples = 0;
}

static double bits_of(const tb_lp_guess *g, const double *edges, int q)
{
    return -log2(fmax(tb_lp_mass(g, edges[q], edges[q + 1]), LEAST_MASS));
}

static void listen(tb_foresight *f, const float *mono, int64_t n, bool measured)
{
    while (n > 0) {
        int64_t some = n < BLOCK ? n : BLOCK;
        int level[BLOCK];
        for (int64_t i = 0; i < some; i++) {
            level[i] = tb_mulaw_quantise(&f->law, mono[i]);
            f->heard[i] = f->centres[level[i]];
        }
        tb_lp_run(f->lp, f->heard, some, f->guess);
        for (int64_t i = 0; measured && i < some; i++) {
            int coarse = tb_mulaw_quantise(&f->coarse_law, f->heard[i]);
            f->bits += bits_of(&f->guess[i], f->edges, level[i]);
            f->coarse += bits_of(&f->guess[i], f->coarse_edges, coarse);
            f->samples++;
        }
        mono += some;
        n -= some;
    }
}

void tb_foresight_hear(tb_foresight *f, const float *mono, int64_t n)
{
    listen(f, mono, n, false);
}

void tb_foresight_measure(tb_foresight *f, const float *mono, int64_t n)
{
    listen(f, mono, n, true);
}

tb_foresight_bits tb_foresight_get(const tb_foresight *f)
{
    double n = f->samples > 0 ? (double)f->samples : 1;
    return (tb_foresight_bits){f->bits / n, f->coarse / n, f->samples};
}

/* ---- of a corpus ---- */

/* One channel of a stretch. */
static void listen_to_region(tb_foresight *f, const tb_cache *cache,
                             tb_region region, int ch, bool measured)
{
    float frames[BLOCK / TB_CACHE_CHANNELS * TB_CACHE_CHANNELS];
    float mono[BLOCK / TB_CACHE_CHANNELS];
    int channels = tb_cache_channels(cache);
    while (region.frames > 0) {
        int64_t n = BLOCK / TB_CACHE_CHANNELS;
        if (n > region.frames)
            n = region.frames;
        tb_cache_read(cache, region.file, region.start, n, frames);
        for (int64_t i = 0; i < n; i++)
            mono[i] = frames[i * channels + ch];
        listen(f, mono, n, measured);
        region.start += n;
        region.frames -= n;
    }
}

static void measure_region(tb_foresight *f, const tb_cache *cache,
                           tb_region region, int64_t past)
{
    if (past > region.start)
        past = region.start;
    tb_region before = {region.file, region.start - past, past};
    for (int ch = 0; ch < tb_cache_channels(cache); ch++) {
        tb_foresight_restart(f);
        listen_to_region(f, cache, before, ch, false);
        listen_to_region(f, cache, region, ch, true);
    }
}

tb_status tb_foresight_of_corpus(const tb_cache *cache,
                                 const tb_holdout *holdout, const tb_mulaw *law,
                                 const tb_lp_settings *settings,
                                 double past_seconds, int64_t most_frames,
                                 tb_foresight_bits *bits, tb_error *error)
{
    bool held_out = holdout->held_out_count > 0;
    const tb_region *regions = held_out ? holdout->held_out : holdout->training;
    int count = held_out ? holdout->held_out_count : holdout->training_count;
    int64_t past = (int64_t)(past_seconds * tb_cache_sample_rate(cache));
    int64_t all = 0;
    tb_foresight *f = tb_foresight_new(law, settings, error);
    *bits = (tb_foresight_bits){0};
    if (!f)
        return error && error->status ? error->status : TB_ERR_MEMORY;
    for (int i = 0; i < count; i++)
        all += regions[i].frames;
    for (int i = 0; i < count; i++) {
        tb_region r = regions[i];
        if (most_frames > 0 && all > most_frames)
            r.frames =
                (int64_t)((double)r.frames * (double)most_frames / (double)all);
        measure_region(f, cache, r, past);
    }
    *bits = tb_foresight_get(f);
    tb_foresight_free(f);
    return TB_OK;
}
