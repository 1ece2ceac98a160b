/* Checkpoints: what opens describes a network whose weights are all there. */
#include "fuzz.h"
#include "models/checkpoint.h"
#include "seal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_checkpoint c;
    tb_error error;
    volatile float sum = 0;
    uint8_t *sealed = malloc(size + 1);
    if (!sealed)
        return 0;
    if (size)
        memcpy(sealed, bytes, size);
    fuzz_seal(sealed, size);
    bool good = tb_checkpoint_read(sealed, size, "input", &c, &error) == TB_OK;
    free(sealed);
    if (!good)
        return error.text[0] == 0 || c.params || c.config;
    const float *weights = tb_params_data(c.params);
    for (int64_t i = 0; i < tb_params_total(c.params); i++)
        sum = sum + weights[i];
    bool again = c.instrument->check(c.config, &error) == TB_OK;
    tb_checkpoint_clear(&c);
    return !again;
}
