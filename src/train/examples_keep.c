/* Examples as files: the sound, its picture, and a line of the list. */
#include "train/examples_state.h"

#include "audio/encode.h"
#include "base/memory.h"
#include "base/paths.h"
#include "dsp/highpass.h"
#include "judge/tags.h"
#include "judge/transferred.h"
#include "picture/picture.h"
#include "run/run_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int64_t tb_examples_own_frames(const tb_examples *x)
{
    return x->sounds.listening == TB_LISTEN_PROMPTS ? x->sounds.prompts.frames
                                                    : 0;
}

/* The path as the page sees it, which lies in the run's folder. */
static const char *relative(const tb_examples *x, const char *path)
{
    return path + strlen(x->folder) + 1;
}

/* In place: what is judged and drawn has been mixed down before. */
static void high_pass(const tb_examples *x, float *sound, int64_t frames)
{
    int channels = x->sounds.data->format.channels;
    tb_highpass filter;
    for (int ch = 0; x->sounds.settings->high_pass > 0 && ch < channels; ch++) {
        tb_highpass_init(&filter, x->sounds.settings->high_pass,
                         x->sounds.data->format.sample_rate);
        tb_highpass_run(&filter, sound + ch, frames, channels, sound + ch);
    }
}

static tb_status save_sound(const tb_examples *x, int i, int epoch,
                            const char *path, int64_t frames, tb_error *error)
{
    tb_tags tags = {0};
    char *run = tb_path_stem(x->folder);
    const tb_encode_settings encode = {
        .sample_rate = x->sounds.data->format.sample_rate,
        .channels = x->sounds.data->format.channels,
        .replace = true,
        .tags = &tags};
    const char *what =
        x->sounds.listening == TB_LISTEN_CLIPS ? "clip" : "prompt";
    snprintf(tags.title, sizeof tags.title, "%.150s, epoch %d, %s %d",
             run ? run : "", epoch, what, tb_example_prompt(&x->sounds, i) + 1);
    tb_tags_add(&tags, NULL, "run", "%s", run ? run : "");
    tb_tags_add(&tags, NULL, "epoch", "%d", epoch);
    tb_tags_add(&tags, NULL, what, "%d", tb_example_prompt(&x->sounds, i) + 1);
    if (x->sounds.listening == TB_LISTEN_PROMPTS)
        tb_tags_add(&tags, NULL, "temperature", "%g",
                    tb_example_temperature(&x->sounds, i));
    tb_tags_add(&tags, NULL, "seed", "%llu",
                (unsigned long long)x->sounds.settings->seed);
    tb_free(run);
    high_pass(x, x->sounds.made[i], frames);
    return tb_save_audio(path, &encode, x->sounds.made[i], frames, NULL, error);
}

/* Beside the sound; false where pictures cannot be drawn. */
static bool save_picture(tb_examples *x, const char *sound, int64_t frames,
                         char *path, size_t size)
{
    double rate = x->sounds.data->format.sample_rate;
    const tb_picture_sound picture = {
        .mono = x->mono,
        .frames = frames,
        .sample_rate = rate,
        .prompt_seconds = (double)tb_examples_own_frames(x) / rate};
    snprintf(path, size, "%.*spng", (int)(tb_path_extension(sound) - sound),
             sound);
    return x->pictures && tb_picture_write_sound(path, &picture, NULL) == TB_OK;
}

static void mix_down(const tb_examples *x, const float *sound, int64_t frames,
                     float *mono)
{
    int channels = x->sounds.data->format.channels;
    for (int64_t k = 0; k < frames; k++) {
        float sum = 0;
        for (int ch = 0; ch < channels; ch++)
            sum += sound[k * channels + ch];
        mono[k] = sum / (float)channels;
    }
}

/* What it has become, without its prompt. Sounds of a rate that is too low to
   judge have no tag; all but silence and noise may quote. */
static tb_status describe(tb_examples *x, int64_t frames, char *tag,
                          size_t size, bool *may_quote, tb_error *error)
{
    tb_tag_report report;
    int64_t heard = tb_examples_own_frames(x), n = frames - heard;
    const float *made = x->mono + heard;
    tb_status status = tb_tag_sound(made, n, x->sounds.data->format.sample_rate,
                                    &report, error);
    tag[0] = 0;
    if (status)
        return status == TB_ERR_ARGUMENT ? TB_OK : status;
    tb_tag_words(&report, tag, size);
    *may_quote =
        x->quotes && report.tag != TB_TAG_SILENT && report.tag != TB_TAG_NOISE;
    return TB_OK;
}

/* What was made of a clip beside the clip; `there` if that was measured: not of
   the clip itself, nor at a rate that is too low. */
static tb_status compare(tb_examples *x, int i, int epoch, int64_t frames,
                         tb_remade *remade, bool *there, tb_error *error)
{
    const tb_example_prompts *p = &x->sounds.prompts;
    double rate = x->sounds.data->format.sample_rate;
    tb_transferred t;
    *there = x->sounds.listening == TB_LISTEN_CLIPS && epoch > 0;
    if (!*there)
        return TB_OK;
    float *clip = tb_alloc_array((size_t)frames + 1, sizeof *clip);
    if (!clip)
        return tb_fail_memory(error);
    mix_down(x, p->samples[tb_example_prompt(&x->sounds, i)], frames, clip);
    tb_status status =
        tb_transfer_measure((tb_mono){clip, frames}, (tb_mono){x->mono, frames},
                            (tb_mono){NULL, 0}, rate, &t, NULL, error);
    tb_free(clip);
    *there = status == TB_OK;
    *remade = (tb_remade){t.spectrum_db, t.loudness_db, t.level_db,
                          t.pitch_cents, t.pitch_kept};
    return status == TB_ERR_ARGUMENT ? TB_OK : status;
}

tb_status tb_examples_keep(tb_examples *x, int i, int epoch, int64_t frames,
                           tb_error *error)
{
    char *path, picture[4200], tag[256], clip[32];
    bool may_quote = false, compared = false;
    tb_remade remade;
    tb_status status = tb_run_example(
        x->folder, tb_example_prompt(&x->sounds, i) + 1,
        tb_example_temperature(&x->sounds, i), epoch, &path, error);
    if (status)
        return status;
    mix_down(x, x->sounds.made[i], frames, x->mono);
    snprintf(clip, sizeof clip, "clip %d",
             tb_example_prompt(&x->sounds, i) + 1);
    status = save_sound(x, i, epoch, path, frames, error);
    if (!status)
        status = describe(x, frames, tag, sizeof tag, &may_quote, error);
    if (!status)
        status = compare(x, i, epoch, frames, &remade, &compared, error);
    if (!status) {
        bool drawn = save_picture(x, path, frames, picture, sizeof picture);
        const tb_example example = {
            .epoch = epoch,
            .prompt = tb_example_prompt(&x->sounds, i) + 1,
            .temperature = tb_example_temperature(&x->sounds, i),
            .clip = x->sounds.listening == TB_LISTEN_CLIPS ? clip : NULL,
            .sound = relative(x, path),
            .picture = drawn ? relative(x, picture) : NULL,
            .tag = tag[0] ? tag : NULL,
            .remade = compared ? &remade : NULL,
            .unsearched = may_quote,
            .prompt_seconds = (double)tb_examples_own_frames(x) /
                              x->sounds.data->format.sample_rate};
        status = tb_example_list_add(&x->list, &example, error);
    }
    tb_free(path);
    return status;
}
