/* What is in an opened cache. */
#include "base/memory.h"
#include "corpus/cache_file.h"

#include <string.h>
#include <sys/mman.h>

void tb_cache_unmap(tb_cache *cache)
{
    if (cache->map)
        munmap((void *)cache->map, cache->map_bytes);
    cache->map = NULL;
}

void tb_cache_close(tb_cache *cache)
{
    if (!cache)
        return;
    tb_cache_unmap(cache);
    tb_free(cache->gains);
    tb_free(cache->path);
    tb_free(cache);
}

/* ---- reading ---- */

void tb_cache_read(const tb_cache *cache, int file, int64_t start,
                   int64_t frames, float *out)
{
    const tb_cache_entry *entry = &cache->entries[file];
    int channels = cache->header->channels;
    const char *data = cache->map + cache->header->data_offset;
    float gain = cache->gains[file];
    float scale = cache->header->half ? 1 / TB_CACHE_HALF_SCALE : 1;
    for (int64_t i = 0; i < frames; i++, out += channels) {
        int64_t frame = start + i;
        if (frame < 0 || frame >= entry->frames) {
            memset(out, 0, (size_t)channels * sizeof *out);
            continue;
        }
        int64_t at = (entry->first + frame) * channels;
        for (int ch = 0; ch < channels; ch++) {
            float x = cache->header->half
                          ? scale * (float)((const int16_t *)data)[at + ch]
                          : ((const float *)data)[at + ch];
            float mean = ch < TB_CACHE_CHANNELS ? entry->mean[ch] : 0;
            out[ch] = (x - mean) * gain;
        }
    }
}

int tb_cache_files(const tb_cache *cache)
{
    return (int)cache->header->files;
}

int tb_cache_channels(const tb_cache *cache)
{
    return cache->header->channels;
}

double tb_cache_sample_rate(const tb_cache *cache)
{
    return cache->header->sample_rate;
}

int64_t tb_cache_frames(const tb_cache *cache, int file)
{
    return cache->entries[file].frames;
}

int64_t tb_cache_total_frames(const tb_cache *cache)
{
    return cache->header->frames;
}

uint64_t tb_cache_hash(const tb_cache *cache, int file)
{
    return cache->entries[file].hash;
}

float tb_cache_gain(const tb_cache *cache, int file)
{
    return cache->gains[file] * cache->entries[file].gain;
}

const char *tb_cache_path(const tb_cache *cache)
{
    return cache->path;
}

bool tb_cache_was_there(const tb_cache *cache)
{
    return cache->was_there;
}
