"""Golden numbers of elementwise ops, reductions, moves of shape, tables and
losses: elementwise.h, reduce.h, shape.h, index.h, loss.h. A case has a name,
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

if __name__ == "__main__":
    write("elementwise", ELEMENTWISE)
