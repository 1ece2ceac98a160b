/* Distances of spectra on the processor's kernels. Each sound is cut into
   stretches whose length depends on the shape alone; a stretch is laid out
   once, reflected at the sound's ends, and all scales go over it while it is in
   the cache. Frames that lie over two stretches are transformed for both, and
   counted for one. Sums are kept for each stretch and added in order: the bits
   are those of any number of threads. */
#include "engine/ops/spectral_distance.h"

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/table.h"
#include "engine/frames.h"

#include <string.h>

enum {
    STRETCH = 1 << 15, /* samples, or the longest scale */
    AT_ONCE = 64       /* frames that a kernel is given, a multiple of lanes */
};

static const tb_spectral_distance_attr *settings_of(const tb_call *c)
{
    return c->node->attr;
}

static size_t rounded(int64_t floats)
{
    return ((size_t)floats + 15) / 16 * 16;
}

static int64_t longest_scale(const tb_call *c)
{
    int64_t most = 0;
    for (int i = 0; i < settings_of(c)->scales; i++)
        most = most > settings_of(c)->scale[i].n_fft
                   ? most
                   : settings_of(c)->scale[i].n_fft;
    return most;
}

/* ---- tables: for each scale its window and its transform ---- */

static size_t table_floats(const tb_stft_attr *how)
{
    size_t fft = tb_fft_bytes((int)how->n_fft, TB_FFT_REAL) / sizeof(float) + 1;
    return rounded(how->n_fft) + rounded((int64_t)fft);
}

static size_t distance_prepared(const tb_call *c, tb_type type)
{
    size_t floats = 0;
    (void)type;
    for (int i = 0; i < settings_of(c)->scales; i++)
        floats += table_floats(&settings_of(c)->scale[i]);
    return floats * sizeof(float);
}

static TB_REALTIME void distance_prepare(const tb_call *c, tb_type type,
                                         void *memory)
{
    float *at = memory;
    (void)type;
    for (int i = 0; i < settings_of(c)->scales; i++) {
        const tb_stft_attr *how = &settings_of(c)->scale[i];
        for (int64_t k = 0; k < how->n_fft; k++)
            at[k] = (float)how->window[k];
        tb_fft_init(at + rounded(how->n_fft), (int)how->n_fft, TB_FFT_REAL);
        at += table_floats(how);
    }
}

static const float *window_at(const tb_call *c, int scale)
{
    const float *at = c->prepared;
    for (int i = 0; i < scale; i++)
        at += table_floats(&settings_of(c)->scale[i]);
    return at;
}

static const tb_fft *fft_at(const tb_call *c, int scale)
{
    const float *window = window_at(c, scale);
    return (const tb_fft *)(window +
                            rounded(settings_of(c)->scale[scale].n_fft));
}

/* ---- stretches ---- */

static int64_t length_of(const tb_call *c)
{
    return c->in[0]->dim[2];
}

static int64_t stretch_length(const tb_call *c)
{
    int64_t most = longest_scale(c);
    return most > STRETCH ? most : STRETCH;
}

/* Of a sound; the last one takes what is left, so that none is shorter than a
   frame unless the sound is. */
static int64_t stretches_of(const tb_call *c)
{
    int64_t n = length_of(c) / stretch_length(c);
    return n > 1 ? n : 1;
}

static int64_t stretch_count(const tb_call *c)
{
    return c->in[0]->dim[0] * c->in[0]->dim[1] * stretches_of(c);
}

typedef struct tb_spectral_stretch {
    int64_t row;
    int64_t from, to; /* samples of that sound; to: not included */
    bool last;
} tb_spectral_stretch;

static tb_spectral_stretch stretch_at(const tb_call *c, int64_t i)
{
    int64_t each = stretches_of(c), k = i % each;
    tb_spectral_stretch s = {i / each, k * stretch_length(c), 0, k == each - 1};
    s.to = s.last ? length_of(c) : s.from + stretch_length(c);
    return s;
}

/* Frames that lie over a stretch, or whose middles lie in it. */
typedef struct tb_frame_span {
    int64_t from, to;
} tb_frame_span;

static tb_frame_span frames_within(const tb_stft_attr *how,
                                   tb_spectral_stretch s)
{
    int64_t to = s.last ? s.to / how->hop + 1 : tb_ceil_div(s.to, how->hop);
    return (tb_frame_span){tb_ceil_div(s.from, how->hop), to};
}

static tb_frame_span frames_over(const tb_stft_attr *how, tb_spectral_stretch s)
{
    tb_frame_span f = frames_within(how, s);
    int64_t half = how->n_fft / 2;
    if (s.from > 0)
        f.from = tb_floor_div(s.from - half, how->hop) + 1;
    if (!s.last)
        f.to = tb_ceil_div(s.to + half, how->hop);
    return f;
}

/* ---- memory ---- */

/* For each stretch and scale. */
typedef struct tb_stretch_sums {
    double energy, squares, logs;
} tb_stretch_sums;

static tb_stretch_sums *sums_at(const tb_call *c, int64_t stretch, int scale)
{
    return (tb_stretch_sums *)c->scratch + stretch * settings_of(c)->scales +
           scale;
}

/* Per part: a stretch of both sounds and of the gradient, with as much around
   it as the longest frame, and what the kernels want. */
typedef struct tb_distance_room {
    float *x, *y, *dy; /* at the first sample of the stretch */
    float *kernel;
    int64_t around, floats;
} tb_distance_room;

static size_t sums_floats(const tb_call *c)
{
    int64_t n = stretch_count(c) * settings_of(c)->scales;
    return rounded(n * (int64_t)(sizeof(tb_stretch_sums) / sizeof(float)));
}

static size_t sound_floats(const tb_call *c)
{
    int64_t n = length_of(c), most = 2 * stretch_length(c);
    return rounded((n < most ? n : most) + 2 * longest_scale(c));
}

static size_t kernel_floats(const tb_call *c)
{
    size_t most = 0;
    for (int i = 0; i < settings_of(c)->scales; i++) {
        size_t n = c->fast->spectral_gap_scratch(fft_at(c, i));
        most = n > most ? n : most;
    }
    return rounded((int64_t)most);
}

static size_t room_floats(const tb_call *c)
{
    return 3 * sound_floats(c) + kernel_floats(c);
}

static tb_distance_room room_of(const tb_call *c, int part)
{
    size_t sound = sound_floats(c);
    float *at =
        (float *)c->scratch + sums_floats(c) + (size_t)part * room_floats(c);
    int64_t around = longest_scale(c);
    return (tb_distance_room){at + around,
                              at + sound + around,
                              at + 2 * sound + around,
                              at + 3 * sound,
                              around,
                              (int64_t)sound};
}

static TB_REALTIME int distance_parts(const tb_call *c, int phase, int threads)
{
    int64_t n = stretch_count(c);
    if (threads <= 1 || phase == 2)
        return 1;
    return (int)(n < 4 * threads ? n : 4 * threads);
}

static size_t distance_scratch(const tb_call *c, int threads)
{
    size_t rooms = (size_t)distance_parts(c, 0, threads) * room_floats(c);
    return sizeof(float) * (sums_floats(c) + rooms);
}

/* ---- a stretch laid out, and back ---- */

static float *sound_at(const tb_tensor *t, int64_t row)
{
    int64_t channels = t->dim[1];
    return (float *)t->data + row / channels * t->stride[0] +
           row % channels * t->stride[1] + tb_frame_offset(t, 0);
}

static void lay_out(const tb_tensor *t, const tb_spectral_stretch *s,
                    int64_t around, float *to)
{
    const float *from = sound_at(t, s->row);
    int64_t step = t->stride[2], n = t->dim[2];
    int64_t first = s->from - around, last = s->to + around;
    int64_t inside = first < 0 ? 0 : first, end = last > n ? n : last;
    to -= s->from;
    for (int64_t i = first; i < inside; i++)
        to[i] = from[tb_reflected(i, n) * step];
    if (step == 1)
        memcpy(to + inside, from + inside, sizeof *to * (size_t)(end - inside));
    for (int64_t i = inside; step != 1 && i < end; i++)
        to[i] = from[i * step];
    for (int64_t i = end; i < last; i++)
        to[i] = from[tb_reflected(i, n) * step];
}

/* What lies outside of the sound belongs to what it is a reflection of; what
   lies outside of the stretch, to another one. */
static void give_back(const tb_tensor *t, const tb_spectral_stretch *s,
                      int64_t around, float *dy)
{
    float *to = sound_at(t, s->row);
    int64_t step = t->stride[2], n = t->dim[2];
    dy -= s->from;
    for (int64_t i = s->from - around; i < 0; i++)
        dy[tb_reflected(i, n)] += dy[i];
    for (int64_t i = n; i < s->to + around; i++)
        dy[tb_reflected(i, n)] += dy[i];
    if (step == 1)
        memcpy(to + s->from, dy + s->from,
               sizeof *to * (size_t)(s->to - s->from));
    for (int64_t i = s->from; step != 1 && i < s->to; i++)
        to[i * step] = dy[i];
}

/* ---- first all energies, which the gradient is relative to ---- */

static void find_energy(const tb_call *c, int64_t i, const tb_distance_room *r)
{
    tb_spectral_stretch s = stretch_at(c, i);
    double energy[AT_ONCE];
    lay_out(c->in[0], &s, r->around, r->x);
    for (int k = 0; k < settings_of(c)->scales; k++) {
        const tb_stft_attr *how = &settings_of(c)->scale[k];
        tb_frame_span f = frames_within(how, s);
        double sum = 0;
        for (int64_t j = f.from; j < f.to; j += AT_ONCE) {
            int n = (int)(f.to - j < AT_ONCE ? f.to - j : AT_ONCE);
            c->fast->spectral_energy(
                (int)how->n_fft, window_at(c, k), n, how->hop,
                r->x + j * how->hop - how->left - s.from, energy);
            for (int a = 0; a < n; a++)
                sum += energy[a];
        }
        sums_at(c, i, k)->energy = sum;
    }
}

static double magnitudes_of(const tb_call *c, int scale)
{
    const tb_stft_attr *how = &settings_of(c)->scale[scale];
    int64_t rows = c->in[0]->dim[0] * c->in[0]->dim[1];
    int64_t frames = length_of(c) / how->hop + 1;
    return (double)(how->n_fft / 2 + 1) * (double)rows * (double)frames;
}

/* 1 where there is none. */
static double energy_of(const tb_call *c, int scale)
{
    double sum = 0;
    double least = settings_of(c)->quiet[scale] * magnitudes_of(c, scale);
    for (int64_t i = 0; i < stretch_count(c); i++)
        sum += sums_at(c, i, scale)->energy;
    sum = sum > least ? sum : least;
    return sum > 0 ? sum : 1;
}

/* ---- then distances and gradients ---- */

static void compare_scale(const tb_call *c, int scale, int64_t i,
                          const tb_distance_room *r)
{
    const tb_spectral_distance_attr *a = settings_of(c);
    const tb_stft_attr *how = &a->scale[scale];
    tb_spectral_stretch s = stretch_at(c, i);
    bool sloping = c->out[1]->data;
    tb_frame_span within = frames_within(how, s);
    tb_frame_span over = sloping ? frames_over(how, s) : within;
    tb_stretch_sums *sums = sums_at(c, i, scale);
    double squares[AT_ONCE], logs[AT_ONCE];
    tb_spectral_gap gap = {
        .fft = fft_at(c, scale),
        .window = window_at(c, scale),
        .hop = how->hop,
        .floor = (float)a->floor,
        .linear = (float)(2 * a->linear / energy_of(c, scale)),
        .logarithmic = (float)(a->logarithmic / magnitudes_of(c, scale)),
        .squares = squares,
        .logs = logs,
        .scratch = r->kernel};
    sums->squares = sums->logs = 0;
    for (int64_t j = over.from; j < over.to; j += AT_ONCE) {
        int64_t at = j * how->hop - how->left - s.from;
        gap.frames = (int)(over.to - j < AT_ONCE ? over.to - j : AT_ONCE);
        gap.x = r->x + at;
        gap.y = r->y + at;
        gap.dy = sloping ? r->dy + at : NULL;
        c->fast->spectral_gap(&gap);
        for (int k = 0; k < gap.frames; k++) {
            bool counts = j + k >= within.from && j + k < within.to;
            sums->squares += counts ? squares[k] : 0;
            sums->logs += counts ? logs[k] : 0;
        }
    }
}

static void compare(const tb_call *c, int64_t i, const tb_distance_room *r)
{
    tb_spectral_stretch s = stretch_at(c, i);
    lay_out(c->in[0], &s, r->around, r->x);
    lay_out(c->in[1], &s, r->around, r->y);
    if (c->out[1]->data)
        memset(r->dy - r->around, 0, sizeof(float) * (size_t)r->floats);
    for (int k = 0; k < settings_of(c)->scales; k++)
        compare_scale(c, k, i, r);
    if (c->out[1]->data)
        give_back(c->out[1], &s, r->around, r->dy);
}

/* ---- and the sum of it all ---- */

static void add_up(const tb_call *c)
{
    const tb_spectral_distance_attr *a = settings_of(c);
    double distance = 0;
    for (int k = 0; k < a->scales; k++) {
        double squares = 0, logs = 0;
        for (int64_t i = 0; i < stretch_count(c); i++) {
            squares += sums_at(c, i, k)->squares;
            logs += sums_at(c, i, k)->logs;
        }
        distance += a->linear * squares / energy_of(c, k) +
                    a->logarithmic * logs / magnitudes_of(c, k);
    }
    if (c->out[0]->data)
        *(float *)c->out[0]->data = (float)distance;
}

static TB_REALTIME void distance_run(const tb_call *c, int phase, int part,
                                     int parts)
{
    int64_t n = stretch_count(c);
    tb_distance_room r = room_of(c, part);
    if (phase == 2) {
        add_up(c);
        return;
    }
    for (int64_t i = n * part / parts; i < n * (part + 1) / parts; i++)
        phase == 0 ? find_energy(c, i, &r) : compare(c, i, &r);
}

static bool distance_fits(const tb_call *c)
{
    return !tb_is_empty(c->in[0]);
}

const tb_kernel_entry tb_fast_spectral_distance[] = {
    {&tb_op_spectral_distance,
     {.run = distance_run,
      .parts = distance_parts,
      .phases = 3,
      .scratch = distance_scratch,
      .fits = distance_fits,
      .prepared = distance_prepared,
      .prepare = distance_prepare,
      .operand = TB_TABLES}},
    {0}};
