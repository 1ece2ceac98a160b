/* Files of a run that hold one JSON array of objects. */
#ifndef TB_RUN_JSON_LIST_H
#define TB_RUN_JSON_LIST_H

#include "base/json.h"

/* Adds one of the objects to a list. */
typedef tb_status (*tb_json_list_add)(void *list, const tb_json *object,
                                      tb_error *error);

/* Gives all objects of the file, in order, to `add`; none where there is no
   file. `what` names them in errors: "examples". At most `most` bytes are
   read. */
tb_status tb_json_list_read(const char *path, size_t most, const char *what,
                            tb_json_list_add add, void *list, tb_error *error);

/* Writes what the writer holds, whole or not at all, and clears it. A path that
   is null stands for one that there was no memory for. */
tb_status tb_json_list_write(const char *path, tb_json_writer *writer,
                             tb_error *error);

#endif
