#include "picture/picture.h"

#include "base/median.h"
#include "base/memory.h"
#include "picture/canvas.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* Told apart also by those who do not see all colours: they differ in
   lightness as well. */
static const tb_ink line_inks[] = {0xc4521fu, 0x1f6f8bu, 0x7a3e9du,
                                   0x3f8f4fu, 0xb8860bu, 0x444c52u};

enum { MAX_LINES = sizeof line_inks / sizeof *line_inks, MAX_LABELS = 16 };

/* Of so many values one is a peak that the plot may cut off, if it lies further
   from the others than so many times what they span. */
enum { ONE_PEAK_OF = 50, PEAK_SPANS = 2 };

typedef struct tb_label {
    double y;
    tb_ink ink;
    const char *text;
} tb_label;

/* The plot's place in points and what its edges stand for. */
typedef struct tb_plot {
    tb_canvas *canvas;
    const tb_picture_chart *chart;
    double left, top, width, height;
    double x_low, x_high, low, high, step;
    double least, most; /* of all values; NaN of none */
    tb_label labels[MAX_LABELS];
    int label_count;
} tb_plot;

static double x_of(const tb_plot *p, double epoch)
{
    return p->left + p->width * (epoch - p->x_low) / (p->x_high - p->x_low);
}

static double y_of(const tb_plot *p, double value)
{
    double y = p->top + p->height * (p->high - value) / (p->high - p->low);
    return fmax(p->top, fmin(p->top + p->height, y));
}

static void widen(tb_plot *p, double value)
{
    if (!isfinite(value))
        return;
    p->low = fmin(p->low, value);
    p->high = fmax(p->high, value);
}

/* All values of all lines, rising; returns how many. */
static int64_t sorted(const tb_picture_chart *chart, double *values)
{
    int64_t n = 0;
    for (int i = 0; i < chart->line_count; i++)
        for (int j = 0; j < chart->count; j++)
            if (isfinite(chart->lines[i].values[j]))
                values[n++] = chart->lines[i].values[j];
    tb_sort_numbers(values, n);
    return n;
}

/* From the least to the most of n values; but a few steps that went wrong would
   press all others flat: the plot ends near these. */
static void cover(tb_plot *p, const double *values, int64_t n)
{
    p->least = p->most = NAN;
    if (n == 0)
        return;
    p->least = values[0];
    p->most = values[n - 1];
    double low = values[n / ONE_PEAK_OF];
    double high = values[n - 1 - n / ONE_PEAK_OF];
    double span = high - low, far = PEAK_SPANS * span;
    widen(p, span > 0 && p->most - high > far ? high + span / 4 : p->most);
    widen(p, span > 0 && low - p->least > far ? low - span / 4 : p->least);
}

/* With room for all values of all lines. */
static void find_range(tb_plot *p, double *values)
{
    const tb_picture_chart *chart = p->chart;
    p->x_low = chart->count ? chart->epochs[0] : 0;
    p->x_high = chart->count ? chart->epochs[chart->count - 1] : 1;
    if (!(p->x_high > p->x_low))
        p->x_high = p->x_low + 1;
    int chosen = chart->high > chart->low;
    p->low = chosen ? chart->low : INFINITY;
    p->high = chosen ? chart->high : -INFINITY;
    cover(p, values, sorted(chart, values));
    for (int i = 0; i < chart->level_count; i++)
        widen(p, chart->levels[i].value);
    if (!(p->high >= p->low)) {
        p->low = 0;
        p->high = 1;
    }
    double least = 1e-3 * fmax(fabs(p->low), fabs(p->high));
    p->step = tb_tick_step(fmax(p->high - p->low, least), 5);
    p->low = floor(p->low / p->step + 1e-9) * p->step;
    p->high = ceil(p->high / p->step - 1e-9) * p->step;
    if (!(p->high > p->low))
        p->high = p->low + p->step;
}

/* Numbers of any size, as short as tells one line of the grid from the next. */
static void value_text(const tb_plot *p, double value, char text[32])
{
    double most = fmax(fabs(p->low), fabs(p->high));
    int digits = (int)fmax(0, ceil(-log10(p->step) - 1e-9));
    if (fabs(value) < p->step / 2)
        snprintf(text, 32, "0");
    else if (most < 1e5 && digits <= 4)
        snprintf(text, 32, "%.*f", digits, value);
    else
        snprintf(text, 32, "%.4g", value);
}

/* The n-th line of the grid; false above the plot. */
static bool grid_value(const tb_plot *p, int n, double *value)
{
    *value = p->low + n * p->step;
    return *value <= p->high + p->step / 2;
}

/* The numbers stand left of the plot, the names right of it: both take what
   the longest of them needs. */
static void lay_out(tb_plot *p)
{
    const tb_picture_chart *chart = p->chart;
    double names = 0, numbers = 22, value;
    char text[32];
    for (int i = 0; grid_value(p, i, &value); i++) {
        value_text(p, value, text);
        numbers = fmax(numbers, tb_canvas_text_width(p->canvas, 11, text));
    }
    for (int i = 0; i < chart->line_count; i++)
        names = fmax(names,
                     tb_canvas_text_width(p->canvas, 11, chart->lines[i].name));
    for (int i = 0; i < chart->level_count; i++)
        if (isfinite(chart->levels[i].value))
            names = fmax(names, tb_canvas_text_width(p->canvas, 11,
                                                     chart->levels[i].name));
    p->left = numbers + 14;
    p->top = chart->title ? 30 : 12;
    p->width = tb_canvas_width(p->canvas) - p->left - names - 20;
    p->height = tb_canvas_height(p->canvas) - p->top - 34;
}

static void draw_grid(const tb_plot *p)
{
    tb_canvas *c = p->canvas;
    double value;
    char text[32];
    for (int i = 0; grid_value(p, i, &value); i++) {
        double y = y_of(p, value);
        value_text(p, value, text);
        tb_canvas_line(c, p->left, y, p->left + p->width, y, 1, 0, TB_INK_LINE);
        tb_canvas_text(c, p->left - 8, y + 4, TB_ALIGN_RIGHT, 11, TB_INK_TEXT,
                       text);
    }
}

/* How far what is cut off goes. */
static void draw_beyond(const tb_plot *p)
{
    double right = p->left + p->width - 4;
    char text[32];
    snprintf(text, sizeof text, "peaks up to %.3g", p->most);
    if (p->most > p->high + p->step / 2)
        tb_canvas_text(p->canvas, right, p->top + 13, TB_ALIGN_RIGHT, 11,
                       TB_INK_SOFT, text);
    snprintf(text, sizeof text, "down to %.3g", p->least);
    if (p->least < p->low - p->step / 2)
        tb_canvas_text(p->canvas, right, p->top + p->height - 5, TB_ALIGN_RIGHT,
                       11, TB_INK_SOFT, text);
}

static void draw_epochs(const tb_plot *p)
{
    tb_canvas *c = p->canvas;
    double step = fmax(
        1, tb_tick_step(p->x_high - p->x_low, (int)fmax(1, p->width / 40)));
    double bottom = p->top + p->height;
    for (double x = ceil(p->x_low / step) * step; x <= p->x_high + 1e-9;
         x += step) {
        char text[32];
        snprintf(text, sizeof text, "%.0f", x);
        tb_canvas_line(c, x_of(p, x), bottom, x_of(p, x), bottom + 4, 1, 0,
                       TB_INK_SOFT);
        tb_canvas_text(c, x_of(p, x), bottom + 16, TB_ALIGN_MIDDLE, 11,
                       TB_INK_TEXT, text);
    }
    tb_canvas_text(c, p->left + p->width / 2, bottom + 29, TB_ALIGN_MIDDLE, 11,
                   TB_INK_SOFT, p->chart->x_name ? p->chart->x_name : "epoch");
}

static void add_label(tb_plot *p, double y, tb_ink ink, const char *text)
{
    if (p->label_count == MAX_LABELS)
        return;
    int i = p->label_count++;
    for (; i > 0 && p->labels[i - 1].y > y; i--)
        p->labels[i] = p->labels[i - 1];
    p->labels[i] = (tb_label){y, ink, text};
}

/* Labels stand level with what they name, but 13 points apart at least. */
static void draw_labels(tb_plot *p)
{
    double lowest = p->top + p->height + 4;
    for (int i = 1; i < p->label_count; i++)
        p->labels[i].y = fmax(p->labels[i].y, p->labels[i - 1].y + 13);
    for (int i = p->label_count - 1; i >= 0; i--) {
        p->labels[i].y = fmin(p->labels[i].y, lowest);
        lowest = p->labels[i].y - 13;
        tb_canvas_text(p->canvas, p->left + p->width + 8, p->labels[i].y + 4,
                       TB_ALIGN_LEFT, 11, p->labels[i].ink, p->labels[i].text);
    }
}

static void draw_levels(tb_plot *p)
{
    for (int i = 0; i < p->chart->level_count; i++) {
        const tb_picture_level *level = &p->chart->levels[i];
        if (!isfinite(level->value))
            continue;
        double y = y_of(p, level->value);
        tb_canvas_line(p->canvas, p->left, y, p->left + p->width, y, 1, 4,
                       TB_INK_SOFT);
        add_label(p, y, TB_INK_SOFT, level->name);
    }
}

/* A thin line over the gaps: what is measured now and then is still a curve. */
static void draw_gaps(const tb_plot *p, const double *xy, tb_ink ink)
{
    int before = -1;
    for (int j = 0; j < p->chart->count; j++) {
        if (isnan(xy[2 * j]))
            continue;
        if (before >= 0 && before < j - 1)
            tb_canvas_line(p->canvas, xy[2 * before], xy[2 * before + 1],
                           xy[2 * j], xy[2 * j + 1], 0.75, 0, ink);
        before = j;
    }
}

/* Points that have no neighbour would leave no line: they become dots. */
static void draw_line(tb_plot *p, int index, double *xy)
{
    const tb_picture_chart *chart = p->chart;
    const double *values = chart->lines[index].values;
    tb_ink ink = line_inks[index % MAX_LINES];
    int last = -1;
    for (int j = 0; j < chart->count; j++) {
        int there = isfinite(values[j]);
        xy[2 * j] = there ? x_of(p, chart->epochs[j]) : NAN;
        xy[2 * j + 1] = there ? y_of(p, values[j]) : NAN;
        if (there)
            last = j;
    }
    draw_gaps(p, xy, ink);
    tb_canvas_path(p->canvas, xy, chart->count, 2, ink);
    for (int j = 0; j < chart->count; j++) {
        int alone = (j == 0 || isnan(xy[2 * j - 2])) &&
                    (j + 1 == chart->count || isnan(xy[2 * j + 2]));
        if (!isnan(xy[2 * j]) && (alone || j == last))
            tb_canvas_dot(p->canvas, xy[2 * j], xy[2 * j + 1], 3, ink);
    }
    if (last >= 0)
        add_label(p, xy[2 * last + 1], ink, chart->lines[index].name);
}

static void draw_title(const tb_plot *p)
{
    const char *title = p->chart->title, *hint = p->chart->hint;
    tb_canvas *c = p->canvas;
    if (!title)
        return;
    tb_canvas_text(c, 8, 17, TB_ALIGN_LEFT, 12.5, TB_INK_TEXT, title);
    if (hint)
        tb_canvas_text(c, 18 + tb_canvas_text_width(c, 12.5, title), 17,
                       TB_ALIGN_LEFT, 11, TB_INK_SOFT, hint);
}

static tb_status draw_chart(tb_plot *p, tb_error *error)
{
    const tb_picture_chart *chart = p->chart;
    double *xy = tb_alloc_array((size_t)chart->count, 2 * sizeof *xy);
    double *values =
        tb_alloc_array((size_t)chart->count, MAX_LINES * sizeof *values);
    if (!xy || !values) {
        tb_free(xy);
        tb_free(values);
        return tb_fail_memory(error);
    }
    find_range(p, values);
    tb_free(values);
    lay_out(p);
    draw_grid(p);
    draw_epochs(p);
    draw_levels(p);
    for (int i = chart->line_count - 1; i >= 0; i--)
        draw_line(p, i, xy);
    draw_labels(p);
    draw_beyond(p);
    draw_title(p);
    tb_free(xy);
    return TB_OK;
}

tb_status tb_picture_write_chart(const char *path,
                                 const tb_picture_chart *chart, tb_error *error)
{
    if (chart->line_count > MAX_LINES)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "a chart has at most %d lines, not %d", (int)MAX_LINES,
                       chart->line_count);
    tb_plot p = {.chart = chart};
    p.canvas = tb_canvas_new(chart->size, error);
    if (!p.canvas)
        return error ? error->status : TB_ERR_UNSUPPORTED;
    tb_status status = draw_chart(&p, error);
    if (!status)
        status = tb_canvas_save(p.canvas, path, error);
    tb_canvas_free(p.canvas);
    return status;
}
