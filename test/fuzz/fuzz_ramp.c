/* Numbers that change in time, as typed: never outside of their bounds. */
#include "fuzz.h"
#include "generate/ramp.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const double times[] = {-1, 0, 0.3, 1, 2.5, 1e9};
    char text[1024];
    tb_ramp ramp;
    tb_error error;
    if (!fuzz_text(bytes, size, text, sizeof text))
        return 0;
    if (tb_ramp_parse(text, "temperature", 0.01, 10, &ramp, &error) != TB_OK)
        return error.text[0] == 0;
    if (ramp.count < 1 || ramp.count > TB_RAMP_MAX)
        return 1;
    for (int i = 0; i < 6; i++) {
        double value = tb_ramp_at(&ramp, times[i], 4);
        if (!(value >= 0.01 && value <= 10))
            return 1;
        if (tb_ramp_is_constant(&ramp) && value != tb_ramp_at(&ramp, 0, 4))
            return 1;
    }
    return 0;
}
