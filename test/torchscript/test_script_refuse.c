/* What is not known before it is recorded is refused before it would play: when
   a method is opened, wherever in it that is, when numbers will lead there, and
   when an attribute opens the way, which then stays as it was. */
#include "tap.h"
#include "torchscript/script_trial.h"

#include <locale.h>
#include <string.h>

enum { BLOCK = 16 };

static tb_script_model *open_model(void)
{
    tb_error error = {0};
    tb_script_model *m =
        tb_script_model_open(FIXTURES "/hidden.ts", NULL, &error);
    OK_NAMED(m, m ? "hidden.ts" : error.text);
    return m;
}

static tb_script_stream *stream_of(tb_script_model *m, const char *method,
                                   tb_error *error)
{
    const tb_script_method *f = tb_script_model_method(m, method, error);
    return f ? tb_script_stream_new(m, f, 1, BLOCK, error) : NULL;
}

/* Says which function, which class and which line of it. */
static void is_said(const tb_error *error, const char *where)
{
    bool said = strstr(error->text, "norm: a norm of order 3") &&
                strstr(error->text, where) && strstr(error->text, ", line ");
    if (!OK_NAMED(said, where))
        fprintf(stderr, "# %s\n", error->text);
}

static void refused_when_opened(const char *method, const char *where)
{
    tb_error error = {0};
    tb_script_model *m = open_model();
    tb_script_stream *s = stream_of(m, method, &error);
    OK_NAMED(!s && error.status == TB_ERR_UNSUPPORTED, method);
    is_said(&error, where);
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

/* ---- attributes ---- */

/* forward: x * gain + the last x of before. */
static bool plays(tb_script_stream *s, float gain, float *last)
{
    float x[BLOCK], y[BLOCK];
    const float *in[] = {x};
    float *out[] = {y};
    bool same = true;
    for (int i = 0; i < BLOCK; i++)
        x[i] = (float)(i % 7) - 2;
    if (!tb_script_stream_run(s, in, out))
        return false;
    for (int i = 0; i < BLOCK; i++) {
        float next = x[i] * gain + *last;
        same = same && fabsf(y[i] - next) <= 1e-6F * fabsf(next);
    }
    *last = x[BLOCK - 1];
    return same;
}

static tb_status try(tb_script_model *m, tb_script_stream *s, const char *name,
                     const char *text, tb_error *error)
{
    tb_script_trial_begin(m);
    tb_status status = tb_script_model_set(m, name, 1, &text, error);
    if (!status)
        status = tb_script_stream_prepare(s, error);
    if (!status)
        tb_script_trial_keep(m);
    else
        tb_script_trial_undo(m);
    OK(tb_script_stream_prepare(s, NULL) == TB_OK);
    return status;
}

static void has(tb_script_model *m, const char *name, const char *text)
{
    char value[64];
    OK(tb_script_model_get(m, name, value, sizeof value));
    SAME_TEXT(value, text);
}

static void goes_on_as_it_was(void)
{
    tb_error error = {0};
    float last = 0;
    tb_script_model *m = open_model();
    tb_script_stream *s = stream_of(m, "forward", &error);
    if (!OK_NAMED(s, error.text))
        return;
    OK(plays(s, 1, &last));
    OK(try(m, s, "gain", "0.5", &error) == TB_OK);
    OK(plays(s, 0.5F, &last));
    OK(try(m, s, "path", "1", &error) == TB_ERR_UNSUPPORTED);
    is_said(&error, "Hidden.forward");
    has(m, "path", "0");
    OK_NAMED(plays(s, 0.5F, &last), "with what it remembers");
    OK(try(m, s, "path", "2", &error) == TB_ERR_UNSUPPORTED);
    is_said(&error, "Inner.forward");
    has(m, "gain", "0.5");
    OK(plays(s, 0.5F, &last));
    OK(try(m, s, "path", "3", &error) == TB_OK);
    has(m, "path", "3");
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

/* A host may write numbers as its language does. */
static void goes_on_with_commas(void)
{
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        goes_on_as_it_was();
    setlocale(LC_NUMERIC, "C");
}

/* A setter that writes to a tensor and to lists: all of it comes back. */
static void undoes_all(void)
{
    static const char *const names[] = {"gain", "label", "levels", "table",
                                        "span", "both",  "curve",  "row"};
    tb_error error = {0};
    tb_script_model *m =
        tb_script_model_open(FIXTURES "/leaves.ts", NULL, &error);
    if (!OK_NAMED(m, error.text))
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = "3", *other = "2";
        char before[256], after[256];
        OK(tb_script_model_set(m, names[i], 1, &other, &error) == TB_OK);
        tb_script_model_get(m, names[i], before, sizeof before);
        tb_script_trial_begin(m);
        OK(tb_script_model_set(m, names[i], 1, &text, &error) == TB_OK);
        tb_script_model_get(m, names[i], after, sizeof after);
        OK(strcmp(before, after) != 0);
        tb_script_trial_undo(m);
        has(m, names[i], before);
    }
    tb_script_model_close(m);
}

static void setters_are_tried(void)
{
    tb_script_model *m = open_model();
    tb_script_model_try_setters(m);
    for (int i = 0; i < m->attribute_count; i++) {
        const tb_script_attribute *a = &m->attributes[i];
        bool order = strcmp(a->name, "order") == 0;
        OK_NAMED(!a->refusal == !order, a->name);
        if (order && a->refusal)
            OK(strstr(a->refusal, "Hidden.set_order"));
    }
    has(m, "order", "2");
    tb_script_model_close(m);
}

int main(void)
{
    refused_when_opened("cubic", "Hidden.cubic");
    refused_when_opened("elsewhere", "Inner.forward");
    refused_when_opened("late", "Inner.forward");
    goes_on_as_it_was();
    goes_on_with_commas();
    undoes_all();
    setters_are_tried();
    return tap_done();
}
