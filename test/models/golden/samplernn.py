"""Golden logits, losses and gradients of small SampleRNNs: samplernn.h.
Written from the description in samplernn.h with PyTorch's own layers."""
import os
import sys
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
import common
from common import Header, noise, text

common.HERE = HERE
ROWS, CONTEXT, FRAMES = 2, 8, 16


def weight(layer, normed, name="weight"):
    return torch.nn.utils.weight_norm(layer, name) if normed else layer


class Tier(torch.nn.Module):
    def __init__(self, size, hidden, up, cell, layers, normed, mix):
        super().__init__()
        self.size, self.up_hidden = size, up[1]
        self.input = weight(torch.nn.Conv1d(1, hidden, size, size), normed)
        self.rnn = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](
            hidden, hidden, layers, batch_first=True)
        for i in range(layers if normed else 0):
            weight(self.rnn, True, f"weight_ih_l{i}")
            weight(self.rnn, True, f"weight_hh_l{i}")
        self.up = weight(torch.nn.Linear(hidden, up[0] * up[1]), normed)
        if mix:
            self.mix = torch.nn.Parameter(torch.zeros(2))

    def forward(self, x, above):
        past = x[:, CONTEXT - self.size:-1]
        n = FRAMES // self.size
        y = self.input(past[:, None, :n * self.size]).transpose(1, 2)
        y, _ = self.rnn(join(self, y, above))
        return self.up(y).reshape(ROWS, -1, self.up_hidden)


def join(tier, x, above):
    if above is None:
        return x
    if hasattr(tier, "mix"):
        return tier.mix[0] * x + tier.mix[1] * above
    return x + above


class Sample(torch.nn.Module):
    def __init__(self, size, hidden, levels, embedding, normed, mix):
        super().__init__()
        self.size = size
        if embedding:
            self.embedding = torch.nn.Embedding(levels, embedding)
        self.input = weight(torch.nn.Conv1d(embedding or 1, hidden, size),
                            normed)
        if mix:
            self.mix = torch.nn.Parameter(torch.zeros(2))

    def forward(self, x, q, above):
        x = x[:, None]
        if hasattr(self, "embedding"):
            table = self.embedding.weight
            table = table - table[table.shape[0] // 2]
            x = F.embedding(q, table).transpose(1, 2)
        y = self.input(x[:, :, CONTEXT - self.size:-1]).transpose(1, 2)
        return F.mish(join(self, y, above))


class SampleRNN(torch.nn.Module):
    def __init__(self, sizes, hidden, cell, layers, levels, embedding, normed,
                 mix, head, temperature):
        super().__init__()
        self.levels, self.temperature = levels, temperature
        below = sizes[1:-1] + [1]
        self.tiers = torch.nn.ModuleList(
            Tier(s, hidden[i], (s // below[i], hidden[i + 1]), cell, layers,
                 normed, mix and i > 0)
            for i, s in enumerate(sizes[:-1]))
        self.sample = Sample(sizes[-1], hidden[-1], levels, embedding, normed,
                             mix)
        self.head = torch.nn.ModuleList(
            [weight(torch.nn.Linear(hidden[-1], head), normed),
             weight(torch.nn.Linear(head, levels + bool(temperature)),
                    normed)])

    def forward(self, q):
        x = (q - self.levels // 2) * 4 / (self.levels - 1)
        above = None
        for tier in self.tiers:
            above = tier(x, above)
        y = self.sample(x, q, above)
        y = self.head[1](F.mish(self.head[0](y)))
        if self.temperature:
            t = torch.sigmoid(y[..., -1:]).clamp(self.temperature, 1)
            y = y[..., :-1] / t
        return y


def golden(h, name, **how):
    torch.set_default_dtype(torch.float64)
    net = SampleRNN(**how)
    params = sorted(net.named_parameters())
    with torch.no_grad():
        for i, (_, p) in enumerate(params):
            p.copy_(noise(100 + i, *p.shape))
    levels = how["levels"]
    q = ((noise(1, ROWS, CONTEXT + FRAMES).detach() + 1) / 2 * levels).long()
    logits = net(q)
    loss = F.cross_entropy(logits.reshape(-1, levels),
                           q[:, CONTEXT:].reshape(-1))
    loss.backward()
    h.array(f"{name}_logits", logits)
    h.array(f"{name}_loss", loss)
    rows = []
    for k, p in params:
        array = h.array(f"{name}_d_" + k.replace(".", "_"), p.grad)
        rows.append((text(k), array))
    h.table(f"static const golden_gradient {name}_gradients[]", rows)


h = Header("samplernn.h", "samplernn.py")
golden(h, "plain", sizes=[8, 2, 3], hidden=[3, 4, 4], cell="gru", layers=1,
       levels=6, embedding=0, normed=False, mix=False, head=4, temperature=0)
golden(h, "rich", sizes=[4, 4, 2, 5], hidden=[2, 3, 2, 2], cell="lstm",
       layers=2, levels=5, embedding=2, normed=True, mix=True, head=2,
       temperature=0.3)
h.close()
