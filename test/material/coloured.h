/* The shipped WaveNet with a condition: a control that colours what it says,
   row by row. */
#ifndef TB_TEST_COLOURED_H
#define TB_TEST_COLOURED_H

#include "engine/ops.h"
#include "models/wavenet.h"

static const tb_control colour_control = {.name = "colour",
                                          .help = "How it speaks.",
                                          .type = TB_CONTROL_REAL,
                                          .low = -1,
                                          .high = 1,
                                          .standard = 0.5,
                                          .length = 1,
                                          .per_row = true};

static inline tb_distribution coloured_loop(tb_builder *b, tb_value *levels,
                                            int64_t context)
{
    tb_value *colour = tb_reshape(tb_builder_control(b, &colour_control),
                                  tb_dims(b->rows, 1, 1));
    return tb_wavenet_next(b->config, levels, colour, NULL, context);
}

/* "coloured", as an instrument of its own. */
static inline const tb_instrument *coloured_instrument(void)
{
    static tb_network network;
    static tb_instrument coloured;
    network = *tb_wavenet_instrument.network;
    network.loop = coloured_loop;
    coloured = tb_wavenet_instrument;
    coloured.name = "coloured";
    coloured.network = &network;
    return &coloured;
}

#endif
