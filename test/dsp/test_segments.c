/* Pieces joined where it is known, and what finds the joins. */
#include "dsp/novelty.h"
#include "dsp/segments.h"

#include "base/paths.h"
#include "material.h"
#include "tap.h"

#define WESNOTH "/usr/share/games/wesnoth/1.16/data/core/music/"

enum {
    RATE = 22050,
    MOST = 16,
    SET = TB_FEATURE_TIMBRE | TB_FEATURE_HARMONY | TB_FEATURE_LOUDNESS
};

static void test_novelty(void)
{
    float rows[60 * 2], novelty[60];
    tb_error error;
    for (int i = 0; i < 60; i++) {
        rows[2 * i] = i < 30 ? 3 : -0.5f;
        rows[2 * i + 1] = 0;
    }
    OK(tb_novelty(rows, 60, 2, 8, novelty, &error) == TB_OK);
    NEAR(novelty[30], 1, 1e-6);
    NEAR(novelty[15], 0, 1e-6);
    OK(novelty[29] < 0.99 && novelty[29] > 0.5);
    NEAR(novelty[0], 0, 1e-6);
    int64_t peaks[61];
    EQ(tb_novelty_peaks(novelty, 60, 4, 0.2, peaks), 1);
    EQ(peaks[0], 30);
    EQ(tb_novelty_peaks(novelty, 60, 40, 0.2, peaks), 0);
    EQ(tb_novelty_peaks(novelty, 60, 4, 1.5, peaks), 0);
    EQ(tb_novelty_peaks(novelty, 1, 4, 0, peaks), 0);
}

/* Joins within half a second, as an F-measure. */
static double measure(const clip *sound, const double *joins, int count)
{
    static const tb_segments_options options = {.sensitivity = 0.5};
    tb_error error;
    tb_segments found;
    tb_features *f = tb_features_new(RATE, SET, &error);
    if (!f || tb_features_feed(f, sound->x, sound->n, &error) ||
        tb_features_finish(f, &error))
        exit(1);
    tb_feature_rows rows = tb_features_rows(f);
    if (tb_segments_find(&rows, SET, RATE, &options, &found, &error))
        exit(1);
    int hits = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < found.count; k++)
            if (fabs((double)found.at[k] / RATE - joins[i]) < 0.5) {
                hits++;
                break;
            }
    double of = count + found.count;
    fprintf(stderr, "# %d joins, %d found, %d of them right: F %.2f\n", count,
            found.count, hits, 2 * hits / of);
    tb_segments_clear(&found);
    tb_features_free(f);
    return 2 * hits / of;
}

/* Each for some seconds, over and over where it is shorter. */
static double join(const char *const *paths, double seconds, double from)
{
    clip all = clip_new(MOST * seconds, RATE);
    double joins[MOST];
    int count = 0;
    int64_t at = 0, n = (int64_t)(seconds * RATE);
    int64_t skip = (int64_t)(from * RATE);
    for (; paths[count] && count < MOST; count++) {
        clip one = recording_at(paths[count], RATE);
        for (int64_t i = 0; i < n; i++)
            all.x[at++] = one.x[(skip + i) % one.n];
        joins[count] = (double)at / RATE;
        clip_free(&one);
    }
    all.n = at;
    double f = measure(&all, joins, count - 1);
    clip_free(&all);
    return f;
}

static void test_recordings(void)
{
    static const char *const names[] = {"ambi_choir",     "loop_mika",
                                        "guit_harmonics", "vinyl_hiss",
                                        "ambi_piano",     "loop_breakbeat"};
    const char *paths[7] = {0};
    char text[6][1024];
    const char *folder = getenv("TIMBREL_SOUNDS");
    for (int i = 0; i < 6; i++) {
        snprintf(text[i], sizeof text[i], "%s/%s.flac",
                 folder ? folder : "sounds", names[i]);
        paths[i] = text[i];
    }
    OK(join(paths, 8, 0) >= 0.9);
    OK(join(paths, 5, 0) >= 0.8);
}

static void test_music(void)
{
    static const char *const paths[] = {
        WESNOTH "battle.ogg", WESNOTH "elvish-theme.ogg",
        WESNOTH "love_theme.ogg", WESNOTH "knolls.ogg", NULL};
    if (tb_exists(paths[0]) && tb_exists(paths[1]) && tb_exists(paths[2]) &&
        tb_exists(paths[3]))
        join(paths, 25, 10);
}

int main(void)
{
    test_novelty();
    test_recordings();
    test_music();
    return tap_done();
}
