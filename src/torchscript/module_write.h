/* A TorchScript module being made: objects with slots and functions, and the
   tensors that these hold, written as an archive in the end. Each object has a
   class of its own, whose source is the text of its functions.

   Everything lives in the module's arena. The first error is remembered and
   told by tb_made_module_save; until then functions give null for null. One
   thread at a time. */
#ifndef TB_TORCHSCRIPT_MODULE_WRITE_H
#define TB_TORCHSCRIPT_MODULE_WRITE_H

#include "base/arena.h"
#include "base/paths.h"
#include "engine/graph.h"
#include "torchscript/source_text.h"

typedef struct tb_made_module tb_made_module;
typedef struct tb_made_object tb_made_object;
typedef struct tb_made_tensor tb_made_tensor;

/* Null without memory. */
tb_made_module *tb_made_module_new(void);
void tb_made_module_free(tb_made_module *m); /* accepts null */
tb_arena *tb_made_module_arena(tb_made_module *m);

/* ---- objects ---- */

/* An object of a new class. Names are as they come: two alike are an error. */
tb_made_object *tb_made_object_new(tb_made_module *m, const char *class_name);
const char *tb_made_class_name(const tb_made_object *o); /* "__torch__.X" */

/* Where its functions are written, from depth 1 on. */
tb_source_text *tb_made_source(tb_made_object *o);

/* ---- tensors ---- */

/* Elements of TB_REAL (floats), TB_I64 or TB_BOOL in logical order, which must
   outlive the module; null: zeros. One tensor may stand in many slots: it is
   written once. */
tb_made_tensor *tb_made_tensor_new(tb_made_module *m, tb_type type,
                                   tb_shape shape, const void *data);

/* The same for elements that nobody writes to (null: there was no memory):
   where the module has a tensor of this type, shape and content that was made
   so, it is that one. */
tb_made_tensor *tb_made_tensor_shared(tb_made_module *m, tb_type type,
                                      tb_shape shape, const void *data);

typedef enum tb_made_slot_kind {
    TB_SLOT_PARAMETER, /* what was learned */
    TB_SLOT_BUFFER
} tb_made_slot_kind;

/* ---- slots ---- */

/* Texts and lists (which end with null) are copied. */
void tb_made_slot_tensor(tb_made_object *o, const char *name,
                         tb_made_tensor *tensor, tb_made_slot_kind kind);
bool tb_made_has_slot(const tb_made_object *o, const char *name);
void tb_made_slot_object(tb_made_object *o, const char *name,
                         tb_made_object *value);
void tb_made_slot_int(tb_made_object *o, const char *name, int64_t x);
void tb_made_slot_bool(tb_made_object *o, const char *name, bool x);
void tb_made_slot_text(tb_made_object *o, const char *name, const char *text);
void tb_made_slot_texts(tb_made_object *o, const char *name,
                        const char *const *texts);

/* A buffer of whole numbers [n]. */
void tb_made_slot_ints(tb_made_object *o, const char *name, int n,
                       const int64_t *x);

/* ---- the file ---- */

/* A text beside the program, such as "metadata.json". */
void tb_made_extra(tb_made_module *m, const char *name, const char *text);

/* Writes the archive whose root is this object. `name` is that of its folder.
 */
tb_status tb_made_module_save(tb_made_module *m, const tb_made_object *root,
                              const char *name, tb_file *file, tb_error *error);

#endif
