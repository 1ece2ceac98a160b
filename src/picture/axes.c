#include "picture/axes.h"

#include <math.h>
#include <stdio.h>

uint32_t tb_heat(double level)
{
    static const struct {
        double at;
        unsigned char rgb[3];
    } stops[] = {
        {0, {0xfb, 0xfa, 0xf6}},    {0.18, {0xe3, 0xee, 0xe2}},
        {0.38, {0xa5, 0xd6, 0xbe}}, {0.56, {0x4f, 0xb0, 0xa8}},
        {0.72, {0x2a, 0x7c, 0x9b}}, {0.86, {0x3b, 0x46, 0x88}},
        {1, {0x2a, 0x12, 0x50}},
    };
    int i = 1;
    if (!(level > 0))
        level = 0;
    if (level > 1)
        level = 1;
    while (stops[i].at < level)
        i++;
    double t = (level - stops[i - 1].at) / (stops[i].at - stops[i - 1].at);
    uint32_t pixel = 0;
    for (int k = 0; k < 3; k++)
        pixel = pixel << 8 | (uint32_t)(stops[i - 1].rgb[k] * (1 - t) +
                                        stops[i].rgb[k] * t + 0.5);
    return pixel;
}

static void time_text(double t, double step, char text[32])
{
    int digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    if (step < 60)
        snprintf(text, 32, "%.*f s", digits, t);
    else
        snprintf(text, 32, "%d:%02d", (int)t / 60, (int)t % 60);
}

void tb_draw_seconds(tb_canvas *c, double left, double width, double y,
                     double seconds)
{
    double step = tb_tick_step(seconds, (int)(width / 64));
    for (int i = 0; i * step <= seconds * (1 + 1e-9); i++) {
        double x = left + width * i * step / seconds;
        char text[32];
        time_text(i * step, step, text);
        tb_canvas_line(c, x, y, x, y + 4, 1, 0, TB_INK_SOFT);
        double half = tb_canvas_text_width(c, 10, text) / 2;
        double centre = fmin(x, tb_canvas_width(c) - 3 - half);
        tb_canvas_text(c, centre, y + 15, TB_ALIGN_MIDDLE, 10, TB_INK_TEXT,
                       text);
    }
}
