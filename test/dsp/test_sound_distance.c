#include "dsp/sound_distance.h"
#include "dsp/window.h"
#include "engine/grad.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/loss.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "engine/plan.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 16384 };

static float noise(int64_t i)
{
    uint32_t u = (uint32_t)i * 2654435761u + 12345u;
    u = (u ^ u >> 15) * 2246822519u;
    u = (u ^ u >> 13) * 3266489917u;
    return (float)((u ^ u >> 16) / 2147483648.0 - 1);
}

/* ---- the same of single ops ---- */

static tb_value *magnitudes(tb_value *x, int64_t size)
{
    double *w = tb_graph_alloc(x->graph, (size_t)size * sizeof *w);
    tb_window_fill(TB_WINDOW_HANN, size, w);
    for (int64_t i = 0; i < size; i++)
        w[i] *= (double)size / 4;
    return tb_norm(tb_stft(x, size, size / 4, w, size / 2, size / 2), 2,
                   TB_AXIS(3), false);
}

static tb_value *mean(tb_value *x)
{
    return tb_reshape(tb_mean(x, TB_ALL_AXES, false), tb_dims(1));
}

static tb_value *log_of(tb_value *x, double floor)
{
    return tb_map(tb_map(x, TB_AFFINE, 1, floor), TB_LOG, 0, 0);
}

static tb_value *generic(tb_value *x, tb_value *y, const tb_sound_distance *how)
{
    tb_value *sum = NULL;
    x = tb_reshape(x, tb_dims(x->dim[0], SAMPLES));
    y = tb_reshape(y, tb_dims(y->dim[0], SAMPLES));
    for (int i = 0; i < how->scales; i++) {
        tb_value *a = magnitudes(x, how->size[i]);
        tb_value *b = magnitudes(y, how->size[i]);
        tb_value *linear =
            tb_div(mean(tb_l2(a, b)), mean(tb_map(a, TB_SQUARE, 0, 0)));
        tb_value *logs =
            mean(tb_l1(log_of(a, how->floor), log_of(b, how->floor)));
        tb_value *d = tb_add(linear, logs);
        sum = sum ? tb_add(sum, d) : d;
    }
    return sum;
}

/* ---- both beside each other ---- */

typedef struct measured {
    size_t bytes;
    float distance;
} measured;

static measured measure(tb_value *(*build)(tb_value *, tb_value *,
                                           const tb_sound_distance *))
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 1, SAMPLES)), *dy;
    tb_value *y = tb_input(g, "y", TB_REAL, tb_dims(2, 1, SAMPLES));
    tb_value *d = build(x, y, &tb_sound_distance_usual);
    tb_grad(d, 1, &y, &dy);
    tb_output want[] = {{.value = d}, {.value = dy}};
    tb_error error = {0};
    measured m = {0};
    tb_plan *p =
        tb_plan_new(g, 2, want, &(tb_plan_settings){.frames = 0}, &error);
    OK_NAMED(p != NULL, error.text);
    if (p) {
        /* Silent ends, where padding with zeros and reflections are alike. */
        for (int64_t i = 0; i < 2 * SAMPLES; i++) {
            bool edge = i % SAMPLES < 1100 || i % SAMPLES > SAMPLES - 1100;
            float v = edge ? 0 : noise(i);
            ((float *)tb_plan_tensor(p, x)->data)[i] = v;
            ((float *)tb_plan_tensor(p, y)->data)[i] =
                0.5f * v + (edge ? 0 : 0.5f * noise(-i));
        }
        tb_plan_run(p, 0, NULL);
        m = (measured){tb_plan_bytes(p) + tb_plan_workspace_bytes(p),
                       *(float *)tb_plan_tensor(p, d)->data};
    }
    tb_plan_free(p);
    tb_graph_free(g);
    return m;
}

static void check_memory(void)
{
    measured op = measure(tb_sound_distance_of), ops = measure(generic);
    size_t sound = 2 * SAMPLES * sizeof(float);
    NEAR((double)op.distance, (double)ops.distance, 1e-4);
    fprintf(stderr, "# %zu bytes, %zu of single ops, a sound has %zu\n",
            op.bytes, ops.bytes, sound);
    OK(op.bytes < ops.bytes / 4);
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1, 1, TB_FRAMES));
    tb_sound_distance odd = tb_sound_distance_usual;
    odd.size[1] = 1022;
    OK(!tb_sound_distance_of(NULL, x, &tb_sound_distance_usual));
    OK(!tb_graph_check(g, NULL));
    OK(!tb_sound_distance_of(x, x, &odd));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    check_memory();
    check_refusals();
    return tap_done();
}
