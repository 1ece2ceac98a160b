"""Cases of functions.py: whole numbers that no real one of 32 bits holds, bits,
signs of powers, and functions that find places or make matrices."""
import torch
from function_inputs import F, I

LARGE = torch.tensor([[2**24 + 1, -2**24 - 3, 2**40 + 7],
                      [-2**52 - 5, 2**52 + 1, 2**31 + 1],
                      [0, -1, 2**53 - 1]])
AT = torch.tensor([2, 0, 2, 1])
BYTES = torch.tensor([0, 1, 129, 254, 255], dtype=torch.uint8)
SMALL = torch.tensor([-128, -1, 0, 5, 127], dtype=torch.int8)


def exact():
    yield "x[y]", LARGE, AT
    yield "x[:, y]", LARGE, AT
    yield "x[y, y]", LARGE, AT
    yield "x[y]", LARGE.to(torch.int32), AT
    yield "torch.index_select(x, 1, y)", LARGE, AT
    yield "torch.take(x, y)", LARGE, torch.tensor([[8, 0], [3, 5]])
    yield "torch.gather(x, 1, y)", LARGE, torch.tensor([[0, 2], [1, 0]])
    yield "torch.gather(x, 0, y)", LARGE, torch.tensor([[0, 2, 1]])
    top = torch.tensor([[2, 0, 1], [1, 2, 0]])
    yield "torch.scatter(x, 1, y, z)", LARGE[:2], top, LARGE[1:]
    yield "torch.scatter(x, 1, y, 9007199254740993)", LARGE[:2], top
    yield ("torch.scatter_add(x, 1, y, z)", LARGE[:2],
           torch.tensor([[2, 2, 1], [1, 0, 1]]), LARGE[1:])
    yield ("torch.scatter_add(x, 0, y, z)", LARGE, top, LARGE[:2])
    yield "x[y] = z\nreturn x", LARGE, AT[:2], LARGE[:2]
    yield "x[:, y] = z\nreturn x", LARGE, AT[:2], LARGE[:, :2]
    yield "x[y] += z\nreturn x", LARGE, AT[:2], LARGE[1:]
    yield ("torch.index_put(x, [y], z, accumulate=True)", LARGE, AT,
           LARGE[AT])
    yield ("x[y, z] = 9007199254740985\nreturn x",
           LARGE, AT[:2], AT[1:3])
    yield "torch.index_add(x, 0, y, z, alpha=3)", LARGE, AT, LARGE[AT]
    yield "torch.index_add(x, 1, y, z)", LARGE, AT, LARGE[:, AT]
    yield "torch.index_copy(x, 1, y, z)", LARGE, AT[:2], LARGE[:, 1:]
    yield "torch.index_fill(x, 1, y, 9007199254740993)", LARGE, AT[:2]
    middle = (LARGE % 2**29).to(torch.int32)
    yield "torch.index_add(x, 0, y, z)", middle, AT, middle[AT]
    yield "torch.einsum('ij,jk->ik', [x, y])", LARGE[:, :2], LARGE[:2, :]
    yield "torch.einsum('ij->j', [x])", LARGE
    yield ("torch.einsum('ij,jk,kl->il', [x, y, z])", LARGE[:2] // 2**30,
           I(3, 2), I(2, 3))
    yield "torch.einsum('bi,ij,bj->b', [x, y, z])", F(2, 3), F(3, 4), F(2, 4)
    yield "torch.einsum('ij,ij->i', [x, y])", LARGE, LARGE.flip(0)
    yield "torch.einsum('ii->i', [x])", LARGE
    yield "torch.clamp(x, -5, 5000000000)", LARGE
    yield "torch.fmod(x, y)", LARGE[0], torch.tensor([-1000, 7, -13])
    yield ("torch.div(x, y, rounding_mode='trunc')", LARGE[1],
           torch.tensor([10, -3, -2**31]))
    for op in ("&", "|", "^"):
        yield f"x {op} y", LARGE[1], LARGE[0]
        yield f"x {op} y", BYTES, BYTES.flip(0)
        yield f"x {op} y", SMALL, SMALL.flip(0)
        yield f"x {op} 6", I(4)
        yield f"x {op}= y\nreturn x", I(4), I(4)
    yield "x <<= 2\nreturn x", I(4)
    yield "x >>= 1\nreturn x", I(4)


def powers():
    base = torch.tensor([-2., -1., 0., 1.5, -1.5, -2.])
    yield "x ** y", base, torch.tensor([3., -2., 0., 2.5, 4., 0.])
    yield "x ** y", base, torch.tensor([.5, 1., 2., 0., .5, 2.])
    yield "x ** y", torch.tensor([-3, 7, 0, 2]), torch.tensor([5, 6, 0, 10])
    yield "torch.signbit(x)", I(4)
    yield "torch.round(x, decimals=-1)", F(4) * 20


def places():
    yield "torch.nonzero(x)", torch.tensor([0., -1.5, 0., 2.])
    yield "torch.nonzero(x)", torch.zeros(2, 2)
    yield "torch.bincount(x)", torch.tensor([3, 3, 0])
    yield "torch.triu_indices(2, 4, 1)",
    yield "torch.tril_indices(3, 2, -1)",
    yield "torch.diag(x, 1)", F(3)
    yield "torch.diag(x, -2)", I(2)
    yield "torch.diag(x, 1)", F(3, 4)
    yield "torch.meshgrid([x, y], indexing='xy')", F(2), F(3)
    yield "torch.meshgrid([x, y])", F(2), torch.tensor(2.5)
    yield "torch.cdist(x, y, 1.)", F(2, 3, 2), F(2, 4, 2)
    yield "x.median()", F(4)
    yield "x.median()", I(5)
    for name in ("fft2", "ifft2", "rfft2", "fftn", "ifftn", "rfftn"):
        yield f"torch.fft.{name}(x)", F(3, 4, 6)
    yield "torch.fft.fftn(x, dim=[0, 2])", F(3, 2, 4)
    yield "torch.fft.fft2(x, norm='ortho')", F(3, 4)


def words():
    yield "torch.div(x, y, rounding_mode='up')", F(3), F(3)
    yield "torch.fft.fft(x, norm='odd')", F(4)
    yield "torch.nn.functional.gelu(x, approximate='fast')", F(3)
    yield "torch.meshgrid([x, y], indexing='yx')", F(2), F(3)


def cases():
    for group in (exact, powers, places, words):
        yield from group()
