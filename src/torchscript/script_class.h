/* Classes of a module (script_module.h): their source, and what programs ask of
   it; the members of Enums. */
#ifndef TB_TORCHSCRIPT_SCRIPT_CLASS_H
#define TB_TORCHSCRIPT_SCRIPT_CLASS_H

#include "torchscript/syntax.h"
#include "torchscript/value.h"

struct tb_script_module;

/* What programs know of a class besides its source. */
struct tb_script_class {
    const tb_script_class_source *source;
    tb_script_object **members; /* of an Enum, by its constants */
    tb_script_class *next;
};

/* By qualified name; null when there is none (or no memory). */
tb_script_class *tb_script_module_class(struct tb_script_module *m,
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
tb_script_value tb_script_enum_member(struct tb_script_module *m,
                                      tb_script_class *class, const char *name,
                                      const tb_script_value *value);

/* A slot of an object as it was left by the last call; null: none. */
const tb_script_value *tb_script_slot(const tb_script_value *object,
                                      const char *name);

#endif
