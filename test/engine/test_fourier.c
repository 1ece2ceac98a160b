/* Fourier transforms: PyTorch's numbers of a few lengths, and every length
   against the definition, as an op on the fast kernels. */
#include "check.h"
#include "engine/ops/complex.h"
#include "engine/ops/fourier.h"
#include "golden/fourier.h"

typedef struct transform {
    int64_t n;
    bool inverse;
    tb_fourier_norm norm;
} transform;

static tb_value *complex_one(tb_value *const *in, const void *how)
{
    const transform *t = how;
    return tb_as_real(
        tb_fourier(tb_complex(in[0], in[1]), t->inverse, t->norm));
}

static tb_value *real_one(tb_value *const *in, const void *how)
{
    return tb_as_real(tb_real_fourier(in[0], ((const transform *)how)->norm));
}

static tb_value *real_back(tb_value *const *in, const void *how)
{
    const transform *t = how;
    return tb_real_fourier_back(tb_complex(in[0], in[1]), t->n, t->norm);
}

/* Along channels, at each frame. */
static tb_value *of_frames(tb_value *const *in, const void *how)
{
    (void)how;
    tb_value *bins =
        tb_real_fourier(tb_transpose(in[0], 1, 2), TB_FOURIER_BACKWARD);
    return tb_transpose(tb_magnitude(bins), 1, 2);
}

#define COMPLEX(name, n, inverse, norm)                                        \
    {                                                                          \
        "fourier " name, complex_one, &(transform){n, inverse, norm},          \
            {{2, {2, n}}, {2, {2, n}}}, 0, 0                                   \
    }
#define REAL(name, n, norm)                                                    \
    {                                                                          \
        "real " name, real_one, &(transform){n, false, norm}, {{2, {2, n}}},   \
            0, 0                                                               \
    }
#define BACK(name, n, norm)                                                    \
    {                                                                          \
        "real back " name, real_back, &(transform){n, true, norm},             \
            {{2, {2, n / 2 + 1}}, {2, {2, n / 2 + 1}}}, 0, 0                   \
    }
#define ALL(n)                                                                 \
    COMPLEX(#n " there backward", n, false, TB_FOURIER_BACKWARD),              \
        COMPLEX(#n " back backward", n, true, TB_FOURIER_BACKWARD),            \
        REAL(#n " backward", n, TB_FOURIER_BACKWARD),                          \
        BACK(#n " backward", n, TB_FOURIER_BACKWARD)

static const check_case cases[] = {
    ALL(1),
    ALL(2),
    ALL(6),
    ALL(15),
    ALL(37),
    REAL("74 backward", 74, TB_FOURIER_BACKWARD),
    BACK("74 backward", 74, TB_FOURIER_BACKWARD),
    REAL("3 backward", 3, TB_FOURIER_BACKWARD),
    BACK("3 backward", 3, TB_FOURIER_BACKWARD),
    COMPLEX("7 there backward", 7, false, TB_FOURIER_BACKWARD),
    COMPLEX("7 back backward", 7, true, TB_FOURIER_BACKWARD),
    COMPLEX("6 there ortho", 6, false, TB_FOURIER_ORTHO),
    COMPLEX("6 there forward", 6, false, TB_FOURIER_FORWARD),
    COMPLEX("6 back ortho", 6, true, TB_FOURIER_ORTHO),
    COMPLEX("6 back forward", 6, true, TB_FOURIER_FORWARD),
    REAL("6 ortho", 6, TB_FOURIER_ORTHO),
    REAL("6 forward", 6, TB_FOURIER_FORWARD),
    BACK("6 ortho", 6, TB_FOURIER_ORTHO),
    BACK("6 forward", 6, TB_FOURIER_FORWARD),
    {"fourier of frames",
     of_frames,
     NULL,
     {{3, {2, 6, TB_FRAMES}}},
     3,
     CHECK_TIMED},
};

/* Each of these is an error, told once, and gives null. */
static tb_value *refused(int which, tb_value *x)
{
    tb_value *still = tb_fill(x->graph, tb_dims(2, 6), 0);
    tb_value *z = tb_cast(still, TB_C64);
    switch (which) {
    case 0:
        return tb_real_fourier(x, TB_FOURIER_BACKWARD);
    case 1:
        return tb_fourier(still, false, TB_FOURIER_BACKWARD);
    case 2:
        return tb_real_fourier(z, TB_FOURIER_BACKWARD);
    case 3:
        return tb_real_fourier_back(z, 12, TB_FOURIER_BACKWARD);
    case 4:
        return tb_real_fourier_back(z, 0, TB_FOURIER_BACKWARD);
    default:
        return tb_real_fourier(tb_fill(x->graph, tb_dims(2, 0), 0),
                               TB_FOURIER_BACKWARD);
    }
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, fourier_golden);
    check_each_refused(6, refused);
    return tap_done();
}
