/* Tables of sources and of what they are read as. */
#ifndef TB_TEST_READINGS_H
#define TB_TEST_READINGS_H

#include "tap.h"

typedef struct reading {
    const char *source, *printed;
} reading;

/* A text as the name of a test, which has one line. */
static inline const char *one_line(const char *text)
{
    static char line[200];
    size_t i = 0;
    for (; text[i] && i < sizeof line - 1; i++)
        line[i] = text[i] == '#' || text[i] < ' ' ? '|' : text[i];
    line[i] = 0;
    return line;
}

static inline void check_readings(const char *(*read)(const char *),
                                  const reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tap_text(read(readings[i].source), readings[i].printed, __FILE__,
                 __LINE__, one_line(readings[i].source));
}

#define CHECK_READINGS(read, readings)                                         \
    check_readings(read, readings, sizeof readings / sizeof *readings)

#endif
