#include "engine/element.h"

#include <math.h>
#include <string.h>

float tb_half_to_float(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    float x = exponent == 31  ? (fraction ? NAN : INFINITY)
              : exponent == 0 ? ldexpf((float)fraction, -24)
                              : ldexpf((float)(fraction + 1024), exponent - 25);
    return half >> 15 ? -x : x;
}

uint16_t tb_half_of(float x)
{
    uint16_t sign = (uint16_t)(signbit(x) ? 0x8000 : 0);
    float size = fabsf(x);
    int exponent;
    if (size != size)
        return sign | 0x7e00;
    frexpf(size, &exponent);
    if (size >= 65520)
        return sign | 0x7c00;
    /* Steps of the last place, or of the smallest number there is. */
    int place = exponent < -13 || size == 0 ? -24 : exponent - 11;
    int steps = (int)nearbyintf(ldexpf(size, -place));
    if (place == -24)
        return (uint16_t)(sign | steps);
    return (uint16_t)(sign | (((place + 24) << 10) + steps));
}

/* The element as an integer where it is one: doubles hold no large ones. */
static int64_t integer_at(tb_type type, const void *data, int64_t i)
{
    switch (type) {
    case TB_I64:
        return ((const int64_t *)data)[i];
    case TB_I32:
        return ((const int32_t *)data)[i];
    default:
        return ((const uint8_t *)data)[i];
    }
}

static bool is_integer(tb_type type)
{
    return type == TB_I64 || type == TB_I32 || type == TB_U8 || type == TB_BOOL;
}

/* `part` 1: the imaginary one. */
static double real_at(tb_type type, const void *data, int64_t i, int part)
{
    if (is_integer(type))
        return part ? 0 : (double)integer_at(type, data, i);
    if (type == TB_C64)
        return ((const float *)data)[2 * i + part];
    if (part)
        return 0;
    return type == TB_F64   ? ((const double *)data)[i]
           : type == TB_F16 ? tb_half_to_float(((const uint16_t *)data)[i])
                            : ((const float *)data)[i];
}

static void put_real(tb_type type, size_t size, void *data, double x)
{
    if (type == TB_F16)
        *(uint16_t *)data = tb_half_of((float)x);
    else if (size == sizeof(double))
        *(double *)data = x;
    else
        *(float *)data = (float)x;
}

static void put_integer(tb_type type, void *data, int64_t x)
{
    if (type == TB_I64)
        *(int64_t *)data = x;
    else if (type == TB_I32)
        *(int32_t *)data = (int32_t)x;
    else
        *(uint8_t *)data = (uint8_t)x;
}

void tb_element_copy(const tb_tensor *to, size_t real_size, int64_t at,
                     tb_elements_from from, int64_t i)
{
    size_t size = tb_type_size(to->type, real_size);
    char *data = (char *)to->data + (ptrdiff_t)size * at;
    i = from.same ? 0 : i;
    double x = real_at(from.type, from.data, i, 0);
    if (to->type == TB_BOOL)
        *(uint8_t *)data = x != 0 || real_at(from.type, from.data, i, 1) != 0;
    else if (is_integer(to->type))
        put_integer(to->type, data,
                    is_integer(from.type) ? integer_at(from.type, from.data, i)
                                          : tb_integer_of(x));
    else
        put_real(to->type, to->type == TB_C64 ? real_size : size, data, x);
    if (to->type == TB_C64)
        put_real(TB_REAL, real_size, data + real_size,
                 real_at(from.type, from.data, i, 1));
}
