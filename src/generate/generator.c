/* Running generators: nothing here allocates or locks. */
#include "generate/generator.h"

static int64_t *level_at(const tb_tensor *t, int64_t voice, int64_t k)
{
    return (int64_t *)t->data + voice * t->stride[0] + k * t->stride[1];
}

void tb_generator_prompt(tb_generator *generator, const float *const *samples,
                         int64_t frames)
{
    const tb_voice_graph *v = &generator->graph;
    int64_t total = frames * generator->channels;
    for (int64_t done = 0, n; done < total; done += n) {
        n = total - done < generator->block ? total - done : generator->block;
        tb_tensor t = tb_stream_write(generator->stream, v->levels, n);
        for (int64_t i = 0; i < generator->settings.voices; i++)
            for (int64_t k = 0; k < n; k++)
                *level_at(&t, i, k) =
                    tb_mulaw_quantise(&generator->law, samples[i][done + k]);
        tb_stream_run(generator->stream, n, NULL);
    }
}

void tb_generator_run(tb_generator *generator, float *const *samples,
                      int64_t frames)
{
    int64_t total = frames * generator->channels;
    for (int64_t done = 0, n; done < total; done += n) {
        n = total - done < generator->block ? total - done : generator->block;
        tb_stream_run(generator->stream, n, NULL);
        tb_tensor t =
            tb_stream_read(generator->stream, generator->graph.levels);
        for (int64_t i = 0; i < generator->settings.voices; i++)
            for (int64_t k = 0; k < n; k++)
                samples[i][done + k] = generator->centres[*level_at(&t, i, k)];
    }
}

/* Sets a control of one voice, or of all for -1. */
static void set_control(const tb_generator *g, const tb_value *control,
                        int voice, double x)
{
    const tb_tensor *t = tb_stream_control(g->stream, control);
    for (int i = 0; i < g->settings.voices; i++) {
        if (voice != -1 && voice != i)
            continue;
        if (t->type == TB_I64)
            ((int64_t *)t->data)[i * t->stride[0]] = (int64_t)x;
        else
            ((float *)t->data)[i * t->stride[0]] = (float)x;
    }
}

void tb_generator_temperature(tb_generator *generator, int voice, float t)
{
    set_control(generator, generator->graph.temperature, voice, (double)t);
}

void tb_generator_top_k(tb_generator *generator, int voice, int k)
{
    set_control(generator, generator->graph.top_k, voice, k);
}

void tb_generator_top_p(tb_generator *generator, int voice, float p)
{
    set_control(generator, generator->graph.top_p, voice, (double)p);
}

void tb_generator_reset(tb_generator *generator, uint64_t seed)
{
    tb_stream_reset(generator->stream, seed);
}
