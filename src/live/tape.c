#include "live/tape.h"

#include "base/memory.h"

bool tb_live_tape_init(tb_live_tape *tape, int64_t frames)
{
    tape->size = 16;
    while (tape->size < frames)
        tape->size *= 2;
    tape->data = tb_alloc_array((size_t)tape->size, 2 * sizeof *tape->data);
    return tape->data != NULL;
}

void tb_live_tape_clear(tb_live_tape *tape)
{
    tb_free(tape->data);
    *tape = (tb_live_tape){0};
}
