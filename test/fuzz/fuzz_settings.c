/* "key=value": what is taken lies in its range and is the same when its text
   is typed again. */
#include "base/settings.h"
#include "fuzz.h"
#include "text.h"

#include <stddef.h>

static const char *const shape_names[] = {"sine", "saw", "square", NULL};

typedef struct values {
    int count, shape;
    tb_int_list sizes;
    double rate;
    tb_float_list weights;
    bool loud;
    char title[24];
    uint64_t seed;
} values;

static const tb_setting rows[] = {
    TB_SETTING_INT(values, count, "5", -3, 70000, "samples", "A count."),
    TB_SETTING_CHOICE(values, shape, "saw", shape_names, "A choice."),
    TB_SETTING_INTS(values, sizes, "16,4", 1, 4096, "samples", "Counts."),
    TB_SETTING_FLOAT(values, rate, "0.5", 1e-6, 1e6, "Hz", "A number."),
    TB_SETTING_FLOATS(values, weights, "1,0.5", -1, 1, NULL, "Numbers."),
    TB_SETTING_BOOL(values, loud, "no", "A question."),
    TB_SETTING_TEXT(values, title, "", "A text."),
    TB_SETTING_SEED(values, seed, "1", "A seed."),
};

static const tb_settings table = {"voice", rows, sizeof rows / sizeof *rows,
                                  NULL, 0};

static bool in_range(const values *v)
{
    bool good = v->count >= -3 && v->count <= 70000 && v->shape >= 0 &&
                v->shape < 3 && v->rate >= 1e-6 && v->rate <= 1e6;
    for (int i = 0; i < v->sizes.count; i++)
        good = good && v->sizes.at[i] >= 1 && v->sizes.at[i] <= 4096;
    for (int i = 0; i < v->weights.count; i++)
        good = good && v->weights.at[i] >= -1 && v->weights.at[i] <= 1;
    return good && memchr(v->title, 0, sizeof v->title);
}

/* Types each value's text again. */
static bool is_stable(values *v)
{
    const tb_settings_part part = {&table, v};
    for (int i = 0; i < table.count; i++) {
        char before[1024], after[1024];
        tb_setting_text(&rows[i], v, before, sizeof before);
        if (tb_settings_set(&part, 1, rows[i].name, before, NULL) != TB_OK)
            return false;
        tb_setting_text(&rows[i], v, after, sizeof after);
        if (strcmp(before, after) != 0)
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char text[1024];
    values v;
    tb_error error;
    const tb_settings_part part = {&table, &v};
    memset(&v, 0, sizeof v);
    tb_settings_defaults(&part, 1);
    if (!fuzz_text(bytes, size, text, sizeof text))
        return 0;
    values before = v;
    if (tb_settings_assign(&part, 1, text, &error) != TB_OK)
        return error.text[0] == 0 || memcmp(&before, &v, sizeof v) != 0;
    return !in_range(&v) || !is_stable(&v);
}
