#include "models/model.h"

#include "base/memory.h"
#include "engine/prepared.h"
#include "models/blend.h"
#include "models/vote.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

typedef struct cached_plan {
    tb_method_plan made;
    int64_t frames; /* as asked for */
    bool half_weights;
    struct cached_plan *next;
} cached_plan;

struct tb_model {
    tb_checkpoint checkpoint;
    tb_sound_format format;
    tb_prepared_store *prepared; /* weights as kernels want them */
    pthread_mutex_t lock;        /* of the list of plans */
    cached_plan *plans;
};

/* ---- opening ---- */

tb_model *tb_model_of_checkpoint(tb_checkpoint *checkpoint, tb_error *error)
{
    tb_model *m = tb_alloc(sizeof *m);
    if (!m) {
        tb_checkpoint_clear(checkpoint);
        tb_fail_memory(error);
        return NULL;
    }
    pthread_mutex_init(&m->lock, NULL);
    m->checkpoint = *checkpoint;
    *checkpoint = (tb_checkpoint){.epoch = -1};
    m->format = m->checkpoint.instrument->format(m->checkpoint.config);
    m->prepared = tb_prepared_store_new();
    if (m->prepared)
        return m;
    tb_fail_memory(error);
    tb_model_close(m);
    return NULL;
}

tb_model *tb_model_open_checkpoint(const char *path, tb_error *error)
{
    tb_checkpoint c;
    const tb_blended one = {path, 1};
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
    return told(tb_model_open_checkpoint(path, &error), &error, message);
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
    tb_checkpoint_clear(&model->checkpoint);
    tb_free(model);
}

/* ---- what it is ---- */

const tb_checkpoint *tb_model_checkpoint(const tb_model *model)
{
    return &model->checkpoint;
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
    return model->checkpoint.instrument->name;
}

int tb_model_epoch(const tb_model *model)
{
    return model->checkpoint.epoch;
}

static const char *const all_methods[] = {"generate", "forward", "encode",
                                          "decode", NULL};

const char *tb_model_method(const tb_model *model, int i)
{
    for (const char *const *name = all_methods; *name; name++)
        if (tb_instrument_has(model->checkpoint.instrument,
                              model->checkpoint.base, *name) &&
            i-- == 0)
            return *name;
    return NULL;
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
    int64_t whole = m->base; /* a frame of sound, or of symbols */
    for (int i = 0; i < m->output_count; i++)
        if (m->output[i].per > 1 && m->base_per == 1)
            whole = m->output[i].per * m->base / m->output[i].frames;
    return (block + whole - 1) / whole * whole;
}

static tb_status make_plan(tb_model *model, cached_plan *p, tb_error *error)
{
    tb_value *outputs[TB_MOST_PORTS + 1];
    const tb_method *m = &p->made.method;
    int n = 0;
    p->made.block = suitable_block(m, p->frames);
    if (m->native)
        return TB_OK;
    for (int i = 0; i < m->output_count; i++)
        outputs[n++] = m->output[i].value;
    const tb_stream_settings s = {.params = model->checkpoint.params,
                                  .n_max = p->made.block,
                                  .half_weights = p->half_weights,
                                  .prepared = model->prepared};
    p->made.plan = tb_stream_plan_new(m->graph, n, outputs, &s, error);
    return p->made.plan ? TB_OK : TB_ERR_ARGUMENT;
}

static cached_plan *new_plan(tb_model *model, const char *method, int rows,
                             int64_t frames, bool half, tb_error *error)
{
    const tb_checkpoint *c = &model->checkpoint;
    cached_plan *p = tb_alloc(sizeof *p);
    if (!p) {
        tb_fail_memory(error);
        return NULL;
    }
    p->frames = frames;
    p->half_weights = half;
    if (tb_instrument_method(c->instrument, c->config, c->base, method, rows,
                             &p->made.method, error) == TB_OK &&
        make_plan(model, p, error) == TB_OK)
        return p;
    free_plan(p);
    return NULL;
}

static bool is_asked_for(const cached_plan *p, const char *method, int rows,
                         int64_t frames, bool half)
{
    return strcmp(p->made.method.name, method) == 0 &&
           p->made.method.rows == rows && p->frames == frames &&
           p->half_weights == half;
}

const tb_method_plan *tb_model_plan(tb_model *model, const char *method,
                                    int rows, int64_t frames, bool half_weights,
                                    tb_error *error)
{
    cached_plan *p = NULL;
    pthread_mutex_lock(&model->lock);
    for (p = model->plans; p; p = p->next)
        if (is_asked_for(p, method, rows, frames, half_weights))
            break;
    if (!p) {
        p = new_plan(model, method, rows, frames, half_weights, error);
        if (p) {
            p->next = model->plans;
            model->plans = p;
        }
    }
    pthread_mutex_unlock(&model->lock);
    return p ? &p->made : NULL;
}

/* ---- what its methods take and give ---- */

static const tb_method *method_of(tb_model *model, const char *name)
{
    const tb_method_plan *p = tb_model_plan(model, name, 1, 0, true, NULL);
    return p ? &p->method : NULL;
}

static bool describe(const tb_port *port, bool there, tb_port_facts *facts)
{
    if (there)
        *facts = (tb_port_facts){port->name, port->kind == TB_PORT_SOUND,
                                 port->channels ? port->channels : 1,
                                 port->frames, port->per};
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
