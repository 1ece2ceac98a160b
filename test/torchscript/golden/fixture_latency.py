"""Fixtures that are late and say so, each in its way; and one that draws by
chance."""
from typing import List
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from instrument import Instrument, weights

ROWS = 2


class Told(Instrument):
    """Waits and says how long. It remembers a sound."""

    def __init__(self):
        super().__init__()
        self.latency = 300
        self.register_buffer("past", weights(80, 6, 1, 300, scale=.1))
        self.port("forward", 1, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[0]
        x = torch.cat([self.past[:n], x], -1)
        self.past[:n].copy_(x[..., -300:])
        return x[..., :-300]


class CachedPadding1d(nn.Module):
    def __init__(self, channels: int, padding: int, crop: bool = False):
        super().__init__()
        self.padding = padding
        self.crop = crop
        self.register_buffer("pad", torch.zeros(ROWS, channels, padding))

    def forward(self, x: Tensor) -> Tensor:
        if self.padding:
            x = torch.cat([self.pad[:x.shape[0]], x], -1)
            self.pad[:x.shape[0]].copy_(x[..., -self.padding:])
            if self.crop:
                x = x[..., :-self.padding]
        return x


class CachedConv1d(nn.Conv1d):
    """`ahead` frames lie behind the one that an output answers to; told is what
    cached_conv would, with the delay that came before or without it."""

    def __init__(self, i, o, kernel, stride=1, dilation=1, causal=False,
                 before=0):
        super().__init__(i, o, kernel, stride, 0, dilation, 1, False)
        span = (kernel - 1) * dilation + 1
        ahead = 0 if causal or kernel == 1 else span // 2
        waits = -(ahead + before) % stride
        self.cumulative_delay = (ahead + waits + before) // stride
        self.cache = CachedPadding1d(i, span - 1)
        self.downsampling_delay = CachedPadding1d(i, waits, True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.cache(self.downsampling_delay(x))
        return F.conv1d(x, self.weight, None, self.stride, 0, self.dilation)


class CachedConvTranspose1d(nn.ConvTranspose1d):
    def __init__(self, i, o, ratio):
        super().__init__(i, o, 2 * ratio, ratio, ratio // 2, bias=False)
        self.cumulative_delay = ratio // 2
        self.register_buffer("cache", torch.zeros(ROWS, o, ratio))

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[0]
        y = F.conv_transpose1d(x, self.weight, None, self.stride)
        tail = self.cache.shape[-1]
        y[..., :tail] += self.cache[:n]
        self.cache[:n].copy_(y[..., -tail:])
        return y[..., :-tail]


class Aligned(nn.Module):
    """A convolution beside what it is added to."""

    def __init__(self, channels, dilation, causal):
        super().__init__()
        self.net = CachedConv1d(channels, channels, 3, 1, dilation, causal)
        self.wait = CachedPadding1d(channels, self.net.cumulative_delay, True)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x) + self.wait(x)


class Layers(Instrument):
    """Every layer passes its input on at the place that it answers to: what
    comes out is what went in, as late as the layers say."""

    def __init__(self, causal: bool):
        super().__init__()
        self.first = CachedConv1d(1, 1, 5, 1, 1, causal)
        self.down = CachedConv1d(1, 2, 4, 2, 1, causal,
                                 before=self.first.cumulative_delay)
        self.around = Aligned(2, 3, causal)
        self.up = CachedConvTranspose1d(2, 1, 2)
        self.last = CachedConv1d(1, 1, 3, 1, 1, causal)
        self.port("down_up", 1, 1, 1, 1)
        self.port("forward", 1, 1, 1, 1)
        self.port("halve", 1, 1, 2, 2)
        centre = 4 if causal else 2
        w = [p.weight.zero_() for p in (self.first, self.down, self.around.net,
                                        self.up, self.last)]
        w[0][0, 0, centre] = 1
        for phase in range(2): # the frame that is answered to, and the next
            w[1][phase, 0, (2 if causal else 1) + phase] = 1
            w[3][phase, 0, (0 if causal else 1) + phase] = 1
        for c in range(2):
            w[2][c, c, 2 if causal else 1] = .5
        w[4][0, 0, 2 if causal else 1] = 1
        for p in self.parameters():
            p.requires_grad_(False)

    @torch.jit.export
    def halve(self, x: Tensor) -> Tensor:
        return self.around(self.down(self.first(x)))

    @torch.jit.export
    def down_up(self, x: Tensor) -> Tensor:
        return self.up(self.down(x))

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.up(self.halve(x)))


class Chance(Instrument):
    """Noise along different axes, some in a loop, and steps that are drawn."""

    def __init__(self):
        super().__init__()
        self.register_buffer("likely", torch.tensor([.25, .5, .25]))
        self.port("forward", 1, 1, 1, 1)
        self.port("encode", 1, 1, 2, 8)
        self.port("steps", 1, 8, 1, 8)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        z = x[..., ::8].repeat(1, 2, 1)
        return z + torch.randn_like(z)

    def forward(self, x: Tensor) -> Tensor:
        frames = x.reshape(x.shape[0], -1, 2, 2)
        shaped = (torch.rand_like(frames) * 2 - 1) * .5
        z = torch.randn(x.shape[0], 3, x.shape[-1] // 8).type_as(x)
        z = z.sum(1, keepdim=True).repeat_interleave(8, -1)
        return x + shaped.reshape(x.shape[0], 1, -1) + z * .1

    @torch.jit.export
    def steps(self, z: Tensor) -> Tensor:
        out: List[Tensor] = []
        for i in range(z.shape[-1]):
            one = torch.multinomial(self.likely, 1).float()
            out.append(one.reshape(1, 1, 1) + torch.rand(1, 1, 1))
        return z + torch.cat(out, -1)
