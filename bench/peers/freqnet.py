"""FreqNet in PyTorch, written to be compared with: three dilated layers of 2048
in 8 groups over frames of 1025 magnitudes, as mimikit's demonstration has them.

  --mode train     seconds a training step of 16 x 64 frames
  --mode generate  frames a second of one voice, phases not counted: each layer
                   keeps the frames that its taps read
  --mode learn     distance on held-out audio, or with --choices, of which each
                   frame of log magnitudes is one, nats a number
"""

import argparse
import math

import learn
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--mode", default="train", choices=["train", "generate", "learn"])
parser.add_argument("--depth", type=int, default=3)
parser.add_argument("--size", type=int, default=2048)
parser.add_argument("--groups", type=int, default=8)
parser.add_argument("--bins", type=int, default=1025)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--frames", type=int, default=64)
parser.add_argument("--choices", type=int, default=0)
parser.add_argument("--length", type=int, default=2048)
learn.add_arguments(parser)
options = peer.arguments(parser)

import torch
from torch import nn
from torch.nn import functional


class FreqNet(nn.Module):
    def __init__(self):
        super().__init__()
        n = options.size
        self.input = nn.Conv1d(options.bins, n, 1)
        self.layers = nn.ModuleList(
            nn.Conv1d(n, 2 * n, 2, dilation=2 ** i, groups=options.groups)
            for i in range(options.depth))
        said = options.choices * (2 * options.bins + 1) or options.bins
        self.head = nn.Linear(n, said)

    def forward(self, x):
        y = self.input(x)
        for layer in self.layers:
            a, b = layer(y).chunk(2, 1)
            y = torch.tanh(a) * torch.sigmoid(b)
        return self.head(y.transpose(1, 2))


def distance(said, truth):
    off = (said - truth).abs().sum((0, 2))
    return (off / truth.abs().sum((0, 2))).mean()


def do_train():
    net = FreqNet()
    field = 2 ** options.depth
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.9, 0.9))
    x = torch.rand(options.batch, options.bins, field + options.frames)

    def step():
        loss = distance(net(x[:, :, :-1]), x[:, :, field:].transpose(1, 2))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.item()

    peer.report("demo", peer.median_time(step, options.seconds), "s/step")


class Voice:
    """Two taps of each layer meet a frame each: two products side by side."""

    def __init__(self, net):
        self.net = net
        self.past = [torch.zeros(2 ** i, options.size)
                     for i in range(options.depth)]
        self.at = 0
        g, n = options.groups, options.size // options.groups
        self.taps = [layer.weight.detach().view(g, 2 * n, n, 2)
                     .permute(0, 3, 2, 1).reshape(g, 2 * n, 2 * n).contiguous()
                     for layer in net.layers]

    def frame(self, x):
        g = options.groups
        y = functional.linear(x, self.net.input.weight[:, :, 0],
                              self.net.input.bias)
        for layer, taps, past in zip(self.net.layers, self.taps, self.past):
            slot = self.at % len(past)
            both = torch.cat([past[slot].view(g, 1, -1), y.view(g, 1, -1)], 2)
            past[slot] = y[0]
            z = torch.bmm(both, taps).view(1, -1) + layer.bias
            a, b = z.chunk(2, 1)
            y = torch.tanh(a) * torch.sigmoid(b)
        self.at += 1
        return self.net.head(y)


def do_generate():
    voice = Voice(FreqNet().eval())
    place = {"x": torch.rand(1, options.bins)}

    def frames():
        with torch.inference_mode():
            for _ in range(16):
                place["x"] = voice.frame(place["x"])

    seconds = peer.median_time(frames, options.seconds)
    peer.report("demo 1 voice", 16 / seconds, "frames/s")


def nats_of_choices(said, truth):
    """said [rows, frames, ...] of some vectors of normal numbers, one of which
    truth [rows, frames, bins] is."""
    k, n = options.choices, options.bins
    mean, deviation, logits = said.split([k * n, k * n, k], 2)
    mean = mean.unflatten(2, (k, n))
    deviation = functional.softplus(deviation.unflatten(2, (k, n))) + 0.05
    off = (truth[:, :, None] - mean) / deviation
    each = -(off ** 2 / 2 + deviation.log() + math.log(2 * math.pi) / 2).sum(3)
    return -(each + logits.log_softmax(2)).logsumexp(2).mean()


class Lesson(learn.Lesson):
    def __init__(self):
        super().__init__(FreqNet())
        early = (learn.FFT - 1) // learn.HOP
        self.field = 2 ** options.depth
        self.context = (self.field + early) * learn.HOP
        self.unit = "nats/number" if options.choices else "distance"
        self.scale = 1 / options.bins if options.choices else 1

    def loss(self, x):
        x = learn.spectra(x)
        if options.choices:
            x = (x * 4 / learn.FFT / 1e-4).log1p()
        said = self.net(x[:, :, :-1])
        truth = x[:, :, self.field:].transpose(1, 2)
        return (nats_of_choices if options.choices else distance)(said, truth)


def do_learn():
    learn.run(Lesson, options)


{"train": do_train, "generate": do_generate, "learn": do_learn}[
    options.mode]()
