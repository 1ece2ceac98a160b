"""Golden numbers of steps of RAVE's second phase, rave_steps.h: RAVE's own
training_step, small, in double precision, with weights that are a formula of
their names and noise that is given.

    /usr/bin/python3 rave_steps.py SOURCES

SOURCES are those of rave.py, whose changes hold here too. Changed in a copy
beside them:
- the weights of losses count once, as they are given, but under compat;
- the networks of descript are a sixteenth as wide (as in test/nn/golden).
Changed while it runs:
- the bank answers when ours does, so that what is made lies beside what was
  heard, but under compat;
- batch normalisation of an encoder that learns no more stands still, but under
  compat.
A row has the norm of gradients over all parameters that begin so, and four
projections: sums over parameters of products with noise that their names
give."""
import importlib.util
import os
import sys
import tempfile
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("engine", "torchscript", "witness", "dsp", "nn"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", folder, "golden"))
import common
import judges
import stand_ins
from common import Header, noise, text
from witness import seed_of

spec = importlib.util.spec_from_file_location(
    "networks", os.path.join(HERE, "rave.py"))
networks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(networks)
common.HERE = HERE

ROWS, FRAMES, PROJECTIONS = 2, 4096, 4
AHEAD, BEHIND = 2, 64  # frames of bands beside the signal
ONCE = [("rave/model.py", "loss_gen_value += v * self.weights.get(k, 1.)",
         "loss_gen_value += v * (self.weights.get(k, 1.) if self.twice else 1)")]
# the standard of RAVE.weights, which each model that sets some changes for the
# next ones
WEIGHTS = {"audio_distance": 1., "multiband_audio_distance": 1.,
           "adversarial": 1., "feature_matching": 20}
WASSERSTEIN = "NOISE_AUGMENTATION = 3\n"
SCALES = "core.MultiScaleSTFT.scales = [256, 128]\n"
SPECTRA = """discriminator.MultiScaleSpectralDiscriminator.scales = [64, 32]
discriminator.EncodecConvNet.capacity = 2
"""
# name of the presets, configurations, further bindings, channels, adversary,
# whether it is as RAVE 2.3 has it
CASES = [
    ("v1", ["v1"], "", 1, "hinge_gan", False),
    ("v2", ["v2"], "", 1, "hinge_gan", False),
    ("v2,spectral_discriminator", ["v2", "spectral_discriminator"], SPECTRA,
     2, "ls_gan", False),
    ("v3", ["v3"], "", 1, "nonsaturating_gan", False),
    ("v1", ["v1"], "", 1, "hinge_gan", True),
    ("v2,causal", ["v2", "causal"], "", 1, "hinge_gan", True),
    ("v2,wasserstein", ["v2", "wasserstein"], WASSERSTEIN, 1, "hinge_gan",
     True),
]


class Optimiser:
    """Keeps no weights from being what they are."""

    def zero_grad(self):
        pass

    def step(self):
        pass


def aligned(model, rave):
    """The bank of rave.model, answering when ours does."""
    encode, decode = rave.model._pqmf_encode, rave.model._pqmf_decode
    shift, delay = networks.bank_delay(model, False)
    bands = model.pqmf.n_band

    def ahead(pqmf, x):
        beside = AHEAD * bands
        y = encode(pqmf, torch.nn.functional.pad(
            x, (beside - shift, beside + shift)))
        return y[..., AHEAD:AHEAD + x.shape[-1] // bands]

    def in_time(pqmf, x, batch_size, n_channels):
        y = decode(pqmf, torch.nn.functional.pad(x, (0, BEHIND)), batch_size,
                   n_channels)
        return y[..., delay:delay + x.shape[-1] * bands]
    return ahead, in_time


def configured(rave, gin, case):
    _, configs, bindings, channels, adversary, compat = case
    gin.clear_config()
    for c in configs:
        gin.parse_config_file(os.path.join(os.path.dirname(rave.__file__),
                                           "configs", c + ".gin"))
    gin.parse_config(networks.SMALL + SCALES + bindings)
    rave.model._default_loss_weights.update(WEIGHTS)
    model = rave.RAVE(n_channels=channels)
    if "v3" in configs:
        from rave import descript_discriminator
        model.discriminator = descript_discriminator.DescriptDiscriminator(
            periods=[2, 3], fft_sizes=[64, 32], n_channels=channels)
    model.double().train()
    networks.set_weights(model)
    for module in model.encoder.modules():
        if isinstance(module, torch.nn.BatchNorm1d) and not compat:
            module.eval()
    model.twice = compat
    model.warmed_up = True
    model.gan_loss = getattr(rave.core, adversary)
    model.optimizers = lambda: (Optimiser(), Optimiser())
    return model


def summary(model, prefix):
    """Of all gradients together."""
    rows = [(n, p.grad.flatten()) for n, p in model.named_parameters()
            if n.startswith(prefix)]
    return [sum(g.pow(2).sum() for _, g in rows).sqrt().item()] + [
        sum((g * noise(seed_of(n) + 1 + i, g.numel()).detach()).sum()
            for n, g in rows).item() for i in range(PROJECTIONS)]


def step(model, x, batch):
    logged = {}
    model.log = logged.__setitem__
    model.log_dict = logged.update
    for p in model.parameters():
        p.grad = None
    model.training_step(x.clone(), batch)
    return {k: float(v) for k, v in logged.items()}


def run(rave, gin, case):
    model = configured(rave, gin, case)
    networks.Feed(model)
    theirs = rave.model._pqmf_encode, rave.model._pqmf_decode
    if not case[5]:
        rave.model._pqmf_encode, rave.model._pqmf_decode = aligned(model, rave)
    x = noise(1, ROWS, case[3], FRAMES).detach()
    judged = step(model, x, 0)
    judges_learn = summary(model, "discriminator.")
    made = step(model, x, 1)
    rave.model._pqmf_encode, rave.model._pqmf_decode = theirs
    parts = {k: made[k] * (model.weights.get(k, 1.) if model.twice else 1)
             for k in made if k.endswith("_distance")}
    every = made["feature_matching"], made["adversarial"], judged["loss_dis"]
    frozen = all(p.grad is None for p in model.encoder.parameters())
    assert frozen and len(parts) == 2, made
    return (sum(parts.values()), *every), [
        summary(model, "decoder."), judges_learn]


def main():
    sources = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as copy:
        tree = stand_ins.patched(
            os.path.join(sources, "RAVE"), os.path.join(copy, "RAVE"),
            networks.DOUBLE + networks.NAMED + ONCE + judges.NARROW)
        stand_ins.Spectrogram = judges.Spectrogram
        stand_ins.install(tree, *(
            os.path.join(sources, d)
            for d in ("cached_conv", "gin-config", "einops")))
        import gin
        import rave
        torch.set_default_dtype(torch.float64)
        header = Header("rave_steps.h", "rave_steps.py")
        header.text.append("static const golden_step steps[] = {")
        for case in CASES:
            losses, rows = run(rave, gin, case)
            print(case[0], losses, flush=True)
            lists = ["{" + ", ".join(f"{v:.9g}" for v in r) + "}"
                     for r in (losses, *rows)]
            header.text.append("    {" + ",\n     ".join(
                [f"{text(case[0])}, {case[3]}, {int(case[5])}", *lists]) + "},")
        header.text.append("};")
        header.close()


if __name__ == "__main__":
    main()
