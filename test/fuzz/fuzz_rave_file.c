/* Networks that RAVE trained: what converts is a network of ours that is whole,
   or it is refused. The input is the length of a configuration, two bytes, that
   configuration, and an archive; without a configuration the archive is an
   export. */
#include "fuzz.h"
#include "models/rave_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_safetensors *file;
    tb_error error = {0};
    size_t n = size >= 2 ? bytes[0] | (size_t)bytes[1] << 8 : 0;
    if (size < 2 || n > size - 2)
        return 0;
    const char *gin = (const char *)bytes + 2;
    if (tb_rave_read(bytes + 2 + n, size - 2 - n, "input", n ? gin : NULL, n,
                     &file, &error))
        return error.text[0] == 0 || file;
    volatile float sum = 0;
    for (size_t i = 0; i < tb_safetensors_count(file); i++) {
        const tb_stored *t = tb_safetensors_at(file, i);
        for (int64_t k = 0; k < tb_stored_elements(t); k++)
            sum = sum + ((const float *)t->data)[k];
    }
    tb_safetensors_close(file);
    return 0;
}
