/* Source text of TorchScript being written, line by line. Without memory
   `failed` is set, and all that follows does nothing. */
#ifndef TB_TORCHSCRIPT_SOURCE_TEXT_H
#define TB_TORCHSCRIPT_SOURCE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct tb_source_text {
    char *at; /* a zero follows; null: nothing was written */
    size_t size, room;
    int depth; /* of the lines that come, two spaces each */
    bool failed;
} tb_source_text;

void tb_source_clear(tb_source_text *t);

/* One line, or several that end with line feeds within the format, each as
   deep. */
void tb_source_line(tb_source_text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tb_source_list(tb_source_text *t, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

enum { TB_SOURCE_REAL = 40 };

/* A real number as TorchScript writes it: with a point or an exponent, and no
   digits more than it takes to read the same number. */
const char *tb_source_real(double x, char text[TB_SOURCE_REAL]);

#endif
