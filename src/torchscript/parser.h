/* Reads TorchScript source into a syntax tree: what every version of PyTorch
   prints, and the operators, early returns and one-line bodies that people
   write by hand. */
#ifndef TB_TORCHSCRIPT_PARSER_H
#define TB_TORCHSCRIPT_PARSER_H

#include "torchscript/syntax.h"

/* Adds the classes and functions of one source file to `syntax`. `file` names
   it in errors: code/__torch__/a/b.py. `qualifier` is put before its names:
   __torch__.a.b. Neither text needs to stay. The source may be any bytes and
   need not end with a zero. After an error the tree can only be freed. */
tb_status tb_syntax_parse(tb_syntax *syntax, const char *source, size_t bytes,
                          const char *file, const char *qualifier,
                          tb_error *error);

#endif
