/* Random numbers as pure functions of where they are used, so that the same
   seed gives the same sound whatever the blocks, threads or order.
   Source: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
   SC 2011 (Philox4x32 with 10 rounds). */
#ifndef TB_BASE_RANDOM_H
#define TB_BASE_RANDOM_H

#include "base/realtime.h"

#include <stdint.h>

/* Encrypts a counter into four independent 32-bit numbers. */
TB_REALTIME void tb_philox(const uint32_t counter[4], const uint32_t key[2],
                           uint32_t out[4]);

/* The four numbers that belong to channels 4 * quad ... 4 * quad + 3 of one
   row of one absolute frame of one node of a graph. Everything below is
   derived from these. */
TB_REALTIME void tb_random_quad(uint64_t seed, uint32_t node, int64_t frame,
                                uint32_t row, uint32_t quad, uint32_t out[4]);

/* 32 random bits. */
TB_REALTIME uint32_t tb_random_bits(uint64_t seed, uint32_t node, int64_t frame,
                                    uint32_t row, uint32_t channel);

/* Uniform in [0, 1), a multiple of 2^-24. */
TB_REALTIME float tb_uniform(uint64_t seed, uint32_t node, int64_t frame,
                             uint32_t row, uint32_t channel);

/* Normal with mean 0 and deviation 1 (Box and Muller 1958; channels 2i and
   2i + 1 are one pair). */
TB_REALTIME float tb_normal(uint64_t seed, uint32_t node, int64_t frame,
                            uint32_t row, uint32_t channel);

/* Channels 0 to channels - 1 at once: the same values, in less time. */
TB_REALTIME void tb_uniform_row(uint64_t seed, uint32_t node, int64_t frame,
                                uint32_t row, uint32_t channels, float *out);
TB_REALTIME void tb_normal_row(uint64_t seed, uint32_t node, int64_t frame,
                               uint32_t row, uint32_t channels, float *out);

/* A sequence, for shuffling and drawing. These two integers are its whole
   state: save them to go on later. */
typedef struct tb_rng {
    uint64_t seed, counter;
} tb_rng;

/* The next 64 bits. */
TB_REALTIME uint64_t tb_rng_next(tb_rng *rng);

/* Unbiased in 0 ... n - 1; 0 for n of 0. */
TB_REALTIME uint64_t tb_rng_below(tb_rng *rng, uint64_t n);

/* Uniform in [0, 1), a multiple of 2^-53. */
TB_REALTIME double tb_rng_uniform(tb_rng *rng);

/* Normal with mean 0 and deviation 1. */
TB_REALTIME double tb_rng_normal(tb_rng *rng);

/* A seed that nobody can foresee, from the system. */
uint64_t tb_random_seed(void);

#endif
