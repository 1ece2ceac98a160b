/* How the latents of an autoencoder lie, once its encoder stands still or the
   training ends. */
#include "base/amounts.h"
#include "base/memory.h"
#include "models/checkpoint_find.h"
#include "train/latent_survey.h"
#include "train/training_state.h"

#include <inttypes.h>

/* The parts that are told of. */
static const double parts[] = {0.8, 0.9, 0.95, 0.99};

bool tb_training_has_latents(const tb_training *t)
{
    return tb_has_latents(t->job->instrument, t->job->config);
}

void tb_training_latent_values(const tb_training *t,
                               double values[TB_LATENT_COLUMNS])
{
    for (int i = 0; i < TB_LATENT_COLUMNS - 1; i++)
        values[i] = (double)tb_latent_axes_needed(&t->latents, parts[i]);
    values[TB_LATENT_COLUMNS - 1] = (double)tb_latent_axes_active(&t->latents);
}

/* What it means, for those who make music. */
static void tell(tb_training *t)
{
    double n[TB_LATENT_COLUMNS];
    const tb_latent_axes *a = &t->latents;
    tb_training_latent_values(t, n);
    tb_training_note(
        t,
        "Latents: of what differs between moments of your "
        "recordings %.0f %s 80 %%, %.0f 90 %%, %.0f 95 %% and "
        "%.0f 99 %%; %.0f of %lld say something.",
        n[0], tb_plural((int64_t)n[0], "direction holds", "directions hold"),
        n[1], n[2], n[3], n[4], (long long)a->count);
    if (n[4] < 1)
        tb_training_note(t,
                         "The latents have collapsed: they are the same "
                         "whatever is heard, and the decoder makes its sound "
                         "without them. Begin another run in which they are "
                         "drawn together less: a tenth of divergence and of "
                         "divergence_start.");
}

/* Of a training that was stopped everything is saved: whoever is in a hurry
   stops it once more, which ends the program. */
static tb_status survey(tb_training *t, const tb_checkpoint *c, tb_error *error)
{
    tb_latent_axes axes;
    bool stopped = tb_training_is_stopped(t);
    tb_status status = tb_latent_survey(c, t->data.cache, t->job->threads,
                                        stopped ? NULL : tb_training_is_stopped,
                                        t, &axes, error);
    if (status)
        return status;
    tb_latent_axes_clear(&t->latents);
    t->latents = axes;
    status = tb_latent_axes_write(tb_training_folder(t), &axes, error);
    if (!status)
        status = tb_training_write_latents(t, error);
    tell(t);
    return status;
}

/* An encoder that was the same an epoch ago stands still. */
static tb_status follow(tb_training *t, const char *path, bool last,
                        tb_error *error)
{
    tb_checkpoint c;
    tb_status status = tb_checkpoint_open(path, &c, error);
    if (status)
        return status;
    uint64_t now = tb_latent_encoder_hash(&c, error);
    bool still = now == t->encoder_before;
    t->encoder_before = now;
    if (now != t->latents.encoder && (still || last))
        status = survey(t, &c, error);
    tb_checkpoint_clear(&c);
    return status;
}

void tb_training_follow_latents(tb_training *t, const char *path, bool last)
{
    tb_error error = {0};
    if (!tb_training_has_latents(t))
        return;
    tb_status status = follow(t, path, last, &error);
    if (status && status != TB_ERR_STOPPED)
        tb_training_note(t, "How latents lie is not known: %s", error.text);
}

void tb_training_catch_up_latents(tb_training *t)
{
    char *path = NULL;
    if (!tb_training_has_latents(t) ||
        tb_checkpoint_find(tb_training_folder(t), -1, &path, NULL))
        return;
    tb_training_follow_latents(t, path, true);
    tb_free(path);
}

void tb_training_open_latents(tb_training *t)
{
    if (tb_training_has_latents(t))
        tb_latent_axes_read(tb_training_folder(t), &t->latents, NULL);
}
