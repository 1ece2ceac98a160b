#include "judge/entropy.h"
#include "base/memory.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BLOCK_FRAMES = 4096, PIECES = 64, MOST_LEVELS = 65536 };

struct tb_entropy {
    int levels;
    bool in_pairs;
    int last;         /* level of the sample before, or -1 */
    uint32_t *pairs;  /* [levels, levels]: what followed what */
    uint64_t *first;  /* [levels]: how often each was followed */
    uint32_t *kinds;  /* [levels]: by how many different ones */
    uint64_t *counts; /* [levels] */
    uint64_t total;
    double order0, bigram; /* bits so far */
    int64_t samples;
};

tb_entropy *tb_entropy_new(int levels, tb_error *error)
{
    if (levels < 2 || levels > MOST_LEVELS) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "Entropy is measured for 2 to %d levels, not %d.", MOST_LEVELS,
                levels);
        return NULL;
    }
    size_t n = (size_t)levels;
    size_t pairs = levels > TB_ENTROPY_MOST_LEVELS ? 0 : n * n;
    tb_entropy *e = tb_alloc(sizeof *e);
    if (e) {
        e->levels = levels;
        e->in_pairs = pairs > 0;
        e->last = -1;
        e->pairs = tb_alloc_array(pairs, sizeof *e->pairs);
        e->first = tb_alloc_array(n, sizeof *e->first);
        e->kinds = tb_alloc_array(n, sizeof *e->kinds);
        e->counts = tb_alloc_array(n, sizeof *e->counts);
    }
    if (!e || !e->pairs || !e->first || !e->kinds || !e->counts) {
        tb_entropy_free(e);
        tb_fail_memory(error);
        return NULL;
    }
    return e;
}

void tb_entropy_free(tb_entropy *e)
{
    if (!e)
        return;
    tb_free(e->pairs);
    tb_free(e->first);
    tb_free(e->kinds);
    tb_free(e->counts);
    tb_free(e);
}

void tb_entropy_restart(tb_entropy *e)
{
    e->last = -1;
}

static void count(tb_entropy *e, int level)
{
    e->counts[level]++;
    e->total++;
    if (e->last < 0 || !e->in_pairs)
        return;
    uint32_t *pair =
        &e->pairs[(size_t)e->last * (size_t)e->levels + (size_t)level];
    e->kinds[e->last] += *pair == 0;
    *pair += *pair < UINT32_MAX;
    e->first[e->last]++;
}

static void measure(tb_entropy *e, int level)
{
    double p0 =
        ((double)e->counts[level] + 0.5) / ((double)e->total + 0.5 * e->levels);
    double p = p0;
    if (e->last >= 0 && e->first[e->last] > 0) {
        size_t at = (size_t)e->last * (size_t)e->levels + (size_t)level;
        double kinds = e->kinds[e->last];
        p = (e->pairs[at] + kinds * p0) / ((double)e->first[e->last] + kinds);
    }
    e->order0 -= log2(p0);
    e->bigram -= log2(p);
    e->samples++;
}

void tb_entropy_learn(tb_entropy *e, const int32_t *levels, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        count(e, levels[i]);
        e->last = levels[i];
    }
}

void tb_entropy_measure(tb_entropy *e, const int32_t *levels, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        measure(e, levels[i]);
        e->last = levels[i];
    }
}

void tb_entropy_code(tb_entropy *e, const int32_t *levels, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        measure(e, levels[i]);
        count(e, levels[i]);
        e->last = levels[i];
    }
}

tb_entropy_bits tb_entropy_get(const tb_entropy *e)
{
    double n = e->samples > 0 ? (double)e->samples : 1;
    return (tb_entropy_bits){e->order0 / n, e->in_pairs ? e->bigram / n : NAN,
                             e->samples};
}

/* ---- of a corpus ---- */

typedef void reader(tb_entropy *, const int32_t *, int64_t);

typedef struct reading {
    tb_entropy *entropy;
    const tb_cache *cache;
    const tb_mulaw *law;
    float *frames;   /* [BLOCK_FRAMES, channels] */
    float *channel;  /* [BLOCK_FRAMES] */
    int32_t *levels; /* [BLOCK_FRAMES] */
} reading;

/* Frames of one channel in a row, without a break. */
static void read_channel(reading *r, reader *read, tb_region region, int ch)
{
    int channels = tb_cache_channels(r->cache);
    tb_entropy_restart(r->entropy);
    while (region.frames > 0) {
        int64_t n = region.frames < BLOCK_FRAMES ? region.frames : BLOCK_FRAMES;
        tb_cache_read(r->cache, region.file, region.start, n, r->frames);
        for (int64_t i = 0; i < n; i++)
            r->channel[i] = r->frames[i * channels + ch];
        tb_mulaw_quantise_buffer(r->law, r->channel, n, r->levels);
        read(r->entropy, r->levels, n);
        region.start += n;
        region.frames -= n;
    }
}

/* With more frames than `most`, parts at even distances: of each region the
   same share, in as many parts as there is room for. */
static void read_regions(reading *r, reader *read, const tb_region *regions,
                         int regions_count, int64_t most)
{
    int64_t all = 0;
    for (int i = 0; i < regions_count; i++)
        all += regions[i].frames;
    for (int i = 0; i < regions_count; i++) {
        tb_region region = regions[i];
        bool whole = most <= 0 || all <= most;
        double share = whole ? 1 : (double)most / (double)all;
        int parts = whole || region.frames < PIECES * BLOCK_FRAMES ? 1 : PIECES;
        for (int k = 0; k < parts; k++) {
            tb_region part = {
                region.file, region.start + region.frames * k / parts,
                region.frames * (k + 1) / parts - region.frames * k / parts};
            part.frames = (int64_t)((double)part.frames * share);
            for (int ch = 0; ch < tb_cache_channels(r->cache); ch++)
                read_channel(r, read, part, ch);
        }
    }
}

tb_status tb_entropy_of_corpus(const tb_cache *cache, const tb_holdout *holdout,
                               const tb_mulaw *law, int64_t most_frames,
                               tb_entropy_bits *bits, tb_error *error)
{
    size_t channels = (size_t)tb_cache_channels(cache);
    tb_status status = TB_OK;
    reading r = {.cache = cache, .law = law};
    *bits = (tb_entropy_bits){0};
    r.entropy = tb_entropy_new(law->levels, error);
    if (!r.entropy)
        return TB_ERR_MEMORY;
    r.frames = tb_alloc_array(BLOCK_FRAMES * channels, sizeof *r.frames);
    r.channel = tb_alloc_array(BLOCK_FRAMES, sizeof *r.channel);
    r.levels = tb_alloc_array(BLOCK_FRAMES, sizeof *r.levels);
    if (!r.frames || !r.channel || !r.levels) {
        status = tb_fail_memory(error);
        goto done;
    }
    bool all_learned = holdout->held_out_count == 0;
    read_regions(&r, all_learned ? tb_entropy_code : tb_entropy_learn,
                 holdout->training, holdout->training_count, most_frames);
    if (!all_learned)
        read_regions(&r, tb_entropy_measure, holdout->held_out,
                     holdout->held_out_count, most_frames);
    *bits = tb_entropy_get(r.entropy);
done:
    tb_entropy_free(r.entropy);
    tb_free(r.frames);
    tb_free(r.channel);
    tb_free(r.levels);
    return status;
}
