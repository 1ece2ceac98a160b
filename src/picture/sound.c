#include "picture/picture.h"

#include "base/memory.h"
#include "dsp/highpass.h"
#include "dsp/spectrum.h"
#include "picture/axes.h"
#include "picture/canvas.h"

#include <math.h>
#include <stdio.h>

#define INK_WAVE 0x2f7d86u
#define INK_PEAK 0x9cc9c8u
#define INK_PROMPT 0xe9b872u
#define INK_MARK 0xb35c1eu

enum { RUMBLE_HZ = 20, LOWEST_HZ = 40, RANGE_DB = 72, MAX_WINDOW = 8192 };

/* Where things are, in points. */
typedef struct tb_sound_layout {
    double left, width;
    double wave_top, wave_height;
    double top, height; /* of the spectrogram */
    double seconds;     /* of the whole width */
} tb_sound_layout;

static tb_sound_layout lay_out(const tb_canvas *c,
                               const tb_picture_sound *sound)
{
    tb_sound_layout l = {.left = 40, .wave_top = sound->title ? 26 : 8};
    l.width = tb_canvas_width(c) - l.left - 12;
    double room = tb_canvas_height(c) - l.wave_top - 22;
    l.wave_height = floor(room * 0.3);
    l.top = l.wave_top + l.wave_height + 5;
    l.height = room - l.wave_height - 5;
    l.seconds = sound->frames / sound->sample_rate;
    if (!(l.seconds > 0))
        l.seconds = 1;
    return l;
}

/* Level in dB of the row that spans the bins from..to: the loudest bin inside
   it, or between bins where it holds none. */
static double row_level(const float *power, int bins, double from, double to)
{
    int first = (int)ceil(from), last = (int)floor(to);
    double most = 0;
    if (last > bins - 1)
        last = bins - 1;
    for (int k = first; k <= last; k++)
        most = fmax(most, power[k]);
    if (first > last) {
        int k = (int)floor(from);
        double part = (from + to) / 2 - k;
        if (k > bins - 2)
            k = bins - 2;
        most = exp(log(power[k] + 1e-20) * (1 - part) +
                   log(power[k + 1] + 1e-20) * part);
    }
    return 10 * log10(most + 1e-20);
}

typedef struct tb_gram {
    int columns, rows, size, bins;
    float *level; /* [rows, columns], dB, highest frequency first */
    float *power; /* [bins] */
    float *most;  /* [bins], of one column */
    tb_spectrum *spectrum;
} tb_gram;

/* The loudest of enough windows to cover the column. */
static void column_power(tb_gram *g, const tb_picture_sound *sound, int column)
{
    double span = (double)sound->frames / g->columns;
    int windows = (int)ceil(span / (g->size / 2));
    for (int k = 0; k < g->bins; k++)
        g->most[k] = 0;
    for (int w = 0; w < windows; w++) {
        double centre = (column + (w + 0.5) / windows) * span;
        tb_spectrum_power(g->spectrum, sound->mono, sound->frames,
                          (int64_t)centre - g->size / 2, g->power);
        for (int k = 0; k < g->bins; k++)
            g->most[k] = fmaxf(g->most[k], g->power[k]);
    }
}

static void fill_levels(tb_gram *g, const tb_picture_sound *sound)
{
    double top = sound->sample_rate / 2, bin = g->size / sound->sample_rate;
    for (int x = 0; x < g->columns; x++) {
        column_power(g, sound, x);
        for (int y = 0; y < g->rows; y++) {
            double high = 1 - (double)y / g->rows;
            double low = 1 - (y + 1.0) / g->rows;
            g->level[(size_t)y * (size_t)g->columns + (size_t)x] =
                (float)row_level(g->most, g->bins,
                                 LOWEST_HZ * pow(top / LOWEST_HZ, low) * bin,
                                 LOWEST_HZ * pow(top / LOWEST_HZ, high) * bin);
        }
    }
}

/* Draws levels relative to the loudest, in place: pixels take the room of the
   numbers. */
static void draw_levels(tb_canvas *c, const tb_sound_layout *l, tb_gram *g,
                        uint32_t *pixels)
{
    size_t count = (size_t)g->columns * (size_t)g->rows;
    float loudest = -80;
    for (size_t i = 0; i < count; i++)
        loudest = fmaxf(loudest, g->level[i]);
    for (size_t i = 0; i < count; i++)
        pixels[i] = tb_heat(1 + (g->level[i] - loudest) / RANGE_DB);
    tb_canvas_pixels(c, l->left, l->top, l->width, l->height, pixels,
                     g->columns, g->rows);
}

static tb_status draw_spectrogram(tb_canvas *c, const tb_sound_layout *l,
                                  const tb_picture_sound *sound,
                                  tb_error *error)
{
    tb_gram g = {.columns = (int)l->width * tb_canvas_scale(c),
                 .rows = (int)l->height * tb_canvas_scale(c)};
    g.size = tb_spectrum_size(0.05, sound->sample_rate);
    if (g.size > MAX_WINDOW)
        g.size = MAX_WINDOW;
    g.bins = g.size / 2 + 1;
    size_t count = (size_t)g.columns * (size_t)g.rows;
    uint32_t *pixels = tb_alloc_array(count, sizeof *pixels);
    g.level = tb_alloc_array(count, sizeof *g.level);
    g.power = tb_alloc_array((size_t)g.bins, sizeof *g.power);
    g.most = tb_alloc_array((size_t)g.bins, sizeof *g.most);
    g.spectrum = tb_spectrum_new(g.size);
    tb_status status = TB_OK;
    if (pixels && g.level && g.power && g.most && g.spectrum) {
        fill_levels(&g, sound);
        draw_levels(c, l, &g, pixels);
    } else {
        status = tb_fail_memory(error);
    }
    tb_free(pixels);
    tb_free(g.level);
    tb_free(g.power);
    tb_free(g.most);
    tb_spectrum_free(g.spectrum);
    return status;
}

/* A quiet sound is drawn larger by a power of two, which is returned. */
static int zoom_of(const tb_picture_sound *sound)
{
    float peak = 0;
    int zoom = 1;
    for (int64_t i = 0; i < sound->frames; i++)
        peak = fmaxf(peak, fabsf(sound->mono[i]));
    while (zoom < 64 && peak > 0 && peak * (float)zoom * 2 <= 1)
        zoom *= 2;
    return peak > 1e-3f ? zoom : 1;
}

static double clip(double x)
{
    return x > 1 ? 1 : x < -1 ? -1 : x;
}

static void draw_wave(tb_canvas *c, const tb_sound_layout *l,
                      const tb_picture_sound *sound, int zoom)
{
    int columns = (int)l->width * tb_canvas_scale(c);
    double step = l->width / columns, half = l->wave_height / 2;
    double middle = l->wave_top + half;
    for (int x = 0; x < columns; x++) {
        int64_t from = sound->frames * x / columns;
        int64_t to = sound->frames * (x + 1) / columns;
        double low = 0, high = 0, power = 0;
        for (int64_t i = from; i < to; i++) {
            low = fmin(low, sound->mono[i]);
            high = fmax(high, sound->mono[i]);
            power += (double)sound->mono[i] * sound->mono[i];
        }
        double rms = to > from ? clip(zoom * sqrt(power / (to - from))) : 0;
        high = clip(high * zoom);
        low = clip(low * zoom);
        tb_canvas_rectangle(c, l->left + x * step, middle - high * half, step,
                            (high - low) * half, INK_PEAK, 1);
        tb_canvas_rectangle(c, l->left + x * step, middle - rms * half, step,
                            2 * rms * half, INK_WAVE, 1);
    }
    tb_canvas_line(c, l->left, middle, l->left + l->width, middle, 0.5, 0,
                   INK_WAVE);
    if (zoom > 1) {
        char text[32];
        snprintf(text, sizeof text, "\u00d7%d", zoom);
        tb_canvas_text(c, l->left - 6, middle + 4, TB_ALIGN_RIGHT, 10,
                       TB_INK_SOFT, text);
    }
}

static void draw_frequencies(tb_canvas *c, const tb_sound_layout *l,
                             double sample_rate)
{
    static const double hz[] = {50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4};
    double octaves = log(sample_rate / 2 / LOWEST_HZ);
    double above = l->top + l->height + 10;
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
        double y =
            l->top + l->height - l->height * log(hz[i] / LOWEST_HZ) / octaves;
        if (hz[i] > sample_rate / 2 || y < l->top + 4 || y > above - 15)
            continue;
        char text[32];
        snprintf(text, sizeof text, hz[i] < 1000 ? "%.0f" : "%.0fk",
                 hz[i] < 1000 ? hz[i] : hz[i] / 1000);
        tb_canvas_line(c, l->left - 3, y, l->left, y, 1, 0, TB_INK_SOFT);
        tb_canvas_text(c, l->left - 6, y + 3.5, TB_ALIGN_RIGHT, 10, TB_INK_TEXT,
                       text);
        above = y;
    }
}

static void draw_prompt(tb_canvas *c, const tb_sound_layout *l, double seconds)
{
    double width = l->width * fmin(1, seconds / l->seconds);
    double bottom = l->top + l->height;
    if (!(width > 0))
        return;
    tb_canvas_rectangle(c, l->left, l->wave_top, width, bottom - l->wave_top,
                        INK_PROMPT, 0.22);
    tb_canvas_line(c, l->left + width, l->wave_top, l->left + width, bottom,
                   1.5, 0, INK_MARK);
    if (tb_canvas_text_width(c, 10, "prompt") + 8 < width)
        tb_canvas_text(c, l->left + 4, l->wave_top + 11, TB_ALIGN_LEFT, 10,
                       INK_MARK, "prompt");
}

static tb_status write_heard(const char *path, const tb_picture_sound *sound,
                             tb_error *error)
{
    tb_picture_size size = sound->size;
    size.width = size.width ? size.width : 360;
    size.height = size.height ? size.height : 170;
    tb_canvas *c = tb_canvas_new(size, error);
    if (!c)
        return error ? error->status : TB_ERR_UNSUPPORTED;
    tb_sound_layout l = lay_out(c, sound);
    tb_status status = draw_spectrogram(c, &l, sound, error);
    if (!status) {
        if (sound->title)
            tb_canvas_text(c, l.left, 17, TB_ALIGN_LEFT, 12, TB_INK_TEXT,
                           sound->title);
        draw_wave(c, &l, sound, zoom_of(sound));
        draw_prompt(c, &l, sound->prompt_seconds);
        tb_draw_seconds(c, l.left, l.width, l.top + l.height, l.seconds);
        draw_frequencies(c, &l, sound->sample_rate);
        status = tb_canvas_save(c, path, error);
    }
    tb_canvas_free(c);
    return status;
}

/* An offset is not heard, and would hide what is. */
tb_status tb_picture_write_sound(const char *path,
                                 const tb_picture_sound *sound, tb_error *error)
{
    tb_picture_sound heard = *sound;
    tb_highpass rumble;
    if (!(sound->sample_rate > 2 * LOWEST_HZ) || sound->frames < 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "cannot draw a sound of %lld samples at a sample rate "
                       "of %g",
                       (long long)sound->frames, sound->sample_rate);
    float *x = tb_alloc_array((size_t)sound->frames, sizeof *x);
    if (!x)
        return tb_fail_memory(error);
    tb_highpass_init(&rumble, RUMBLE_HZ, sound->sample_rate);
    tb_highpass_run(&rumble, sound->mono, sound->frames, 1, x);
    heard.mono = x;
    tb_status status = write_heard(path, &heard, error);
    tb_free(x);
    return status;
}
