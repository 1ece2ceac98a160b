"""Seq2Seq in PyTorch, written to be compared with: bidirectional LSTM layers
hear four frames of 1025 magnitudes, others say the next four.

  --mode train     seconds a training step of 16 x 4 frames
  --mode generate  frames a second of one voice, phases not counted
  --mode learn     distance on held-out audio
"""

import argparse

import learn
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--mode", default="train", choices=["train", "generate", "learn"])
parser.add_argument("--chunk", type=int, default=4)
parser.add_argument("--hidden", type=int, default=512)
parser.add_argument("--bins", type=int, default=1025)
parser.add_argument("--batch", type=int, default=16)
learn.add_arguments(parser)
options = peer.arguments(parser)
options.length = options.chunk * learn.HOP

import torch
from torch import nn


def lstm(n, normed=False):
    layer = nn.LSTM(n, options.hidden, batch_first=True, bidirectional=True)
    for way in ("", "_reverse") if normed else ():
        nn.utils.weight_norm(layer, "weight_ih_l0" + way)
        nn.utils.weight_norm(layer, "weight_hh_l0" + way)
    return layer


def both(y):
    return y[..., :options.hidden] + y[..., options.hidden:]


class Seq2Seq(nn.Module):
    def __init__(self, normed):
        super().__init__()
        h = options.hidden
        self.hear = nn.ModuleList([lstm(options.bins), lstm(h)])
        self.middle = nn.Linear(h, h, bias=False)
        self.say = nn.ModuleList([lstm(h, normed), lstm(h, normed)])
        self.head = nn.Linear(h, options.bins)

    def forward(self, x):
        state = None
        for i, layer in enumerate(self.hear):
            y, state = layer(x)
            x = x + both(y) if i else both(y)
        x = self.middle(x[:, :1] + x[:, -1:]).repeat(1, options.chunk, 1)
        for layer in self.say:
            x = x + both(layer(x, state)[0])
        return self.head(x)


def distance(said, truth):
    off = (said - truth).abs().sum((0, 2))
    return (off / truth.abs().sum((0, 2))).mean()


def do_train():
    net = Seq2Seq(normed=True)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.9, 0.9))
    x = torch.rand(options.batch, 2 * options.chunk, options.bins)

    def step():
        loss = distance(net(x[:, :options.chunk]), x[:, options.chunk:])
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.item()

    peer.report("demo", peer.median_time(step, options.seconds), "s/step")


def do_generate():
    """Lengths of weights are worked out once."""
    net = Seq2Seq(normed=False).eval()
    place = {"x": torch.rand(1, options.chunk, options.bins)}

    def chunk():
        with torch.inference_mode():
            place["x"] = net(place["x"])

    seconds = peer.median_time(chunk, options.seconds)
    peer.report("demo 1 voice", options.chunk / seconds, "frames/s")


class Lesson(learn.Lesson):
    """Only the chunk before the one that is said is heard."""

    unit = "distance"

    def __init__(self):
        super().__init__(Seq2Seq(normed=True))
        early = -(-(learn.FFT // learn.HOP - 1) // options.chunk)
        self.context = (1 + early) * options.chunk * learn.HOP

    def loss(self, x):
        x = learn.spectra(x).transpose(1, 2)[:, -2 * options.chunk:]
        return distance(self.net(x[:, :options.chunk]), x[:, options.chunk:])


def do_learn():
    learn.run(Lesson, options)


{"train": do_train, "generate": do_generate, "learn": do_learn}[
    options.mode]()
