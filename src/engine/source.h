/* The nodes without inputs, and what they carry. */
#ifndef TB_ENGINE_SOURCE_H
#define TB_ENGINE_SOURCE_H

#include "engine/element.h"
#include "engine/op.h"

typedef struct tb_state_attr {
    double init;
    tb_value *next; /* null: the state never changes */
    bool any_order; /* its axes lie in memory as a plan likes */
} tb_state_attr;

typedef struct tb_constant_attr {
    tb_elements_from elements; /* in logical order */
} tb_constant_attr;

typedef struct tb_feedback_attr {
    tb_value *source;
    int64_t period;
} tb_feedback_attr;

extern const tb_op tb_op_input; /* attr: none */
extern const tb_op tb_op_param; /* attr: none */
extern const tb_op tb_op_fill;  /* attr: double */
extern const tb_op tb_op_constant;
extern const tb_op tb_op_state;
extern const tb_op tb_op_feedback;

#endif
