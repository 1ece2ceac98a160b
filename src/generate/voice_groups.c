#include "generate/voice_groups.h"

#include "base/memory.h"
#include "base/pool.h"
#include "generate/voices.h"

struct tb_voice_groups {
    int count;
    tb_voices **voices; /* [count] */
    int *first;         /* [count + 1]: voice of each group */
    tb_pool *pool;
    const float *const *prompt; /* what the threads are at */
    float *const *sound;
    int64_t frames;
    tb_error *errors; /* [count] */
};

static tb_status open_groups(tb_voice_groups *g, tb_model *model,
                             const tb_voices_settings *settings,
                             tb_error *error)
{
    for (int i = 0; i < g->count; i++) {
        tb_voices_settings s = *settings;
        s.first_voice = settings->first_voice + g->first[i];
        s.voices = g->first[i + 1] - g->first[i];
        g->voices[i] = tb_voices_open(model, &s, error);
        if (!g->voices[i])
            return error->status;
    }
    return TB_OK;
}

static tb_status set_up(tb_voice_groups *g, tb_model *model,
                        const tb_voices_settings *settings, int threads,
                        tb_error *error)
{
    int voices = settings->voices;
    if (voices < 1)
        return tb_fail(error, TB_ERR_ARGUMENT, "There is no voice.");
    g->count = threads < voices ? threads : voices;
    g->voices = tb_alloc_array((size_t)g->count, sizeof *g->voices);
    g->first = tb_alloc_array((size_t)g->count + 1, sizeof *g->first);
    g->errors = tb_alloc_array((size_t)g->count, sizeof *g->errors);
    g->pool = tb_pool_new(g->count);
    if (!g->voices || !g->first || !g->errors || !g->pool)
        return tb_fail_memory(error);
    for (int i = 0; i <= g->count; i++)
        g->first[i] = (int)((int64_t)voices * i / g->count);
    return open_groups(g, model, settings, error);
}

tb_voice_groups *tb_voice_groups_new(tb_model *model,
                                     const tb_voices_settings *settings,
                                     int threads, tb_error *error)
{
    tb_voice_groups *g = tb_alloc(sizeof *g);
    if (!g) {
        tb_fail_memory(error);
        return NULL;
    }
    if (set_up(g, model, settings, threads, error) == TB_OK)
        return g;
    tb_voice_groups_free(g);
    return NULL;
}

void tb_voice_groups_free(tb_voice_groups *groups)
{
    if (!groups)
        return;
    for (int i = 0; groups->voices && i < groups->count; i++)
        tb_voices_free(groups->voices[i]);
    tb_free(groups->voices);
    tb_free(groups->first);
    tb_free(groups->errors);
    tb_pool_free(groups->pool);
    tb_free(groups);
}

int tb_voice_groups_control(const tb_voice_groups *groups, const char *name)
{
    return tb_voices_control(groups->voices[0], name);
}

void tb_voice_groups_set(tb_voice_groups *groups, int control, int voice,
                         double x)
{
    for (int i = 0; i < groups->count; i++)
        if (voice < 0)
            tb_voices_set(groups->voices[i], control, -1, x);
        else if (voice >= groups->first[i] && voice < groups->first[i + 1])
            tb_voices_set(groups->voices[i], control, voice - groups->first[i],
                          x);
}

static void prompt_group(void *context, int i)
{
    tb_voice_groups *g = context;
    tb_voices_prompt(g->voices[i], g->prompt + g->first[i], g->frames);
}

void tb_voice_groups_prompt(tb_voice_groups *groups,
                            const float *const *samples, int64_t frames)
{
    groups->prompt = samples;
    groups->frames = frames;
    tb_pool_run(groups->pool, groups->count, prompt_group, groups);
}

static void run_group(void *context, int i)
{
    tb_voice_groups *g = context;
    tb_voices_render(g->voices[i], g->sound + g->first[i], g->frames,
                     &g->errors[i]);
}

void tb_voice_groups_run(tb_voice_groups *groups, float *const *samples,
                         int64_t frames)
{
    groups->sound = samples;
    groups->frames = frames;
    tb_pool_run(groups->pool, groups->count, run_group, groups);
}

tb_status tb_voice_groups_check(const tb_voice_groups *groups, tb_error *error)
{
    for (int i = 0; i < groups->count; i++)
        if (groups->errors[i].status)
            return tb_fail(error, groups->errors[i].status, "%s",
                           groups->errors[i].text);
    return TB_OK;
}

void tb_voice_groups_reset(tb_voice_groups *groups, uint64_t seed)
{
    for (int i = 0; i < groups->count; i++)
        tb_voices_reset(groups->voices[i], seed);
}
