#include "models/vote.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/paths.h"
#include "models/base_checkpoint.h"
#include "models/checkpoint_find.h"
#include "models/shares.h"

#include <stdio.h>
#include <string.h>

static const char *const members[] = {"member_1", "member_2", "member_3",
                                      "member_4", "member_5", "member_6",
                                      "member_7", "member_8", NULL};

static const tb_setting rows[] = {
    TB_SETTING_TEXT(tb_vote, member_1, "", "The first of those that vote."),
    TB_SETTING_TEXT(tb_vote, member_2, "", "The second of them."),
    TB_SETTING_TEXT(tb_vote, member_3, "", "The third of them."),
    TB_SETTING_TEXT(tb_vote, member_4, "", "The fourth of them."),
    TB_SETTING_TEXT(tb_vote, member_5, "", "The fifth of them."),
    TB_SETTING_TEXT(tb_vote, member_6, "", "The sixth of them."),
    TB_SETTING_TEXT(tb_vote, member_7, "", "The seventh of them."),
    TB_SETTING_TEXT(tb_vote, member_8, "", "The last of them."),
    TB_SETTING_FLOATS(tb_vote, weights, "1", 0, 1, NULL,
                      "How much each counts at first, or all."),
};

static const tb_settings settings = {"network", rows,
                                     sizeof rows / sizeof *rows, NULL, 0};

/* ---- standing on the members ---- */

static tb_status fail_member(const tb_vote *v, int i, const char *why,
                             tb_error *error)
{
    char path[4096];
    tb_base_named(&tb_vote_instrument, v, i, path, sizeof path);
    return tb_fail(error, TB_ERR_ARGUMENT, "'%s' cannot vote with others: %s.",
                   path, why);
}

static bool is_measured(const tb_instrument *instrument, const char *name)
{
    for (const tb_buffer_row *b = instrument->buffers; b && b->prefix; b++)
        if (b->writer == TB_WRITER_HOOK &&
            strncmp(name, b->prefix, strlen(b->prefix)) == 0)
            return true;
    return false;
}

/* Whether something was measured for `a` that is not the same in `b`. */
static bool has_other_measures(const tb_checkpoint *a, const tb_checkpoint *b)
{
    for (int i = 0; i < tb_params_count(a->params); i++) {
        const tb_parameter *p = tb_params_at(a->params, i);
        int k = tb_params_find(b->params, p->name);
        if (!is_measured(a->instrument, p->name))
            continue;
        if (k < 0 || tb_params_at(b->params, k)->n != p->n ||
            memcmp(tb_params_value(a->params, i), tb_params_value(b->params, k),
                   (size_t)p->n * sizeof(float)) != 0)
            return true;
    }
    return false;
}

/* Symbols that were measured on recordings (principal components, codes) mean
   the same only where all that was measured is the same. */
static bool is_measured_apart(const tb_checkpoint *a, const tb_checkpoint *b)
{
    return has_other_measures(a, b) || has_other_measures(b, a);
}

static tb_status check_member(const tb_vote *v, const tb_checkpoint *first,
                              const tb_checkpoint *c, tb_error *error)
{
    char why[128];
    const tb_network *n = c->instrument->network;
    if (!n || !n->loop)
        return fail_member(v, v->count,
                           "it plays recordings and foresees nothing", error);
    if (c->instrument == &tb_vote_instrument)
        return fail_member(v, v->count, "it is a vote itself. Name its members",
                           error);
    const char *what = tb_alphabets_differ(first, c);
    if (!what && is_measured_apart(first, c))
        return fail_member(v, v->count,
                           "what its frames stand for was measured on other "
                           "sounds than that of the first. Checkpoints of one "
                           "run can",
                           error);
    snprintf(why, sizeof why, "its %s is another than that of the first",
             what ? what : "");
    return what ? fail_member(v, v->count, why, error) : TB_OK;
}

static void join(tb_vote *v, const tb_checkpoint *c)
{
    const tb_network *n = c->instrument->network;
    int64_t context = n->context ? n->context(c->config) : 0;
    v->context = context > v->context ? context : v->context;
    if (v->count++ > 0)
        return;
    v->format = c->instrument->format(c->config);
    v->symbols = n->symbols(c->config);
    v->mulaw = n->mulaw ? n->mulaw(c->config) : 0;
}

static tb_status stand(void *config, const tb_checkpoint *base, tb_error *error)
{
    tb_vote *v = config;
    tb_status status = TB_OK;
    v->count = 0;
    v->context = 0;
    for (const tb_checkpoint *c = base; c && !status; c = c->next) {
        status = check_member(v, base, c, error);
        if (!status)
            join(v, c);
    }
    if (!status && v->weights.count != 1 && v->weights.count != v->count)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "There are %d weights for the %d members of a vote.",
                         v->weights.count, v->count);
    return status;
}

static tb_sound_format format_of(const void *config)
{
    return ((const tb_vote *)config)->format;
}

static tb_symbols symbols_of(const void *config)
{
    return ((const tb_vote *)config)->symbols;
}

static int64_t context_of(const void *config)
{
    return ((const tb_vote *)config)->context;
}

static double mulaw_of(const void *config)
{
    return ((const tb_vote *)config)->mulaw;
}

/* ---- voting ---- */

static tb_value *weight_of(tb_builder *b, int i)
{
    const tb_vote *v = b->config;
    char path[4096], name[16], help[128];
    tb_base_named(&tb_vote_instrument, v, i, path, sizeof path);
    snprintf(name, sizeof name, "weight_%d", i + 1);
    snprintf(help, sizeof help, "How much %.80s counts.", tb_path_base(path));
    return tb_share_control(b, name, help,
                            v->weights.at[v->weights.count == 1 ? 0 : i]);
}

static tb_distribution loop(tb_builder *b, tb_value *symbols, int64_t context)
{
    const tb_vote *v = b->config;
    tb_distribution each[TB_MOST_BASES];
    tb_value *weight[TB_MOST_BASES];
    for (int i = 0; i < v->count; i++) {
        each[i] = tb_base_loop(b, i, symbols, context);
        weight[i] = weight_of(b, i);
    }
    return tb_distribution_mix(v->count, each, tb_shares(v->count, weight));
}

static tb_status check(const void *config, tb_error *error)
{
    const tb_vote *v = config;
    if (v->count > 0)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "A vote needs members that are open.");
}

static tb_status learn(const void *config, const tb_learning_size *size,
                       tb_learning *learning, tb_error *error)
{
    (void)config, (void)size, (void)learning;
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "A vote does not learn: train its members.");
}

static const tb_network network = {.symbols = symbols_of,
                                   .loop = loop,
                                   .context = context_of,
                                   .mulaw = mulaw_of};

const tb_instrument tb_vote_instrument = {
    .name = "vote",
    .about = "Networks that agree on each symbol.",
    .settings = &settings,
    .config_size = sizeof(tb_vote),
    .check = check,
    .format = format_of,
    .network = &network,
    .learn = learn,
    .bases = members,
    .stand = stand};

/* ---- making one ---- */

static tb_status name_member(tb_vote *v, int i, const char *name,
                             tb_error *error)
{
    const tb_settings_part part = {&settings, v};
    tb_checkpoint_choice choice;
    char *file = NULL;
    tb_status status = tb_checkpoint_choose(name, &choice, error);
    if (!status && choice.last > choice.first)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "'%s' is an average, and only checkpoints that lie in "
                         "a file vote. Keep it first: timbrel blend %s -o FILE",
                         name, name);
    if (!status)
        status = tb_checkpoint_find(choice.path, choice.first, &file, error);
    if (!status)
        status = tb_settings_set(&part, 1, members[i], file, error);
    tb_free(file);
    return status;
}

static tb_status fill(tb_vote *v, const char *const *names,
                      const double *weights, int count, tb_error *error)
{
    const tb_settings_part part = {&settings, v};
    tb_status status = TB_OK;
    tb_settings_defaults(&part, 1);
    if (count < 1 || count > TB_MOST_BASES)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "1 to %d checkpoints can vote, not %d.", TB_MOST_BASES,
                       count);
    for (int i = 0; i < count && !status; i++)
        status = name_member(v, i, names[i], error);
    for (int i = 0; weights && i < count && !status; i++) {
        v->weights.at[i] = weights[i];
        v->weights.count = i + 1;
        if (!(weights[i] >= 0 && weights[i] <= 1))
            status = tb_fail(error, TB_ERR_ARGUMENT,
                             "The weight of '%s' goes from 0 to 1, not %g.",
                             names[i], weights[i]);
    }
    return status;
}

static void sum_up(tb_checkpoint *c)
{
    tb_hash hash;
    tb_hash_init(&hash, 0);
    for (const tb_checkpoint *b = c->base; b; b = b->next)
        tb_hash_add(&hash, &b->hash, sizeof b->hash);
    c->hash = tb_hash_get(&hash);
}

tb_status tb_vote_open(const char *const *names, const double *weights,
                       int count, tb_checkpoint *c, tb_error *error)
{
    *c = (tb_checkpoint){.instrument = &tb_vote_instrument, .epoch = -1};
    c->config = tb_alloc(sizeof(tb_vote));
    tb_status status = c->config ? fill(c->config, names, weights, count, error)
                                 : tb_fail_memory(error);
    if (!status)
        status =
            tb_base_open(c->instrument, c->config, NULL, NULL, &c->base, error);
    if (!status)
        status = tb_checkpoint_make_params(c, error);
    if (!status)
        sum_up(c);
    else
        tb_checkpoint_clear(c);
    return status;
}
