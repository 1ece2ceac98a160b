#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

tb_status tb_fail(tb_error *error, tb_status status, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        error->status = status;
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
    }
    return status;
}

tb_status tb_fail_memory(tb_error *error)
{
    return tb_fail(error, TB_ERR_MEMORY, "There is not enough memory.");
}
