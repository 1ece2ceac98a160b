#include "corpus/tracks_plan.h"
#include "base/amounts.h"
#include "base/memory.h"
#include "base/random.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* State is worth carrying over at least so many windows. */
enum { LEAST_WINDOWS = 4 };

/* The nodes that tell our draws from other users of the same seed. */
enum { NODE_ORDER = 0x74726b01, NODE_CUT };

/* ---- cutting ---- */

static void cut_span(tb_stretch *span, int window, int64_t piece_windows)
{
    int64_t windows = span->frames / window;
    span->full = windows / piece_windows;
    span->rest = (int)(windows % piece_windows);
    if (windows == 0)
        span->rest = 1;
}

/* Cuts all spans into pieces of so many windows; returns how many there are. */
static int64_t cut_all(tb_tracks_plan *plan, int64_t piece_windows)
{
    int64_t pieces = 0;
    plan->windows = 0;
    for (int i = 0; i < plan->span_count; i++) {
        tb_stretch *span = &plan->spans[i];
        cut_span(span, plan->settings.window, piece_windows);
        pieces += span->full + (span->rest > 0);
        plan->windows += span->full * piece_windows + span->rest;
    }
    return pieces;
}

static void add_region(tb_tracks_plan *plan, int region, int64_t frames)
{
    bool joined = plan->settings.join_files && plan->span_count > 0;
    if (joined) {
        tb_stretch *span = &plan->spans[0];
        span->count = region - span->first + 1;
        span->frames += frames;
    } else {
        plan->spans[plan->span_count++] =
            (tb_stretch){.first = region, .count = 1, .frames = frames};
    }
}

/* Regions of less than a quarter window are mostly silence in a window; they
   are left out unless there is nothing else, or they are joined to others. */
static tb_status make_spans(tb_tracks_plan *plan, const tb_region *regions,
                            int count, tb_error *error)
{
    int least = plan->settings.join_files ? 1 : (plan->settings.window + 3) / 4;
    plan->spans = tb_alloc_array((size_t)count + 1, sizeof *plan->spans);
    if (!plan->spans)
        return tb_fail_memory(error);
    for (; plan->span_count == 0 && least > 0; least = least > 1)
        for (int i = 0; i < count; i++)
            if (regions[i].frames >= least)
                add_region(plan, i, regions[i].frames);
    if (plan->span_count == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There is no sound to learn from.");
    return TB_OK;
}

/* ---- choosing ---- */

static void say_choice(tb_tracks_plan *plan, double sample_rate)
{
    tb_tracks_choice *c = &plan->choice;
    const tb_tracks_settings *s = &plan->settings;
    double all = 0;
    for (int i = 0; i < plan->span_count; i++)
        all += (double)plan->spans[i].frames / sample_rate;
    const char *many = tb_plural(c->batch, "track", "parallel tracks");
    const char *steps = tb_plural(c->steps, "step", "steps");
    if (c->is_wanted)
        snprintf(c->sentence, sizeof c->sentence,
                 "%d %s of %.3g s, %lld %s per epoch.", c->batch, many,
                 (double)c->piece / sample_rate, (long long)c->steps, steps);
    else
        snprintf(c->sentence, sizeof c->sentence,
                 "The material is short (%.3g s): %d %s of %.3g s instead of "
                 "%d of %.3g s, %lld %s per epoch.",
                 all, c->batch, many, (double)c->piece / sample_rate, s->batch,
                 (double)s->piece / sample_rate, (long long)c->steps, steps);
}

/* So that every track has a piece of its own. */
static int64_t own_windows(tb_tracks_plan *plan, int64_t wanted, int64_t least)
{
    const tb_tracks_settings *s = &plan->settings;
    int64_t windows = wanted;
    while (cut_all(plan, windows) * s->oversampling < s->batch &&
           windows > least)
        windows = windows / 2 > least ? windows / 2 : least;
    return windows;
}

/* So that every track has as many pieces: where some had one more than others,
   a part of it would never be heard, while others begin anew. */
static int64_t even_windows(tb_tracks_plan *plan, int64_t wanted, int64_t least)
{
    int64_t batch = plan->settings.batch;
    cut_all(plan, wanted);
    int64_t rounds = (plan->windows + batch * wanted - 1) / (batch * wanted);
    int64_t windows = plan->windows / (batch * rounds);
    return windows > least ? windows : least;
}

/* Shorter pieces first, then fewer tracks. */
static void choose(tb_tracks_plan *plan, double sample_rate)
{
    const tb_tracks_settings *s = &plan->settings;
    tb_tracks_choice *c = &plan->choice;
    int64_t wanted = s->piece > s->window ? s->piece / s->window : 1;
    int64_t least = wanted < LEAST_WINDOWS ? wanted : LEAST_WINDOWS;
    int64_t windows =
        (s->even ? even_windows : own_windows)(plan, wanted, least);
    c->pieces = cut_all(plan, windows);
    int64_t rows = c->pieces * s->oversampling;
    c->batch = rows < s->batch ? (int)rows : s->batch;
    c->piece = windows * s->window;
    int64_t all = plan->windows * s->oversampling;
    c->steps = (all + c->batch - 1) / c->batch;
    c->is_wanted = c->batch == s->batch && (s->even || windows == wanted);
    say_choice(plan, sample_rate);
}

static tb_status check_settings(const tb_tracks_settings *s, tb_error *error)
{
    if (s->batch < 1 || s->window < 1 || s->context < 0 || s->oversampling < 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "batch, window and oversampling start at 1, context at "
                       "0: %d, %d, %d and %d are not possible.",
                       s->batch, s->window, s->oversampling, s->context);
    return TB_OK;
}

tb_status tb_tracks_plan_init(tb_tracks_plan *plan, const tb_region *regions,
                              int count, double sample_rate,
                              const tb_tracks_settings *settings,
                              tb_error *error)
{
    *plan = (tb_tracks_plan){.settings = *settings};
    tb_status status = check_settings(settings, error);
    if (status == TB_OK)
        status = make_spans(plan, regions, count, error);
    if (status)
        return status;
    choose(plan, sample_rate);
    size_t batch = (size_t)plan->choice.batch;
    if (plan->choice.pieces > INT32_MAX / 4 / settings->oversampling)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "So much material makes too many pieces of %lld frames: "
                       "choose longer ones.",
                       (long long)plan->choice.piece);
    plan->pieces =
        tb_alloc_array((size_t)plan->choice.pieces, sizeof *plan->pieces);
    plan->heads = tb_alloc_array(batch, sizeof *plan->heads);
    plan->tails = tb_alloc_array(batch, sizeof *plan->tails);
    plan->ends = tb_alloc_array(batch, sizeof *plan->ends);
    if (!plan->pieces || !plan->heads || !plan->tails || !plan->ends)
        return tb_fail_memory(error);
    return TB_OK;
}

void tb_tracks_plan_clear(tb_tracks_plan *plan)
{
    tb_free(plan->spans);
    tb_free(plan->pieces);
    free(plan->turns);
    tb_free(plan->heads);
    tb_free(plan->tails);
    tb_free(plan->ends);
    *plan = (tb_tracks_plan){0};
}

/* ---- one epoch ---- */

/* A sequence of random numbers of its own for each (epoch, round). */
static tb_rng rng_of(const tb_tracks_plan *plan, uint32_t node, int64_t epoch,
                     uint32_t round)
{
    uint32_t bits[4];
    tb_random_quad(plan->settings.seed, node, epoch, round, 0, bits);
    return (tb_rng){.seed = (uint64_t)bits[0] << 32 | bits[1]};
}

/* Cuts every span at new places: what remains beyond whole windows is divided
   at random between its two ends, and the shorter piece stands anywhere among
   the others. */
static void cut_anew(tb_tracks_plan *plan, tb_rng *rng)
{
    int window = plan->settings.window;
    int64_t piece_windows = plan->choice.piece / window, n = 0;
    for (int i = 0; i < plan->span_count; i++) {
        const tb_stretch *span = &plan->spans[i];
        int64_t windows = span->full * piece_windows + span->rest;
        int64_t spare = span->frames - windows * window;
        int64_t at =
            spare > 0 ? (int64_t)tb_rng_below(rng, (uint64_t)spare + 1) : 0;
        int64_t rest_at = (int64_t)tb_rng_below(rng, (uint64_t)span->full + 1);
        for (int64_t k = 0; k <= span->full; k++) {
            bool rest = k == rest_at;
            if (rest && span->rest) {
                plan->pieces[n++] =
                    (tb_turn){.span = i, .start = at, .windows = span->rest};
                at += (int64_t)span->rest * window;
            }
            if (k == span->full)
                break;
            plan->pieces[n++] = (tb_turn){
                .span = i, .start = at, .windows = (int32_t)piece_windows};
            at += piece_windows * window;
        }
    }
}

static void shuffle(tb_tracks_plan *plan, tb_rng *rng)
{
    for (int64_t i = plan->choice.pieces - 1; i > 0; i--) {
        int64_t j = (int64_t)tb_rng_below(rng, (uint64_t)i + 1);
        tb_turn turn = plan->pieces[i];
        plan->pieces[i] = plan->pieces[j];
        plan->pieces[j] = turn;
    }
}

static int by_length(const void *a, const void *b)
{
    const tb_turn *x = a, *y = b;
    if (x->windows != y->windows)
        return x->windows < y->windows ? 1 : -1;
    if (x->span != y->span)
        return x->span < y->span ? -1 : 1;
    return (x->start > y->start) - (x->start < y->start);
}

/* A faster piece is over sooner, a slower one takes more windows. */
static int32_t windows_at_speed(const tb_tracks_plan *plan, int64_t epoch,
                                const tb_turn *turn)
{
    const tb_tracks_settings *s = &plan->settings;
    double speed =
        tb_augment_draw(&s->augment, s->seed, epoch, turn->number).speed;
    if (speed == 1)
        return turn->windows;
    double windows = floor(turn->windows / speed);
    return windows < 1 ? 1 : (int32_t)windows;
}

static int earliest_row(const tb_tracks_plan *plan)
{
    int row = 0;
    for (int i = 1; i < plan->choice.batch; i++)
        if (plan->ends[i] < plan->ends[row])
            row = i;
    return row;
}

static tb_status add_turn(tb_tracks_plan *plan, int64_t epoch, tb_turn turn,
                          int row, tb_error *error)
{
    if (plan->turn_count == plan->turn_room) {
        int64_t room = plan->turn_room ? 2 * plan->turn_room : 64;
        void *larger = realloc(plan->turns, (size_t)room * sizeof turn);
        if (!larger)
            return tb_fail_memory(error);
        plan->turns = larger;
        plan->turn_room = room;
    }
    int32_t index = (int32_t)plan->turn_count++;
    turn.number = (uint32_t)index;
    turn.step = plan->ends[row];
    turn.next = -1;
    turn.windows = windows_at_speed(plan, epoch, &turn);
    plan->turns[index] = turn;
    if (plan->heads[row] < 0)
        plan->heads[row] = index;
    else
        plan->turns[plan->tails[row]].next = index;
    plan->tails[row] = index;
    plan->ends[row] += turn.windows;
    return TB_OK;
}

tb_status tb_tracks_plan_epoch(tb_tracks_plan *plan, int64_t epoch,
                               tb_error *error)
{
    plan->turn_count = 0;
    for (int row = 0; row < plan->choice.batch; row++) {
        plan->heads[row] = -1;
        plan->ends[row] = 0;
    }
    for (uint32_t round = 0;; round++) {
        tb_rng cut = rng_of(plan, NODE_CUT, epoch, round);
        tb_rng order = rng_of(plan, NODE_ORDER, epoch, round);
        cut_anew(plan, &cut);
        if (plan->settings.even)
            qsort(plan->pieces, (size_t)plan->choice.pieces,
                  sizeof *plan->pieces, by_length);
        else
            shuffle(plan, &order);
        for (int64_t i = 0; i < plan->choice.pieces; i++) {
            int row = earliest_row(plan);
            if (plan->ends[row] >= plan->choice.steps)
                return TB_OK;
            tb_status status =
                add_turn(plan, epoch, plan->pieces[i], row, error);
            if (status)
                return status;
        }
    }
}
