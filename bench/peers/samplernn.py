"""SampleRNN in PyTorch, after Mehri et al. 2017, written to be compared with.

Tiers of frames from slow to fast: each reads the frame of samples before its
own, adds what the tier above says, runs a recurrent layer and hands one vector
to each frame of the tier below. The last tier reads the last few samples, adds
what it is told, and an MLP gives the distribution of the next sample.

  --mode train     seconds a training step
  --mode generate  samples a second, by --voices
  --mode memory    MB a training step needs beyond PyTorch itself
  --mode learn     bits a sample on held-out audio, as training goes on
  --mode verify    generation step by step equals the training pass

--network demo or default, or --frames, --hidden, --cell and so on.
"""

import argparse
import math
import resource
import sys

import learn
import peer

NETWORKS = {
    # of mimikit's demonstration, and of its classes without settings
    "demo": dict(frames=[256, 128, 64, 32, 16, 8, 4, 8], hidden=128,
                 weight_norm=True, cell="lstm", compression=0.5),
    "default": dict(frames=[16, 8, 8], hidden=256, weight_norm=False,
                    cell="lstm", compression=1.0),
    # Timbrel's, for learning side by side
    "small": dict(frames=[16, 4, 16], hidden=128, weight_norm=False,
                  cell="gru", compression=1.0),
}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mode", default="train", choices=[
        "train", "generate", "memory", "learn", "verify"])
    parser.add_argument("--network", default="demo", choices=list(NETWORKS))
    parser.add_argument("--frames", type=lambda s: [int(n) for n in
                                                    s.split(",")])
    parser.add_argument("--hidden", type=int)
    parser.add_argument("--weight-norm", type=int, choices=[0, 1])
    parser.add_argument("--cell", choices=["lstm", "gru"])
    parser.add_argument("--layers", type=int, default=1,
                        help="recurrent layers in each tier")
    parser.add_argument("--mlp", type=int, default=128)
    parser.add_argument("--levels", type=int, default=256)
    parser.add_argument("--compression", type=float)
    parser.add_argument("--floor", type=float, default=1e-3,
                        help="least learned temperature")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--length", type=int, default=2048)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--voices", type=int, default=1)
    learn.add_arguments(parser)
    options = peer.arguments(parser)
    for key, value in NETWORKS[options.network].items():
        if getattr(options, key) is None:
            setattr(options, key, value)
    return options


options = parse()

import torch
from torch import nn
from torch.nn import functional


def normed(layer, *names):
    if options.weight_norm:
        for name in names or ("weight",):
            layer = nn.utils.weight_norm(layer, name)
    return layer


class Tier(nn.Module):
    """One recurrent tier: `frame` samples in, `ratio` vectors a frame out."""

    def __init__(self, frame, ratio, hidden):
        super().__init__()
        self.frame, self.ratio, self.hidden = frame, ratio, hidden
        kind = nn.LSTM if options.cell == "lstm" else nn.GRU
        self.enter = normed(nn.Linear(frame, hidden))
        self.rnn = normed(
            kind(hidden, hidden, options.layers, batch_first=True),
            *(f"weight_{way}_l{layer}" for layer in range(options.layers)
              for way in ("ih", "hh")))
        self.leave = normed(nn.Linear(hidden, hidden * ratio))

    def forward(self, samples, above, state):
        """samples [B, n * frame], above [B, n, H]; gives [B, n * ratio, H]."""
        batch = samples.shape[0]
        x = self.enter(samples.reshape(batch, -1, self.frame))
        if above is not None:
            x = x + above
        x, state = self.rnn(x, state)
        return self.leave(x).reshape(batch, -1, self.hidden), state


class SampleRNN(nn.Module):
    def __init__(self):
        super().__init__()
        *frames, self.last = options.frames
        below = frames[1:] + [1]
        self.tiers = nn.ModuleList(
            Tier(frame, frame // next_, options.hidden)
            for frame, next_ in zip(frames, below))
        self.conv = normed(nn.Conv1d(1, options.hidden, self.last))
        self.mlp = normed(nn.Linear(options.hidden, options.mlp))
        self.out = normed(nn.Linear(options.mlp, options.levels + 1))
        self.context = frames[0]

    def head(self, x):
        x = self.out(functional.mish(self.mlp(x)))
        logits, heat = x[..., :-1], x[..., -1:]
        return logits / torch.sigmoid(heat).clamp(min=options.floor)

    def forward(self, q, states=None):
        """q [B, context + L] levels; logits [B, L, levels] for the last L."""
        x = to_unit(q)
        length = x.shape[1] - self.context
        states = states or [None] * len(self.tiers)
        above = None
        for i, tier in enumerate(self.tiers):
            start = self.context - tier.frame
            above, states[i] = tier(x[:, start:start + length], above,
                                    states[i])
        window = x[:, None, self.context - self.last:-1]
        y = self.conv(window).transpose(1, 2) + above
        return self.head(y), states


def to_unit(q):
    return q.float() * (2 / options.levels) - 1


def mu_law(x):
    return learn.mu_law(x, options.levels, options.compression)


def detached(states):
    return [tuple(s.detach() for s in state) if isinstance(state, tuple)
            else state.detach() for state in states]


class Trainer:
    def __init__(self):
        self.net = SampleRNN()
        self.adam = torch.optim.Adam(self.net.parameters(), lr=options.rate,
                                     betas=(0.9, 0.9))

    def step(self, q, states):
        logits, states = self.net(q, states)
        target = q[:, self.net.context:]
        loss = functional.cross_entropy(logits.reshape(-1, options.levels),
                                        target.reshape(-1))
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()
        return loss.item(), detached(states)


class Generator:
    """Sample by sample with as few calls as eager PyTorch allows: weights
    normalised once, cells called directly, slow tiers only when due."""

    def __init__(self, net, voices):
        self.last, self.context = net.last, net.context
        self.floor = options.floor
        self.tiers = [self.prepare(tier, voices) for tier in net.tiers]
        self.conv = net.conv.weight.detach()[:, 0].t().contiguous()
        self.conv_bias = net.conv.bias.detach()
        self.mlp = net.mlp.weight.detach().t().contiguous()
        self.mlp_bias = net.mlp.bias.detach()
        self.out = net.out.weight.detach().t().contiguous()
        self.out_bias = net.out.bias.detach()

    @staticmethod
    def prepare(tier, voices):
        def dense(layer):
            return layer.weight.detach().t().contiguous(), layer.bias.detach()

        rnn = tier.rnn
        cells = []
        for layer in range(options.layers):
            weights = [getattr(rnn, f"{name}_l{layer}").detach() for name in
                       ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            zero = torch.zeros(voices, tier.hidden)
            cells.append([weights, (zero, zero)])
        return dict(frame=tier.frame, ratio=tier.ratio, hidden=tier.hidden,
                    period=tier.frame // tier.ratio, enter=dense(tier.enter),
                    leave=dense(tier.leave), cells=cells, given=None)

    @staticmethod
    def run_cells(cells, x):
        for cell in cells:
            weights, (h, c) = cell
            if options.cell == "lstm":
                h, c = torch.lstm_cell(x, (h, c), *weights)
            else:
                h = torch.gru_cell(x, h, *weights)
            cell[1] = (h, c)
            x = h
        return x

    def logits(self, history, t):
        """history [voices, ...] as units; sample t is the one to come."""
        above = None
        for tier in self.tiers:
            n = t - self.context
            if n % tier["frame"] == 0:
                weight, bias = tier["enter"]
                x = torch.addmm(bias if above is None else above + bias,
                                history[:, t - tier["frame"]:t], weight)
                x = self.run_cells(tier["cells"], x)
                weight, bias = tier["leave"]
                x = torch.addmm(bias, x, weight)
                tier["given"] = x.view(-1, tier["ratio"],
                                       tier["hidden"]).unbind(1)
            slot = n % tier["frame"] // tier["period"]
            above = tier["given"][slot]
        x = torch.addmm(above + self.conv_bias,
                        history[:, t - self.last:t], self.conv)
        x = functional.mish(torch.addmm(self.mlp_bias, x, self.mlp))
        x = torch.addmm(self.out_bias, x, self.out)
        return x[:, :-1] / torch.sigmoid(x[:, -1:]).clamp(min=self.floor)

    def run(self, history, start, count, temperature=1.0):
        for t in range(start, start + count):
            chances = torch.softmax(self.logits(history, t) / temperature, 1)
            q = torch.multinomial(chances, 1)
            history[:, t] = q[:, 0] * (2 / options.levels) - 1


def random_batch(net):
    return torch.randint(options.levels,
                         (options.batch, net.context + options.length))


def name():
    return options.network


def do_train():
    trainer = Trainer()
    q = random_batch(trainer.net)
    carry = {"states": None}

    def step():
        carry["states"] = trainer.step(q, carry["states"])[1]

    seconds = peer.median_time(step, options.seconds)
    peer.report(f"{name()}", seconds, "s/step")


def do_generate():
    net = SampleRNN().eval()
    with torch.inference_mode():
        generator = Generator(net, options.voices)
        block = net.context
        history = torch.zeros(options.voices, net.context + 4096 * block)
        place = {"t": net.context}

        def work():
            generator.run(history, place["t"], block)
            place["t"] += block

        seconds = peer.median_time(work, options.seconds)
    peer.report(f"{name()} {options.voices} voices",
                block * options.voices / seconds, "samples/s")


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def do_memory():
    before = peak_mb()
    trainer = Trainer()
    states = None
    for _ in range(3):
        states = trainer.step(random_batch(trainer.net), states)[1]
    peer.report(f"{name()}", peak_mb() - before, "MB")


def do_verify():
    """Also with random weights the two must agree to rounding."""
    net = SampleRNN().eval()
    length = 4 * net.context
    q = torch.randint(options.levels, (2, net.context + length))
    with torch.inference_mode():
        whole, _ = net(q)
        generator = Generator(net, 2)
        history = to_unit(q)
        steps = torch.stack([generator.logits(history, net.context + n)
                             for n in range(length)], 1)
        worst = (whole - steps).abs().max().item()
        changed = q.clone()
        changed[:, -1] = (changed[:, -1] + 1) % options.levels
        leak = (net(changed)[0] - whole).abs().max().item()
    parameters = sum(p.numel() for p in net.parameters())
    peer.report("parameters", parameters, "")
    peer.report("difference of stepping from training", worst, "")
    peer.report("influence of the last target", leak, "")
    return 0 if worst < 1e-4 and leak == 0 else 1


class Lesson:
    """See learn.py; the state goes on from window to window."""

    unit = "bits/sample"

    def __init__(self):
        self.trainer = Trainer()
        self.net = self.trainer.net
        self.context = self.net.context
        self.states = self.heard = None

    def step(self, x, fresh):
        self.states = self.trainer.step(mu_law(x),
                                        None if fresh else self.states)[1]

    def measure(self, x, fresh):
        q = mu_law(x)
        logits, self.heard = self.net(q, None if fresh else self.heard)
        return functional.cross_entropy(
            logits[0], q[0, self.context:]).item() / math.log(2)


def do_learn():
    learn.run(Lesson, options)


sys.exit(globals()["do_" + options.mode]())
