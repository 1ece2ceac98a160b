/* Phases on command: of the job, and of those who ask a training that is under
   way. */
#include "base/memory.h"
#include "run/phase_request.h"
#include "train/training_state.h"

/* The phase of this name, from the next step on. */
static tb_status begin(tb_training *t, const char *name, tb_error *error)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    int i = tb_learning_find_phase(l, name, error);
    int now = tb_trainer_phase(t->trainer);
    if (i < 0)
        return TB_ERR_ARGUMENT;
    if (i <= now)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The phase %s has begun already: the training is in %s, "
                       "and only later ones can begin.",
                       name, l->phase[now].name);
    tb_trainer_begin_phase(t->trainer, i);
    tb_training_note(t, "The phase %s begins.", name);
    return TB_OK;
}

tb_status tb_training_begin_phase(tb_training *t, tb_error *error)
{
    return t->job->phase ? begin(t, t->job->phase, error) : TB_OK;
}

/* The request goes once it is on the disk that the phase has begun: a training
   that is killed in between finds it again, or a phase that has begun. */
tb_status tb_training_follow_request(tb_training *t, tb_error *error)
{
    tb_error why;
    const char *folder = tb_training_folder(t);
    char *name = tb_phase_request_read(folder);
    tb_status status = TB_OK;
    if (!name)
        return TB_OK;
    if (begin(t, name, &why)) {
        tb_training_note(t, "%s", why.text);
    } else {
        status = tb_training_save_resume(t, error);
        if (!status)
            status = tb_writer_wait(t->writer, error);
    }
    if (!status)
        tb_phase_request_remove(folder);
    tb_free(name);
    return status;
}
