/* Methods in a row that pass sound on. */
#include "models/script_voice.h"

bool tb_script_play(tb_script_voices *s, tb_script_player *p)
{
    s->played = true;
    while (s->at_link < s->link_count) {
        int k = s->at_link;
        if (s->failed || s->stale || s->seeds ||
            !tb_script_stream_run(p->stream[k],
                                  (const float *const *)s->planes[k],
                                  s->planes[k + 1]))
            return false;
        s->at_link++;
    }
    s->at_link = 0;
    return true;
}

void tb_script_take(const tb_script_voices *s, float *const *out)
{
    int channels = s->channels[s->link_count];
    for (int i = 0; i < s->rows * channels; i++)
        for (int64_t j = 0; j < s->frames[s->link_count]; j++)
            out[i / channels][j * channels + i % channels] =
                s->planes[s->link_count][i][j];
}

/* Planes of the first link, unless it has played them already. */
static void give(const tb_script_voices *s, const float *const *in)
{
    int channels = s->channels[0];
    for (int i = 0; s->at_link == 0 && i < s->rows * channels; i++)
        for (int64_t j = 0; j < s->frames[0]; j++)
            s->planes[0][i][j] = in[i / channels][j * channels + i % channels];
}

bool tb_script_process_wide(tb_native_stream *stream, const float *const *in,
                            float *const *out)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    give(s, in);
    s->played = true;
    for (; s->at_link < s->link_count; s->at_link++) {
        int k = s->at_link;
        if (s->failed || s->stale ||
            !tb_script_stream_run_wide(s->players[0].stream[k],
                                       (const float *const *)s->planes[k],
                                       s->planes[k + 1], s->pool))
            return false;
    }
    s->at_link = 0;
    tb_script_take(s, out);
    return true;
}

bool tb_script_process(tb_native_stream *stream, const float *const *in,
                       float *const *out)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    give(s, in);
    bool good = tb_script_play(s, &s->players[0]);
    if (good)
        tb_script_take(s, out);
    return good;
}
