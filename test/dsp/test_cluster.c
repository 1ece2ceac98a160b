/* Groups of points whose groups are known. */
#include "dsp/cluster.h"

#include "base/random.h"
#include "tap.h"

#define TAU 6.283185307179586

enum { N = 150 };

static float blobs[N][3], rings[N][2];
static int group[N];

static void make(void)
{
    tb_rng rng = {.seed = 3};
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 3; k++)
            blobs[i][k] = (float)((k == i % 3) * 8 + tb_rng_normal(&rng));
        double turn = TAU * tb_rng_uniform(&rng), far = i % 3 ? 5 : 1;
        rings[i][0] = (float)(far * cos(turn) + 0.1 * tb_rng_normal(&rng));
        rings[i][1] = (float)(far * sin(turn) + 0.1 * tb_rng_normal(&rng));
    }
}

/* Whether rows are together exactly where `of` says so. */
static int agrees(int (*of)(int i))
{
    for (int i = 0; i < N; i++)
        for (int k = 0; k < i; k++)
            if ((group[i] == group[k]) != (of(i) == of(k)))
                return 0;
    return 1;
}

static int blob_of(int i)
{
    return i % 3;
}

static int ring_of(int i)
{
    return i % 3 != 0;
}

static void test_methods(void)
{
    tb_error error;
    double good, bad;
    for (int m = TB_CLUSTER_KMEANS; m <= TB_CLUSTER_SPECTRAL; m++) {
        OK(tb_cluster(blobs[0], N, 3, 3, (tb_cluster_method)m, 1, group,
                      &error) == TB_OK);
        OK(agrees(blob_of));
        EQ(group[0], 0); /* in the order in which they appear */
        EQ(group[1], 1);
    }
    tb_silhouette(blobs[0], N, 3, group, 3, &good, &error);
    tb_cluster(blobs[0], N, 3, 6, TB_CLUSTER_KMEANS, 1, group, &error);
    tb_silhouette(blobs[0], N, 3, group, 6, &bad, &error);
    OK(good > 0.6 && bad < good - 0.2);
    /* What no centre can part, neighbours do. */
    tb_cluster(rings[0], N, 2, 2, TB_CLUSTER_SPECTRAL, 1, group, &error);
    OK(agrees(ring_of));
    tb_cluster(rings[0], N, 2, 2, TB_CLUSTER_KMEANS, 1, group, &error);
    OK(!agrees(ring_of));
}

static void test_edges(void)
{
    tb_error error;
    static float same[10][2];
    double silhouette;
    for (int m = TB_CLUSTER_KMEANS; m <= TB_CLUSTER_SPECTRAL; m++) {
        tb_cluster_method method = (tb_cluster_method)m;
        OK(tb_cluster(same[0], 10, 2, 3, method, 1, group, &error) == TB_OK);
        OK(tb_cluster(blobs[0], 5, 3, 5, method, 1, group, &error) == TB_OK);
        OK(tb_cluster(blobs[0], 1, 3, 1, method, 1, group, &error) == TB_OK);
        EQ(group[0], 0);
        OK(tb_cluster(blobs[0], 5, 3, 6, method, 1, group, &error) ==
           TB_ERR_ARGUMENT);
    }
    group[0] = 0;
    OK(tb_silhouette(blobs[0], 1, 3, group, 1, &silhouette, &error) == TB_OK);
    NEAR(silhouette, 0, 0);
}

static void test_plane(void)
{
    float rows[40][3], xy[40][2];
    tb_error error;
    double along = 0, across = 0;
    tb_rng rng = {.seed = 5};
    for (int i = 0; i < 40; i++) {
        rows[i][0] = (float)(0.1 * tb_rng_normal(&rng));
        rows[i][1] = (float)(10 + 5 * tb_rng_normal(&rng));
        rows[i][2] = (float)tb_rng_normal(&rng);
    }
    OK(tb_principal_plane(rows[0], 40, 3, xy[0], &error) == TB_OK);
    for (int i = 0; i < 40; i++) {
        along += xy[i][0] * xy[i][0];
        across += xy[i][1] * xy[i][1];
    }
    OK(along > 10 * across && across > 10 * 40 * 0.01);
}

int main(void)
{
    make();
    test_methods();
    test_edges();
    test_plane();
    return tap_done();
}
