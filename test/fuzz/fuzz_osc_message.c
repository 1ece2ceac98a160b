/* Packets of Open Sound Control: all that a message offers is read. */
#include "fuzz.h"
#include "live/osc_message.h"

#include <string.h>

static void take(void *context, const tb_osc_message *m)
{
    size_t *sum = context;
    *sum += strlen(m->address);
    for (int i = 0; i < m->count; i++)
        *sum += m->arguments[i].text ? strlen(m->arguments[i].text)
                                     : m->arguments[i].number > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t sum = 0;
    tb_osc_read(bytes, size, take, &sum);
    return sum == SIZE_MAX;
}
