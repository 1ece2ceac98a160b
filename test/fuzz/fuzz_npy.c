/* The .npy reader: every number that an array offers is read. */
#include "base/npy.h"
#include "fuzz.h"

#include <stdlib.h>

/* Along one axis after the other, in the order of the shape. */
static double sum_from(const tb_npy *a, int axis, int64_t offset, int *left)
{
    double sum = 0;
    if (axis == a->rank)
        return (*left)-- > 0 ? tb_npy_number(a, offset) : 0;
    for (int64_t i = 0; i < a->shape[axis] && *left > 0; i++)
        sum += sum_from(a, axis + 1, offset + i * a->stride[axis], left);
    return sum;
}

/* The last of all. */
static double last_of(const tb_npy *a)
{
    int64_t offset = 0;
    for (int i = 0; i < a->rank; i++) {
        if (a->shape[i] == 0)
            return 0;
        offset += (a->shape[i] - 1) * a->stride[i];
    }
    return tb_npy_number(a, offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_npy a;
    tb_error error = {0};
    int left = 4096;
    volatile double sum = 0;
    if (tb_npy_read(bytes, size, "input", &a, &error) != TB_OK) {
        if (!error.text[0] || a.rank || a.data)
            abort();
        return 0;
    }
    for (int i = 0; i < a.rank; i++)
        if (a.shape[i] == 0)
            left = 0;
    sum = sum_from(&a, 0, 0, &left) + last_of(&a);
    (void)sum;
    tb_npy_close(&a);
    return 0;
}
