"""Golden losses and gradients of a small RAVE: rave.h. Written from the
description in ../rave.h and ../rave_losses.h."""
import math
import torch
import torch.nn.functional as F
from witness import Summaries, Weights, noise

ROWS, BANDS, LATENT, HOP, FRAMES, PERIOD = 2, 8, 4, 64, 512, 3
W = Weights()


def normed(name, *shape):
    v, g = W(name + ".v", *shape), W(name + ".g", shape[0])
    norm = v.flatten(1).norm(dim=1)
    return v * (g / norm).reshape(-1, *[1] * (len(shape) - 1))


def leaky(x):
    return F.leaky_relu(x, 0.2)


def conv(x, name, out, taps, stride=1, dilation=1):
    pad = ((taps - 1) * dilation + 2 - stride) // 2
    return F.conv1d(x, normed(name, out, x.shape[1], taps), None, stride, pad,
                    dilation)


def up(x, name, out, ratio):
    return F.conv_transpose1d(x, normed(name, x.shape[1], out, 2 * ratio),
                              None, ratio, ratio // 2)


def residuals(x, name):
    for d in (1, 3):
        h = conv(leaky(x), f"{name}.{d}.in", x.shape[1], 3, 1, d)
        x = conv(leaky(h), f"{name}.{d}.out", x.shape[1], 1) + x
    return x


def filters():
    m = BANDS
    i, k = torch.arange(2 * m), torch.arange(m)[:, None]
    window = torch.sin(math.pi * (i + 0.5) / (2 * m))
    h = torch.cos(math.pi / m * (i + 0.5 + m / 2) * (k + 0.5))
    return (math.sqrt(2 / m) * window * h)[:, None]


def analysis(x):
    return F.conv1d(F.pad(x, (BANDS, 0)), filters(), None, BANDS)


def synthesis(bands):
    return F.conv_transpose1d(bands, filters(), None, BANDS)[
        :, :, BANDS:BANDS + FRAMES]


def encoder(bands):
    h = conv(bands, "enc.0", 12, 7)
    h = conv(leaky(residuals(h, "enc.1")), "enc.down1", 16, 4, 2)
    h = conv(leaky(residuals(h, "enc.2")), "enc.down2", 24, 8, 4)
    mean, scale = conv(leaky(h), "enc.head", 2 * LATENT, 3).chunk(2, 1)
    return mean, F.softplus(scale) + 1e-4


def level(x):
    return 2 * torch.sigmoid(x) ** 2.3 + 1e-7


def noise_head(h, white):
    h = F.conv1d(F.pad(h, (2, 0)), W("dec.noise1.w", 12, h.shape[1], 3), None,
                 2)
    h = F.conv1d(F.pad(leaky(h), (4, 0)), W("dec.noise2.w", 40, 12, 5), None,
                 4)
    magnitude = level(h - 1).reshape(ROWS, BANDS, 5, -1).transpose(2, 3)
    taps = torch.fft.irfft(magnitude + 0j, 8).roll(4, -1)
    taps = taps * torch.hann_window(8)
    u = white.reshape(ROWS, -1, BANDS, 8).transpose(1, 2)
    y = [sum(taps[..., k] * u[..., t - k] for k in range(t + 1))
         for t in range(8)]
    return torch.stack(y, -1).reshape(ROWS, BANDS, -1)


def decoder(z, white):
    h = conv(z, "dec.0", 24, 3)
    h = residuals(up(leaky(h), "dec.up1", 16, 4), "dec.1")
    h = residuals(up(leaky(h), "dec.up2", 12, 2), "dec.2")
    wave = torch.tanh(conv(h, "dec.wave", BANDS, 7))
    return wave * level(conv(h, "dec.loud", 1, 3)) + noise_head(h, white)


def distance(x, y, sizes):
    total = 0
    for n in sizes:
        a, b = (torch.stft(s.reshape(-1, s.shape[-1]), n, n // 4,
                           window=torch.hann_window(n), center=True,
                           pad_mode="constant", return_complex=True).abs()
                for s in (x, y))
        total = total + ((a - b) ** 2).mean() / (a ** 2).mean() + (
            (a + 1e-7).log() - (b + 1e-7).log()).abs().mean()
    return total


class Pass:
    """One batch through the autoencoder."""

    def __init__(self, x, white, frozen):
        self.x, self.bands = x, analysis(x)
        mean, scale = encoder(self.bands)
        eps = white.reshape(ROWS, -1, HOP)[:, :, :LATENT].transpose(1, 2)
        self.z = mean + scale * eps
        if frozen:
            self.z = self.z.detach()
        s2 = scale ** 2
        self.divergence = (mean ** 2 + s2 - s2.log() - 1).sum(1).mean()
        self.decoded = decoder(self.z, white)
        self.y = synthesis(self.decoded)
        self.distance = distance(self.x, self.y, (64, 32)) + distance(
            self.bands, self.decoded, (32, 16))


def disc_conv(x, name, out, taps, stride, groups=1):
    w = normed(name, out, x.shape[1] // groups, taps, *[1] * (x.dim() - 3))
    b = W(name + ".b", out)
    if x.dim() == 4:
        return F.conv2d(x, w, b, (stride, 1), (taps // 2, 0))
    return F.conv1d(x, w, b, stride, taps // 2, 1, groups)


def net(x, name, taps, strides, groups):
    a = disc_conv(x, name + "0", 8, taps[0], strides[0])
    b = disc_conv(leaky(a), name + "1", 16, taps[1], strides[1], groups)
    return [a, b, 8 * disc_conv(leaky(b), name + "2", 1, 1, 1)]


def judge(x):
    folded = F.pad(x, (0, -FRAMES % PERIOD)).reshape(ROWS, 1, -1, PERIOD)
    return [net(x, "dis.scale", (15, 9), (4, 2), 4),
            net(folded, "dis.period", (5, 5), (3, 2), 1)]


def generator_loss(p):
    real, fake = judge(p.x), judge(p.y)
    matching = sum(((a - b).abs().mean() / a.abs().mean())
                   for r, f in zip(real, fake)
                   for a, b in zip(r[:2], f[:2])) / 4
    return p.distance - sum(f[2].mean() for f in fake) + 10 * matching


def discriminator_loss(x, y):
    real, fake = judge(x), judge(y)
    return sum(F.relu(1 - r[2]).mean() + F.relu(1 + f[2]).mean()
               for r, f in zip(real, fake))


def batch(step):
    return (noise(10 + step, ROWS, 1, FRAMES).detach(),
            noise(20 + step, ROWS, 1, FRAMES).detach())


h = Summaries("rave.h", "rave.py")
p = Pass(*batch(0), frozen=False)
loss = p.distance + 0.1 * p.divergence
loss.backward()
h.summaries("rave_values", {"z": p.z, "y": p.y, "bands": p.bands,
                            "decoded_bands": p.decoded})
h.numbers("rave_first_loss", [loss.item()])
h.gradients("rave_first", W.some("enc", "dec"))

judge(p.x)
W.clear_gradients()
adam = {"betas": (0.5, 0.9)}
generator = torch.optim.Adam(W.some("dec").values(), 1e-3, **adam)
discriminator = torch.optim.Adam(W.some("dis").values(), 1e-4, **adam)
losses = []
for step in range(3):
    x, white = batch(step)
    p = Pass(x, white, frozen=True)
    W.clear_gradients()
    loss = generator_loss(p)
    loss.backward()
    if step == 0:
        h.gradients("rave_second", W.some("dec"))
    losses.append(loss.item())
    generator.step()
    W.clear_gradients()
    loss = discriminator_loss(x, p.y.detach())
    loss.backward()
    if step == 0:
        h.gradients("rave_discriminator", W.some("dis"))
    losses.append(loss.item())
    discriminator.step()
h.numbers("rave_losses", losses)
h.summaries("rave_trained", W.some("dec", "dis"))
h.close()
