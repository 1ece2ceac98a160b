"""Golden numbers of elementwise ops, reductions, moves of shape, tables and
losses: elementwise.h, reduce.h, shape.h, index.h, loss.h, types.h,
fourier.h. A case has a name,
the shapes of its inputs and a function; the same names stand in the tests."""
import torch
import torch.nn.functional as F
from common import Header, backward, noise

SEED = 9


def write(name, cases):
    h = Header(name + ".h", "basic.py")
    rows = []
    for case, shapes, f in cases:
        x = [noise(1 + i, *s) for i, s in enumerate(shapes)]
        y = f(*x)
        results = {"y": y}
        if y.requires_grad:
            backward([y], SEED)
            results |= {f"d{i}": v.grad for i, v in enumerate(x)
                        if v.grad is not None}
        for k, v in results.items():
            array = f"{case.replace(' ', '_')}_{k}"
            h.array(array, v)
            rows.append((f'"{case} {k}"', array, v.numel()))
    rows.append(("NULL", "NULL", 0))
    h.table(f"static const golden_numbers {name}_golden[]", rows)
    h.close()


def unary(name, f, scale=3.0, shift=0.0):
    return name, [(2, 3, 4)], lambda x: f(x * scale + shift)


def gated(x, axis):
    a, b = x.chunk(2, axis)
    return torch.tanh(a) * torch.sigmoid(b)


def snake(x, alpha):
    a = (alpha + 2)[:, None]
    return x + torch.sin(a * x)**2 / (a + 1e-9)


ELEMENTWISE = [
    unary("relu", F.relu),
    unary("leaky relu", lambda x: F.leaky_relu(x, 0.2)),
    unary("tanh", torch.tanh),
    unary("sigmoid", torch.sigmoid),
    unary("mish", F.mish),
    unary("gelu", F.gelu),
    unary("gelu tanh", lambda x: F.gelu(x, approximate="tanh")),
    unary("silu", F.silu),
    unary("softplus", F.softplus),
    unary("elu", lambda x: F.elu(x, 0.7)),
    unary("abs", torch.abs),
    unary("exp", torch.exp, 1),
    unary("log", torch.log, 0.5, 1),
    unary("log1p", torch.log1p, 0.5),
    unary("pow", lambda x: x**2.5, 0.5, 1),
    unary("reciprocal", torch.reciprocal, 0.5, 1),
    unary("sqrt", torch.sqrt, 0.5, 1),
    unary("sin", torch.sin),
    unary("cos", torch.cos),
    unary("square", torch.square),
    unary("clamp", lambda x: torch.clamp(x, -1, 0.8)),
    unary("affine", lambda x: -2 * x + 0.5),
    unary("sign", torch.sign),
    unary("floor", torch.floor),
    unary("round", torch.round),
    ("add", [(3, 4), (3, 4)], lambda x, y: x + y),
    ("sub", [(3, 4), (3, 1)], lambda x, y: x - y),
    ("mul", [(2, 3, 4), (3, 1)], lambda x, y: x * y),
    ("mul outer", [(1, 3, 1), (2, 1, 4)], lambda x, y: x * y),
    ("mul row", [(3,), (2, 4, 3)], lambda x, y: x * y),
    ("div", [(3, 4), (2, 1, 1)], lambda x, y: x / (y + 2)),
    ("div by signal", [(3, 1), (1, 4)], lambda x, y: x / (y + 2)),
    ("max", [(3, 4), (3, 4)], torch.maximum),
    ("min", [(3, 4), (1,)], lambda x, y: torch.minimum(x, y + 0.1)),
    ("gated", [(2, 6, 3)], lambda x: gated(x, 1)),
    ("gated last", [(2, 3, 4)], lambda x: gated(x, 2)),
    ("snake", [(2, 3, 4), (3,)], snake),
]


def reduction(name, axes, keep, f, shape=(2, 3, 4)):
    return name, [shape], lambda x: f(x, dim=axes, keepdim=keep)


def norm2(x, dim, keepdim):
    return torch.linalg.vector_norm(x, 2, dim, keepdim)


def var(x, dim, keepdim, unbiased):
    return torch.var(x, dim, unbiased=unbiased, keepdim=keepdim)


REDUCE = [
    reduction("sum channels", (1,), False, torch.sum),
    reduction("sum kept", (0, 1), True, torch.sum),
    reduction("sum time", (2,), False, torch.sum),
    reduction("sum all", (0, 1, 2), False, torch.sum),
    reduction("mean channels", (1,), True, torch.mean),
    reduction("mean time", (0, 2), True, torch.mean),
    reduction("max channels", (1,), False, torch.amax),
    reduction("max time", (1, 2), False, torch.amax),
    reduction("min channels", (0, 1), False, torch.amin),
    reduction("norm1", (1,), False,
              lambda x, dim, keepdim: x.abs().sum(dim, keepdim)),
    reduction("norm2", (1,), False, norm2),
    reduction("norm2 time", (0, 2), True, norm2),
    reduction("var", (1,), False,
              lambda x, dim, keepdim: var(x, dim, keepdim, False)),
    reduction("var unbiased", (1, 2), True,
              lambda x, dim, keepdim: var(x, dim, keepdim, True)),
    ("expand", [(3, 1)], lambda x: x.expand(2, 3, 4)),
    ("expand frames", [(3, 1, 4)], lambda x: x.expand(3, 2, 4)),
    ("expand as", [(2, 1, 1), (2, 3, 4)], lambda x, y: x.expand_as(y) * y),
    ("sum to", [(2, 3, 4)], lambda x: x.sum((0, 1))[None]),
]


def alternated(x):
    signs = torch.ones_like(x)
    signs[:, 1::2, ::2] = -1
    return x * signs


def folded(x, p):
    b, c, n = x.shape
    return x[:, :, :n // p * p].reshape(b, c, n // p, p)


def written(old, value):
    new = old.clone()
    new.as_strided((2, 2), (5, 2), 1)[:] = value
    return new


def spanned(old, value, to, start, count):
    new = old.clone()
    new[:, to:to + count] = value[:, start:start + count]
    return new


SHAPE = [
    ("reshape", [(6, 4, 2)], lambda x: x.reshape(2, 3, 4, 2)),
    ("reshape merge", [(2, 3, 4, 2)], lambda x: x.reshape(6, 4, 2)),
    ("reshape across", [(4, 6)], lambda x: x.reshape(3, 8)),
    ("permute", [(2, 3, 4)], lambda x: x.permute(1, 2, 0)),
    ("transpose reshape", [(2, 3, 4)],
     lambda x: x.transpose(0, 1).reshape(6, 4)),
    ("transpose split", [(6, 4)],
     lambda x: x.reshape(2, 3, 4).transpose(0, 1)),
    ("slice", [(2, 7, 3)], lambda x: x[:, 1:7:2]),
    ("slice slice", [(2, 7, 3)], lambda x: x[:, 1:7:2][:, 1:2]),
    ("pad channels", [(2, 3, 4)], lambda x: F.pad(x, (0, 0, 1, 2))),
    ("crop channels", [(2, 4, 3)], lambda x: F.pad(x, (0, 0, -1, -1))),
    ("pad and crop", [(2, 4, 3)], lambda x: F.pad(x, (0, 0, -2, 1))),
    ("pad time", [(2, 2, 4)], lambda x: F.pad(x, (2, 1))),
    ("crop time", [(2, 2, 6)], lambda x: F.pad(x, (-2, -1))),
    ("shift time", [(2, 2, 6)], lambda x: F.pad(x, (2, -3))),
    ("pad crop pad", [(2, 7)], lambda x: F.pad(x[:, 2:], (3, 1))),
    ("concat", [(2, 1, 3), (2, 2, 3), (2, 3, 3)],
     lambda *x: torch.cat(x, 1)),
    ("concat many", [(2, 3)], lambda x: torch.cat([x] * 19, 0)),
    ("repeat", [(2, 2, 3)], lambda x: x.repeat_interleave(3, 2)),
    ("fold", [(2, 2, 7)], lambda x: folded(x, 3)),
    ("unfold", [(2, 3, 2)], lambda x: x.reshape(2, 6)),
    ("unfold fold", [(2, 2, 7)], lambda x: folded(x, 2).reshape(2, 2, 6)),
    ("alternate", [(2, 3, 5)], alternated),
    ("roll", [(2, 5, 2)], lambda x: x.roll(2, 1)),
    ("roll back", [(2, 5, 2)], lambda x: x.roll(-1, 1)),
    ("flip", [(2, 3, 2)], lambda x: x.flip(1)),
    ("flip time", [(2, 5)], lambda x: x.flip(1)),
    ("as strided", [(3, 5)], lambda x: x.contiguous().as_strided(
        (2, 3), (6, 2), 2)),
    ("as strided over", [(8,)], lambda x: x.as_strided((3, 4), (2, 1), 0)),
    ("write view", [(2, 5), (2, 2)], written),
    ("write span", [(2, 5, 2), (2, 4, 2)],
     lambda x, y: spanned(x, y, 1, 2, 2)),
    ("write no span", [(2, 5, 2), (2, 4, 2)],
     lambda x, y: x.clone() + 0 * y.sum()),
    ("contiguous", [(2, 3, 2)], lambda x: x.clone()),
    ("eight axes", [(6, 2, 3, 2)], lambda x: x.reshape(
        2, 1, 3, 1, 2, 1, 3, 2).permute(7, 2, 1, 0, 3, 6, 5, 4)),
]


def indices(x, q):
    return ((x.detach() + 1) * q / 2).long()


def ignoring(x, t):
    target = torch.where(t < 1, -100, t)
    loss = F.cross_entropy(x.transpose(1, 2), target, reduction="none",
                           ignore_index=-100)
    return loss


INDEX = [
    ("embedding", [(5, 3), (2, 4)], lambda t, i: F.embedding(indices(i, 5), t)),
    ("pick", [(2, 4, 5), (2, 4)], lambda x, i: torch.gather(
        x, 2, indices(i, 5)[..., None])[..., 0]),
]
LOSS = [
    ("softmax last", [(2, 4, 3)], lambda x: F.softmax(3 * x, 2)),
    ("softmax channels", [(2, 3, 4)], lambda x: F.softmax(3 * x, 1)),
    ("log softmax", [(2, 3, 4)], lambda x: F.log_softmax(3 * x, 1)),
    ("cross entropy", [(2, 4, 5), (2, 4)], lambda x, t: F.cross_entropy(
        3 * x.transpose(1, 2), indices(t, 5), reduction="none")),
    ("cross entropy ignoring", [(2, 4, 5), (2, 4)],
     lambda x, t: ignoring(x, indices(t, 5))),
    ("binary cross entropy", [(2, 5), (2, 5)],
     lambda x, t: F.binary_cross_entropy_with_logits(
         3 * x, (t + 1) / 2, reduction="none")),
    ("l1", [(2, 5), (2, 5)], lambda x, y: (x - y).abs()),
    ("l2", [(2, 5), (2, 5)], lambda x, y: (x - y)**2),
]

TWO = [(2, 3, 4), (2, 3, 4)]
FOUR = TWO + [(3, 1), (3, 1)]


def complex_(name, f, shapes=TWO):
    """f of z, made of the first two inputs, and w, made of the others."""
    def g(*x):
        w = torch.complex(x[2] + 2, x[3]) if len(x) == 4 else None
        y = f(torch.complex(x[0], x[1]), w)
        return torch.view_as_real(y) if y.is_complex() else y
    return name, shapes, g


def whole(x):
    return (10 * x).to(torch.int64)


def integers(name, f):
    return name, TWO, lambda x, y: f(
        whole(x), (3 * y).to(torch.int64)).detach().double()


def compared(name, f):
    return name, TWO, lambda x, y: f(whole(x), whole(y)).double()


def through(name, type_):
    return ("through " + name, [(2, 3, 4)],
            lambda x: torch.real((50 * x + 60).detach().to(type_)).to(
                torch.float64).clone())


def moved(z, w):
    both = torch.cat((z, z), 1)[:, 1:5:2]
    return F.pad(torch.view_as_real(both), (0, 0, 0, 0, 1, 0)).transpose(0, 1)


def strided(x, y):
    return torch.view_as_real(torch.complex(x, y).as_strided((2, 3), (2, 1),
                                                             1))


TYPES = [
    complex_("product", lambda z, w: z * w, FOUR),
    complex_("quotient", lambda z, w: z / w, FOUR),
    complex_("sum", lambda z, w: z + w, FOUR),
    complex_("difference", lambda z, w: z - w, FOUR),
    complex_("square", lambda z, w: z * z),
    complex_("scaled", lambda z, w: -3 * z),
    complex_("magnitude", lambda z, w: z.abs()),
    complex_("angle", lambda z, w: z.angle()),
    complex_("conjugate", lambda z, w: z.conj() * z),
    complex_("exponential", lambda z, w: z.exp()),
    ("polar", TWO, lambda x, y: torch.view_as_real(torch.polar(x + 2, 3 * y))),
    complex_("two parts", lambda z, w: 2 * z.real - z.imag),
    ("only real", TWO, lambda x, y: torch.view_as_real(
        x * torch.complex(x, y))),
    ("only imaginary", TWO, lambda x, y: torch.view_as_real(
        y * 1j * torch.complex(x, y))),
    ("pairs", [(3, 4, 2)], lambda x: torch.view_as_complex(x).abs()),
    ("pairs turned", [(3, 2, 4)], lambda x: torch.view_as_complex(
        x.transpose(1, 2).contiguous()).abs()),
    complex_("cast down", lambda z, w: z.real),
    ("cast up", TWO, lambda x, y: torch.view_as_real(
        x.to(torch.complex128) * torch.complex(x, y))),
    complex_("complex sum", lambda z, w: z.sum(1)),
    complex_("complex mean", lambda z, w: z.mean(0, keepdim=True)),
    complex_("complex moves", moved),
    ("complex strided", [(6,), (6,)], strided),
    complex_("complex where", lambda z, w: torch.where(z.real > 0, z, 2 * z)),
    ("choice", [(2, 3, 4), (3, 1)], lambda x, y: torch.where(x < y, x * y, y)),
    ("choice of number", TWO, lambda x, y: torch.where(
        y > 0.1, x, torch.full((), 3.0, dtype=torch.float64))),
    ("logic", TWO, lambda x, y: torch.where(
        ((x > -0.5) & ~(x > 0.5)) | (y > 0.8), x, 2 * y)),
    ("same complex", TWO, lambda x, y: (whole(x) == whole(y)).double()),
    integers("integer sum", torch.add),
    integers("integer difference", torch.sub),
    integers("integer product", torch.mul),
    integers("integer maximum", torch.maximum),
    compared("equal", torch.eq),
    compared("unequal", torch.ne),
    compared("less", torch.lt),
    compared("less or equal", torch.le),
    compared("greater", torch.gt),
    compared("greater or equal", torch.ge),
    through("f64", torch.float64),
    through("f32", torch.float32),
    through("f16", torch.float16),
    through("i64", torch.int64),
    through("i32", torch.int32),
    through("u8", torch.uint8),
    through("bool", torch.bool),
    through("c64", torch.complex128),
]

NORMS = ("backward", "ortho", "forward")


def fourier(n, inverse, norm):
    f = torch.fft.ifft if inverse else torch.fft.fft
    return (f"fourier {n} {'back' if inverse else 'there'} {norm}",
            [(2, n), (2, n)],
            lambda x, y: torch.view_as_real(f(torch.complex(x, y), norm=norm)))


def real_fourier(n, norm):
    return (f"real {n} {norm}", [(2, n)],
            lambda x: torch.view_as_real(torch.fft.rfft(x, norm=norm)))


def real_fourier_back(n, norm):
    bins = (2, n // 2 + 1)
    return (f"real back {n} {norm}", [bins, bins],
            lambda x, y: torch.fft.irfft(torch.complex(x, y), n, norm=norm))


FOURIER = [
    *(fourier(n, inverse, "backward") for n in (1, 2, 6, 7, 15, 37)
      for inverse in (False, True)),
    *(fourier(6, inverse, norm) for inverse in (False, True)
      for norm in NORMS[1:]),
    *(real_fourier(n, "backward") for n in (1, 2, 3, 6, 15, 37, 74)),
    *(real_fourier(6, norm) for norm in NORMS[1:]),
    *(real_fourier_back(n, "backward") for n in (1, 2, 3, 6, 15, 37, 74)),
    *(real_fourier_back(6, norm) for norm in NORMS[1:]),
    ("fourier of frames", [(2, 6, 3)], lambda x: torch.fft.rfft(
        x, dim=1).abs()),
]

if __name__ == "__main__":
    write("elementwise", ELEMENTWISE)
    write("reduce", REDUCE)
    write("shape", SHAPE)
    write("index", INDEX)
    write("loss", LOSS)
    write("types", TYPES)
    write("fourier", FOURIER)
