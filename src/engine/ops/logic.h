/* Comparisons, what is true, and choices. Shapes are broadcast and lengths
   meet as those of tb_combine (ops/elementwise.h). No gradient flows through
   a truth value. */
#ifndef TB_ENGINE_OPS_LOGIC_H
#define TB_ENGINE_OPS_LOGIC_H

#include "engine/ops/elementwise.h"

typedef enum tb_comparison {
    TB_EQ,
    TB_NE,
    TB_LT,
    TB_LE,
    TB_GT,
    TB_GE
} tb_comparison;

/* Two values of one type -> bool. Complex numbers have no order: only TB_EQ
   and TB_NE. Nothing but TB_NE holds for NaN. */
tb_value *tb_compare(tb_comparison kind, tb_value *x, tb_value *y);

/* Of bools. */
tb_value *tb_and(tb_value *x, tb_value *y);
tb_value *tb_or(tb_value *x, tb_value *y);
tb_value *tb_not(tb_value *x);

/* x where `condition` (bool) is true, else y; x and y of one type. The
   gradient goes to the one that was taken. */
tb_value *tb_where(tb_value *condition, tb_value *x, tb_value *y);

typedef enum tb_bit_logic { TB_BITS_AND, TB_BITS_OR, TB_BITS_XOR } tb_bit_logic;

/* Of two i64, bit by bit. No gradient. */
tb_value *tb_bits(tb_bit_logic kind, tb_value *x, tb_value *y);

typedef struct tb_bits_attr {
    tb_bit_logic kind;
} tb_bits_attr;

typedef struct tb_compare_attr {
    tb_comparison kind;
} tb_compare_attr;

extern const tb_op tb_op_bits;
extern const tb_op tb_op_compare;
extern const tb_op tb_op_where; /* (condition, x, y) */

#endif
