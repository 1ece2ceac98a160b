/* What audio threads leave to others: controls from texts, what is prepared
   between runs, and runs that may wait for it. */
#include "base/amounts.h"
#include "base/setting_value.h"
#include "generate/voices.h"

#include <stdio.h>
#include <string.h>

enum { MOST_NUMBERS = 64 };

static tb_status fail_text(const tb_control *c, const char *text,
                           tb_error *error)
{
    int n = c->length > 1 ? c->length : 1;
    if (c->type == TB_CONTROL_BOOL || c->type == TB_CONTROL_TRIGGER)
        return tb_fail(error, TB_ERR_ARGUMENT, "%s=%s: it takes true or false.",
                       c->name, text);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s=%s: it takes %d %s from %g to %g.", c->name, text, n,
                   tb_plural(n, "number", "numbers"), c->low, c->high);
}

static bool read_bool(const char *text, double *x)
{
    *x = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *x == 1 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool read_choice(const tb_control *c, const char *text, double *x)
{
    for (int i = 0; c->choices && c->choices[i]; i++)
        if (strcmp(c->choices[i], text) == 0) {
            *x = i;
            return true;
        }
    return false;
}

/* As many numbers as it has, parted by commas. */
static bool read_numbers(const tb_control *c, const char *text, double *x)
{
    int n = c->length > 1 ? c->length : 1;
    for (int i = 0; i < n && i < MOST_NUMBERS; i++) {
        const char *end;
        if (!tb_number_parse(text, &end, &x[i]) ||
            *end != (i + 1 < n ? ',' : 0) || !(x[i] >= c->low) ||
            !(x[i] <= c->high))
            return false;
        text = end + 1;
    }
    return n <= MOST_NUMBERS;
}

static bool read_control(const tb_control *c, const char *text, double *x)
{
    switch (c->type) {
    case TB_CONTROL_BOOL:
    case TB_CONTROL_TRIGGER:
        return read_bool(text, x);
    case TB_CONTROL_CHOICE:
        return read_choice(c, text, x);
    default:
        return read_numbers(c, text, x);
    }
}

tb_status tb_voices_turn(tb_voices *voices, const char *control,
                         const char *text, tb_error *error)
{
    const tb_method *m = &voices->plan->method;
    double x[MOST_NUMBERS];
    if (m->native && m->native->set_text)
        return m->native->set_text(voices->native, control, text, error);
    int i = tb_method_control(m, control, error);
    if (i < 0)
        return TB_ERR_ARGUMENT;
    if (!read_control(m->control[i], text, x))
        return fail_text(m->control[i], text, error);
    if (m->control[i]->type == TB_CONTROL_ARRAY)
        tb_voices_set_array(voices, i, -1, x);
    else
        tb_voices_set(voices, i, -1, x[0]);
    return TB_OK;
}

tb_status tb_voices_make_ready(tb_voices *voices, tb_error *error)
{
    const tb_native *native = voices->plan->method.native;
    voices->waits = false;
    return native && native->prepare ? native->prepare(voices->native, error)
                                     : TB_OK;
}

/* ---- all of it, whatever it takes ---- */

tb_status tb_voices_render(tb_voices *voices, float *const *samples,
                           int64_t frames, tb_error *error)
{
    const tb_native *native = voices->plan->method.native;
    const int64_t channels = voices->plan->method.output[0].channels;
    if (!native) {
        tb_voices_run(voices, samples, frames);
        return TB_OK;
    }
    tb_status status = tb_voices_make_ready(voices, error);
    for (int64_t done = 0; done < frames && !status;) {
        for (int row = 0; row < voices->settings.voices; row++)
            voices->out_at[row] = samples[row] + done * channels;
        done += native->run(voices->native, voices->out_at, frames - done);
        if (done < frames)
            status = tb_voices_make_ready(voices, error);
    }
    return status;
}

static bool pass_native(tb_voices *v, const float *const *in, float *const *out,
                        int64_t at)
{
    const tb_native *native = v->plan->method.native;
    tb_voices_find_block(v, in, out, at);
    return native->process_wide && v->settings.threads > 1
               ? native->process_wide(v->native, v->in_at, v->out_at)
               : native->process(v->native, v->in_at, v->out_at);
}

static tb_status transform_native(tb_voices *v, const float *const *in,
                                  float *const *out, int64_t frames,
                                  tb_error *error)
{
    tb_status status = tb_voices_make_ready(v, error);
    for (int64_t at = 0; at < frames && !status; at += v->plan->block)
        while (!status && !pass_native(v, in, out, at))
            status = tb_voices_make_ready(v, error);
    return status;
}

static void transform_stream(tb_voices *v, const float *const *in,
                             float *const *out, int64_t frames)
{
    const tb_method *m = &v->plan->method;
    int64_t block = v->plan->block * m->base_per / m->base;
    for (int64_t done = 0, n; done < frames; done += n) {
        n = frames - done < block ? frames - done : block;
        tb_stream_run_on(v->stream, tb_voices_put_block(v, in, done, n),
                         v->pool);
        tb_voices_get_block(v, out, done, n);
    }
}

tb_status tb_voices_transform(tb_voices *voices, const float *const *in,
                              float *const *out, int64_t frames,
                              tb_error *error)
{
    tb_status status = TB_OK;
    if (voices->native)
        status = transform_native(voices, in, out, frames, error);
    else
        transform_stream(voices, in, out, frames);
    tb_voices_release_triggers(voices);
    return status;
}

/* ---- the same, with a message ---- */

static bool told(tb_status status, const tb_error *error, tb_message *message)
{
    if (status && message)
        snprintf(message->text, sizeof message->text, "%s", error->text);
    return status == TB_OK;
}

bool tb_voices_set_text(tb_voices *voices, const char *control,
                        const char *text, tb_message *message)
{
    tb_error error = {0};
    return told(tb_voices_turn(voices, control, text, &error), &error, message);
}

static tb_status give_sound(tb_voices *voices, const char *name,
                            const float *samples, int64_t frames, int channels,
                            double sample_rate, tb_error *error)
{
    const tb_native *native = voices->plan->method.native;
    if (!native || !native->give_sound)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Nothing of this model is set to a sound.");
    if (frames < 1 || channels < 1 || sample_rate < 1)
        return tb_fail(error, TB_ERR_ARGUMENT, "'%s' is no sound.", name);
    return native->give_sound(voices->native, name, samples, frames, channels,
                              sample_rate, error);
}

bool tb_voices_give_sound(tb_voices *voices, const char *name,
                          const float *samples, int64_t frames, int channels,
                          double sample_rate, tb_message *message)
{
    tb_error error = {0};
    return told(give_sound(voices, name, samples, frames, channels, sample_rate,
                           &error),
                &error, message);
}

bool tb_voices_prepare(tb_voices *voices, tb_message *message)
{
    tb_error error = {0};
    return told(tb_voices_make_ready(voices, &error), &error, message);
}

bool tb_voices_run_offline(tb_voices *voices, float *const *samples,
                           int64_t frames, tb_message *message)
{
    tb_error error = {0};
    return told(tb_voices_render(voices, samples, frames, &error), &error,
                message);
}

bool tb_voices_process_offline(tb_voices *voices, const float *const *in,
                               float *const *out, int64_t frames,
                               tb_message *message)
{
    tb_error error = {0};
    return told(tb_voices_transform(voices, in, out, frames, &error), &error,
                message);
}
