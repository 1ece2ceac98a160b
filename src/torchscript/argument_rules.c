/* Which numbers and words an argument can be, whatever else a call holds. The
   getters of arguments ask, and so does the check at load. */
#include "torchscript/functions.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Words, or numbers from least to most; of a list, each. Rows of a function
   follow each other. */
typedef struct argument_rule {
    const char *function, *parameter;
    const char *words; /* null: numbers */
    double least, most;
} argument_rule;

#define WORDS(function, parameter, words)                                      \
    {                                                                          \
        function, parameter, words, 0, 0                                       \
    }
#define RANGE(function, parameter, least, most)                                \
    {                                                                          \
        function, parameter, NULL, least, most                                 \
    }
#define FROM(function, parameter, least)                                       \
    RANGE(function, parameter, least, HUGE_VAL)
#define NEVER(function, parameter) RANGE(function, parameter, 0, 0)
#define CONV(function)                                                         \
    FROM(function, "stride", 1), FROM(function, "padding", 0),                 \
        FROM(function, "dilation", 1), FROM(function, "groups", 1)
#define NORM(function) WORDS(function, "norm", "backward ortho forward")
#define TRANSFORM(function) NORM(function), RANGE(function, "n", 1, 1 << 24)

static const argument_rule rules[] = {
    WORDS("div", "rounding_mode", "trunc floor"),
    WORDS("divide", "rounding_mode", "trunc floor"),
    WORDS("gelu", "approximate", "none tanh"),
    WORDS("pad", "mode", "constant reflect replicate circular"),
    WORDS("meshgrid", "indexing", "ij xy"),
    TRANSFORM("fft_fft"),
    TRANSFORM("fft_ifft"),
    TRANSFORM("fft_rfft"),
    TRANSFORM("fft_irfft"),
    NORM("fft_fft2"),
    NORM("fft_ifft2"),
    NORM("fft_rfft2"),
    NORM("fft_fftn"),
    NORM("fft_ifftn"),
    NORM("fft_rfftn"),
    WORDS("conv1d", "padding", "same valid"),
    WORDS("conv2d", "padding", "same valid"),
    CONV("conv1d"),
    CONV("conv2d"),
    CONV("conv_transpose1d"),
    CONV("conv_transpose2d"),
    CONV("_convolution"),
    CONV("convolution"),
    RANGE("mse_loss", "reduction", 0, 2),
    RANGE("l1_loss", "reduction", 0, 2),
    FROM("slice", "step", 1),
    FROM("chunk", "chunks", 1),
    FROM("unfold", "size", 1),
    FROM("unfold", "step", 1),
    FROM("pixel_shuffle", "upscale_factor", 1),
    FROM("max_pool1d", "kernel_size", 1),
    FROM("max_pool1d", "stride", 1),
    FROM("max_pool1d", "padding", 0),
    FROM("max_pool1d", "dilation", 1),
    NEVER("max_pool1d", "ceil_mode"),
    FROM("avg_pool1d", "kernel_size", 1),
    FROM("avg_pool1d", "stride", 1),
    FROM("avg_pool1d", "padding", 0),
    NEVER("avg_pool1d", "ceil_mode"),
    RANGE("cdist", "p", 1, 2),
    RANGE("dist", "p", 1, 2),
    RANGE("stft", "n_fft", 1, TB_MOST_LOOKED),
    FROM("stft", "hop_length", 1),
    FROM("stft", "win_length", 1),
    RANGE("istft", "n_fft", 1, TB_MOST_LOOKED),
    FROM("istft", "hop_length", 1),
    FROM("istft", "win_length", 1),
    NEVER("istft", "return_complex"),
    NEVER("batch_norm", "training"),
    FROM("group_norm", "num_groups", 1),
    FROM("linspace", "steps", 0),
    FROM("logspace", "steps", 0),
    FROM("repeat", "repeats", 0),
    FROM("tile", "dims", 0),
    FROM("multinomial", "num_samples", 1),
};

static const char *wrong_word(const argument_rule *rule, const char *word,
                              char *room, size_t size)
{
    if (tb_parameter_index(rule->words, word) >= 0)
        return NULL;
    snprintf(room, size, "%s is '%s', not one of: %s", rule->parameter, word,
             rule->words);
    return room;
}

static const char *wrong_number(const argument_rule *rule, double x, char *room,
                                size_t size)
{
    if (x >= rule->least && x <= rule->most)
        return NULL;
    if (rule->most == HUGE_VAL)
        snprintf(room, size, "%s is %g: at least %g is possible",
                 rule->parameter, x, rule->least);
    else if (rule->most == rule->least)
        snprintf(room, size, "%s is %g: only %g is possible", rule->parameter,
                 x, rule->most);
    else
        snprintf(room, size, "%s is %g: from %g to %g is possible",
                 rule->parameter, x, rule->least, rule->most);
    return room;
}

static const char *wrong_value(const argument_rule *rule,
                               const tb_script_value *x, char *room,
                               size_t size)
{
    if (x->formula)
        return NULL;
    if (x->kind == TB_SCRIPT_STRING)
        return rule->words ? wrong_word(rule, x->string, room, size) : NULL;
    if (tb_script_is_number(x))
        return rule->words
                   ? NULL
                   : wrong_number(rule, tb_script_number(x), room, size);
    if (x->kind != TB_SCRIPT_LIST && x->kind != TB_SCRIPT_TUPLE)
        return NULL;
    const tb_script_items *items = &x->list->items;
    const char *wrong = NULL;
    for (int i = 0; !wrong && i < items->count; i++)
        if (tb_script_is_number(&items->at[i]))
            wrong = wrong_value(rule, &items->at[i], room, size);
    return wrong;
}

const char *tb_argument_wrong(const tb_builtin *f, const char *parameter,
                              const tb_script_value *x, char *room, size_t size)
{
    const argument_rule *end = rules + sizeof rules / sizeof *rules;
    const char *wrong = NULL;
    for (const argument_rule *r = rules; !wrong && r < end; r++)
        if (strcmp(r->function, f->name) == 0 &&
            strcmp(r->parameter, parameter) == 0)
            wrong = wrong_value(r, x, room, size);
    return wrong;
}

/* By position: each parameter that has a rule. */
bool tb_arguments_fit(tb_builtin_call *c)
{
    const argument_rule *end = rules + sizeof rules / sizeof *rules;
    char room[160];
    for (const argument_rule *r = rules; r < end; r++) {
        if (strcmp(r->function, c->function->name) != 0)
            continue;
        int i = tb_parameter_index(c->function->parameters, r->parameter);
        if (i >= 0 && wrong_value(r, &c->arg[i], room, sizeof room))
            return tb_refuse(c, "%s", room);
    }
    return true;
}
