/* What calls leave in slots takes memory once: a switch that goes to and fro
   has one copy of each text, and what always is something else takes the place
   of what it was. */
#include "tap.h"
#include "torchscript/script_model.h"
#include "torchscript/script_tensor.h"
#include "torchscript/script_tidy.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 8 };

static tb_script_model *open_model(const char *path)
{
    tb_error error = {0};
    tb_script_model *m = tb_script_model_open(path, NULL, &error);
    OK_NAMED(m, m ? path : error.text);
    return m;
}

static bool set(tb_script_model *m, const char *name, const char *text)
{
    tb_error error = {0};
    bool ok = tb_script_model_set(m, name, 1, &text, &error) == TB_OK;
    if (!ok)
        fprintf(stderr, "# %s\n", error.text);
    return ok;
}

/* ---- one copy ---- */

/* The text in the tuple that the slot `mode` holds, after it was set. */
static const char *set_mode(tb_script_model *m, const char *text)
{
    if (!OK(set(m, "mode", text)))
        return NULL;
    const tb_script_value *x = tb_script_slot(&m->module->root, "mode");
    return x && x->kind == TB_SCRIPT_TUPLE && x->list->items.count == 1
               ? x->list->items.at[0].string
               : NULL;
}

static void switch_takes_no_more(void)
{
    tb_script_model *m = open_model(FIXTURES "/stream.ts");
    if (!m)
        return;
    const char *hard = set_mode(m, "hard"), *soft = set_mode(m, "soft");
    OK(hard && soft && strcmp(hard, "hard") == 0 && strcmp(soft, "soft") == 0);
    OK(set_mode(m, "hard") == hard);
    OK(set_mode(m, "soft") == soft);
    tb_script_model_close(m);
}

/* ---- others in its place ---- */

/* In 4: each takes numbers, texts, lists and tensors that were not there. */
static const char *const attributes[] = {"gain", "label", "levels", "table",
                                         "span", "both",  "curve",  "row"};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

static bool set_all(tb_script_model *m, int i)
{
    char number[32], whole[32], shown[256];
    bool ok = true;
    snprintf(number, sizeof number, "%.6g", i / 8.0);
    snprintf(whole, sizeof whole, "%d", 1 + i % 40);
    for (int k = 0; ok && k < ATTRIBUTES; k++) {
        bool counts = k >= ATTRIBUTES - 2;
        ok = set(m, attributes[k], counts ? whole : number);
        tb_script_model_get(m, attributes[k], shown, sizeof shown);
        if (k == 0 || k == 3 || k == 4)
            ok &= strtod(shown, NULL) == strtod(number, NULL);
    }
    return ok;
}

/* What forward says to a block of ones after those settings, but for what it
   holds of the block before. */
static double expected(int i)
{
    char text[32];
    double x = i / 8.0, n = 1 + i % 40;
    int digits = snprintf(text, sizeof text, "%.6g", x);
    double total = 6 * x + digits + 1; /* "!" */
    return total + 4 * x + (4 * ((int)n % 4) + 1) + (n - 1) / 4 + 1;
}

static double play(tb_script_stream *s)
{
    tb_error error = {0};
    float ones[BLOCK], out[BLOCK];
    const float *in[] = {ones};
    float *to[] = {out};
    for (int k = 0; k < BLOCK; k++)
        ones[k] = 1;
    return tb_script_stream_play(s, in, to, &error) == TB_OK
               ? (double)out[BLOCK - 1]
               : -1e9;
}

/* leaves.ts, ready to play; null and a failed test: it is not. */
static tb_script_stream *open_leaves(tb_script_model **model)
{
    tb_script_model *m = *model = open_model(FIXTURES "/leaves.ts");
    tb_error error = {0};
    const tb_script_method *forward =
        m ? tb_script_model_method(m, "forward", &error) : NULL;
    tb_script_stream *s =
        forward ? tb_script_stream_new(m, forward, 1, BLOCK, &error) : NULL;
    OK_NAMED(s, error.text);
    return s;
}

/* A knob whose number lies in a tuple has one plan for all that it says. */
static void knob_needs_no_plan(void)
{
    tb_script_model *m;
    tb_script_stream *s = open_leaves(&m);
    if (!s)
        return;
    float ones[BLOCK], out[BLOCK];
    const float *in[] = {ones};
    float *to[] = {out};
    for (int k = 0; k < BLOCK; k++)
        ones[k] = 1;
    OK(set(m, "gain", "3")); /* from now on it changes */
    play(s);
    double before = play(s);
    for (int i = 2; i < 20; i++) {
        char text[16];
        snprintf(text, sizeof text, "%g", i / 4.0);
        OK(set(m, "gain", text));
        OK(tb_script_stream_run(s, in, to));
        NEAR(out[0], before + i / 4.0 - 3, 1e-5);
    }
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

static size_t bytes_of(const tb_script_module *m)
{
    return tb_arena_bytes(m->arena) + (m->left ? tb_arena_bytes(m->left) : 0);
}

static void session_takes_no_more(void)
{
    enum { SETTINGS = 1500, PLAYED = 97 };
    tb_script_model *m;
    tb_script_stream *s = open_leaves(&m);
    if (!s)
        return;
    bool set = true;
    double worst = 0;
    size_t early = 0, late = 0;
    unsigned tidied = 0;
    play(s);
    for (int i = 1; i <= 2 * SETTINGS && set; i++) {
        set = set_all(m, i);
        size_t now = bytes_of(m->module);
        if (i <= SETTINGS)
            early = now > early ? now : early;
        else
            late = now > late ? now : late;
        if (i == SETTINGS)
            tidied = m->module->round;
        if (i % PLAYED == 0)
            worst = fmax(worst, fabs(play(s) - expected(i)));
    }
    OK(set);
    OK(tidied > 1 && m->module->round > tidied);
    if (!OK(late <= early + 4096))
        fprintf(stderr, "# %zu bytes, then %zu\n", early, late);
    if (!OK(worst < 1e-3))
        fprintf(stderr, "# off by %g\n", worst);
    OK(!m->module->left_before);
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

int main(void)
{
    switch_takes_no_more();
    knob_needs_no_plan();
    session_takes_no_more();
    return tap_done();
}
