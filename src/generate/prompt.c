#include "generate/prompt.h"

#include "base/paths.h"
#include "dsp/loudness.h"
#include "models/model.h"

#include <math.h>

/* How loud a sound is shows around the prompt. */
static const double AROUND_SECONDS = 60;

/* dB; -infinity where it cannot be read. */
static double loudness_around(const tb_cut *cut, const tb_audio *prompt)
{
    double start = fmax(0, cut->start_seconds - AROUND_SECONDS), length = 0;
    tb_loudness loudness;
    tb_audio around;
    if (cut->length_seconds > 0)
        length =
            cut->start_seconds - start + cut->length_seconds + AROUND_SECONDS;
    if (tb_load_audio(cut->path, prompt->sample_rate, prompt->channels, start,
                      length, &around, NULL))
        return -INFINITY;
    tb_loudness_init(&loudness, around.sample_rate, around.channels);
    tb_loudness_add(&loudness, around.data, around.frames * around.channels);
    tb_audio_clear(&around);
    return tb_loudness_get(&loudness);
}

static double gain_for(const tb_cut *cut, const tb_known_level *known,
                       const tb_audio *prompt)
{
    uint64_t hash;
    double peak = 0;
    double gain = tb_hash_file(cut->path, &hash, NULL)
                      ? 0
                      : tb_known_level_gain(known, hash);
    if (gain > 0 || !known->known)
        return gain > 0 ? gain : 1;
    for (int64_t i = 0; i < prompt->frames * prompt->channels; i++)
        peak = fmax(peak, fabs((double)prompt->data[i]));
    return tb_known_level_bring(known, loudness_around(cut, prompt), peak);
}

tb_status tb_prompt_load(const tb_cut *cut, const tb_model *model,
                         tb_audio *audio, double *gain, tb_error *error)
{
    const tb_known_level *known = tb_model_level(model);
    *gain = 1;
    tb_status status = tb_load_audio(
        cut->path, tb_model_sample_rate(model), tb_model_channels(model),
        cut->start_seconds, cut->length_seconds, audio, error);
    if (status || !known->known)
        return status;
    *gain = gain_for(cut, known, audio);
    for (int64_t i = 0; i < audio->frames * audio->channels; i++)
        audio->data[i] *= (float)*gain;
    return TB_OK;
}
