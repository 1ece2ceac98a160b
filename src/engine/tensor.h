/* A tensor is how a kernel sees a value: a pointer, dimensions and strides.
   Time is one of its axes, or none; frames outside the value's own are zero
   in memory wherever the plan promised that somebody reads them. */
#ifndef TB_ENGINE_TENSOR_H
#define TB_ENGINE_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TB_RANK = 8 };           /* the most axes that a value may have */
#define TB_FRAMES ((int64_t)-1) /* a dimension that counts frames */

/* The length of a value without known end. */
#define TB_NO_END (INT64_MAX / 4)

/* Values compute with the first four types. The others only store: an input
   or constant may have them, tb_cast (ops/cast.h) makes one of the four. */
typedef enum tb_type {
    TB_REAL, /* float, or double in a plan of double precision */
    TB_I64,
    TB_BOOL, /* a byte: 0 or 1 */
    TB_C64,  /* complex: a TB_REAL for the real part, another for the imaginary
              */
    TB_F64,
    TB_F32,
    TB_F16, /* IEEE binary16 */
    TB_I32,
    TB_U8,
    TB_TYPE_COUNT
} tb_type;

/* Bytes of an element where TB_REAL has `real_size`. */
static inline size_t tb_type_size(tb_type type, size_t real_size)
{
    switch (type) {
    case TB_C64:
        return 2 * real_size;
    case TB_I64:
    case TB_F64:
        return 8;
    case TB_F32:
    case TB_I32:
        return 4;
    case TB_F16:
        return 2;
    case TB_BOOL:
    case TB_U8:
        return 1;
    default:
        return real_size;
    }
}

typedef struct tb_tensor {
    void *data; /* the element whose indices are all 0, in frame `first` */
    tb_type type;
    int rank;
    int time;                /* which axis counts frames; -1: none does */
    int64_t dim[TB_RANK];    /* along time: frames that are there */
    int64_t stride[TB_RANK]; /* in elements */
    int64_t first;           /* absolute index of the frame at `data` */
    int64_t end;             /* frames that the value will have, or TB_NO_END */
} tb_tensor;

/* Elements, where the time axis counts for `frames`. */
static inline int64_t tb_elements(const tb_tensor *t, int64_t frames)
{
    int64_t n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= i == t->time ? frames : t->dim[i];
    return n;
}

/* The one way to walk over elements, last axis fastest: the next index, false
   when all have been; begin with zeros. Frames are an axis like others. */
static inline bool tb_next_index(const tb_tensor *t, int64_t index[TB_RANK])
{
    for (int i = t->rank - 1; i >= 0; i--) {
        if (++index[i] < t->dim[i])
            return true;
        index[i] = 0;
    }
    return false;
}

/* How far that element lies from `data`, in elements. */
static inline int64_t tb_offset_of(const tb_tensor *t,
                                   const int64_t index[TB_RANK])
{
    int64_t o = 0;
    for (int i = 0; i < t->rank; i++)
        o += index[i] * t->stride[i];
    return o;
}

static inline bool tb_is_empty(const tb_tensor *t)
{
    for (int i = 0; i < t->rank; i++)
        if (t->dim[i] <= 0)
            return true;
    return false;
}

/* Whether the elements lie one behind the other in logical order. */
static inline bool tb_is_contiguous(const tb_tensor *t)
{
    int64_t size = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        if (t->dim[i] != 1 && t->stride[i] != size)
            return false;
        size *= t->dim[i];
    }
    return true;
}

/* How far absolute frame `j` lies from `data`, in elements. */
static inline int64_t tb_frame_offset(const tb_tensor *t, int64_t j)
{
    return t->time < 0 ? 0 : (j - t->first) * t->stride[t->time];
}

/* A tensor with a time axis is a number of runs of frames that lie apart: one
   for each index of the axes that lie outside of time in memory. Within a run
   a frame is stride[time] elements. */
static inline bool tb_outside_time(const tb_tensor *t, int axis)
{
    return axis != t->time && t->dim[axis] > 1 &&
           t->stride[axis] > t->stride[t->time];
}

static inline int64_t tb_runs(const tb_tensor *t)
{
    int64_t n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= tb_outside_time(t, i) ? t->dim[i] : 1;
    return n;
}

/* Where run `i` starts, in elements. */
static inline int64_t tb_run_offset(const tb_tensor *t, int64_t i)
{
    int64_t o = 0;
    for (int a = t->rank - 1; a >= 0; a--) {
        if (!tb_outside_time(t, a))
            continue;
        o += i % t->dim[a] * t->stride[a];
        i /= t->dim[a];
    }
    return o;
}

#endif
