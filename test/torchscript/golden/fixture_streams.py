"""Fixtures that play: convolutions with memory in the forms that exporters
have given them, statistics that learn, spectra, queues."""
from typing import Dict, List, Optional, Tuple
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from instrument import Instrument, fill, weights

ROWS = 6  # the largest batch


class Delay(nn.Module):
    """Puts the last `frames` of the call before in front; `crop` leaves them
    off at the end, which delays."""

    def __init__(self, channels: int, frames: int, crop: bool = False):
        super().__init__()
        self.frames = frames
        self.crop = crop
        self.register_buffer("past", torch.zeros(ROWS, channels, frames))

    def forward(self, x: Tensor) -> Tensor:
        if self.frames:
            x = torch.cat([self.past[:x.shape[0]], x], -1)
            self.past[:x.shape[0]].copy_(x[..., -self.frames:])
            if self.crop:
                x = x[..., :-self.frames]
        return x


class Conv(nn.Module):
    def __init__(self, i, o, kernel, stride=1, dilation=1, groups=1,
                 bias=False):
        super().__init__()
        self.past = Delay(i, (kernel - 1) * dilation + 1 - stride)
        self.conv = nn.Conv1d(i, o, kernel, stride, 0, dilation, groups, bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.past(x))


class Upsample(nn.Module):
    """The tail of the overlap is added to the next call's beginning."""

    def __init__(self, i, o, ratio, bias=False):
        super().__init__()
        self.ratio = ratio
        self.weight = nn.Parameter(torch.zeros(i, o, 2 * ratio))
        self.bias = nn.Parameter(torch.zeros(o)) if bias else None
        self.register_buffer("tail", torch.zeros(ROWS, o, ratio))

    def forward(self, x: Tensor) -> Tensor:
        y = F.conv_transpose1d(x, self.weight, None, self.ratio)
        y[..., :self.ratio] += self.tail[:y.shape[0]]
        self.tail[:y.shape[0]].copy_(y[..., -self.ratio:])
        y = y[..., :-self.ratio]
        if self.bias is not None:
            y = y + self.bias.unsqueeze(-1)
        return y


class Snake(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(dim, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + (self.alpha + 1e-9).reciprocal() * \
            (self.alpha * x).sin().pow(2)


class Aligned(nn.Module):
    """Branches of different delay, summed."""

    def __init__(self, channels, branches, delays):
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.delays = nn.ModuleList(
            [Delay(channels, max(delays) - d, True) for d in delays])

    def forward(self, x: Tensor) -> List[Tensor]:
        out: List[Tensor] = []
        for branch, delay in zip(self.branches, self.delays):
            out.append(branch(delay(x)))
        return out


class Residual(nn.Module):
    def __init__(self, channels, dilation, act):
        super().__init__()
        self.net = Aligned(channels, [
            nn.Sequential(act, Conv(channels, channels, 3, 1, dilation), act,
                          nn.Conv1d(channels, channels, 1, bias=False)),
            nn.Identity()], [dilation, 0])

    def forward(self, x: Tensor) -> Tensor:
        net, skip = self.net(x)
        return net * .5 + skip


class Bands(nn.Module):
    """Four bands by a strided convolution, odd ones negated on every second
    frame, and back."""

    def __init__(self):
        super().__init__()
        self.analysis = Conv(1, 4, 8, 4)
        self.synthesis = Conv(4, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.analysis(x)
        mask = torch.ones_like(y)
        mask[..., 1::2, ::2] = -1
        return y * mask

    @torch.jit.export
    def inverse(self, x: Tensor) -> Tensor:
        mask = torch.ones_like(x)
        mask[..., 1::2, ::2] = -1
        x = self.synthesis(x * mask).flip(1).permute(0, 2, 1)
        x = x.reshape(x.shape[0], x.shape[1], -1, 4).permute(0, 2, 1, 3)
        return x.reshape(x.shape[0], x.shape[1], -1)


class Stream(Instrument):
    def __init__(self):
        super().__init__()
        self.bands = Bands()
        self.encoder = nn.Sequential(
            Conv(4, 6, 5), nn.BatchNorm1d(6), nn.LeakyReLU(.2),
            Residual(6, 1, nn.LeakyReLU(.2)), Residual(6, 3, Snake(6)),
            Conv(6, 8, 4, 2), nn.LeakyReLU(.2), Conv(8, 8, 3, groups=2))
        self.decoder = nn.Sequential(
            Conv(4, 8, 3, bias=True), nn.LeakyReLU(.2), Upsample(8, 6, 2, True),
            Residual(6, 2, nn.LeakyReLU(.1)), Snake(6), Conv(6, 8, 5))
        fill(self, 20)
        norm = self.encoder[1]
        norm.running_mean.copy_(weights(50, 6, scale=.3))
        norm.running_var.copy_(1 + weights(51, 6, scale=.5))
        self.register_buffer("mean", weights(52, 4, scale=.2))
        self.register_buffer("rotation", torch.linalg.qr(weights(53, 4, 4))[0])
        self.size = 2
        self.gain = (1.,)
        self.mode = ("soft",)
        self.bypass = (False,)
        self.bias = (0., 0)
        self.port("encode", 1, 1, 2, 8)
        self.port("decode", 2, 8, 1, 1)
        self.port("forward", 1, 1, 1, 1)
        self.attribute("gain", 2)
        self.attribute("mode", 3)
        self.attribute("bypass", 0)
        self.attribute("bias", 2, 1)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        z = self.encoder(self.bands(x))
        mean, scale = z.chunk(2, 1)
        std = F.softplus(scale) + 1e-4
        z = torch.zeros_like(mean) * std + mean
        z = z - self.mean.unsqueeze(-1)
        return F.conv1d(z, self.rotation.unsqueeze(-1))[:, :self.size]

    @torch.jit.export
    def decode(self, z: Tensor, inner: bool = False) -> Tensor:
        missing = self.rotation.shape[0] - z.shape[1]
        pad = torch.zeros(z.shape[0], missing, z.shape[-1]).type_as(z)
        z = torch.cat([z, pad], 1)
        z = F.conv1d(z, self.rotation.T.unsqueeze(-1))
        y = self.decoder(z + self.mean.unsqueeze(-1))
        wave, amplitude = y.split(y.shape[1] // 2, 1)
        y = self.bands.inverse(torch.tanh(wave * torch.sigmoid(amplitude)))
        if y.shape[-1] > z.shape[-1] * self.decode_params[1]:
            y = y[..., :z.shape[-1] * self.decode_params[1]]
        if self.mode[0] == "hard":
            y = y.clamp(-.1, .1)
        return y * self.gain[0] + self.bias[0] * self.bias[1]

    def forward(self, x: Tensor) -> Tensor:
        if self.bypass[0]:
            return x
        return self.decode(self.encode(x), inner=True)

    @torch.jit.export
    def get_gain(self) -> Tuple[float]:
        return self.gain

    @torch.jit.export
    def set_gain(self, gain: float) -> int:
        if gain < 0:
            return -1
        self.gain = (gain,)
        return 0

    @torch.jit.export
    def get_mode(self) -> Tuple[str]:
        return self.mode

    @torch.jit.export
    def set_mode(self, mode: str) -> int:
        if mode not in ["soft", "hard"]:
            return -1
        self.mode = (mode,)
        return 0

    @torch.jit.export
    def get_bypass(self) -> bool:
        return self.bypass[0]

    @torch.jit.export
    def set_bypass(self, bypass: bool) -> int:
        self.bypass = (bypass,)
        return 0

    @torch.jit.export
    def get_bias(self) -> Tuple[float, int]:
        return self.bias

    @torch.jit.export
    def set_bias(self, step: float, steps: int) -> int:
        self.bias = (step, steps)
        return 0


class RebindConv(nn.Module):
    """As exporters wrote it in 2021: the tail is a new tensor in the slot."""

    def __init__(self, i, o, kernel):
        super().__init__()
        self.conv = nn.Conv1d(i, o, kernel)
        self.kernel = kernel
        self.register_buffer("pad", torch.zeros(2, i, kernel - 1))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([self.pad, x], -1)
        self.pad = x[..., -(self.kernel - 1):]
        return self.conv(x)


class RebindUpsample(nn.Module):
    """Keeps one frame of the input and cuts what is not whole yet."""

    def __init__(self, i, o, ratio):
        super().__init__()
        self.conv = nn.ConvTranspose1d(i, o, 2 * ratio, ratio)
        self.ratio = ratio
        self.register_buffer("last", torch.zeros(2, i, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([self.last, x], -1)
        self.last = x[..., -1:]
        return self.conv(x)[..., self.ratio:-self.ratio]


class Rebind(Instrument):
    """The batch is two, as the caches were made."""

    def __init__(self):
        super().__init__()
        self.down = RebindConv(1, 4, 7)
        self.up = RebindUpsample(4, 1, 4)
        fill(self, 60)
        self.calls = 0
        self.register_buffer("level", torch.zeros(2, 1, 1))
        self.port("forward", 1, 1, 1, 1)
        self.port("decode", 4, 4, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        y = F.elu(self.down(x))
        self.level = .9 * self.level + .1 * y.abs().mean((1, 2), keepdim=True)
        return self.up(y[..., ::4]) * (1 + self.level)

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return self.up(z)

    @torch.jit.export
    def get_calls(self) -> int:
        return self.calls


class Adapt(Instrument):
    """Statistics of what is played, and a switch that the calls themselves
    turn."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(ROWS, 2, 1))
        self.register_buffer("std", torch.ones(ROWS, 2, 1))
        self.register_buffer("learn", torch.zeros(1))
        self.register_buffer("updates", torch.zeros(1))
        self.learning = (False,)
        self.reset = (False,)
        self.port("forward", 2, 1, 2, 1)
        self.attribute("learning", 0)
        self.attribute("reset", 0)

    def refresh(self):
        self.learn.zero_()
        if self.learning[0]:
            self.learn.add_(1)
        if self.reset[0]:
            self.mean.zero_()
            self.std.zero_().add_(1)
            self.updates.zero_()
        self.reset = (False,)

    def forward(self, x: Tensor) -> Tensor:
        self.refresh()
        n = x.shape[0]
        if self.learn:
            mean = x.mean(-1, keepdim=True)
            std = x.std(-1, keepdim=True)
            self.mean[:n] += (mean - self.mean[:n]) / (self.updates + 1)
            self.std[:n] += (std - self.std[:n]) / (self.updates + 1)
            self.updates += 1
            return x
        if self.updates:
            x = (x - self.mean[:n]) / (self.std[:n] + 1e-5)
        return x

    @torch.jit.export
    def set_learning(self, learning: bool) -> int:
        self.learning = (learning,)
        return 0

    @torch.jit.export
    def get_learning(self) -> bool:
        return self.learning[0]

    @torch.jit.export
    def set_reset(self, reset: bool) -> int:
        self.reset = (reset,)
        return 0

    @torch.jit.export
    def get_reset(self) -> bool:
        return self.reset[0]


class Spectral(Instrument):
    """Filters in the spectrum with overlap, a noise that is shaped by a small
    inverse transform, features of frames."""

    def __init__(self):
        super().__init__()
        self.register_buffer("past", torch.zeros(ROWS, 1, 48))
        self.register_buffer("tail", torch.zeros(ROWS, 1, 48))
        self.register_buffer("window", torch.hann_window(64))
        self.register_buffer("curve", weights(70, 33, scale=1.).abs())
        self.bands = nn.Conv1d(1, 10, 16, 16, bias=False)
        fill(self, 71)
        self.port("filter", 1, 1, 1, 1)
        self.port("shape", 1, 1, 1, 1)
        self.port("centre", 1, 1, 1, 16)

    @torch.jit.export
    def filter(self, x: Tensor) -> Tensor:
        n = x.shape[0]
        x = torch.cat([self.past[:n], x], -1)
        self.past[:n].copy_(x[..., -48:])
        s = torch.stft(x[:, 0], 64, 16, 64, self.window, center=False,
                       return_complex=True)
        frames = torch.fft.irfft(s * self.curve[:, None], 64, dim=1)
        frames = frames * self.window[:, None]
        length = 16 * (frames.shape[-1] - 1) + 64
        y = F.fold(frames, (1, length), (1, 64), stride=(1, 16))[:, :, 0]
        y[..., :48] += self.tail[:n]
        self.tail[:n].copy_(y[..., -48:])
        return y[..., :-48]

    @torch.jit.export
    def shape(self, x: Tensor) -> Tensor:
        a = 2 * torch.sigmoid(self.bands(x))**2.3 + 1e-7
        a = a.permute(0, 2, 1).reshape(x.shape[0], -1, 2, 5)
        a = torch.view_as_complex(torch.stack([a, torch.zeros_like(a)], -1))
        ir = torch.roll(torch.fft.irfft(a), 4, -1)
        ir = ir * torch.hann_window(8, dtype=ir.dtype, device=ir.device)
        ir = torch.roll(F.pad(ir, (0, 8)), -4, -1)
        noise = x.reshape(x.shape[0], -1, 1, 16).repeat(1, 1, 2, 1)
        noise = F.pad(noise, (0, noise.shape[-1]))
        ir = F.pad(ir, (ir.shape[-1], 0))
        y = torch.fft.irfft(torch.fft.rfft(noise) * torch.fft.rfft(ir))
        y = y[..., y.shape[-1] // 2:].sum(2)
        return y.reshape(x.shape[0], 1, -1)

    @torch.jit.export
    def centre(self, x: Tensor) -> Tensor:
        frames = x.reshape(x.shape[0], -1, 16)
        s = torch.fft.rfft(frames).abs()
        freq = torch.fft.rfftfreq(16, 1. / 44100)
        s = F.normalize(s, p=1., dim=-1)
        mean = torch.sum(s * freq, dim=-1)
        power = torch.maximum(s**2, torch.zeros(1) + 1e-10)
        flat = power.log().mean(-1).exp() / power.mean(-1)
        return (mean / 1000 + flat)[:, None]


class Ring:
    """A queue of samples: a script class, as inner parts of plug-in models
    are."""

    def __init__(self, channels: int, size: int):
        self.data = torch.zeros(channels, size)
        self.size = size
        self.start = 0
        self.count = 0

    def push(self, x: Tensor) -> None:
        for i in range(x.shape[-1]):
            at = (self.start + self.count) % self.size
            self.data[:, at] = x[:, i]
            self.count += 1

    def pop(self, n: int) -> Tensor:
        index = (torch.arange(n) + self.start) % self.size
        self.start = (self.start + n) % self.size
        self.count -= n
        return self.data.index_select(1, index)


class Fifo:
    """A queue whose places go round, as inner parts of plug-in models have:
    numbers in slots that come back."""

    def __init__(self, size: int):
        self.data = torch.zeros(1, size)
        self.size = size
        self.first = 0
        self.count = 0

    def push(self, x: Tensor) -> None:
        at = (self.first + self.count) % self.size
        n = min(x.shape[-1], self.size - at)
        self.data[:, at:at + n] = x[:, :n]
        if n < x.shape[-1]:
            self.data[:, :x.shape[-1] - n] = x[:, n:]
        self.count += x.shape[-1]

    def pop(self, out: Tensor) -> None:
        n = min(out.shape[-1], self.size - self.first)
        out[:, :n] = self.data[:, self.first:self.first + n]
        if n < out.shape[-1]:
            out[:, n:] = self.data[:, :out.shape[-1] - n]
        self.first = (self.first + out.shape[-1]) % self.size
        self.count -= out.shape[-1]


class Fifos(Instrument):
    """Blocks of 48 within blocks of any size."""

    def __init__(self):
        super().__init__()
        self.waiting = Fifo(160)
        self.ready = Fifo(160)
        self.ready.count = 48
        self.register_buffer("block", torch.zeros(1, 48))
        self.register_buffer("last", torch.zeros(1))
        self.gain = (1., )
        self.port("forward", 1, 1, 1, 1)
        self.attribute("gain", 2)

    def forward(self, x: Tensor) -> Tensor:
        self.waiting.push(x[0])
        while self.waiting.count >= 48:
            self.waiting.pop(self.block)
            y = torch.tanh(2 * self.block + self.last) * self.gain[0]
            self.last = y[:, -1]
            self.ready.push(y)
        out = torch.zeros_like(x)
        self.ready.pop(out[0])
        return out

    @torch.jit.export
    def get_gain(self) -> float:
        return self.gain[0]

    @torch.jit.export
    def set_gain(self, gain: float) -> int:
        self.gain = (gain, )
        return 0


class Wander(Instrument):
    """Blocks of 37 within blocks of any size: nothing divides anything. An
    oscillator whose phase is a number, and a dict that each call fills."""

    def __init__(self):
        super().__init__()
        self.waiting = Fifo(160)
        self.ready = Fifo(160)
        self.ready.count = 37
        self.register_buffer("block", torch.zeros(1, 37))
        self.knobs: Dict[str, Tensor] = {"depth": torch.zeros(1)}
        self.phase = 0.
        self.rate = .0123
        self.port("forward", 1, 1, 1, 1)
        self.attribute("rate", 2)

    def inner(self, x: Tensor) -> Tensor:
        t = torch.arange(x.shape[-1]) * self.rate + self.phase
        self.phase = (self.phase + x.shape[-1] * self.rate) % 1.
        depth = self.knobs["depth"]
        self.knobs["depth"] = x.abs().mean(-1)
        return torch.tanh(x * (1 + depth * torch.sin(6.2831853 * t)))

    def forward(self, x: Tensor) -> Tensor:
        self.waiting.push(x[0])
        while self.waiting.count >= self.block.shape[-1]:
            self.waiting.pop(self.block)
            self.ready.push(self.inner(self.block))
        out = torch.zeros_like(x)
        self.ready.pop(out[0])
        return out

    @torch.jit.export
    def get_rate(self) -> float:
        return self.rate

    @torch.jit.export
    def set_rate(self, rate: float) -> int:
        self.rate = rate
        return 0


class Queues(Instrument):
    """Any block size outside, blocks of 48 within: numbers in slots change
    with every call. The delay is told."""

    def __init__(self):
        super().__init__()
        self.register_buffer("waiting", torch.zeros(2, 256))
        self.register_buffer("ready", torch.zeros(2, 256))
        self.n_waiting = 0
        self.n_ready = 48
        self.phase = 0.
        self.defaults: Dict[str, float] = {"depth": .5, "rate": 3.}
        self.order = torch.jit.Attribute(["rate", "depth"], List[str])
        self.port("forward", 2, 1, 2, 1)

    def inner(self, x: Tensor, values: Dict[str, Tensor]) -> Tensor:
        t = torch.arange(x.shape[-1]) + self.phase
        self.phase = (self.phase + x.shape[-1]) % 44100.
        lfo = torch.sin(t * (6.2831853 * values["rate"] / 44100))
        return torch.tanh(x * (1 + values["depth"] * lfo))

    def play(self, x: Tensor, values: Dict[str, Tensor]) -> Tensor:
        n = x.shape[-1]
        self.waiting[:, self.n_waiting:self.n_waiting + n] = x
        self.n_waiting += n
        while self.n_waiting >= 48:
            y = self.inner(self.waiting[:, :48].clone(), values)
            self.waiting = torch.roll(self.waiting, -48, 1)
            self.n_waiting -= 48
            self.ready[:, self.n_ready:self.n_ready + 48] = y
            self.n_ready += 48
        out = self.ready[:, :n].clone()
        self.ready = torch.roll(self.ready, -n, 1)
        self.n_ready -= n
        return out

    def forward(self, x: Tensor, given: Optional[Tensor] = None) -> Tensor:
        values: Dict[str, Tensor] = {}
        for i, name in enumerate(self.order):
            if given is not None:
                values[name] = given[i].mean()
            else:
                values[name] = torch.tensor(self.defaults[name])
        return self.play(x[0], values)[None]

    @torch.jit.export
    def calc_model_delay_samples(self) -> int:
        return 48

    @torch.jit.export
    def get_native_sample_rates(self) -> List[int]:
        return [44100, 48000]

    @torch.jit.export
    def reset(self) -> None:
        self.waiting.fill_(0)
        self.ready.fill_(0)
        self.n_waiting, self.n_ready = 0, 48
        self.phase = 0.

    @torch.jit.export
    def through_ring(self, x: Tensor) -> Tensor:
        ring = Ring(x.shape[0], 8)
        ring.push(x[:, :6])
        a = ring.pop(4)
        ring.push(x[:, 6:11])
        return torch.cat([a, ring.pop(ring.count)], 1)
