/* Parts of an axis whose place is a number that each run gets anew. */
#ifndef TB_ENGINE_OPS_SPAN_H
#define TB_ENGINE_OPS_SPAN_H

#include "engine/op.h"

/* `old`, but with elements along `axis` replaced by those of `value`. `place`,
   i64 [3], says which: the first that is replaced, the first of `value` that is
   taken, and how many. What would lie outside of either is left as it was. The
   values are of one type, as long along all other axes, and without time. A
   pure write: `old` stays as it is. */
tb_value *tb_write_span(tb_value *old, tb_value *value, tb_value *place,
                        int axis);

typedef struct tb_span_attr {
    int axis;
    bool back; /* the first two numbers of the place change their roles */
} tb_span_attr;

/* The part that a place means, clipped: elements `to` on of the old value,
   `from` on of the new one; places may be strided. */
typedef struct tb_span_place {
    int64_t to, from, count;
} tb_span_place;

TB_REALTIME tb_span_place tb_span_placed(const tb_span_attr *attr,
                                         const int64_t *place, int64_t stride,
                                         int64_t old_length,
                                         int64_t new_length);

extern const tb_op tb_op_write_span; /* (old, value, place) */

#endif
