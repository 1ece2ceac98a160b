/* What types and how many axes a first argument can have. test_check_forms.c
   calls each function with tensors of each, and holds these lists to what comes
   of it. */
#include "torchscript/checking.h"
#include "torchscript/script_tensor.h"

#include <stdio.h>

static const char *const not_of_complex =
    "__and__ __or__ __rshift__ __xor__ _convolution "
    "_scaled_dot_product_attention _softmax _upsample_nearest_exact1d acos "
    "acosh adaptive_avg_pool1d addcdiv addcmul addmm all allclose amax amin "
    "any arctan2 argmax argmin argsort asin asinh atan atan2 atanh "
    "avg_pool1d baddbmm bernoulli bilinear bitwise_and bitwise_not "
    "bitwise_or bitwise_xor bucketize cdist ceil celu clamp clamp_max "
    "clamp_min clip complex conv1d conv_transpose1d convolution cosh "
    "cosine_similarity count_nonzero deg2rad digamma dist dot elu "
    "embedding equal erf erfc erfinv exp2 expm1 fft_rfft fft_rfft2 "
    "fft_rfftn floor floor_divide floordiv fmax fmin fmod frac gcd ge gelu glu "
    "group_norm gt hardshrink hardsigmoid hardswish hardtanh hypot "
    "instance_norm isfinite isinf isnan l1_loss "
    "layer_norm lcm le leaky_relu lerp lgamma linear log10 log1p log2 "
    "log_sigmoid log_softmax logcumsumexp logical_and logical_not "
    "logical_or logical_xor logsumexp lt max max_pool1d maximum median min "
    "minimum mish mse_loss nan_to_num normal_ one_hot outer polar prelu "
    "rad2deg rand_like randn_like relu relu6 remainder round rsqrt "
    "scaled_dot_product_attention searchsorted selu sigmoid sign signbit "
    "silu sinc sinh softmax softplus softshrink softsign sort std std_mean "
    "tan tanh threshold topk trunc uniform_ upsample_linear1d "
    "upsample_nearest1d var var_mean view_as_complex where";
static const char *const not_of_whole =
    "nan_to_num mean std var std_mean var_mean norm softmax _softmax "
    "log_softmax logsumexp randn_like rand_like normal_ uniform_";
static const char *const not_of_truth = "diff"; /* and those above */
static const char *const not_of_real = "gcd lcm";

/* Of so many axes at least, and at most. */
static const struct {
    int least, most;
    const char *names;
} ranks[] = {
    {1, TB_RANK,
     "slice narrow select chunk split split_with_sizes unbind layer_norm "
     "fft_fft fft_ifft fft_rfft fft_irfft index masked_select index_put glu "
     "unfold linear matmul mm bmm cumsum cumprod logcumsumexp diff sort "
     "argsort "
     "topk max_pool1d avg_pool1d adaptive_avg_pool1d"},
    {2, TB_RANK, "tril triu mT diagonal cdist group_norm instance_norm"},
    {2, 3, "conv1d conv_transpose1d"},
    {1, 2, "stft multinomial diag"},
    {3, 3, "upsample_nearest1d _upsample_nearest_exact1d upsample_linear1d"},
};

static const char *const stays =
    "relu leaky_relu tanh sigmoid mish gelu silu softplus elu exp log sqrt sin "
    "cos neg abs floor ceil round contiguous clone detach flip cumsum";

static bool has(const char *names, const char *name)
{
    return tb_parameter_index(names, name) >= 0;
}

static bool takes_type(const char *name, tb_dtype type)
{
    bool truth = type == TB_DTYPE_BOOL;
    bool whole = tb_dtype_is_whole(type) || truth;
    if (truth && has(not_of_truth, name))
        return false;
    return !has(whole                    ? not_of_whole
                : tb_dtype_is_real(type) ? not_of_real
                                         : not_of_complex,
                name);
}

const char *tb_form_wrong(const char *name, const tb_script_tensor *t,
                          char *room, size_t size)
{
    if (!takes_type(name, t->dtype)) {
        snprintf(room, size, "this is not done to numbers of type %s",
                 tb_dtype_name(t->dtype));
        return room;
    }
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (has(ranks[i].names, name) &&
            (t->rank < ranks[i].least || t->rank > ranks[i].most)) {
            snprintf(room, size, "this is not done to a tensor of %d axes",
                     t->rank);
            return room;
        }
    return NULL;
}

bool tb_form_stays(const char *name, const tb_script_tensor *t)
{
    return tb_dtype_is_real(t->dtype) && has(stays, name);
}
