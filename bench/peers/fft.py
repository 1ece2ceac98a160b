"""Fourier transforms in PyTorch: a batch of them, and the STFT of a batch of
signals with its gradient, each in microseconds a frame."""

import peer

options = peer.arguments()

import torch

BATCH, SAMPLES, TRANSFORMS = 8, 65536, 64


def time_size(n):
    x = torch.randn(TRANSFORMS, n)
    us = peer.median_time(lambda: torch.fft.rfft(x), options.seconds) * 1e6
    peer.report(f"rfft_{n} forward", us / TRANSFORMS, "us/frame")

    window = torch.hann_window(n)
    signal = torch.randn(BATCH, SAMPLES, requires_grad=True)

    def stft():
        return torch.stft(signal, n, n // 4, window=window, center=False,
                          return_complex=True)

    frames = BATCH * ((SAMPLES - n) // (n // 4) + 1)
    us = peer.median_time(stft, options.seconds) * 1e6
    peer.report(f"stft_{n} forward", us / frames, "us/frame")
    given = torch.randn_like(stft())
    us = peer.median_time(lambda y: torch.autograd.backward(y, given),
                          options.seconds, before=stft) * 1e6
    peer.report(f"stft_{n} gradient", us / frames, "us/frame")


for n in (512, 1024, 2048):
    if options.only in f"stft_{n}":
        time_size(n)
