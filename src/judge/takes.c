#include "judge/takes.h"

#include "base/memory.h"

#include <string.h>

enum { QUARTERS = 4 };

static int64_t frames_of(const tb_recordings *r, int i)
{
    return r->frames(r->context, i);
}

/* How many takes a long recording has, and where take k of them starts: spread
   so that the last one ends with the recording. */
static int64_t takes_in(int64_t frames, int64_t take, int64_t hop)
{
    return (frames - take) / hop + 1;
}

static int64_t start_of(int64_t frames, int64_t take, int64_t k, int64_t count)
{
    return count > 1 ? (frames - take) * k / (count - 1) : 0;
}

static void add(tb_takes *t, int recording, int64_t start, int group)
{
    t->take[t->count++] = (tb_take){recording, start, group};
    if (group >= t->groups)
        t->groups = group + 1;
}

static void cut_long(tb_takes *t, int recording, int64_t frames)
{
    int64_t hop = t->split ? t->frames : t->frames / 2;
    int64_t n = takes_in(frames, t->frames, hop);
    int first = t->groups;
    for (int64_t k = 0; k < n; k++) {
        int quarter = t->split ? (int)(k * QUARTERS / n) : 0;
        add(t, recording, start_of(frames, t->frames, k, n), first + quarter);
    }
}

/* Each take of joined recordings is a group of its own, and what is left of the
   last recording belongs to none: no two groups share one. */
static void join_short(tb_takes *t, const tb_recordings *r)
{
    int first = -1;
    int64_t joined = 0;
    for (int i = 0; i < r->count; i++) {
        int64_t frames = frames_of(r, i);
        if (frames <= 0 || frames >= t->frames)
            continue;
        if (joined == 0)
            first = i;
        joined += frames;
        if (joined >= t->frames) {
            add(t, first, 0, t->groups);
            joined = 0;
        }
    }
}

static void cut_all(tb_takes *t, const tb_recordings *r)
{
    t->count = t->groups = 0;
    for (int i = 0; i < r->count; i++)
        if (frames_of(r, i) >= t->frames)
            cut_long(t, i, frames_of(r, i));
    join_short(t, r);
}

/* Evenly spread ones stay. */
static void thin_out(tb_takes *t, int most)
{
    if (most <= 0 || t->count <= most)
        return;
    for (int k = 0; k < most; k++)
        t->take[k] = t->take[(int64_t)k * t->count / most];
    t->count = most;
}

tb_status tb_takes_cut(const tb_recordings *r, int64_t frames, int most,
                       int least_groups, tb_takes *t, tb_error *error)
{
    int64_t room = 1;
    *t = (tb_takes){.frames = frames};
    for (int i = 0; i < r->count; i++)
        room += 1 + 2 * frames_of(r, i) / frames;
    t->take = tb_alloc_array((size_t)room, sizeof *t->take);
    if (!t->take)
        return tb_fail_memory(error);
    cut_all(t, r);
    if (t->groups < least_groups) {
        t->split = true;
        cut_all(t, r);
    }
    thin_out(t, most);
    return TB_OK;
}

void tb_takes_clear(tb_takes *t)
{
    tb_free(t->take);
    memset(t, 0, sizeof *t);
}

void tb_takes_read(const tb_takes *t, const tb_recordings *r, int take,
                   float *mono)
{
    int recording = t->take[take].recording;
    int64_t start = t->take[take].start, done = 0;
    bool joins = frames_of(r, recording) < t->frames;
    for (; done < t->frames && recording < r->count; recording++, start = 0) {
        int64_t n = frames_of(r, recording) - start;
        if (joins && n >= t->frames)
            continue;
        if (n > t->frames - done)
            n = t->frames - done;
        r->read(r->context, recording, start, n, mono + done);
        done += n;
    }
}
