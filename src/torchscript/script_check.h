/* Whether a method can run, said before it does: whatever it may come to is
   gone through, branches that are not taken now, too. */
#ifndef TB_TORCHSCRIPT_SCRIPT_CHECK_H
#define TB_TORCHSCRIPT_SCRIPT_CHECK_H

#include "torchscript/script_module.h"

/* TB_ERR_UNSUPPORTED and an error that names what is not known, its class and
   line, when the method `name` of the root can come to a function, a method or
   a form of the language that the interpreter does not know. Branches on flags
   that no program sets are decided (self.training). Left to the recording is
   what depends on kinds and shapes. Any thread that has the module. */
tb_status tb_script_check(tb_script_module *m, const char *name,
                          tb_error *error);

#endif
