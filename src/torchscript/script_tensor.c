#include "torchscript/script_tensor.h"

#include "base/half.h"

#include <string.h>

tb_type tb_dtype_type(tb_dtype dtype)
{
    switch (dtype) {
    case TB_DTYPE_UINT8:
    case TB_DTYPE_INT8:
    case TB_DTYPE_INT16:
    case TB_DTYPE_INT32:
    case TB_DTYPE_INT64:
        return TB_I64;
    case TB_DTYPE_BOOL:
        return TB_BOOL;
    case TB_DTYPE_COMPLEX64:
    case TB_DTYPE_COMPLEX128:
        return TB_C64;
    default:
        return TB_REAL;
    }
}

bool tb_dtype_is_real(tb_dtype dtype)
{
    return tb_dtype_type(dtype) == TB_REAL;
}

bool tb_dtype_is_whole(tb_dtype dtype)
{
    return tb_dtype_type(dtype) == TB_I64;
}

/* ---- geometry ---- */

int64_t tb_script_elements(tb_shape shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape.rank; i++)
        n *= shape.dim[i];
    return n;
}

int64_t tb_script_tensor_count(const tb_script_tensor *t)
{
    int64_t n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= t->dim[i];
    return n;
}

bool tb_script_tensor_is_contiguous(const tb_script_tensor *t)
{
    int64_t size = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        if (t->dim[i] != 1 && t->stride[i] != size)
            return false;
        size *= t->dim[i];
    }
    return true;
}

tb_shape tb_script_tensor_shape(const tb_script_tensor *t)
{
    return tb_dims_of(t->rank, t->dim);
}

int64_t tb_script_tensor_reach(const tb_script_tensor *t)
{
    int64_t last = t->offset;
    for (int i = 0; i < t->rank; i++) {
        if (t->dim[i] == 0)
            return 0;
        if (t->stride[i] > 0)
            last += (t->dim[i] - 1) * t->stride[i];
    }
    return last + 1;
}

int64_t tb_script_tensor_place(const tb_script_tensor *t, int64_t i)
{
    int64_t at = t->offset;
    for (int a = t->rank - 1; a >= 0; a--) {
        at += i % t->dim[a] * t->stride[a];
        i /= t->dim[a];
    }
    return at;
}

void tb_script_tensor_pack(tb_script_tensor *t)
{
    int64_t size = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        t->stride[i] = size;
        size *= t->dim[i] > 0 ? t->dim[i] : 1;
    }
}

/* ---- elements: files need not be aligned ---- */

double tb_dtype_read(tb_dtype dtype, const void *data, int64_t i)
{
    const char *at = (const char *)data + i * (int64_t)tb_dtype_size(dtype);
    union {
        uint8_t u8;
        int8_t i8;
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
    } x = {0};
    size_t bytes = tb_dtype_size(dtype);
    memcpy(&x, at, tb_dtype_type(dtype) == TB_C64 ? bytes / 2 : bytes);
    switch (dtype) {
    case TB_DTYPE_UINT8:
        return x.u8;
    case TB_DTYPE_INT8:
        return x.i8;
    case TB_DTYPE_INT16:
        return x.i16;
    case TB_DTYPE_INT32:
        return x.i32;
    case TB_DTYPE_INT64:
        return (double)x.i64;
    case TB_DTYPE_FLOAT16:
        return (double)tb_float_of_half(x.u16);
    case TB_DTYPE_FLOAT64:
    case TB_DTYPE_COMPLEX128:
        return x.f64;
    case TB_DTYPE_BOOL:
        return x.u8 != 0;
    case TB_DTYPE_BFLOAT16:
        return (double)tb_float_of_bfloat(x.u16);
    default:
        return (double)x.f32;
    }
}

static void convert(const tb_script_storage *s, void *data, int64_t from,
                    int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        double x = tb_dtype_read(s->dtype, s->file, i);
        switch (tb_dtype_type(s->dtype)) {
        case TB_I64:
            ((int64_t *)data)[i] = (int64_t)x;
            break;
        case TB_BOOL:
            ((uint8_t *)data)[i] = x != 0;
            break;
        default:
            ((float *)data)[i] = (float)x;
            break;
        }
    }
}

bool tb_script_storage_hold(tb_script_storage *s, tb_arena *arena, int64_t n)
{
    size_t size = tb_type_size(tb_dtype_type(s->dtype), sizeof(float));
    bool as_is = s->dtype == TB_DTYPE_FLOAT32 || s->dtype == TB_DTYPE_INT64 ||
                 s->dtype == TB_DTYPE_COMPLEX64;
    if (s->data && n <= s->held)
        return true;
    char *data = tb_arena_array(arena, (size_t)n + 1, size);
    if (!data)
        return false;
    size_t held = (size_t)s->held * size;
    if (held > 0)
        memcpy(data, s->data, held);
    if (s->file && as_is)
        memcpy(data + held, (const char *)s->file + held,
               (size_t)n * size - held);
    else if (s->file)
        convert(s, data, s->held, n);
    s->data = data;
    s->held = n;
    return true;
}
