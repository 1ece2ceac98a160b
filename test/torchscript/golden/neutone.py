"""Exports Neutone's examples as its tool does: wrapped in queues of samples,
with metadata.

    python3 neutone.py SOURCES FOLDER

SOURCES holds a checkout of neutone_sdk; FOLDER gets neutone_NAME.nm."""
import importlib.util
import json
import os
import sys
import torch
import stand_ins

EXAMPLES = {
    "clipper": ("example_clipper", "ClipperModel", "ClipperModelWrapper"),
    "prefilter": ("example_clipper_prefilter", "ClipperModel",
                  "ClipperModelWrapper"),
    "delayed": ("example_delayed_passthrough", "DelayedPassthroughModel",
                "DelayedPassthroughModelWrapper"),
    "overdrive": ("example_overdrive-random", "OverdriveModel",
                  "OverdriveModelWrapper"),
    "spectral": ("example_spectral_filter", "SpectralFilter",
                 "SpectralFilterWrapper"),
}


RAVE = ("example_rave", "rave_raspberry_tiny.ts", "RAVEModelWrapper")


def made(example, inner, folder):
    if inner.endswith(".ts"):
        return torch.jit.load(os.path.join(folder, inner))
    kind = getattr(example, inner)
    return kind(400) if inner.startswith("Delayed") else kind().eval()


def export(tree, folder, name, file, inner, wrapper):
    from neutone_sdk.sqw import SampleQueueWrapper
    from neutone_sdk.utils import model_to_torchscript
    spec = importlib.util.spec_from_file_location(name, os.path.join(
        tree, "examples", file + ".py"))
    example = importlib.util.module_from_spec(spec)
    sys.modules[name] = example
    spec.loader.exec_module(example)
    model = made(example, inner, folder)
    queues = SampleQueueWrapper(getattr(example, wrapper)(model))
    with torch.no_grad():
        script = model_to_torchscript(queues)
    text = json.dumps(script.to_metadata()._asdict())
    path = os.path.join(folder, f"neutone_{name}.nm")
    torch.jit.save(script, path,
                   _extra_files={"metadata.json": text.encode()})
    print(name, os.path.getsize(path))


def main():
    sources, folder = map(os.path.abspath, sys.argv[1:])
    tree = os.path.join(sources, "neutone_sdk")
    stand_ins.install(tree)
    for name in ("cffi", "jsonschema", "jsonschema._keywords", "soundfile"):
        sys.modules[name] = stand_ins.Empty(name)
    sys.modules["jsonschema"].ValidationError = ValueError
    torch.manual_seed(1)
    for name, what in {**EXAMPLES, "rave": RAVE}.items():
        export(tree, folder, name, *what)


if __name__ == "__main__":
    main()
