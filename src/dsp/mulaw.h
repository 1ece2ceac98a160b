/* Mu-law quantisation of samples into Q levels with a compression C:
   y = sign(x) ln(1 + mC|x|) / ln(1 + mC), m = Q - 1, and
   q = (y + 1) / 2 (Q - 1), rounded. C = 1 is the telephone's law (ITU-T
   G.711) with Q levels, C = 0 is linear. */
#ifndef TB_DSP_MULAW_H
#define TB_DSP_MULAW_H

#include "base/realtime.h"
#include "base/status.h"

#include <stdint.h>

enum { TB_MULAW_MIN_LEVELS = 2, TB_MULAW_MAX_LEVELS = 65536 };

/* A plain value: copy it freely. Fill it with tb_mulaw_init. */
typedef struct tb_mulaw {
    int levels;
    double compression;
    double bend;     /* (levels - 1) * compression */
    double log_bend; /* ln(1 + bend) */
} tb_mulaw;

/* Refuses levels outside 2..65536 and a compression that is negative or not
   finite. */
tb_status tb_mulaw_init(tb_mulaw *law, int levels, double compression,
                        tb_error *error);

/* The level, 0..levels-1, of a sample; beyond -1..1 the last ones. What is not
   a number becomes the level of zero. */
TB_REALTIME int tb_mulaw_quantise(const tb_mulaw *law, float x);

/* The sample x in -1..1 that the law bends to y. */
TB_REALTIME double tb_mulaw_straighten(const tb_mulaw *law, double y);

/* The sample at the centre of level q (clamped to the levels there are), for
   which quantise gives q again. */
TB_REALTIME float tb_mulaw_expand(const tb_mulaw *law, int q);

/* The same for whole buffers of n elements. */
TB_REALTIME void tb_mulaw_quantise_buffer(const tb_mulaw *law, const float *x,
                                          int64_t n, int32_t *q);
TB_REALTIME void tb_mulaw_expand_buffer(const tb_mulaw *law, const int32_t *q,
                                        int64_t n, float *x);

/* All level centres, [levels]: expand as a table. */
TB_REALTIME void tb_mulaw_centres(const tb_mulaw *law, float *centres);

#endif
