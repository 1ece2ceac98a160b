/* Things that are alike, told from rows of numbers. */
#ifndef TB_DSP_CLUSTER_H
#define TB_DSP_CLUSTER_H

#include "base/status.h"

#include <stdint.h>

typedef enum tb_cluster_method {
    TB_CLUSTER_KMEANS, /* Lloyd's, begun as D. Arthur and S. Vassilvitskii,
                          "k-means++", SODA 2007; the best of ten */
    TB_CLUSTER_HIERARCHICAL, /* Ward 1963: two at a time, those whose union
                                spreads least; at most 5000 rows */
    TB_CLUSTER_SPECTRAL      /* A. Ng, M. Jordan and Y. Weiss, "On spectral
                                clustering", NIPS 2001, on ten neighbours each, with
                                the local scales of Zelnik-Manor and Perona 2004; at
                                most 20000 rows */
} tb_cluster_method;

/* Names in the order of the values, ending with null. */
extern const char *const tb_cluster_names[];

/* Gives each of n rows [n, width] a group, 0 to count - 1, counted in the order
   in which they first appear; count from 1 to n. The same seed gives the same
   groups. */
tb_status tb_cluster(const float *rows, int n, int width, int count,
                     tb_cluster_method method, uint64_t seed, int *group,
                     tb_error *error);

/* How much nearer rows are to their own group than to the next one, -1 to 1
   (P. Rousseeuw, "Silhouettes", 1987), on the mean; of many rows over a
   thousand of them. */
tb_status tb_silhouette(const float *rows, int n, int width, const int *group,
                        int count, double *silhouette, tb_error *error);

/* The two directions in which rows differ most: xy [n, 2], about 0. */
tb_status tb_principal_plane(const float *rows, int n, int width, float *xy,
                             tb_error *error);

#endif
