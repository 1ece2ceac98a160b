/* At what level a network hears its corpus. */
#include "train/data.h"

#include "base/memory.h"
#include "dsp/loudness.h"

#include <math.h>

/* Frames in a piece, and of how many pieces a corpus is measured at most. */
enum { PIECE = 16384, MOST_PIECES = 2000 };

/* Every so many-th piece of a region. */
static void measure(const tb_data *d, tb_region r, int64_t every,
                    tb_loudness *loudness, float *frames)
{
    for (int64_t at = 0; at < r.frames; at += every * PIECE) {
        int64_t n = r.frames - at < PIECE ? r.frames - at : PIECE;
        tb_cache_read(d->cache, r.file, r.start + at, n, frames);
        tb_loudness_add(loudness, frames, n * d->format.channels);
    }
}

tb_status tb_data_measure_level(const tb_data *d, tb_known_level *known,
                                tb_error *error)
{
    tb_loudness loudness;
    int files = tb_cache_files(d->cache);
    size_t channels = (size_t)d->format.channels;
    float *frames = tb_alloc_array(PIECE * channels, sizeof *frames);
    *known = (tb_known_level){.count = files < TB_KNOWN_GAINS ? files
                                                              : TB_KNOWN_GAINS};
    known->gains = tb_alloc_array((size_t)known->count, sizeof *known->gains);
    if (!frames || !known->gains) {
        tb_free(frames);
        tb_known_level_clear(known);
        return tb_fail_memory(error);
    }
    for (int i = 0; i < known->count; i++)
        known->gains[i] = (tb_known_gain){tb_cache_hash(d->cache, i),
                                          tb_cache_gain(d->cache, i)};
    tb_loudness_init(&loudness, d->format.sample_rate, d->format.channels);
    int64_t every =
        1 + d->holdout.training_frames / ((int64_t)MOST_PIECES * PIECE);
    for (int i = 0; i < d->holdout.training_count; i++)
        measure(d, d->holdout.training[i], every, &loudness, frames);
    tb_free(frames);
    known->level = tb_loudness_get(&loudness);
    known->known = isfinite(known->level);
    return TB_OK;
}
