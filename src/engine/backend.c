#include "engine/backend.h"

#include "engine/cpu/cpu.h"
#include "engine/far/far.h"

#include <stdlib.h>
#include <string.h>

static const tb_backend *backend_at(int which)
{
    const char *name = getenv("TIMBREL_BACKEND");
    return name && strcmp(name, "far") == 0 ? tb_backend_far(which)
                                            : tb_cpu_backend(which);
}

const tb_backend *tb_backend_cpu(void)
{
    return backend_at(0);
}

const tb_backend *tb_backend_naive(void)
{
    return backend_at(1);
}

const tb_backend *tb_backend_naive64(void)
{
    return backend_at(2);
}
