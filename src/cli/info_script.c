#include "cli/info_script.h"

#include "base/amounts.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cli/say.h"
#include "torchscript/script_model.h"

#include <stdio.h>
#include <string.h>

static void say_port(const char *what, int channels, int ratio)
{
    printf("%s %d %s", what, channels,
           tb_plural(channels, "channel", "channels"));
    if (ratio > 1)
        printf(" of one number for %d samples", ratio);
}

/* Labels of a method's inputs or outputs, where the model has them. */
static void say_labels(const tb_script_model *m, const char *method,
                       const char *end)
{
    char slot[256];
    snprintf(slot, sizeof slot, "%s%s", method, end);
    const tb_script_value *x = tb_script_slot(&m->module->root, slot);
    if (!x || x->kind != TB_SCRIPT_LIST || x->list->items.count == 0)
        return;
    printf("    %s:", strstr(end, "input") ? "in" : "out");
    for (int i = 0; i < x->list->items.count && i < 8; i++)
        if (x->list->items.at[i].kind == TB_SCRIPT_STRING)
            printf("%s %s", i ? "," : "", x->list->items.at[i].string);
    printf("%s\n", x->list->items.count > 8 ? ", ..." : "");
}

/* The time that a block takes on this machine, of methods that play sound. */
static void say_load(tb_script_model *m, const tb_script_method *method)
{
    enum { CALLS = 5 };
    int64_t samples = m->ratio > 2048 ? m->ratio : 2048 / m->ratio * m->ratio;
    tb_error error = {0};
    tb_script_stream *s = tb_script_stream_new(m, method, 1, samples, &error);
    size_t n = (size_t)samples;
    size_t channels = (size_t)(method->in_channels > method->out_channels
                                   ? method->in_channels
                                   : method->out_channels);
    float *room = tb_alloc_array(2 * channels, n * sizeof *room);
    const float **in = tb_alloc_array(channels, sizeof *in);
    float **out = tb_alloc_array(channels, sizeof *out);
    double best = 1e9;
    for (size_t i = 0; room && in && out && i < channels; i++) {
        in[i] = room + i * n;
        out[i] = room + (channels + i) * n;
    }
    for (int i = 0; s && room && in && out && i < CALLS; i++) {
        double from = tb_seconds();
        if (tb_script_stream_play(s, in, out, &error))
            break;
        double took = tb_seconds() - from;
        best = took < best ? took : best;
    }
    if (error.status)
        printf("    cannot be played here: %s\n", error.text);
    else if (s && m->sample_rate > 0)
        printf("    takes %.0f %% of one processor in blocks of %lld samples\n",
               100 * best * m->sample_rate / (double)samples,
               (long long)samples);
    else if (s)
        printf("    takes %.1f ms for %lld samples\n", 1000 * best,
               (long long)samples);
    tb_script_stream_free(s);
    tb_free(room);
    tb_free(in);
    tb_free(out);
}

static void say_method(tb_script_model *m, const tb_script_method *method)
{
    printf("  %s:", method->name);
    say_port("", method->in_channels, method->in_ratio);
    say_port(" to", method->out_channels, method->out_ratio);
    printf("\n");
    say_labels(m, method->name, "_input_labels");
    say_labels(m, method->name, "_output_labels");
    say_load(m, method);
}

static void say_attribute(tb_script_model *m, const tb_script_attribute *a)
{
    static const char *const kinds[] = {
        "true or false", "whole number", "number", "text", "tensor", "sound"};
    char value[512];
    if (!tb_script_model_get(m, a->name, value, sizeof value))
        snprintf(value, sizeof value, "?");
    printf("  %s=%s  (", a->name, value);
    for (int i = 0; i < a->count; i++)
        printf("%s%s", i ? ", " : "", kinds[a->types[i]]);
    printf(")\n");
}

int cli_info_script(const char *path)
{
    tb_error error = {0};
    char count[32];
    const tb_script_plan_settings settings = {0};
    tb_script_model *m = tb_script_model_open(path, &settings, &error);
    if (!m)
        return cli_complain(&error);
    tb_count_text((double)m->parameters, count);
    printf("%s: a TorchScript model, %s weights", path, count);
    if (m->sample_rate > 0)
        printf(", %g kHz", m->sample_rate / 1000);
    else
        printf(", which says no sample rate");
    printf(".\nBlocks are multiples of %d samples", m->ratio);
    if (m->sample_rate > 0)
        printf(" (%.1f ms)", 1000 * m->ratio / m->sample_rate);
    printf(", which a live host adds as latency.\nMethods:\n");
    for (int i = 0; i < m->method_count; i++)
        say_method(m, &m->methods[i]);
    if (m->attribute_count > 0)
        printf("Attributes (timbrel transfer --attribute NAME=VALUE):\n");
    for (int i = 0; i < m->attribute_count; i++)
        say_attribute(m, &m->attributes[i]);
    tb_script_model_close(m);
    return 0;
}
