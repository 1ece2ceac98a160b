"""Exports RAVE models as the exporter of spring 2022 did, from checkouts of
RAVE (April 2022) and cached_conv (before it had rows for batches): caches of
one batch, no list of methods, weights given life as in rave.py.

    python3 rave_2022.py SOURCES FOLDER

SOURCES holds RAVE and cached_conv of that time in 2022/, and einops."""
import os
import runpy
import sys
import tempfile
import types
import torch
import stand_ins
from inputs import sound
from rave import forget, scale_layers, set_latents

SILENT = [("export_rave.py", "torch.randn_like(", "torch.zeros_like("),
          ("export_rave.py", "torch.randn(", "torch.zeros("),
          ("rave/model.py", "torch.randn_like(", "torch.zeros_like("),
          ("rave/model.py", "torch.rand_like(", "torch.zeros_like("),
          ("rave/model.py", "Loudness(sr, 512)", "None")]
MODELS = {"tiny": {}, "offline_tiny": {"CACHED": "False"},
          "stereo_tiny": {"STEREO": "True"},
          "resampled_tiny": {"SR": "96000"}}


def settings(capacity, latent):
    return dict(data_size=16, capacity=capacity, latent_size=latent,
                ratios=[4, 4, 4, 2], bias=True, loud_stride=1,
                use_noise=True, noise_ratios=[4, 4, 4], noise_bands=5,
                d_capacity=4, d_multiplier=2, d_n_layers=2, warmup=1,
                mode="hinge", sr=48000)


def enliven(model):
    generator = torch.Generator().manual_seed(2)
    wanted = {}
    for m in model.modules():
        if isinstance(m, (torch.nn.Conv1d, torch.nn.ConvTranspose1d)):
            wanted[m] = 1.
        if isinstance(m, torch.nn.BatchNorm1d):
            m.running_mean.copy_(torch.rand(m.running_mean.shape,
                                            generator=generator) - .5)
            m.running_var.copy_(torch.rand(m.running_var.shape,
                                           generator=generator) + .5)
        if type(m).__name__ == "NoiseGenerator":
            wanted[m.net[-1]] = 4.
    x = model.pqmf(sound(5, 1, 1, 2**17))
    mean, _ = scale_layers([model.encoder], wanted, lambda: model.encoder(x))
    set_latents(model, mean)
    scale_layers([model.decoder], wanted, lambda: model.decoder(mean))
    forget(model)


def modules():
    """What the exporter imports besides."""
    config = types.ModuleType("effortless_config")
    config.Config = type("Config", (), {"parse_args": lambda *a: None})
    colour = types.ModuleType("termcolor")
    colour.colored = lambda text, *_: text
    sys.modules.update(effortless_config=config, termcolor=colour)


def checkpoint(*_, **__):
    from rave.model import RAVE
    torch.manual_seed(1)
    model = RAVE(**settings(4, 16)).eval()
    enliven(model)
    for m in model.modules():
        for name in ("pad", "cache"):
            # Made by the first call, anew for that of the exporter.
            if name in m._buffers:
                del m._buffers[name]
                m.initialized = 0
    return model


def export(sources, folder, name, flags):
    source = os.path.join(sources, "2022")
    flags = {"CACHED": "True", "NAME": f"\"2022_{name}\"", **flags}
    defaults = {"CACHED": "False", "NAME": "\"vae\"", "STEREO": "False",
                "SR": "None"}
    changes = SILENT + [("export_rave.py", f"    {k} = {defaults[k]}\n",
                         f"    {k} = {v}\n") for k, v in flags.items()]
    with tempfile.TemporaryDirectory() as copy:
        tree = stand_ins.patched(os.path.join(source, "RAVE"),
                                 os.path.join(copy, "RAVE"), changes)
        for m in [m for m in sys.modules if m.split(".")[0] == "rave"]:
            del sys.modules[m]
        stand_ins.install(tree, os.path.join(source, "cached_conv"),
                          os.path.join(sources, "einops"))
        modules()
        torch.nn.Module.save_hyperparameters = lambda *_: None
        import cached_conv
        cached_conv.use_buffer_conv(flags["CACHED"] == "True")
        import rave.model
        rave.model.RAVE.load_from_checkpoint = checkpoint
        os.chdir(folder)
        with torch.no_grad():
            runpy.run_path(os.path.join(tree, "export_rave.py"),
                           run_name="__main__")


def main():
    sources, folder = map(os.path.abspath, sys.argv[1:])
    for name, flags in MODELS.items():
        if os.fork() == 0:
            export(sources, folder, name, flags)
            os._exit(0)
        if os.wait()[1]:
            raise SystemExit(f"{name} could not be exported")


if __name__ == "__main__":
    main()
