"""Golden numbers of discriminators and of what both sides learn from them,
judges.h: RAVE's own code, small, in double precision, with weights that are a
formula of their names.

    /usr/bin/python3 judges.py SOURCES

SOURCES holds checkouts of RAVE, cached_conv, gin-config and einops, none of
which are in this tree. Changed in a copy: the networks of descript are a
sixteenth as wide. torchaudio's Spectrogram is made of torch.stft."""
import os
import sys
import tempfile
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("engine", "torchscript", "witness"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", folder, "golden"))
import common
import stand_ins
from common import Header, noise, text
from witness import seed_of

common.HERE = HERE
ROWS, FRAMES, PROJECTIONS = 2, 702, 4  # whole periods, and not
LATENTS = 5, 7  # so many of so many frames
DESCRIPT = "rave/descript_discriminator.py"
NARROW = [(DESCRIPT, "n_channels, 32, (5, 1)", "n_channels, 2, (5, 1)"),
          (DESCRIPT, "(32, 128, (5", "(2, 8, (5"),
          (DESCRIPT, "(128, 512, (5", "(8, 32, (5"),
          (DESCRIPT, "(512, 1024, (5", "(32, 64, (5"),
          (DESCRIPT, "(1024, 1024, (5, 1), 1", "(64, 64, (5, 1), 1"),
          (DESCRIPT, "WNConv2d(1024,\n", "WNConv2d(64,\n"),
          (DESCRIPT, "ch = 32", "ch = 2")]
RELATIVE = [(1, True), (0, False)]  # skipped features, relative


class Spectrogram(torch.nn.Module):
    def __init__(self, n_fft, hop_length, win_length=None, power=None,
                 normalized=False, center=True, **_):
        super().__init__()
        self.how = n_fft, hop_length, normalized, center

    def forward(self, x):
        n, hop, normalized, center = self.how
        w = torch.hann_window(n, dtype=x.dtype)
        y = torch.stft(x.reshape(-1, x.shape[-1]), n, hop, n, w, center,
                       "reflect", return_complex=True)
        y = y.reshape(*x.shape[:-1], *y.shape[1:])
        return y / w.pow(2).sum().sqrt() if normalized else y


def weight(name, shape):
    x = noise(seed_of(name), *shape).detach()
    if name.endswith("_g"):
        return 1 + .2 * x
    return x * (3 / x[0].numel())**.5 if len(shape) > 1 else .2 * x


def summary(name, x):
    x = x.detach().flatten()
    return [x.norm().item()] + [
        (x * noise(seed_of(name) + 1 + i, x.numel()).detach()).sum().item()
        for i in range(PROJECTIONS)]


def halves(features):
    real = [[f[:ROWS] for f in judge] for judge in features]
    made = [[f[ROWS:] for f in judge] for judge in features]
    return real, made


def matching(core, real, made, skip, relative):
    total = 0
    for a, b in zip(real, made):
        total = total + sum(
            core.mean_difference(x, y, "L1", relative)
            for x, y in zip(a[skip:], b[skip:])) / len(a[skip:])
    return total / len(real)


def run(name, channels, net, core):
    net = torch.nn.ModuleDict({"discriminator": net}).double()
    for n, p in net.named_parameters():
        p.data.copy_(weight(n, p.shape))
    x = noise(1, ROWS, channels, FRAMES).detach()
    y = noise(2, ROWS, channels, FRAMES)
    real, made = halves(net["discriminator"](torch.cat([x, y])))
    rows, dis, gen = [], 0, 0
    for i, gan in enumerate((core.hinge_gan, core.ls_gan,
                             core.nonsaturating_gan)):
        both = [gan(a[-1], b[-1]) for a, b in zip(real, made)]
        d, g = sum(p[0] for p in both), sum(p[1] for p in both)
        rows += [(f"discrimination {i}", d), (f"deception {i}", g)]
        dis, gen = dis + d, gen + g
    for i, how in enumerate(RELATIVE):
        m = matching(core, real, made, *how)
        rows.append((f"matching {i}", m))
        gen = gen + m
    rows.append(("made", torch.autograd.grad(gen, y, retain_graph=True)[0]))
    names, params = zip(*net.named_parameters())
    rows += zip(names, torch.autograd.grad(dis, params))
    print(name, len(rows), real[0][-1].std().item())
    return rows


def write(header, name, rows):
    header.text.append(f"static const golden_row {name}[] = {{")
    for n, v in rows:
        numbers = ", ".join(f"{x:.9g}" for x in summary(n, v))
        header.text.append("    {" + text(n) + ", {" + numbers + "}},")
    header.text += ["    {NULL, {0}},", "};"]


def latents(blocks):
    """Of VAEs, with a gradient, and of spherical models."""
    variational = blocks.VariationalEncoder(lambda n_channels: None)
    spherical = blocks.SphericalEncoder(lambda n_channels: None)
    n, frames = LATENTS
    z, unit = noise(1, ROWS, 2 * n, frames), noise(1, ROWS, n, frames)
    kl = variational.reparametrize(z)[1]
    y = spherical.reparametrize(unit)[0]
    (y * noise(9, *y.shape).detach()).sum().backward()
    return [("divergence", kl), ("encoded", torch.autograd.grad(kl, z)[0]),
            ("unit", y), ("unit gradient", unit.grad)]


def main():
    sources = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as copy:
        tree = stand_ins.patched(os.path.join(sources, "RAVE"),
                                 os.path.join(copy, "RAVE"), NARROW)
        stand_ins.Spectrogram = Spectrogram
        stand_ins.install(tree, *(
            os.path.join(sources, d)
            for d in ("cached_conv", "gin-config", "einops")))
        import gin
        import rave
        from rave import blocks, core, descript_discriminator, discriminator
        gin.parse_config("normalization.mode = 'weight_norm'")
        torch.set_default_dtype(torch.float64)

        def convnet(taps, conv):
            return lambda in_size: discriminator.ConvNet(
                in_size, 1, 4, 4, taps, 4, conv)

        def spectral(n_channels):
            return discriminator.EncodecConvNet(4, n_channels)

        header = Header("judges.h", "judges.py")
        cases = {
            "scales": (1, discriminator.MultiScaleDiscriminator(
                3, convnet(15, torch.nn.Conv1d))),
            "periods": (2, discriminator.MultiPeriodDiscriminator(
                [2, 3, 5], convnet((5, 1), torch.nn.Conv2d), 2)),
            "spectra": (2, discriminator.MultiScaleSpectralDiscriminator(
                [64, 32], spectral, 2)),
            "descript": (2, descript_discriminator.DescriptDiscriminator(
                periods=[2, 3], fft_sizes=[64, 32], n_channels=2)),
        }
        for name, (channels, net) in cases.items():
            write(header, name, run(name, channels, net, core))
        write(header, "latents", latents(blocks))
        header.close()


if __name__ == "__main__":
    main()
