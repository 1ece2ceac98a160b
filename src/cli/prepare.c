#include "cli/prepare.h"
#include "cli/say.h"

#include "audio/mix.h"
#include "audio/passage.h"
#include "base/amounts.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/paths.h"
#include "dsp/cut_point.h"
#include "picture/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_FRAMES = 8192 };

/* ---- before anything is heard ---- */

static tb_status fail_exists(const char *path, tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "'%s' is there already. Write elsewhere with -o FOLDER, or "
                   "over it with --force.",
                   path);
}

/* Two recordings whose labels would have one name are refused. */
static tb_status check_labels(const cli_prepare *p, tb_names *names,
                              char **paths, tb_error *error)
{
    for (int i = 0; i < p->corpus->count; i++) {
        const char *recording = p->corpus->files[i].path;
        paths[i] = tb_labels_path(recording, p->folder, p->kind);
        if (!paths[i])
            return tb_fail_memory(error);
        if (tb_names_find(names, paths[i]))
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "'%s' has a namesake, and both would share '%s'. "
                           "Rename one, or name them in two commands with "
                           "different -o FOLDER.",
                           recording, paths[i]);
        if (!tb_names_add(names, paths[i], paths[i]))
            return tb_fail_memory(error);
        if (!p->force && tb_exists(paths[i]))
            return fail_exists(paths[i], error);
    }
    return TB_OK;
}

static tb_status check_outputs(const cli_prepare *p, tb_error *error)
{
    tb_names names = {0};
    size_t count = (size_t)p->corpus->count;
    char **paths = calloc(count + 1, sizeof *paths);
    tb_status status =
        paths ? check_labels(p, &names, paths, error) : tb_fail_memory(error);
    for (size_t i = 0; paths && i < count; i++)
        tb_free(paths[i]);
    free(paths);
    tb_names_clear(&names);
    if (!status && p->folder)
        status = tb_make_folders(p->folder, error);
    if (!status && p->cut)
        status = tb_make_folders(p->cut, error);
    return status;
}

/* Pictures are a help; where cairo is missing the rest is done without. */
static void check_picture(cli_prepare *p)
{
    tb_error error;
    p->picture = !cli_has(p->args, "no-picture");
    if (!p->picture || tb_picture_possible(&error) == TB_OK)
        return;
    p->picture = false;
    fprintf(stderr, "timbrel: %s. Going on without.\n", error.text);
}

tb_status cli_prepare_open(cli_prepare *p, const cli_args *args,
                           const char *kind, int passes, tb_error *error)
{
    double fade_ms = 3;
    *p = (cli_prepare){.args = args,
                       .kind = kind,
                       .folder = cli_value(args, "o"),
                       .cut = cli_value(args, "cut"),
                       .force = cli_has(args, "force"),
                       .json = cli_has(args, "json"),
                       .began = tb_seconds()};
    if (args->word_count == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name the sounds: files or folders.");
    tb_status status = cli_number(args, "fade", 0, 1000, &fade_ms, error);
    p->fade_seconds = fade_ms / 1000;
    if (!status)
        status =
            tb_corpus_find(args->words, args->word_count, &p->corpus, error);
    if (!status)
        status = check_outputs(p, error);
    if (status)
        return status;
    check_picture(p);
    p->total = passes * tb_corpus_seconds(p->corpus, NULL);
    return TB_OK;
}

void cli_prepare_close(cli_prepare *p)
{
    tb_corpus_free(p->corpus);
    p->corpus = NULL;
}

int cli_prepare_each(const cli_args *args, const char *kind, int passes,
                     tb_status (*one)(cli_prepare *p, const char *path,
                                      tb_error *error))
{
    tb_error error;
    cli_prepare p;
    cli_catch_stop();
    tb_status status = cli_prepare_open(&p, args, kind, passes, &error);
    for (int i = 0; !status && i < p.corpus->count; i++)
        status = one(&p, p.corpus->files[i].path, &error);
    cli_prepare_close(&p);
    cli_bar_clear();
    return status ? cli_complain(&error) : CLI_OK;
}

/* ---- hearing ---- */

static tb_status go_on(cli_prepare *p, const char *path, double seconds,
                       tb_error *error)
{
    char left[TB_AMOUNT] = "";
    p->heard += seconds;
    double done = p->total > 0 ? fmin(1, p->heard / p->total) : 0;
    double past = tb_seconds() - p->began;
    if (done > 0 && past > 1)
        tb_time_text(ceil(past * (1 - done) / done), left);
    if (!p->json)
        cli_bar(done, "%s%s%s", tb_path_base(path), *left ? ", left: " : "",
                left);
    return cli_is_stopped() ? tb_fail(error, TB_ERR_STOPPED, "Stopped.")
                            : TB_OK;
}

static tb_status hear(cli_prepare *p, const char *path, tb_decoder *decoder,
                      cli_feed *feed, void *context, float *block,
                      tb_error *error)
{
    const tb_audio_info *info = tb_decoder_info(decoder);
    for (;;) {
        int64_t n = tb_decoder_read(decoder, block, BLOCK_FRAMES, error);
        if (n <= 0)
            return n < 0 ? error->status : TB_OK;
        tb_mix(block, info->channels, block, 1, n);
        tb_status status = feed(context, block, n, error);
        if (!status)
            status = go_on(p, path, (double)n / info->sample_rate, error);
        if (status)
            return status;
    }
}

tb_status cli_hear(cli_prepare *p, const char *path, cli_feed *feed,
                   void *context, tb_error *error)
{
    tb_audio_info info;
    tb_decoder *decoder = tb_decoder_open(path, &info, error);
    if (!decoder)
        return error->status;
    float *block =
        tb_alloc_array(BLOCK_FRAMES, (size_t)info.channels * sizeof *block);
    tb_status status = block
                           ? hear(p, path, decoder, feed, context, block, error)
                           : tb_fail_memory(error);
    tb_free(block);
    tb_decoder_close(decoder);
    return status;
}

static tb_status measure(void *context, const float *mono, int64_t n,
                         tb_error *error)
{
    cli_source *source = context;
    (void)error;
    source->frames += n;
    for (int64_t i = 0; i < n; i++)
        source->peak = fmaxf(source->peak, fabsf(mono[i]));
    return TB_OK;
}

tb_status cli_measure(cli_prepare *p, const char *path, cli_source *source,
                      tb_error *error)
{
    tb_audio_info info;
    tb_decoder *decoder = tb_decoder_open(path, &info, error);
    if (!decoder)
        return error->status;
    tb_decoder_close(decoder);
    *source = (cli_source){path, info.sample_rate, info.channels, 0, 0};
    tb_status status = cli_hear(p, path, measure, source, error);
    if (!status && source->frames == 0)
        status = tb_fail(error, TB_ERR_FORMAT, "'%s' holds no sound.", path);
    return status;
}

/* ---- where to cut ---- */

/* The frames around `wanted`, in which its cut is looked for. */
static tb_status find_cut(tb_passages *passages, double sample_rate,
                          bool attack, int64_t *wanted, tb_error *error)
{
    int64_t reach = (int64_t)(0.04 * sample_rate), got;
    int64_t from = *wanted > 2 * reach ? *wanted - 2 * reach : 0;
    const float *x = tb_passages_read(passages, from, 4 * reach, &got, error);
    if (!x)
        return error->status;
    int64_t at = *wanted - from, near = reach / 2;
    if (got == 0)
        return TB_OK;
    if (attack) {
        at =
            tb_attack_start(x, got, passages->channels, sample_rate, at, reach);
        near = reach / 10;
    }
    *wanted = from + tb_cut_point(x, got, passages->channels, at, near);
    return TB_OK;
}

tb_status cli_find_cuts(const cli_source *source, int64_t *at, int count,
                        bool attacks, tb_error *error)
{
    tb_passages passages;
    tb_status status = tb_passages_open(&passages, source->path, NULL, error);
    for (int i = 0; i < count && !status; i++)
        status =
            find_cut(&passages, source->sample_rate, attacks, &at[i], error);
    tb_passages_close(&passages);
    return status;
}
