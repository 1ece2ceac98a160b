/* A call of a TorchScript method while it is recorded: what tensors compute
   becomes a graph, what numbers and lists compute is done at once. Numbers that
   steer the program are looked up: those that come from constants for good,
   those that come from state and controls are guarded (the plan holds as long
   as they are what they were), those that depend on the sound are refused.

   Nothing of the module changes: slots, lists and storages are written to in
   drafts, which are the plan's effects (script_plan.h). */
#ifndef TB_TORCHSCRIPT_RECORDING_H
#define TB_TORCHSCRIPT_RECORDING_H

#include "base/arena.h"
#include "engine/ops/random.h"
#include "engine/params.h"
#include "torchscript/script_tensor.h"

/* What a recording knows of a storage. */
typedef struct tb_storage_use {
    tb_script_storage *storage;
    struct tb_storage_use *next;
    tb_shape shape;   /* of `now`; elements in logical order */
    tb_value *source; /* before the call; null: made by the call */
    tb_value *now;    /* null: it has no elements */
    uint64_t version; /* of `now`; no two of one recording are alike */
    bool written, is_state;
    int64_t reach;
} tb_storage_use;

typedef struct tb_guard tb_guard;   /* recording_guard.h */
typedef struct tb_scalar tb_scalar; /* recording_scalar.h */

/* An input whose numbers the caller knows beforehand. */
typedef struct tb_known_input {
    tb_value *value;
    const float *numbers; /* in logical order; may be others with each call */
} tb_known_input;

/* Contents that a recording wrote: of a list, dict or object that was there
   before it. */
typedef struct tb_script_draft {
    tb_script_items *original, items;
    struct tb_script_draft **holder; /* where the owner keeps it */
    bool *assigned; /* by slot of an object; null: a list or dict */
    struct tb_script_draft *next;
} tb_script_draft;

/* What a layer adds to the delay of what it gives: frames, of which a tensor of
   the call has `length`. */
typedef struct tb_layer_delay {
    const tb_value *value;
    int64_t frames, length;
    bool if_centred; /* only where the network is not causal */
    struct tb_layer_delay *next;
} tb_layer_delay;

/* Numbers drawn by chance, in the order of the calls. */
typedef struct tb_drawn {
    tb_value *value;
    tb_noise_kind kind;
    tb_shape shape;
    struct tb_drawn *next;
} tb_drawn;

enum { TB_MOST_KNOWN_INPUTS = 6 };

typedef struct tb_recording {
    tb_arena *arena;   /* of all that the call makes */
    tb_arena *lasting; /* the module's */
    tb_graph *graph;
    tb_error error; /* the first; a sentence that names function and line */
    tb_storage_use *uses;
    tb_script_draft *drafts;
    tb_guard *guards;
    int control_count;
    tb_known_input controls[TB_MOST_KNOWN_INPUTS];
    tb_layer_delay *delays; /* of layers that tell of theirs */
    bool is_causal;         /* one of them looks at nothing ahead */
    tb_drawn *draws, *last_draw;
    int draw_count;
    tb_scalar *scalars;        /* numbers that runs get from slots */
    uint64_t *versions;        /* the module's count of them */
    int64_t steps, most_steps; /* of the program; at most */
    int64_t elements, most;    /* of tensors made so far; at most, 0: any */
    bool again;        /* something that was taken for constant is written to */
    bool silent;       /* what is drawn by chance is zero */
    bool lists_change; /* of some lists or dicts, calls change the contents */
    int version;       /* of the archive: of what functions mean */
} tb_recording;

tb_status tb_recording_init(tb_recording *r, tb_error *error);

/* Takes all drafts and uses off the module: what was recorded stays. */
void tb_recording_leave(tb_recording *r);
void tb_recording_clear(tb_recording *r); /* and frees everything */

/* Remembers the first error; false, always. */
bool tb_recording_fail(tb_recording *r, tb_status status, const char *format,
                       ...) __attribute__((format(printf, 3, 4)));

/* ---- tensors ---- */

/* The numbers of t as they are now: a value of t's shape. Null after an error,
   or when it has no elements. */
tb_value *tb_recording_read(tb_recording *r, tb_script_tensor *t);

/* Puts them there: v has t's shape and type. */
bool tb_recording_write(tb_recording *r, tb_script_tensor *t, tb_value *v);

/* A tensor of its own that holds v; null where v is (the graph says why). */
tb_script_tensor *tb_recording_tensor(tb_recording *r, tb_dtype dtype,
                                      tb_value *v);

/* One without elements. */
tb_script_tensor *tb_recording_empty(tb_recording *r, tb_dtype dtype,
                                     tb_shape shape);

/* Another region of t's storage, whose geometry the caller writes. */
tb_script_tensor *tb_recording_view(tb_recording *r, tb_script_tensor *t);

/* Numbers by chance, or zeros where the recording is silent: at least one. */
tb_value *tb_recording_draw(tb_recording *r, tb_noise_kind kind,
                            tb_shape shape);

/* The numbers of t (at most TB_MOST_LOOKED) as doubles, known while recording:
   see above. */
enum { TB_MOST_LOOKED = 4096 };
bool tb_recording_look(tb_recording *r, tb_script_tensor *t, double *x);

/* Whether its one number is not 0: what is recorded holds for any other that
   is likewise. */
bool tb_recording_truth(tb_recording *r, tb_script_tensor *t, bool *truth);

/* For plans and the above: what the recording knows of t's storage. */
tb_storage_use *tb_recording_use(tb_recording *r, const tb_script_tensor *t);

/* The samples by which `out` is later than what it answers to, where the call
   is one of so many samples: the longest way through layers that tell of
   theirs. Below 0: none does, or there is no memory. */
double tb_recording_delay(const tb_recording *r, const tb_value *out,
                          int64_t samples);

/* ---- what can be changed ---- */

/* The contents to read; to write. Null without memory. */
const tb_script_items *tb_items_read(const tb_script_items *items,
                                     const tb_script_draft *draft);
tb_script_items *tb_items_write(tb_recording *r, tb_script_items *items,
                                tb_script_draft **draft);

/* A slot of an object gets another value. */
bool tb_slot_write(tb_recording *r, tb_script_object *o, int slot,
                   tb_script_value x);

bool tb_items_append(tb_recording *r, tb_script_items *items,
                     tb_script_value x);

#endif
