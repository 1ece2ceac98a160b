/* The types of a tensor's elements, as PyTorch counts them. */
#ifndef TB_TORCHSCRIPT_DTYPE_H
#define TB_TORCHSCRIPT_DTYPE_H

#include "base/realtime.h"

#include <stddef.h>

/* The numbers stand in the code of models (`dtype=6`). Source: PyTorch,
   c10/core/ScalarType.h. The gaps are types that are not read. */
typedef enum tb_dtype {
    TB_DTYPE_UINT8 = 0,
    TB_DTYPE_INT8 = 1,
    TB_DTYPE_INT16 = 2,
    TB_DTYPE_INT32 = 3,
    TB_DTYPE_INT64 = 4,
    TB_DTYPE_FLOAT16 = 5,
    TB_DTYPE_FLOAT32 = 6,
    TB_DTYPE_FLOAT64 = 7,
    TB_DTYPE_COMPLEX64 = 9,
    TB_DTYPE_COMPLEX128 = 10,
    TB_DTYPE_BOOL = 11,
    TB_DTYPE_BFLOAT16 = 15
} tb_dtype;

/* Bytes of an element; 0: no such type. */
TB_REALTIME size_t tb_dtype_size(tb_dtype dtype);

/* "float32"; null: no such type. */
const char *tb_dtype_name(tb_dtype dtype);

#endif
