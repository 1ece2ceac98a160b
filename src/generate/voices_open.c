/* Making voices. */
#include "base/memory.h"
#include "generate/voices.h"

#include <stdio.h>

enum { MOST_VOICES = 65536 };

tb_voices_settings tb_voices_defaults(void)
{
    return (tb_voices_settings){.method = "generate", .voices = 1};
}

/* A prompt's symbols must be there when the loop wants them. */
static tb_status check_encoder(const tb_voices *v, tb_error *error)
{
    const tb_method *m = &v->encode_plan->method;
    const tb_time *t =
        tb_stream_plan_time(v->encode_plan->plan, m->output[0].value);
    if (t && tb_time_count(t, v->symbols.per) >= v->symbols.frames)
        return TB_OK;
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "The encoder of %s looks ahead of what it encodes; its loop "
                   "cannot go on from a prompt.",
                   tb_model_kind(v->model));
}

/* A loop hears its prompts through its encoder. */
static tb_status open_encoder(tb_voices *v, tb_error *error)
{
    const tb_checkpoint *c = tb_model_checkpoint(v->model);
    const tb_voices_settings *s = &v->settings;
    v->symbols = c->instrument->network->symbols(c->config);
    if (!tb_instrument_has(c->instrument, c->base, "encode"))
        return TB_OK;
    int64_t block = v->plan->block / v->plan->method.base;
    v->encode_plan =
        tb_model_plan(v->model,
                      &(tb_plan_wish){.method = "encode",
                                      .rows = s->voices,
                                      .frames = block,
                                      .full_weights = s->full_weights},
                      error);
    if (!v->encode_plan)
        return TB_ERR_ARGUMENT;
    tb_status status = check_encoder(v, error);
    if (status)
        return status;
    v->encoder = tb_stream_new(v->encode_plan->plan, s->seed, error);
    if (!v->encoder)
        return TB_ERR_MEMORY;
    v->pending = tb_alloc_array((size_t)v->symbols.per * (size_t)s->voices,
                                sizeof(float) * (size_t)v->channels);
    if (!v->pending)
        return tb_fail_memory(error);
    for (int row = 0; row < s->voices; row++)
        v->heard[row] =
            v->pending + row * v->symbols.per * (int64_t)v->channels;
    return TB_OK;
}

static tb_status open_native(tb_voices *v, tb_error *error)
{
    const tb_voices_settings *s = &v->settings;
    const tb_native_settings settings = {.method = &v->plan->method,
                                         .rows = s->voices,
                                         .first_row = s->first_voice,
                                         .block = v->plan->block,
                                         .full_weights = s->full_weights,
                                         .silent = s->silent,
                                         .threads = s->threads,
                                         .settle = s->settle};
    return tb_model_open_native(v->model, &settings, &v->native, error);
}

static tb_status open_stream(tb_voices *v, tb_error *error)
{
    int threads = v->settings.threads;
    v->stream = tb_stream_new(v->plan->plan, v->settings.seed, error);
    if (!v->stream)
        return TB_ERR_MEMORY;
    if (threads > 1 && v->plan->method.input_count > 0 &&
        !(v->pool = tb_pool_new(threads)))
        return tb_fail_memory(error);
    tb_stream_number_rows(v->stream, (uint32_t)v->settings.first_voice);
    return v->plan->method.heard ? open_encoder(v, error) : TB_OK;
}

/* What would come before its input has no place to go. */
static tb_status check_pace(const tb_voices *v, tb_error *error)
{
    const tb_method *m = &v->plan->method;
    const tb_port *out = &m->output[0];
    if (!m->graph || m->input_count == 0)
        return TB_OK;
    const tb_time *t = tb_stream_plan_time(v->plan->plan, out->value);
    if (t && tb_time_count(t, m->grain * m->base / m->base_per) <=
                 m->grain * out->frames / out->per)
        return TB_OK;
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "'%s' of %s cannot be played: it does not give what goes in "
                   "one by one.",
                   m->name, tb_model_kind(v->model));
}

static tb_status set_up(tb_voices *v, tb_error *error)
{
    const tb_voices_settings *s = &v->settings;
    if (s->voices < 1 || s->voices > MOST_VOICES)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There can be 1 to %d voices, not %d.", MOST_VOICES,
                       s->voices);
    v->channels = tb_model_channels(v->model);
    v->plan = tb_model_plan(v->model,
                            &(tb_plan_wish){.method = s->method,
                                            .rows = s->voices,
                                            .frames = s->block,
                                            .full_weights = s->full_weights,
                                            .threads = s->threads},
                            error);
    v->heard = tb_alloc_array((size_t)s->voices, sizeof *v->heard);
    v->in_at = tb_alloc_array((size_t)s->voices, sizeof *v->in_at);
    v->out_at = tb_alloc_array((size_t)s->voices, sizeof *v->out_at);
    if (!v->plan)
        return error->status;
    if (!v->heard || !v->in_at || !v->out_at)
        return tb_fail_memory(error);
    tb_status status = check_pace(v, error);
    if (status)
        return status;
    return v->plan->method.native ? open_native(v, error)
                                  : open_stream(v, error);
}

/* The first symbol is drawn when a stream begins: with the controls as they
   stand, once they are there. */
static void begin(tb_voices *v)
{
    const tb_method *m = &v->plan->method;
    for (int i = 0; i < m->control_count; i++)
        if (m->control[i]->type != TB_CONTROL_ARRAY && !m->control[i]->planned)
            tb_voices_set(v, i, -1, m->control[i]->standard);
    tb_voices_reset(v, v->settings.seed);
}

tb_voices *tb_voices_open(tb_model *model, const tb_voices_settings *settings,
                          tb_error *error)
{
    tb_voices *v = tb_alloc(sizeof *v);
    if (v) {
        v->model = model;
        v->settings = settings ? *settings : tb_voices_defaults();
        if (!v->settings.method)
            v->settings.method = "generate";
    }
    if (v && set_up(v, error) == TB_OK) {
        if (!v->native)
            tb_checkpoint_rest(tb_model_checkpoint(model));
        begin(v);
        return v;
    }
    if (!v)
        tb_fail_memory(error);
    tb_voices_free(v);
    return NULL;
}

tb_voices *tb_voices_new(tb_model *model, const tb_voices_settings *settings,
                         tb_message *message)
{
    tb_error error = {0};
    tb_voices *v = tb_voices_open(model, settings, &error);
    if (!v && message)
        snprintf(message->text, sizeof message->text, "%s", error.text);
    return v;
}

void tb_voices_free(tb_voices *voices)
{
    if (!voices)
        return;
    if (voices->native)
        voices->plan->method.native->close(voices->native);
    tb_stream_free(voices->stream);
    tb_pool_free(voices->pool);
    tb_stream_free(voices->encoder);
    tb_free(voices->pending);
    tb_free(voices->heard);
    tb_free(voices->in_at);
    tb_free(voices->out_at);
    tb_free(voices);
}
