#include "corpus/tracks.h"
#include "base/memory.h"
#include "base/random.h"
#include "corpus/tracks_plan.h"
#include <math.h>
#include <string.h>

struct tb_tracks {
    const tb_cache *cache;
    tb_region *regions;
    int64_t *ends; /* [regions]: where each ends within its span */
    tb_tracks_plan plan;
    tb_tracks_place place;
    int32_t *turns; /* [batch]: the turn that each row is in */
    tb_augmenter *augmenter;
    const tb_label_map *map; /* null: none is followed */
    double forget;
    int32_t *labels; /* [batch, context + window] */
};

/* One span as material. */
typedef struct span_reader {
    const tb_tracks *tracks;
    const tb_stretch *span;
    int64_t start; /* frame 0 of the material */
} span_reader;

/* The region of the span that holds this frame, or the last one. */
static int region_at(const tb_tracks *t, const tb_stretch *span, int64_t frame)
{
    int low = span->first, high = span->first + span->count - 1;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (frame < t->ends[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void read_span(void *context, int64_t start, int64_t frames, float *out)
{
    const span_reader *reader = context;
    const tb_tracks *t = reader->tracks;
    const tb_stretch *span = reader->span;
    int channels = tb_cache_channels(t->cache);
    int64_t at = reader->start + start, end = at + frames;
    while (at < end) {
        int64_t n = end - at;
        if (at < 0 || at >= span->frames) {
            n = at < 0 && -at < n ? -at : n;
            memset(out, 0, (size_t)(n * channels) * sizeof *out);
        } else {
            int i = region_at(t, span, at);
            const tb_region *region = &t->regions[i];
            int64_t left = t->ends[i] - at;
            n = left < n ? left : n;
            tb_cache_read(t->cache, region->file,
                          region->start + region->frames - left, n, out);
        }
        at += n;
        out += n * channels;
    }
}

/* ---- labels ---- */

/* Tells our draws from other users of the same seed. */
enum { NODE_FORGET = 0x74726b11 };

static int label_at(const tb_tracks *t, const tb_stretch *span, int64_t frame)
{
    if (frame < 0 || frame >= span->frames)
        return 0;
    int i = region_at(t, span, frame);
    const tb_region *region = &t->regions[i];
    return tb_label_map_at(t->map, region->file,
                           region->start + region->frames -
                               (t->ends[i] - frame));
}

/* The frames of material that tb_augmenter_read hears, each by its label. */
static void read_labels(const tb_tracks *t, const tb_turn *turn,
                        const tb_augment *draw, int64_t start, int64_t length,
                        int64_t at, int32_t *out)
{
    const tb_tracks_settings *s = &t->plan.settings;
    const tb_stretch *span = &t->plan.spans[turn->span];
    bool forgotten = (double)tb_uniform(s->seed, NODE_FORGET, t->place.epoch,
                                        turn->number, 0) < t->forget;
    for (int64_t j = 0; j < s->context + s->window; j++) {
        int64_t heard = draw->reversed ? length - 1 - (at + j) : at + j;
        int64_t frame = start + (int64_t)floor((double)heard * draw->speed);
        out[j] = forgotten ? 0 : label_at(t, span, frame);
    }
}

tb_status tb_tracks_follow(tb_tracks *t, const tb_label_map *map, double forget,
                           tb_error *error)
{
    const tb_tracks_settings *s = &t->plan.settings;
    size_t length = (size_t)s->context + (size_t)s->window;
    t->labels = tb_alloc_array((size_t)t->plan.choice.batch * length,
                               sizeof *t->labels);
    if (!t->labels)
        return tb_fail_memory(error);
    t->map = map;
    t->forget = forget;
    return TB_OK;
}

const int32_t *tb_tracks_labels(const tb_tracks *t)
{
    return t->labels;
}

/* ---- steps ---- */

/* `labels`: null where none are followed. */
static void read_row(tb_tracks *t, const tb_turn *turn, int64_t window,
                     float *out, int32_t *labels)
{
    const tb_tracks_settings *s = &t->plan.settings;
    tb_augment draw =
        tb_augment_draw(&s->augment, s->seed, t->place.epoch, turn->number);
    const tb_turn *with =
        &t->plan.pieces[draw.mix_with % (uint64_t)t->plan.choice.pieces];
    span_reader own = {t, &t->plan.spans[turn->span], 0};
    span_reader second = {t, &t->plan.spans[with->span], with->start};
    tb_material material = {read_span, &own}, other = {read_span, &second};
    int64_t length = (int64_t)turn->windows * s->window;
    int64_t last_start =
        own.span->frames - (int64_t)ceil((double)length * draw.speed);
    int64_t start = turn->start < last_start ? turn->start : last_start;
    int64_t at = window * s->window - s->context;
    start = start > 0 ? start : 0;
    tb_augmenter_read(t->augmenter, &draw, &material, start, length, &other, at,
                      s->context + s->window, out);
    if (labels)
        read_labels(t, turn, &draw, start, length, at, labels);
}

/* Finds the turn of every row at the current step. */
static tb_status enter_epoch(tb_tracks *t, tb_error *error)
{
    tb_status status = tb_tracks_plan_epoch(&t->plan, t->place.epoch, error);
    if (status)
        return status;
    for (int row = 0; row < t->plan.choice.batch; row++) {
        int32_t turn = t->plan.heads[row];
        while (t->plan.turns[turn].step + t->plan.turns[turn].windows <=
               t->place.step)
            turn = t->plan.turns[turn].next;
        t->turns[row] = turn;
    }
    return TB_OK;
}

tb_status tb_tracks_next(tb_tracks *t, float *frames, bool *reset,
                         tb_error *error)
{
    const tb_tracks_settings *s = &t->plan.settings;
    int64_t row_size =
        (int64_t)(s->context + s->window) * tb_cache_channels(t->cache);
    for (int row = 0; row < t->plan.choice.batch; row++) {
        const tb_turn *turn = &t->plan.turns[t->turns[row]];
        int64_t window = t->place.step - turn->step;
        reset[row] = window == 0;
        read_row(t, turn, window, frames + row * row_size,
                 t->labels ? t->labels + row * (s->context + s->window) : NULL);
        if (window + 1 == turn->windows && turn->next >= 0)
            t->turns[row] = turn->next;
    }
    if (++t->place.step < t->plan.choice.steps)
        return TB_OK;
    t->place = (tb_tracks_place){t->place.epoch + 1, 0};
    return enter_epoch(t, error);
}

tb_tracks_place tb_tracks_position(const tb_tracks *t)
{
    return t->place;
}

tb_status tb_tracks_seek(tb_tracks *t, tb_tracks_place place, tb_error *error)
{
    if (place.epoch < 0 || place.step < 0 || place.step >= t->plan.choice.steps)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There is no step %lld in an epoch of %lld steps: the "
                       "material or the settings have changed.",
                       (long long)place.step, (long long)t->plan.choice.steps);
    t->place = place;
    return enter_epoch(t, error);
}

const tb_tracks_choice *tb_tracks_chosen(const tb_tracks *t)
{
    return &t->plan.choice;
}

static void find_ends(tb_tracks *t)
{
    for (int i = 0; i < t->plan.span_count; i++) {
        const tb_stretch *span = &t->plan.spans[i];
        int64_t end = 0;
        for (int k = span->first; k < span->first + span->count; k++)
            t->ends[k] = end += t->regions[k].frames;
    }
}

static tb_status prepare(tb_tracks *t, const tb_region *regions, int count,
                         const tb_tracks_settings *settings, tb_error *error)
{
    tb_status status =
        tb_tracks_plan_init(&t->plan, regions, count,
                            tb_cache_sample_rate(t->cache), settings, error);
    if (status)
        return status;
    t->regions = tb_alloc_array((size_t)count, sizeof *t->regions);
    t->ends = tb_alloc_array((size_t)count, sizeof *t->ends);
    t->turns = tb_alloc_array((size_t)t->plan.choice.batch, sizeof *t->turns);
    t->augmenter =
        tb_augmenter_new(tb_cache_channels(t->cache),
                         (int64_t)settings->context + settings->window);
    if (!t->regions || !t->ends || !t->turns || !t->augmenter)
        return tb_fail_memory(error);
    memcpy(t->regions, regions, (size_t)count * sizeof *regions);
    find_ends(t);
    return enter_epoch(t, error);
}

tb_tracks *tb_tracks_new(const tb_cache *cache, const tb_region *regions,
                         int count, const tb_tracks_settings *settings,
                         tb_error *error)
{
    tb_tracks *t = tb_alloc(sizeof *t);
    if (!t) {
        tb_fail_memory(error);
        return NULL;
    }
    t->cache = cache;
    if (prepare(t, regions, count, settings, error)) {
        tb_tracks_free(t);
        return NULL;
    }
    return t;
}

void tb_tracks_free(tb_tracks *t)
{
    if (!t)
        return;
    tb_tracks_plan_clear(&t->plan);
    tb_augmenter_free(t->augmenter);
    tb_free(t->regions);
    tb_free(t->ends);
    tb_free(t->turns);
    tb_free(t->labels);
    tb_free(t);
}
