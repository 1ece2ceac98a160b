/* Before the first step: what statistics of the corpus are made of (means,
   principal components) is heard all over it, not in the first batch alone. */
#include "train/training_state.h"

/* Numbers that are kept of it: 64 MiB. */
enum { SURVEYED = 1 << 23 };

static tb_status go_to(tb_training *t, int64_t step, tb_error *error)
{
    return tb_data_seek(&t->data, false, (tb_tracks_place){0, step}, error);
}

tb_status tb_training_survey(tb_training *t, tb_error *error)
{
    int64_t each = tb_trainer_listens(t->trainer);
    int64_t count = each > 0 ? SURVEYED / each : 0;
    tb_batch batch;
    tb_status status = TB_OK;
    if (count > t->steps)
        count = t->steps;
    for (int64_t i = 1; i < count && !status; i++) {
        status = go_to(t, i * t->steps / count, error);
        if (!status)
            status = tb_training_next_batch(t, t->data.tracks, t->frames,
                                            &batch, error);
        if (!status)
            status = tb_trainer_listen(t->trainer, &batch, error);
    }
    return status || count < 2 ? status : go_to(t, 0, error);
}
