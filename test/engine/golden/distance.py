"""Golden numbers of spectral distances: distance.h."""
import torch
from common import Header, noise

# name, frames of sound, scales (size, hop), linear, logarithmic, floor, quietest
DISTANCES = [
    ("one", 40, [(16, 4)], 1, 0, 1e-7, 0),
    ("logs", 40, [(16, 4)], 0, 1, 1e-7, 0),
    ("several", 45, [(16, 4), (8, 2), (6, 5)], 1, 1, 1e-2, 0),
    ("weighted", 33, [(12, 3), (2, 1)], 0.3, 2, 1, 0),
    ("quiet", 40, [(16, 4), (8, 2)], 1, 1, 1e-2, 10),
]


def window_of(size):
    return torch.hann_window(size, dtype=torch.double) + 0.1


def magnitudes(x, size, hop):
    window = window_of(size)
    return torch.stft(x.flatten(0, 1), size, hop, size, window, center=True,
                      pad_mode="reflect", return_complex=True).abs()


def distance(x, y, scales, linear, logarithmic, floor, quietest):
    total = 0
    for size, hop in scales:
        a, b = magnitudes(x, size, hop), magnitudes(y, size, hop)
        quiet = quietest * (window_of(size) ** 2).sum()
        squares = ((a - b) ** 2).mean() / (a ** 2).mean().clamp(min=quiet)
        logs = ((a + floor).log() - (b + floor).log()).abs().mean()
        total = total + linear * squares + logarithmic * logs
    return total


h = Header("distance.h", "distance.py")
for name, frames, *how in DISTANCES:
    x, y = noise(1, 2, 3, frames), noise(2, 2, 3, frames)
    d = distance(x.detach(), y, *how)
    (d * noise(9, 1).detach()).sum().backward()
    h.array(f"{name}_y", d.reshape(1))
    h.array(f"{name}_dy", y.grad)
h.close()
