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
    MOST_NUMBERS = 1 << 18,
    MOST_LOOKS = 1 << 28,
    MOST_SLOTS = 512,
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

/* Slots; -1: all contents. */
typedef struct slot_set {
    int count;
    bool is_full; /* there may be more */
    struct {
        const tb_script_items *items;
        int slot;
    } at[MOST_SLOTS];
} slot_set;

static bool has_slot(const void *context, const tb_script_items *items,
                     int slot)
{
    const slot_set *s = context;
    int i = 0;
    while (i < s->count && (s->at[i].items != items || s->at[i].slot != slot))
        i++;
    return i < s->count;
}

static void add_slot(void *context, const tb_script_items *items, int slot)
{
    slot_set *s = context;
    if (has_slot(s, items, slot))
        return;
    s->is_full = s->count == MOST_SLOTS;
    if (s->is_full)
        return;
    s->at[s->count].items = items;
    s->at[s->count++].slot = slot;
}

static void find_changing(const tb_script_call *c, slot_set *changing)
{
    for (int i = 0; i < c->plan_count; i++)
        for (int k = 0; k < c->plans[i]->effect_count; k++)
            add_slot(changing, c->plans[i]->effects[k].target,
                     c->plans[i]->effects[k].slot);
}

/* Slots that are watched, of those that change. */
typedef struct watch_list {
    const slot_set *changing;
    slot_set watched;
    int64_t looks; /* how often guards look at them */
} watch_list;

static void watch(void *context, const tb_script_items *items, int slot)
{
    watch_list *w = context;
    if (!has_slot(w->changing, items, slot))
        return;
    w->looks++;
    add_slot(&w->watched, items, slot);
}

/* Those that guards look at, and those that these are computed from. */
static void find_watched(const tb_script_call *c, watch_list *w)
{
    int before = -1;
    for (int i = 0; i < c->plan_count; i++)
        tb_guards_slots(c->plans[i]->r.guards, watch, w);
    while (before != w->watched.count) {
        before = w->watched.count;
        for (int i = 0; i < c->plan_count; i++)
            for (int k = 0; k < c->plans[i]->effect_count; k++) {
                const tb_plan_effect *e = &c->plans[i]->effects[k];
                if (e->formula && has_slot(&w->watched, e->target, e->slot))
                    tb_formula_slots(e->formula, watch, w);
            }
    }
}

/* FNV-1a */
static uint64_t hash_bits(uint64_t hash, uint64_t bits)
{
    for (int byte = 0; byte < 8; byte++)
        hash = (hash ^ (bits >> 8 * byte & 255)) * 0x100000001b3;
    return hash;
}

static uint64_t hash_value(uint64_t hash, const tb_script_value *x)
{
    hash = hash_bits(hash, (uint64_t)x->kind);
    return hash_bits(hash, x->kind == TB_SCRIPT_BOOL ? x->boolean
                                                     : (uint64_t)x->integer);
}

/* A number that tells apart what they hold. */
static uint64_t state_of(const slot_set *w)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (int i = 0; i < w->count; i++) {
        const tb_script_items *items = w->at[i].items;
        bool all = w->at[i].slot < 0;
        int first = all ? 0 : w->at[i].slot;
        int last = all ? items->count : first + 1;
        hash = hash_bits(hash, (uint64_t)last);
        for (int k = first; k < last; k++)
            hash = hash_value(hash, &items->at[k]);
    }
    return hash;
}

static bool are_numbers(const tb_script_call *c)
{
    bool are = true;
    for (int i = 0; are && i < c->plan_count; i++)
        are = tb_guards_are_numbers(c->plans[i]->r.guards);
    return are;
}

/* Calls that are played ahead, as far as plans are known. */
typedef struct ahead {
    slot_set changing;
    watch_list watch;
    bool numbers; /* alone decide: sound need not be computed */
    bool saved[TB_MOST_WAYS];
    bool may_hold[TB_MOST_WAYS]; /* what does not change is as it must be */
    int changing_guards[TB_MOST_WAYS];
    int64_t calls;  /* since the last new plan */
    int64_t marked; /* after how many a state was marked */
    uint64_t mark;
} ahead;

static void start_anew(tb_script_call *c, ahead *a)
{
    *a = (ahead){.watch.changing = &a->changing};
    find_changing(c, &a->changing);
    find_watched(c, &a->watch);
    a->numbers = !a->changing.is_full && are_numbers(c);
    a->mark = state_of(&a->watch.watched);
    for (int i = 0; i < c->plan_count; i++) {
        tb_recording *r = &c->plans[i]->r;
        int n = tb_guards_sort(&r->guards, has_slot, &a->changing);
        a->changing_guards[i] = n;
        a->may_hold[i] = c->plans[i]->epoch == c->module->epoch &&
                         tb_guards_hold_after(r->guards, n);
    }
}

/* As tb_script_call_plan does. */
static tb_script_plan *next_plan(tb_script_call *c, const ahead *a)
{
    if (!a->numbers || c->plan_count == 0)
        return tb_script_call_plan(c);
    for (int i = 0; i < c->plan_count; i++) {
        int at = (c->current + i) % c->plan_count;
        if (!a->may_hold[at] ||
            !tb_guards_hold(c->plans[at]->r.guards, a->changing_guards[at]))
            continue;
        c->current = at;
        return c->plans[at];
    }
    return NULL;
}

/* Whether the calls do from here on what they did before (Brent's algorithm: a
   state is marked after 1, 2, 4... calls). Where sound counts, too, as many
   calls as there are plans have to agree. */
static bool has_come_round(const tb_script_call *c, ahead *a)
{
    uint64_t now = state_of(&a->watch.watched);
    if (a->calls > (a->numbers ? 0 : c->plan_count) && now == a->mark)
        return true;
    if (a->numbers && a->calls >= 2 * a->marked) {
        a->mark = now;
        a->marked = a->calls > 0 ? a->calls : 1;
    }
    return a->calls >= (a->numbers ? MOST_NUMBERS : MOST_QUIET) ||
           a->calls * a->watch.looks >= MOST_LOOKS;
}

static bool play_ahead(tb_script_call *c, ahead *a, tb_script_plan *p,
                       tb_script_snapshot *before)
{
    if (!a->saved[c->current] && !tb_script_snapshot_take(before, p))
        return false;
    a->saved[c->current] = true;
    a->calls++;
    if (a->numbers) {
        tb_script_plan_leave(p);
    } else {
        give_silence(p);
        tb_script_plan_run(p, 0);
    }
    return true;
}

/* Of a call that comes for certain: numbers alone lead to it. What the model
   itself says then is told then, and so is what only silence led to. */
static bool is_sure_to_fail(const ahead *a, const tb_error *error)
{
    return a->numbers && error->status == TB_ERR_UNSUPPORTED;
}

/* Plays on until calls come round; an error where a call will come that cannot
   be recorded. *again: it must be done again, for something was found to change
   that had been taken for constant. */
static tb_status look_ahead(tb_script_call *c, bool *again, tb_error *error)
{
    bool is_fresh = true;
    uint64_t epoch = c->module->epoch;
    tb_script_snapshot before = {0};
    tb_error later = {0};
    tb_status status = TB_OK;
    ahead a;
    for (;;) {
        if (is_fresh)
            start_anew(c, &a);
        is_fresh = false;
        tb_script_plan *p = next_plan(c, &a);
        if (!p) {
            c->is_endless = is_full(c);
            if (!c->is_endless && record(c, &later) == TB_OK) {
                is_fresh = true;
                continue;
            }
            if (is_sure_to_fail(&a, &later))
                status = tb_fail(error, later.status, "%s", later.text);
            break;
        }
        if (has_come_round(c, &a) || !play_ahead(c, &a, p, &before))
            break;
    }
    tb_script_snapshot_restore(&before);
    *again = c->module->epoch != epoch;
    return status;
}

tb_script_plan *tb_script_call_prepare(tb_script_call *c, tb_error *error)
{
    bool again = false;
    for (int i = 0; i < MOST_TRIES; i++) {
        tb_script_plan *p = tb_script_call_plan(c);
        if (p && !again)
            return p;
        if (!p && record(c, error))
            return NULL;
        again = false;
        if (!c->is_endless && i < MOST_AHEAD && look_ahead(c, &again, error))
            return NULL;
    }
    tb_fail(error, TB_ERR_UNSUPPORTED,
            "%s does other things each time: it cannot be planned.", c->method);
    return NULL;
}
