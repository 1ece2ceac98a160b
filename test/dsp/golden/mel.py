"""Golden numbers of mel bands, mel.h: the formulas of librosa.filters.mel
(scales of HTK and of Slaney's toolbox) with numpy, its pseudo-inverse, and what
scipy.optimize.nnls leaves over where no spectrum has the bands."""
import os
import numpy as np
from scipy.optimize import nnls

SIZE, RATE, BANDS = 64, 8000, 6
LOW, HIGH = 100, 3800
HERE = os.path.dirname(os.path.abspath(__file__))


def htk(f):
    return 2595 * np.log10(1 + f / 700)


def from_htk(m):
    return 700 * (10 ** (m / 2595) - 1)


def slaney(f):
    f = np.asarray(f, float)
    return np.where(f < 1000, f * 3 / 200,
                    15 + np.log(np.maximum(f, 1) / 1000) * 27 / np.log(6.4))


def from_slaney(m):
    return np.where(m < 15, m * 200 / 3,
                    1000 * np.exp((m - 15) * np.log(6.4) / 27))


def weights(there, back):
    corners = back(np.linspace(there(LOW), there(HIGH), BANDS + 2))
    bins = np.arange(SIZE // 2 + 1) * RATE / SIZE
    up = (bins - corners[:-2, None]) / np.diff(corners)[:-1, None]
    down = (corners[2:, None] - bins) / np.diff(corners)[1:, None]
    return np.maximum(0, np.minimum(up, down)), corners


def array(name, x):
    numbers = [f"{v:.9g}," for v in np.asarray(x).flatten()]
    lines = [" ".join(numbers[i:i + 5]) for i in range(0, len(numbers), 5)]
    return (f"static const double {name}[] = {{\n    " + "\n    ".join(lines)
            + "\n};\n")


text = "/* Made by mel.py with numpy and scipy. */\n"
for name, there, back in (("htk", htk, from_htk), ("slaney", slaney,
                                                    from_slaney)):
    peak, corners = weights(there, back)
    area = peak * (2 / (corners[2:] - corners[:-2]))[:, None]
    text += array(f"{name}_peak", peak) + array(f"{name}_area", area)
    text += array(f"{name}_pseudo", np.linalg.pinv(area))
    bands = np.array([0, 1, 0, 0.5, 2, 0]) * 1e-2
    text += array(f"{name}_left", [nnls(area, bands)[1]])
    text += array(f"{name}_scale", [there(440.0), there(3000.0)])
with open(os.path.join(HERE, "mel.h"), "w") as f:
    f.write(text)
