/* How methods come from a network; for instrument.c. */
#ifndef TB_MODELS_COMPOSE_H
#define TB_MODELS_COMPOSE_H

#include "models/instrument.h"

bool tb_network_has(const tb_instrument *instrument,
                    const struct tb_checkpoint *base, const char *method);
tb_status tb_network_compose(const tb_instrument *instrument,
                             const void *config,
                             const struct tb_checkpoint *base, const char *name,
                             int rows, tb_method *method, tb_error *error);

#endif
