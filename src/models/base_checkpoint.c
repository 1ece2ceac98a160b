#include "models/base_checkpoint.h"

#include "base/memory.h"
#include "base/paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders above, and names at the end of a path, that are looked through. */
enum { FOLDERS = 4, NAMES = 4, LONGEST_PATH = 4096 };

/* ---- its methods in graphs ---- */

/* "base." of the first, "base2." of the second. */
static void write_prefix(int i, char prefix[24])
{
    if (i == 0)
        snprintf(prefix, 24, "base.");
    else
        snprintf(prefix, 24, "base%d.", i + 1);
}

/* The name inside of its base, and which that is; null: it is of none. */
static const char *name_inside(const char *parameter, int *which)
{
    int number = 1, end = 0;
    if (strncmp(parameter, "base", 4) != 0)
        return NULL;
    parameter += 4;
    if (*parameter != '.' && (sscanf(parameter, "%3d%n", &number, &end) != 1 ||
                              number < 2 || number > TB_MOST_BASES))
        return NULL;
    *which = number - 1;
    return parameter[end] == '.' ? parameter + end + 1 : NULL;
}

bool tb_is_of_base(const char *parameter)
{
    int which;
    return name_inside(parameter, &which) != NULL;
}

static const tb_checkpoint *base_at(const tb_checkpoint *base, int i)
{
    while (base && i-- > 0)
        base = base->next;
    return base;
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

static tb_builder inner_builder(const tb_builder *b, const tb_checkpoint *base)
{
    return (tb_builder){.graph = b->graph,
                        .config = base->config,
                        .rows = b->rows,
                        .method = b->method,
                        .temperature = b->temperature,
                        .base = base->base};
}

tb_distribution tb_base_loop(tb_builder *b, int i, tb_value *symbols,
                             int64_t context)
{
    char prefix[24];
    const tb_checkpoint *base = base_at(b->base, i);
    const tb_network *n = base ? base->instrument->network : NULL;
    if (!n || !n->loop) {
        tb_graph_fail(b->graph, "There is no checkpoint that foresees.");
        return (tb_distribution){.kind = TB_LEVELS, .count = 1};
    }
    tb_builder inner = inner_builder(b, base);
    write_prefix(i, prefix);
    const char *before = tb_graph_enter(b->graph, prefix);
    tb_distribution next = n->loop(&inner, symbols, context);
    tb_graph_leave(b->graph, before);
    return next;
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
    tb_builder inner = inner_builder(b, b->base);
    const char *before = tb_graph_enter(b->graph, "base.");
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
    tb_builder inner = inner_builder(b, b->base);
    const char *before = tb_graph_enter(b->graph, "base.");
    tb_value *y =
        (n->decode ? n->decode : tb_base_decode)(&inner, symbols, prime);
    tb_graph_leave(b->graph, before);
    return y;
}

/* ---- its parameters ---- */

tb_status tb_base_declare(const tb_checkpoint *base, tb_graph *g,
                          tb_error *error)
{
    char prefix[24];
    for (int k = 0; base; k++, base = base->next) {
        write_prefix(k, prefix);
        const char *before = tb_graph_enter(g, prefix);
        for (int i = 0; i < tb_params_count(base->params); i++) {
            const tb_parameter *p = tb_params_at(base->params, i);
            tb_param(g, p->name, p->shape);
        }
        tb_graph_leave(g, before);
    }
    return tb_graph_check(g, error);
}

/* Whose it is, and its index there; -1: nobody's. */
static const tb_checkpoint *owner_of(const tb_checkpoint *base,
                                     const char *parameter, int *index)
{
    int which;
    const char *inside = name_inside(parameter, &which);
    base = inside ? base_at(base, which) : base;
    *index =
        base ? tb_params_find(base->params, inside ? inside : parameter) : -1;
    return base;
}

const void *tb_base_value(const tb_checkpoint *base, const char *parameter)
{
    int i;
    base = owner_of(base, parameter, &i);
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
        int from;
        if (!tb_is_of_base(p->name) && !is_copy(instrument, p->name))
            continue;
        const tb_checkpoint *owner = owner_of(base, p->name, &from);
        if (from < 0 || tb_params_at(owner->params, from)->n != p->n)
            return tb_fail(error, TB_ERR_FORMAT,
                           "%s cannot stand on this checkpoint of %s: it has "
                           "no '%s' of that size.",
                           instrument->name, base->instrument->name, p->name);
        memcpy(to + p->offset, tb_params_value(owner->params, from),
               (size_t)p->n * sizeof *to);
    }
    return TB_OK;
}

/* ---- whether one can stand on it ---- */

static double law_of(const tb_checkpoint *c)
{
    const tb_network *n = c->instrument->network;
    return n && n->mulaw ? n->mulaw(c->config) : -1;
}

static const char *symbols_differ(const tb_symbols *a, const tb_symbols *b)
{
    if (a->type != b->type)
        return "kind of symbols";
    if (a->levels != b->levels)
        return "number of levels";
    if (a->channels != b->channels)
        return "size of a symbol";
    return a->frames != b->frames || a->per != b->per ? "length of a symbol"
                                                      : NULL;
}

static const char *formats_differ(tb_sound_format a, tb_sound_format b)
{
    if (a.sample_rate != b.sample_rate)
        return "sample rate";
    return a.channels != b.channels ? "number of channels" : NULL;
}

const char *tb_alphabets_differ(const tb_checkpoint *a, const tb_checkpoint *b)
{
    const tb_network *n = a->instrument->network, *m = b->instrument->network;
    const char *what = formats_differ(a->instrument->format(a->config),
                                      b->instrument->format(b->config));
    if (what)
        return what;
    if (!n || !m)
        return n == m ? NULL : "kind of sound";
    tb_symbols one = n->symbols(a->config), two = m->symbols(b->config);
    what = symbols_differ(&one, &two);
    if (!what && n->symbols == m->symbols && n->symbols_differ)
        what = n->symbols_differ(a->config, b->config);
    return !what && law_of(a) != law_of(b) ? "mulaw" : what;
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
    const char *other = formats_differ(instrument->format(config),
                                       base->instrument->format(base->config));
    if (other)
        return fail_other(instrument, other, base, error);
    if (!n || (n->encode && n->decode))
        return TB_OK;
    if (!m)
        return fail_other(instrument, "kind of sound", base, error);
    tb_symbols own = n->symbols(config), theirs = m->symbols(base->config);
    return symbols_differ(&own, &theirs)
               ? fail_other(instrument, "alphabet", base, error)
               : TB_OK;
}

/* ---- finding it ---- */

/* The setting that names base i; null: it has not so many. */
static const char *setting_of(const tb_instrument *instrument, int i)
{
    const char *const *setting = instrument->bases;
    while (setting && *setting && i-- > 0)
        setting++;
    return setting ? *setting : NULL;
}

void tb_base_named(const tb_instrument *instrument, const void *config, int i,
                   char *path, size_t size)
{
    const tb_settings_part part = {instrument->settings, (void *)config};
    void *values;
    const char *setting = setting_of(instrument, i);
    const tb_setting *row =
        setting ? tb_settings_find(&part, 1, setting, &values, NULL) : NULL;
    *path = 0;
    if (row)
        tb_setting_text(row, config, path, size);
}

tb_status tb_base_fail_none(const tb_instrument *instrument, tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s stands on another checkpoint, whose sound it speaks: "
                   "name it with --set %s=RUN.",
                   instrument->name, setting_of(instrument, 0));
}

typedef struct base_search {
    const tb_instrument *instrument;
    const char *setting, *named;
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

/* What a checkpoint names may be anything: devices have no end. */
static bool is_file(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
}

/* False unless it is there and the right one. */
static bool try_file(base_search *s, const char *path, tb_error *error)
{
    if (!is_file(path)) {
        tb_fail(error, TB_ERR_FILE, "'%s' is no file.", path);
        return false;
    }
    if (tb_checkpoint_open_known(path, s->hash, s->base, error))
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
                   beside ? beside : "", s->setting);
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

/* The one that `setting` names; none: `*base` is null. */
static tb_status open_one(base_search *s, void *config, const char *beside,
                          tb_checkpoint **base, tb_error *error)
{
    const tb_settings_part part = {s->instrument->settings, config};
    s->base = tb_alloc(sizeof *s->base);
    if (!s->base)
        return tb_fail_memory(error);
    tb_status status = find(s, beside, error);
    if (!status)
        status = tb_settings_set(&part, 1, s->setting, s->file, error);
    if (status)
        tb_base_close(s->base);
    else
        *base = s->base;
    return status;
}

static tb_status open_all(const tb_instrument *instrument, void *config,
                          const uint64_t *hashes, const char *beside,
                          tb_checkpoint **base, tb_error *error)
{
    char named[LONGEST_PATH];
    const char *setting;
    tb_status status = TB_OK;
    for (int i = 0; !status && (setting = setting_of(instrument, i)); i++) {
        base_search s = {.instrument = instrument,
                         .setting = setting,
                         .named = named,
                         .hash = hashes ? hashes[i] : 0};
        tb_base_named(instrument, config, i, named, sizeof named);
        if (!named[0])
            break;
        status = open_one(&s, config, beside, base, error);
        if (!status)
            base = &(*base)->next;
    }
    return status;
}

tb_status tb_base_open(const tb_instrument *instrument, void *config,
                       const uint64_t *hashes, const char *beside,
                       tb_checkpoint **base, tb_error *error)
{
    tb_error own = {0};
    error = error ? error : &own;
    *base = NULL;
    tb_status status =
        open_all(instrument, config, hashes, beside, base, error);
    if (!status && *base)
        status = stand(instrument, config, *base, error);
    if (status) {
        tb_base_close(*base);
        *base = NULL;
    }
    return status;
}

void tb_base_close(tb_checkpoint *base)
{
    for (tb_checkpoint *next; base; base = next) {
        next = base->next;
        tb_checkpoint_clear(base);
        tb_free(base);
    }
}
