/* Weights of one moment. Checkpoints hold averages over steps; what the last
   step left lies in the file that a training resumes from. */
#ifndef TB_EXPORT_PLAIN_WEIGHTS_H
#define TB_EXPORT_PLAIN_WEIGHTS_H

#include "models/checkpoint.h"

/* The latest checkpoint of the run in `folder`, opened, gets the weights of
   that run's last saved step, with its number. They are copies.
   TB_ERR_FORMAT where the run's resume.safetensors does not hold them. */
tb_status tb_export_take_plain(tb_checkpoint *checkpoint, const char *folder,
                               tb_error *error);

#endif
