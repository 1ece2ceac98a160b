"""Golden numbers of RAVE's networks, rave.h and rave_hybrid.h: RAVE's own code, small, in double
precision, with weights that are a formula of their names and noise that is
given.

    /usr/bin/python3 rave.py SOURCES

SOURCES holds checkouts of RAVE, cached_conv, gin-config and einops, none of
which are in this tree. Changed in a copy:
- the bank is computed and kept in double precision (as in test/dsp/golden);
- v2_nopqmf_small asks for an augmentation by a name that there is not, and so
  does not parse: it is called RandomCompress there, as in v2_nopqmf.
Changed while it runs:
- noise (rand_like, randn_like, randn) is that of the tests;
- discrete latents are quantised: the code that should enable it is never
  called. Books are filled;
- version 1 has its noise (warmed_up), while the encoder has its gradients.
BRAVE is v1 with the settings of its own configuration (c128_r05_p40.gin).
The signal is silent in its last quarter: the banks' filters differ in how late
they are (see test/dsp/golden/pqmf.py). For hybrid it is silent in its first one,
too, where torchaudio reflects it. torchaudio's MelSpectrogram is made of
torch.stft and triangles on HTK's scale."""
import math
import os
import sys
import tempfile
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("engine", "torchscript", "witness", "dsp"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", folder, "golden"))
import common
import stand_ins
from common import Header, noise, text
from pqmf import DOUBLE
from witness import seed_of

common.HERE = HERE
NAMED = [("rave/configs/v2_nopqmf_small.gin",
          "@augmentations/transforms.Compress()",
          "@augmentations/transforms.RandomCompress()"),
         ("rave/configs/v2_nopqmf_small.gin",
          "augmentations/transforms.Compress:",
          "augmentations/transforms.RandomCompress:")]
ROWS, FRAMES, PROJECTIONS = 2, 4096, 4
LATENT, MORE, BAND = 21, 22, 23
SMALL = "CAPACITY = 4\nLATENT_SIZE = 4\n"
NOISE = "blocks.NoiseGeneratorV2.hidden_size = 6\n"
CODES = "NUM_QUANTIZERS = 3\nCODEBOOK_SIZE = 8\nNOISE_AUGMENTATION = 3\n"
BRAVE = """RATIOS = [2, 2, 2, 1]
pqmf.CachedPQMF.attenuation = 40
blocks.Generator.use_noise = False
blocks.ResidualStack.dilations_list = [[3, 1], [9, 1], [27, 1], [36, 1]]
"""
# name of the presets, configurations, further bindings, channels
CASES = [
    ("v1", ["v1"], "", 1),
    ("v1,causal", ["v1", "causal"], "", 1),
    ("onnx", ["onnx"], "", 2),
    ("raspberry", ["raspberry"], "", 1),
    ("v2", ["v2"], "", 1),
    ("v2,causal", ["v2", "causal"], "", 1),
    ("v2,noise,snake", ["v2", "noise", "snake"], NOISE, 1),
    ("v2,wasserstein", ["v2", "wasserstein"], "NOISE_AUGMENTATION = 3\n", 1),
    ("v2,spherical", ["v2", "spherical"], "", 1),
    ("v2_small", ["v2_small"], NOISE, 2),
    ("v2_nopqmf", ["v2_nopqmf"], "", 1),
    ("v2_nopqmf_small", ["v2_nopqmf_small"], "", 1),
    ("v3", ["v3"], "", 1),
    ("discrete", ["discrete"], CODES, 1),
    ("discrete_v3", ["discrete_v3"], CODES, 1),
    ("brave", ["v1", "causal"], BRAVE, 1),
]
FILES = {"cases": "rave.h", "hybrids": "rave_hybrid.h"}
HYBRIDS = [
    ("v2,hybrid", ["hybrid"], "", 1),
    ("v3,hybrid", ["hybrid", "adain", "snake"], "", 2),
]


def weight(name, shape):
    """As weight_at of the test."""
    x = noise(seed_of(name), *shape).detach()
    last = name.rsplit(".", 1)[-1]
    if last in ("weight_g", "alpha", "running_var") or (
            last == "weight" and len(shape) == 1):
        return 1 + .2 * x
    if len(shape) > 1:
        return x * (3 / x[0].numel())**.5
    return .2 * x


class MelSpectrogram(torch.nn.Module):
    def __init__(self, sample_rate, n_fft, win_length, hop_length, normalized,
                 n_mels):
        super().__init__()
        self.n_fft, self.hop = n_fft, hop_length
        mel = torch.linspace(0, 2595 * math.log10(1 + sample_rate / 1400),
                             n_mels + 2)
        hz = 700 * (10**(mel / 2595) - 1)
        bins = torch.linspace(0, sample_rate / 2, n_fft // 2 + 1)[:, None]
        up = (bins - hz[:-2]) / (hz[1:-1] - hz[:-2])
        down = (hz[2:] - bins) / (hz[2:] - hz[1:-1])
        self.weights = torch.minimum(up, down).clamp(min=0).T

    def forward(self, x):
        w = torch.hann_window(self.n_fft)
        y = torch.stft(x.reshape(-1, x.shape[-1]), self.n_fft, self.hop,
                       self.n_fft, w, True, "reflect", return_complex=True)
        y = (y / w.pow(2).sum().sqrt()).abs().pow(2)
        y = self.weights @ y
        return y.reshape(*x.shape[:-1], *y.shape[1:])


class Feed:
    """Noise in place of chance."""
    def __init__(self, model):
        self.normal = {LATENT: 0, MORE: 0}
        torch.randn_like = lambda z: noise(LATENT, *z.shape).detach()
        torch.randn = lambda *shape: noise(MORE, *shape).detach()
        torch.rand_like = self.uniform

    def uniform(self, ir):
        """[rows, frames, signals, hop]; ours is in another order."""
        b, f, n, hop = ir.shape
        u = noise(BAND, b, n, f, hop).detach()
        return (u.permute(0, 2, 1, 3) + 1) / 2


def summary(name, x):
    x = x.detach().flatten()
    return [x.norm().item()] + [
        (x * noise(seed_of(name) + 1 + i, x.numel()).detach()).sum().item()
        for i in range(PROJECTIONS)]


def configured(rave, gin, case):
    name, configs, bindings, channels = case
    gin.clear_config()
    for c in configs:
        gin.parse_config_file(os.path.join(os.path.dirname(rave.__file__),
                                           "configs", c + ".gin"))
    gin.parse_config(SMALL + bindings)
    model = rave.RAVE(n_channels=channels)
    del model.discriminator, model.audio_distance, \
        model.multiband_audio_distance
    model.double().train()
    return model


def set_weights(model):
    for name, p in list(model.named_parameters()) + list(
            model.named_buffers()):
        last = name.rsplit(".", 1)[-1]
        if name.startswith("pqmf."):
            continue
        if last in ("embed", "running_mean", "running_var") or isinstance(
                p, torch.nn.Parameter):
            p.data.copy_(weight(name, p.shape))
        elif last in ("inited", "enabled"):
            p.fill_(1)
    model.decoder.set_warmed_up(True)


def latents_of(model, encoded):
    """z, as the decoder gets it but for noise beside it."""
    z = model.encoder.reparametrize(encoded)[0]
    more = getattr(model.encoder, "noise_augmentation", 0)
    return z, (z[:, :-more] if more else z)


def bank_delay(model, causal):
    """How much later than ours RAVE's synthesis is, and how much later ours
    must hear to have the same frames."""
    from pqmf import adjoint, delay_of, shift_of
    bank, n = model.pqmf, 64
    s = noise(2, 1, bank.n_band, n).detach()
    delay = delay_of(bank.inverse(s)[0, 0], adjoint(s, bank))
    half = len(bank.h) // 2 if causal else 0
    return shift_of(bank, causal), delay - half


def heard(rave, model, x, shift):
    """With mel input RAVE 2.3 takes the bands of the mel spectra for those of
    the sound; here they are the sound's, as our bank hears them."""
    if model.input_mode != "mel":
        return model.encode(x, return_mb=True)
    x[..., :FRAMES // 4] = 0
    bands = rave.model._pqmf_encode(model.pqmf, torch.roll(x, -shift, -1))
    return model.encode(x), bands


def run(rave, gin, case, header, i):
    model = configured(rave, gin, case)
    set_weights(model)
    Feed(model)
    causal = "causal" in case[1]
    raw = model.output_mode == "raw"
    shift, delay = bank_delay(model, causal)
    x = noise(1, ROWS, case[3], FRAMES).detach()
    x[..., FRAMES * 3 // 4:] = 0
    encoded, bands = heard(rave, model, x, shift)
    shift = 0 if model.input_mode == "mel" else shift
    z_all, z = latents_of(model, encoded)
    decoded = model.decoder(z_all)
    y = decoded if raw else rave.model._pqmf_decode(
        model.pqmf, decoded, batch_size=decoded.shape[:-2],
        n_channels=case[3])
    loss = (decoded * noise(9, *decoded.shape).detach()).sum()
    loss.backward()
    delay = 0 if raw else delay
    y = y[..., delay:delay + FRAMES - 1024]
    values = [("bands", bands), ("encoded", encoded), ("latents", z),
              ("decoded", decoded), ("made", y)]
    rows = [(n, v) for n, v in values] + [
        (n, p.grad) for n, p in model.named_parameters()
        if not n.startswith("pqmf.")]
    print(case[0], len(rows), f"{decoded.std().item():.3g}",
          f"{encoded.std().item():.3g}", flush=True)
    header.text.append(f"static const golden_row {i}[] = {{")
    lines = ["{" + text(n) + ", {" + ", ".join(
        f"{v:.8g}" for v in summary(n, v)) + "}}," for n, v in rows]
    lines.append("{NULL, {0}},")
    header.text += ["    " + " ".join(lines[k:k + 2])
                    for k in range(0, len(lines), 2)]
    header.text.append("};")
    return (text(case[0]), case[3], shift, f"{loss.item():.12g}",
            i)


def main():
    sources = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as copy:
        tree = stand_ins.patched(os.path.join(sources, "RAVE"),
                                 os.path.join(copy, "RAVE"), DOUBLE + NAMED)
        stand_ins.install(tree, *(
            os.path.join(sources, d)
            for d in ("cached_conv", "gin-config", "einops")))
        sys.modules["torchaudio.transforms"].MelSpectrogram = MelSpectrogram
        import gin
        import rave
        torch.set_default_dtype(torch.float64)
        for name, cases in (("cases", CASES), ("hybrids", HYBRIDS)):
            header = Header(FILES[name], "rave.py")
            rows = [run(rave, gin, c, header, f"{name}_{i}")
                    for i, c in enumerate(cases)]
            header.table(f"static const golden_case {name}[]", rows)
            header.close()


if __name__ == "__main__":
    main()
