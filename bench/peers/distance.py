"""The spectral distance that RAVE learns by, with its gradient, in PyTorch:
milliseconds, of a batch of sounds and of their 16 bands."""

import peer

options = peer.arguments()

import torch

ROWS, SAMPLES, BANDS = 8, 131072, 16
WINDOWS = [torch.hann_window(n) for n in (2048, 1024, 512, 256, 128)]


def magnitudes(x, window):
    n = len(window)
    return torch.stft(x, n, n // 4, window=window, return_complex=True).abs()


def distance(x, y):
    total = 0
    for window in WINDOWS:
        a, b = magnitudes(x, window), magnitudes(y, window)
        total = total + ((a - b) ** 2).mean() / (a ** 2).mean()
        total = total + ((a + 1e-7).log() - (b + 1e-7).log()).abs().mean()
    return total


def measure(name, bands):
    x = torch.randn(ROWS * bands, SAMPLES // bands)
    y = torch.randn(ROWS * bands, SAMPLES // bands, requires_grad=True)
    seconds = peer.median_time(lambda: distance(x, y).backward(),
                               options.seconds)
    peer.report(name, seconds * 1e3, "ms")


for name, bands in (("sound", 1), ("bands", BANDS)):
    if options.only in name:
        measure(name, bands)
