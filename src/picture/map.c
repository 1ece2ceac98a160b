#include "picture/picture.h"

#include "picture/canvas.h"
#include "picture/palette.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 520, MARGIN = 30 };

static void bounds_of(const tb_picture_point *points, int count, double low[2],
                      double high[2])
{
    low[0] = low[1] = INFINITY;
    high[0] = high[1] = -INFINITY;
    for (int i = 0; i < count; i++) {
        low[0] = fmin(low[0], points[i].x);
        low[1] = fmin(low[1], points[i].y);
        high[0] = fmax(high[0], points[i].x);
        high[1] = fmax(high[1], points[i].y);
    }
}

tb_status tb_picture_write_map(const char *path, const tb_picture_point *points,
                               int count, tb_error *error)
{
    double low[2], high[2];
    tb_canvas *c = tb_canvas_new(
        (tb_picture_size){.width = WIDTH, .height = HEIGHT}, error);
    if (!c)
        return error ? error->status : TB_ERR_UNSUPPORTED;
    bounds_of(points, count, low, high);
    /* One scale for both directions: distances mean something. */
    double scale = fmin((WIDTH - 2 * MARGIN) / fmax(1e-9, high[0] - low[0]),
                        (HEIGHT - 2 * MARGIN) / fmax(1e-9, high[1] - low[1]));
    double radius = count > 300 ? 4 : 7;
    for (int i = 0; i < count; i++) {
        double x = WIDTH / 2.0 + scale * (points[i].x - (low[0] + high[0]) / 2);
        double y =
            HEIGHT / 2.0 - scale * (points[i].y - (low[1] + high[1]) / 2);
        tb_canvas_dot(c, x, y, radius, tb_palette(points[i].colour));
        if (count <= 300)
            tb_canvas_text(c, x, y + 3, TB_ALIGN_MIDDLE, 8, TB_INK_TEXT,
                           points[i].name);
    }
    tb_status status = tb_canvas_save(c, path, error);
    tb_canvas_free(c);
    return status;
}
