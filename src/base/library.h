/* Libraries that are loaded when they are first needed, so that nobody who does
   not need them has to have them. */
#ifndef TB_BASE_LIBRARY_H
#define TB_BASE_LIBRARY_H

#include <stddef.h>

#include "base/status.h"

/* What is looked for, and how its lack is told. */
typedef struct tb_library {
    const char *const *files; /* that it may be, ends with null */
    const char *const *symbols;
    size_t count; /* of symbols */
    const char *name, *package;
    const char *without; /* "cannot draw pictures" */
} tb_library;

/* Addresses of all symbols, in their order: void *[count]. The library stays
   loaded: such libraries keep tables for the process's life, which would be
   lost each time. TB_ERR_UNSUPPORTED where it is not installed. */
tb_status tb_library_load(const tb_library *library, void *addresses,
                          tb_error *error);

#endif
