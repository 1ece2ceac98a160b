/* What pictures of sounds share: the colours of levels and the seconds below.
   Private to the pictures. */
#ifndef TB_PICTURE_AXES_H
#define TB_PICTURE_AXES_H

#include "picture/canvas.h"

/* Quiet (0) to loud (1): paper, green, blue, violet, ever darker; a pixel
   0xrrggbb. */
uint32_t tb_heat(double level);

/* Marks and times below `y`, from `left` on over `width` points that last
   `seconds`. */
void tb_draw_seconds(tb_canvas *canvas, double left, double width, double y,
                     double seconds);

#endif
