#include "torchscript/dtype.h"

#include <stdbool.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [TB_DTYPE_UINT8] = {"uint8", 1},
    [TB_DTYPE_INT8] = {"int8", 1},
    [TB_DTYPE_INT16] = {"int16", 2},
    [TB_DTYPE_INT32] = {"int32", 4},
    [TB_DTYPE_INT64] = {"int64", 8},
    [TB_DTYPE_FLOAT16] = {"float16", 2},
    [TB_DTYPE_FLOAT32] = {"float32", 4},
    [TB_DTYPE_FLOAT64] = {"float64", 8},
    [TB_DTYPE_COMPLEX64] = {"complex64", 8},
    [TB_DTYPE_COMPLEX128] = {"complex128", 16},
    [TB_DTYPE_BOOL] = {"bool", 1},
    [TB_DTYPE_BFLOAT16] = {"bfloat16", 2},
};

static bool exists(tb_dtype dtype)
{
    return (size_t)dtype < sizeof types / sizeof *types;
}

size_t tb_dtype_size(tb_dtype dtype)
{
    return exists(dtype) ? types[dtype].size : 0;
}

const char *tb_dtype_name(tb_dtype dtype)
{
    return exists(dtype) ? types[dtype].name : NULL;
}
