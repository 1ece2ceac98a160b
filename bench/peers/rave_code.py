"""RAVE's own code where only PyTorch is: torchaudio's spectrogram, which Debian
lacks, is PyTorch's.

SOURCES holds checkouts of RAVE, cached_conv, gin-config and einops, none of
which are in this tree."""
import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../test/torchscript/golden"))
import stand_ins


class Spectrogram(torch.nn.Module):
    """Complex, Hann, mirrored at the ends."""

    def __init__(self, n_fft, win_length, hop_length, **_):
        super().__init__()
        self.size, self.hop = n_fft, hop_length
        self.register_buffer("window", torch.hann_window(win_length))

    def forward(self, x):
        return torch.stft(x, self.size, self.hop, window=self.window,
                          return_complex=True)


def opened(sources, *configurations):
    """The package, with these configurations one after the other."""
    stand_ins.Spectrogram = Spectrogram
    stand_ins.install(*(os.path.join(sources, d) for d in
                        ("RAVE", "cached_conv", "gin-config", "einops")))
    import gin
    import rave
    for name in configurations:
        gin.parse_config_file(os.path.join(os.path.dirname(rave.__file__),
                                           "configs", name + ".gin"))
    return rave
