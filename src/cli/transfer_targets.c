#include "cli/transfer_targets.h"

#include "base/memory.h"
#include "cli/say.h"
#include "generate/voices.h"

#include <string.h>

/* Voices that hear sound while nobody hears them. */
typedef struct listener {
    tb_voices *voices;
    const cli_heard_sound *like;
    float *out, *silence;
    float *out_at[CLI_MOST_CHANNELS];
    const float *silent[CLI_MOST_CHANNELS];
} listener;

static void listener_close(listener *l)
{
    tb_free(l->out);
    tb_free(l->silence);
}

static tb_status listener_open(listener *l, int out_channels, tb_error *error)
{
    const cli_heard_sound *s = l->like;
    size_t in = (size_t)s->block * (size_t)s->channels;
    l->out = tb_alloc_array((size_t)(s->block * out_channels), sizeof *l->out);
    l->silence = tb_alloc_array(in, sizeof *l->silence);
    if (!l->out || !l->silence)
        return tb_fail_memory(error);
    memset(l->silence, 0, in * sizeof *l->silence);
    for (int i = 0; i < s->rows; i++) {
        l->out_at[i] = l->out + i * s->block * (out_channels / s->rows);
        l->silent[i] = l->silence;
    }
    return TB_OK;
}

/* All of it, but for a rest that is less than the voices' grain: zeros behind
   it would count as sound. */
static tb_status hear(listener *l, const char *path, tb_error *error)
{
    const cli_heard_sound *like = l->like;
    int64_t grain = tb_voices_grain(l->voices);
    cli_heard_sound sound;
    tb_status status = cli_heard_sound_open(&sound, path, like->rate, error);
    if (!status)
        status = cli_heard_sound_begin(&sound, like->rows, like->channels,
                                       like->block, error);
    while (!status && !sound.ended) {
        int64_t count = 0;
        status = cli_heard_sound_fill(&sound, &count, error);
        count = count / grain * grain;
        if (!status && count > 0)
            status = tb_voices_transform(l->voices, sound.at, l->out_at, count,
                                         error);
        if (!status && cli_is_stopped())
            status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    }
    cli_heard_sound_close(&sound);
    return status;
}

/* Until it has forgotten what it heard, as far as its latency tells. */
static tb_status hear_silence(listener *l, tb_error *error)
{
    int64_t left = tb_voices_latency(l->voices) + l->like->block;
    tb_status status = TB_OK;
    for (; left > 0 && !status; left -= l->like->block)
        status = tb_voices_transform(l->voices, l->silent, l->out_at,
                                     l->like->block, error);
    return status;
}

static tb_status hear_as(listener *l, const char *control, const char *path,
                         tb_error *error)
{
    tb_status status = tb_voices_turn(l->voices, control, "true", error);
    if (!status)
        status = hear(l, path, error);
    return status ? status : tb_voices_turn(l->voices, control, "false", error);
}

static bool adapts(const cli_passing *p)
{
    const tb_control *c;
    for (int i = 0; (c = tb_model_control(p->model, p->voices.method, i)); i++)
        if (strcmp(c->name, "learn_target") == 0)
            return true;
    return false;
}

static bool is_target(const cli_given *g)
{
    return g->option && strcmp(g->option->name, "target") == 0;
}

tb_status cli_hear_targets(const cli_passing *p, tb_voices *voices,
                           const cli_heard_sound *sound, int out_channels,
                           const char *source, tb_error *error)
{
    const cli_args *a = p->args;
    listener l = {.voices = voices, .like = sound};
    if (!cli_has(a, "target"))
        return TB_OK;
    if (!adapts(p))
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "%s does not take on the statistics of a --target: "
                       "networks trained with adain do, such as rave's v3.",
                       a->words[0]);
    tb_status status = listener_open(&l, out_channels, error);
    for (int i = 0; i < a->given_count && !status; i++)
        if (is_target(&a->given[i]))
            status = hear_as(&l, "learn_target", a->given[i].value, error);
    if (!status)
        status = hear_as(&l, "learn_source", source, error);
    if (!status)
        status = hear_silence(&l, error);
    listener_close(&l);
    return status;
}
