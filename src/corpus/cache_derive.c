/* Caches of what is made of sounds. The hash of a file's entry is that of its
   numbers, which nobody could make again from anything else at hand. */
#include "base/hash.h"
#include "base/memory.h"
#include "base/paths.h"
#include "corpus/cache_decode.h"

#include <errno.h>

/* Counts up with every change of what is stored. */
enum { DERIVED_VERSION = 1 };

struct tb_derived_file {
    tb_cache_recording *recording;
    tb_hash hash;
    size_t frame_bytes;
    int64_t expected; /* frames */
};

/* ---- making ---- */

tb_status tb_derived_put(tb_derived_file *to, const float *frames,
                         int64_t count, tb_error *error)
{
    tb_cache_recording *r = to->recording;
    size_t bytes = (size_t)count * to->frame_bytes;
    if (bytes && fwrite(frames, 1, bytes, r->to) != bytes) {
        tb_fail_file(error, "write", r->folder, errno);
        tb_cache_hint(error);
        return TB_ERR_FILE;
    }
    tb_hash_add(&to->hash, frames, bytes);
    r->entry->frames += count;
    double part =
        to->expected > 0 ? (double)r->entry->frames / (double)to->expected : 1;
    if (r->go_on(r->context, part < 1 ? part : 1))
        return TB_OK;
    return tb_fail(error, TB_ERR_STOPPED, "Stopped while listening to '%s'.",
                   r->source->path);
}

typedef struct derivation {
    const tb_derivation *how;
    const tb_cache *sound;
} derivation;

static tb_status make_file(void *context, int file,
                           tb_cache_recording *recording, tb_error *error)
{
    const derivation *d = context;
    tb_derived_file to = {.recording = recording,
                          .frame_bytes =
                              (size_t)d->how->channels * sizeof(float),
                          .expected = tb_cache_frames(d->sound, file) *
                                      d->how->frames / d->how->per};
    tb_hash_init(&to.hash, 0);
    *recording->entry = (tb_cache_entry){.gain = 1, .factor = 1};
    tb_status status = d->how->make(d->how->context, file, &to, error);
    recording->entry->hash = tb_hash_get(&to.hash);
    return status;
}

/* ---- what is there ---- */

/* Of the sound as it is heard, and of what is made of it. */
static uint64_t key_of(const tb_cache *sound, const tb_derivation *how)
{
    const int64_t numbers[] = {DERIVED_VERSION, (int64_t)how->key,
                               how->channels,   how->frames,
                               how->per,        (int64_t)sound->header->key};
    tb_hash hash;
    tb_hash_init(&hash, 0);
    tb_hash_add(&hash, numbers, sizeof numbers);
    tb_hash_add(&hash, sound->gains,
                (size_t)sound->header->files * sizeof *sound->gains);
    return tb_hash_get(&hash);
}

static bool is_whole(const tb_cache *c)
{
    const char *data = c->map + c->header->data_offset;
    size_t bytes = tb_cache_frame_bytes(c->header->channels, false);
    bool whole = true;
    for (int64_t i = 0; i < c->header->files && whole; i++) {
        const tb_cache_entry *e = &c->entries[i];
        whole = e->hash == tb_hash_bytes(data + (size_t)e->first * bytes,
                                         (size_t)e->frames * bytes);
    }
    return whole;
}

static bool map(tb_cache *c, uint64_t key, int files,
                const tb_cache_settings *settings)
{
    if (!tb_cache_map(c, key, files, settings))
        return false;
    if (is_whole(c))
        return true;
    tb_cache_unmap(c);
    return false;
}

static tb_status find_or_make(tb_cache *c, derivation *d,
                              const tb_corpus *corpus,
                              const tb_cache_watch *watch, tb_error *error)
{
    const tb_derivation *how = d->how;
    const tb_cache_settings settings = {
        .sample_rate = tb_cache_sample_rate(d->sound) * (double)how->frames /
                       (double)how->per,
        .channels = how->channels};
    const tb_cache_maker maker = {make_file, d};
    const int files = tb_cache_files(d->sound);
    uint64_t key = key_of(d->sound, how);
    char *folder = tb_path_folder(d->sound->path);
    c->path = folder ? tb_cache_name(folder, key, "made") : NULL;
    c->gains = tb_alloc_array((size_t)files, sizeof *c->gains);
    uint64_t *hashes = tb_alloc_array((size_t)files, sizeof *hashes);
    tb_status status =
        c->path && c->gains && hashes ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < files && !status; i++)
        c->gains[i] = 1;
    c->was_there = !status && map(c, key, files, &settings);
    if (!status && !c->was_there) {
        status = tb_cache_build(c->path, key, corpus, hashes, &settings, &maker,
                                watch, error);
        if (!status && !map(c, key, files, &settings))
            status = tb_fail(error, TB_ERR_SYSTEM,
                             "What was made of the sounds, '%s', cannot be "
                             "mapped into memory.",
                             c->path);
    }
    tb_free(folder);
    tb_free(hashes);
    return status;
}

tb_cache *tb_cache_derive(const tb_cache *sound, const tb_corpus *corpus,
                          const tb_derivation *how, const tb_cache_watch *watch,
                          tb_error *error)
{
    derivation d = {how, sound};
    tb_cache *c = tb_alloc(sizeof *c);
    if (!c) {
        tb_fail_memory(error);
        return NULL;
    }
    if (find_or_make(c, &d, corpus, watch, error) == TB_OK)
        return c;
    tb_cache_close(c);
    return NULL;
}
