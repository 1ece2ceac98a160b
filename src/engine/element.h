/* Elements of any type, one by one: for constants, first values of states and
   other things that are done once. */
#ifndef TB_ENGINE_ELEMENT_H
#define TB_ENGINE_ELEMENT_H

#include "base/realtime.h"
#include "engine/tensor.h"

/* An array of any type but TB_REAL (whose size depends on the plan; TB_C64
   stands for pairs of floats), or one element that stands for all. */
typedef struct tb_elements_from {
    const void *data;
    tb_type type;
    bool same;
} tb_elements_from;

static inline tb_elements_from tb_element_all(const double *x)
{
    return (tb_elements_from){x, TB_F64, true};
}

/* Element `i` of `from` becomes the element at offset `at` of `to`, as tb_cast
   would convert it. */
TB_REALTIME void tb_element_copy(const tb_tensor *to, size_t real_size,
                                 int64_t at, tb_elements_from from, int64_t i);

/* binary16; to the nearest, halves to even. */
TB_REALTIME float tb_half_to_float(uint16_t half);
TB_REALTIME uint16_t tb_half_of(float x);

/* Towards 0; what no integer can hold becomes 0. */
static inline int64_t tb_integer_of(double x)
{
    return x > -9.2e18 && x < 9.2e18 ? (int64_t)x : 0;
}

#endif
