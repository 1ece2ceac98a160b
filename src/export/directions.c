#include "export/directions.h"

#include "base/memory.h"
#include "models/rave.h"

/* ---- their weights ---- */

/* Direction i of latent k is axes[i][k]: encoding takes a product with it, from
   the mean on; decoding adds so much of each up. */
static double encoding(const tb_latent_axes *a, int64_t i, int64_t k)
{
    return a->axes[i * a->count + k];
}

static void set(tb_params *p, const char *name, const double *x)
{
    int i = tb_params_find(p, name);
    if (i >= 0)
        tb_params_set(p, i, x);
}

static void set_encoding(tb_params *p, const tb_latent_axes *a, int64_t kept,
                         double *room)
{
    double *bias = room + kept * a->count;
    for (int64_t i = 0; i < kept; i++) {
        bias[i] = 0;
        for (int64_t k = 0; k < a->count; k++) {
            room[i * a->count + k] = encoding(a, i, k);
            bias[i] -= encoding(a, i, k) * a->mean[k];
        }
    }
    set(p, TB_RAVE_DIRECTIONS ".weight", room);
    set(p, TB_RAVE_DIRECTIONS ".bias", bias);
}

static void set_decoding(tb_params *p, const tb_latent_axes *a, int64_t kept,
                         double *room)
{
    for (int64_t k = 0; k < a->count; k++)
        for (int64_t i = 0; i < kept; i++)
            room[k * kept + i] = encoding(a, i, k);
    set(p, TB_RAVE_LATENTS ".weight", room);
    set(p, TB_RAVE_LATENTS ".bias", a->mean);
}

/* ---- the network ---- */

static tb_status turn(tb_checkpoint *c, const tb_latent_axes *a, int64_t kept,
                      tb_error *error)
{
    tb_params *plain = c->params;
    double *room =
        tb_alloc_array((size_t)(a->count * (kept + 1)), sizeof *room);
    if (!room)
        return tb_fail_memory(error);
    ((tb_rave *)c->config)->directions = (int)kept;
    c->params = NULL;
    tb_status status = tb_checkpoint_make_params(c, error);
    if (!status) {
        tb_params_take(c->params, tb_params_count(c->params), plain, NULL);
        set_encoding(c->params, a, kept, room);
        set_decoding(c->params, a, kept, room);
    }
    tb_params_free(plain);
    tb_free(room);
    return status;
}

tb_status tb_export_turn(tb_checkpoint *c, const tb_latent_axes *a,
                         const tb_export_size *size, tb_error *error)
{
    if (c->instrument != &tb_rave_instrument ||
        ((tb_rave *)c->config)->latent_kind == TB_RAVE_DISCRETE)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "This %s has no latents that have directions.",
                       c->instrument->name);
    int64_t latents = ((tb_rave *)c->config)->latents;
    int64_t kept = size->directions ? size->directions
                                    : tb_latent_axes_needed(a, size->fidelity);
    if (a->count != latents)
        return tb_fail(error, TB_ERR_FORMAT,
                       "The directions of this run are those of %lld latents, "
                       "not of %lld.",
                       (long long)a->count, (long long)latents);
    if (kept < 1 || kept > latents)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There are %lld latents: take 1 to %lld directions of "
                       "them.",
                       (long long)latents, (long long)latents);
    return turn(c, a, kept, error);
}
