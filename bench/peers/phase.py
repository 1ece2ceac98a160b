"""Sound from magnitudes as librosa 0.10 makes it by default
(librosa.griffinlim: 32 iterations, momentum 0.99, random phases, a periodic
Hann window, centred frames between zeros), written with numpy, because Debian
has no librosa. It stands for all of our ways, streamed ones too."""
import argparse
import os

import peer

parser = argparse.ArgumentParser()
parser.add_argument("files", nargs="*")
options = peer.arguments(parser)

import numpy as np

SIZE, HOP, ITERATIONS, MOMENTUM = 2048, 512, 32, 0.99
WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIZE) / SIZE))
print(f"#peer\tlibrosa's algorithm, numpy {np.__version__}")


def stft(y):
    y = np.pad(y, SIZE // 2)
    frames = np.lib.stride_tricks.sliding_window_view(y, SIZE)[::HOP]
    return np.fft.rfft(frames * WINDOW, axis=1)


def istft(spectra, n):
    waves = np.fft.irfft(spectra, SIZE, axis=1) * WINDOW
    y = np.zeros(SIZE + HOP * (len(waves) - 1))
    power = np.zeros_like(y)
    for j, wave in enumerate(waves):
        y[j * HOP:j * HOP + SIZE] += wave
        power[j * HOP:j * HOP + SIZE] += WINDOW**2
    y = np.where(power > np.finfo(np.float32).tiny, y / np.maximum(power, 1e-30),
                 y)
    return y[SIZE // 2:SIZE // 2 + n]


def griffin_lim(magnitudes, n, seed):
    rng = np.random.default_rng(seed)
    angles = np.exp(2j * np.pi * rng.random(magnitudes.shape))
    before = None
    for _ in range(ITERATIONS):
        spectra = stft(istft(magnitudes * angles, n))
        angles = spectra.copy()
        if before is not None:
            angles -= MOMENTUM / (1 + MOMENTUM) * before
        before = spectra
        angles /= np.abs(angles) + np.finfo(np.float32).tiny
    return istft(magnitudes * angles, n)


timed = False
for path in options.files:
    name = os.path.basename(path).split(".")[0]
    y = np.fromfile(path, np.float32).astype(float)
    y = y[:len(y) // HOP * HOP]
    magnitudes = np.abs(stft(y))
    if options.only in os.path.basename(path):
        off = np.median([
            np.linalg.norm(
                np.abs(stft(griffin_lim(magnitudes, len(y), seed)))
                - magnitudes) for seed in range(3)])
        for way in ("streamed", "offline", "offline, random start"):
            peer.report(f"{name} {way}", off / np.linalg.norm(magnitudes),
                        "of the norm")
    if not timed:
        us = peer.median_time(lambda: griffin_lim(magnitudes, len(y), 0),
                              options.seconds) * 1e6
        peer.report("offline frame", us / len(magnitudes), "us/frame")
        timed = True
