#include "models/instrument.h"

#include "base/memory.h"
#include "models/base_checkpoint.h"
#include "models/compose.h"
#include "models/framernn.h"
#include "models/frametransformer.h"
#include "models/freqnet.h"
#include "models/nearest.h"
#include "models/rave.h"
#include "models/samplernn.h"
#include "models/seq2seq.h"
#include "models/transformer.h"
#include "models/vote.h"
#include "models/wavenet.h"
#include "nn/init.h"

#include <string.h>

/* The one table of all kinds. */
static const tb_instrument *const table[] = {
    &tb_samplernn_instrument,        &tb_wavenet_instrument,
    &tb_transformer_instrument,      &tb_freqnet_instrument,
    &tb_framernn_instrument,         &tb_seq2seq_instrument,
    &tb_frametransformer_instrument, &tb_rave_instrument,
    &tb_nearest_instrument,          NULL};

/* What nobody trains: checkpoints are made of others. */
static const tb_instrument *const made[] = {&tb_vote_instrument, NULL};

static const tb_instrument *const none[] = {NULL};
static const tb_instrument *const *added = none;

const tb_instrument *const *tb_instruments(void)
{
    return table;
}

void tb_instruments_add(const tb_instrument *const *more)
{
    added = more ? more : none;
}

/* ---- by name ---- */

enum { MOST_NAMES = 64 };

static int list_all(const tb_instrument *const *from, int n,
                    const tb_instrument **all)
{
    for (; *from && n < MOST_NAMES; from++)
        all[n++] = *from;
    return n;
}

const tb_instrument *tb_instrument_named(const char *name, tb_error *error)
{
    const tb_instrument *all[MOST_NAMES];
    const char *names[MOST_NAMES];
    int n = list_all(added, list_all(table, 0, all), all);
    for (int i = 0; made[i]; i++)
        if (name && strcmp(name, made[i]->name) == 0)
            return made[i];
    for (int i = 0; i < n; i++) {
        names[i] = all[i]->name;
        if (name && strcmp(name, names[i]) == 0)
            return all[i];
    }
    const char *near = name ? tb_nearest_name(name, names, n) : NULL;
    tb_fail(error, TB_ERR_ARGUMENT,
            "There is no kind of network called '%s'%s%s%s", name ? name : "",
            near ? "; did you mean '" : ". The first of those there are is '",
            near ? near : names[0], near ? "'?" : "'.");
    return NULL;
}

/* ---- parameters ---- */

/* All that streams use, over one row. */
static void declare_streams(const tb_instrument *instrument, const void *config,
                            const tb_checkpoint *base, tb_graph *g)
{
    const tb_network *n = instrument->network;
    tb_builder b = {.graph = g,
                    .config = config,
                    .rows = 1,
                    .learning = true,
                    .base = base};
    if (!n)
        return;
    tb_symbols symbols = n->symbols(config);
    tb_value *s =
        tb_input(g, "symbols", symbols.type, tb_symbols_shape(&symbols, 1));
    if (n->encode)
        n->encode(&b, tb_input(g, "sound", TB_REAL,
                               tb_dims(1, instrument->format(config).channels,
                                       TB_FRAMES)));
    if (n->loop)
        n->loop(&b, s, 0);
    if (n->decode)
        n->decode(&b, s, &(tb_prime){0});
}

static tb_status check(const tb_instrument *instrument, const void *config,
                       tb_error *error)
{
    return instrument->check ? instrument->check(config, error) : TB_OK;
}

tb_graph *tb_instrument_declare(const tb_instrument *instrument,
                                const void *config, const tb_checkpoint *base,
                                tb_error *error)
{
    if (check(instrument, config, error))
        return NULL;
    tb_graph *g = tb_graph_new();
    if (!g) {
        tb_fail_memory(error);
        return NULL;
    }
    if (instrument->declare)
        instrument->declare(config, g);
    else
        declare_streams(instrument, config, base, g);
    if (tb_graph_check(g, error) == TB_OK)
        return g;
    tb_graph_free(g);
    return NULL;
}

void tb_instrument_init(const tb_instrument *instrument, const void *config,
                        tb_params *params, uint64_t seed)
{
    if (instrument->init)
        instrument->init(config, params, seed);
    else
        tb_init_params(params, seed);
}

/* ---- methods ---- */

static tb_status native_method(const tb_instrument *instrument,
                               const void *config, int rows, tb_method *m)
{
    int channels = instrument->format(config).channels;
    *m = (tb_method){.name = "generate",
                     .native = instrument->native,
                     .rows = rows,
                     .base = 1,
                     .base_per = 1,
                     .grain = 1,
                     .takes_prompt = instrument->native->prompt,
                     .output_count = 1};
    m->output[0] = (tb_port){"sound", TB_PORT_SOUND, channels, 1, 1, 0, NULL};
    for (const tb_control *const *c = instrument->native_controls; c && *c; c++)
        m->control[m->control_count++] = *c;
    return TB_OK;
}

bool tb_instrument_has(const tb_instrument *instrument,
                       const tb_checkpoint *base, const char *method)
{
    return instrument->native ? strcmp(method, "generate") == 0
                              : tb_network_has(instrument, base, method);
}

tb_status tb_instrument_method(const tb_instrument *instrument,
                               const void *config, const tb_checkpoint *base,
                               const char *name, int rows, tb_method *method,
                               tb_error *error)
{
    *method = (tb_method){0};
    tb_status status = check(instrument, config, error);
    if (status)
        return status;
    if (!tb_instrument_has(instrument, base, name))
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "%s has no method called '%s'.", instrument->name, name);
    if (instrument->native)
        return native_method(instrument, config, rows, method);
    status =
        tb_network_compose(instrument, config, base, name, rows, method, error);
    if (status)
        tb_method_clear(method);
    return status;
}

/* ---- learning ---- */

tb_status tb_instrument_learn(const tb_instrument *instrument,
                              const void *config, const tb_learning_size *size,
                              tb_learning *learning, tb_error *error)
{
    *learning = (tb_learning){0};
    tb_status status = check(instrument, config, error);
    if (status)
        return status;
    if (instrument->learn)
        return instrument->learn(config, size, learning, error);
    bool loops = instrument->network && instrument->network->loop;
    if (loops && (instrument->network->encode || size->base))
        return tb_learn_to_foresee(instrument, config, size, learning, error);
    if (loops && instrument->bases)
        return tb_base_fail_none(instrument, error);
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "%s does not learn: it plays recordings as they are.",
                   instrument->name);
}
