/* RAVE's config.gin as settings of ours. */
#ifndef TB_MODELS_RAVE_GIN_H
#define TB_MODELS_RAVE_GIN_H

#include "models/gin.h"
#include "models/rave.h"

/* Of a network that RAVE 2.2 or 2.3 configured: all that it is built of and
   learns by, with RAVE's bank and its cut filters of noise. `channels` are not
   in such files and stay as they are. What we have not is refused, and so is
   what does not go together. */
tb_status tb_rave_of_gin(const tb_gin *gin, const char *what, tb_rave *config,
                         tb_error *error);

#endif
