/* How fast the kernels of engine/cpu/fast are, beside the processor's peak in
   the same run. One thread, median of processor seconds.

     bench_kernels [TEXT]     only the lines whose name contains TEXT */
#include "engine/cpu/fast/fast.h"
#include "multiply_adds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile float sink;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds of one call of work(context): the median of several repeats of at
   least some milliseconds each. */
static double measure(void (*work)(void *), void *context)
{
    enum { REPEATS = 9 };
    double took[REPEATS], once = seconds();
    work(context);
    once = seconds() - once;
    int calls = once > 4e-3 ? 1 : (int)(4e-3 / (once + 1e-9)) + 1;
    for (int i = 0; i < REPEATS; i++) {
        double start = seconds();
        for (int k = 0; k < calls; k++)
            work(context);
        took[i] = (seconds() - start) / calls;
    }
    qsort(took, REPEATS, sizeof *took, ascending);
    return took[REPEATS / 2];
}

static void peak_work(void *context)
{
    const bench_multiply_adds *adds = context;
    sink = adds->run(0.999f);
}

static double peak(const char *table)
{
    bench_multiply_adds adds = bench_multiply_adds_of(table);
    return 2.0 * adds.lanes * BENCH_CHAINS * BENCH_ROUNDS /
           measure(peak_work, &adds) / 1e9;
}

static float *block(size_t n)
{
    float *p = NULL;
    if (posix_memalign((void **)&p, 4096, (n + 64) * sizeof *p))
        exit(1);
    static unsigned seed = 1;
    for (size_t i = 0; i < n + 64; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (float)(int)seed * 0x1p-32f;
    }
    return p;
}

enum { MOST_BATCH = 40 };

typedef struct shape {
    const char *name;
    int batch, ins, outs, time, taps, stride, dilation, groups;
} shape;

static const shape shapes[] = {
    {"rave_in", 8, 16, 96, 8192, 7, 1, 1, 1},
    {"down96_192", 8, 96, 192, 8192, 8, 4, 1, 1},
    {"down192_384", 8, 192, 384, 2048, 8, 4, 1, 1},
    {"down384_768", 8, 384, 768, 512, 4, 2, 1, 1},
    {"res96_d1", 8, 96, 96, 8192, 3, 1, 1, 1},
    {"res96_d9", 8, 96, 96, 8192, 3, 1, 9, 1},
    {"res192_d3", 8, 192, 192, 2048, 3, 1, 3, 1},
    {"res384_d3", 8, 384, 384, 512, 3, 1, 3, 1},
    {"res768_d1", 8, 768, 768, 128, 3, 1, 1, 1},
    {"msd1_16", 8, 1, 16, 32768, 15, 1, 1, 1},
    {"msd16_64g4", 8, 16, 64, 32768, 41, 4, 1, 4},
    {"msd64_256g16", 8, 64, 256, 8192, 41, 4, 1, 16},
    {"mpd32_128", 40, 32, 128, 1095, 5, 3, 1, 1},
    {"mpd128_512", 40, 128, 512, 366, 5, 3, 1, 1},
    {"mpd512_1024", 40, 512, 1024, 123, 5, 3, 1, 1},
    {"wn128_256_d1", 8, 128, 256, 4096, 2, 1, 1, 1},
    {"wn128_256_d512", 8, 128, 256, 4096, 2, 1, 512, 1},
    {"wn256_512_d64", 8, 256, 512, 4096, 2, 1, 64, 1},
    {"wn128_1x1", 8, 128, 128, 4096, 1, 1, 1, 1},
    {"wave_out96_1", 8, 96, 1, 8192, 7, 1, 1, 1},
};

typedef struct conv {
    const tb_fast *f;
    shape s;
    int group_ins, group_outs, rows;
    ptrdiff_t span, halo; /* frames of x and of y's margin, per item */
    float *x, *y, *w, *back, *scratch;
} conv;

static void conv_forward(void *context)
{
    conv *c = context;
    const shape *s = &c->s;
    size_t group = tb_packed_size(c->group_outs, s->taps, c->group_ins);
    for (int n = 0; n < s->batch; n++)
        for (int g = 0; g < s->groups; g++) {
            tb_corr k = {
                .x = c->x + n * c->span * s->ins + g * c->group_ins,
                .ldx = s->stride * s->ins,
                .xtap = s->dilation * s->ins,
                .w = c->w + g * group,
                .y = c->y + (n * (c->rows + 2 * c->halo) + c->halo) * s->outs +
                     g * c->group_outs,
                .ldy = s->outs,
                .rows = c->rows,
                .taps = s->taps,
                .ins = c->group_ins,
                .outs = c->group_outs};
            c->f->corr(&k);
        }
}

/* One phase of the stride at a time; the taps of a phase run backwards. */
static void conv_data(void *context)
{
    conv *c = context;
    const shape *s = &c->s;
    size_t group = tb_packed_size(c->group_ins, s->taps, c->group_outs);
    for (int n = 0; n < s->batch; n++)
        for (int g = 0; g < s->groups; g++)
            for (int phase = 0, tap = 0; phase < s->stride; phase++) {
                int taps = (s->taps - phase + s->stride - 1) / s->stride;
                tb_corr k = {
                    .x = c->y +
                         (n * (c->rows + 2 * c->halo) + c->halo) * s->outs +
                         g * c->group_outs - (taps - 1) * s->dilation * s->outs,
                    .ldx = s->outs,
                    .xtap = s->dilation * s->outs,
                    .w = c->back + g * group +
                         tb_packed_size(c->group_ins, tap, c->group_outs),
                    .y = c->x + (n * c->span + phase) * s->ins +
                         g * c->group_ins,
                    .ldy = s->stride * s->ins,
                    .rows = c->rows,
                    .taps = taps,
                    .ins = c->group_outs,
                    .outs = c->group_ins};
                c->f->corr(&k);
                tap += taps;
            }
}

static tb_outer_run conv_run(const conv *c, int n, int g)
{
    const shape *s = &c->s;
    return (tb_outer_run){
        c->x + n * c->span * s->ins + g * c->group_ins,
        c->y + (n * (c->rows + 2 * c->halo) + c->halo) * s->outs +
            g * c->group_outs};
}

static tb_outer conv_outer(const conv *c, int g)
{
    const shape *s = &c->s;
    return (tb_outer){
        .ldx = s->stride * s->ins,
        .xtap = s->dilation * s->ins,
        .ldy = s->outs,
        .dw = c->w + g * tb_packed_size(c->group_outs, s->taps, c->group_ins),
        .runs = s->batch,
        .rows = c->rows,
        .taps = s->taps,
        .ins = c->group_ins,
        .outs = c->group_outs};
}

static void conv_weights(void *context)
{
    conv *c = context;
    tb_outer_run runs[MOST_BATCH];
    for (int g = 0; g < c->s.groups; g++) {
        for (int n = 0; n < c->s.batch; n++)
            runs[n] = conv_run(c, n, g);
        tb_outer o = conv_outer(c, g);
        o.run = runs;
        c->f->outer(&o, c->scratch);
    }
}

static void bench_conv(const tb_fast *f, const shape *s, double top)
{
    conv c = {.f = f,
              .s = *s,
              .group_ins = s->ins / s->groups,
              .group_outs = s->outs / s->groups,
              .rows = (s->time + s->stride - 1) / s->stride,
              .halo = (ptrdiff_t)s->dilation * (s->taps - 1)};
    c.span = (ptrdiff_t)c.rows * s->stride + c.halo + s->stride;
    c.x = block((size_t)(c.span * s->ins * s->batch));
    c.y = block((size_t)((c.rows + 2 * c.halo) * s->outs * s->batch));
    size_t w = tb_packed_size(c.group_outs, s->taps, c.group_ins) * s->groups;
    c.w = block(w);
    c.back =
        block(tb_packed_size(c.group_ins, s->taps, c.group_outs) * s->groups);
    tb_outer o = conv_outer(&c, 0);
    c.scratch = block(f->outer_scratch(&o));
    double work = 2e-9 * s->batch * c.rows * s->outs * c.group_ins * s->taps;
    double forward = work / measure(conv_forward, &c);
    double data = work / measure(conv_data, &c);
    double weights = work / measure(conv_weights, &c);
    printf("%-16s %6.1f %6.1f %6.1f GFLOP/s   %3.0f %3.0f %3.0f %% of peak\n",
           s->name, forward, data, weights, 100 * forward / top,
           100 * data / top, 100 * weights / top);
    free(c.x);
    free(c.y);
    free(c.w);
    free(c.back);
    free(c.scratch);
}

typedef struct product {
    tb_corr c;
    void (*run)(const tb_corr *);
} product;

static void product_work(void *context)
{
    product *p = context;
    p->run(&p->c);
}

/* Few rows: bound by reading the weights. */
static void bench_product(const tb_fast *f, int rows, int outs, int ins)
{
    float *w = block((size_t)outs * ins), *x = block((size_t)ins * rows);
    float *y = block((size_t)outs * rows);
    product p = {.c = {.x = x,
                       .ldx = ins,
                       .w = w,
                       .y = y,
                       .ldy = outs,
                       .rows = rows,
                       .taps = 1,
                       .ins = ins,
                       .outs = outs},
                 .run = f->corr};
    double full = measure(product_work, &p);
    f->to_half((size_t)outs * ins, (uint16_t *)w, w);
    p.run = f->corr_f16;
    double half = measure(product_work, &p);
    double bytes = 4e-9 * outs * ins, work = 2e-9 * rows * outs * ins;
    printf("product %dx%dx%-5d %8.1f us %5.1f GB/s %5.1f GFLOP/s   f16 %8.1f "
           "us %5.1f GB/s %5.1f GFLOP/s\n",
           rows, outs, ins, full * 1e6, bytes / full, work / full, half * 1e6,
           bytes / 2 / half, work / half);
    free(w);
    free(x);
    free(y);
}

static bool wanted(const char *name, const char *only)
{
    return !only || strstr(name, only);
}

typedef struct transform {
    const tb_fast *f;
    tb_fft *fft;
    int n;
    float *x, *y, *scratch;
} transform;

enum { FFT_ROWS = 64 };

static void transform_forward(void *context)
{
    transform *t = context;
    t->f->fft_forward(t->fft, FFT_ROWS, t->x, t->n, t->y, t->n + 2, 1, 1,
                      t->scratch);
}

static void transform_back(void *context)
{
    transform *t = context;
    t->f->fft_back(t->fft, FFT_ROWS, t->y, t->n + 2, t->x, t->n, 1.0f / t->n,
                   2.0f / t->n, t->scratch);
}

static void bench_fft(const tb_fast *f, int n)
{
    transform t = {.f = f, .fft = tb_fft_new(n, TB_FFT_REAL), .n = n};
    if (!t.fft)
        exit(1);
    t.x = block((size_t)n * FFT_ROWS);
    t.y = block((size_t)(n + 2) * FFT_ROWS);
    t.scratch = block(tb_fft_scratch(t.fft));
    double forward = measure(transform_forward, &t) / FFT_ROWS;
    double back = measure(transform_back, &t) / FFT_ROWS;
    double work = 2.5e-9 * n * log2(n);
    printf("fft %-6d forward %7.2f us %5.1f GFLOP/s   back %7.2f us %5.1f "
           "GFLOP/s\n",
           n, forward * 1e6, work / forward, back * 1e6, work / back);
    free(t.x);
    free(t.y);
    free(t.scratch);
    tb_fft_free(t.fft);
}

enum { CACHED = 4096 }; /* values that stay in the first-level cache */

typedef struct pass {
    const tb_fast *f;
    tb_function kind;
    float *x, *y;
} pass;

static void map_work(void *context)
{
    pass *p = context;
    p->f->map(p->kind, CACHED, p->y, p->x, 1, 20);
}

static void map_back_work(void *context)
{
    pass *p = context;
    p->f->map_back(p->kind, CACHED, p->y, p->x, p->x, p->x, 1, 20, false);
}

static void bench_maps(const tb_fast *f)
{
    static const char *const names[] = {
        "affine", "relu",     "leaky", "clamp", "abs",  "square",   "sqrt",
        "pow",    "exp",      "log",   "sin",   "cos",  "tanh",     "sigmoid",
        "silu",   "softplus", "mish",  "elu",   "gelu", "gelu tanh"};
    pass p = {.f = f, .x = block(CACHED), .y = block(CACHED)};
    for (int kind = 0; kind < TB_MAP_COUNT; kind++) {
        p.kind = (tb_function)kind;
        double forward = measure(map_work, &p) / CACHED;
        double back = measure(map_back_work, &p) / CACHED;
        printf("map %-10s %6.3f ns/value   back %6.3f ns/value\n", names[kind],
               forward * 1e9, back * 1e9);
    }
    free(p.x);
    free(p.y);
}

static void bench_table(const tb_fast *f, const char *only)
{
    double top = peak(f->name);
    printf("%s: peak of one thread %.1f GFLOP/s\n", f->name, top);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (wanted(shapes[i].name, only))
            bench_conv(f, &shapes[i], top);
    static const int sizes[][2] = {
        {1024, 512}, {2048, 1024}, {4096, 1024}, {4096, 2048}, {8192, 2048}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int rows = 1; wanted("product", only) && rows <= 24;
             rows += rows < 6 ? 1 : 6)
            bench_product(f, rows, sizes[i][0], sizes[i][1]);
    static const int lengths[] = {128,  256,  512,   1024, 2048,
                                  4096, 8192, 16384, 600,  1920};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        if (wanted("fft", only))
            bench_fft(f, lengths[i]);
    if (wanted("map", only))
        bench_maps(f);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    const tb_fast *f = tb_fast_choose();
    bench_table(f ? f : &tb_fast_portable, only);
    return 0;
}
