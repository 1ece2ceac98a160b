"""WaveNet in PyTorch, after van den Oord et al. 2016, written to be compared
with: an embedding of levels, gated causal convolutions whose taps lie as far
apart as the kernels before them are long together, and a head.

  --mode train     seconds a training step of 2 x 1024 samples of mimikit's
                   demonstration: four layers of 1024 in 8 groups
  --mode generate  samples a second of one voice of Timbrel's default and of
                   mimikit's class default: each layer keeps what its taps read
  --mode learn     bits a sample on held-out audio of a small one
"""

import argparse
import math

import learn
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--mode", default="train", choices=["train", "generate", "learn"])
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--length", type=int, default=1024)
learn.add_arguments(parser)
options = peer.arguments(parser)

import torch
from torch import nn
from torch.nn import functional

LEVELS = 256
# kernels, size, sizes of residuals and skips (0: none), groups
SMALL = ([4] * 4, 32, 32, 32, 1)
DEMO = ([8, 8, 4, 2], 1024, 0, 0, 8)
VOICES = {"default 1 voice": ([4] * 5, 64, 64, 64, 1),
          "class default 1 voice": ([2] * 4, 128, 0, 0, 1)}


class Layer(nn.Module):
    def __init__(self, kernel, dilation, size, residual, skip, groups):
        super().__init__()
        self.dilation, self.groups = dilation, groups
        self.dilated = nn.Conv1d(residual or size, 2 * size, kernel,
                                 dilation=dilation, groups=groups)
        self.residual = nn.Conv1d(size, residual, 1) if residual else None
        self.skip = nn.Conv1d(size, skip, 1) if skip else None

    def forward(self, x):
        a, b = self.dilated(x).chunk(2, 1)
        y = torch.tanh(a) * torch.sigmoid(b)
        skip = self.skip(y) if self.skip else None
        if self.residual:
            y = self.residual(y) + x[:, :, -y.shape[2]:]
        return y, skip


class WaveNet(nn.Module):
    def __init__(self, kernels, size, residual, skip, groups):
        super().__init__()
        self.enter = nn.Embedding(LEVELS, residual or size)
        self.layers = nn.ModuleList()
        self.context = 1
        for kernel in kernels:
            self.layers.append(
                Layer(kernel, self.context, size, residual, skip, groups))
            self.context *= kernel
        self.head = nn.Linear(skip or size, size)
        self.out = nn.Linear(size, LEVELS + 1)

    def say(self, x):
        x = self.out(functional.mish(self.head(x)))
        return x[..., :-1] / torch.sigmoid(x[..., -1:]).clamp(min=1e-3)

    def forward(self, q, length):
        x, skips = self.enter(q).transpose(1, 2), 0
        for layer in self.layers:
            x, skip = layer(x)
            if skip is not None:
                skips = skips + skip[:, :, -length:]
        said = functional.mish(skips) if torch.is_tensor(skips) else x
        return self.say(said.transpose(1, 2))


class Voice:
    """The rings of all layers hold frames; a tap reads `dilation` apart."""

    def __init__(self, net):
        self.net, self.at = net, 0
        self.taps = [layer.dilated.weight.flatten(1) for layer in net.layers]
        self.past = [torch.zeros(layer.dilated.in_channels,
                                 layer.dilated.kernel_size[0], layer.dilation)
                     for layer in net.layers]

    def sample(self, q):
        x, skips = self.net.enter(q), 0
        for layer, taps, past in zip(self.net.layers, self.taps, self.past):
            ring = past[:, :, self.at % layer.dilation]
            ring[:, :-1] = ring[:, 1:].clone()
            ring[:, -1] = x[0]
            z = functional.linear(ring.reshape(1, -1), taps,
                                  layer.dilated.bias)
            a, b = z.chunk(2, 1)
            y = torch.tanh(a) * torch.sigmoid(b)
            if layer.skip:
                skips = skips + functional.linear(
                    y, layer.skip.weight[:, :, 0], layer.skip.bias)
            x = y if not layer.residual else x + functional.linear(
                y, layer.residual.weight[:, :, 0], layer.residual.bias)
        self.at += 1
        said = functional.mish(skips) if torch.is_tensor(skips) else x
        logits = self.net.say(said)
        return torch.multinomial(logits.softmax(1), 1)[:, 0]


def do_train():
    net = WaveNet(*DEMO)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.9, 0.9))
    q = torch.randint(LEVELS, (options.batch, net.context + options.length))

    def step():
        logits = net(q[:, :-1], options.length)
        loss = functional.cross_entropy(logits.reshape(-1, LEVELS),
                                        q[:, net.context:].reshape(-1))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.item()

    peer.report("demo", peer.median_time(step, options.seconds), "s/step")


def do_generate():
    block = 64
    for name, shape in VOICES.items():
        with torch.inference_mode():
            voice = Voice(WaveNet(*shape).eval())
            place = {"q": torch.zeros(1).long()}

            def work():
                for _ in range(block):
                    place["q"] = voice.sample(place["q"])

            seconds = peer.median_time(work, options.seconds)
        peer.report(name, block / seconds, "samples/s")


class Lesson(learn.Lesson):
    unit, scale = "bits/sample", 1 / math.log(2)

    def __init__(self):
        super().__init__(WaveNet(*SMALL))
        self.context = self.net.context

    def loss(self, x):
        q = learn.mu_law(x, LEVELS)
        logits = self.net(q[:, :-1], options.length)
        return functional.cross_entropy(logits.reshape(-1, LEVELS),
                                        q[:, self.context:].reshape(-1))


def do_learn():
    learn.run(Lesson, options)


{"train": do_train, "generate": do_generate, "learn": do_learn}[
    options.mode]()
