/* Making generators. */
#include "base/memory.h"
#include "generate/generator.h"

#include <stdio.h>

/* Samples that are heard at once in a prompt: enough to use each weight often,
   few enough for buffers to stay in the processor's cache. */
enum { BLOCK = 256, LEAST_BLOCK = 64, ALL_VOICES = 2048 };

tb_generator_settings tb_generator_defaults(void)
{
    return (tb_generator_settings){
        .voices = 1, .temperature = 1, .top_k = 0, .top_p = 1};
}

static tb_status check(const tb_generator_settings *s, tb_error *error)
{
    if (s->voices < 1 || s->voices > 65536)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A generator has 1 to 65536 voices, not %d.", s->voices);
    if (!(s->temperature >= 0) || s->top_k < 0 || !(s->top_p >= 0))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Temperature, top-k and top-p are 0 or more.");
    return TB_OK;
}

static int64_t block_of(int voices)
{
    int64_t block = ALL_VOICES / voices;
    if (block > BLOCK)
        return BLOCK;
    return block > LEAST_BLOCK ? block : LEAST_BLOCK;
}

static tb_status make_stream(tb_generator *g, const tb_model *m,
                             tb_error *error)
{
    tb_value *outputs[] = {g->graph.levels, g->graph.next};
    tb_stream_settings s = {.params = m->checkpoint.params,
                            .n_max = g->block,
                            .half_weights = !g->settings.full_weights};
    g->plan = tb_stream_plan_new(g->graph.graph, 2, outputs, &s, error);
    if (g->plan)
        g->stream = tb_stream_new(g->plan, g->settings.seed, error);
    if (g->stream)
        return TB_OK;
    return error->status ? error->status : tb_fail_memory(error);
}

static tb_status set_up(tb_generator *g, const tb_model *m, tb_error *error)
{
    const tb_checkpoint *c = &m->checkpoint;
    tb_status status = check(&g->settings, error);
    if (status)
        return status;
    g->channels = m->format.channels;
    g->block = block_of(g->settings.voices);
    g->centres = tb_alloc_array((size_t)m->format.levels, sizeof(float));
    if (!g->centres)
        return tb_fail_memory(error);
    if ((status =
             tb_mulaw_init(&g->law, m->format.levels, m->format.mulaw, error)))
        return status;
    tb_mulaw_centres(&g->law, g->centres);
    if ((status =
             c->kind->voices(c->config, g->settings.voices, &g->graph, error)))
        return status;
    return make_stream(g, m, error);
}

/* The first sample is drawn when a stream begins: with the controls of the
   settings, once they are there. */
static void begin(tb_generator *g)
{
    const tb_generator_settings *s = &g->settings;
    tb_generator_temperature(g, -1, s->temperature);
    tb_generator_top_k(g, -1, s->top_k);
    tb_generator_top_p(g, -1, s->top_p);
    tb_generator_reset(g, s->seed);
}

tb_generator *tb_generator_new(tb_model *model,
                               const tb_generator_settings *settings,
                               tb_message *message)
{
    tb_error error = {0};
    tb_generator *g = tb_alloc(sizeof *g);
    if (g)
        g->settings = settings ? *settings : tb_generator_defaults();
    if (g && set_up(g, model, &error) == TB_OK) {
        begin(g);
        return g;
    }
    if (!g)
        tb_fail_memory(&error);
    if (message)
        snprintf(message->text, sizeof message->text, "%s",
                 error.status == TB_ERR_MEMORY
                     ? "There is not enough memory: fewer voices need less."
                     : error.text);
    tb_generator_free(g);
    return NULL;
}

void tb_generator_free(tb_generator *generator)
{
    if (!generator)
        return;
    tb_stream_free(generator->stream);
    tb_stream_plan_free(generator->plan);
    tb_voice_graph_clear(&generator->graph);
    tb_free(generator->centres);
    tb_free(generator);
}
