/* Convolutions, each part as a plan of its own: forward, data gradient, weight
   gradient, over the shapes of bench/shapes.txt. */
#include "job.h"
#include <stdio.h>

typedef struct shape {
    char name[64];
    long batch, in, out, frames, taps, stride, dilation, groups, periods;
    long padded, frames_out; /* the input comes padded, as the peer's does */
} shape;

typedef enum part { FORWARD, DATA_GRADIENT, WEIGHT_GRADIENT, PARTS } part;

static const char *const part_names[PARTS] = {"forward", "data gradient",
                                              "weight gradient"};

static bool read_shape(FILE *file, shape *s)
{
    if (fscanf(file, "%63s %ld %ld %ld %ld %ld %ld %ld %ld %ld", s->name,
               &s->batch, &s->in, &s->out, &s->frames, &s->taps, &s->stride,
               &s->dilation, &s->groups, &s->periods) != 10)
        return false;
    s->frames_out = (s->frames + s->stride - 1) / s->stride;
    s->padded =
        (s->frames_out - 1) * s->stride + s->dilation * (s->taps - 1) + 1;
    return true;
}

/* A signal folded by periods is so many more signals. */
static tb_value *signal(tb_graph *g, const shape *s, const char *name, long ch,
                        long frames)
{
    tb_value *x =
        tb_input(g, name, TB_REAL, tb_dims(s->batch * s->periods, ch, frames));
    tb_value_order_last(x, 1);
    return x;
}

static tb_value *build(tb_graph *g, const shape *s, part which)
{
    tb_conv_attr how = tb_conv_plain(s->stride, s->dilation);
    how.groups = s->groups;
    tb_shape weights = tb_dims(s->out, s->in / s->groups, s->taps);
    if (which == WEIGHT_GRADIENT)
        return tb_conv_wgrad(signal(g, s, "x", s->in, s->padded),
                             signal(g, s, "dy", s->out, s->frames_out), how,
                             weights);
    tb_value *w = tb_param(g, "w", weights);
    tb_value *y =
        which == FORWARD
            ? tb_conv(signal(g, s, "x", s->in, TB_FRAMES), w, NULL, how)
            : tb_conv_transposed(signal(g, s, "dy", s->out, TB_FRAMES), w, NULL,
                                 how);
    return bench_inner(y, 1);
}

static bool measure(const bench_options *o, const shape *s, part which)
{
    char name[96];
    snprintf(name, sizeof name, "%s %s", s->name, part_names[which]);
    bench_job job;
    tb_graph *g = tb_graph_new();
    tb_value *result = build(g, s, which);
    if (!bench_job_begin(&job, o, g, 1, &result,
                         which == FORWARD ? s->padded : s->frames_out))
        return false;
    double flops = 2.0 * s->batch * s->periods * s->frames_out * s->out *
                   (s->in / s->groups) * s->taps;
    double seconds = bench_median(o, bench_job_run, &job);
    bench_report(name, seconds * 1e3, "ms", flops / bench_peak_flops(o) * 1e3);
    bench_job_end(&job);
    return true;
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    FILE *file = fopen(BENCH_SHAPES, "r");
    if (!file) {
        fprintf(stderr, "%s does not open\n", BENCH_SHAPES);
        return 1;
    }
    bool good = true;
    for (shape s; read_shape(file, &s);)
        for (int i = 0; i < PARTS && bench_wanted(&o, s.name); i++)
            good &= measure(&o, &s, (part)i);
    fclose(file);
    bench_end(&o);
    return good ? 0 : 1;
}
