/* What the methods of dsp/cluster.h share. Private to them. */
#ifndef TB_DSP_CLUSTER_PARTS_H
#define TB_DSP_CLUSTER_PARTS_H

#include "base/status.h"

#include <stdint.h>

static inline double tb_squared_distance(const float *a, const float *b,
                                         int width)
{
    double sum = 0;
    for (int k = 0; k < width; k++) {
        double d = (double)a[k] - b[k];
        sum += d * d;
    }
    return sum;
}

tb_status tb_cluster_kmeans(const float *rows, int n, int width, int count,
                            uint64_t seed, int *group, tb_error *error);
tb_status tb_cluster_ward(const float *rows, int n, int width, int count,
                          int *group, tb_error *error);
tb_status tb_cluster_spectral(const float *rows, int n, int width, int count,
                              uint64_t seed, int *group, tb_error *error);

#endif
