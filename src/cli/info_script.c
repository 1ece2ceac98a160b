#include "cli/info_script.h"

#include "base/amounts.h"
#include "base/json.h"
#include "cli/info_script_json.h"
#include "cli/say.h"
#include "cli/script_facts.h"
#include "torchscript/script_trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- methods ---- */

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

/* "606 ms", or samples where nobody says how many a second has. */
static void say_samples(const tb_script_model *m, double samples)
{
    if (m->sample_rate > 0)
        printf("%.1f ms", 1000 * samples / m->sample_rate);
    else
        printf("%.0f samples", samples);
}

static void say_latency(const tb_script_model *m, const cli_script_run *run)
{
    static const char *const said[] = {"estimated from what is heard",
                                       "the model says so", "the model says so",
                                       "its layers say so"};
    if (isnan(run->latency))
        return;
    printf("    answers ");
    say_samples(m, run->latency);
    printf(" late, besides what a block waits (%s)\n", said[run->source]);
}

static void say_load(const tb_script_model *m, const cli_script_run *run)
{
    double percent = 100 * run->seconds * m->sample_rate / (double)run->block;
    if (m->sample_rate > 0)
        printf("    takes %.*f %% of one processor", percent < 10, percent);
    else
        printf("    takes %.2f ms", 1000 * run->seconds);
    printf(" in blocks of %lld samples\n", (long long)run->block);
}

static void say_memory(const cli_script_run *run)
{
    char all[TB_AMOUNT], weights[TB_AMOUNT], states[TB_AMOUNT];
    tb_bytes_text((double)(run->memory.weights + run->memory.work), all);
    tb_bytes_text((double)run->memory.weights, weights);
    tb_bytes_text((double)run->memory.states, states);
    printf("    holds %s of memory: weights %s, what it remembers %s\n", all,
           weights, states);
}

static void say_method(tb_script_model *m, const tb_script_method *method)
{
    cli_script_run run;
    printf("  %s:", method->name);
    say_port("", method->in_channels, method->in_ratio);
    say_port(" to", method->out_channels, method->out_ratio);
    printf("\n");
    say_labels(m, method->name, "_input_labels");
    say_labels(m, method->name, "_output_labels");
    if (method->refusal) {
        printf("    cannot be played here: %s\n", method->refusal);
        return;
    }
    cli_script_measure(m, method, &run);
    if (run.error.status) {
        printf("    cannot be played here: %s\n", run.error.text);
        return;
    }
    say_latency(m, &run);
    say_load(m, &run);
    say_memory(&run);
}

/* ---- attributes and buffers ---- */

static void say_attribute(tb_script_model *m, const tb_script_attribute *a)
{
    char value[512];
    if (!tb_script_model_get(m, a->name, value, sizeof value))
        snprintf(value, sizeof value, "?");
    printf("  %s=%s  (", a->name, value);
    for (int i = 0; i < a->count; i++)
        printf("%s%s", i ? ", " : "", cli_attribute_kind(a->types[i]));
    printf(")\n");
    if (a->refusal)
        printf("    cannot be set here: %s\n", a->refusal);
}

/* Sounds that a host gives the model, by the names that it has for them. */
static void say_buffers(tb_script_model *m)
{
    char names[1024];
    if (tb_script_model_get(m, "buffer_attributes", names, sizeof names) &&
        names[0] && strcmp(names, "?") != 0)
        printf("Buffers, which a host fills with sounds: %s.\n", names);
}

/* ---- what Neutone's wrappers say ---- */

static void say_numbers(tb_script_model *m, const char *method,
                        const char *what, const char *unit)
{
    double x[32];
    int n = tb_script_model_numbers(m, method, 32, x);
    if (n == 0)
        return;
    printf("%s", what);
    for (int i = 0; i < n; i++)
        printf("%s %g", i ? "," : "", x[i]);
    printf(" %s.\n", unit);
}

static void say_neutone(tb_script_model *m)
{
    say_numbers(m, "get_native_sample_rates", "Made for", "Hz");
    say_numbers(m, "get_native_buffer_sizes", "Made for blocks of", "samples");
    if (m->method_count > 0) /* each says how late it is */
        return;
    say_numbers(m, "calc_model_delay_samples", "Answers", "samples late");
    say_numbers(m, "calc_buffering_delay_samples", "Its queues wait",
                "samples more");
}

/* ---- notes ---- */

/* What a JSON object says in texts, numbers and lists of texts. */
static void say_fields(const tb_json *fields)
{
    for (const tb_json *f = tb_json_first(fields); f; f = tb_json_next(f)) {
        const char *text = tb_json_as_text(f);
        double x;
        if (text && *text)
            printf("  %s: %s\n", tb_json_name(f), text);
        else if (tb_json_as_number(f, &x))
            printf("  %s: %g\n", tb_json_name(f), x);
        if (!tb_json_is_array(f) || !tb_json_first(f) ||
            !tb_json_as_text(tb_json_first(f)))
            continue;
        printf("  %s:", tb_json_name(f));
        for (const tb_json *t = tb_json_first(f); t; t = tb_json_next(t))
            printf("%s %s", t == tb_json_first(f) ? "" : ",",
                   tb_json_as_text(t) ? tb_json_as_text(t) : "");
        printf("\n");
    }
}

static void say_note(void *context, const char *name, const char *text,
                     size_t bytes)
{
    enum { MOST_LINES = 12 };
    tb_json *json = NULL;
    (void)context;
    printf("Note %s:\n", name);
    if (!tb_json_parse(text, bytes, name, &json, NULL) &&
        tb_json_is_object(json)) {
        say_fields(json);
    } else if (strlen(text) == bytes) {
        for (int i = 0; i < MOST_LINES && *text; i++) {
            int n = (int)strcspn(text, "\n");
            printf("  %.*s\n", n, text);
            text += n + (text[n] != 0);
        }
    } else {
        printf("  %zu bytes\n", bytes);
    }
    tb_json_free(json);
}

/* ---- all of it ---- */

static void say_all(tb_script_model *m, const char *path)
{
    char count[TB_AMOUNT];
    tb_count_text((double)m->parameters, count);
    printf("%s: a TorchScript model, %s weights", path, count);
    if (m->sample_rate > 0)
        printf(", %g kHz", m->sample_rate / 1000);
    else
        printf(", which says no sample rate");
    printf(".\n");
    if (m->method_count > 0) {
        printf("Blocks are multiples of %d samples", m->ratio);
        if (m->sample_rate > 0)
            printf(" (%.1f ms)", 1000 * m->ratio / m->sample_rate);
        printf(", which a live host adds as latency.\n");
    }
    say_neutone(m);
    if (m->method_count > 0)
        printf("Methods:\n");
    for (int i = 0; i < m->method_count; i++)
        say_method(m, &m->methods[i]);
    if (m->attribute_count > 0)
        printf("Attributes (timbrel transfer --attribute NAME=VALUE):\n");
    tb_script_model_try_setters(m);
    for (int i = 0; i < m->attribute_count; i++)
        say_attribute(m, &m->attributes[i]);
    say_buffers(m);
    cli_script_notes(m, say_note, NULL);
}

int cli_info_script(const char *path, bool json)
{
    tb_error error = {0};
    tb_script_model *m = tb_script_model_look(path, NULL, &error);
    if (!m)
        return cli_complain(&error);
    if (json)
        cli_info_script_json(m, path);
    else
        say_all(m, path);
    tb_script_model_close(m);
    return 0;
}
