"""Golden numbers of phases recovered from magnitudes: recover.h. The algorithm
is written anew, over whole sounds, with numpy's transforms and Python's heap."""
import heapq
import numpy as np
import torch
from common import Header, noise

SPREAD = 0.25645


def unit(z):
    alternating = (-1.0) ** np.arange(len(z))
    size = np.abs(z)
    return np.where(size > 1e-15, z / np.where(size > 1e-15, size, 1),
                    alternating)


def begin(now, before, z_before, so_far, size, hop):
    """Phase-gradient heap integration from one frame to the next."""
    bins = len(now)
    loudest = max(now.max(), before.max())
    quiet, a, b = 1e-2 * loudest, now + 1e-7 * loudest, before + 1e-7 * loudest
    both = np.log(a) + np.log(b)
    slope = np.zeros(bins)
    slope[1:-1] = (both[2:] - both[:-2]) / 2
    in_time = (slope * hop / (2 * SPREAD * size)
               + 2 * np.pi * hop * np.arange(bins) / size)
    change = -SPREAD * size / hop * (np.log(a) - np.log(b))
    most = np.pi * max(0, 1 - 2 * hop / size)
    phase = np.angle(so_far)
    still = now > quiet
    heap = [(-before[k], ~k) for k in range(bins) if still[k]
            and before[k] > quiet]
    heapq.heapify(heap)
    while True:
        while heap:
            _, k = heapq.heappop(heap)
            if k < 0 and still[~k]:
                k = ~k
                phase[k] = np.angle(z_before[k]) + in_time[k]
                still[k] = False
                heapq.heappush(heap, (-now[k], k))
            elif k >= 0:
                for to in (k - 1, k + 1):
                    if 0 <= to < bins and still[to]:
                        delay = np.clip((change[k] + change[to]) / 2, -most,
                                        most)
                        phase[to] = phase[k] + (to - k) * (delay - np.pi)
                        still[to] = False
                        heapq.heappush(heap, (-now[to], to))
        if not still.any():
            return np.where(now > quiet, np.exp(1j * phase), so_far)
        first = last = int(np.argmax(still))
        while last < bins and still[last]:
            last += 1
        k = first + int(np.argmax(now[first:last]))
        still[k] = False
        heap = [(-now[k], k)]


def recover(magnitudes, size, hop, ahead, iterations, momentum, truth=None,
            known=None):
    """[bins, frames] to complex [bins, frames]."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    bins, frames = magnitudes.shape
    total = frames + ahead
    s = np.zeros((total, bins))
    s[:frames] = magnitudes.T
    z = np.zeros((total, bins), complex)
    mean = np.sum(window**2) / hop

    def powers(last):
        # Frames before the first count as if they had been there.
        y = np.zeros(total * hop + 2 * size)
        for j in range(-size // hop - 1, last + 1):
            for i in range(size):
                if j * hop + i >= 0:
                    y[j * hop + i] += window[i] ** 2
        return y

    def sound(last):
        y = np.zeros(total * hop + 2 * size)
        for j in range(last + 1):
            y[j * hop:j * hop + size] += window * np.fft.irfft(z[j], size)
        return y

    def frame(y, j):
        return np.fft.rfft(y[j * hop:j * hop + size] * window)

    for new in range(total):
        first = max(new - ahead, 0)
        is_known = [known is not None and j < frames and known[j]
                    for j in range(total)]
        if is_known[new]:
            z[new] = s[new] * unit(truth[:, new])
        else:
            p = powers(new - 1)
            reach = np.where(p > 1e-3 * mean, 1 / np.where(p > 0, p, 1), 0)
            so_far = unit(frame(sound(new - 1) * reach, new))
            before = s[new - 1] if new else 0 * s[0]
            z_before = z[new - 1] if new else z[0]
            if max(s[new].max(), before.max()) > 0:
                so_far = begin(s[new], before, z_before, so_far, size, hop)
            z[new] = s[new] * so_far
        share = 1 / np.maximum(powers(new), 1e-3 * mean)
        last = None
        for _ in range(iterations):
            y = sound(new) * share
            u = y if last is None else y + momentum * (y - last)
            last = y
            for j in range(first, new + 1):
                if not is_known[j]:
                    z[j] = s[j] * unit(frame(u, j))
    return z[:frames].T


h = Header("recover.h", "recover.py")
h.text = ["/* Made by recover.py with numpy. */"]
rows = []
for name, batch, frames, primed, sizes in (
        ("even", 2, 7, False, (16, 4, 3, 3, 0.9)),
        ("odd", 2, 9, False, (15, 6, 2, 3, 0)),
        ("hops wider than half a window", 1, 9, False, (12, 9, 2, 4, 0.5)),
        ("none over each other", 1, 6, False, (8, 8, 2, 2, 0.5)),
        ("never again", 1, 9, False, (16, 4, 3, 0, 0)),
        ("primed", 2, 12, True, (16, 4, 3, 4, 0.9))):
    bins = sizes[0] // 2 + 1
    x = noise(1, batch, bins, frames, 3).detach().numpy()
    y = []
    for b in range(batch):
        known = x[0, 0, :, 2] > 0
        y.append(recover(np.abs(x[b, :, :, 0]), *sizes,
                         x[b, :, :, 1] + 1j * x[b, :, :, 2] if primed else None,
                         known if primed else None))
    y = np.stack(y)
    y = torch.tensor(np.stack([y.real, y.imag], -1))
    array = name.replace(" ", "_") + "_y"
    h.array(array, y)
    rows.append((f'"{name} y"', array, y.numel()))
rows.append(("NULL", "NULL", 0))
h.table("static const golden_numbers recover_golden[]", rows)
h.close()
