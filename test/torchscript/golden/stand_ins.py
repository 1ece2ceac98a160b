"""Lets other projects' exporters run where only PyTorch is: modules that they
import and do not need for an export stand empty, and their own sources are
copied with a few lines changed."""
import os
import shutil
import sys
import types
import torch

EMPTY = ("GPUtil librosa lmdb requests tqdm yaml udls udls.generated "
         "udls.transforms absl absl.app absl.flags pytorch_lightning "
         "pytorch_lightning.callbacks pytorch_lightning.trainer "
         "pytorch_lightning.trainer.states sklearn sklearn.decomposition "
         "torchaudio torchaudio.transforms torchaudio.functional").split()


class Anything:
    """What an empty module has under every name: called or asked, itself."""

    def __init__(self, *_, **__):
        pass

    def __call__(self, *_, **__):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class Empty(types.ModuleType):
    __path__ = []
    __all__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class Spectrogram(torch.nn.Module):
    def __init__(self, **settings):
        super().__init__()


def install(*paths):
    """Empty modules for what is missing; `paths` are looked in first."""
    sys.path[:0] = paths
    modules = {name: Empty(name) for name in EMPTY}
    sys.modules.update(modules)
    lightning = modules["pytorch_lightning"]
    lightning.LightningModule = torch.nn.Module
    lightning.Callback = object
    lightning.callbacks = modules["pytorch_lightning.callbacks"]
    lightning.callbacks.ModelCheckpoint = object
    modules["torchaudio"].transforms = modules["torchaudio.transforms"]
    modules["torchaudio.transforms"].Spectrogram = Spectrogram


def patched(source, target, changes):
    """A copy of a folder with lines replaced: (file, old, new) each, every one
    of which has to be found."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".git"))
    for name, old, new in changes:
        path = os.path.join(target, name)
        text = open(path).read()
        if old not in text:
            raise SystemExit(f"{path} has no \"{old}\"")
        open(path, "w").write(text.replace(old, new))
    return target
