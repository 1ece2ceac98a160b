#include "export/about.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- for programs ---- */

static void put_settings(tb_json_writer *w, const tb_checkpoint *c)
{
    const tb_settings *table = c->instrument->settings;
    tb_json_begin_object(w, "settings");
    for (int i = 0; i < table->count; i++) {
        char text[512];
        tb_setting_text(&table->rows[i], c->config, text, sizeof text);
        tb_json_put_text(w, table->rows[i].name, text);
    }
    tb_json_end_object(w);
}

/* Files that are made again from the same run may be asked to be the same. */
static void put_day(tb_json_writer *w)
{
    const char *given = getenv("SOURCE_DATE_EPOCH");
    time_t now = given ? (time_t)strtoll(given, NULL, 10) : time(NULL);
    struct tm day;
    char text[32];
    if (gmtime_r(&now, &day) && strftime(text, sizeof text, "%Y-%m-%d", &day))
        tb_json_put_text(w, "exported", text);
}

static void put_training(tb_json_writer *w, const tb_checkpoint *c)
{
    const tb_trained *t = &c->trained;
    tb_json_put_text(w, "trained_on", c->trained_on);
    if (c->epoch >= 0)
        tb_json_put_integer(w, "epoch", c->epoch);
    if (t->steps > 0)
        tb_json_put_integer(w, "steps", t->steps);
    if (t->phase[0])
        tb_json_put_text(w, "phase", t->phase);
    if (t->sound_seconds > 0)
        tb_json_put_number(w, "minutes_of_sound", t->sound_seconds / 60);
    if (t->weights)
        tb_json_put_text(w, "weights", tb_weights_name(t->weights));
    if (t->version[0])
        tb_json_put_text(w, "trained_with", t->version);
    if (c->made_of)
        tb_json_put_text(w, "made_of", c->made_of);
    if (tb_checkpoint_level(c)->known)
        tb_json_put_number(w, "loudness_db", tb_checkpoint_level(c)->level);
}

void tb_export_about(tb_json_writer *w, const tb_checkpoint *c,
                     const char *licence)
{
    tb_sound_format format = c->instrument->format(c->config);
    tb_json_put_text(w, "made_by", "Timbrel " TIMBREL_VERSION);
    put_day(w);
    tb_json_put_text(w, "licence", licence);
    tb_json_put_text(w, "network", c->instrument->name);
    tb_json_put_number(w, "sample_rate", format.sample_rate);
    tb_json_put_integer(w, "channels", format.channels);
    put_training(w, c);
    put_settings(w, c);
}

/* ---- for people ---- */

typedef struct told_text {
    char *text;
    size_t size, n;
} told_text;

__attribute__((format(printf, 2, 3))) static void say(told_text *s,
                                                      const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = s->n < s->size
                ? vsnprintf(s->text + s->n, s->size - s->n, format, list)
                : 0;
    va_end(list);
    s->n += n > 0 ? (size_t)n : 0;
}

void tb_export_sentence(const tb_checkpoint *c, const char *licence, char *text,
                        size_t size)
{
    const tb_trained *t = &c->trained;
    told_text s = {text, size, 0};
    say(&s, "%s", c->instrument->name);
    if (t->steps > 0)
        say(&s, ", %lld steps", (long long)t->steps);
    if (t->sound_seconds > 0)
        say(&s, ", %.1f minutes of sound", t->sound_seconds / 60);
    if (c->trained_on && c->trained_on[0])
        say(&s, " (%.400s)", c->trained_on);
    say(&s, ", %g Hz.", c->instrument->format(c->config).sample_rate);
    if (licence)
        say(&s, " Licence: %.400s.", licence);
    say(&s, " Made by Timbrel " TIMBREL_VERSION ".");
}
