/* Which label each frame has, and that tracks tell it whatever is done to the
   sound. */
#include "base/name_list.h"
#include "corpus/label_map.h"
#include "corpus/tracks.h"
#include "sounds.h"
#include "tap.h"

enum { RATE = 1000, FRAMES = 8000 };
static tb_error error;

/* Every sample tells its frame. */
static float place_at(void *context, int frame, int channel)
{
    (void)context, (void)channel;
    return (float)(frame + 1) / 16384;
}

static tb_corpus *make_corpus(void)
{
    tb_corpus *corpus;
    mkdir(in_folder("in"), 0777);
    write_wav(in_folder("in/a.wav"), RATE, 1, FRAMES, place_at, NULL);
    write_wav(in_folder("in/b.wav"), RATE, 1, FRAMES, place_at, NULL);
    write_text(in_folder("in/a.txt"),
               "0\t3\tlow\n1\t2\thigh tone\n6\t6\tlow\n");
    write_text(in_folder("in/a.clusters.txt"), "0\t8\tother\n1.5\t4\tlow\n");
    const char *paths[] = {in_folder("in")};
    if (tb_corpus_find(paths, 1, &corpus, &error))
        abort();
    return corpus;
}

/* As the files above say: the one that began last. */
static int wanted(int64_t frame)
{
    if (frame >= 1500 && frame < 4000)
        return 1;
    if (frame >= 1000 && frame < 2000)
        return 2;
    return frame < 3000 || frame >= 6000 ? 1 : 0;
}

static tb_label_map *map_of(const tb_corpus *corpus, const char *names)
{
    const int64_t frames[] = {FRAMES, FRAMES};
    return tb_label_map_new(corpus, names, frames, RATE, &error);
}

static void check_map(const tb_corpus *corpus)
{
    char name[32];
    tb_label_map *map = map_of(corpus, "low, high tone");
    int wrong = 0;
    for (int64_t i = 0; i < FRAMES; i++)
        wrong += tb_label_map_at(map, 0, i) != wanted(i);
    EQ(wrong, 0);
    EQ(tb_label_map_at(map, 1, 100), 0);
    EQ(tb_label_map_frames(map, 2), 1000);
    EQ(tb_label_map_stretches(map, 1), 3);
    EQ(tb_label_map_frames(map, 0), FRAMES + 2000);
    tb_label_map *less = map_of(corpus, "low");
    OK(tb_label_map_hash(map) != tb_label_map_hash(less));
    EQ(tb_label_map_at(less, 0, 1200), 1);
    tb_label_map_free(less);
    tb_label_map_free(map);
    OK(!map_of(corpus, "nothing"));
    OK(strstr(error.text, "'nothing'"));
    OK(tb_name_list_at("low, high tone", 2, name, sizeof name));
    SAME_TEXT(name, "high tone");
    OK(!tb_name_list_at("low, high tone", 3, name, sizeof name));
    OK(!tb_name_list_at("low, ,high", 2, name, sizeof name));
    OK(tb_name_list_at("low, ,high", 3, name, 4));
    SAME_TEXT(name, "hig");
    EQ(tb_name_list_count("low, ,high,"), 3);
    EQ(tb_name_list_count(""), 0);
}

static void check_names(const tb_corpus *corpus)
{
    char names[64];
    OK(tb_label_names_all(corpus, 3, names, sizeof names, &error) == TB_OK);
    SAME_TEXT(names, "high tone,low,other");
    OK(tb_label_names_all(corpus, 2, names, sizeof names, &error) ==
       TB_ERR_ARGUMENT);
    OK(strstr(error.text, "3 different labels"));
}

/* Each frame that is heard comes with its label; forgotten pieces have none. */
static void check_tracks(const tb_corpus *corpus, double forget, double reverse)
{
    static const tb_cache_settings plain = {.sample_rate = RATE, .channels = 1};
    enum { WINDOW = 100, CONTEXT = 30, STEPS = 60 };
    const tb_tracks_settings s = {.batch = 2,
                                  .window = WINDOW,
                                  .context = CONTEXT,
                                  .piece = 500,
                                  .oversampling = 1,
                                  .seed = 3,
                                  .augment = {.reverse = reverse}};
    const tb_region region = {0, 500, FRAMES - 500};
    tb_cache *cache = tb_cache_open(corpus, &plain, NULL, &error);
    tb_label_map *map = map_of(corpus, "low,high tone");
    tb_tracks *t = tb_tracks_new(cache, &region, 1, &s, &error);
    float x[2 * (CONTEXT + WINDOW)];
    bool reset[2];
    int wrong = 0, none = 0, some = 0;
    OK(t && tb_tracks_follow(t, map, forget, &error) == TB_OK);
    for (int step = 0; step < STEPS; step++) {
        OK(tb_tracks_next(t, x, reset, &error) == TB_OK);
        const int32_t *label = tb_tracks_labels(t);
        for (int i = 0; i < 2 * (CONTEXT + WINDOW); i++) {
            double heard = x[i] * 16384;
            int is = heard > 0.5 ? wanted((int64_t)llrint(heard) - 1) : 0;
            none += label[i] == 0 && is != 0;
            some += label[i] != 0;
            wrong += label[i] != 0 && label[i] != is;
        }
    }
    EQ(wrong, 0);
    OK(some > 0);
    OK(forget > 0 ? none > some / 10 : none == 0);
    tb_tracks_free(t);
    tb_label_map_free(map);
    tb_cache_close(cache);
}

int main(void)
{
    enter_folder();
    tb_corpus *corpus = make_corpus();
    check_map(corpus);
    check_names(corpus);
    check_tracks(corpus, 0, 0);
    check_tracks(corpus, 0, 1);
    check_tracks(corpus, 0, 0.5);
    check_tracks(corpus, 0.4, 0);
    tb_corpus_free(corpus);
    return tap_done();
}
