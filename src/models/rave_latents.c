#include "models/rave_latents.h"

#include "nn/latent_losses.h"

tb_rave_order tb_rave_order_of(const tb_rave *c, int64_t frames,
                               const tb_rave_signals *s)
{
    switch ((tb_rave_latents)c->latent_kind) {
    case TB_RAVE_VARIATIONAL:
        return (tb_rave_order){
            tb_latent_divergence(s->mean, s->deviation, c->free_bits),
            "divergence", "how far latents lie from noise"};
    case TB_RAVE_WASSERSTEIN:
        return (tb_rave_order){tb_latent_discrepancy(s->mean, frames, NULL),
                               "discrepancy",
                               "how far all latents together lie from noise"};
    case TB_RAVE_DISCRETE:
        return (tb_rave_order){
            tb_commitment(s->encoded, &s->coded, c->codebooks), "commitment",
            "how far latents lie from codes"};
    case TB_RAVE_SPHERICAL:
        break;
    }
    return (tb_rave_order){NULL, NULL, NULL};
}
