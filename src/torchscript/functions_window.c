/* Windows for spectra. */
#include "torchscript/functions.h"

#include "dsp/window.h"
#include "engine/ops.h"

#include <math.h>

enum { MOST_NUMBERS = 1 << 20, HANN, HAMMING, BLACKMAN, BARTLETT, KAISER };

#define PI 3.141592653589793

/* At t from 0 to 1; a and b are what the call says of its shape. */
static double window_at(int kind, double t, double a, double b)
{
    double side = 2 * t - 1;
    switch (kind) {
    case HANN:
        return 0.5 - 0.5 * cos(2 * PI * t);
    case HAMMING:
        return a - b * cos(2 * PI * t);
    case BLACKMAN:
        return 0.42 - 0.5 * cos(2 * PI * t) + 0.08 * cos(4 * PI * t);
    case BARTLETT:
        return 1 - fabs(side);
    default:
        return tb_bessel0(a * sqrt(fmax(0, 1 - side * side))) / tb_bessel0(a);
    }
}

/* hann_window(n, periodic, ...): hamming_window and kaiser_window may say their
   shape in further numbers. */
static bool window(tb_builtin_call *c, tb_script_value *out)
{
    int kind = c->function->kind;
    int64_t n = 0;
    bool periodic = true;
    double a = kind == KAISER ? 12 : 0.54, b = 0.46;
    if (!tb_arg_int(c, 0, &n) ||
        (c->arg[1].kind == TB_SCRIPT_BOOL && !tb_arg_bool(c, 1, &periodic)))
        return false;
    if ((c->arg[2].kind == TB_SCRIPT_FLOAT && !tb_arg_real(c, 2, &a)) ||
        (c->arg[3].kind == TB_SCRIPT_FLOAT && !tb_arg_real(c, 3, &b)))
        return false;
    if (n < 1 || n > MOST_NUMBERS)
        return tb_refuse(c, "%lld numbers", (long long)n);
    double *x = tb_arena_array(c->r->arena, (size_t)n, sizeof *x);
    if (!x)
        return tb_refuse(c, "there is not enough memory");
    double period = (double)(periodic ? n : n - 1);
    for (int64_t i = 0; i < n; i++)
        x[i] = n == 1 ? 1 : window_at(kind, (double)i / period, a, b);
    return tb_give(
        c, out, TB_DTYPE_FLOAT32,
        tb_constant_type(c->r->graph, TB_REAL, tb_dims(n), TB_F64, x));
}

#define MAKING " dtype layout device pin_memory"

const tb_builtin tb_functions_window[] = {
    {"hann_window", "window_length periodic" MAKING, window, HANN},
    {"hamming_window", "window_length periodic alpha beta" MAKING, window,
     HAMMING},
    {"blackman_window", "window_length periodic" MAKING, window, BLACKMAN},
    {"bartlett_window", "window_length periodic" MAKING, window, BARTLETT},
    {"kaiser_window", "window_length periodic beta" MAKING, window, KAISER},
    {NULL, NULL, NULL, 0},
};
