/* A surface to draw on, over cairo loaded at run time. Coordinates are points
   from the top left. Private to the pictures. */
#ifndef TB_PICTURE_CANVAS_H
#define TB_PICTURE_CANVAS_H

#include "base/status.h"
#include "picture/picture.h"

typedef struct tb_canvas tb_canvas;

/* 0xrrggbb */
typedef uint32_t tb_ink;

#define TB_INK_PAPER 0xfdfcfau
#define TB_INK_TEXT 0x3a4247u
#define TB_INK_SOFT 0x7b858bu
#define TB_INK_LINE 0xe3e0d8u

typedef enum tb_align {
    TB_ALIGN_LEFT,
    TB_ALIGN_MIDDLE,
    TB_ALIGN_RIGHT
} tb_align;

/* A canvas filled with paper. Null, with the error filled, where cairo is not
   installed or the size is not possible. */
tb_canvas *tb_canvas_new(tb_picture_size size, tb_error *error);
void tb_canvas_free(tb_canvas *canvas);

double tb_canvas_width(const tb_canvas *canvas);
double tb_canvas_height(const tb_canvas *canvas);
int tb_canvas_scale(const tb_canvas *canvas);

void tb_canvas_rectangle(tb_canvas *canvas, double x, double y, double width,
                         double height, tb_ink ink, double opacity);

/* `dash` 0: unbroken. */
void tb_canvas_line(tb_canvas *canvas, double x0, double y0, double x1,
                    double y1, double width, double dash, tb_ink ink);

/* A line through n points, broken where x or y is NaN. xy: [n, 2] */
void tb_canvas_path(tb_canvas *canvas, const double *xy, int n, double width,
                    tb_ink ink);

void tb_canvas_dot(tb_canvas *canvas, double x, double y, double radius,
                   tb_ink ink);

/* UTF-8 text whose base line starts, centres or ends at (x, y). */
void tb_canvas_text(tb_canvas *canvas, double x, double y, tb_align align,
                    double size, tb_ink ink, const char *text);
double tb_canvas_text_width(tb_canvas *canvas, double size, const char *text);

/* Pixels, [rows, columns] of 0xrrggbb, stretched to a rectangle. */
void tb_canvas_pixels(tb_canvas *canvas, double x, double y, double width,
                      double height, uint32_t *pixels, int columns, int rows);

/* Writes the PNG file, whole or not at all. */
tb_status tb_canvas_save(tb_canvas *canvas, const char *path, tb_error *error);

/* The distance between ticks, 1, 2 or 5 times a power of ten, that gives at
   most `most` of them over a range. */
double tb_tick_step(double range, int most);

#endif
