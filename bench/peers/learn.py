"""How peers learn what bench_learning learns: the same batches of the same
recordings, and the same measure on what is held out.

A lesson is made without arguments, after the random numbers are seeded, and
has
  context           frames of sound before those that are foreseen
  unit              of the measure
  step(x, fresh)    learns from x [rows, context + length] of sound; `fresh`:
                    it does not go on from the batch before
  measure(x, fresh) of one row
"""

import math
import sys
import wave

import peer


def add_arguments(parser):
    parser.add_argument("--lesson", default="",
                        help="learn: what its lines are called")
    parser.add_argument("--piece", type=float, default=0,
                        help="learn: seconds that a row reads on")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("wav", nargs="*", help="learn: mono PCM files")


def read_wav(path):
    import torch
    with wave.open(path) as file:
        if file.getnchannels() != 1 or file.getsampwidth() != 2:
            sys.exit(f"{path}: expected 16-bit mono")
        data = file.readframes(file.getnframes())
        signal = torch.frombuffer(bytearray(data), dtype=torch.int16)
        return signal.float() / 32768, file.getframerate()


def mu_law(x, levels, compression=1.0):
    """[-1, 1] to levels, with the curve scaled by the compression."""
    mu = (levels - 1) * compression
    y = x.sign() * (mu * x.abs()).log1p() / math.log1p(mu)
    return ((y + 1) / 2 * (levels - 1) + 0.5).long()


FFT, HOP = 512, 128


def spectra(x):
    """Magnitudes [rows, bins, frames] as librosa has them; the first frame
    begins where x does."""
    import torch
    return torch.stft(x, FFT, HOP, window=torch.hann_window(FFT), center=False,
                      return_complex=True).abs()


class Lesson:
    """Of a network without a state; loss(x) is what it lessens and, times
    `scale`, its measure."""

    scale = 1

    def __init__(self, net):
        import torch
        self.net = net
        self.adam = torch.optim.Adam(net.parameters(), lr=1e-3,
                                     betas=(0.9, 0.9))

    def step(self, x, fresh):
        loss = self.loss(x)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()

    def measure(self, x, fresh):
        return self.loss(x).item() * self.scale


def corpus(paths, context):
    """The last tenth of each file is held out. Each file is preceded by a
    context of silence."""
    import torch
    train, held = [], []
    for path in paths:
        signal, rate = read_wav(path)
        signal = signal / signal.abs().max().clamp(min=1e-9)
        cut = len(signal) - len(signal) // 10
        train.append(torch.cat([torch.zeros(context), signal[:cut]]))
        held.append(signal[cut - context:])
    return torch.cat(train), held, rate


class Dice:
    """Knuth's 64-bit constants, so that any language draws the same."""

    def __init__(self, seed):
        self.state = seed

    def draw(self, below):
        self.state = (self.state * 6364136223846793005
                      + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % below


def batches(signal, rate, context, options):
    """Parallel tracks from chance places, read on until the piece ends; True
    where they are new, and the states with them."""
    import torch
    windows = max(1, int(options.piece * rate) // options.length)
    windows = min(windows, (len(signal) - context) // options.length)
    span = context + windows * options.length
    dice = Dice(options.seed)
    while True:
        starts = [dice.draw(len(signal) - span + 1)
                  for _ in range(options.batch)]
        for window in range(windows):
            offset = window * options.length
            size = context + options.length
            yield window == 0, torch.stack(
                [signal[s + offset:s + offset + size] for s in starts])


def held_out(lesson, held, length):
    """The mean over the windows of the files, each read once from a fresh
    state."""
    import torch
    total, count = 0.0, 0
    lesson.net.eval()
    with torch.inference_mode():
        for x in held:
            for at in range(0, len(x) - lesson.context - length + 1, length):
                row = x[None, at:at + lesson.context + length]
                total += lesson.measure(row, at == 0)
                count += 1
    lesson.net.train()
    return total / count


def run(make, options):
    import torch
    torch.manual_seed(options.seed)
    lesson = make()
    name = options.lesson
    signal, held, rate = corpus(options.wav, lesson.context)

    def tell(step):
        peer.report(f"{name}, step {step}",
                    held_out(lesson, held, options.length), lesson.unit)

    tell(0)
    spent = 0.0
    source = batches(signal, rate, lesson.context, options)
    for step in range(1, options.steps + 1):
        fresh, x = next(source)
        start = peer.now()
        lesson.step(x, fresh)
        spent += peer.now() - start
        if step % -(-options.steps // 2) == 0 or step == options.steps:
            tell(step)
    peer.report(f"{name}, seconds of training", spent, "s")
