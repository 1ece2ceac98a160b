#include "models/trained.h"

#include "base/setting_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *tb_weights_name(tb_weights_kind kind)
{
    static const char *const names[] = {NULL, "averaged", "plain"};
    return names[kind];
}

static char *number(tb_arena *arena, double x)
{
    char text[32];
    tb_number_text(x, text);
    return tb_arena_strdup(arena, text);
}

int tb_trained_entries(tb_arena *arena, const tb_trained *t,
                       tb_stored_text *entries)
{
    int n = 0;
    bool good = true;
    if (t->steps > 0)
        entries[n++] = (tb_stored_text){
            "steps", tb_arena_printf(arena, "%" PRId64, t->steps)};
    if (t->phase[0])
        entries[n++] =
            (tb_stored_text){"phase", tb_arena_strdup(arena, t->phase)};
    if (t->sound_seconds > 0)
        entries[n++] =
            (tb_stored_text){"sound_seconds", number(arena, t->sound_seconds)};
    if (t->weights)
        entries[n++] = (tb_stored_text){"weights", tb_weights_name(t->weights)};
    if (t->version[0] && strcmp(t->version, TIMBREL_VERSION) != 0)
        entries[n++] = (tb_stored_text){"trained_with",
                                        tb_arena_strdup(arena, t->version)};
    for (int i = 0; i < n; i++)
        good &= entries[i].value != NULL;
    return good ? n : -1;
}

/* 0 where there is no such number up to `most`. */
static double read_number(const tb_safetensors *file, const char *key,
                          double most)
{
    const char *text = tb_safetensors_text(file, key);
    const char *end;
    double x;
    bool good =
        text && tb_number_parse(text, &end, &x) && !*end && x >= 0 && x <= most;
    return good ? x : 0;
}

static tb_weights_kind read_weights(const char *text)
{
    for (int i = TB_WEIGHTS_AVERAGED; text && i <= TB_WEIGHTS_PLAIN; i++)
        if (strcmp(text, tb_weights_name((tb_weights_kind)i)) == 0)
            return (tb_weights_kind)i;
    return TB_WEIGHTS_UNTOLD;
}

tb_trained tb_trained_read(const tb_safetensors *file)
{
    const char *phase = tb_safetensors_text(file, "phase");
    const char *version = tb_safetensors_text(file, "trained_with");
    tb_trained t = {.steps = (int64_t)read_number(file, "steps", 1e15),
                    .sound_seconds = read_number(file, "sound_seconds", 1e12),
                    .weights =
                        read_weights(tb_safetensors_text(file, "weights"))};
    if (!version)
        version = tb_safetensors_text(file, "timbrel");
    snprintf(t.phase, sizeof t.phase, "%s", phase ? phase : "");
    snprintf(t.version, sizeof t.version, "%s", version ? version : "");
    return t;
}
