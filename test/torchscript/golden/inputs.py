"""Inputs that the tests in C make again, bit for bit.

noise(seed, i), uniform in [-1, 1), of unsigned 32-bit arithmetic (golden.h):
    u = i * 2654435761 + seed * 40503 + 12345
    u = (u ^ u >> 15) * 2246822519
    u = (u ^ u >> 13) * 3266489917
    noise = (u ^ u >> 16) / 2^31 - 1
sound(seed)[b][c][t], with r = seed + 16 b + c and a period p = 60 + 37 (r mod 23):
    0.25 * noise(r, t) + 0.5 * (|4 (t mod p) / p - 2| - 1)
in double precision, then rounded to float.
codes(seed, n)[b][c][t] = floor((noise(seed + 16 b + c, t) + 1) / 2 * n)."""
import os
import sys
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
import common


def noise(seed, count):
    return common.noise(seed, count).detach().numpy()


def rows(batch, channels, row):
    data = [[row(16 * b + c) for c in range(channels)] for b in range(batch)]
    return torch.from_numpy(np.array(data).astype(np.float32))


def sound(seed, batch, channels, frames):
    def row(r):
        p = 60 + 37 * ((seed + r) % 23)
        t = np.arange(frames) % p
        return (0.25 * noise(seed + r, frames) +
                0.5 * (np.abs(4 * t / p - 2) - 1))
    return rows(batch, channels, row)


def codes(seed, batch, channels, frames, n):
    return rows(batch, channels, lambda r: np.floor(
        (noise(seed + r, frames) + 1) / 2 * n))
