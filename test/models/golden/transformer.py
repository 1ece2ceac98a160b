"""Golden logits, losses and gradients of small Transformers: transformer.h.
Each is one pass from the beginning of the sound, of which the last frames are
taken: what was heard before is enough to make that no difference."""
import math
import os
import sys
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
import common
from common import Header, noise, text

common.HERE = HERE
ROWS, FRAMES = 2, 16


class Norm(torch.nn.Module):
    def __init__(self, dim, rms):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(dim))
        if not rms:
            self.bias = torch.nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        if hasattr(self, "bias"):
            return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, 1e-5)
        return x / torch.sqrt((x * x).mean(-1, True) + 1e-5) * self.weight


class Layer(torch.nn.Module):
    def __init__(self, dim, heads, window, factor, gated, rms, alibi):
        super().__init__()
        self.heads, self.window = heads, window
        self.gated, self.alibi = gated, alibi
        self.norm1, self.norm2 = Norm(dim, rms), Norm(dim, rms)
        self.attention = torch.nn.ModuleDict({
            "in": torch.nn.Linear(dim, 3 * dim),
            "out": torch.nn.Linear(dim, dim)})
        if not alibi:
            self.attention.register_parameter(
                "distances",
                torch.nn.Parameter(torch.zeros(heads, window)))
        self.linear1 = torch.nn.Linear(dim, (1 + gated) * factor * dim)
        self.linear2 = torch.nn.Linear(factor * dim, dim)

    def attend(self, x):
        rows, n, dim = x.shape
        q, k, v = (y.reshape(rows, n, self.heads, -1) for y in
                   self.attention["in"](x).split(dim, -1))
        score = torch.einsum("bihd,bjhd->bhij", q, k) / math.sqrt(q.shape[3])
        apart = torch.arange(n)[:, None] - torch.arange(n)[None]
        if self.alibi:
            slope = 2.0 ** (-8 * torch.arange(1, self.heads + 1) / self.heads)
            score = score - slope.double()[:, None, None] * apart
        else:
            score = score + self.attention.distances[
                :, apart.clamp(0, self.window - 1)]
        hidden = (apart < 0) | (apart >= self.window)
        p = score.masked_fill(hidden, -math.inf).softmax(-1)
        return self.attention["out"](
            torch.einsum("bhij,bjhd->bihd", p, v).reshape(rows, n, dim))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        y = self.linear1(self.norm2(x))
        if self.gated:
            a, b = y.chunk(2, -1)
            y = F.silu(a) * b
        else:
            y = F.gelu(y)
        return x + self.linear2(y)


class Entry(torch.nn.Module):
    """A tier, or the sample level, whose span is 1."""

    def __init__(self, ins, size, span, dim, layers, up, rms, **how):
        super().__init__()
        self.size, self.span = size, span
        self.input = torch.nn.Conv1d(ins, dim, size, span)
        self.layers = torch.nn.ModuleList(
            Layer(dim, rms=rms, **how) for _ in range(layers))
        self.norm = Norm(dim, rms)
        if up:
            self.up, self.dim_below = torch.nn.Linear(dim, up[0] * up[1]), up[1]

    def forward(self, x, above):
        n = x.shape[2] // self.span
        y = self.input(F.pad(x, (self.size, 0)))[..., :n].transpose(1, 2)
        if above is not None:
            y = y + above
        for layer in self.layers:
            y = layer(y)
        y = self.norm(y)
        if hasattr(self, "up"):
            y = self.up(y).reshape(y.shape[0], -1, self.dim_below)
        return y


class Transformer(torch.nn.Module):
    def __init__(self, sizes, dims, layers, windows, levels, embedding, head,
                 temperature, **how):
        super().__init__()
        self.levels, self.temperature = levels, temperature
        spans = sizes[:-1] + [1]
        entries = [
            Entry(embedding if embedding and i == len(dims) - 1 else 1,
                  sizes[i], spans[i], dims[i], layers[i],
                  (spans[i] // spans[i + 1], dims[i + 1])
                  if i + 1 < len(dims) else None,
                  window=windows[i], **how)
            for i in range(len(dims))]
        self.tiers = torch.nn.ModuleList(entries[:-1])
        self.sample = entries[-1]
        if embedding:
            self.sample.embedding = torch.nn.Embedding(levels, embedding)
        self.head = torch.nn.ModuleList(
            [torch.nn.Linear(dims[-1], head),
             torch.nn.Linear(head, levels + bool(temperature))])

    def forward(self, q):
        numbers = ((q - self.levels // 2) * 4 / (self.levels - 1))[:, None]
        y = None
        for tier in self.tiers:
            y = tier(numbers, y)
        x = numbers
        if hasattr(self.sample, "embedding"):
            table = self.sample.embedding.weight
            table = table - table[table.shape[0] // 2]
            x = F.embedding(q, table).transpose(1, 2)
        y = self.head[1](F.mish(self.head[0](self.sample(x, y))))
        if self.temperature:
            t = torch.sigmoid(y[..., -1:]).clamp(self.temperature, 1)
            y = y[..., :-1] / t
        return y


def golden(h, name, context, **how):
    torch.set_default_dtype(torch.float64)
    net = Transformer(**how)
    params = sorted(net.named_parameters())
    with torch.no_grad():
        for i, (_, p) in enumerate(params):
            p.copy_(noise(100 + i, *p.shape))
    levels = how["levels"]
    q = ((noise(1, ROWS, context + FRAMES).detach() + 1) / 2 * levels).long()
    logits = net(q)[:, context:]
    loss = F.cross_entropy(logits.reshape(-1, levels),
                           q[:, context:].reshape(-1))
    loss.backward()
    h.array(f"{name}_logits", logits)
    h.array(f"{name}_loss", loss)
    rows = []
    for k, p in params:
        array = h.array(f"{name}_d_" + k.replace(".", "_"), p.grad)
        rows.append((text(k), array))
    h.table(f"static const golden_gradient {name}_gradients[]", rows)


h = Header("transformer.h", "transformer.py")
golden(h, "plain", 7, sizes=[3], dims=[4], layers=[2], windows=[3], levels=6,
       embedding=0, head=4, temperature=0, heads=2, factor=2, gated=False,
       rms=False, alibi=False)
golden(h, "tiered", 28, sizes=[4, 2, 3], dims=[4, 2, 4], layers=[2, 1, 1],
       windows=[3, 4, 3], levels=5, embedding=2, head=3, temperature=0.3,
       heads=2, factor=1, gated=True, rms=True, alibi=True)
h.close()
