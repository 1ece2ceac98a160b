#include "base/hash.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/pool.h"
#include "corpus/cache_decode.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Recordings that are decoded before their turn wait in files without a name,
   no more than this. */
enum { MOST_WAITING = 64, COPY_BYTES = 1 << 16 };

/* A recording that is decoded, or about to be. */
typedef struct waiting {
    FILE *file; /* null: it is the cache itself */
    bool done;
    char note[1024];
} waiting;

typedef struct builder {
    const tb_corpus *corpus;
    const tb_cache_settings *settings;
    const tb_cache_maker *maker; /* null: decodes */
    const tb_cache_watch *watch;
    tb_error *error;
    char *folder;
    tb_file *file;
    tb_cache_header header;
    tb_cache_entry *entries;
    waiting *waiting; /* [files] */
    char *copied;     /* [COPY_BYTES] */
    int64_t bytes;    /* of all recordings */
    /* From here on behind `lock`. */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    int next;          /* the recording whose frames come next in the cache */
    int open;          /* files that wait */
    double done_bytes; /* of the recordings */
    tb_status status;
} builder;

/* What one thread decodes. */
typedef struct decoding {
    builder *b;
    const tb_corpus_file *source;
    double part;
} decoding;

uint64_t tb_cache_data_offset(int64_t files)
{
    uint64_t used =
        sizeof(tb_cache_header) + (uint64_t)files * sizeof(tb_cache_entry);
    return (used + TB_CACHE_ALIGNMENT - 1) / TB_CACHE_ALIGNMENT *
           TB_CACHE_ALIGNMENT;
}

uint64_t tb_cache_check(const tb_cache_header *header,
                        const tb_cache_entry *entries)
{
    tb_hash hash;
    size_t skipped = offsetof(tb_cache_header, key);
    tb_hash_init(&hash, 0);
    tb_hash_add(&hash, (const char *)header + skipped,
                sizeof *header - skipped);
    tb_hash_add(&hash, entries, (size_t)header->files * sizeof *entries);
    return tb_hash_get(&hash);
}

void tb_cache_hint(tb_error *error)
{
    size_t used = error ? strlen(error->text) : 0;
    if (error && error->status == TB_ERR_FILE)
        snprintf(error->text + used, sizeof error->text - used,
                 " Decoded sounds are kept there; the environment variable "
                 "TIMBREL_CACHE may name another folder.");
}

static tb_status put(builder *b, const void *data, size_t bytes)
{
    tb_status status = tb_file_write(b->file, data, bytes, b->error);
    if (status)
        tb_cache_hint(b->error);
    return status;
}

/* ---- one recording ---- */

static bool go_on(void *context, double part)
{
    decoding *d = context;
    builder *b = d->b;
    bool more = true;
    pthread_mutex_lock(&b->lock);
    if (part > d->part) {
        b->done_bytes += (part - d->part) * (double)d->source->bytes;
        d->part = part;
    }
    double done = b->bytes > 0 ? b->done_bytes / (double)b->bytes : 0;
    if (b->watch && b->watch->progress && !b->status)
        more = b->watch->progress(b->watch->context, done < 1 ? done : 1,
                                  d->source->path);
    more = more && !b->status;
    pthread_mutex_unlock(&b->lock);
    return more;
}

/* The first failure is told. */
static void fail(builder *b, const tb_error *error)
{
    pthread_mutex_lock(&b->lock);
    if (!b->status) {
        b->status = error->status;
        *b->error = *error;
    }
    pthread_cond_broadcast(&b->moved);
    pthread_mutex_unlock(&b->lock);
}

/* Whether recording i is to be decoded, straight into the cache where it is
   its turn. */
static bool begin(builder *b, int i, bool *its_turn)
{
    pthread_mutex_lock(&b->lock);
    while (!b->status && b->open >= MOST_WAITING && b->next != i)
        pthread_cond_wait(&b->moved, &b->lock);
    *its_turn = b->next == i;
    b->open += !*its_turn;
    bool good = !b->status;
    pthread_mutex_unlock(&b->lock);
    return good;
}

static tb_status copy(builder *b, FILE *from)
{
    size_t n;
    tb_status status = TB_OK;
    rewind(from);
    while (!status && (n = fread(b->copied, 1, COPY_BYTES, from)) > 0)
        status = put(b, b->copied, n);
    if (!status && ferror(from))
        status = tb_fail_file(b->error, "read", b->folder, errno);
    return status;
}

/* Puts what has its turn into the cache. Behind `lock`. */
static void settle(builder *b)
{
    while (!b->status && b->next < b->corpus->count &&
           b->waiting[b->next].done) {
        waiting *w = &b->waiting[b->next];
        tb_cache_entry *entry = &b->entries[b->next];
        if (w->file) {
            b->status = copy(b, w->file);
            fclose(w->file);
            w->file = NULL;
            b->open--;
        }
        if (w->note[0] && b->watch && b->watch->note)
            b->watch->note(b->watch->context, w->note);
        entry->first = b->header.frames;
        b->header.frames += entry->frames;
        b->next++;
    }
    pthread_cond_broadcast(&b->moved);
}

static tb_status make(const builder *b, int i, tb_cache_recording *recording,
                      tb_error *error)
{
    return b->maker ? b->maker->make(b->maker->context, i, recording, error)
                    : tb_cache_decode(recording, error);
}

static void decode_job(void *context, int i)
{
    builder *b = context;
    waiting *w = &b->waiting[i];
    bool its_turn;
    tb_error error = {0};
    decoding d = {b, &b->corpus->files[i], 0};
    if (!begin(b, i, &its_turn))
        return;
    if (!its_turn)
        w->file = tb_file_unnamed(b->folder, &error);
    tb_cache_entry entry = {0};
    tb_cache_recording recording = {.source = d.source,
                                    .settings = b->settings,
                                    .to = its_turn ? tb_file_stream(b->file)
                                                   : w->file,
                                    .folder = b->folder,
                                    .go_on = go_on,
                                    .context = &d,
                                    .entry = &entry};
    if (!recording.to || make(b, i, &recording, &error)) {
        fail(b, &error);
        return;
    }
    go_on(&d, 1);
    pthread_mutex_lock(&b->lock);
    if (!b->maker)
        entry.hash = b->entries[i].hash;
    b->entries[i] = entry;
    memcpy(w->note, recording.note, sizeof w->note);
    w->done = true;
    settle(b);
    pthread_mutex_unlock(&b->lock);
}

/* ---- all of them ---- */

/* The header comes first in the file and is known last. */
static tb_status write_header(builder *b)
{
    FILE *stream = tb_file_stream(b->file);
    b->header.data_bytes =
        (uint64_t)b->header.frames *
        tb_cache_frame_bytes(b->settings->channels, b->settings->half);
    b->header.check = tb_cache_check(&b->header, b->entries);
    if (fseeko(stream, 0, SEEK_SET) != 0)
        return tb_fail(b->error, TB_ERR_FILE,
                       "The decoded sounds cannot be written to '%s'.",
                       tb_file_temporary(b->file));
    tb_status status = put(b, &b->header, sizeof b->header);
    if (status)
        return status;
    return put(b, b->entries, (size_t)b->header.files * sizeof *b->entries);
}

static tb_status leave_room_for_header(builder *b)
{
    static const char zeros[TB_CACHE_ALIGNMENT];
    tb_status status = TB_OK;
    for (uint64_t at = 0; at < b->header.data_offset && status == TB_OK;
         at += sizeof zeros)
        status = put(b, zeros, sizeof zeros);
    return status;
}

/* Refuses at once what cannot fit, as far as lengths are known. */
static tb_status check_space(builder *b)
{
    double seconds = tb_corpus_seconds(b->corpus, NULL);
    double need =
        seconds * b->settings->sample_rate *
        (double)tb_cache_frame_bytes(b->settings->channels, b->settings->half);
    int64_t space = tb_free_space(b->folder);
    if (space < 0 || need <= (double)space)
        return TB_OK;
    return tb_fail(b->error, TB_ERR_FILE,
                   "The decoded sounds need %.1f GB in '%s', where %.1f GB are "
                   "free. Make room, or name another folder in the environment "
                   "variable TIMBREL_CACHE.",
                   need / 1e9, b->folder, (double)space / 1e9);
}

static tb_status prepare(builder *b, const char *path, uint64_t key,
                         const uint64_t *hashes)
{
    const tb_cache_settings *s = b->settings;
    int count = b->corpus->count;
    b->header = (tb_cache_header){.magic = TB_CACHE_MAGIC,
                                  .key = key,
                                  .sample_rate = s->sample_rate,
                                  .channels = s->channels,
                                  .half = s->half,
                                  .files = count,
                                  .data_offset = tb_cache_data_offset(count)};
    b->folder = tb_path_folder(path);
    b->entries = tb_alloc_array((size_t)count, sizeof *b->entries);
    b->waiting = tb_alloc_array((size_t)count, sizeof *b->waiting);
    b->copied = tb_alloc(COPY_BYTES);
    if (!b->folder || !b->entries || !b->waiting || !b->copied)
        return tb_fail_memory(b->error);
    for (int i = 0; i < count; i++) {
        b->bytes += b->corpus->files[i].bytes;
        b->entries[i].hash = hashes[i];
    }
    tb_clear_abandoned(b->folder);
    tb_status status = check_space(b);
    if (status)
        return status;
    b->file = tb_file_begin(path, b->error);
    if (b->file)
        return leave_room_for_header(b);
    tb_cache_hint(b->error);
    return b->error->status;
}

static tb_status build(builder *b)
{
    int threads =
        b->settings->threads > 0 ? b->settings->threads : tb_cpu_count();
    if (threads > b->corpus->count)
        threads = b->corpus->count;
    tb_pool *pool = tb_pool_new(threads);
    tb_pool_run(pool, b->corpus->count, decode_job, b);
    tb_pool_free(pool);
    if (b->status)
        return b->status;
    if (b->header.frames == 0)
        return tb_fail(b->error, TB_ERR_FORMAT,
                       "The recordings hold no sound: '%s' has 0 frames.",
                       b->corpus->files[0].path);
    return write_header(b);
}

static void clear(builder *b)
{
    for (int i = 0; b->waiting && i < b->corpus->count; i++)
        if (b->waiting[i].file)
            fclose(b->waiting[i].file);
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->moved);
    tb_free(b->folder);
    tb_free(b->entries);
    tb_free(b->waiting);
    tb_free(b->copied);
}

tb_status tb_cache_build(const char *path, uint64_t key,
                         const tb_corpus *corpus, const uint64_t *hashes,
                         const tb_cache_settings *settings,
                         const tb_cache_maker *maker,
                         const tb_cache_watch *watch, tb_error *error)
{
    tb_error own;
    builder b = {.corpus = corpus,
                 .settings = settings,
                 .maker = maker,
                 .watch = watch,
                 .error = error ? error : &own};
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.moved, NULL);
    tb_status status = prepare(&b, path, key, hashes);
    if (status == TB_OK)
        status = build(&b);
    if (status) {
        tb_file_abort(b.file);
    } else {
        status = tb_file_commit(b.file, b.error);
        if (status)
            tb_cache_hint(b.error);
    }
    clear(&b);
    return status;
}
