#include "train/data.h"

#include "audio/resample.h"
#include "base/amounts.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/name_list.h"
#include "corpus/only.h"
#include "corpus/tracks_plan.h"
#include "train/encoded.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Held-out sounds are tested in pieces of up to this length. */
static const double TEST_PIECE_SECONDS = 8;

/* Enough to know what long material is held against. */
static const int64_t ENTROPY_FRAMES = 8000000;

/* Excerpts stand for themselves: their pieces are windows. */
tb_tracks_settings tb_data_tracks(const tb_training_settings *s,
                                  double sample_rate,
                                  const tb_learning *learning, int feed,
                                  bool test)
{
    const tb_feed *f = &learning->feed[feed];
    double piece = test ? TEST_PIECE_SECONDS : s->piece;
    if (tb_feed_is_excerpts(f))
        piece = 0;
    tb_tracks_settings tracks = {
        .batch = s->batch,
        .window = (int)f->window,
        .context = (int)f->context,
        .piece = tb_feed_frames(f, (int64_t)llrint(piece * sample_rate)),
        .oversampling = test ? 1 : s->oversampling,
        .join_files = s->join_files && !test && !tb_feed_is_excerpts(f),
        .even = test,
        .seed = s->seed + (uint64_t)feed};
    if (!test && f->kind != TB_FEED_METHOD)
        tracks.augment = tb_training_augment(s, sample_rate);
    return tracks;
}

/* The number of the file to hold out whole, or -1 for none. */
static tb_status find_held_out(const tb_corpus *corpus,
                               const tb_training_settings *s, int *file,
                               tb_error *error)
{
    *file = -1;
    if (!s->held_out_file[0])
        return TB_OK;
    *file = tb_corpus_index(corpus, s->held_out_file);
    if (*file >= 0)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "The file to hold out, '%s', is not among the sounds. Name "
                   "one of them.",
                   s->held_out_file);
}

static tb_status divide(const tb_corpus *corpus,
                        const tb_training_settings *settings,
                        const int64_t *frames, double sample_rate,
                        tb_holdout *holdout, tb_error *error)
{
    int whole;
    tb_status status = find_held_out(corpus, settings, &whole, error);
    if (status)
        return status;
    status = tb_holdout_make(frames, corpus->count, sample_rate,
                             settings->held_out, whole, holdout, error);
    if (!status && settings->only[0])
        status = tb_holdout_only(holdout, corpus, frames, sample_rate,
                                 settings->only, error);
    return status;
}

/* ---- what is there ---- */

/* What the decoder said when the sounds were decoded, in an earlier training.
 */
static void note_shorter(const tb_corpus_file *file, double seconds,
                         const tb_cache_watch *watch)
{
    char text[4600];
    double promised = tb_corpus_file_seconds(file);
    if (file->length != TB_LENGTH_PROMISED || seconds > 0.99 * promised ||
        !watch || !watch->note)
        return;
    snprintf(text, sizeof text,
             "'%s' ends after %.3g s of the %.3g s that its header promises.",
             file->path, seconds, promised);
    watch->note(watch->context, text);
}

/* From now on everything tells the lengths that were decoded. */
static void count_lengths(tb_data *d, const tb_cache_watch *watch)
{
    for (int i = 0; i < d->corpus->count; i++) {
        tb_corpus_file *file = &d->corpus->files[i];
        double seconds =
            (double)tb_cache_frames(d->cache, i) / d->format.sample_rate;
        if (tb_cache_was_there(d->cache))
            note_shorter(file, seconds, watch);
        file->frames = (int64_t)llrint(seconds * file->sample_rate);
        file->length = TB_LENGTH_COUNTED;
    }
}

static tb_status divide_cache(tb_data *d, const tb_training_settings *settings,
                              tb_error *error)
{
    int files = tb_cache_files(d->cache);
    int64_t *frames = tb_alloc_array((size_t)files, sizeof *frames);
    if (!frames)
        return tb_fail_memory(error);
    for (int i = 0; i < files; i++)
        frames[i] = tb_cache_frames(d->cache, i);
    tb_status status = divide(d->corpus, settings, frames,
                              d->format.sample_rate, &d->holdout, error);
    tb_free(frames);
    return status;
}

/* The first frame of a feed that begins in sound from `start` on. */
static int64_t frame_after(const tb_feed *f, int64_t start)
{
    int64_t j = tb_feed_frames(f, start);
    bool before = f->kind == TB_FEED_METHOD &&
                  j * f->symbols.per < start * f->symbols.frames;
    return j + before;
}

/* Regions of sound as those of a feed's own frames, whole ones: `*count` of
   them. The caller frees. */
static tb_region *regions_of(const tb_feed *f, const tb_region *sound,
                             int *count)
{
    tb_region *own = tb_alloc_array((size_t)*count, sizeof *own);
    int n = 0;
    for (int i = 0; own && i < *count; i++) {
        int64_t start = frame_after(f, sound[i].start);
        int64_t end = tb_feed_frames(f, sound[i].start + sound[i].frames);
        if (end > start || f->kind != TB_FEED_METHOD)
            own[n++] = (tb_region){sound[i].file, start, end - start};
    }
    *count = n;
    return own;
}

static tb_status make_tracks(const tb_cache *cache, const tb_feed *feed,
                             const tb_region *sound, int count,
                             const tb_tracks_settings *settings,
                             tb_tracks **tracks, tb_error *error)
{
    tb_region *own = regions_of(feed, sound, &count);
    if (!own)
        return tb_fail_memory(error);
    *tracks = tb_tracks_new(cache, own, count, settings, error);
    tb_free(own);
    return *tracks ? TB_OK : error->status;
}

/* All feeds fill the rows of one batch. */
static tb_status check_rows(tb_tracks *const *tracks, const tb_feed *feed,
                            int i, tb_error *error)
{
    int rows = tb_tracks_chosen(tracks[i])->batch;
    int first = tb_tracks_chosen(tracks[0])->batch;
    if (rows == first)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "The material is too short: '%s' divides into %d tracks and "
                   "the first feed into %d. Choose a batch that suits both: "
                   "--set batch=%d",
                   feed->name, rows, first, rows < first ? rows : first);
}

/* ---- labels ---- */

/* Pieces of so many are learned without their labels. */
static const double FORGET = 0.1;

static const tb_cache *cache_of_first(const tb_data *d)
{
    return d->encoded[0] ? d->encoded[0] : d->cache;
}

static tb_status make_labels(tb_data *d, const tb_feed *f, tb_error *error)
{
    const tb_cache *cache = cache_of_first(d);
    int files = tb_cache_files(cache);
    int64_t *frames = tb_alloc_array((size_t)files + 1, sizeof *frames);
    if (!frames)
        return tb_fail_memory(error);
    for (int i = 0; i < files; i++)
        frames[i] = tb_cache_frames(cache, i);
    d->labels = tb_label_map_new(d->corpus, f->labels, frames,
                                 tb_cache_sample_rate(cache), error);
    tb_free(frames);
    if (!d->labels)
        return error->status;
    tb_status status = tb_tracks_follow(d->tracks[0], d->labels, FORGET, error);
    if (!status && d->test_tracks[0])
        status = tb_tracks_follow(d->test_tracks[0], d->labels, 0, error);
    return status;
}

/* Appends to a text that may be full. */
static void say(char *text, size_t size, const char *format, ...)
{
    size_t n = strlen(text);
    va_list list;
    va_start(list, format);
    vsnprintf(text + n, size - n, format, list);
    va_end(list);
}

void tb_data_say_labels(const tb_data *d, const char *names, char *text,
                        size_t size)
{
    char name[64];
    double rate = tb_cache_sample_rate(cache_of_first(d));
    *text = 0;
    for (int i = 1; tb_name_list_at(names, i, name, sizeof name); i++) {
        int n = tb_label_map_stretches(d->labels, i);
        say(text, size, "%s%s %.3g s in %d %s", i > 1 ? ", " : "", name,
            (double)tb_label_map_frames(d->labels, i) / rate, n,
            tb_plural(n, "stretch", "stretches"));
    }
    say(text, size, "; %.3g s have no label",
        (double)tb_label_map_frames(d->labels, 0) / rate);
}

static void add_regions(tb_hash *hash, const tb_region *at, int count)
{
    for (int i = 0; i < count; i++) {
        const int64_t region[] = {at[i].file, at[i].start, at[i].frames};
        tb_hash_add(hash, region, sizeof region);
    }
}

static uint64_t hash_heard(const tb_data *d)
{
    tb_hash hash;
    uint64_t labels = d->labels ? tb_label_map_hash(d->labels) : 0;
    tb_hash_init(&hash, 0);
    add_regions(&hash, d->holdout.training, d->holdout.training_count);
    add_regions(&hash, d->holdout.held_out, d->holdout.held_out_count);
    tb_hash_add(&hash, &labels, sizeof labels);
    return tb_hash_get(&hash);
}

/* ---- feeds ---- */

static tb_status make_feed(tb_data *d, const tb_training_settings *settings,
                           const tb_learning *learning, int i,
                           const tb_cache_watch *watch, tb_error *error)
{
    double rate = d->format.sample_rate;
    const tb_holdout *h = &d->holdout;
    const tb_feed *f = &learning->feed[i];
    if (f->kind == TB_FEED_LABELS)
        return make_labels(d, f, error);
    const tb_cache *cache = d->cache;
    tb_tracks_settings s = tb_data_tracks(settings, rate, learning, i, false);
    if (f->kind == TB_FEED_METHOD) {
        cache = d->encoded[i] =
            tb_encoded_open(f, d->cache, d->corpus, watch, error);
        if (!cache)
            return error->status;
    }
    tb_status status = make_tracks(cache, f, h->training, h->training_count, &s,
                                   &d->tracks[i], error);
    if (!status)
        status = check_rows(d->tracks, f, i, error);
    if (status || h->held_out_count == 0)
        return status;
    s = tb_data_tracks(settings, rate, learning, i, true);
    status = make_tracks(cache, f, h->held_out, h->held_out_count, &s,
                         &d->test_tracks[i], error);
    return status ? status : check_rows(d->test_tracks, f, i, error);
}

tb_status tb_data_open(const char *const *paths, int count,
                       const tb_training_settings *settings,
                       const tb_sound_format *format,
                       const tb_learning *learning, const tb_cache_watch *watch,
                       tb_data *d, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    *d = (tb_data){.format = *format, .feeds = learning->feed_count};
    tb_status status = tb_corpus_find(paths, count, &d->corpus, error);
    if (status)
        return status;
    const tb_cache_settings cache = {.sample_rate = format->sample_rate,
                                     .channels = format->channels,
                                     .half = true,
                                     .dc = (tb_dc)settings->dc,
                                     .normalise =
                                         (tb_normalise)settings->normalise};
    d->cache = tb_cache_open(d->corpus, &cache, watch, error);
    if (!d->cache)
        return error->status;
    count_lengths(d, watch);
    status = divide_cache(d, settings, error);
    if (!status)
        status = tb_data_measure_level(d, &d->level, error);
    for (int i = 0; i < d->feeds && !status; i++)
        status = make_feed(d, settings, learning, i, watch, error);
    if (!status && (settings->only[0] || d->labels))
        d->heard = hash_heard(d);
    if (!status && learning->metric_count > 0)
        status = tb_yard_of_corpus(&learning->metric[0], d->cache, &d->holdout,
                                   ENTROPY_FRAMES, &d->yard, error);
    return status;
}

tb_status tb_data_seek(const tb_data *d, bool test, tb_tracks_place place,
                       tb_error *error)
{
    tb_tracks *const *tracks = test ? d->test_tracks : d->tracks;
    tb_status status = TB_OK;
    for (int i = 0; i < d->feeds && !status; i++)
        if (tracks[i])
            status = tb_tracks_seek(tracks[i], place, error);
    return status;
}

void tb_data_clear(tb_data *d)
{
    tb_label_map_free(d->labels);
    for (int i = 0; i < TB_MOST_FEEDS; i++) {
        tb_tracks_free(d->tracks[i]);
        tb_tracks_free(d->test_tracks[i]);
        tb_cache_close(d->encoded[i]);
    }
    tb_holdout_clear(&d->holdout);
    tb_known_level_clear(&d->level);
    tb_cache_close(d->cache);
    tb_corpus_free(d->corpus);
    *d = (tb_data){0};
}

/* ---- what is to be expected ---- */

static tb_status expect_tracks(const tb_feed *feed, const tb_region *sound,
                               int count, const tb_tracks_settings *settings,
                               double sample_rate, tb_tracks_choice *choice,
                               tb_error *error)
{
    tb_tracks_plan plan;
    tb_region *own = regions_of(feed, sound, &count);
    if (!own)
        return tb_fail_memory(error);
    if (feed->kind == TB_FEED_METHOD)
        sample_rate *= (double)feed->symbols.frames / (double)feed->symbols.per;
    tb_status status =
        tb_tracks_plan_init(&plan, own, count, sample_rate, settings, error);
    *choice = plan.choice;
    tb_tracks_plan_clear(&plan);
    tb_free(own);
    return status;
}

static tb_status expect(const tb_holdout *h, const tb_training_settings *s,
                        double rate, const tb_learning *learning,
                        tb_data_estimate *e, tb_error *error)
{
    tb_tracks_choice choice;
    tb_tracks_settings tracks = tb_data_tracks(s, rate, learning, 0, false);
    tb_status status =
        expect_tracks(&learning->feed[0], h->training, h->training_count,
                      &tracks, rate, &choice, error);
    e->batch = choice.batch;
    e->steps = choice.steps;
    memcpy(e->sentence, choice.sentence, sizeof e->sentence);
    if (status || h->held_out_count == 0)
        return status;
    tracks = tb_data_tracks(s, rate, learning, 0, true);
    status = expect_tracks(&learning->feed[0], h->held_out, h->held_out_count,
                           &tracks, rate, &choice, error);
    e->test_batch = choice.batch;
    e->test_steps = choice.steps;
    return status;
}

tb_status tb_data_expect(const tb_corpus *corpus,
                         const tb_training_settings *settings,
                         const tb_sound_format *format,
                         const tb_learning *learning, tb_data_estimate *e,
                         tb_error *error)
{
    double rate = format->sample_rate;
    tb_holdout holdout = {0};
    int64_t *frames = tb_alloc_array((size_t)corpus->count, sizeof *frames);
    *e = (tb_data_estimate){0};
    if (!frames)
        return tb_fail_memory(error);
    for (int i = 0; i < corpus->count; i++) {
        double seconds = tb_corpus_file_seconds(&corpus->files[i]);
        frames[i] = (int64_t)llrint(seconds * rate);
        e->seconds += seconds;
    }
    tb_status status = divide(corpus, settings, frames, rate, &holdout, error);
    e->test_seconds = (double)holdout.held_out_frames / rate;
    if (!status)
        status = expect(&holdout, settings, rate, learning, e, error);
    tb_holdout_clear(&holdout);
    tb_free(frames);
    return status;
}
