/* Copies of a program that play it: opened, set, seeded. */
#include "models/script_voice.h"

#include "base/memory.h"
#include "base/random.h"
#include "torchscript/script_trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- players ---- */

void tb_script_players_close(tb_script_voices *s)
{
    for (int i = 0; s->players && i < s->player_count; i++) {
        for (int k = 0; k < s->link_count; k++)
            tb_script_stream_free(s->players[i].stream[k]);
        tb_script_model_close(s->players[i].model);
        s->players[i] = (tb_script_player){0};
    }
}

static tb_status open_streams(const tb_script_voices *s, tb_script_player *p,
                              tb_error *error)
{
    tb_status status = TB_OK;
    for (int k = 0; k < s->link_count && !status; k++) {
        const tb_script_method *m =
            tb_script_model_method(p->model, s->links[k]->name, error);
        if (m)
            p->stream[k] = tb_script_stream_new(p->model, m, s->rows,
                                                s->settings.block, error);
        status = p->stream[k] ? TB_OK : TB_ERR_UNSUPPORTED;
    }
    return status;
}

/* What the file remembers goes out, before any attribute makes it learn. */
static tb_status settle(const tb_script_voices *s, const tb_script_player *p,
                        tb_error *error)
{
    double rate = s->file->model->sample_rate;
    double all = s->settings.settle * (rate > 0 ? rate : 48000);
    tb_status status = TB_OK;
    for (double at = 0; at < all && !status; at += (double)s->settings.block) {
        for (int i = 0; i < s->rows * s->channels[0]; i++)
            memset(s->planes[0][i], 0,
                   (size_t)s->frames[0] * sizeof **s->planes[0]);
        for (int k = 0; k < s->link_count && !status; k++)
            status = tb_script_stream_play(p->stream[k],
                                           (const float *const *)s->planes[k],
                                           s->planes[k + 1], error);
    }
    return status;
}

/* Of what a file draws by itself. Those that draw nothing have none. */
static tb_status set_seed(tb_script_model *m, uint64_t seed, tb_error *error)
{
    static const uint64_t most = (UINT64_C(1) << 53) - 1;
    char text[32];
    const char *values[] = {text};
    bool has = false;
    for (int i = 0; i < m->attribute_count; i++)
        has |= strcmp(m->attributes[i].name, "seed") == 0;
    snprintf(text, sizeof text, "%llu", (unsigned long long)(seed & most));
    return has ? tb_script_model_set(m, "seed", 1, values, error) : TB_OK;
}

static tb_status open_player(tb_script_voices *s, tb_script_player *p,
                             tb_error *error)
{
    const tb_script_plan_settings settings = {.silent = s->settings.silent,
                                              .half_weights =
                                                  !s->settings.full_weights,
                                              .threads = s->settings.threads};
    bool settles = s->settings.settle > 0 && !s->generates;
    p->model = tb_script_model_open(s->file->path, &settings, error);
    tb_status status = p->model ? TB_OK : TB_ERR_FILE;
    if (!status && s->improvises) /* what was set once may change */
        status = set_seed(p->model, 0, error);
    if (p->model)
        p->model->sounds = &s->sounds.sounds;
    if (!status && settles)
        status = open_streams(s, p, error);
    if (!status && settles)
        status = settle(s, p, error);
    for (int i = 0; i < s->set.count && !status; i++)
        status = tb_attribute_text_set(p->model, &s->set.at[i], error);
    if (!status && !settles)
        status = open_streams(s, p, error);
    for (int k = 0; k < s->link_count && !status; k++)
        status = tb_script_stream_prepare(p->stream[k], error);
    return status;
}

static uint64_t seed_of(const tb_script_voices *s, int player)
{
    uint64_t row = (uint64_t)(s->settings.first_row + player);
    tb_rng rng = {s->seed, row};
    return row ? tb_rng_next(&rng) : s->seed;
}

void tb_script_players_seed(tb_script_voices *s)
{
    for (int i = 0; i < s->player_count; i++)
        for (int k = 0; k < s->link_count; k++)
            tb_script_stream_seed(s->players[i].stream[k], seed_of(s, i));
    s->seeds = s->improvises;
}

/* Attributes are set when there is time; one that was named stays. */
tb_status tb_script_players_seed_attributes(tb_script_voices *s,
                                            tb_error *error)
{
    tb_status status = TB_OK;
    bool named = tb_attribute_list_get(&s->set, "seed") != NULL;
    for (int i = 0; i < s->player_count && s->seeds && !named && !status; i++)
        status = set_seed(s->players[i].model, seed_of(s, i), error);
    s->seeds = false;
    return status;
}

/* What a file tells is about all of it, and so about what goes from sound to
   sound. */
static void ask_latency(tb_script_voices *s)
{
    bool sounds = s->links[0]->in_ratio == 1 &&
                  s->links[s->link_count - 1]->out_ratio == 1;
    double all = 0;
    for (int k = 0; k < s->link_count; k++) {
        tb_latency_source source;
        double x = tb_script_stream_latency(s->players[0].stream[k], &source);
        bool told = source == TB_LATENCY_TOLD || source == TB_LATENCY_ASKED;
        all = told ? x : all + x;
        if (source == TB_LATENCY_UNKNOWN || (told && !sounds)) {
            s->latency = -1;
            return;
        }
    }
    s->latency = llround(all);
}

tb_status tb_script_players_open(tb_script_voices *s, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < s->player_count && !status; i++)
        status = open_player(s, &s->players[i], error);
    if (status) {
        tb_script_players_close(s);
        return error && error->status ? error->status : status;
    }
    tb_script_players_seed(s);
    ask_latency(s);
    s->played = s->stale = false;
    s->left = s->at_link = s->at_row = 0;
    s->skip = s->improvises && s->latency > 0 ? s->latency : 0;
    return TB_OK;
}

/* ---- between runs ---- */

tb_status tb_script_players_record(tb_script_voices *s, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < s->player_count; i++)
        for (int k = 0; k < s->link_count && !status; k++)
            status = tb_script_stream_prepare(s->players[i].stream[k], error);
    return status;
}

static void end_trial(tb_script_voices *s, bool keeps)
{
    for (int i = 0; i < s->player_count; i++)
        if (keeps)
            tb_script_trial_keep(s->players[i].model);
        else
            tb_script_trial_undo(s->players[i].model);
}

tb_status tb_script_players_set(tb_script_voices *s, int count,
                                const tb_attribute_text *attributes,
                                tb_error *error)
{
    tb_status status = TB_OK;
    if (s->failed)
        return tb_fail(error, s->error.status, "%s", s->error.text);
    for (int i = 0; i < s->player_count; i++)
        tb_script_trial_begin(s->players[i].model);
    for (int i = 0; i < s->player_count; i++)
        for (int k = 0; k < count && !status; k++)
            status = tb_attribute_text_set(s->players[i].model, &attributes[k],
                                           error);
    if (!status)
        status = tb_script_players_record(s, error);
    for (int k = 0; k < count && !status; k++)
        status = tb_attribute_list_put(&s->set, &attributes[k], error);
    end_trial(s, !status);
    if (status)
        s->failed = tb_script_players_record(s, &s->error) != TB_OK;
    return status;
}
