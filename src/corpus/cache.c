#include "corpus/cache.h"
#include "base/amounts.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/paths.h"
#include "corpus/cache_file.h"
#include "dsp/loudness.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const tb_dc_names[] = {"off", "mean", "highpass", NULL};
const char *const tb_normalise_names[] = {"off", "corpus", "file", NULL};

/* Counts up with every change of what is stored for the same recordings. */
enum { CACHE_VERSION = 4 };

/* ---- names ---- */

char *tb_cache_folder(tb_error *error)
{
    const char *own = getenv("TIMBREL_CACHE");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    char *folder = NULL;
    if (own && *own) {
        folder = tb_path_join(NULL, own);
    } else if (xdg && *xdg == '/') {
        folder = tb_path_join(xdg, "timbrel");
    } else if (home && *home) {
        folder = tb_path_join(home, ".cache/timbrel");
    } else {
        tb_fail(error, TB_ERR_FILE,
                "There is no home folder to keep decoded sounds in. Name a "
                "folder in the environment variable TIMBREL_CACHE.");
        return NULL;
    }
    if (!folder)
        tb_fail_memory(error);
    return folder;
}

char *tb_cache_name(const char *folder, uint64_t key, const char *ending)
{
    char name[64];
    snprintf(name, sizeof name, "%016" PRIx64 ".%s", key, ending);
    return tb_path_join(folder, name);
}

static void hash_settings(tb_hash *hash, const tb_cache_settings *s)
{
    int32_t numbers[] = {CACHE_VERSION, s->channels, s->half, s->dc};
    tb_hash_init(hash, 0);
    tb_hash_add(hash, numbers, sizeof numbers);
    tb_hash_add(hash, &s->sample_rate, sizeof s->sample_rate);
}

/* Of the settings and where the recordings lie. */
static uint64_t hash_places(const tb_corpus *corpus,
                            const tb_cache_settings *settings)
{
    char here[4096] = "";
    tb_hash hash;
    hash_settings(&hash, settings);
    if (!getcwd(here, sizeof here))
        here[0] = 0;
    for (int i = 0; i < corpus->count; i++) {
        const char *path = corpus->files[i].path;
        if (path[0] != '/')
            tb_hash_add(&hash, here, strlen(here) + 1);
        tb_hash_add(&hash, path, strlen(path) + 1);
    }
    return tb_hash_get(&hash);
}

/* Of what changes when a recording is changed. */
static uint64_t hash_times(const tb_corpus *corpus)
{
    tb_hash hash;
    tb_hash_init(&hash, 0);
    for (int i = 0; i < corpus->count; i++) {
        const tb_corpus_file *file = &corpus->files[i];
        uint64_t numbers[] = {(uint64_t)file->bytes,
                              (uint64_t)file->modified_ns, file->inode};
        tb_hash_add(&hash, numbers, sizeof numbers);
    }
    return tb_hash_get(&hash);
}

/* The hash of each recording and of all, with the settings. */
static tb_status hash_content(const tb_corpus *corpus,
                              const tb_cache_settings *settings,
                              uint64_t *hashes, uint64_t *key, tb_error *error)
{
    tb_hash hash;
    tb_status status = TB_OK;
    hash_settings(&hash, settings);
    for (int i = 0; i < corpus->count && status == TB_OK; i++)
        status = tb_hash_file(corpus->files[i].path, &hashes[i], error);
    tb_hash_add(&hash, hashes, (size_t)corpus->count * sizeof *hashes);
    *key = tb_hash_get(&hash);
    return status;
}

/* ---- the note that saves hashing ---- */

/* A note holds hash_times and the key of the content that belonged to it. */
static bool read_note(const char *path, uint64_t *times, uint64_t *key)
{
    void *text = NULL;
    if (tb_read_file(path, 256, &text, NULL, NULL))
        return false;
    bool good = sscanf(text, "%" SCNx64 " %" SCNx64, times, key) == 2;
    tb_free(text);
    return good;
}

/* Without a note (in a folder that cannot be written, say) the recordings are
   hashed again the next time, which is no reason to fail. */
static void write_note(const char *path, uint64_t times, uint64_t key)
{
    char text[64];
    tb_file *file = tb_file_begin(path, NULL);
    if (!file)
        return;
    int n = snprintf(text, sizeof text, "%016" PRIx64 " %016" PRIx64 "\n",
                     times, key);
    if (tb_file_write(file, text, (size_t)n, NULL))
        tb_file_abort(file);
    else
        tb_file_commit(file, NULL);
}

/* ---- mapping ---- */

/* Whether a header is that of such a file and what was asked for. */
static bool is_asked_for(const tb_cache_header *h, uint64_t key, int files,
                         const tb_cache_settings *s)
{
    return memcmp(h->magic, TB_CACHE_MAGIC, sizeof h->magic) == 0 &&
           h->key == key && h->files == files && h->frames >= 1 &&
           h->channels == s->channels && h->half == s->half &&
           h->sample_rate == s->sample_rate &&
           h->data_offset == tb_cache_data_offset(h->files);
}

static bool header_is_good(const char *map, size_t bytes, uint64_t key,
                           int files, const tb_cache_settings *settings)
{
    tb_cache_header h;
    if (bytes < sizeof h)
        return false;
    memcpy(&h, map, sizeof h);
    if (!is_asked_for(&h, key, files, settings) || bytes < h.data_offset ||
        bytes - h.data_offset != h.data_bytes ||
        h.data_bytes / tb_cache_frame_bytes(h.channels, h.half) !=
            (uint64_t)h.frames)
        return false;
    const tb_cache_entry *entries = (const void *)(map + sizeof h);
    for (int64_t i = 0, first = 0; i < h.files; i++) {
        int64_t n = entries[i].frames;
        if (entries[i].first != first || n < 0 || n > h.frames - first)
            return false;
        first += n;
    }
    return tb_cache_check(&h, entries) == h.check;
}

bool tb_cache_map(tb_cache *cache, uint64_t key, int files,
                  const tb_cache_settings *settings)
{
    struct stat st;
    int fd = open(cache->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    void *map = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size > 0 &&
        (uint64_t)st.st_size <= SIZE_MAX)
        map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return false;
    if (!header_is_good(map, (size_t)st.st_size, key, files, settings)) {
        munmap(map, (size_t)st.st_size);
        return false;
    }
    cache->map = map;
    cache->map_bytes = (size_t)st.st_size;
    cache->header = map;
    cache->entries = (const void *)(cache->map + sizeof *cache->header);
    return true;
}

static tb_status set_gains(tb_cache *cache, tb_normalise normalise,
                           tb_error *error)
{
    int64_t files = cache->header->files;
    float loudest = 0;
    cache->gains = tb_alloc_array((size_t)files, sizeof *cache->gains);
    if (!cache->gains)
        return tb_fail_memory(error);
    for (int64_t i = 0; i < files; i++) {
        const tb_cache_entry *e = &cache->entries[i];
        loudest = fmaxf(loudest, e->alone ? 0 : e->peak / e->gain);
    }
    for (int64_t i = 0; i < files; i++) {
        const tb_cache_entry *e = &cache->entries[i];
        bool by_itself = normalise == TB_NORMALISE_FILE || e->alone;
        float peak = by_itself ? e->peak : loudest * e->gain;
        bool as_is = normalise == TB_NORMALISE_OFF || peak < 1e-6f * e->gain;
        cache->gains[i] = !as_is     ? TB_NORMAL_PEAK / peak
                          : e->alone ? 1
                                     : 1 / e->gain;
    }
    return TB_OK;
}

/* ---- opening ---- */

/* Told each time, also where the cache was there already. */
static void note_levels(const tb_cache *cache, const tb_corpus *corpus,
                        const tb_cache_watch *watch)
{
    char text[4600];
    for (int i = 0; watch && watch->note && i < corpus->count; i++) {
        const tb_cache_entry *e = &cache->entries[i];
        const char *path = corpus->files[i].path;
        if (e->wild) {
            snprintf(text, sizeof text,
                     "'%s' holds %lld %s far beyond all others: read as "
                     "silence.",
                     path, (long long)e->wild,
                     tb_plural(e->wild, "sample", "samples"));
            watch->note(watch->context, text);
        }
        if (e->alone) {
            snprintf(text, sizeof text,
                     "'%s' reaches %.3g times full scale: its level is set by "
                     "itself, whatever the others have.",
                     path, (double)e->factor);
            watch->note(watch->context, text);
        }
    }
}

/* -80 dBFS: a recorder that nobody plugged anything into. */
static const float SILENCE = 1e-4f;

static void note_silence(const tb_cache *cache, const tb_cache_watch *watch)
{
    float loudest = 0;
    for (int64_t i = 0; i < cache->header->files; i++)
        loudest =
            fmaxf(loudest, cache->entries[i].peak / cache->entries[i].gain);
    if (loudest < SILENCE && watch && watch->note)
        watch->note(watch->context,
                    "All of the material is silent (below -80 dBFS): there is "
                    "nothing to learn from it but silence.");
}

typedef struct opening {
    tb_cache *cache;
    const tb_corpus *corpus;
    const tb_cache_settings *settings;
    const tb_cache_watch *watch;
    tb_error *error;
    char *folder, *note;
    uint64_t *hashes;
    uint64_t times, noted_times, noted_key;
} opening;

static bool map_key(opening *o, uint64_t key)
{
    tb_free(o->cache->path);
    o->cache->path = tb_cache_name(o->folder, key, "sound");
    return o->cache->path &&
           tb_cache_map(o->cache, key, o->corpus->count, o->settings);
}

/* Removes what an earlier state of the same recordings was decoded to. */
static void remove_old(opening *o, uint64_t key)
{
    if (o->noted_key == 0 || o->noted_key == key)
        return;
    char *old = tb_cache_name(o->folder, o->noted_key, "sound");
    if (old)
        unlink(old);
    tb_free(old);
}

static tb_status find_or_build(opening *o)
{
    uint64_t key = 0;
    tb_status status =
        hash_content(o->corpus, o->settings, o->hashes, &key, o->error);
    if (status)
        return status;
    o->cache->was_there = map_key(o, key);
    if (!o->cache->path)
        return tb_fail_memory(o->error);
    if (!o->cache->was_there) {
        status = tb_cache_build(o->cache->path, key, o->corpus, o->hashes,
                                o->settings, NULL, o->watch, o->error);
        if (status)
            return status;
        if (!map_key(o, key))
            return tb_fail(o->error, TB_ERR_SYSTEM,
                           "The decoded sounds in '%s' cannot be mapped into "
                           "memory.",
                           o->cache->path);
    }
    remove_old(o, key);
    write_note(o->note, o->times, key);
    return TB_OK;
}

static tb_status check_settings(const tb_corpus *corpus,
                                const tb_cache_settings *s, tb_error *error)
{
    if (corpus->count < 1)
        return tb_fail(error, TB_ERR_ARGUMENT, "There are no recordings.");
    if (s->channels < 1 || s->channels > TB_CACHE_CHANNELS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There are 1 to %d channels, not %d.", TB_CACHE_CHANNELS,
                       s->channels);
    if (!(s->sample_rate >= 100 && s->sample_rate <= 1e6))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A sample rate lies between 100 and 1000000 Hz: %g does "
                       "not.",
                       s->sample_rate);
    return TB_OK;
}

static void tell(const opening *o)
{
    note_levels(o->cache, o->corpus, o->watch);
    note_silence(o->cache, o->watch);
}

static tb_status open_in_folder(opening *o)
{
    o->note = tb_cache_name(o->folder, hash_places(o->corpus, o->settings),
                            "sources");
    o->hashes = tb_alloc_array((size_t)o->corpus->count, sizeof *o->hashes);
    if (!o->note || !o->hashes)
        return tb_fail_memory(o->error);
    o->times = hash_times(o->corpus);
    tb_status status = TB_OK;
    if (!read_note(o->note, &o->noted_times, &o->noted_key))
        o->noted_key = 0;
    if (o->noted_key && o->noted_times == o->times && map_key(o, o->noted_key))
        o->cache->was_there = true;
    else
        status = find_or_build(o);
    if (status == TB_OK)
        status = set_gains(o->cache, o->settings->normalise, o->error);
    if (status == TB_OK)
        tell(o);
    return status;
}

tb_cache *tb_cache_open(const tb_corpus *corpus,
                        const tb_cache_settings *settings,
                        const tb_cache_watch *watch, tb_error *error)
{
    tb_error own;
    opening o = {.corpus = corpus,
                 .settings = settings,
                 .watch = watch,
                 .error = error ? error : &own};
    tb_status status = check_settings(corpus, settings, error);
    if (status)
        return NULL;
    o.folder = tb_cache_folder(o.error);
    if (!o.folder)
        return NULL;
    o.cache = tb_alloc(sizeof *o.cache);
    status =
        o.cache ? tb_make_folders(o.folder, o.error) : tb_fail_memory(o.error);
    if (status == TB_ERR_FILE)
        tb_cache_hint(o.error);
    if (status == TB_OK)
        status = open_in_folder(&o);
    tb_free(o.folder);
    tb_free(o.note);
    tb_free(o.hashes);
    if (status == TB_OK)
        return o.cache;
    tb_cache_close(o.cache);
    return NULL;
}
