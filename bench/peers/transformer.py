"""A Transformer on samples in PyTorch, written to be compared with: 256 wide, 8
layers, 8 heads, each looking back on 256 samples, with a learned bias for each
distance.

  --mode train     seconds a training step of 2 x 1024 samples; attention is
                   computed in blocks of as many queries as there are keys to
                   look back on, each with two blocks of keys, and layers leave
                   out what is only heard
  --mode generate  samples a second of one voice, with keys and values kept
  --mode frames    frames a second of one voice of a small one that reads and
                   says 64 numbers; phases not counted
  --mode learn     bits a sample on held-out audio
"""

import argparse
import math

import learn
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--mode", default="train",
                    choices=["train", "generate", "frames", "learn"])
parser.add_argument("--dim", type=int, default=256)
parser.add_argument("--layers", type=int, default=8)
parser.add_argument("--heads", type=int, default=8)
parser.add_argument("--window", type=int, default=256)
parser.add_argument("--levels", type=int, default=256)
parser.add_argument("--size", type=int, default=16)
parser.add_argument("--embedding", type=int, default=64)
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--length", type=int, default=1024)
learn.add_arguments(parser)
options = peer.arguments(parser)
if options.mode == "frames":
    options.dim, options.layers, options.heads, options.window = 192, 4, 4, 32

import torch
from torch import nn
from torch.nn import functional

D, H, W = options.dim, options.heads, options.window


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.enter, self.leave = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)
        self.distances = nn.Parameter(torch.zeros(H, W))

    def rest(self, x, y):
        x = x + self.leave(y)
        return x + self.down(functional.gelu(self.up(self.norm2(x))))

    def forward(self, x):
        """x [B, W + n blocks of W, D] without its first block."""
        batch, frames, _ = x.shape
        q, k, v = self.enter(self.norm1(x)).view(
            batch, frames // W, W, 3, H, D // H).unbind(3)
        q = q[:, 1:]
        k = torch.cat([k[:, :-1], k[:, 1:]], 2)
        v = torch.cat([v[:, :-1], v[:, 1:]], 2)
        apart = torch.arange(W)[:, None] + W - torch.arange(2 * W)[None]
        hidden = (apart < 0) | (apart >= W)
        bias = self.distances[:, apart.clamp(0, W - 1)]
        score = torch.einsum("bnihd,bnjhd->bnhij", q, k) / math.sqrt(D // H)
        p = (score + bias).masked_fill(hidden, -math.inf).softmax(-1)
        y = torch.einsum("bnhij,bnjhd->bnihd", p, v)
        return self.rest(x[:, W:], y.reshape(batch, frames - W, D))

    def start(self, voices):
        self.keys = torch.zeros(voices, H, W, D // H)
        self.values = torch.zeros(voices, H, W, D // H)
        self.place = torch.arange(W)

    def step(self, x, t):
        """x [voices, D]; the ring's place t % W is the newest."""
        q, k, v = self.enter(self.norm1(x)).view(-1, 3, H, D // H).unbind(1)
        self.keys[:, :, t % W] = k
        self.values[:, :, t % W] = v
        bias = self.distances[:, (t - self.place) % W]
        score = (self.keys @ q[..., None])[..., 0] / math.sqrt(D // H) + bias
        y = score.softmax(-1)[:, :, None] @ self.values
        return self.rest(x, y.reshape(-1, D))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(options.levels, options.embedding)
        self.enter = nn.Conv1d(options.embedding, D, options.size)
        self.layers = nn.ModuleList(Layer() for _ in range(options.layers))
        self.norm = nn.LayerNorm(D)
        self.head = nn.Linear(D, D)
        self.out = nn.Linear(D, options.levels + 1)

    def say(self, x):
        x = self.out(functional.mish(self.head(self.norm(x))))
        return x[..., :-1] / torch.sigmoid(x[..., -1:]).clamp(min=1e-3)

    def forward(self, q):
        x = self.enter(self.embedding(q[:, :-1]).transpose(1, 2))
        x = x.transpose(1, 2)
        for layer in self.layers:
            x = layer(x)
        return self.say(x)


def do_train():
    net = Network()
    adam = torch.optim.Adam(net.parameters(), lr=5e-4)
    context = options.layers * W
    q = torch.randint(options.levels, (
        options.batch, context + options.length + options.size))

    def step():
        logits = net(q)
        loss = functional.cross_entropy(logits.reshape(-1, options.levels),
                                        q[:, -options.length:].reshape(-1))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.item()

    peer.report("256, 8 layers", peer.median_time(step, options.seconds),
                "s/step")


def do_generate():
    net = Network().eval()
    weight = net.enter.weight.flatten(1)
    block = 16

    with torch.inference_mode():
        for layer in net.layers:
            layer.start(1)
        place = {"t": 0, "past": torch.zeros(1, options.size).long()}

        def sample():
            x = net.embedding(place["past"]).transpose(1, 2).flatten(1)
            x = functional.linear(x, weight, net.enter.bias)
            for layer in net.layers:
                x = layer.step(x, place["t"])
            q = torch.multinomial(net.say(x).softmax(-1), 1)
            place["past"] = torch.cat([place["past"][:, 1:], q], 1)
            place["t"] += 1

        def work():
            for _ in range(block):
                sample()

        seconds = peer.median_time(work, options.seconds)
    peer.report("256, 8 layers, 1 voice", block / seconds, "samples/s")


def do_frames():
    """Eight normal distributions of all 64 numbers, one of which is drawn."""
    layers = nn.ModuleList(Layer() for _ in range(options.layers)).eval()
    enter, norm, say = nn.Linear(64, D), nn.LayerNorm(D), nn.Linear(D, 8 * 129)

    with torch.inference_mode():
        for layer in layers:
            layer.start(1)
        place = {"t": 0, "x": torch.zeros(1, 64)}

        def work():
            x = enter(place["x"])
            for layer in layers:
                x = layer.step(x, place["t"])
            y = say(norm(x))
            which = torch.multinomial(y[:, :8].softmax(-1), 1)[0]
            mean, deviation = y[:, 8:].view(8, 2, 64)[which].unbind(1)
            noise = torch.randn(1, 64)
            place["x"] = place["x"] + mean + noise * deviation.exp() * 0.1
            place["t"] += 1

        seconds = peer.median_time(work, options.seconds)
    peer.report("frames, 1 voice", 1 / seconds, "frames/s")


class Lesson(learn.Lesson):
    unit, scale = "bits/sample", 1 / math.log(2)

    def __init__(self):
        super().__init__(Network())
        self.context = options.layers * W + options.size

    def loss(self, x):
        q = learn.mu_law(x, options.levels)
        return functional.cross_entropy(
            self.net(q).reshape(-1, options.levels),
            q[:, self.context:].reshape(-1))


def do_learn():
    learn.run(Lesson, options)


{"train": do_train, "generate": do_generate, "frames": do_frames,
 "learn": do_learn}[options.mode]()
