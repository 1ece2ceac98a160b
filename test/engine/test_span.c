/* Writes to a part of an axis whose place comes with each run: a queue of
   frames, held to plain C, on all backends. */
#include "engine/ops.h"
#include "engine/plan.h"
#include "tap.h"

#include <stdlib.h>

enum { CHANNELS = 2, LENGTH = 11, BLOCK = 4, RUNS = 60 };

/* What the op means, element by element. */
static void write_plainly(double *old, const double *value,
                          const int64_t *place)
{
    for (int64_t i = 0; i < place[2]; i++) {
        int64_t to = place[0] + i, from = place[1] + i;
        if (place[0] < 0 || place[1] < 0 || to >= LENGTH || from >= BLOCK)
            continue;
        for (int ch = 0; ch < CHANNELS; ch++)
            old[ch * LENGTH + to] = value[ch * BLOCK + from];
    }
}

static void set(const tb_tensor *t, int64_t at, double x)
{
    int64_t place =
        at / t->dim[1] * t->stride[0] + at % t->dim[1] * t->stride[1];
    if (t->type == TB_I64)
        ((int64_t *)t->data)[place] = (int64_t)x;
    else
        ((float *)t->data)[place] = (float)x;
}

static double get(const tb_tensor *t, int64_t at)
{
    int64_t place =
        at / t->dim[1] * t->stride[0] + at % t->dim[1] * t->stride[1];
    return t->type == TB_I64 ? (double)((int64_t *)t->data)[place]
                             : (double)((float *)t->data)[place];
}

/* A state into which each run writes twice: its input, and then its own first
   frames, which lie in the same memory. */
static void check_queue(const tb_backend *backend, tb_type type)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    tb_value *state = tb_state(g, "queue", type, tb_dims(CHANNELS, LENGTH), 0);
    tb_value *x = tb_input(g, "x", type, tb_dims(CHANNELS, BLOCK));
    tb_value *place[] = {tb_input(g, "first", TB_I64, tb_dims(3)),
                         tb_input(g, "second", TB_I64, tb_dims(3))};
    tb_value *now = tb_write_span(state, x, place[0], 1);
    now = tb_write_span(now, tb_slice(now, 1, 0, BLOCK, 1), place[1], 1);
    tb_state_next(state, now);
    tb_output want = {.value = tb_contiguous(now)};
    tb_plan_settings settings = {.backend = backend, .frames = 1};
    tb_plan *p = tb_plan_new(g, 1, &want, &settings, &error);
    if (!OK_NAMED(p != NULL, error.text))
        return;
    double queue[CHANNELS * LENGTH] = {0}, block[CHANNELS * BLOCK];
    srand(4);
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < CHANNELS * BLOCK; i++)
            set(tb_plan_tensor(p, x), i, block[i] = rand() % 1000);
        for (int k = 0; k < 2; k++) {
            int64_t numbers[] = {rand() % (LENGTH + 3) - 1,
                                 rand() % (BLOCK + 1) - (run % 7 == 0),
                                 rand() % (BLOCK + 2)};
            double own[CHANNELS * BLOCK];
            for (int i = 0; i < CHANNELS * BLOCK; i++)
                own[i] = queue[i / BLOCK * LENGTH + i % BLOCK];
            write_plainly(queue, k ? own : block, numbers);
            const tb_tensor *t = tb_plan_tensor(p, place[k]);
            for (int i = 0; i < 3; i++)
                ((int64_t *)t->data)[i * t->stride[0]] = numbers[i];
        }
        tb_plan_run(p, 0, NULL);
        bool same = true;
        for (int i = 0; i < CHANNELS * LENGTH; i++)
            same &= get(tb_plan_tensor(p, want.value), i) == queue[i];
        OK(same);
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* A queue is written over: the plan has no second one. */
static void check_in_place(void)
{
    enum { LONG = 1 << 16 };
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    tb_value *state = tb_state(g, "queue", TB_REAL, tb_dims(1, LONG), 0);
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1, BLOCK));
    tb_value *place = tb_input(g, "place", TB_I64, tb_dims(3));
    tb_value *now = tb_write_span(state, x, place, 1);
    tb_state_next(state, now);
    tb_output want = {.value = tb_sum(now, TB_ALL_AXES, false)};
    tb_plan *p =
        tb_plan_new(g, 1, &want, &(tb_plan_settings){.frames = 1}, &error);
    if (OK(p != NULL))
        OK(tb_plan_bytes(p) < 3 * LONG / 2 * sizeof(float));
    tb_plan_free(p);
    tb_graph_free(g);
}

static void check_refused(void)
{
    for (int i = 0; i < 4; i++) {
        tb_graph *g = tb_graph_new();
        tb_error error = {0};
        tb_value *old = tb_input(g, "old", TB_REAL, tb_dims(2, 5));
        tb_value *x = tb_input(g, "x", i == 0 ? TB_I64 : TB_REAL,
                               i == 1 ? tb_dims(3, 5) : tb_dims(2, 5));
        tb_value *place = tb_input(g, "place", TB_I64, tb_dims(i == 2 ? 2 : 3));
        OK(!tb_write_span(old, x, place, i == 3 ? 2 : 1));
        OK(tb_graph_check(g, &error) != TB_OK);
        OK(!tb_write_span(NULL, x, place, 1));
        tb_graph_free(g);
    }
}

int main(void)
{
    for (int i = 0; i < 2; i++) {
        check_queue(tb_backend_naive(), i ? TB_I64 : TB_REAL);
        check_queue(tb_backend_cpu(), i ? TB_I64 : TB_REAL);
    }
    check_in_place();
    check_refused();
    return tap_done();
}
