#include "picture/canvas.h"

#include "base/library.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/utf8.h"

#include <math.h>
#include <string.h>

/* What of cairo 1.x's interface is used, so that building needs no header. */
enum {
    CAIRO_STATUS_SUCCESS = 0,
    CAIRO_STATUS_WRITE_ERROR = 11,
    CAIRO_FORMAT_RGB24 = 1,
    CAIRO_LINE_CAP_ROUND = 1,
    CAIRO_LINE_JOIN_ROUND = 1,
    CAIRO_FILTER_BEST = 2
};

typedef struct tb_text_extents {
    double x_bearing, y_bearing, width, height, x_advance, y_advance;
} tb_text_extents;

typedef int tb_png_writer(void *closure, const unsigned char *data,
                          unsigned bytes);

#define FUNCTIONS(F)                                                           \
    F(void *, image_surface_create, (int, int, int))                           \
    F(void *, image_surface_create_for_data,                                   \
      (unsigned char *, int, int, int, int))                                   \
    F(void, surface_destroy, (void *))                                         \
    F(int, surface_status, (void *))                                           \
    F(int, surface_write_to_png_stream, (void *, tb_png_writer *, void *))     \
    F(void *, create, (void *))                                                \
    F(void, destroy, (void *))                                                 \
    F(int, status, (void *))                                                   \
    F(const char *, status_to_string, (int))                                   \
    F(void, save, (void *))                                                    \
    F(void, restore, (void *))                                                 \
    F(void, scale, (void *, double, double))                                   \
    F(void, translate, (void *, double, double))                               \
    F(void, set_source_rgba, (void *, double, double, double, double))         \
    F(void, set_source_surface, (void *, void *, double, double))              \
    F(void *, get_source, (void *))                                            \
    F(void, pattern_set_filter, (void *, int))                                 \
    F(void, paint, (void *))                                                   \
    F(void, rectangle, (void *, double, double, double, double))               \
    F(void, arc, (void *, double, double, double, double, double))             \
    F(void, new_path, (void *))                                                \
    F(void, move_to, (void *, double, double))                                 \
    F(void, line_to, (void *, double, double))                                 \
    F(void, fill, (void *))                                                    \
    F(void, stroke, (void *))                                                  \
    F(void, set_line_width, (void *, double))                                  \
    F(void, set_line_cap, (void *, int))                                       \
    F(void, set_line_join, (void *, int))                                      \
    F(void, set_dash, (void *, const double *, int, double))                   \
    F(void, select_font_face, (void *, const char *, int, int))                \
    F(void, set_font_size, (void *, double))                                   \
    F(void, show_text, (void *, const char *))                                 \
    F(void, text_extents, (void *, const char *, tb_text_extents *))

#define MEMBER(result, name, arguments) result(*name) arguments;
#define NAME(result, name, arguments) "cairo_" #name,

typedef struct tb_cairo {
    FUNCTIONS(MEMBER)
} tb_cairo;

static const char *const function_names[] = {FUNCTIONS(NAME)};

struct tb_canvas {
    tb_cairo cairo;
    int width, height, scale;
    void *surface, *context;
};

static tb_status load_cairo(tb_cairo *cairo, tb_error *error)
{
    static const char *const files[] = {"libcairo.so.2", "libcairo.2.dylib",
                                        NULL};
    static const tb_library library = {
        files,   function_names, sizeof function_names / sizeof *function_names,
        "cairo", "libcairo2",    "cannot draw pictures"};
    return tb_library_load(&library, cairo, error);
}

tb_status tb_picture_possible(tb_error *error)
{
    tb_cairo cairo;
    return load_cairo(&cairo, error);
}

static tb_status open_canvas(tb_canvas *c, tb_error *error)
{
    tb_status status = load_cairo(&c->cairo, error);
    if (status)
        return status;
    c->surface = c->cairo.image_surface_create(
        CAIRO_FORMAT_RGB24, c->width * c->scale, c->height * c->scale);
    c->context = c->cairo.create(c->surface);
    if (c->cairo.status(c->context) != CAIRO_STATUS_SUCCESS)
        return tb_fail(error, TB_ERR_MEMORY,
                       "cannot draw a picture of %d x %d pixels: %s",
                       c->width * c->scale, c->height * c->scale,
                       c->cairo.status_to_string(c->cairo.status(c->context)));
    c->cairo.scale(c->context, c->scale, c->scale);
    c->cairo.select_font_face(c->context, "sans-serif", 0, 0);
    c->cairo.set_line_cap(c->context, CAIRO_LINE_CAP_ROUND);
    c->cairo.set_line_join(c->context, CAIRO_LINE_JOIN_ROUND);
    tb_canvas_rectangle(c, 0, 0, c->width, c->height, TB_INK_PAPER, 1);
    return TB_OK;
}

tb_canvas *tb_canvas_new(tb_picture_size size, tb_error *error)
{
    int width = size.width ? size.width : 640;
    int height = size.height ? size.height : 240;
    int scale = size.scale ? size.scale : 2;
    if (width < 160 || height < 100 || width > 4096 || height > 4096 ||
        scale < 1 || scale > 4) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "a picture of %d x %d points at scale %d is not possible: "
                "choose 160 x 100 to 4096 x 4096 and a scale of 1 to 4",
                width, height, scale);
        return NULL;
    }
    tb_canvas *c = tb_alloc(sizeof *c);
    if (!c) {
        tb_fail_memory(error);
        return NULL;
    }
    c->width = width;
    c->height = height;
    c->scale = scale;
    if (open_canvas(c, error)) {
        tb_canvas_free(c);
        return NULL;
    }
    return c;
}

void tb_canvas_free(tb_canvas *c)
{
    if (!c)
        return;
    if (c->context)
        c->cairo.destroy(c->context);
    if (c->surface)
        c->cairo.surface_destroy(c->surface);
    tb_free(c);
}

double tb_canvas_width(const tb_canvas *c)
{
    return c->width;
}

double tb_canvas_height(const tb_canvas *c)
{
    return c->height;
}

int tb_canvas_scale(const tb_canvas *c)
{
    return c->scale;
}

static void set_ink(tb_canvas *c, tb_ink ink, double opacity)
{
    c->cairo.set_source_rgba(c->context, (ink >> 16 & 255) / 255.0,
                             (ink >> 8 & 255) / 255.0, (ink & 255) / 255.0,
                             opacity);
}

void tb_canvas_rectangle(tb_canvas *c, double x, double y, double width,
                         double height, tb_ink ink, double opacity)
{
    set_ink(c, ink, opacity);
    c->cairo.rectangle(c->context, x, y, width, height);
    c->cairo.fill(c->context);
}

void tb_canvas_line(tb_canvas *c, double x0, double y0, double x1, double y1,
                    double width, double dash, tb_ink ink)
{
    double pattern[2] = {dash, dash};
    set_ink(c, ink, 1);
    c->cairo.set_line_width(c->context, width);
    c->cairo.set_dash(c->context, pattern, dash > 0 ? 2 : 0, 0);
    c->cairo.move_to(c->context, x0, y0);
    c->cairo.line_to(c->context, x1, y1);
    c->cairo.stroke(c->context);
    c->cairo.set_dash(c->context, pattern, 0, 0);
}

void tb_canvas_path(tb_canvas *c, const double *xy, int n, double width,
                    tb_ink ink)
{
    int pen_down = 0;
    set_ink(c, ink, 1);
    c->cairo.set_line_width(c->context, width);
    for (int i = 0; i < n; i++) {
        double x = xy[2 * i], y = xy[2 * i + 1];
        int there = !isnan(x) && !isnan(y);
        if (there && pen_down)
            c->cairo.line_to(c->context, x, y);
        else if (there)
            c->cairo.move_to(c->context, x, y);
        pen_down = there;
    }
    c->cairo.stroke(c->context);
}

void tb_canvas_dot(tb_canvas *c, double x, double y, double radius, tb_ink ink)
{
    set_ink(c, ink, 1);
    c->cairo.new_path(c->context);
    c->cairo.arc(c->context, x, y, radius, 0, 6.283185307179586);
    c->cairo.fill(c->context);
}

/* A copy of the text that cairo takes, whatever the bytes: one that is not
   UTF-8 would end all drawing. */
static void clean_text(char *clean, size_t size, const char *text)
{
    size_t used = 0;
    while (*text && used + 4 < size) {
        int length = tb_utf8_length(text);
        if (length)
            memcpy(clean + used, text, (size_t)length);
        else
            clean[used] = '?';
        used += length ? (size_t)length : 1;
        text += length ? length : 1;
    }
    clean[used] = 0;
}

double tb_canvas_text_width(tb_canvas *c, double size, const char *text)
{
    tb_text_extents extents = {0};
    char clean[512];
    clean_text(clean, sizeof clean, text);
    c->cairo.set_font_size(c->context, size);
    c->cairo.text_extents(c->context, clean, &extents);
    return extents.x_advance;
}

void tb_canvas_text(tb_canvas *c, double x, double y, tb_align align,
                    double size, tb_ink ink, const char *text)
{
    double width = tb_canvas_text_width(c, size, text);
    char clean[512];
    clean_text(clean, sizeof clean, text);
    set_ink(c, ink, 1);
    c->cairo.move_to(c->context, x - width * align / 2, y);
    c->cairo.show_text(c->context, clean);
    c->cairo.new_path(c->context);
}

void tb_canvas_pixels(tb_canvas *c, double x, double y, double width,
                      double height, uint32_t *pixels, int columns, int rows)
{
    void *image = c->cairo.image_surface_create_for_data(
        (unsigned char *)pixels, CAIRO_FORMAT_RGB24, columns, rows,
        columns * (int)sizeof *pixels);
    c->cairo.save(c->context);
    c->cairo.translate(c->context, x, y);
    c->cairo.scale(c->context, width / columns, height / rows);
    c->cairo.set_source_surface(c->context, image, 0, 0);
    c->cairo.pattern_set_filter(c->cairo.get_source(c->context),
                                CAIRO_FILTER_BEST);
    c->cairo.rectangle(c->context, 0, 0, columns, rows);
    c->cairo.fill(c->context);
    c->cairo.restore(c->context);
    c->cairo.surface_destroy(image);
}

typedef struct tb_png_output {
    tb_file *file;
    tb_error *error;
    tb_status status;
} tb_png_output;

static int write_png(void *closure, const unsigned char *data, unsigned bytes)
{
    tb_png_output *out = closure;
    out->status = tb_file_write(out->file, data, bytes, out->error);
    return out->status ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

tb_status tb_canvas_save(tb_canvas *c, const char *path, tb_error *error)
{
    tb_png_output out = {.error = error};
    int drawn = c->cairo.status(c->context);
    if (drawn != CAIRO_STATUS_SUCCESS)
        return tb_fail(error, TB_ERR_SYSTEM, "cannot draw '%s': %s", path,
                       c->cairo.status_to_string(drawn));
    out.file = tb_file_begin(path, error);
    if (!out.file)
        return error ? error->status : TB_ERR_FILE;
    int saved =
        c->cairo.surface_write_to_png_stream(c->surface, write_png, &out);
    if (saved == CAIRO_STATUS_SUCCESS)
        return tb_file_commit(out.file, error);
    tb_file_abort(out.file);
    if (out.status)
        return out.status;
    return tb_fail(error, TB_ERR_SYSTEM, "cannot write '%s': %s", path,
                   c->cairo.status_to_string(saved));
}

double tb_tick_step(double range, int most)
{
    static const double steps[] = {1, 2, 5, 10};
    if (!(range > 0) || most < 1)
        return 1;
    double power = pow(10, floor(log10(range / most)));
    for (int i = 0; i < 4; i++)
        if (steps[i] * power * most >= range * (1 - 1e-9))
            return steps[i] * power;
    return 10 * power;
}
