#include "picture/picture.h"

#include "base/memory.h"
#include "picture/axes.h"
#include "picture/canvas.h"
#include "picture/palette.h"

#include <math.h>
#include <stdio.h>

#define INK_WAVE 0x2f7d86u
#define INK_CURVE 0x8a3b12u
#define INK_MARK 0xb35c1eu

enum { LEFT = 40, WIDTH = 900, HEIGHT = 360, RANGE_DB = 72 };

/* Where things are, in points from the top. */
typedef struct tb_strip {
    double width, seconds;
    double names, wave, wave_height, gram, gram_height, curve, curve_height;
} tb_strip;

static tb_strip lay_out(const tb_picture_stretches *p)
{
    tb_strip s = {.width = WIDTH - LEFT - 12, .names = p->title ? 26 : 8};
    s.seconds = (double)p->overview->frames / p->overview->sample_rate;
    s.wave = s.names + 16;
    s.curve_height = p->curve ? 60 : 0;
    double room = HEIGHT - s.wave - s.curve_height - 32;
    s.wave_height = floor(room * 0.3);
    s.gram = s.wave + s.wave_height + 5;
    s.gram_height = room - s.wave_height;
    s.curve = s.gram + s.gram_height + 5;
    return s;
}

static void draw_wave(tb_canvas *c, const tb_strip *s, const tb_overview *o)
{
    float peak = 1e-4f;
    double half = s->wave_height / 2, middle = s->wave + half;
    double step = s->width / o->columns;
    for (int i = 0; i < o->columns; i++)
        peak = fmaxf(peak, fmaxf(o->high[i], -o->low[i]));
    for (int i = 0; i < o->columns; i++) {
        double high = o->high[i] / peak * half, low = o->low[i] / peak * half;
        tb_canvas_rectangle(c, LEFT + i * step, middle - high, step,
                            high - low + 0.5, INK_WAVE, 1);
    }
}

static tb_status draw_gram(tb_canvas *c, const tb_strip *s,
                           const tb_overview *o, tb_error *error)
{
    size_t count = (size_t)o->columns * (size_t)o->rows;
    uint32_t *pixels = tb_alloc_array(count, sizeof *pixels);
    float loudest = -80;
    if (!pixels)
        return tb_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        loudest = fmaxf(loudest, o->level[i]);
    for (size_t i = 0; i < count; i++)
        pixels[i] = tb_heat(1 + (o->level[i] - loudest) / RANGE_DB);
    tb_canvas_pixels(c, LEFT, s->gram, s->width, s->gram_height, pixels,
                     o->columns, o->rows);
    tb_free(pixels);
    return TB_OK;
}

static void draw_frequencies(tb_canvas *c, const tb_strip *s,
                             const tb_overview *o)
{
    static const double hz[] = {200, 500, 1000, 2000, 4000, 8000, 16000};
    int row = o->rows - 1;
    double above = s->gram + s->gram_height + 20;
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
        while (row >= 0 && tb_overview_row_hz(o, row) < hz[i])
            row--;
        double y = s->gram + s->gram_height * (row + 1) / o->rows;
        if (row < 0 || y > above - 14)
            continue;
        char text[32];
        snprintf(text, sizeof text, hz[i] < 1000 ? "%.0f" : "%.0fk",
                 hz[i] < 1000 ? hz[i] : hz[i] / 1000);
        tb_canvas_text(c, LEFT - 6, y + 3.5, TB_ALIGN_RIGHT, 10, TB_INK_TEXT,
                       text);
        above = y;
    }
}

/* The highest of the points that a column holds. */
static tb_status draw_curve(tb_canvas *c, const tb_strip *s,
                            const tb_picture_stretches *p, tb_error *error)
{
    int columns = (int)s->width;
    double *xy = tb_alloc_array((size_t)columns, 2 * sizeof *xy), most = 1e-9;
    if (!xy)
        return tb_fail_memory(error);
    for (int64_t j = 0; j < p->points; j++)
        most = fmax(most, p->curve[j]);
    for (int i = 0; i < columns; i++) {
        int64_t from = p->points * i / columns;
        int64_t to = p->points * (i + 1) / columns;
        double high = p->points > 0 ? p->curve[from] : 0;
        for (int64_t j = from; j < to; j++)
            high = fmax(high, p->curve[j]);
        xy[2 * i] = LEFT + i + 0.5;
        xy[2 * i + 1] = s->curve + s->curve_height * (1 - fmax(0, high) / most);
    }
    tb_canvas_path(c, xy, columns, 1, INK_CURVE);
    tb_free(xy);
    return TB_OK;
}

/* Marks become fine where there are many. */
static void draw_stretches(tb_canvas *c, const tb_strip *s,
                           const tb_picture_stretches *p)
{
    double bottom = s->curve + s->curve_height, free_from = 0;
    double fine = p->count > 100 ? 0.5 : 1;
    for (int i = 0; i < p->count; i++) {
        const tb_picture_stretch *one = &p->stretches[i];
        double x = LEFT + s->width * one->start / s->seconds;
        double end = LEFT + s->width * one->end / s->seconds;
        if (one->colour >= 0)
            tb_canvas_rectangle(c, x, s->names, end - x, 14,
                                tb_palette(one->colour), 1);
        tb_canvas_line(c, x, s->names, x, bottom, fine, 0, INK_MARK);
        double width = tb_canvas_text_width(c, 10, one->name);
        if (x < free_from || x + 3 + width > fmax(end, x + 12))
            continue;
        tb_canvas_text(c, x + 3, s->names + 11, TB_ALIGN_LEFT, 10, TB_INK_TEXT,
                       one->name);
        free_from = x + 3 + width;
    }
}

tb_status tb_picture_write_stretches(const char *path,
                                     const tb_picture_stretches *p,
                                     tb_error *error)
{
    tb_canvas *c = tb_canvas_new(
        (tb_picture_size){.width = WIDTH, .height = HEIGHT}, error);
    if (!c)
        return error ? error->status : TB_ERR_UNSUPPORTED;
    tb_strip s = lay_out(p);
    if (p->title)
        tb_canvas_text(c, LEFT, 17, TB_ALIGN_LEFT, 12, TB_INK_TEXT, p->title);
    tb_status status = draw_gram(c, &s, p->overview, error);
    if (!status && p->curve)
        status = draw_curve(c, &s, p, error);
    if (!status) {
        draw_wave(c, &s, p->overview);
        draw_stretches(c, &s, p);
        draw_frequencies(c, &s, p->overview);
        tb_draw_seconds(c, LEFT, s.width, s.curve + s.curve_height, s.seconds);
        status = tb_canvas_save(c, path, error);
    }
    tb_canvas_free(c);
    return status;
}
