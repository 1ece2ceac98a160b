#include "models/model.h"

#include "base/memory.h"
#include "engine/prepared.h"
#include "models/blend.h"
#include "models/model_source.h"
#include "models/script_source.h"
#include "models/vote.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

typedef struct cached_plan {
    tb_method_plan made;
    tb_plan_wish wish;
    struct cached_plan *next;
} cached_plan;

struct tb_model {
    const tb_model_source *source;
    void *it;                 /* what that was opened as */
    tb_checkpoint checkpoint; /* empty where it is none */
    tb_sound_format format;
    tb_prepared_store *prepared; /* weights as kernels want them */
    pthread_mutex_t lock;        /* of the list of plans */
    cached_plan *plans;
};

/* ---- checkpoints as a source ---- */

static void close_checkpoint(void *it)
{
    tb_checkpoint_clear(it);
}

static const char *kind_of_checkpoint(const void *it)
{
    return ((const tb_checkpoint *)it)->instrument->name;
}

static tb_sound_format format_of_checkpoint(const void *it)
{
    const tb_checkpoint *c = it;
    return c->instrument->format(c->config);
}

static const char *method_of_checkpoint(const void *it, int i)
{
    static const char *const all[] = {"generate", "forward", "encode", "decode",
                                      NULL};
    const tb_checkpoint *c = it;
    for (const char *const *name = all; *name; name++)
        if (tb_instrument_has(c->instrument, c->base, *name) && i-- == 0)
            return *name;
    return NULL;
}

static tb_status make_of_checkpoint(const void *it, const char *name, int rows,
                                    tb_method *method, tb_error *error)
{
    const tb_checkpoint *c = it;
    return tb_instrument_method(c->instrument, c->config, c->base, name, rows,
                                method, error);
}

static const void *config_of_checkpoint(const void *it)
{
    return ((const tb_checkpoint *)it)->config;
}

static tb_params *params_of_checkpoint(const void *it)
{
    return ((const tb_checkpoint *)it)->params;
}

static const tb_known_level *level_of_checkpoint(const void *it)
{
    return tb_checkpoint_level(it);
}

static const tb_model_source checkpoint_source = {
    close_checkpoint,     kind_of_checkpoint,  format_of_checkpoint,
    method_of_checkpoint, make_of_checkpoint,  config_of_checkpoint,
    params_of_checkpoint, level_of_checkpoint, NULL};

/* ---- opening ---- */

/* Empty: its source comes next. */
static tb_model *new_model(tb_error *error)
{
    tb_model *m = tb_alloc(sizeof *m);
    tb_prepared_store *prepared = tb_prepared_store_new();
    if (!m || !prepared) {
        tb_free(m);
        tb_prepared_store_free(prepared);
        tb_fail_memory(error);
        return NULL;
    }
    pthread_mutex_init(&m->lock, NULL);
    m->prepared = prepared;
    m->checkpoint.epoch = -1;
    return m;
}

tb_model *tb_model_of_checkpoint(tb_checkpoint *checkpoint, tb_error *error)
{
    tb_model *m = new_model(error);
    if (!m) {
        tb_checkpoint_clear(checkpoint);
        return NULL;
    }
    m->source = &checkpoint_source;
    m->checkpoint = *checkpoint;
    *checkpoint = (tb_checkpoint){.epoch = -1};
    m->it = &m->checkpoint;
    m->format = m->source->format(m->it);
    return m;
}

static tb_model *open_script(const char *path, tb_error *error)
{
    tb_model *m = new_model(error);
    if (!m)
        return NULL;
    m->source = &tb_script_source;
    m->it = tb_script_source_open(path, error);
    if (m->it) {
        m->format = m->source->format(m->it);
        return m;
    }
    tb_model_close(m);
    return NULL;
}

tb_model *tb_model_open_any(const char *path, tb_error *error)
{
    tb_checkpoint c;
    const tb_blended one = {path, 1};
    if (tb_is_script(path))
        return open_script(path, error);
    if (tb_blend_open(&one, 1, &c, error))
        return NULL;
    return tb_model_of_checkpoint(&c, error);
}

/* What a caller outside is told. */
static tb_model *told(tb_model *m, const tb_error *error, tb_message *message)
{
    if (!m && message)
        snprintf(message->text, sizeof message->text, "%s", error->text);
    return m;
}

tb_model *tb_model_open(const char *path, tb_message *message)
{
    tb_error error = {0};
    return told(tb_model_open_any(path, &error), &error, message);
}

tb_model *tb_model_open_vote(const char *const *paths, int count,
                             tb_message *message)
{
    tb_error error = {0};
    tb_checkpoint c;
    tb_model *m = tb_vote_open(paths, NULL, count, &c, &error)
                      ? NULL
                      : tb_model_of_checkpoint(&c, &error);
    return told(m, &error, message);
}

static void free_plan(cached_plan *p)
{
    tb_stream_plan_free(p->made.plan);
    tb_method_clear(&p->made.method);
    tb_free(p);
}

void tb_model_close(tb_model *model)
{
    if (!model)
        return;
    for (cached_plan *p = model->plans, *next; p; p = next) {
        next = p->next;
        free_plan(p);
    }
    tb_prepared_store_free(model->prepared);
    pthread_mutex_destroy(&model->lock);
    if (model->it)
        model->source->close(model->it);
    tb_free(model);
}

/* ---- what it is ---- */

const tb_checkpoint *tb_model_checkpoint(const tb_model *model)
{
    return model->checkpoint.instrument ? &model->checkpoint : NULL;
}

const tb_known_level *tb_model_level(const tb_model *model)
{
    return model->source->level(model->it);
}

tb_prepared_store *tb_model_prepared(tb_model *model)
{
    return model->prepared;
}

tb_sound_format tb_model_format(const tb_model *model)
{
    return model->format;
}

double tb_model_sample_rate(const tb_model *model)
{
    return model->format.sample_rate;
}

int tb_model_channels(const tb_model *model)
{
    return model->format.channels;
}

const char *tb_model_kind(const tb_model *model)
{
    return model->source->kind(model->it);
}

int tb_model_epoch(const tb_model *model)
{
    return model->checkpoint.epoch;
}

const char *tb_model_method(const tb_model *model, int i)
{
    return model->source->method(model->it, i);
}

int tb_model_methods(const tb_model *model)
{
    int n = 0;
    while (tb_model_method(model, n))
        n++;
    return n;
}

/* ---- plans ---- */

/* Samples that are heard at once: enough to use each weight often, few enough
   for buffers to stay in the processor's cache. */
enum { BLOCK = 256, LEAST_BLOCK = 64, ALL_ROWS = 2048 };

static int64_t suitable_block(const tb_method *m, int64_t frames)
{
    int64_t block = frames * m->base / m->base_per;
    if (frames <= 0) {
        block = ALL_ROWS / m->rows;
        block = block > BLOCK ? BLOCK : block;
        block = block < LEAST_BLOCK ? LEAST_BLOCK : block;
    }
    int64_t whole = m->grain * m->base / m->base_per;
    return (block + whole - 1) / whole * whole;
}

static tb_status make_plan(tb_model *model, cached_plan *p, tb_error *error)
{
    tb_value *outputs[TB_MOST_PORTS + 1];
    const tb_method *m = &p->made.method;
    int n = 0;
    p->made.block = suitable_block(m, p->wish.frames);
    if (m->native)
        return TB_OK;
    for (int i = 0; i < m->output_count; i++)
        outputs[n++] = m->output[i].value;
    const tb_stream_settings s = {.params = model->source->params(model->it),
                                  .n_max = p->made.block,
                                  .half_weights = !p->wish.full_weights,
                                  .threads = p->wish.threads,
                                  .prepared = model->prepared};
    p->made.plan = tb_stream_plan_new(m->graph, n, outputs, &s, error);
    return p->made.plan ? TB_OK : TB_ERR_ARGUMENT;
}

static cached_plan *new_plan(tb_model *model, const tb_plan_wish *wish,
                             tb_error *error)
{
    cached_plan *p = tb_alloc(sizeof *p);
    if (!p) {
        tb_fail_memory(error);
        return NULL;
    }
    p->wish = *wish;
    if (model->source->make(model->it, wish->method, wish->rows,
                            &p->made.method, error) == TB_OK &&
        make_plan(model, p, error) == TB_OK) {
        p->wish.method = p->made.method.name;
        return p;
    }
    free_plan(p);
    return NULL;
}

static bool is_asked_for(const cached_plan *p, const tb_plan_wish *wish)
{
    return strcmp(p->wish.method, wish->method) == 0 &&
           p->wish.rows == wish->rows && p->wish.frames == wish->frames &&
           p->wish.full_weights == wish->full_weights &&
           p->wish.threads == wish->threads;
}

const tb_method_plan *tb_model_plan(tb_model *model, const tb_plan_wish *wish,
                                    tb_error *error)
{
    cached_plan *p = NULL;
    pthread_mutex_lock(&model->lock);
    for (p = model->plans; p; p = p->next)
        if (is_asked_for(p, wish))
            break;
    if (!p) {
        p = new_plan(model, wish, error);
        if (p) {
            p->next = model->plans;
            model->plans = p;
        }
    }
    pthread_mutex_unlock(&model->lock);
    return p ? &p->made : NULL;
}

tb_status tb_model_open_native(const tb_model *model,
                               const tb_native_settings *settings,
                               tb_native_stream **stream, tb_error *error)
{
    return settings->method->native->open(model->source->config(model->it),
                                          model->source->params(model->it),
                                          settings, stream, error);
}

/* ---- what its methods take and give ---- */

static const tb_method *method_of(tb_model *model, const char *name)
{
    const tb_method_plan *p =
        tb_model_plan(model, &(tb_plan_wish){.method = name, .rows = 1}, NULL);
    return p ? &p->method : NULL;
}

static bool describe(const tb_port *port, bool there, tb_port_facts *facts)
{
    if (there)
        *facts = (tb_port_facts){port->name,
                                 port->kind == TB_PORT_SOUND,
                                 port->channels ? port->channels : 1,
                                 port->frames,
                                 port->per,
                                 port->levels};
    return there;
}

bool tb_model_input(tb_model *model, const char *method, int i,
                    tb_port_facts *facts)
{
    const tb_method *m = method_of(model, method);
    return m && describe(&m->input[i], i >= 0 && i < m->input_count, facts);
}

bool tb_model_output(tb_model *model, const char *method, int i,
                     tb_port_facts *facts)
{
    const tb_method *m = method_of(model, method);
    return m && describe(&m->output[i], i >= 0 && i < m->output_count, facts);
}

const tb_control *tb_model_control(tb_model *model, const char *method, int i)
{
    const tb_method *m = method_of(model, method);
    return m && i >= 0 && i < m->control_count ? m->control[i] : NULL;
}

const char *tb_model_attribute(const tb_model *model, int i,
                               const char **standard)
{
    return model->source->attribute
               ? model->source->attribute(model->it, i, standard)
               : NULL;
}
