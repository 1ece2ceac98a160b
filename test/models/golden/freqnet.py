"""Golden numbers, losses and gradients of small FreqNets: freqnet.h. Written
from the description in freqnet.h and nn/distribution.h with PyTorch's own
layers."""
import os
import sys
import torch
import torch.nn.functional as F
from torch.nn import Conv1d, Linear, Module, ModuleList, Parameter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
import common
from common import Header, noise, text

common.HERE = HERE
ROWS, FRAMES, LEAST = 2, 6, 0.05


class Layer(Module):
    def __init__(self, width, dims, dilation, groups, skips, residuals):
        super().__init__()
        self.dilated = Conv1d(width, 2 * dims, 2, dilation=dilation,
                              groups=groups)
        if skips:
            self.skip = Conv1d(dims, skips, 1)
        if residuals:
            self.residual = Conv1d(dims, residuals, 1)

    def forward(self, x):
        a, b = self.dilated(x).chunk(2, 1)
        y = torch.tanh(a) * torch.sigmoid(b)
        if hasattr(self, "residual"):
            return y, x[:, :, -y.shape[2]:] + self.residual(y)
        return y, y


class FreqNet(Module):
    def __init__(self, n, depth, dims, groups, skips, residuals, choices,
                 parts, size):
        super().__init__()
        width = residuals or dims
        self.n, self.choices, self.parts, self.size = n, choices, parts, size
        self.field = 2 ** depth
        self.input = Conv1d(n, width, 1)
        self.layers = ModuleList(
            Layer(width, dims, 2 ** i, groups, skips,
                  residuals if i + 1 < depth else 0) for i in range(depth))
        out = choices * (2 * n + parts) if choices else n
        self.head = Linear(skips or dims, out)
        if choices:
            self.head.kept = Parameter(torch.zeros(n))

    def forward(self, x, context):
        last = x[:, :, context - 1:-1]
        y = self.input(x[:, :, context - self.field:-1])
        skips = 0
        for layer in self.layers:
            gates, y = layer(y)
            if hasattr(layer, "skip"):
                skips = skips + layer.skip(gates[:, :, -FRAMES:])
        y = F.mish(skips) if torch.is_tensor(skips) else gates
        return self.head(y.transpose(1, 2)), last

    def loss(self, x, context):
        said, last = self(x, context)
        target = x[:, :, context:]
        if not self.choices:
            y = said.transpose(1, 2)
            part = (y - target).abs().sum((0, 1)) / target.abs().sum((0, 1))
            return y.transpose(1, 2), part.mean()
        k, n = self.choices, self.n
        mean = said[..., :k * n].reshape(ROWS, FRAMES, k, n)
        mean = mean + self.head.kept * last.transpose(1, 2)[:, :, None]
        spread = F.softplus(said[..., k * n:2 * k * n]) + LEAST
        spread = spread.reshape(ROWS, FRAMES, k, n)
        logits = said[..., 2 * k * n:].reshape(ROWS, FRAMES, self.parts, k)
        normal = torch.distributions.Normal(mean, spread)
        each = normal.log_prob(target.transpose(1, 2)[:, :, None])
        nats = 0
        for g, part in enumerate(each.split(self.size, 3)):
            p = part.sum(3) + torch.log_softmax(logits[:, :, g], 2)
            nats = nats - torch.logsumexp(p, 2)
        return mean, nats.mean()


def golden(h, name, context, **how):
    torch.set_default_dtype(torch.float64)
    net = FreqNet(**how)
    params = sorted(net.named_parameters())
    with torch.no_grad():
        for i, (_, p) in enumerate(params):
            p.copy_(noise(100 + i, *p.shape))
    x = noise(1, ROWS, how["n"], context + FRAMES).detach()
    mean, loss = net.loss(x, context)
    loss.backward()
    h.array(f"{name}_mean", mean)
    h.array(f"{name}_loss", loss)
    rows = []
    for k, p in params:
        array = h.array(f"{name}_d_" + k.replace(".", "_"), p.grad)
        rows.append((text(k), array))
    h.table(f"static const golden_gradient {name}_gradients[]", rows)


h = Header("freqnet.h", "freqnet.py")
golden(h, "normals", 5, n=10, depth=2, dims=4, groups=1, skips=3, residuals=4,
       choices=2, parts=2, size=6)
golden(h, "plain", 9, n=5, depth=3, dims=4, groups=2, skips=0, residuals=0,
       choices=0, parts=0, size=0)
h.close()
