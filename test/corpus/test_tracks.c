#include "base/random.h"
#include "corpus/tracks.h"
#include "sounds.h"
#include "tap.h"

enum { RATE = 8000, MOST_FILES = 12 };
static tb_error error;

/* Every sample tells its file and frame, exactly. Frame 0 of file 0 is 1. */
static float place_at(void *context, int frame, int channel)
{
    int *file = context;
    (void)channel;
    return (float)(frame + 1 + *file * 200000) / (1 << 22);
}

static int file_of(float x)
{
    return (int)(x * (1 << 22) - 1) / 200000;
}

static int frame_of(float x)
{
    return (int)(x * (1 << 22) - 1) % 200000;
}

/* A corpus of files of these lengths, in frames, open as a cache. */
static tb_cache *make_cache(const char *folder, const int *frames, int files)
{
    static const tb_cache_settings plain = {.sample_rate = RATE, .channels = 1};
    char name[64];
    tb_corpus *corpus;
    mkdir(in_folder(folder), 0777);
    for (int i = 0; i < files; i++) {
        snprintf(name, sizeof name, "%s/%02d.wav", folder, i);
        write_wav(in_folder(name), RATE, 1, frames[i], place_at, &i);
    }
    const char *paths[] = {in_folder(folder)};
    if (tb_corpus_find(paths, 1, &corpus, &error))
        abort();
    tb_cache *cache = tb_cache_open(corpus, &plain, NULL, &error);
    tb_corpus_free(corpus);
    if (!cache)
        abort();
    return cache;
}

static int whole_files(const tb_cache *cache, tb_region *regions)
{
    int files = tb_cache_files(cache);
    for (int i = 0; i < files; i++)
        regions[i] = (tb_region){i, 0, tb_cache_frames(cache, i)};
    return files;
}

/* All batches of some epochs, one after another. */
typedef struct heard {
    tb_tracks_choice choice;
    int row_frames;
    int64_t steps;
    float *frames; /* [steps, batch, row_frames] */
    bool *reset;   /* [steps, batch] */
} heard;

static heard listen(tb_tracks *tracks, const tb_tracks_settings *s, int epochs)
{
    heard h = {.choice = *tb_tracks_chosen(tracks)};
    h.row_frames = s->context + s->window;
    h.steps = h.choice.steps * epochs;
    size_t rows = (size_t)(h.steps * h.choice.batch);
    h.frames = calloc(rows * (size_t)h.row_frames, sizeof *h.frames);
    h.reset = calloc(rows, sizeof *h.reset);
    for (int64_t i = 0; i < h.steps; i++)
        if (tb_tracks_next(tracks, h.frames + i * h.choice.batch * h.row_frames,
                           h.reset + i * h.choice.batch, &error))
            abort();
    return h;
}

static void forget(heard *h)
{
    free(h->frames);
    free(h->reset);
}

static const float *row_of(const heard *h, int64_t step, int row)
{
    return h->frames + (step * h->choice.batch + row) * h->row_frames;
}

/* One row of one step: consecutive frames of one region, with what stands
   before them or silence; going on from the step before unless reset. */
static bool row_is_right(const heard *h, const tb_tracks_settings *s,
                         const tb_region *regions, int64_t step, int row)
{
    const float *x = row_of(h, step, row), *window = x + s->context;
    int file = file_of(window[0]), frame = frame_of(window[0]);
    const tb_region *r = NULL;
    for (int i = 0; i < MOST_FILES; i++)
        if (regions[i].file == file && regions[i].frames > 0 &&
            frame >= regions[i].start &&
            frame < regions[i].start + regions[i].frames)
            r = &regions[i];
    if (!r)
        return false;
    for (int i = 0; i < h->row_frames; i++) {
        int64_t at = frame + i - s->context;
        bool inside = at >= r->start && at < r->start + r->frames;
        if (x[i] != (inside ? place_at(&file, (int)at, 0) : 0))
            return false;
    }
    bool reset = h->reset[step * h->choice.batch + row];
    bool first = step % h->choice.steps == 0;
    if (reset || first)
        return reset;
    return row_of(h, step - 1, row)[h->row_frames - 1] ==
           place_at(&file, frame - 1, 0);
}

static void check_rows(const heard *h, const tb_tracks_settings *s,
                       const tb_region *regions)
{
    int64_t wrong = 0;
    for (int64_t step = 0; step < h->steps; step++)
        for (int row = 0; row < h->choice.batch; row++)
            wrong += !row_is_right(h, s, regions, step, row);
    EQ(wrong, 0);
}

/* How many of the frames of the regions were heard at least once. */
static double coverage(const heard *h, const tb_tracks_settings *s,
                       const tb_region *regions, int count)
{
    static char seen[MOST_FILES][200000];
    int64_t all = 0, met = 0;
    memset(seen, 0, sizeof seen);
    for (int64_t i = 0; i < h->steps * h->choice.batch; i++)
        for (int k = s->context; k < h->row_frames; k++) {
            float x = h->frames[i * h->row_frames + k];
            if (x != 0)
                seen[file_of(x)][frame_of(x)] = 1;
        }
    for (int i = 0; i < count; i++)
        for (int64_t k = 0; k < regions[i].frames; k++, all++)
            met += seen[regions[i].file][regions[i].start + k];
    return (double)met / (double)all;
}

static const int ten_files[] = {40000, 8000, 12345, 700,   24000,
                                3000,  9999, 16000, 20001, 5000};

static void test_ten_files(void)
{
    tb_region regions[MOST_FILES] = {{0}};
    tb_cache *cache = make_cache("ten", ten_files, 10);
    int count = whole_files(cache, regions);
    tb_tracks_settings s = {.batch = 4,
                            .window = 256,
                            .context = 64,
                            .piece = 2048,
                            .oversampling = 1,
                            .seed = 1};
    tb_tracks *tracks = tb_tracks_new(cache, regions, count, &s, &error);
    heard h = listen(tracks, &s, 3);
    EQ(h.choice.batch, 4);
    EQ(h.choice.piece, 2048);
    OK(h.choice.is_wanted);
    check_rows(&h, &s, regions);
    OK(coverage(&h, &s, regions, count) > 0.97);
    tb_tracks_place place = tb_tracks_position(tracks);
    EQ(place.epoch, 3);
    EQ(place.step, 0);
    int64_t epoch = h.choice.steps;
    OK(memcmp(row_of(&h, 0, 0), row_of(&h, epoch, 0),
              sizeof(float) * (size_t)h.row_frames) != 0);
    heard one = h;
    one.steps = epoch;
    OK(coverage(&one, &s, regions, count) > 0.85);
    forget(&h);
    tb_tracks_free(tracks);
    tb_cache_close(cache);
}

/* Of one epoch. */
static void check_even(const int *frames, int files, int batch, int piece,
                       int tracks_left)
{
    tb_region regions[MOST_FILES] = {{0}};
    tb_cache *cache = make_cache(files == 1 ? "one" : "ten", frames, files);
    int count = whole_files(cache, regions);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        tb_tracks_settings s = {.batch = batch,
                                .window = 256,
                                .context = 64,
                                .piece = piece,
                                .oversampling = 1,
                                .even = true,
                                .seed = seed};
        tb_tracks *tracks = tb_tracks_new(cache, regions, count, &s, &error);
        heard h = listen(tracks, &s, 1);
        double part = coverage(&h, &s, regions, count);
        EQ(h.choice.batch, tracks_left);
        OK(h.choice.piece <= piece && h.choice.piece >= 4 * s.window);
        OK(part > 0.96);
        if (part <= 0.96)
            printf("# %d files on %d tracks, seed %d: %.3f\n", files, batch,
                   (int)seed, part);
        check_rows(&h, &s, regions);
        forget(&h);
        tb_tracks_free(tracks);
    }
    tb_cache_close(cache);
}

static void test_even(void)
{
    static const int one_file[] = {190000}, short_file[] = {6000};
    check_even(one_file, 1, 16, 64000, 16);
    check_even(one_file, 1, 8, 64000, 8);
    check_even(one_file, 1, 16, 6000, 16);
    check_even(one_file, 1, 5, 20000, 5);
    check_even(ten_files, 10, 16, 64000, 16);
    check_even(ten_files, 10, 4, 2048, 4);
    check_even(short_file, 1, 16, 64000, 6);
}

/* Goes to every step of two epochs, in an order of chance. */
static void check_seek(const tb_cache *cache, const tb_region *regions,
                       int count, const tb_tracks_settings *s)
{
    tb_tracks *tracks = tb_tracks_new(cache, regions, count, s, &error);
    heard h = listen(tracks, s, 2);
    size_t row = (size_t)h.row_frames, batch = (size_t)h.choice.batch;
    float *frames = calloc(batch * row, sizeof *frames);
    bool reset[64];
    tb_rng rng = {7, 0};
    int wrong = 0;
    tb_tracks_free(tracks);
    tracks = tb_tracks_new(cache, regions, count, s, &error);
    for (int i = 0; i < 60; i++) {
        int64_t step = (int64_t)tb_rng_below(&rng, (uint64_t)h.steps);
        tb_tracks_place place = {step / h.choice.steps, step % h.choice.steps};
        for (int more = 0; more < 3 && step < h.steps; more++, step++) {
            if (more == 0)
                wrong += tb_tracks_seek(tracks, place, &error) != TB_OK;
            tb_tracks_next(tracks, frames, reset, &error);
            wrong += memcmp(frames, row_of(&h, step, 0),
                            batch * row * sizeof *frames) != 0;
            wrong += memcmp(reset, h.reset + (size_t)step * batch, batch) != 0;
        }
    }
    EQ(wrong, 0);
    tb_tracks_place beyond = {0, h.choice.steps};
    EQ(tb_tracks_seek(tracks, beyond, &error), TB_ERR_ARGUMENT);
    free(frames);
    forget(&h);
    tb_tracks_free(tracks);
}

static void test_seek(void)
{
    tb_region regions[MOST_FILES] = {{0}};
    tb_cache *cache = make_cache("ten", ten_files, 10);
    int count = whole_files(cache, regions);
    tb_tracks_settings s = {.batch = 8,
                            .window = 256,
                            .context = 64,
                            .piece = 2048,
                            .oversampling = 2,
                            .seed = 1};
    check_seek(cache, regions, count, &s);
    s.join_files = true;
    check_seek(cache, regions, count, &s);
    s.augment = (tb_augment_settings){.gain_db = 3,
                                      .semitones = 2,
                                      .reverse = 0.3,
                                      .mix = 0.3,
                                      .mix_level = 0.2,
                                      .noise = 0.01};
    check_seek(cache, regions, count, &s);
    tb_cache_close(cache);
}

static void test_seeds(void)
{
    tb_region regions[MOST_FILES] = {{0}};
    tb_cache *cache = make_cache("ten", ten_files, 10);
    int count = whole_files(cache, regions);
    heard h[3];
    for (int i = 0; i < 3; i++) {
        tb_tracks_settings s = {.batch = 8,
                                .window = 256,
                                .piece = 2048,
                                .oversampling = 2,
                                .seed = i < 2 ? 1 : 2};
        tb_tracks *tracks = tb_tracks_new(cache, regions, count, &s, &error);
        h[i] = listen(tracks, &s, 1);
        check_rows(&h[i], &s, regions);
        tb_tracks_free(tracks);
    }
    size_t bytes =
        sizeof(float) * (size_t)(h[0].steps * h[0].choice.batch * 256);
    EQ(memcmp(h[0].frames, h[1].frames, bytes), 0);
    OK(memcmp(h[0].frames, h[2].frames, bytes) != 0);
    for (int i = 0; i < 3; i++)
        forget(&h[i]);
    tb_cache_close(cache);
}

/* One second is enough, whatever is asked for. */
static void test_one_second(void)
{
    static const int frames[] = {RATE}, tiny[] = {300};
    tb_region regions[MOST_FILES] = {{0}};
    tb_cache *cache = make_cache("one", frames, 1);
    int count = whole_files(cache, regions);
    tb_tracks_settings s = {.batch = 32,
                            .window = 1024,
                            .context = 256,
                            .piece = 64000,
                            .oversampling = 1,
                            .seed = 3};
    tb_tracks *tracks = tb_tracks_new(cache, regions, count, &s, &error);
    heard h = listen(tracks, &s, 5);
    OK(h.choice.steps >= 1);
    OK(h.choice.batch < 32 && h.choice.batch >= 1);
    OK(!h.choice.is_wanted);
    SAME_TEXT(h.choice.sentence,
              "The material is short (1 s): 2 parallel tracks of 0.512 s "
              "instead of 32 of 8 s, 4 steps per epoch.");
    check_rows(&h, &s, regions);
    OK(coverage(&h, &s, regions, count) > 0.9);
    forget(&h);
    tb_tracks_free(tracks);
    tb_cache_close(cache);
    cache = make_cache("tiny", tiny, 1);
    count = whole_files(cache, regions);
    for (s.window = 256; s.window <= 4096; s.window *= 2) {
        tracks = tb_tracks_new(cache, regions, count, &s, &error);
        h = listen(tracks, &s, 2);
        OK(h.choice.steps >= 1);
        check_rows(&h, &s, regions);
        forget(&h);
        tb_tracks_free(tracks);
    }
    tb_cache_close(cache);
}

/* What is held out is never heard, not even as context. */
static void test_regions(void)
{
    tb_cache *cache = make_cache("ten", ten_files, 10);
    tb_region regions[MOST_FILES] = {
        {0, 1000, 5000}, {0, 20000, 8000}, {4, 300, 15000}, {7, 8000, 8000}};
    tb_tracks_settings s = {.batch = 3,
                            .window = 256,
                            .context = 512,
                            .piece = 2048,
                            .oversampling = 1,
                            .seed = 1};
    tb_tracks *tracks = tb_tracks_new(cache, regions, 4, &s, &error);
    heard h = listen(tracks, &s, 4);
    check_rows(&h, &s, regions);
    OK(coverage(&h, &s, regions, 4) > 0.97);
    forget(&h);
    s.augment = (tb_augment_settings){.reverse = 0.5};
    tb_tracks_free(tracks);
    tracks = tb_tracks_new(cache, regions, 4, &s, &error);
    h = listen(tracks, &s, 4);
    int outside = 0;
    for (int64_t i = 0; i < h.steps * h.choice.batch * h.row_frames; i++) {
        int file = file_of(h.frames[i]), frame = frame_of(h.frames[i]);
        bool inside = h.frames[i] == 0;
        for (int k = 0; k < 4; k++)
            inside |= regions[k].file == file && frame >= regions[k].start &&
                      frame < regions[k].start + regions[k].frames;
        outside += !inside;
    }
    EQ(outside, 0);
    forget(&h);
    tb_tracks_free(tracks);
    tb_cache_close(cache);
}

/* Many short files: joined, they make pieces that are longer than any. */
static void test_join(void)
{
    static const int frames[] = {900, 500, 100, 800, 30, 1, 700, 600, 90, 2000};
    tb_region regions[MOST_FILES] = {{0}};
    tb_cache *cache = make_cache("short", frames, 10);
    int count = whole_files(cache, regions);
    tb_tracks_settings s = {.batch = 2,
                            .window = 256,
                            .piece = 2560,
                            .oversampling = 1,
                            .join_files = true,
                            .seed = 1};
    tb_tracks *tracks = tb_tracks_new(cache, regions, count, &s, &error);
    heard h = listen(tracks, &s, 2);
    EQ(h.choice.batch, 2);
    int wrong = 0;
    for (int64_t i = 0; i < h.steps * h.choice.batch; i++)
        for (int k = 1; k < 256; k++) {
            float a = h.frames[i * 256 + k - 1], b = h.frames[i * 256 + k];
            int file = file_of(a), frame = frame_of(a) + 1;
            if (frame == frames[file]) {
                frame = 0;
                file++;
            }
            wrong += b != place_at(&file, frame, 0);
        }
    EQ(wrong, 0);
    OK(coverage(&h, &s, regions, count) > 0.9);
    forget(&h);
    tb_tracks_free(tracks);
    tb_cache_close(cache);
}

/* Windows on their own: every row starts anew. */
static void test_single_windows(void)
{
    tb_region regions[MOST_FILES] = {{0}};
    tb_cache *cache = make_cache("ten", ten_files, 10);
    int count = whole_files(cache, regions);
    tb_tracks_settings s = {.batch = 16, .window = 512, .oversampling = 1};
    tb_tracks *tracks = tb_tracks_new(cache, regions, count, &s, &error);
    heard h = listen(tracks, &s, 1);
    EQ(h.choice.piece, 512);
    check_rows(&h, &s, regions);
    int carried = 0;
    for (int64_t i = 0; i < h.steps * h.choice.batch; i++)
        carried += !h.reset[i];
    EQ(carried, 0);
    forget(&h);
    tb_tracks_free(tracks);
    tb_cache_close(cache);
}

static void test_refusals(void)
{
    tb_region regions[MOST_FILES] = {{0}};
    tb_cache *cache = make_cache("ten", ten_files, 10);
    tb_tracks_settings s = {.batch = 16, .window = 512, .oversampling = 1};
    OK(tb_tracks_new(cache, regions, 1, &s, &error) == NULL);
    OK(strstr(error.text, "no sound"));
    int count = whole_files(cache, regions);
    s.window = 0;
    OK(tb_tracks_new(cache, regions, count, &s, &error) == NULL);
    EQ(error.status, TB_ERR_ARGUMENT);
    tb_cache_close(cache);
}

int main(void)
{
    enter_folder();
    test_ten_files();
    test_even();
    test_seek();
    test_seeds();
    test_one_second();
    test_regions();
    test_join();
    test_single_windows();
    test_refusals();
    return tap_done();
}
