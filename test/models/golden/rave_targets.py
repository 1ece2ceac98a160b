"""Golden numbers of what RAVE compares, rave_targets.h: its own distances and
crop of bands, in double precision, and how far its models see.

    /usr/bin/python3 rave_targets.py SOURCES

SOURCES holds checkouts of RAVE, cached_conv, gin-config and einops, none of
which are in this tree. torchaudio's Spectrogram is made of torch.stft."""
import os
import sys
import tempfile
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("engine", "torchscript", "nn"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", folder, "golden"))
import common
import stand_ins
from common import Header, noise, text

common.HERE = HERE
ROWS, FRAMES, BANDS = 2, 8192, 16
SCALES = [64, 32]
CROP = 630, 617  # what the test's network depends on
CASES = [("raspberry", []), ("v2", []), ("v2,causal", ["causal"]), ("v2_small", []),
         ("discrete", [])]
SMALL = "CAPACITY = 1\nLATENT_SIZE = 2\n"


def reach_of(rave, gin, name, more):
    gin.clear_config()
    folder = os.path.join(os.path.dirname(rave.__file__), "configs")
    for c in [name.split(",")[0]] + more:
        gin.parse_config_file(os.path.join(folder, c + ".gin"))
    gin.parse_config(SMALL + ("NOISE_AUGMENTATION = 0\n" if name == "discrete"
                              else ""))
    model = rave.RAVE(n_channels=1)
    torch.manual_seed(1)
    return rave.core.get_rave_receptive_field(model.double())


def distance(core, reach):
    spectra = lambda: core.MultiScaleSTFT(SCALES, 44100)
    module = core.AudioDistanceV1(spectra, 1e-7)
    x, y = noise(1, ROWS, 1, FRAMES).detach(), noise(2, ROWS, 1, FRAMES)
    frames = FRAMES // BANDS
    a, b = (noise(i, ROWS, BANDS, FRAMES) for i in (3, 4))
    crop = [core.valid_signal_crop(s[..., :frames].detach() if s is a
                                   else s[..., :frames],
                                   *map(torch.tensor, reach))
            for s in (a, b)]
    loss = sum(d["spectral_distance"]
               for d in (module(x, y), module(*crop)))
    loss.backward()
    return loss, y.grad, b.grad[..., :frames]


def main():
    sources = os.path.abspath(sys.argv[1])
    import judges
    stand_ins.Spectrogram = judges.Spectrogram
    stand_ins.install(*(
        os.path.join(sources, d)
        for d in ("RAVE", "cached_conv", "gin-config", "einops")))
    import gin
    import rave
    from rave import core
    torch.set_default_dtype(torch.float64)
    common.HERE = HERE
    header = Header("rave_targets.h", "rave_targets.py")
    reaches = [reach_of(rave, gin, n, m) for n, m in CASES]
    header.table("static const golden_reach reaches[]",
                 [(text(n), *r) for (n, _), r in zip(CASES, reaches)])
    loss, dy, db = distance(core, CROP)
    header.text += ["enum { crop_left = %d, crop_right = %d };" % CROP]
    header.array("distance", loss)
    header.array("made_gradient", dy[..., ::64])
    header.array("bands_gradient", db[..., ::3, ::7])
    header.close()


if __name__ == "__main__":
    main()
