/* A model's weights for other programs: safetensors, under the names of their
   parameters. It is a checkpoint (models/checkpoint.h), so that training and
   playing here go on from it, with two entries more: "licence", and "about",
   all that export/about.h tells as one JSON object. */
#ifndef TB_EXPORT_WEIGHTS_FILE_H
#define TB_EXPORT_WEIGHTS_FILE_H

#include "models/checkpoint.h"

/* Writes `path`, whole or not at all; a file that is there is replaced. What
   was written is read again: TB_ERR_NUMERIC where a weight is not the same.
   `licence` may be null. */
tb_status tb_export_weights(const tb_checkpoint *checkpoint, const char *path,
                            const char *licence, tb_error *error);

#endif
