/* Which functions can have something else than a tensor first. Most have a
   tensor there; test_check_kinds.c calls each with all kinds, and holds these
   lists to what comes of it. */
#include "torchscript/checking.h"

static const char *const of_texts =
    "Bool Float FloatImplicit Int IntImplicit RaiseException Scalar "
    "ScalarImplicit Size __contains__ __getitem__ __is__ __isnot__ "
    "_unwrap_optional add bool capitalize center copy count cpu data detach "
    "device dropout einsum endswith enumerate eq feature_dropout find float "
    "format ge gt index index_of int is_cuda is_grad_enabled is_scripting "
    "isalnum isalpha isdecimal isdigit islower isnumeric isprintable "
    "isspace isupper item join layout le len list ljust lower lstrip lt "
    "manual_seed ne ord partition percentFormat print remainder replace "
    "requires_grad requires_grad_ result_type rfind rindex rjust rpartition "
    "rstrip slice sorted split split_with_sizes splitlines startswith str "
    "strip swapcase title unchecked_unwrap_optional upper warn zfill zip";
static const char *const of_lists =
    "Delete NumToTensor RaiseException Scalar ScalarImplicit Size "
    "__contains__ __getitem__ __is__ __isnot__ _set_item _unwrap_optional "
    "add all any append argsort as_tensor block_diag broadcast_tensors cat "
    "clear concat copy count cpu data detach device dict dropout empty "
    "enumerate eq extend feature_dropout full full_like get hstack index "
    "index_of insert is_cuda is_grad_enabled is_scripting item items keys "
    "layout len list manual_seed max mean meshgrid min mul multiply ne ones "
    "pop print rand randn remove requires_grad requires_grad_ result_type "
    "reverse scalar_tensor setdefault slice sort sorted stack str sum "
    "tensor unchecked_unwrap_optional update values vstack warn zeros zip";
static const char *const of_tuples =
    "RaiseException Scalar ScalarImplicit Size __contains__ __getitem__ "
    "__is__ __isnot__ _unwrap_optional add all any block_diag "
    "broadcast_tensors cat concat copy count cpu data detach device dropout "
    "empty enumerate eq feature_dropout full full_like get hstack index "
    "index_of is_cuda is_grad_enabled is_scripting item items keys layout "
    "len list manual_seed max mean meshgrid min mul multiply ne ones print "
    "rand randn requires_grad requires_grad_ result_type slice sorted stack "
    "str sum unchecked_unwrap_optional values vstack warn zeros zip";
static const char *const of_dicts =
    "Delete RaiseException Scalar ScalarImplicit Size __contains__ "
    "__getitem__ __is__ __isnot__ _set_item _unwrap_optional append argsort "
    "clear copy cpu data detach device dict dropout enumerate eq extend "
    "feature_dropout get insert is_cuda is_grad_enabled is_scripting item "
    "items keys layout len list manual_seed ne pop popitem print remove "
    "requires_grad requires_grad_ result_type reverse setdefault sort "
    "sorted str unchecked_unwrap_optional update values warn zip";
static const char *const of_complex_numbers =
    "RaiseException Scalar ScalarImplicit __and__ __is__ __isnot__ __or__ "
    "__xor__ _unwrap_optional add addcdiv addcmul addmm allclose arctan2 "
    "atan2 baddbmm bernoulli bitwise_and bitwise_not bitwise_or bitwise_xor "
    "clamp clamp_max clamp_min clip complex cpu data detach device dist div "
    "divide dropout eq equal feature_dropout hypot is_cuda is_grad_enabled "
    "is_scripting isfinite isinf isnan item l1_loss layout lerp logical_and "
    "logical_not logical_or logical_xor manual_seed mse_loss mul multiply "
    "ne one_hot polar pow prelu print requires_grad requires_grad_ "
    "result_type rsub signbit str sub threshold true_divide "
    "unchecked_unwrap_optional view_as_real warn where";

static const char *const of_none =
    "Bool Float FloatImplicit Int IntImplicit RaiseException Scalar "
    "ScalarImplicit Size __and__ __derive_index __is__ __isnot__ __lshift__ "
    "__not__ __or__ __range_length __rshift__ __xor__ _unwrap_optional acos "
    "acosh arange arctan2 asin asinh atan atan2 atanh bin bitwise_and "
    "bitwise_or bitwise_xor bool copy cosh cpu data detach device dict "
    "dropout enumerate eq erf erfc exp2 expm1 eye feature_dropout "
    "fft_fftfreq fft_rfftfreq float gcd hex hypot int is_cuda "
    "is_grad_enabled is_scripting item layout lcm lgamma linspace list "
    "logical_and logical_or logical_xor logspace manual_seed ne oct print "
    "promote_types randint range requires_grad requires_grad_ result_type "
    "sinh sorted str tan tril_indices triu_indices "
    "unchecked_unwrap_optional warn zip";
static const char *const of_devices =
    "RaiseException Scalar ScalarImplicit __is__ __isnot__ _unwrap_optional "
    "cpu data detach device dropout eq feature_dropout is_cuda "
    "is_grad_enabled is_scripting item layout manual_seed ne print "
    "requires_grad requires_grad_ result_type str unchecked_unwrap_optional "
    "warn";
static const char *const not_of_tensors =
    "RaiseException append extend pop insert clear reverse Delete update "
    "remove "
    "setdefault popitem _set_item __getitem__ get __contains__ index_of format "
    "percentFormat upper lower strip lstrip rstrip replace join find "
    "startswith "
    "endswith splitlines capitalize title swapcase ljust rjust center zfill "
    "partition rpartition rfind rindex isalpha isdigit isdecimal isnumeric "
    "isalnum isspace isupper islower isprintable ord chr keys values items "
    "dict";

bool tb_builtin_takes(const char *name, tb_script_kind first)
{
    const char *names = first == TB_SCRIPT_STRING    ? of_texts
                        : first == TB_SCRIPT_LIST    ? of_lists
                        : first == TB_SCRIPT_TUPLE   ? of_tuples
                        : first == TB_SCRIPT_DICT    ? of_dicts
                        : first == TB_SCRIPT_COMPLEX ? of_complex_numbers
                        : first == TB_SCRIPT_NONE    ? of_none
                        : first == TB_SCRIPT_DEVICE  ? of_devices
                                                     : NULL;
    if (first == TB_SCRIPT_TENSOR)
        return tb_parameter_index(not_of_tensors, name) < 0;
    return !names || tb_parameter_index(names, name) >= 0;
}
