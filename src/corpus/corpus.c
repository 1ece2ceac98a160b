#include "corpus/corpus.h"
#include "base/memory.h"
#include "base/paths.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const endings[] = {
    "wav",  "wave", "bwf",  "w64", "rf64", "aif", "aiff", "aifc", "flac",
    "ogg",  "oga",  "opus", "mp3", "mp2",  "m4a", "m4b",  "mp4",  "aac",
    "webm", "mka",  "mkv",  "mov", "wma",  "caf", "au",   "snd",  "amr",
    "3gp",  "wv",   "ape",  "voc", "sd2",  "sf",  "paf",  "svx",  "iff",
    "alac", "ac3",  "tta",  "spx", "weba", "avi", "qta",  NULL};

/* 128 kbit/s, the commonest. */
#define LIKELY_BYTES_PER_SECOND 16000

typedef struct finder {
    tb_corpus *corpus;
    const char *root;      /* the folder being walked, or the file named */
    char *folder;          /* the one met last */
    bool in_run;           /* it lies in a run folder below the root */
    int room, unread_room; /* of the two arrays */
} finder;

static bool ends_like_audio(const char *path)
{
    char ending[8] = "";
    const char *extension = tb_path_extension(path);
    if (strcmp(tb_path_base(path), "data.mdb") == 0)
        return true; /* a database of RAVE's */
    if (strlen(extension) >= sizeof ending)
        return false;
    for (size_t i = 0; extension[i]; i++)
        ending[i] = (char)tolower((unsigned char)extension[i]);
    for (int i = 0; endings[i]; i++)
        if (strcmp(endings[i], ending) == 0)
            return true;
    return false;
}

/* True when a folder between `root` and `folder` is a run: its examples are the
   network's own and no material, unless they are asked for by name. */
static bool lies_in_run(const char *root, const char *folder)
{
    bool found = false;
    char *at = tb_path_join(NULL, folder);
    while (at && !found && strlen(at) > strlen(root)) {
        char *ini = tb_path_join(at, "run.ini");
        found = ini && tb_exists(ini);
        tb_free(ini);
        char *above = tb_path_folder(at);
        tb_free(at);
        at = above;
    }
    tb_free(at);
    return found;
}

static tb_status enter_folder(finder *f, const char *path, tb_error *error)
{
    char *folder = tb_path_folder(path);
    if (!folder)
        return tb_fail_memory(error);
    if (f->folder && strcmp(folder, f->folder) == 0) {
        tb_free(folder);
        return TB_OK;
    }
    tb_free(f->folder);
    f->folder = folder;
    f->in_run = lies_in_run(f->root, folder);
    return TB_OK;
}

static tb_status add_unreadable(finder *f, const char *path, const char *reason,
                                tb_error *error)
{
    tb_corpus *corpus = f->corpus;
    tb_unreadable *all =
        tb_array_grown(corpus->unreadable, corpus->unreadable_count,
                       &f->unread_room, sizeof *all);
    if (!all)
        return tb_fail_memory(error);
    corpus->unreadable = all;
    tb_unreadable one = {tb_path_join(NULL, path), tb_path_join(NULL, reason)};
    corpus->unreadable[corpus->unreadable_count++] = one;
    return one.path && one.reason ? TB_OK : tb_fail_memory(error);
}

static tb_status add_file(finder *f, const char *path,
                          const tb_audio_info *info, const struct stat *st,
                          tb_error *error)
{
    tb_corpus *corpus = f->corpus;
    tb_corpus_file *all =
        tb_array_grown(corpus->files, corpus->count, &f->room, sizeof *all);
    if (!all)
        return tb_fail_memory(error);
    corpus->files = all;
    tb_corpus_file *file = &corpus->files[corpus->count++];
    *file = (tb_corpus_file){
        .path = tb_path_join(NULL, path),
        .sample_rate = info->sample_rate,
        .channels = info->channels,
        .frames = info->frames,
        .length = info->length,
        .bytes = (int64_t)st->st_size,
        .modified_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 +
                       (int64_t)st->st_mtim.tv_nsec,
        .device = (uint64_t)st->st_dev,
        .inode = (uint64_t)st->st_ino,
        .warning = info->warning[0] ? tb_path_join(NULL, info->warning) : NULL};
    bool complete = file->path && (file->warning || !info->warning[0]);
    return complete ? TB_OK : tb_fail_memory(error);
}

/* Opens one file; `reason` says why it cannot be when it cannot. */
static tb_status probe(finder *f, const char *path, tb_error *reason)
{
    tb_audio_info info;
    struct stat st;
    tb_decoder *decoder = tb_decoder_open(path, &info, reason);
    if (!decoder)
        return reason->status;
    tb_decoder_close(decoder);
    if (stat(path, &st) != 0)
        return tb_fail(reason, TB_ERR_FILE, "'%s' has just disappeared", path);
    if (info.frames == 0)
        return tb_fail(reason, TB_ERR_FORMAT, "'%s' holds no sound", path);
    return add_file(f, path, &info, &st, reason);
}

static tb_status meet_file(void *context, const char *path, tb_error *error)
{
    finder *f = context;
    tb_error reason = {0};
    tb_status status = enter_folder(f, path, error);
    if (status || f->in_run || !ends_like_audio(path))
        return status;
    status = probe(f, path, &reason);
    if (status == TB_ERR_MEMORY)
        return tb_fail(error, status, "%s", reason.text);
    return status ? add_unreadable(f, path, reason.text, error) : TB_OK;
}

static void meet_unreadable(void *context, const char *path, const char *reason)
{
    add_unreadable(context, path, reason, NULL);
}

static int by_identity(const void *a, const void *b)
{
    const tb_corpus_file *x = *(const tb_corpus_file *const *)a;
    const tb_corpus_file *y = *(const tb_corpus_file *const *)b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void clear_file(tb_corpus_file *file)
{
    tb_free(file->path);
    tb_free(file->warning);
    file->path = file->warning = NULL;
}

/* Of a file that was reached twice, by two names or paths, the first stays. */
static tb_status drop_repeated(tb_corpus *corpus, tb_error *error)
{
    size_t n = (size_t)corpus->count;
    tb_corpus_file **sorted = calloc(n + 1, sizeof *sorted);
    if (!sorted)
        return tb_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &corpus->files[i];
    qsort(sorted, n, sizeof *sorted, by_identity);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (sorted[i]->device == sorted[first]->device &&
            sorted[i]->inode == sorted[first]->inode)
            clear_file(sorted[i]);
        else
            first = i;
    }
    free(sorted);
    int kept = 0;
    for (int i = 0; i < corpus->count; i++)
        if (corpus->files[i].path)
            corpus->files[kept++] = corpus->files[i];
    corpus->count = kept;
    return TB_OK;
}

static tb_status nothing_found(const tb_corpus *corpus, const char *first,
                               tb_error *error)
{
    if (corpus->unreadable_count)
        return tb_fail(error, TB_ERR_FORMAT,
                       "None of the %d audio files in '%s' can be read. The "
                       "first: %s",
                       corpus->unreadable_count, first,
                       corpus->unreadable[0].reason);
    return tb_fail(error, TB_ERR_FILE,
                   "There is no audio file in '%s'. Name a sound file, or a "
                   "folder that holds some (wav, aiff, flac, mp3, ogg, m4a "
                   "...).",
                   first);
}

static tb_status find_one(finder *f, const char *path, tb_error *error)
{
    tb_walker walker = {meet_file, meet_unreadable, f};
    f->root = path;
    tb_free(f->folder);
    f->folder = NULL;
    if (tb_is_folder(path))
        return tb_walk(path, &walker, error);
    if (!tb_exists(path))
        return tb_fail(error, TB_ERR_FILE,
                       "There is no file or folder '%s'. Check the name.",
                       path);
    tb_error reason = {0};
    tb_status status = probe(f, path, &reason);
    return status ? tb_fail(error, status, "%s", reason.text) : TB_OK;
}

tb_status tb_corpus_find(const char *const *paths, int count,
                         tb_corpus **corpus, tb_error *error)
{
    tb_status status = TB_OK;
    finder f = {.corpus = calloc(1, sizeof *f.corpus)};
    *corpus = NULL;
    if (!f.corpus)
        return tb_fail_memory(error);
    if (count < 1)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "No sounds are named. Name files or folders.");
    for (int i = 0; i < count && status == TB_OK; i++)
        status = find_one(&f, paths[i], error);
    if (status == TB_OK)
        status = drop_repeated(f.corpus, error);
    if (status == TB_OK && f.corpus->count == 0)
        status = nothing_found(f.corpus, paths[0], error);
    tb_free(f.folder);
    if (status)
        tb_corpus_free(f.corpus);
    else
        *corpus = f.corpus;
    return status;
}

void tb_corpus_free(tb_corpus *corpus)
{
    if (!corpus)
        return;
    for (int i = 0; i < corpus->count; i++)
        clear_file(&corpus->files[i]);
    for (int i = 0; i < corpus->unreadable_count; i++) {
        tb_free(corpus->unreadable[i].path);
        tb_free(corpus->unreadable[i].reason);
    }
    tb_free(corpus->files);
    tb_free(corpus->unreadable);
    free(corpus);
}

double tb_corpus_file_seconds(const tb_corpus_file *file)
{
    return file->frames >= 0 ? (double)file->frames / file->sample_rate
                             : (double)file->bytes / LIKELY_BYTES_PER_SECOND;
}

double tb_corpus_seconds(const tb_corpus *corpus, int *unsure)
{
    double seconds = 0;
    int uncounted = 0;
    for (int i = 0; i < corpus->count; i++) {
        seconds += tb_corpus_file_seconds(&corpus->files[i]);
        uncounted += corpus->files[i].length != TB_LENGTH_COUNTED;
    }
    if (unsure)
        *unsure = uncounted;
    return seconds;
}
