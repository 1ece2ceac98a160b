"""What RAVE's own exports make of noise, rave_exports.h: encoders of bands and
decoders of latents, each in one call from silence, for the tiny models that
test/torchscript/golden/rave.py and rave_2022.py export, in which nothing is left
to chance; version 1 without its noise.

    /usr/bin/python3 rave_exports.py FOLDER"""
import glob
import os
import sys
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
import common
from common import Header, noise, text

common.HERE = HERE
HEARD, SAID = 4096, 32  # frames of bands, of latents
LATENTS, BANDS = 12, 48  # numbers that are kept of either


def silent(model):
    """Nothing was heard before."""
    for name, buffer in model.named_buffers():
        if name.endswith(("pad", "cache")):
            buffer.zero_()
    return model


def encoded(model, bands):
    z = silent(model).encoder(bands)
    return (z[0] if isinstance(z, (tuple, list)) else z)[0]


def decoded(model, z):
    silent(model)
    if hasattr(model.decoder, "warmed_up"):
        model.decoder.warmed_up.zero_()
    if hasattr(model, "sr"):
        return model.decoder(z)[0]
    stereo = int(model.decode_params[2])  # of 2022: rows
    return model.decoder(z.repeat(stereo, 1, 1), False)[0]


def main():
    header = Header("rave_exports.h", "rave_exports.py")
    header.text += [f"enum {{ HEARD = {HEARD}, SAID = {SAID} }};",
                    "static const golden_export exports[] = {"]
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "rave_*tiny.ts"))):
        name = os.path.basename(path)
        if "noise" in name:
            continue
        model = torch.jit.load(path).eval()
        weights = dict(model.state_dict())
        first = [t for n, t in weights.items()
                 if n.endswith(("encoder.net.0.weight"))][0]
        latents = weights["decoder.net.0.weight"].shape[1]
        with torch.no_grad():
            z = encoded(model, noise(1, 1, first.shape[1], HEARD).detach()
                        .float())
            y = decoded(model, noise(2, 1, latents, SAID).detach().float())
        rows = [z[i % 2, z.shape[1] - 1 - i // 2] for i in range(LATENTS)]
        rows += [y[i % y.shape[0], y.shape[1] - 1 - 5 * i]
                 for i in range(BANDS)]
        print(name, z.shape, y.shape, flush=True)
        numbers = [", ".join(f"{v:.8g}" for v in part)
                   for part in (rows[:LATENTS], rows[LATENTS:])]
        header.text.append(f"    {{{text(name)},\n     {{{numbers[0]}}},\n"
                           f"     {{{numbers[1]}}}}},")
    header.text.append("};")
    header.close()


if __name__ == "__main__":
    main()
