/* From the pickles of an archive to what programs compute with. */
#ifndef TB_TORCHSCRIPT_SCRIPT_LOAD_H
#define TB_TORCHSCRIPT_SCRIPT_LOAD_H

#include "torchscript/script_module.h"

/* The value of a pickle ("data.pkl"), whose storages lie in `folder` of the
   archive. Everything lives as long as the module, whose sources are read. */
tb_status tb_script_load(tb_script_module *m, const char *name,
                         const char *folder, tb_script_value *out,
                         tb_error *error);

#endif
