/* A loaded TorchScript archive: its classes, the object tree of data.pkl, and
   the storages of its tensors, which stay where the file is mapped until
   somebody changes them. */
#ifndef TB_TORCHSCRIPT_SCRIPT_MODULE_H
#define TB_TORCHSCRIPT_SCRIPT_MODULE_H

#include "base/arena.h"
#include "base/status.h"
#include "torchscript/archive.h"
#include "torchscript/script_class.h"

typedef struct tb_script_module {
    tb_arena *arena;
    tb_arena *left; /* what calls left behind (script_tidy.h), from the first
                       such call on */
    tb_arena *left_before; /* some of it, for good: memory ended */
    tb_archive *archive;
    struct tb_prepared_store *prepared; /* weights as kernels want them */
    tb_syntax *syntax;
    tb_script_class *classes;
    tb_script_value root;      /* an object */
    tb_script_items constants; /* what CONSTANTS.cN names */
    int version;               /* of the archive: of what functions mean */
    struct tb_kept_slot *kept; /* what calls have put into slots */
    bool lists_change; /* of some lists or dicts, calls change the contents */
    int made;          /* storages that calls left behind */
    struct tb_script_storage *made_storages;
    size_t made_bytes; /* of them since it was last tidied */
    size_t tidy_above; /* bytes */
    unsigned round;    /* how often it was tidied */
    uint64_t versions; /* of numbers, that recordings have given */
    uint64_t epoch; /* rises when anything but the numbers of state changes */
} tb_script_module;

/* Reads all of an archive but the weights. Null and an error when that cannot
   be. Any thread; closed by tb_script_module_close, which accepts null. */
tb_script_module *tb_script_module_open(const char *path, tb_error *error);
void tb_script_module_close(tb_script_module *m);

/* The same from an open archive, which is closed with the module, or at once
   after an error. */
tb_script_module *tb_script_module_read(tb_archive *archive, tb_error *error);

/* Numbers in tensors that classes name as parameters, each storage once. */
int64_t tb_script_module_parameters(const tb_script_module *m);

#endif
