#include "models/base_checkpoint.h"

#include "base/memory.h"
#include "base/paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char prefix[] = "base.";

/* Folders above, and names at the end of a path, that are looked through. */
enum { FOLDERS = 4, NAMES = 4, LONGEST_PATH = 4096 };

/* ---- its methods in graphs ---- */

bool tb_is_of_base(const char *parameter)
{
    return strncmp(parameter, prefix, sizeof prefix - 1) == 0;
}

bool tb_base_has(const tb_checkpoint *base, const char *method)
{
    return base && base->instrument->network &&
           tb_instrument_has(base->instrument, base->base, method);
}

bool tb_base_primes(const tb_checkpoint *base)
{
    const tb_network *n = base ? base->instrument->network : NULL;
    return n && (n->decode ? n->primes : tb_base_primes(base->base));
}

static tb_builder inner_builder(const tb_builder *b)
{
    return (tb_builder){.graph = b->graph,
                        .config = b->base->config,
                        .rows = b->rows,
                        .method = b->method,
                        .base = b->base->base};
}

static tb_value *fail_missing(tb_builder *b, const char *method)
{
    return tb_graph_fail(b->graph,
                         "There is no checkpoint to stand on that "
                         "can %s.",
                         method);
}

tb_value *tb_base_encode(tb_builder *b, tb_value *sound)
{
    if (!tb_base_has(b->base, "encode"))
        return fail_missing(b, "encode");
    const tb_network *n = b->base->instrument->network;
    tb_builder inner = inner_builder(b);
    const char *before = tb_graph_enter(b->graph, prefix);
    tb_value *y = (n->encode ? n->encode : tb_base_encode)(&inner, sound);
    tb_graph_leave(b->graph, before);
    return y;
}

tb_value *tb_base_decode(tb_builder *b, tb_value *symbols,
                         const tb_prime *prime)
{
    if (!tb_base_has(b->base, "decode"))
        return fail_missing(b, "decode");
    const tb_network *n = b->base->instrument->network;
    tb_builder inner = inner_builder(b);
    const char *before = tb_graph_enter(b->graph, prefix);
    tb_value *y =
        (n->decode ? n->decode : tb_base_decode)(&inner, symbols, prime);
    tb_graph_leave(b->graph, before);
    return y;
}

/* ---- its parameters ---- */

tb_status tb_base_declare(const tb_checkpoint *base, tb_graph *g,
                          tb_error *error)
{
    const char *before = tb_graph_enter(g, prefix);
    for (int i = 0; i < tb_params_count(base->params); i++) {
        const tb_parameter *p = tb_params_at(base->params, i);
        tb_param(g, p->name, p->shape);
    }
    tb_graph_leave(g, before);
    return tb_graph_check(g, error);
}

const void *tb_base_value(const tb_checkpoint *base, const char *parameter)
{
    int i = tb_params_find(base->params, parameter + sizeof prefix - 1);
    return i >= 0 ? tb_params_value(base->params, i) : NULL;
}

static bool is_copy(const tb_instrument *instrument, const char *name)
{
    const tb_buffer_row *b = instrument->buffers;
    for (; b && b->prefix; b++)
        if (b->writer == TB_WRITER_CHECKPOINT &&
            strncmp(name, b->prefix, strlen(b->prefix)) == 0)
            return true;
    return false;
}

tb_status tb_base_give(const tb_checkpoint *base,
                       const tb_instrument *instrument, tb_params *params,
                       tb_error *error)
{
    float *to = tb_params_data(params);
    for (int i = 0; base && i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        bool is_base = tb_is_of_base(p->name);
        if (!is_base && !is_copy(instrument, p->name))
            continue;
        int from = tb_params_find(base->params,
                                  p->name + (is_base ? sizeof prefix - 1 : 0));
        if (from < 0 || tb_params_at(base->params, from)->n != p->n)
            return tb_fail(error, TB_ERR_FORMAT,
                           "%s cannot stand on this checkpoint of %s: it has "
                           "no '%s' of that size.",
                           instrument->name, base->instrument->name, p->name);
        memcpy(to + p->offset, tb_params_value(base->params, from),
               (size_t)p->n * sizeof *to);
    }
    return TB_OK;
}

/* ---- whether one can stand on it ---- */

static bool same_symbols(const tb_symbols *a, const tb_symbols *b)
{
    return a->type == b->type && a->channels == b->channels &&
           a->levels == b->levels && a->frames == b->frames && a->per == b->per;
}

static tb_status fail_other(const tb_instrument *instrument, const char *what,
                            const tb_checkpoint *base, tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s cannot stand on this checkpoint of %s: its %s is "
                   "another.",
                   instrument->name, base->instrument->name, what);
}

static tb_status stand(const tb_instrument *instrument, void *config,
                       const tb_checkpoint *base, tb_error *error)
{
    const tb_network *n = instrument->network, *m = base->instrument->network;
    tb_status status =
        instrument->stand ? instrument->stand(config, base, error) : TB_OK;
    if (status)
        return status;
    tb_sound_format is = instrument->format(config);
    tb_sound_format was = base->instrument->format(base->config);
    if (is.sample_rate != was.sample_rate)
        return fail_other(instrument, "sample rate", base, error);
    if (is.channels != was.channels)
        return fail_other(instrument, "number of channels", base, error);
    if (!n || (n->encode && n->decode))
        return TB_OK;
    if (!m)
        return fail_other(instrument, "kind of sound", base, error);
    tb_symbols own = n->symbols(config), theirs = m->symbols(base->config);
    return same_symbols(&own, &theirs)
               ? TB_OK
               : fail_other(instrument, "alphabet", base, error);
}

/* ---- finding it ---- */

void tb_base_named(const tb_instrument *instrument, const void *config,
                   char *path, size_t size)
{
    const tb_settings_part part = {instrument->settings, (void *)config};
    void *values;
    const tb_setting *row =
        instrument->base
            ? tb_settings_find(&part, 1, instrument->base, &values, NULL)
            : NULL;
    *path = 0;
    if (row)
        tb_setting_text(row, config, path, size);
}

tb_status tb_base_fail_none(const tb_instrument *instrument, tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s stands on another checkpoint, whose sound it speaks: "
                   "name it with --set %s=RUN.",
                   instrument->name, instrument->base);
}

typedef struct base_search {
    const tb_instrument *instrument;
    const char *named;
    uint64_t hash;
    tb_checkpoint *base;
    char file[LONGEST_PATH]; /* where it was found */
    bool is_other;           /* something else lies at its place */
} base_search;

/* From the root on; null when there is no memory. */
static char *whole_path(const char *path)
{
    char here[LONGEST_PATH];
    return tb_path_join(getcwd(here, sizeof here) ? here : NULL, path);
}

/* False unless it is there and the right one. */
static bool try_file(base_search *s, const char *path, tb_error *error)
{
    if (!tb_exists(path) ||
        tb_checkpoint_open_known(path, s->hash, s->base, error))
        return false;
    char *whole = whole_path(path);
    snprintf(s->file, sizeof s->file, "%s", whole ? whole : path);
    tb_free(whole);
    return true;
}

/* The last `names` names of a path. */
static const char *end_of(const char *path, int names)
{
    const char *end = path + strlen(path);
    while (end > path && (end[-1] != '/' || --names > 0))
        end--;
    return end;
}

static bool look_in(base_search *s, const char *folder)
{
    bool found = false;
    for (int i = 1; i <= NAMES && !found; i++) {
        tb_error why;
        char *path = tb_path_join(folder, end_of(s->named, i));
        found = path && strcmp(path, s->named) && try_file(s, path, &why);
        tb_free(path);
    }
    return found;
}

static bool look_beside(base_search *s, const char *beside)
{
    bool found = false;
    char *at = whole_path(beside);
    for (int i = 0; at && i < FOLDERS && !found; i++) {
        if (i > 0 || !tb_is_folder(at)) {
            char *above = tb_path_folder(at);
            tb_free(at);
            at = above;
        }
        found = at && look_in(s, at);
    }
    tb_free(at);
    return found;
}

static tb_status fail_search(const base_search *s, const char *beside,
                             tb_error *error)
{
    tb_error why = *error;
    if (s->is_other && s->hash == 0)
        return why.status;
    if (s->is_other)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is not the checkpoint that %s%s%s stands on: its "
                       "contents are others than those of %016" PRIx64
                       ". Put that one back, or beside it.",
                       s->named, s->instrument->name, beside ? " in " : "",
                       beside ? beside : "", s->hash);
    return tb_fail(error, TB_ERR_FILE,
                   "There is no '%s', the checkpoint that %s%s%s stands on. "
                   "Put it back, or into the same folder; a training is also "
                   "told where it is now by --set %s=FILE.",
                   s->named, s->instrument->name, beside ? " in " : "",
                   beside ? beside : "", s->instrument->base);
}

/* What is named for the first time may be a run, whose latest epoch counts. */
static tb_status find(base_search *s, const char *beside, tb_error *error)
{
    char *file = NULL;
    tb_status status = TB_OK;
    if (tb_exists(s->named))
        status = tb_checkpoint_find(s->named, -1, &file, error);
    if (status)
        return status;
    bool found = try_file(s, file ? file : s->named, error);
    s->is_other = !found && file;
    tb_free(file);
    if (found || (s->hash && beside && look_beside(s, beside)))
        return TB_OK;
    return fail_search(s, beside, error);
}

tb_status tb_base_open(const tb_instrument *instrument, void *config,
                       uint64_t hash, const char *beside, tb_checkpoint **base,
                       tb_error *error)
{
    tb_error own = {0};
    char named[LONGEST_PATH];
    const tb_settings_part part = {instrument->settings, config};
    base_search s = {.instrument = instrument, .named = named, .hash = hash};
    error = error ? error : &own;
    *base = NULL;
    tb_base_named(instrument, config, named, sizeof named);
    if (!named[0])
        return TB_OK;
    s.base = tb_alloc(sizeof *s.base);
    if (!s.base)
        return tb_fail_memory(error);
    tb_status status = find(&s, beside, error);
    if (!status)
        status = tb_settings_set(&part, 1, instrument->base, s.file, error);
    if (!status)
        status = stand(instrument, config, s.base, error);
    if (status)
        tb_base_close(s.base);
    else
        *base = s.base;
    return status;
}

void tb_base_close(tb_checkpoint *base)
{
    if (base)
        tb_checkpoint_clear(base);
    tb_free(base);
}
