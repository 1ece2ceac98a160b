/* What suits a training of a RAVE that is shorter than those of its presets. */
#ifndef TB_MODELS_RAVE_BUDGET_H
#define TB_MODELS_RAVE_BUDGET_H

#include "models/rave.h"

/* As `budget` of tb_instrument. */
const char *const *tb_rave_budget(const void *config, double hours);

#endif
