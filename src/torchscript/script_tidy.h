/* What calls have left behind and nobody holds any more. Setters put new lists,
   tuples and texts where others were; without this a long session of attribute
   changes would take more and more memory. */
#ifndef TB_TORCHSCRIPT_SCRIPT_TIDY_H
#define TB_TORCHSCRIPT_SCRIPT_TIDY_H

#include "torchscript/script_module.h"

/* Where enough has been left since the last time: moves what the module's root
   still holds into memory of its own and gives back the rest. Storages that are
   free are used again by later calls. All plans are recorded anew after that.
   Control thread, between calls, while nobody runs a plan of the module;
   answers of plans that are lists of the module's are gone. Without memory
   nothing is lost, and nothing given back. */
void tb_script_tidy(tb_script_module *m);

#endif
