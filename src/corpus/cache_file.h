/* The file behind a cache: a header, one entry per recording, and the frames of
   all recordings one after another. In the byte order of the machine: a cache
   does not travel. */
#ifndef TB_CORPUS_CACHE_FILE_H
#define TB_CORPUS_CACHE_FILE_H

#include "corpus/cache.h"
#include <stddef.h>

#define TB_CACHE_MAGIC "TBSOUND1"
#define TB_CACHE_ALIGNMENT 4096

typedef struct tb_cache_header {
    char magic[8];
    uint64_t check; /* hash of the rest of the header and of the entries */
    uint64_t key;
    double sample_rate;
    int32_t channels, half;
    int64_t files, frames;
    uint64_t data_offset, data_bytes;
} tb_cache_header;

typedef struct tb_cache_entry {
    uint64_t hash; /* of the recording's bytes */
    int64_t first, frames;
    float peak; /* after the offset's removal, over all channels */
    float mean[TB_CACHE_CHANNELS];
    float gain;    /* that the recording's samples are stored with */
    int32_t alone; /* its level is not compared with that of others */
    float factor;  /* of full scale that the recording reaches */
    int64_t wild;  /* samples far beyond all others, which became silence */
} tb_cache_entry;

/* Full scale of 16-bit samples: half of what they hold. */
#define TB_CACHE_HALF_SCALE 16384.0f

static inline size_t tb_cache_frame_bytes(int channels, bool half)
{
    return (size_t)channels * (half ? 2 : 4);
}

/* An opened one. */
struct tb_cache {
    char *path;
    bool was_there;
    const char *map;
    size_t map_bytes;
    const tb_cache_header *header;
    const tb_cache_entry *entries;
    float *gains; /* [files] */
};

/* The folder of all caches, and a file in it; freed with tb_free. */
char *tb_cache_folder(tb_error *error);
char *tb_cache_name(const char *folder, uint64_t key, const char *ending);

/* Maps the file at `cache->path`; false when there is no such file or it is not
   whole. */
bool tb_cache_map(tb_cache *cache, uint64_t key, int files,
                  const tb_cache_settings *settings);

void tb_cache_unmap(tb_cache *cache);

/* Tells, after a failed write, how to keep the file elsewhere. */
void tb_cache_hint(tb_error *error);

/* The hash that stands in `header->check`. */
uint64_t tb_cache_check(const tb_cache_header *header,
                        const tb_cache_entry *entries);

/* Where the frames start in a file with so many entries. */
uint64_t tb_cache_data_offset(int64_t files);

struct tb_cache_recording; /* cache_decode.h */

/* What writes the frames of recording `file`, in place of decoding it; from
   several threads. */
typedef struct tb_cache_maker {
    tb_status (*make)(void *context, int file,
                      struct tb_cache_recording *recording, tb_error *error);
    void *context;
} tb_cache_maker;

/* Decodes the corpus (or makes something of it: `maker`, may be null) into a
   new file at `path`. `hashes` are those of its files, `key` names them all. */
tb_status tb_cache_build(const char *path, uint64_t key,
                         const tb_corpus *corpus, const uint64_t *hashes,
                         const tb_cache_settings *settings,
                         const tb_cache_maker *maker,
                         const tb_cache_watch *watch, tb_error *error);

#endif
