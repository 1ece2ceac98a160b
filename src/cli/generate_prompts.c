#include "cli/generate_work.h"

#include "base/amounts.h"
#include "base/memory.h"
#include "models/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is hardly heard is not told. */
static const double TOLD_DB = 1;

static void say_levels(const cli_generating *w)
{
    for (int i = 0; cli_has(w->args, "prompt") && i < w->voices.prompt_count;
         i++) {
        double db = 20 * log10(w->prompts[i].gain);
        if (fabs(db) < TOLD_DB)
            continue;
        fprintf(stderr,
                "timbrel: '%s' is %.1f dB %s than the network knows, which "
                "hears it at its own level.%s\n",
                w->prompts[i].name, fabs(db), db > 0 ? "softer" : "louder",
                w->voices.own_level
                    ? " What it makes comes back at that of the prompt."
                    : "");
    }
}

/* Prompts from the corpus pass over what is gone, and say so. */
static void say_gone(const cli_corpus *corpus)
{
    if (corpus->gone == 0)
        return;
    if (corpus->gone == corpus->count)
        fprintf(stderr,
                "timbrel: None of the recordings of the run is where it was "
                "(such as '%s'): it begins without a prompt.\n",
                corpus->first_gone);
    else
        fprintf(
            stderr,
            "timbrel: %d of the %d recordings %s not where %s (such as "
            "'%s'): prompts come from the others.\n",
            corpus->gone, corpus->count, tb_plural(corpus->gone, "is", "are"),
            tb_plural(corpus->gone, "it was", "they were"), corpus->first_gone);
}

static void align_prompts(cli_generating *w)
{
    const tb_model *model = w->voices.model;
    int count = w->voices.prompt_count;
    for (int i = 0; i < count; i++)
        if (w->prompts[i].note[0])
            fprintf(stderr, "timbrel: %s\n", w->prompts[i].note);
    const cli_prompt *shortest =
        cli_prompts_align(w->prompts, count, tb_model_channels(model));
    if (shortest)
        fprintf(stderr,
                "timbrel: All prompts last as long as the shortest, '%s' with "
                "%.3g s: of the others the end is heard.\n",
                shortest->name,
                (double)shortest->frames / tb_model_sample_rate(model));
}

tb_status cli_generate_load_prompts(cli_generating *w, tb_error *error)
{
    const cli_args *a = w->args;
    const cli_prompt_source source = {w->voices.model, w->chosen.run,
                                      w->prompt_seconds, w->voices.seed};
    const cli_corpus corpus = cli_look_for_corpus(&source);
    int *count = &w->voices.prompt_count;
    bool from_corpus = false;
    tb_status status = TB_OK;
    if (!w->chosen.hears)
        return cli_has(a, "prompt")
                   ? tb_fail(error, TB_ERR_UNSUPPORTED,
                             "'%s' begins by itself: a model of others takes "
                             "no prompt.",
                             w->chosen.text)
                   : TB_OK;
    w->prompts = tb_alloc_array((size_t)a->given_count + CLI_MOST_VOICES,
                                sizeof *w->prompts);
    if (!w->prompts)
        return tb_fail_memory(error);
    for (int i = 0; i < a->given_count && !status; i++)
        if (a->given[i].option &&
            strcmp(a->given[i].option->name, "prompt") == 0) {
            from_corpus = from_corpus || cli_is_corpus(a->given[i].value);
            status = cli_prompt_load(a->given[i].value, *count, &source,
                                     &w->prompts[*count], error);
            ++*count;
        }
    from_corpus = from_corpus || *count == 0;
    if (*count == 0 && corpus.gone < corpus.count)
        for (; *count < w->voices.voices && !status; ++*count)
            status = cli_prompt_load("corpus", *count, &source,
                                     &w->prompts[*count], error);
    if (!status && from_corpus)
        say_gone(&corpus);
    if (!status) {
        align_prompts(w);
        say_levels(w);
    }
    w->voices.prompts = w->prompts;
    return status;
}
