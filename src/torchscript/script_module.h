/* A loaded TorchScript archive: its classes, the object tree of data.pkl, and
   the storages of its tensors, which stay where the file is mapped until
   somebody changes them. */
#ifndef TB_TORCHSCRIPT_SCRIPT_MODULE_H
#define TB_TORCHSCRIPT_SCRIPT_MODULE_H

#include "base/arena.h"
#include "base/status.h"
#include "torchscript/archive.h"
#include "torchscript/syntax.h"
#include "torchscript/value.h"

/* What programs know of a class besides its source. */
struct tb_script_class {
    const tb_script_class_source *source;
    tb_script_object **members; /* of an Enum, by its constants */
    tb_script_class *next;
};

typedef struct tb_script_module {
    tb_arena *arena;
    tb_archive *archive;
    tb_syntax *syntax;
    tb_script_class *classes;
    tb_script_value root;      /* an object */
    tb_script_items constants; /* what CONSTANTS.cN names */
    int version;               /* of the archive: of what functions mean */
    int made;                  /* storages that calls left behind */
    uint64_t versions;         /* of numbers, that recordings have given */
    uint64_t epoch; /* rises when anything but the numbers of state changes */
} tb_script_module;

/* Reads all of an archive but the weights. Null and an error when that cannot
   be. Any thread; closed by tb_script_module_close, which accepts null. */
tb_script_module *tb_script_module_open(const char *path, tb_error *error);
void tb_script_module_close(tb_script_module *m);

/* Numbers in tensors that classes name as parameters, each storage once. */
int64_t tb_script_module_parameters(const tb_script_module *m);

/* By qualified name; null when there is none (or no memory). */
tb_script_class *tb_script_module_class(tb_script_module *m,
                                        const char *qualified);

/* Of the class, by an interned name or by any other; -1: none. */
int tb_script_class_slot(const tb_script_class *class, const char *name);
int tb_script_class_constant(const tb_script_class *class, const char *name);
const tb_script_function *tb_script_class_method(const tb_script_class *class,
                                                 const char *name);

/* The one object that is this member of an Enum, found by its name or (name is
   null) by its value; its items are the name and the value. Absent: there is
   none. */
bool tb_script_class_is_enum(const tb_script_class *class);
tb_script_value tb_script_enum_member(tb_script_module *m,
                                      tb_script_class *class, const char *name,
                                      const tb_script_value *value);

/* A slot of an object as it was left by the last call; null: none. */
const tb_script_value *tb_script_slot(const tb_script_value *object,
                                      const char *name);

#endif
