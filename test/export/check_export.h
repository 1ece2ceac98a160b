/* Exports of small networks, in memory and on disk. */
#ifndef TB_TEST_EXPORT_CHECK_EXPORT_H
#define TB_TEST_EXPORT_CHECK_EXPORT_H

#include "../models/check_rave.h"
#include "base/memory.h"
#include "export/export.h"
#include "torchscript/script_model.h"

#include <unistd.h>

static char exported[64]; /* the file, which other tests leave alone */

static inline void name_file(void)
{
    snprintf(exported, sizeof exported, "test_export_%d.ts", (int)getpid());
}

/* A checkpoint of this RAVE, whose weights are a formula of their names. */
static inline bool make_rave(const char *presets, int channels,
                             const char *change, tb_checkpoint *c)
{
    tb_error error = {0};
    tb_rave *config = tb_alloc(sizeof *config);
    tb_settings_part part = {&tb_rave_settings, config};
    *config = configured(presets, channels);
    if (change && tb_settings_assign(&part, 1, change, &error))
        fprintf(stderr, "# %s\n", error.text);
    *c = (tb_checkpoint){
        .instrument = &tb_rave_instrument, .config = config, .epoch = 3};
    if (tb_checkpoint_make_params(c, &error))
        fprintf(stderr, "# %s\n", error.text);
    for (int i = 0; c->params && i < tb_params_count(c->params); i++) {
        const tb_parameter *q = tb_params_at(c->params, i);
        double *x = calloc((size_t)q->n, sizeof *x);
        for (int64_t k = 0; k < q->n; k++)
            x[k] = weight_at(q, k);
        tb_params_set(c->params, i, x);
        free(x);
    }
    return OK_NAMED(c->params != NULL, presets);
}

/* One of an instrument with these settings, with weights as a training begins.
 */
static inline bool make_loop(const tb_instrument *instrument,
                             const char *const *changes, tb_checkpoint *c)
{
    tb_error error = {0};
    void *config = tb_alloc(instrument->config_size);
    tb_settings_part part = {instrument->settings, config};
    tb_settings_defaults(&part, 1);
    for (int i = 0; changes[i]; i++)
        if (tb_settings_assign(&part, 1, changes[i], &error))
            fprintf(stderr, "# %s\n", error.text);
    *c =
        (tb_checkpoint){.instrument = instrument, .config = config, .epoch = 1};
    if (tb_checkpoint_make_params(c, &error))
        fprintf(stderr, "# %s\n", error.text);
    if (c->params)
        tb_instrument_init(instrument, config, c->params, 11);
    return OK_NAMED(c->params != NULL, instrument->name);
}

/* What is measured of recordings, and says nothing as long as nobody did. */
static inline void fill_measures(const tb_checkpoint *c)
{
    static const struct {
        const char *name;
        double middle, spread;
    } measures[] = {{"frames.mean", 2, 1},       {"frames.deviation", 0.4, 0.2},
                    {"frames.most", 3, 0},       {"frames.components", 0, 0.5},
                    {"frames.left_out", 0.2, 0}, {"head.kept", 0.9, 0},
                    {"frames.loudest", 4, 0},    {"frames.codes.", 0, 2}};
    for (int i = 0; i < tb_params_count(c->params); i++) {
        const tb_parameter *q = tb_params_at(c->params, i);
        double *x = calloc((size_t)q->n, sizeof *x);
        bool is = false;
        for (size_t k = 0; k < sizeof measures / sizeof *measures; k++) {
            if (strncmp(q->name, measures[k].name, strlen(measures[k].name)))
                continue;
            is = true;
            for (int64_t j = 0; j < q->n; j++)
                x[j] = measures[k].middle + measures[k].spread * noise(i, j);
        }
        if (is)
            tb_params_set(c->params, i, x);
        free(x);
    }
}

/* For a host of this rate; 0: the network's. */
static inline bool export_at(int rate, const char *path, const char *name,
                             const tb_checkpoint *c, tb_export_report *r)
{
    tb_error error = {0};
    const tb_export_settings how = {
        .nn = {.licence = "CC0", .sample_rate = rate}, .replace = true};
    tb_status status = tb_export_model(c, path, &how, r, &error);
    if (status)
        fprintf(stderr, "# %s: %s\n", name, error.text);
    return OK_NAMED(status == TB_OK, name);
}

static inline bool export_to(const char *path, const char *name,
                             const tb_checkpoint *c, tb_export_report *r)
{
    return export_at(0, path, name, c, r);
}

#endif
