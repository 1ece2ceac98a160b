"""Exports RAVE models, with RAVE's own exporter, that live: one for each
architecture, whole (for figures) and small (for tests).

    python3 rave.py SOURCES FOLDER [NAME...]

SOURCES holds checkouts of RAVE, cached_conv, nn_tilde, gin-config and einops.
The weights are those of the constructors, each layer then scaled by the power
of two that brings the deviation of its output to a fixed sound nearest to 1 (4
where the noise's spectrum is made, 0.5 for what is added to a skip), statistics
of batch normalisation are drawn, codebooks are random of fitting lengths,
latent_mean is that of the latents in steps of 1/8 and latent_pca a cosine
transform. Nothing of that depends on how a machine rounds: the answers to
exports made elsewhere are the same to some 1e-7. Noise is replaced by zeros in a
copy of the sources, except where a name ends in `_noise`."""
import math
import os
import sys
import tempfile
import torch
import stand_ins
from inputs import noise, sound

SILENT = [
    ("rave/blocks.py", "torch.randn_like(", "torch.zeros_like("),
    ("rave/blocks.py", "torch.rand_like(", "torch.zeros_like("),
    ("rave/blocks.py", "torch.randn(", "torch.zeros("),
    ("scripts/export.py", "torch.randn(", "torch.zeros("),
]
# Asks for the layers after they are there, not before: AdaIN is in use.
ADAIN = [("scripts/export.py", "self.is_using_adain = False",
          "self.encoder = pretrained.encoder\n"
          "        self.decoder = pretrained.decoder\n"
          "        self.is_using_adain = False")]
# What PyTorch 1.13 does not read.
TILDE = [("module.py", "int | None", "Optional[int]"),
         ("buffer.py", "int | float | None", "Union[int, float, None]"),
         ("buffer.py", "from typing import ", "from typing import Union, ")]

# name: configuration files, channels, noise, further bindings
MODELS = {
    "v1": (["v1"], 1, False),
    "v2": (["v2"], 1, False),
    "v2_small": (["v2_small"], 1, False),
    "v2_causal": (["v2", "causal"], 1, False),
    "v3": (["v3"], 1, False),
    "v3_adain": (["v3"], 1, False),
    "discrete": (["discrete"], 1, False),
    "raspberry": (["raspberry"], 1, False),
    "v2_stereo": (["v2"], 2, False),
    "v1_noise": (["v1"], 1, True),
    "v2_noise": (["v2"], 1, True),
    "v2_small_noise": (["v2_small"], 1, True),
    "discrete_noise": (["discrete"], 1, True),
}
SMALL = {"v1": 4, "v2": 6, "v2_small": 6, "v3": 6, "discrete": 6,
         "raspberry": 4}
SMALL_LATENT = 16


def configure(gin, rave, name, small):
    configs = MODELS[name][0]
    gin.clear_config()
    for c in configs:
        gin.parse_config_file(
            os.path.join(os.path.dirname(rave.__file__), "configs",
                         c + ".gin"))
    if small:
        gin.parse_config(f"CAPACITY = {SMALL[configs[0]]}\n"
                         f"LATENT_SIZE = {SMALL_LATENT}\n")
        if configs[0] == "discrete":
            gin.parse_config("NUM_QUANTIZERS = 4\nCODEBOOK_SIZE = 32\n"
                             "NOISE_AUGMENTATION = 8\n")
        if configs[0] == "v2_small":
            gin.parse_config("blocks.NoiseGeneratorV2.hidden_size = 8\n")


def draw_statistics(model, rave):
    generator = torch.Generator().manual_seed(2)

    def uniform(like, low, high):
        return low + (high - low) * torch.rand(like.shape, generator=generator)

    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm1d):
            m.running_mean.copy_(uniform(m.running_mean, -.3, .3))
            m.running_var.copy_(uniform(m.running_var, .5, 2))
            m.weight.copy_(uniform(m.weight, .5, 1.5))
            m.bias.copy_(uniform(m.bias, -.3, .3))
        if isinstance(m, rave.blocks.Snake):
            m.alpha.copy_(uniform(m.alpha, .5, 2))


def deviations(model, rave):
    """The deviation that each convolution's output shall have."""
    wanted = {}
    for m in model.modules():
        if isinstance(m, (torch.nn.Conv1d, torch.nn.ConvTranspose1d)):
            wanted[m] = 1.
        if isinstance(m, rave.blocks.DilatedUnit):
            wanted[m.net[-1]] = .5
        if isinstance(m, (rave.blocks.NoiseGenerator,
                          rave.blocks.NoiseGeneratorV2)):
            wanted[m.net[-1]] = 4.
    return wanted


def power_of_two(x):
    return 2.**torch.round(torch.log2(x.double()))


def scale_layers(parts, wanted, run):
    def scale(module, _, y):
        factor = power_of_two(wanted[module] / y.std()).float()
        weight = getattr(module, "weight_g", module.weight)
        weight.data.mul_(factor)
        return y * factor

    hooks = [m.register_forward_hook(scale)
             for part in parts for m in part.modules() if m in wanted]
    out = run()
    for h in hooks:
        h.remove()
    return out


def remove_weight_norm(m):
    """w = v (g / |v|) in whole powers of two: g began as |v|."""
    v, g = m.weight_v.double(), m.weight_g.double()
    torch.nn.utils.remove_weight_norm(m)
    m.weight.data.copy_(v * power_of_two(
        g / v.norm(dim=(1, 2), keepdim=True)))


def forget(model):
    """Caches as new."""
    for name, b in model.named_buffers():
        if name.rsplit(".", 1)[-1] in ("pad", "cache"):
            b.zero_()


def set_latents(model, mean):
    """In place of the statistics that a validation stores. The directions are a
    cosine transform's: those of the latents themselves turn where two have
    nearly one deviation, and are other ones on each machine. The fidelity is a
    curve that gives 16 dimensions of 128 and 4 of 16."""
    model.latent_mean.copy_(torch.round(mean.mean((0, 2)) * 8) / 8)
    n = model.latent_size
    k = torch.arange(n).double()
    basis = (2 / n)**.5 * torch.cos(math.pi / n * k[:, None] * (k + .5))
    basis[0] /= 2**.5
    model.latent_pca.copy_(basis)
    steps = (k + 1) / (5. if n > 16 else 1.2)
    model.fidelity.copy_(torch.round(1024 * (1 - torch.exp(-steps))) / 1024)


def fill_codebooks(encoder, z):
    """Random codes of the length that takes the most from what is left of the
    latents, so that every quantiser has a choice."""
    encoder.enabled.fill_(1)
    residual = z
    for k, layer in enumerate(encoder.rvq.layers):
        book = layer._codebook
        n, dim = book.embed.shape
        length = power_of_two((2 * math.log(n) / dim)**.5 * residual.std())
        embed = length * torch.from_numpy(noise(3 + k, n * dim)).view(n, dim)
        book.embed.copy_(embed)
        book.embed_avg.copy_(embed)
        book.inited.fill_(1)
        book.cluster_size.fill_(1)
        residual = residual - layer.decode(layer.encode(residual))


def enliven(model, rave):
    draw_statistics(model, rave)
    for part in (model.encoder, model.decoder):
        part.set_warmed_up(True)
    wanted = deviations(model, rave)
    x = sound(5, 1, model.n_channels, 2**17)
    z = scale_layers([model.encoder], wanted, lambda: model.encode(x))
    if hasattr(model.encoder, "rvq"):
        fill_codebooks(model.encoder, z)
        z = model.encoder.rvq.decode(model.encoder.rvq.encode(z))
        n = model.encoder.noise_augmentation
        z = torch.cat([z, torch.zeros(z.shape[0], n, z.shape[-1])], 1)
    else:
        z = z.chunk(2, 1)[0]
        set_latents(model, z)
    y = scale_layers([model.decoder], wanted, lambda: model.decoder(z))
    print(f"  decoder out {y.std().item():.3f}", end="")
    forget(model)


def export(name, small, target):
    import cached_conv as cc
    import gin
    import rave
    import scripts.export as exporter
    torch.manual_seed(1)
    cc.use_cached_conv(True)
    configure(gin, rave, name, small)
    model = rave.RAVE(n_channels=MODELS[name][1])
    del model.discriminator, model.audio_distance, \
        model.multiband_audio_distance
    model.eval()
    with torch.no_grad():
        enliven(model, rave)
        for m in model.modules():
            if hasattr(m, "weight_g"):
                remove_weight_norm(m)
        kind = (exporter.DiscreteScriptedRAVE
                if hasattr(model.encoder, "rvq")
                else exporter.VariationalScriptedRAVE)
        scripted = kind(pretrained=model)
        # A trained network has heard sound: the caches are not empty.
        scripted.forward(sound(6, 1, MODELS[name][1], 2**14))
        scripted.export_to_ts(target)
    size = sum(p.numel() for p in scripted.parameters())
    print(f"  {size} weights, {os.path.getsize(target)} bytes")


def one(sources, folder, name):
    changes = [] if MODELS[name.removesuffix("_tiny")][2] else SILENT
    if "adain" in name:
        changes = changes + ADAIN
    with tempfile.TemporaryDirectory() as copy:
        tree = stand_ins.patched(os.path.join(sources, "RAVE"),
                                 os.path.join(copy, "RAVE"), changes)
        tools = os.path.join(copy, "tools")
        os.mkdir(tools)
        stand_ins.patched(os.path.join(sources, "nn_tilde", "python_tools"),
                          os.path.join(tools, "nn_tilde"), TILDE)
        stand_ins.install(tree, tools, *(
            os.path.join(sources, d)
            for d in ("cached_conv", "gin-config", "einops")))
        print(name, flush=True)
        export(name.removesuffix("_tiny"), name.endswith("_tiny"),
               os.path.join(folder, f"rave_{name}.ts"))


def main():
    sources, folder, *names = sys.argv[1:]
    names = names or [n + s for n in MODELS for s in ("_tiny", "")]
    os.makedirs(folder, exist_ok=True)
    for n in names:
        # Every copy of the sources is imported anew.
        if os.fork() == 0:
            one(os.path.abspath(sources), os.path.abspath(folder), n)
            os._exit(0)
        if os.wait()[1]:
            raise SystemExit(f"{n} could not be exported")


if __name__ == "__main__":
    main()
