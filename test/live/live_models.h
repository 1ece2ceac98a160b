/* Small models of ours in files, played live and offline. */
#ifndef TB_TEST_LIVE_MODELS_H
#define TB_TEST_LIVE_MODELS_H

#include "../models/check_rave.h"
#include "models/checkpoint.h"
#include "models/samplernn.h"
#include "nn/init.h"
#include "tap.h"

#include <stdlib.h>
#include <timbrel/live.h>
#include <unistd.h>

/* tools/check-realtime reads tests without meson's arguments. */
#ifndef FIXTURES
#define FIXTURES "."
#endif

static inline void save_checkpoint(const char *path, tb_checkpoint *c,
                                   double scale)
{
    tb_error error = {0};
    tb_status status = tb_checkpoint_make_params(c, &error);
    for (int i = 0; !status && i < tb_params_count(c->params); i++) {
        const tb_parameter *q = tb_params_at(c->params, i);
        double *x = calloc((size_t)q->n, sizeof *x);
        for (int64_t k = 0; k < q->n; k++)
            x[k] = scale * weight_at(q, k);
        tb_params_set(c->params, i, x);
        free(x);
    }
    if (!status)
        status = tb_checkpoint_save(path, c, NULL, 0, NULL, &error);
    if (!OK_NAMED(status == TB_OK, "the model is saved"))
        fprintf(stderr, "# %s\n", error.text);
    tb_params_free(c->params);
}

/* A RAVE of one channel, without chance; `scale`: of its weights. */
static inline void save_rave(const char *path, const char *presets,
                             double scale)
{
    tb_rave c = configured(presets, 1);
    tb_checkpoint k = {
        .instrument = &tb_rave_instrument, .config = &c, .epoch = 3};
    save_checkpoint(path, &k, scale);
}

/* A SampleRNN at so many Hz, whose `forward` gives what it is given but for
   what its levels lose. */
static inline void save_samplernn(const char *path, int sample_rate,
                                  double scale)
{
    tb_samplernn c = {0};
    char text[64];
    tb_settings_part part = {tb_samplernn_instrument.settings, &c};
    tb_settings_defaults(&part, 1);
    snprintf(text, sizeof text, "sample_rate=%d", sample_rate);
    tb_settings_assign(&part, 1, text, NULL);
    tb_settings_assign(&part, 1, "frame_sizes=16,4,8", NULL);
    tb_settings_assign(&part, 1, "hidden=8", NULL);
    tb_settings_assign(&part, 1, "head_size=8", NULL);
    tb_checkpoint k = {
        .instrument = &tb_samplernn_instrument, .config = &c, .epoch = 3};
    save_checkpoint(path, &k, scale);
}

static inline void temporary(char path[64])
{
    snprintf(path, 64, "/tmp/timbrel-live-XXXXXX");
    close(mkstemp(path));
}

/* An instance with a model, or none and a failed test. */
static inline tb_live *live_of(const tb_live_settings *s, const char *path,
                               const char *method)
{
    tb_message message = {0};
    tb_live *live = tb_live_new(s, &message);
    if (!OK_NAMED(live && tb_live_open(live, path, method, &message), "opens"))
        fprintf(stderr, "# %s\n", message.text);
    return live;
}

/* Sound with some of everything. */
static inline float sound_at(int64_t i)
{
    return (float)(0.4 * sin(0.05 * (double)i) + 0.2 * noise(5, i));
}

/* What voices make of it all at once, in `frames` frames (a multiple of what
   they take). */
static inline int64_t play_offline(const char *path, const char *method,
                                   int64_t frames, const float *x, float *y)
{
    tb_message message = {0};
    tb_model *m = tb_model_open(path, &message);
    tb_voices_settings s = tb_voices_defaults();
    s.method = method;
    s.settle = 2;
    tb_voices *v = tb_voices_new(m, &s, &message);
    int64_t latency = v ? tb_voices_latency(v) : 0;
    if (!OK_NAMED(v && tb_voices_process_offline(v, &x, &y, frames, &message),
                  "plays offline"))
        fprintf(stderr, "# %s\n", message.text);
    tb_voices_free(v);
    tb_model_close(m);
    return latency;
}

#endif
