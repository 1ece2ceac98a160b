/* Colours for groups. Private to the pictures. */
#ifndef TB_PICTURE_PALETTE_H
#define TB_PICTURE_PALETTE_H

#include "picture/canvas.h"

static inline tb_ink tb_palette(int group)
{
    static const tb_ink inks[] = {0xe9b872, 0x7fb7be, 0xb5838d, 0x9bc53d,
                                  0x8d99ae, 0xf28482, 0x6a994e, 0xcdb4db,
                                  0xf6bd60, 0x577590, 0xbc6c25, 0x43aa8b};
    return inks[(unsigned)group % (sizeof inks / sizeof *inks)];
}

#endif
