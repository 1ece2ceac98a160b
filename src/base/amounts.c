#include "base/amounts.h"

#include <math.h>
#include <stdio.h>

void tb_time_text(double seconds, char text[TB_AMOUNT])
{
    if (!isfinite(seconds)) {
        text[0] = 0;
        return;
    }
    long s = lround(seconds);
    if (seconds < 0.0095)
        snprintf(text, TB_AMOUNT, "%.0f ms", 1000 * fmax(0, seconds));
    else if (seconds < 9.95)
        snprintf(text, TB_AMOUNT, "%.2g s", seconds);
    else if (s < 60)
        snprintf(text, TB_AMOUNT, "%ld s", s);
    else if (s < 3600)
        snprintf(text, TB_AMOUNT, "%ld min %ld s", s / 60, s % 60);
    else if (s < 48 * 3600)
        snprintf(text, TB_AMOUNT, "%ld h %ld min", s / 3600, s / 60 % 60);
    else
        snprintf(text, TB_AMOUNT, "%ld days", s / 86400);
}

void tb_count_text(double count, char text[TB_AMOUNT])
{
    if (count < 10000)
        snprintf(text, TB_AMOUNT, "%.0f", count);
    else if (count < 999500)
        snprintf(text, TB_AMOUNT, "%.3g thousand", count / 1e3);
    else
        snprintf(text, TB_AMOUNT, "%.3g million", count / 1e6);
}

void tb_bytes_text(double bytes, char text[TB_AMOUNT])
{
    if (bytes < 10240)
        snprintf(text, TB_AMOUNT, "%.0f bytes", bytes);
    else if (bytes < 1048000)
        snprintf(text, TB_AMOUNT, "%.3g KiB", bytes / 1024);
    else if (bytes < 1073000000)
        snprintf(text, TB_AMOUNT, "%.3g MiB", bytes / 1048576);
    else
        snprintf(text, TB_AMOUNT, "%.3g GiB", bytes / 1073741824);
}

const char *tb_plural(int64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}
