/* What is learned from, as recordings to judge by. */
#ifndef TB_TRAIN_DATA_RECORDINGS_H
#define TB_TRAIN_DATA_RECORDINGS_H

#include "judge/takes.h"
#include "train/data.h"

/* Each stretch that is learned from is a recording, mono: recording i is region
   i of data->holdout.training. `data` must outlive it. */
tb_recordings tb_data_recordings(const tb_data *data);

#endif
