/* Whether two values are one to a program. */
#ifndef TB_TORCHSCRIPT_SAME_VALUE_H
#define TB_TORCHSCRIPT_SAME_VALUE_H

#include "base/realtime.h"
#include "torchscript/value.h"

/* Numbers by their bits, tuples by what is in them, lists and objects by being
   the same. */
TB_REALTIME bool tb_script_is_same(const tb_script_value *a,
                                   const tb_script_value *b);

/* The same but for whole and real numbers, also those in tuples. */
TB_REALTIME bool tb_script_has_form(const tb_script_value *a,
                                    const tb_script_value *b);

#endif
