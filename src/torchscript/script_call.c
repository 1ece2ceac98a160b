#include "torchscript/script_call.h"

#include "base/memory.h"
#include "torchscript/recording_guard.h"
#include "torchscript/script_plan_state.h"
#include "torchscript/script_snapshot.h"

#include <string.h>

/* Of the plans' own memory: weights and what lives during a run are shared.
   Where there are more ways than can be kept, few are: each is rarely met. */
enum {
    MOST_BYTES = 256 << 20,
    MOST_AHEAD = 4,
    MOST_QUIET = 128,
    MOST_IN_VAIN = 4,
    MOST_TRIES = 8
};

struct tb_script_call {
    tb_script_module *module;
    const char *method;
    int count;
    tb_script_argument arguments[TB_MOST_ARGUMENTS];
    tb_script_plan_settings settings;
    tb_script_plan *plans[TB_MOST_WAYS];
    int plan_count, current;
    bool is_endless; /* more ways than there is room for */
};

tb_script_call *tb_script_call_new(tb_script_module *m, const char *method,
                                   int count,
                                   const tb_script_argument *arguments,
                                   const tb_script_plan_settings *settings,
                                   tb_error *error)
{
    if (count > TB_MOST_ARGUMENTS) {
        tb_fail(error, TB_ERR_ARGUMENT, "%s has too many arguments.", method);
        return NULL;
    }
    tb_script_call *c = tb_alloc(sizeof *c);
    if (!c) {
        tb_fail_memory(error);
        return NULL;
    }
    *c = (tb_script_call){
        .module = m, .method = method, .count = count, .settings = *settings};
    if (count > 0)
        memcpy(c->arguments, arguments, (size_t)count * sizeof *arguments);
    c->settings.workspace = tb_workspace_new();
    if (c->settings.workspace)
        return c;
    tb_free(c);
    tb_fail_memory(error);
    return NULL;
}

void tb_script_call_free(tb_script_call *c)
{
    if (!c)
        return;
    for (int i = 0; i < c->plan_count; i++)
        tb_script_plan_free(c->plans[i]);
    tb_workspace_free(c->settings.workspace);
    tb_free(c);
}

int tb_script_call_plans(const tb_script_call *c)
{
    return c->plan_count;
}

/* The same again, or what came after it. */
tb_script_plan *tb_script_call_plan(tb_script_call *c)
{
    for (int i = 0; i < c->plan_count; i++) {
        int at = (c->current + i) % c->plan_count;
        if (!tb_script_plan_holds(c->plans[at]))
            continue;
        c->current = at;
        return c->plans[at];
    }
    return NULL;
}

/* ---- recording what is missing ---- */

/* Plans from before something was found to change never hold again. */
static void drop_stale(tb_script_call *c)
{
    int n = 0;
    for (int i = 0; i < c->plan_count; i++)
        if (c->plans[i]->epoch == c->module->epoch)
            c->plans[n++] = c->plans[i];
        else
            tb_script_plan_free(c->plans[i]);
    c->plan_count = n;
    c->current = 0;
}

static bool is_full(const tb_script_call *c)
{
    size_t bytes = 0;
    for (int i = 0; i < c->plan_count; i++)
        if (c->plans[i]->plan)
            bytes += tb_plan_bytes(c->plans[i]->plan);
    return c->plan_count == TB_MOST_WAYS || bytes > MOST_BYTES ||
           (c->is_endless && c->plan_count >= MOST_IN_VAIN);
}

static tb_status record(tb_script_call *c, tb_error *error)
{
    drop_stale(c);
    while (c->plan_count > 0 && is_full(c)) { /* the oldest goes */
        tb_script_plan_free(c->plans[0]);
        memmove(c->plans, c->plans + 1,
                (size_t)--c->plan_count * sizeof *c->plans);
    }
    tb_script_plan *p = tb_script_plan_new(c->module, c->method, c->count,
                                           c->arguments, &c->settings, error);
    if (!p)
        return error && error->status ? error->status : TB_ERR_MEMORY;
    c->plans[c->plan_count++] = p;
    c->current = c->plan_count - 1;
    return TB_OK;
}

/* ---- what will be asked for ---- */

static void give_silence(const tb_script_plan *p)
{
    for (int i = 0; i < p->input_count; i++) {
        const tb_tensor *t = p->input_tensor[i];
        int64_t index[TB_RANK] = {0};
        if (!t || p->control[i])
            continue;
        do
            ((float *)t->data)[tb_offset_of(t, index)] = 0;
        while (tb_next_index(t, index));
    }
}

/* What is counted towards limits of the program: equal where it came round. */
static uint64_t counted(const tb_script_call *c)
{
    uint64_t hash = 0;
    for (int i = 0; i < c->plan_count; i++)
        hash =
            (hash ^ tb_guards_counted(c->plans[i]->r.guards)) * 0x100000001b3;
    return hash;
}

/* Plays on until as many calls as there are plans needed no new one, and
   counters are where they were. Errors of calls that may never come are theirs
   to tell. False: nothing was new. */
static bool look_ahead(tb_script_call *c)
{
    bool is_new = false;
    tb_script_snapshot before = {0};
    tb_error ignored = {0};
    uint64_t from = counted(c);
    for (int known = 0; known < MOST_QUIET; known++) {
        tb_script_plan *p = tb_script_call_plan(c);
        if (known == 0)
            from = counted(c);
        if (known > c->plan_count && counted(c) == from)
            break;
        if (!p) {
            c->is_endless = is_full(c);
            if (c->is_endless || record(c, &ignored))
                break;
            known = -1;
            is_new = true;
            continue;
        }
        if (!p->is_steady || !tb_script_snapshot_take(&before, p))
            break;
        give_silence(p);
        tb_script_plan_run(p, 0);
    }
    tb_script_snapshot_restore(&before);
    return is_new;
}

tb_script_plan *tb_script_call_prepare(tb_script_call *c, tb_error *error)
{
    bool is_new = false;
    for (int i = 0; i < MOST_TRIES; i++) {
        tb_script_plan *p = tb_script_call_plan(c);
        if (p && !is_new)
            return p;
        if (!p && record(c, error))
            return NULL;
        is_new = !c->is_endless && i < MOST_AHEAD && look_ahead(c);
    }
    tb_fail(error, TB_ERR_UNSUPPORTED,
            "%s does other things each time: it cannot be planned.", c->method);
    return NULL;
}
