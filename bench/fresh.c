#include "fresh.h"

#include "models/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

tb_model *bench_fresh_model(const tb_instrument *instrument, void *config)
{
    char path[] = "/tmp/timbrel-bench-XXXXXX";
    tb_error error = {0};
    tb_model *model = NULL;
    tb_checkpoint c = {.instrument = instrument, .config = config};
    tb_graph *g = tb_instrument_declare(c.instrument, config, NULL, &error);
    int file = mkstemp(path);
    if (g && file >= 0)
        c.params =
            tb_params_new(1, (const tb_graph *[]){g}, sizeof(float), &error);
    if (c.params) {
        tb_instrument_init(c.instrument, config, c.params, 1);
        if (!tb_checkpoint_save(path, &c, NULL, 0, NULL, &error))
            model = tb_model_open_any(path, &error);
    }
    if (!model)
        fprintf(stderr, "%s\n", error.text);
    tb_params_free(c.params);
    tb_graph_free(g);
    close(file);
    unlink(path);
    return model;
}
