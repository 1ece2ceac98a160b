/* Tensors of TorchScript: a region, by offset and strides, of a storage that
   several may share. While a call is recorded (recording.h) the numbers are
   values of a graph, and a write makes a new version of its storage, from which
   the other tensors that lie there are read anew. */
#ifndef TB_TORCHSCRIPT_SCRIPT_TENSOR_H
#define TB_TORCHSCRIPT_SCRIPT_TENSOR_H

#include "base/arena.h"
#include "base/realtime.h"
#include "engine/graph.h"
#include "engine/tensor.h"
#include "torchscript/dtype.h"
#include "torchscript/value.h"

bool tb_dtype_is_real(tb_dtype dtype);  /* floating point, not complex */
bool tb_dtype_is_whole(tb_dtype dtype); /* integers, not bool */

/* What the engine computes with in its place. Integers of any size become 64
   bits, all floating point numbers 32 bits. */
TB_REALTIME tb_type tb_dtype_type(tb_dtype dtype);

typedef struct tb_script_storage {
    const char *name; /* in checkpoints and messages; null: made by a call */
    tb_dtype dtype;
    int64_t count;    /* elements */
    const void *file; /* in the archive, as it is written; null: zeros */
    void *data;       /* the first `held` as the engine has them (floats,
                         int64_t, bytes, pairs of floats); null: none */
    int64_t held;     /* elements that somebody asked for */
    bool counted;     /* among the parameters */
    bool changes;     /* some call writes to it */
    bool owned;       /* by the one slot whose tensor a call put there */
    bool is_spare;    /* made by a call, and held by nobody (script_tidy.h) */
    unsigned round;   /* of the last look that found who holds it */
    struct tb_script_storage *made_before; /* by calls */
    struct tb_script_plan *home; /* where its newest numbers are; null: here */
    int64_t extent;              /* elements that recorded calls reach */
    struct tb_storage_use *use;  /* of the recording that goes on, or null */
} tb_script_storage;

struct tb_script_tensor {
    tb_script_storage *storage;
    tb_dtype dtype;
    int rank;
    int64_t dim[TB_RANK], stride[TB_RANK], offset; /* in elements */
    bool left;  /* by a call: it may be moved (script_tidy.h) */
    bool apart; /* no longer its storage's: what would write to it is refused */
    struct tb_script_span *span; /* it lies elsewhere in later calls
                                    (recording_scalar.h); null: it does not */
    tb_value *value;             /* as it was in ... */
    uint64_t version;            /* ... this version of its storage's use */
};

int64_t tb_script_elements(tb_shape shape); /* without frames */
int64_t tb_script_tensor_count(const tb_script_tensor *t);
bool tb_script_tensor_is_contiguous(const tb_script_tensor *t);
tb_shape tb_script_tensor_shape(const tb_script_tensor *t);

/* The element of its storage with the highest number, plus 1; 0: none. */
int64_t tb_script_tensor_reach(const tb_script_tensor *t);

/* Element `i` in logical order, counted in its storage. */
int64_t tb_script_tensor_place(const tb_script_tensor *t, int64_t i);

/* Strides of a tensor that lies in logical order. */
void tb_script_tensor_pack(tb_script_tensor *t);

/* Number `i` of an array of such elements as files hold them; of a complex one
   its real part. */
TB_REALTIME double tb_dtype_read(tb_dtype dtype, const void *data, int64_t i);

/* Number i of what it holds now; of a complex one its real part. */
double tb_script_storage_number(tb_script_storage *s, int64_t i);

/* Holds at least its first n elements as the engine has them, in the arena; the
   others stay in the file: caches of torch have rows for more voices than there
   are. False without memory. */
bool tb_script_storage_hold(tb_script_storage *s, tb_arena *arena, int64_t n);

/* The same, where `data` are the numbers that it holds. */
TB_REALTIME double tb_script_storage_at(const tb_script_storage *s,
                                        const void *data, int64_t i);

/* Number i, in logical order, of a tensor of the engine. */
TB_REALTIME double tb_script_tensor_number(const tb_tensor *t, int64_t i);

#endif
