/* Names in a row, "A,B": blanks round them do not count. */
#ifndef TB_BASE_NAME_LIST_H
#define TB_BASE_NAME_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* The next name of a list, of `length` bytes that no zero ends; `list` goes on
   behind its comma. Null at the end. */
const char *tb_name_list_next(const char **list, size_t *length);

/* Name i (from 1), cut when `size` is too small; false: there are not so many,
   or it is empty. */
bool tb_name_list_at(const char *list, int i, char *name, size_t size);

int tb_name_list_count(const char *list);

#endif
