/* Numbers and strings of TorchScript source. */
#ifndef TB_TORCHSCRIPT_LITERAL_H
#define TB_TORCHSCRIPT_LITERAL_H

#include "torchscript/lexer.h"

/* Reads the number or string that begins at `lexer->at` and goes behind it;
   after an error the token is without meaning. */
void tb_literal_number(tb_lexer *lexer, tb_token *token);
void tb_literal_string(tb_lexer *lexer, tb_token *token);

#endif
