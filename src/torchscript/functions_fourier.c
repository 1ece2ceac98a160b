/* Spectra and complex numbers. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>
#include <string.h>

static bool norm_of(tb_builtin_call *c, int i, tb_fourier_norm *norm)
{
    const char *text = "backward";
    if (tb_has(c, i) && !tb_arg_string(c, i, &text))
        return false;
    *norm = strcmp(text, "ortho") == 0     ? TB_FOURIER_ORTHO
            : strcmp(text, "forward") == 0 ? TB_FOURIER_FORWARD
                                           : TB_FOURIER_BACKWARD;
    return true;
}

/* So many elements along the last axis: cut, or zeros behind. */
static tb_value *fit(tb_value *v, int64_t n)
{
    int last = v->rank - 1;
    if (n == v->dim[last])
        return v;
    return n < v->dim[last] ? tb_slice(v, last, 0, n, 1)
                            : tb_pad(v, last, 0, n - v->dim[last]);
}

typedef enum transform { FFT, IFFT, RFFT, IRFFT } transform;

static tb_value *transform_last(transform kind, tb_value *v, int64_t n,
                                tb_fourier_norm norm)
{
    switch (kind) {
    case RFFT:
        return tb_real_fourier(fit(v, n), norm);
    case IRFFT:
        v = fit(v, n / 2 + 1);
        return v ? tb_real_fourier_back(v, n, norm) : NULL;
    default:
        v = fit(v, n);
        return v ? tb_fourier(v, kind == IFFT, norm) : NULL;
    }
}

static bool fourier(tb_builtin_call *c, tb_script_value *out)
{
    transform kind = (transform)c->function->kind;
    tb_script_tensor *t;
    tb_fourier_norm norm;
    int axis = -1;
    if (!tb_arg_tensor(c, 0, &t) || t->rank == 0 || !norm_of(c, 3, &norm))
        return tb_refuse(c, "there is no axis to transform");
    axis = t->rank - 1;
    if (!tb_arg_axis(c, 2, t->rank, &axis))
        return false;
    int64_t n = kind == IRFFT ? 2 * (t->dim[axis] - 1) : t->dim[axis];
    if (!tb_arg_int(c, 1, &n))
        return false;
    if (n < 1 || n > 1 << 24)
        return tb_refuse(c, "a transform of %lld", (long long)n);
    tb_value *v = tb_arg_value(
        c, 0, kind == RFFT ? TB_DTYPE_FLOAT32 : TB_DTYPE_COMPLEX64);
    if (!v)
        return tb_give(c, out, t->dtype, NULL);
    int last = v->rank - 1;
    v = axis == last ? v : tb_transpose(v, axis, last);
    v = v ? transform_last(kind, v, n, norm) : NULL;
    v = axis == last || !v ? v : tb_transpose(v, axis, last);
    bool wide = t->dtype == TB_DTYPE_FLOAT64 || t->dtype == TB_DTYPE_COMPLEX128;
    return tb_give(c, out,
                   kind == IRFFT ? wide ? TB_DTYPE_FLOAT64 : TB_DTYPE_FLOAT32
                   : wide        ? TB_DTYPE_COMPLEX128
                                 : TB_DTYPE_COMPLEX64,
                   v);
}

/* The frequencies of bins: up to the middle, or (kind 1) of all. */
static bool rfftfreq(tb_builtin_call *c, tb_script_value *out)
{
    int64_t n = 1;
    double d = 1;
    if (!tb_arg_int(c, 0, &n) || !tb_arg_real(c, 1, &d))
        return false;
    if (n < 1 || n > 1 << 20)
        return tb_refuse(c, "%lld numbers", (long long)n);
    int64_t count = c->function->kind ? n : n / 2 + 1;
    double *x = tb_arena_array(c->r->arena, (size_t)count, sizeof *x);
    if (!x)
        return tb_refuse(c, "there is not enough memory");
    for (int64_t i = 0; i < count; i++) {
        int64_t bin = c->function->kind && i >= (n + 1) / 2 ? i - n : i;
        x[i] = (double)bin / ((double)n * d);
    }
    return tb_give(
        c, out, TB_DTYPE_FLOAT32,
        tb_constant_type(c->r->graph, TB_REAL, tb_dims(count), TB_F64, x));
}

/* Over several axes, one after the other: the last two (fft2), or all. */
static bool of_axes(tb_builtin_call *c, int standard, tb_script_value *out)
{
    static const char *const names[] = {"fft_fft", "fft_ifft", "fft_rfft"};
    transform kind = (transform)c->function->kind;
    int64_t axes[TB_RANK];
    int n = 0;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (tb_has(c, 1))
        return tb_refuse(c, "sizes that are not those of the tensor");
    for (; n < standard && n < t->rank; n++)
        axes[n] = n - (standard < t->rank ? standard : t->rank);
    if (tb_has(c, 2) && !tb_arg_ints(c, 2, TB_RANK, axes, &n))
        return false;
    *out = c->arg[0];
    for (int i = n - 1; i >= 0; i--) { /* of reals the last alone */
        transform each = kind == RFFT && i < n - 1 ? FFT : kind;
        tb_builtin_call inner = {
            .r = c->r,
            .function = tb_builtin_named(names[each]),
            .arg = {*out, {0}, tb_script_int(axes[i]), c->arg[3]}};
        if (!fourier(&inner, out))
            return false;
    }
    return n > 0 || tb_refuse(c, "no axes");
}

static bool of_two(tb_builtin_call *c, tb_script_value *out)
{
    return of_axes(c, 2, out);
}

static bool of_all(tb_builtin_call *c, tb_script_value *out)
{
    return of_axes(c, TB_RANK, out);
}

/* Half of each axis changes sides: bin 0 to the middle, and back. */
static bool shift(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    unsigned axes = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axes(c, 1, t->rank, &axes))
        return false;
    tb_value *v = tb_recording_read(c->r, t);
    for (int i = 0; i < t->rank && v; i++)
        if (axes >> i & 1)
            v = tb_roll(v, i,
                        c->function->kind ? (t->dim[i] + 1) / 2 % t->dim[i]
                                          : t->dim[i] / 2);
    return tb_give(c, out, t->dtype, v);
}

/* ---- complex numbers ---- */

typedef enum part { REAL, IMAG, CONJ, ANGLE } part;

static bool part_of(tb_builtin_call *c, tb_script_value *out)
{
    part kind = (part)c->function->kind;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (tb_dtype_type(t->dtype) != TB_C64 && (kind == REAL || kind == CONJ)) {
        *out = c->arg[0];
        return true;
    }
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_COMPLEX64);
    if (!v)
        return tb_give(c, out, t->dtype, NULL);
    tb_value *y = kind == REAL   ? tb_real_part(v)
                  : kind == IMAG ? tb_imag_part(v)
                  : kind == CONJ ? tb_conj(v)
                                 : tb_angle(v);
    return tb_give(c, out, kind == CONJ ? TB_DTYPE_COMPLEX64 : TB_DTYPE_FLOAT32,
                   y);
}

static bool complex(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *y = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    return tb_give(c, out, TB_DTYPE_COMPLEX64,
                   !x || !y            ? NULL
                   : c->function->kind ? tb_polar(x, y)
                                       : tb_complex(x, y));
}

/* ---- short-time transforms ---- */

/* A window of `length` numbers in the middle of n_fft. */
static bool window_of(tb_builtin_call *c, int i, int64_t length, int64_t n_fft,
                      double *w)
{
    int64_t first = (n_fft - length) / 2;
    for (int64_t k = 0; k < n_fft; k++)
        w[k] = k >= first && k < first + length;
    if (!tb_has(c, i))
        return true;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, i, &t))
        return false;
    if (tb_script_tensor_count(t) != length || length > TB_MOST_LOOKED)
        return tb_refuse(c, "a window of %lld numbers for %lld",
                         (long long)tb_script_tensor_count(t),
                         (long long)length);
    return tb_recording_look(c->r, t, w + first);
}

/* n_fft, hop and window's length at i, i + 1, i + 2. */
static bool sizes_of(tb_builtin_call *c, int i, int64_t *n_fft, int64_t *hop,
                     double **window)
{
    int64_t length = 0;
    if (!tb_arg_int(c, i, n_fft))
        return false;
    *hop = *n_fft / 4;
    length = *n_fft;
    if (!tb_arg_int(c, i + 1, hop) || !tb_arg_int(c, i + 2, &length))
        return false;
    if (*n_fft < 1 || *n_fft > TB_MOST_LOOKED || *hop < 1 || length < 1 ||
        length > *n_fft)
        return tb_refuse(c, "frames of %lld, hop %lld", (long long)*n_fft,
                         (long long)*hop);
    *window = tb_arena_array(c->r->arena, (size_t)*n_fft, sizeof **window);
    return *window ? window_of(c, i + 3, length, *n_fft, *window)
                   : tb_refuse(c, "there is not enough memory");
}

/* v [batch, bins, frames, 2] and, mirrored, the bins above: of real sound their
   numbers are conjugate. */
static tb_value *other_side(tb_value *v, int64_t n_fft)
{
    int64_t bins = (n_fft + 1) / 2;
    if (bins < 2)
        return v;
    tb_value *above = tb_flip(tb_slice(v, 1, 1, bins, 1), 1);
    above = above ? tb_as_real(tb_conj(tb_as_complex(above))) : NULL;
    tb_value *pair[2] = {v, above};
    return above ? tb_concat(2, pair, 1) : NULL;
}

/* stft(x, n_fft, hop, win_length, window, normalized, onesided, complex): what
   torch.stft centres, it has padded before. */
static bool stft(tb_builtin_call *c, tb_script_value *out)
{
    int64_t n_fft = 0, hop = 0;
    double *window = NULL;
    bool normalized = false, onesided = true, as_complex = true;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t) || !sizes_of(c, 1, &n_fft, &hop, &window) ||
        !tb_arg_bool(c, 5, &normalized) || !tb_arg_bool(c, 6, &onesided) ||
        !tb_arg_bool(c, 7, &as_complex))
        return false;
    if (t->rank != 1 && t->rank != 2)
        return tb_refuse(c, "of a tensor with %d axes", t->rank);
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    bool alone = t->rank == 1;
    if (v && alone)
        v = tb_reshape(v, tb_dims(1, t->dim[0]));
    v = v ? tb_stft(v, n_fft, hop, window, 0, 0) : NULL;
    if (v && normalized)
        v = tb_scale(v, 1 / sqrt((double)n_fft));
    if (v && !onesided)
        v = other_side(v, n_fft);
    if (v && alone)
        v = tb_reshape(v, tb_dims(v->dim[1], v->dim[2], 2));
    if (!as_complex)
        return tb_give(c, out, TB_DTYPE_FLOAT32, v);
    return tb_give(c, out, TB_DTYPE_COMPLEX64, v ? tb_as_complex(v) : NULL);
}

/* istft(z, n_fft, hop, win_length, window, center, normalized, onesided,
   length, return_complex). */
static bool istft(tb_builtin_call *c, tb_script_value *out)
{
    int64_t n_fft = 0, hop = 0, length = -1;
    double *window = NULL;
    bool center = true, normalized = false;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t) || !sizes_of(c, 1, &n_fft, &hop, &window) ||
        !tb_arg_bool(c, 5, &center) || !tb_arg_bool(c, 6, &normalized) ||
        !tb_arg_int(c, 8, &length))
        return false;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_COMPLEX64);
    v = v ? tb_as_real(v) : NULL;
    bool alone = v && v->rank == 3;
    if (alone)
        v = tb_reshape(v, tb_dims(1, v->dim[0], v->dim[1], 2));
    if (v && normalized)
        v = tb_scale(v, sqrt((double)n_fft));
    int64_t trim = center ? n_fft / 2 : 0;
    v = v ? tb_istft(v, n_fft, hop, window, trim, trim) : NULL;
    v = v && length > 0 ? fit(v, length) : v;
    if (v && alone)
        v = tb_reshape(v, tb_dims(v->dim[1]));
    return tb_give(c, out, TB_DTYPE_FLOAT32, v);
}

const tb_builtin tb_functions_fourier[] = {
    {"fft_fft", "self n dim norm", fourier, FFT},
    {"fft_ifft", "self n dim norm", fourier, IFFT},
    {"fft_rfft", "self n dim norm", fourier, RFFT},
    {"fft_irfft", "self n dim norm", fourier, IRFFT},
    {"fft_fft2", "self s dim norm", of_two, FFT},
    {"fft_ifft2", "self s dim norm", of_two, IFFT},
    {"fft_rfft2", "self s dim norm", of_two, RFFT},
    {"fft_fftn", "self s dim norm", of_all, FFT},
    {"fft_ifftn", "self s dim norm", of_all, IFFT},
    {"fft_rfftn", "self s dim norm", of_all, RFFT},
    {"fft_rfftfreq", "n d dtype layout device pin_memory", rfftfreq, 0},
    {"fft_fftshift", "self dim", shift, 0},
    {"fft_ifftshift", "self dim", shift, 1},
    {"fft_fftfreq", "n d dtype layout device pin_memory", rfftfreq, 1},
    {"real", "self", part_of, REAL},
    {"imag", "self", part_of, IMAG},
    {"conj", "self", part_of, CONJ},
    {"angle", "self", part_of, ANGLE},
    {"complex", "real imag", complex, 0},
    {"polar", "abs angle", complex, 1},
    {"stft",
     "self n_fft hop_length win_length window normalized onesided "
     "return_complex",
     stft, 0},
    {"istft",
     "self n_fft hop_length win_length window center normalized onesided "
     "length return_complex",
     istft, 0},
    {NULL, NULL, NULL, 0},
};
