/* The safetensors reader: everything that a file offers is read. */
#include "base/memory.h"
#include "base/safetensors.h"
#include "fuzz.h"

#include <stdlib.h>

static double read_all(const tb_stored *t)
{
    double sum = 0, x;
    float y;
    for (int64_t i = 0; i < tb_stored_elements(t); i++) {
        tb_stored_doubles(t, i, 1, &x);
        tb_stored_floats(t, i, 1, &y);
        sum += x + y;
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_safetensors *file;
    tb_error error;
    volatile double sum = 0;
    if (tb_safetensors_read(bytes, size, "input", &file, &error) != TB_OK)
        return 0;
    for (size_t i = 0; i < tb_safetensors_count(file); i++) {
        const tb_stored *t = tb_safetensors_at(file, i);
        if (tb_safetensors_find(file, t->name) != t ||
            (t->bytes && (uintptr_t)t->data % TB_ALIGNMENT))
            abort();
        sum = sum + read_all(t);
    }
    for (size_t i = 0; i < tb_safetensors_text_count(file); i++) {
        tb_stored_text text = tb_safetensors_text_at(file, i);
        if (tb_safetensors_text(file, text.key) != text.value)
            abort();
    }
    tb_safetensors_close(file);
    return 0;
}
