/* What makes sound without an input: a prior and its decoder, or what Timbrel
   exports of a loop, which goes on from a prompt. */
#include "models/script_voice.h"

#include <math.h>
#include <string.h>

/* What softplus(x) / ln 2 makes the temperature. */
static float heat_input(double temperature)
{
    const double coldest = -80, ln2 = 0.69314718055994530942;
    double x = temperature > 0 ? log(expm1(temperature * ln2)) : coldest;
    return (float)(x > coldest ? x : coldest);
}

/* A block of the prompt, with the last input open up to its end; nothing once
   it is over. */
static void hear(const tb_script_voices *s, int row)
{
    int channels = s->channels[0] - 1;
    for (int64_t j = 0; j < s->frames[0]; j++) {
        bool open = s->prompt_at + j < s->prompt_frames;
        const float *x =
            open ? s->prompt[row] + (s->prompt_at + j) * channels : NULL;
        for (int i = 0; i < channels; i++)
            s->planes[0][i][j] = x ? x[i] : 0;
        s->planes[0][channels][j] = open;
    }
}

static void give_heat(const tb_script_voices *s, int row)
{
    float x = s->heated ? heat_input(s->heat[row]) : 0;
    for (int i = 0; i < s->channels[0]; i++)
        for (int64_t j = 0; j < s->frames[0]; j++)
            s->planes[0][i][j] = x;
}

/* What a block made is not heard as far as it is the prompt's, or too early. */
static void leave_out(tb_script_voices *s)
{
    int64_t told = s->prompt_frames - s->prompt_at;
    told = told < s->frames[0] ? told : s->frames[0];
    s->prompt_at += told;
    s->left -= told;
    int64_t early = s->skip < s->left ? s->skip : s->left;
    early = s->prompt_at < s->prompt_frames ? 0 : early;
    s->skip -= early;
    s->left -= early;
}

/* A block of every row. False: the next call goes on where this one stopped. */
static bool make_block(tb_script_voices *s)
{
    for (; s->at_row < s->player_count; s->at_row++) {
        if (s->at_link == 0 && s->improvises)
            hear(s, s->at_row);
        else if (s->at_link == 0)
            give_heat(s, s->at_row);
        if (!tb_script_play(s, &s->players[s->at_row]))
            return false;
        tb_script_take(s, s->made + s->at_row);
    }
    s->at_row = 0;
    s->left = s->frames[s->link_count];
    if (s->improvises)
        leave_out(s);
    return true;
}

/* Whole symbols, the last of what there is room for. */
void tb_script_prompt(tb_native_stream *stream, const float *const *sound,
                      int64_t frames)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    int64_t channels = s->channels[s->link_count], per = s->links[0]->symbol;
    int64_t n = frames < s->prompt_room ? frames / per * per
                                        : s->prompt_room / per * per;
    for (int row = 0; row < s->settings.rows; row++)
        memcpy(s->prompt[row], sound[row] + (frames - n) * channels,
               (size_t)(n * channels) * sizeof(float));
    s->prompt_frames = n;
    s->prompt_at = s->left = 0;
    s->skip = s->latency > 0 ? s->latency : 0;
}

int64_t tb_script_run(tb_native_stream *stream, float *const *sound,
                      int64_t frames)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    int64_t channels = s->channels[s->link_count];
    int64_t block = s->frames[s->link_count], done = 0;
    while (done < frames && (s->left > 0 || make_block(s))) {
        int64_t n = s->left < frames - done ? s->left : frames - done;
        for (int row = 0; row < s->settings.rows; row++)
            memcpy(sound[row] + done * channels,
                   s->made[row] + (block - s->left) * channels,
                   (size_t)(n * channels) * sizeof(float));
        s->left -= n;
        done += n;
    }
    return done;
}
