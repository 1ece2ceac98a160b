"""The cases of functions.py: what to run, on which inputs."""
import math
import torch
import function_collections
import function_layers
import function_places
from function_inputs import B, C, F, I, KINDS, P


HALVES = torch.tensor([-2.5, -1.5, -.5, -0., .5, 1.5, 2.5, 3.5, -3.2, 3.7])
SIGNS = torch.tensor([7, -7, 7, -7, 0, 6, -6])
DIVISORS = torch.tensor([3, 3, -3, -3, 5, -3, 3])
ODD = torch.tensor([math.nan, math.inf, -math.inf, 0., -0., 1.5])


def arithmetic():
    """Promotion of types, broadcasting, division and its signs."""
    for op in ("+", "-", "*", "/"):
        for a, b in ("ff", "fi", "if", "ii", "fd", "df", "hf", "hh", "fc",
                     "ci", "si", "ui", "us", "uf"):
            if op == "/" and b in "isu":
                yield f"x {op} y", KINDS[a](3), P(3).ceil().to(
                    KINDS[b](1).dtype)
            else:
                yield f"x {op} y", KINDS[a](3), KINDS[b](3)
        yield f"x {op} y", F(2, 3), F(3)
        yield f"x {op} y", F(2, 1, 3), F(4, 1)
        yield f"x {op} 2", I(3)
        yield f"x {op} 2.5", I(3)
        yield f"x {op} 2.5", KINDS["h"](3)
        yield f"2.5 {op} x", P(3)
        yield f"3 {op} x", I(3, low=1)
        yield f"x {op} y", torch.tensor(2.5, dtype=torch.float64), F(3)
        yield f"x {op} y", torch.tensor(3), F(3)
        yield f"x {op} y", torch.tensor(2.5), I(3, low=1)
        yield f"x {op} y", I(3), 2
        yield f"x {op} y", F(2), 1.5
    for a in "bi":
        yield "x + y", KINDS[a](4), B(4)
        yield "x * y", KINDS[a](4), B(4)
    for mode in ("", ", rounding_mode='floor'", ", rounding_mode='trunc'"):
        yield f"torch.div(x, y{mode})", SIGNS, DIVISORS
        yield f"torch.div(x, y{mode})", SIGNS / 2, DIVISORS.float()
        yield f"torch.div(x, 2{mode})", SIGNS
        yield f"torch.div(x, -2.5{mode})", SIGNS.float()
    for name in ("remainder", "fmod", "floor_divide"):
        yield f"torch.{name}(x, y)", SIGNS, DIVISORS
        yield f"torch.{name}(x, y)", SIGNS / 2, DIVISORS.float()
        yield f"torch.{name}(x, 3)", SIGNS
        yield f"torch.{name}(x, -1.25)", SIGNS.float()
    yield "x // y", SIGNS, DIVISORS
    yield "x % y", SIGNS / 2, DIVISORS.float()
    yield "x / y", torch.tensor([1., -1., 0.]), torch.zeros(3)
    for p in ("2", "3", "0.5", "-1", "2.0", "0", "1.3"):
        yield f"x ** {p}", P(4)
    yield "x ** 2", I(4)
    yield "x ** y", P(3), F(3)
    yield "2 ** x", F(3)
    yield "2 ** x", I(3, low=0)
    yield "torch.pow(x, y)", I(3), I(3, low=0, high=4)
    yield "torch.add(x, y, alpha=-2)", F(3), F(3)
    yield "torch.sub(x, y, alpha=2)", I(3), I(3)
    yield "torch.rsub(x, 1)", F(3)
    yield "torch.addcmul(x, y, z, value=0.5)", F(3), F(3), F(3)
    yield "torch.addcdiv(x, y, z, value=2.)", F(3), F(3), P(3)
    yield "torch.lerp(x, y, 0.25)", F(3), F(3)
    yield "torch.lcm(x, y)", I(4, low=1), I(4, low=1)
    yield "torch.gcd(x, y)", I(4), I(4)
    for op in ("==", "!=", "<", "<=", ">", ">="):
        yield f"x {op} y", I(5, low=0, high=2), F(5).round()
        yield f"x {op} 1", I(5, low=0, high=2)
    for op in ("&", "|", "^"):
        yield f"x {op} y", I(4), I(4)
        yield f"x {op} y", B(4), B(4)
    yield "x << 2", I(3)
    yield "x >> 1", I(3)
    yield "torch.bitwise_not(x)", I(3)
    yield "~x", B(3)
    for op in ("and", "or", "xor"):
        yield f"torch.logical_{op}(x, y)", I(4, low=0, high=1), F(4)
    yield "torch.logical_not(x)", torch.tensor([0., 2., -1.])
    for name in ("maximum", "minimum"):
        yield f"torch.{name}(x, y)", F(4), F(4)
        yield f"torch.{name}(x, y)", I(4), F(4)
        yield f"torch.{name}(x, y)", ODD, F(6)
    yield "torch.max(x, y)", F(4), F(4)
    yield "torch.where(x > 0, x, y)", F(4), F(4)
    yield "torch.where(x > 0, y, z)", F(3), F(3), I(3)
    yield "torch.where(x, 1., y)", B(2, 2), F(2)
    yield "x > 0 and y < 0", torch.tensor(2.), torch.tensor(3)


UNARY = """neg abs sign floor ceil round trunc frac exp exp2 expm1 sin cos tan
tanh sinh cosh asin acos atan asinh atanh sigmoid erf erfc relu square
reciprocal isnan isfinite signbit deg2rad""".split()
OF_POSITIVE = """log log2 log10 log1p sqrt rsqrt acosh lgamma
digamma""".split()


def elementwise():
    for name in UNARY:
        if name in ("asin", "acos", "atanh"):
            yield f"torch.{name}(x)", F(5) / 4
        else:
            yield f"torch.{name}(x)", F(5)
    for name in OF_POSITIVE:
        yield f"torch.{name}(x)", P(5) + (1 if name == "acosh" else 0)
    for name in ("neg", "abs", "sign", "sin", "sqrt", "sigmoid", "exp", "ceil",
                 "reciprocal", "tanh", "square"):
        yield f"torch.{name}(x)", I(4, low=1)
    for name in ("floor", "ceil", "round", "trunc", "sign", "frac"):
        yield f"torch.{name}(x)", HALVES
    yield "torch.round(x, decimals=1)", HALVES * 1.5
    for name in ("exp", "log", "sqrt", "tanh", "round", "relu", "sigmoid",
                 "isnan", "isinf", "isfinite", "nan_to_num", "sign"):
        yield f"torch.{name}(x)", ODD
    for name in ("exp", "abs", "angle", "real", "imag", "conj", "sqrt", "sin",
                 "reciprocal", "square", "neg"):
        yield f"torch.{name}(x)", C(3)
    yield "torch.erfinv(x)", torch.tensor([-1., -.99, -.5, 0., .25, .999, 1.])
    yield "torch.atan2(x, y)", F(5), F(5)
    yield "torch.hypot(x, y)", F(3), F(3)
    yield "torch.polar(x, y)", P(3), F(3)
    yield "torch.complex(x, y)", F(3), F(3)
    yield "torch.view_as_complex(x)", F(3, 2)
    yield "torch.view_as_real(x)", C(3)
    yield "x.clamp(-1, 1)", F(5)
    yield "x.clamp(min=0.5)", F(5)
    yield "x.clamp(max=3)", I(5)
    yield "x.clamp(y, z)", F(3), torch.zeros(3), torch.ones(3)
    yield "torch.clamp(x, 0.5, 2)", I(5)
    yield "torch.clamp_min(x, 0)", F(5)
    yield "torch.clamp(x, -1., 1.)", ODD
    nn = "torch.nn.functional."
    for call in ("leaky_relu(x, 0.2)", "elu(x)", "elu(x, 0.5)", "selu(x)",
                 "celu(x, 0.7)", "silu(x)", "mish(x)", "gelu(x)",
                 "gelu(x, approximate='tanh')", "softplus(x)",
                 "softplus(x, 2., 3.)", "hardtanh(x)", "hardswish(x)",
                 "hardsigmoid(x)", "relu6(x)", "softsign(x)", "logsigmoid(x)",
                 "tanhshrink(x)", "softshrink(x)", "hardshrink(x)",
                 "threshold(x, 0.1, 20.)"):
        yield nn + call, torch.cat([F(4), torch.tensor([25., -25.])])
    yield nn + "prelu(x, y)", F(2, 3, 2), F(3)
    yield nn + "glu(x, 1)", F(2, 4)
    yield "y = x.clone()\n" + nn + "leaky_relu_(y, 0.1)\ny", F(4)


def reductions():
    for call in ("sum()", "mean()", "std()", "var()", "prod()", "max()",
                 "min()", "norm()", "argmax()", "argmin()", "amax()",
                 "any()", "all()", "median()"):
        yield f"x.{call}", F(2, 3)
    for call in ("sum(1)", "sum(-1, keepdim=True)", "sum([0, 2])",
                 "mean(-1, keepdim=True)", "mean([0, 1])", "std(-1)",
                 "std(-1, keepdim=True)", "std(1, unbiased=False)",
                 "var([0, 2])", "prod(1)", "amax(-1)", "amin([0, 1], True)",
                 "argmax(-1)", "argmin(0, keepdim=True)", "max(dim=-1)",
                 "min(1)", "logsumexp(-1)", "cumsum(1)", "cumsum(-1)",
                 "cumprod(0)", "norm(2, 1)", "norm(p=1, dim=-1)",
                 "norm(float('inf'), 2)", "norm(2, [0, 1], keepdim=True)",
                 "diff()", "diff(1, 1)", "flip([0, 2])", "logcumsumexp(2)"):
        yield f"x.{call}", F(2, 3, 2)
    for call in ("sum()", "sum(1)", "prod()", "max()", "cumsum(1)",
                 "argmax(1)", "any(1)", "all(0)", "float().mean()"):
        yield f"x.{call}", I(2, 3, low=-2, high=2)
    yield "x.mean()", I(3)
    yield "x.sum()", B(2, 3)
    yield "x.cumsum(0)", B(4)
    yield "x.any()", B(3)
    yield "x.sum()", F(0)
    yield "x.mean()", F(0)
    yield "x.sum(0)", torch.tensor(2.5)
    yield "x.std()", F(1)
    yield "x.max()", ODD
    yield "x.argmax()", torch.tensor([1., 3., 3., 2.])
    yield "x.argmax()", torch.tensor([1., math.nan, 3.])
    yield "x.max(0)", torch.tensor([1., 3., 3., 2.])
    yield "x.sum(dtype=torch.float64)", F(3)
    yield "x.mean(dtype=torch.float32)", I(3)
    yield "torch.var_mean(x, [1])", F(2, 3)
    yield "torch.topk(x, 2)", torch.tensor([1., 5., 3., 4.])
    yield "torch.topk(x, 2, 0, False)", torch.tensor([1., 5., 3., 4.])
    yield "torch.sort(x, descending=True)", torch.tensor([1., 5., 3., 4.])
    yield "torch.argsort(x)", torch.tensor([1., 5., 3., 4.])
    yield "torch.bincount(x, minlength=6)", I(8, low=0, high=4)
    yield "torch.searchsorted(x, y)", torch.tensor([1., 3., 5.]), F(4) + 2
    yield ("torch.bucketize(x, y, right=True)", torch.tensor([1., 3., 2.]),
           torch.tensor([1., 2., 3.]))
    yield "torch.cdist(x, y)", F(3, 2), F(2, 2)
    yield "torch.dist(x, y)", F(3), F(3)
    nn = "torch.nn.functional."
    for mode in (0, 1, 2):
        yield f"torch._C._nn.mse_loss(x, y, {mode})", F(3), F(3)
        yield f"torch._C._nn.l1_loss(x, y, {mode})", F(3), F(3)
    yield nn + "normalize(x, p=1., dim=-2)", F(1, 3, 2)
    yield nn + "normalize(x)", F(2, 3)
    yield nn + "cosine_similarity(x, y)", F(2, 3), F(2, 3)
    for name in ("softmax", "log_softmax"):
        yield f"torch.{name}(x, -1)", F(2, 4)
        yield f"torch.{name}(x, 0)", F(2, 4)
        yield f"x.{name}(1, dtype=torch.float64)", F(2, 2)
    yield "torch.softmax(x, 0)", torch.tensor([1., -math.inf, 2.])


SLICES = """x[0] x[-1] x[1:] x[:-1] x[::2] x[1::2] x[-3:-1] x[2:1] x[10:]
x[-10:2] x[...,1] x[...,-1:] x[:,0] x[:,1:3] x[None] x[:,None] x[...,None]
x[1,...,2] x[...,1::2,::2] x[:,:-1] x[1:3,::3]""".split()


def shapes():
    for s in SLICES:
        yield s, I(4, 3, 4)[..., :3] if s.count(",") > 1 else I(4, 4)
    for call in ("reshape(-1)", "reshape([2, -1])", "reshape(4, 3)",
                 "view(3, 4)", "view([-1])", "flatten()", "flatten(1)",
                 "flatten(-2, -1)", "unsqueeze(0)", "unsqueeze(-1)",
                 "unsqueeze(-2)", "permute([2, 0, 1])", "permute(0, -1, 1)",
                 "transpose(0, -1)", "transpose(1, 2)", "chunk(2, 1)",
                 "chunk(3, -1)", "chunk(4, 1)", "split(2, 1)",
                 "split([1, 2], 1)", "split(2, -1)", "flip(0)",
                 "flip([1, -1])", "roll(1, 1)", "roll(-1, -1)", "roll(2)",
                 "roll([1, 1], [0, 1])", "repeat(2, 1, 1)",
                 "repeat([2, 1, 1, 2])", "tile([2])", "expand(2, 2, 3, 2)",
                 "expand(-1, 3, 2)", "repeat_interleave(2)",
                 "repeat_interleave(2, 1)", "unbind(1)", "narrow(1, 1, 2)",
                 "select(1, -1)", "movedim(0, -1)", "squeeze()", "numel()",
                 "size()", "size(-1)", "dim()", "stride()", "contiguous()",
                 "index_select(1, torch.tensor([2, 0, 2]))", "mT",
                 "unfold(1, 2, 1)", "swapaxes(0, 1)", "is_contiguous()",
                 "view_as(torch.zeros(6, 2))", "diagonal(0, 1, 2)",
                 "tril()", "triu(1)", "as_strided([2, 2], [1, 3], 2)"):
        yield f"x.{call}", I(2, 3, 2)
    for call in ("squeeze(0)", "squeeze(1)", "squeeze(-1)", "squeeze()",
                 "T", "t()"):
        yield f"x.{call}", I(1, 3)
    yield "x.T", I(2, 3)
    yield "x.T.reshape(-1)", I(2, 3)
    yield "x.t().contiguous()", I(2, 3)
    yield "x.view(-1)", I(2, 3).t()
    yield "x.reshape(3, 0)", F(0, 3)
    yield "torch.cat([x, y], -1)", F(2, 2), F(2, 1)
    yield "torch.cat([x, y])", I(2), F(2)
    yield "torch.cat([x, y], 1)", torch.zeros(0), F(2, 2)
    yield "torch.stack([x, y], -1)", F(2), F(2)
    yield "torch.stack([x, y])", F(2), F(2)
    yield "torch.hstack([x, y])", F(2), F(3)
    yield "torch.vstack([x, y])", F(2), F(2)
    yield "torch.broadcast_tensors([x, y])", F(2, 1), F(3)
    yield "x.expand_as(y)", F(2, 1), F(2, 3)
    yield "torch.meshgrid([x, y], indexing='ij')", F(2), F(3)
    yield "torch.outer(x, y)", F(2), F(3)
    yield "torch.diag(x)", F(3)
    yield "torch.block_diag([x, y])", F(1, 2), F(2, 1)
    nn = "torch.nn.functional."
    for pad in ("(1, 2)", "(-1, 1)", "(1, 0, 0, 1)", "(0, 0, 1, -1)"):
        yield nn + f"pad(x, {pad})", F(1, 2, 3)
    yield nn + "pad(x, (1, 2), value=2.5)", F(1, 3)
    yield nn + "pad(x, (2, -1), value=1e30)", HALVES
    for mode in ("reflect", "replicate", "circular"):
        yield nn + f"pad(x, (2, 1), mode='{mode}')", F(1, 2, 4)
    yield nn + "pad(x, (4, 0), mode='reflect')", F(1, 1, 3)
    for call in ("zeros([2, 3])", "ones(2, dtype=torch.int64)",
                 "full([2], 3)", "full([2], 2.5)", 
                 "arange(5)", "arange(1, 7, 2)", "arange(0., 1., 0.3)",
                 "arange(5, 0, -2)", "arange(3., dtype=torch.int64)",
                 "linspace(-1, 1, 5)", "linspace(0, 1, 1)",
                 "logspace(0, 2, 3)", "eye(3)", "eye(2, 3)",
                 "tensor(2)", "tensor(2.5)", "tensor([1, 2])",
                 "tensor([[1., 2.], [3., 4.]])", "tensor(True)",
                 "tensor([1, 2.5])", "tensor(3, dtype=torch.float32)",
                 "zeros([0, 2]).shape", "hann_window(8)", "hann_window(1)",
                 "hann_window(7, periodic=False)", "hamming_window(6)",
                 "blackman_window(6)", "kaiser_window(6)", "bartlett_window(6)",
                 "fft.rfftfreq(8)", "fft.rfftfreq(5, 0.25)", "fft.fftfreq(5)",
                 "tril(torch.ones(3, 3))", "triu_indices(3, 3)"):
        yield f"torch.{call}", 
    yield "torch.full_like(x, 2)", F(2)
    yield "torch.full_like(x, 2.7)", I(2)
    yield "torch.ones_like(x, dtype=torch.bool)", F(2)
    yield "torch.zeros_like(x)", C(2)
    yield "x.new_zeros([2])", I(1)


def types():
    for kind in "fibdchsu":
        for to in ("float32", "int64", "bool", "float64"):
            if kind == "c" and to != "bool":
                continue
            yield f"x.to(torch.{to})", KINDS[kind](4)
    for call in ("long()", "int()", "double()", "half()", "float()",
                 "to(torch.uint8)", "to(torch.int8)", "to(torch.bfloat16)",
                 "to(torch.complex64)"):
        yield f"x.{call}", HALVES.abs() if "uint8" in call else HALVES
    yield "x.type_as(y)", F(3), I(1)
    yield "x.to(y)", I(3), F(1)
    yield "x.to('cpu', torch.float64)", F(2)
    yield "x.item()", torch.tensor(2.5)
    yield "x.item()", torch.tensor([3])
    yield "int(x)", torch.tensor(-2.7)
    yield "float(x)", torch.tensor(3)
    yield "bool(x)", torch.tensor([0.])
    yield "bool(x)", F(2)
    yield "x.dtype == torch.float32", F(1)
    yield "x.is_floating_point()", I(1)
    yield "x.is_complex()", C(1)
    yield "len(x)", F(3, 2)
    yield "x.shape", F(3, 2)
    yield "x.ndim", F(3, 2)
    yield "x.element_size()", KINDS["d"](1)
    yield "torch.result_type(x, y)", I(1), F(1)
    yield "torch.promote_types(x.dtype, y.dtype)", KINDS["h"](1), I(1)
    yield "torch.equal(x, y)", I(2), I(2)
    yield "torch.allclose(x, y)", torch.ones(2), torch.ones(2) + 1e-6


def memory():
    """Writing through views, and indices."""
    def on_copy(*lines):
        return "\n".join(["y = x.clone()", *lines, "return y"])

    for write in ("y[0] = 5", "y[:, 1] = 2.5", "y[..., ::2] *= -1",
                  "y[1:, :2] += 1", "y[:, -1].zero_()", "y.add_(1, alpha=2)",
                  "y.mul_(y)", "y.div_(2)", "y.sub_(1)", "y.clamp_(-1, 1)",
                  "y.fill_(3)", "y[0].copy_(y[1])", "y.t()[1:].fill_(0)",
                  "y[y > 0] = -1", "y.masked_fill_(y < 0, 9)",
                  "y[torch.tensor([1, 0])] = torch.zeros(2, 3)",
                  "y.view(-1)[::2] = 1", "y.neg_()", "y.abs_().sqrt_()",
                  "y[:, None][1] -= 1", "y.index_fill_(1, torch.tensor([0]),"
                  " 7)", "y.relu_()", "y.pow_(2)", "y.tanh_()",
                  "y.unsqueeze_(0)", "y.transpose_(0, 1)",
                  "y.index_add_(0, torch.tensor([0, 0]), x)",
                  "y.scatter_(1, torch.tensor([[0], [2]]), 9.)",
                  "y.index_copy_(0, torch.tensor([1, 0]), x)"):
        yield on_copy(write), F(2, 3)
    yield on_copy("y[0] = 2.7"), I(2, 2)
    yield on_copy("y += 1.5"), I(2, 2)
    yield on_copy("y /= 2"), I(2, 2)
    yield on_copy("y[:, 0] = x[:, 1] + 0.5"), I(2, 2)
    yield on_copy("z = y[1:]", "w = z[..., :2]", "w += 1",
                  "y.t()[0] *= 2"), F(3, 3)
    yield on_copy("y.copy_(y[0].clone())"), F(2, 3)
    yield on_copy("torch.div(x, 2., out=y)"), F(2)
    yield "x[y]", F(4, 2), I(3, low=-4, high=3)
    yield "x[y]", F(4), B(4)
    yield "x[:, y]", F(2, 4), I(3, low=0, high=3)
    yield "x[y, z]", F(4, 4), I(3, low=0, high=3), I(3, low=0, high=3)
    yield "x[y]", F(3), I(2, 2, low=0, high=2)
    yield "x[x > 0]", F(6)
    yield "x.masked_fill(y, -1.)", F(4), B(4)
    yield "x.masked_select(y)", F(4), B(4)
    yield "x.gather(1, y)", F(2, 3), I(2, 2, low=0, high=2)
    yield "x.gather(-1, y)", F(2, 3), I(2, 3, low=0, high=2)
    yield "x.scatter(1, y, z)", F(2, 3), torch.tensor([[0, 2], [1, 0]]), F(2,
                                                                           2)
    yield "x.scatter_add(0, y, z)", F(3), torch.tensor([0, 0, 2]), F(3)
    yield "x.take(y)", F(2, 3), I(3, low=0, high=5)
    yield "x.index_put([y], z)", F(3), torch.tensor([0, 2]), F(2)
    yield "torch.nonzero(x)", I(2, 3, low=0, high=1)
    yield "x[5]", F(3)
    yield "x + y", F(2), F(3)
    yield "x.view(4)", F(3)
    nn = "torch.nn.functional."
    yield nn + "embedding(x, y)", I(2, 2, low=0, high=3), F(4, 2)
    yield nn + "one_hot(x, 4)", I(3, low=0, high=3)
    yield nn + "one_hot(x)", I(3, low=0, high=3)


def scalars():
    """Numbers without tensors."""
    for e in ("7 // 2", "-7 // 2", "7 % -3", "-7 % 3", "7.5 // 2.0",
              "-7.5 % 2.0", "7.5 % -2.0", "2 ** 3", "2 ** -1", "2.0 ** 0.5",
              "7 / 2", "1 / 3", "int(7.9)", "int(-7.9)", "float(3)",
              "round(2.5)", "round(-2.5)", "round(3.5)", "abs(-3)",
              "max(2, 3.5)", "min([3, 1, 2])", "max([1., 3.])", "sum([1, 2])",
              "1 if 2 > 1 else 0", "not True", "3 & 6", "3 | 6", "3 ^ 6",
              "1 << 4", "bool(0.5)", "int(True)", "1 == 1.0", "'a' + 'b'",
              "'a' < 'b'", "len('abc')", "'%d %s' % (3, 'x')",
              "'{} {}'.format(1, 2.5)", "str(1.0)", "str(1e20)",
              "[1, 2] + [3]", "[1, 2] * 2", "[1, 2, 3][1:]", "[1, 2, 3][-1]",
              "2 in [1, 2]", "[1, 2] == [1, 2]", "(1, 'a', 2.5)[1]",
              "float('inf') > 1e30", "1e-400", "1.", "-0.0",
              "9223372036854775807", "[i * 2 for i in range(3)]",
              "sorted([3, 1, 2])", "list(range(5, 0, -2))", "{'a': 1}['a']",
              "len({1: 2, 3: 4})"):
        yield e,
    for e in ("x + y", "x - y", "x * y", "x / y", "x // y", "x % y", "x ** y",
              "x < y", "x == y", "max(x, y)"):
        yield e, -7, 3
        yield e, 7.5, -2.25
        yield e, 5, 2.5
    yield "x[0] + x[-1]", [1, 2, 3]
    yield "x // y", 1, 0
    yield "s = 0\nfor i in range(x):\n  if i == 3:\n    continue\n"\
        "  if i > 6:\n    break\n  s += i\nreturn s", 10
    yield "n = 0\nwhile x > 1:\n  x = x // 2\n  n += 1\nreturn n", 100
    yield "x.append(4)\nx.pop(0)\nreturn x", [1, 2, 3]
    yield "a, b = x, y\na, b = b, a\nreturn a - b", 5, 3


def of_complex_numbers():
    """What picks, puts and adds up elements as they are."""
    i, m = torch.tensor([[0, 2], [1, 1]]), torch.tensor([True, False, True])
    yield "torch.where(x, y, z)", m, C(2, 3), C(3)
    yield "torch.where(x, y, z)", m, C(3), F(2, 3)
    yield "x.masked_fill(y, 2.5)", C(2, 3), m
    yield "x.masked_fill_(y, 0)", C(3), m
    yield "torch.gather(x, 1, y)", C(2, 3), i
    yield "torch.gather(x, 0, y)", C(3, 2), i
    yield "x.index_select(1, y)", C(2, 3), torch.tensor([2, 0, 2])
    yield "torch.take(x, y)", C(2, 3), i
    yield "x[y]", C(4, 2), torch.tensor([3, 0])
    yield "x[:, y]", C(2, 3), m
    yield "x[y] = z\nreturn x", C(4), torch.tensor([3, 0]), C(2)
    yield "x[y] = 1.5\nreturn x", C(3), m
    yield ("x.index_put_([y], z, accumulate=True)", C(4),
           torch.tensor([3, 3]), C(2))
    yield "x.index_add(0, y, z)", C(4, 2), torch.tensor([3, 3]), C(2, 2)
    yield ("x.index_add(0, y, z, alpha=2)", C(4, 2), torch.tensor([1, 3]),
           C(2, 2))
    yield "x.index_copy(1, y, z)", C(2, 4), torch.tensor([1, 3]), C(2, 2)
    yield "x.scatter(1, y, z)", C(2, 3), torch.tensor([[0, 2], [1, 2]]), \
        C(2, 2)
    yield "x.scatter_add(1, y, z)", C(2, 3), i, C(2, 2)
    yield "x.tril()", C(3, 3)
    yield "torch.masked_select(x, y)", C(3), m
    for axis in (0, 1, -1):
        yield f"torch.cumsum(x, {axis})", C(3, 5)
        yield f"x.cumprod({axis})", C(3, 5)
        yield f"x.prod({axis})", C(3, 5)
    yield "x.prod(1, keepdim=True)", C(2, 7)
    yield "x.prod()", C(2, 3)
    yield "x.cumsum(0)", C(1)
    yield "x.cumsum(0, dtype=torch.complex64)", F(3)
    yield "x.cumsum_(0)", C(9)
    yield "torch.roll(x, 1, 0).flip(0)", C(5)


def with_other_names():
    """Functions that stand for others, or nearly so."""
    for name in ("fmax", "fmin"):
        yield f"torch.{name}(x, y)", F(2, 3), F(3)
        yield f"torch.{name}(x, y)", I(3), F(3)
        yield f"torch.{name}(x, y)", ODD, ODD.flip(0)
        yield f"torch.{name}(x, y)", I(3), I(3)
    for clip in ("-1, 1", "min=0.5", "max=0", "-0.5, None"):
        yield f"torch.clip(x, {clip})", HALVES
        yield f"torch.clip(x, {clip})", SIGNS
    yield "torch.sinc(x)", HALVES
    yield "torch.count_nonzero(x)", SIGNS
    yield "torch.count_nonzero(x, 1)", torch.tensor(
        [[0., 1., -0.], [2., 3., 0.]])
    yield "x.moveaxis(0, -1)", I(2, 3, 2)
    yield "x.ravel()", F(2, 3)
    yield "x.new_full([2, 2], 1.5)", F(3)
    yield "x.new_full([2], 7)", I(3)
    yield "torch.take_along_dim(x, y, 1)", F(2, 4), torch.tensor(
        [[3, 0], [1, 1]])


def of_versions():
    """Functions that once meant something else."""
    for version in (3, 4):
        yield version, "torch.div(x, 2.5)", SIGNS
        yield version, "torch.div(x, y)", SIGNS, DIVISORS
        yield version, "torch.div(x, 2)", SIGNS
        yield version, "torch.div(x, y)", SIGNS.float(), DIVISORS
    yield 3, "x.div_(2)", SIGNS
    for version in (4, 5):
        yield version, "torch.full([2], 3)"
        yield version, "torch.full([2], 3, dtype=torch.int64)"
    for version in (7, 8):
        yield version, "torch.linspace(0, 1, 5)"
        yield version, "torch.logspace(0, 1, 5)"
    for version in (9, 10):
        yield version, "torch._C._nn.gelu(x)", F(4)


def cases(noise):
    for group in (arithmetic, elementwise, reductions, shapes, types, memory,
                  scalars):
        yield from group()
    yield from function_layers.cases(noise)
    yield from function_places.cases()
    yield from function_collections.cases()
    yield from of_complex_numbers()
    yield from with_other_names()
