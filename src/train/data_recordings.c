#include "train/data_recordings.h"

enum { BLOCK = 4096 };

static int64_t region_frames(void *context, int i)
{
    return ((const tb_data *)context)->holdout.training[i].frames;
}

static void read_region(void *context, int i, int64_t start, int64_t n,
                        float *mono)
{
    const tb_data *d = context;
    const tb_region *r = &d->holdout.training[i];
    float frames[BLOCK * TB_CACHE_CHANNELS];
    int channels = tb_cache_channels(d->cache);
    while (n > 0) {
        int64_t some = n < BLOCK ? n : BLOCK;
        tb_cache_read(d->cache, r->file, r->start + start, some, frames);
        for (int64_t k = 0; k < some; k++) {
            float sum = 0;
            for (int ch = 0; ch < channels; ch++)
                sum += frames[k * channels + ch];
            mono[k] = sum / (float)channels;
        }
        mono += some;
        start += some;
        n -= some;
    }
}

tb_recordings tb_data_recordings(const tb_data *d)
{
    return (tb_recordings){d->holdout.training_count, region_frames,
                           read_region, (void *)d};
}
