#include "corpus/augment.h"
#include "base/memory.h"
#include "base/random.h"
#include "corpus/augment_past.h"
#include "dsp/window.h"
#include <math.h>
#include <string.h>

/* The interpolating kernel: a sinc under a Kaiser window (J. F. Kaiser, 1974)
   of ZEROS zero crossings on each side, tabulated PHASES times per crossing.
   For speeds above 1 it is stretched, so that what would lie above half of the
   sample rate is taken away. */
enum { ZEROS = 16, PHASES = 512 };
enum { BEHIND = TB_PAST_FRAMES + TB_PAST_BLOCK };
static const double KAISER_BETA = 8.0;
static const double MOST_SEMITONES = 24;
static const double PI = 3.14159265358979323846;

struct tb_augmenter {
    int channels;
    int64_t room;        /* frames in `block` */
    float *block;        /* material around what is read */
    float *kernel;       /* [ZEROS * PHASES + 2], from the middle outwards */
    float *past, *gains; /* of augmentations that look back */
};

/* The nodes that tell our draws from other users of the same seed. */
enum { NODE_DRAW = 0x61756701, NODE_NOISE, NODE_MORE, NODE_STEP };

/* ---- drawing ---- */

/* Uniform in [-most, most]. */
static double spread(double most, float uniform)
{
    return most * (2 * (double)uniform - 1);
}

/* As RAVE draws: a frequency of 20 to 2000 Hz, a level of -60 to 0 dB, measured
   over a tenth of a second. */
static void draw_more(const tb_augment_settings *s, uint64_t seed,
                      int64_t epoch, uint32_t number, tb_augment *draw)
{
    float u[7 + TB_STANDSTILL_DRAWS];
    tb_uniform_row(seed, NODE_MORE, epoch, number, sizeof u / sizeof *u, u);
    double hz = 20 * pow(100, (double)u[1]);
    int64_t most = TB_PAST_FRAMES / 2;
    draw->turns_phases = (double)u[0] < s->phase && s->sample_rate > 0;
    draw->compressed = (double)u[2] < s->compress && s->sample_rate > 0;
    draw->muted = (double)u[4] < s->mute;
    draw->before.begins = s->stuck > 0;
    if ((double)u[6] < s->stuck)
        draw->before = tb_standstill_draw(u + 7, s->sample_rate);
    if (s->softer_db > 0)
        draw->gain *= (float)pow(10, -s->softer_db * (double)u[5] / 20);
    if (draw->turns_phases)
        draw->phase_cosine = cos(2 * PI * hz / s->sample_rate);
    draw->middle_level = -60 * (double)u[3];
    draw->level_frames = (int64_t)(0.1 * s->sample_rate);
    if (draw->level_frames > most)
        draw->level_frames = most;
    if (s->dequantise > 0)
        draw->step = (float)ldexp(1, 1 - s->dequantise);
}

tb_augment tb_augment_draw(const tb_augment_settings *s, uint64_t seed,
                           int64_t epoch, uint32_t number)
{
    float u[4];
    uint32_t bits[4];
    tb_augment draw = {.speed = 1, .gain = 1};
    if (!s)
        return draw;
    tb_uniform_row(seed, NODE_DRAW, epoch, number, 4, u);
    tb_random_quad(seed, NODE_DRAW, epoch, number, 1, bits);
    double semitones = fmin(fabs(s->semitones), MOST_SEMITONES);
    if (s->gain_db != 0)
        draw.gain = (float)pow(10, spread(s->gain_db, u[0]) / 20);
    if (semitones != 0)
        draw.speed = pow(2, spread(semitones, u[1]) / 12);
    draw.reversed = (double)u[2] < s->reverse;
    draw.mixed = (double)u[3] < s->mix;
    draw.mix_gain = draw.mixed ? (float)s->mix_level : 0;
    draw.mix_with = (uint64_t)bits[0] << 32 | bits[1];
    draw.noise = (float)s->noise;
    draw.noise_seed = (uint64_t)bits[2] << 32 | bits[3];
    draw_more(s, seed, epoch, number, &draw);
    return draw;
}

/* ---- interpolating ---- */

static void fill_kernel(float *kernel)
{
    for (int i = 0; i < ZEROS * PHASES + 2; i++) {
        double x = (double)i / PHASES, edge = x / ZEROS;
        double window = edge < 1
                            ? tb_bessel0(KAISER_BETA * sqrt(1 - edge * edge)) /
                                  tb_bessel0(KAISER_BETA)
                            : 0;
        kernel[i] = (float)(i ? window * sin(PI * x) / (PI * x) : 1);
    }
}

/* How far the kernel reaches, in frames of the material. */
static double reach(double speed)
{
    return speed > 1 ? ZEROS * speed : ZEROS;
}

/* At the largest speed, with both ends of the kernel. */
static int64_t room_for(int64_t frames)
{
    double fastest = pow(2, MOST_SEMITONES / 12);
    return (int64_t)ceil((double)frames * fastest + 2 * reach(fastest)) + 4;
}

tb_augmenter *tb_augmenter_new(int channels, int64_t most_frames)
{
    tb_augmenter *a = tb_alloc(sizeof *a);
    if (!a)
        return NULL;
    a->channels = channels;
    a->room = room_for(most_frames > BEHIND ? most_frames : BEHIND);
    a->kernel = tb_alloc_array(ZEROS * PHASES + 2, sizeof *a->kernel);
    a->block =
        tb_alloc_array((size_t)a->room * (size_t)channels, sizeof *a->block);
    a->past =
        tb_alloc_array((size_t)BEHIND * (size_t)channels, sizeof *a->past);
    a->gains = tb_alloc_array(TB_PAST_BLOCK, sizeof *a->gains);
    if (!a->kernel || !a->block || !a->past || !a->gains) {
        tb_augmenter_free(a);
        return NULL;
    }
    fill_kernel(a->kernel);
    return a;
}

void tb_augmenter_free(tb_augmenter *a)
{
    if (!a)
        return;
    tb_free(a->kernel);
    tb_free(a->block);
    tb_free(a->past);
    tb_free(a->gains);
    tb_free(a);
}

/* One frame between frames: `x` holds the material from frame `first` on. */
static void interpolate(const tb_augmenter *a, const float *x, int64_t first,
                        double place, double speed, float *out)
{
    double narrow = speed > 1 ? 1 / speed : 1, far = reach(speed);
    int64_t from = (int64_t)ceil(place - far), to = (int64_t)floor(place + far);
    memset(out, 0, (size_t)a->channels * sizeof *out);
    for (int64_t j = from; j <= to; j++) {
        double phase = fabs((double)j - place) * narrow * PHASES;
        int i = (int)phase;
        if (i > ZEROS * PHASES)
            continue;
        float part = (float)(phase - i);
        float weight = a->kernel[i] + part * (a->kernel[i + 1] - a->kernel[i]);
        weight *= (float)narrow;
        for (int ch = 0; ch < a->channels; ch++)
            out[ch] += weight * x[(j - first) * a->channels + ch];
    }
}

/* The frame of the material that is heard as frame t. */
static double place_of(const tb_augment *draw, int64_t start, int64_t length,
                       int64_t t)
{
    int64_t along = draw->reversed ? length - 1 - t : t;
    return (double)start + (double)along * draw->speed;
}

static void read_changed(tb_augmenter *a, const tb_augment *draw,
                         const tb_material *material, int64_t start,
                         int64_t length, int64_t at, int64_t frames, float *out)
{
    double one = place_of(draw, start, length, at);
    double two = place_of(draw, start, length, at + frames - 1);
    double far = reach(draw->speed);
    int64_t first = (int64_t)floor(fmin(one, two) - far);
    int64_t last = (int64_t)ceil(fmax(one, two) + far);
    material->read(material->context, first, last - first + 1, a->block);
    for (int64_t i = 0; i < frames; i++, out += a->channels) {
        double place = place_of(draw, start, length, at + i);
        const float *same = a->block + ((int64_t)place - first) * a->channels;
        if (draw->speed == 1)
            memcpy(out, same, (size_t)a->channels * sizeof *out);
        else
            interpolate(a, a->block, first, place, draw->speed, out);
    }
}

static void add_other(tb_augmenter *a, const tb_augment *draw,
                      const tb_material *other, int64_t at, int64_t frames,
                      float *out)
{
    other->read(other->context, at, frames, a->block);
    for (int64_t i = 0; i < frames * a->channels; i++)
        out[i] += draw->mix_gain * a->block[i];
}

static void add_noise(tb_augmenter *a, const tb_augment *draw, int64_t at,
                      int64_t frames, float *out)
{
    for (int64_t i = 0; i < frames; i++)
        for (int ch = 0; ch < a->channels; ch++)
            out[i * a->channels + ch] +=
                draw->noise * tb_normal(draw->noise_seed, NODE_NOISE, at + i, 0,
                                        (uint32_t)ch);
}

/* Half a step to each side: what was rounded is anywhere between. */
static void dequantise(const tb_augmenter *a, const tb_augment *draw,
                       int64_t at, int64_t frames, float *out)
{
    for (int64_t i = 0; i < frames * a->channels; i++) {
        float u;
        tb_uniform_row(draw->noise_seed, NODE_STEP, at + i / a->channels,
                       (uint32_t)(i % a->channels), 1, &u);
        out[i] += draw->step * (u - 0.5f);
    }
}

/* The material at its speed and in its direction. */
static void read_plain(tb_augmenter *a, const tb_augment *draw,
                       const tb_material *material, int64_t start,
                       int64_t length, int64_t at, int64_t frames, float *out)
{
    if (draw->speed == 1 && !draw->reversed)
        material->read(material->context, start + at, frames, out);
    else
        read_changed(a, draw, material, start, length, at, frames, out);
}

/* Block by block of the grid, each with what lies before it. */
static void read_behind(tb_augmenter *a, const tb_augment *draw,
                        const tb_material *material, int64_t start,
                        int64_t length, int64_t at, int64_t frames, float *out)
{
    int64_t end = at + frames, block = at;
    size_t each = (size_t)a->channels * sizeof *out;
    for (; block < end; block += TB_PAST_BLOCK) {
        block -= (block % TB_PAST_BLOCK + TB_PAST_BLOCK) % TB_PAST_BLOCK;
        int64_t from = at > block ? at : block;
        int64_t to = end < block + TB_PAST_BLOCK ? end : block + TB_PAST_BLOCK;
        read_plain(a, draw, material, start, length, block - TB_PAST_FRAMES,
                   BEHIND, a->past);
        tb_augment_past(draw, a->channels, a->past, a->gains);
        memcpy(out + (from - at) * a->channels,
               a->past + (from - block + TB_PAST_FRAMES) * a->channels,
               (size_t)(to - from) * each);
    }
}

void tb_augmenter_read(tb_augmenter *a, const tb_augment *draw,
                       const tb_material *material, int64_t start,
                       int64_t length, const tb_material *other, int64_t at,
                       int64_t frames, float *out)
{
    if (frames < 1)
        return;
    if (draw->muted) {
        memset(out, 0, (size_t)(frames * a->channels) * sizeof *out);
        return;
    }
    (draw->turns_phases || draw->compressed ? read_behind : read_plain)(
        a, draw, material, start, length, at, frames, out);
    if (draw->step != 0)
        dequantise(a, draw, at, frames, out);
    if (draw->mixed && other)
        add_other(a, draw, other, at, frames, out);
    for (int64_t i = 0; draw->gain != 1 && i < frames * a->channels; i++)
        out[i] *= draw->gain;
    if (draw->noise != 0)
        add_noise(a, draw, at, frames, out);
    tb_standstill_write(&draw->before, a->channels, at, frames, out);
}
