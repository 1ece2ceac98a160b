/* The types of stored elements, and their conversion. */
#include "base/half.h"
#include "base/safetensors.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "stored elements are used as they are in the file");

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [TB_STORED_F64] = {"F64", 8}, [TB_STORED_F32] = {"F32", 4},
    [TB_STORED_F16] = {"F16", 2}, [TB_STORED_BF16] = {"BF16", 2},
    [TB_STORED_I64] = {"I64", 8}, [TB_STORED_I32] = {"I32", 4},
    [TB_STORED_U8] = {"U8", 1},   [TB_STORED_BOOL] = {"BOOL", 1},
};

size_t tb_stored_size(tb_stored_type type)
{
    return types[type].size;
}

const char *tb_stored_name(tb_stored_type type)
{
    return types[type].name;
}

int64_t tb_stored_elements(const tb_stored *tensor)
{
    return (int64_t)(tensor->bytes / tb_stored_size(tensor->type));
}

/* memcpy, because an element may lie anywhere. */
static double element(tb_stored_type type, const unsigned char *p)
{
    double f64;
    float f32;
    uint16_t bits;
    int64_t i64;
    int32_t i32;
    switch (type) {
    case TB_STORED_F64:
        memcpy(&f64, p, sizeof f64);
        return f64;
    case TB_STORED_F32:
        memcpy(&f32, p, sizeof f32);
        return f32;
    case TB_STORED_F16:
        memcpy(&bits, p, sizeof bits);
        return tb_float_of_half(bits);
    case TB_STORED_BF16:
        memcpy(&bits, p, sizeof bits);
        return tb_float_of_bfloat(bits);
    case TB_STORED_I64:
        memcpy(&i64, p, sizeof i64);
        return (double)i64;
    case TB_STORED_I32:
        memcpy(&i32, p, sizeof i32);
        return i32;
    case TB_STORED_U8:
        return *p;
    case TB_STORED_BOOL:
        return *p != 0;
    }
    return 0;
}

void tb_stored_doubles(const tb_stored *tensor, int64_t first, int64_t count,
                       double *out)
{
    size_t size = tb_stored_size(tensor->type);
    const unsigned char *p = tensor->data;
    for (int64_t i = 0; i < count; i++)
        out[i] = element(tensor->type, p + (size_t)(first + i) * size);
}

void tb_stored_floats(const tb_stored *tensor, int64_t first, int64_t count,
                      float *out)
{
    size_t size = tb_stored_size(tensor->type);
    const unsigned char *p = tensor->data;
    if (count <= 0)
        return;
    if (tensor->type == TB_STORED_F32) {
        memcpy(out, p + (size_t)first * size, (size_t)count * size);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)element(tensor->type, p + (size_t)(first + i) * size);
}
