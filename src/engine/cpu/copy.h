/* Copies between tensors of any strides, cut into parts: rows as they lie,
   tiles where the two orders of axes differ. */
#ifndef TB_ENGINE_CPU_COPY_H
#define TB_ENGINE_CPU_COPY_H

#include "engine/cpu/kernel.h"

/* y = x. Both without time axis, of one type; axes of x that have one element
   repeat, and missing ones in front too. */
typedef struct tb_copy {
    tb_tensor y, x;
} tb_copy;

/* Bytes of an element of a float plan. */
TB_REALTIME size_t tb_copy_size(const tb_tensor *t);

/* The frames of `t` from `from` on as a plain axis of `count`. */
TB_REALTIME tb_tensor tb_copy_frames(const tb_tensor *t, int64_t from,
                                     int64_t count);

/* Elements start, start + step... of an axis, n of them. */
TB_REALTIME tb_tensor tb_copy_part(const tb_tensor *t, int axis, int64_t start,
                                   int64_t n, int64_t step);

/* One element, 0, in place of any shape. */
TB_REALTIME tb_tensor tb_copy_zero(tb_type type);

TB_REALTIME int64_t tb_copy_elements(const tb_copy *k);
TB_REALTIME void tb_copy_run(const tb_copy *k, int part, int parts);

#endif
