"""Golden numbers of banks of filters, pqmf.h: RAVE's own bank, in both its
forms of padding.

    /usr/bin/python3 pqmf.py SOURCES

SOURCES holds checkouts of RAVE, cached_conv, gin-config and einops, none of
which are in this tree. One thing is changed in a copy: the bank is computed and
kept in double precision. RAVE pads filters to a power of two, which moves them:
`shift` is how many samples later our analysis must get the signal to give the
same, `delay` how much later RAVE's synthesis answers than ours."""
import os
import sys
import tempfile
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "torchscript", "golden"))
import common
import stand_ins
from common import Header, noise

common.HERE = HERE
DOUBLE = [("rave/pqmf.py", "torch.from_numpy(h).float()",
           "torch.from_numpy(h)"),
          ("rave/pqmf.py", "k = torch.arange(n_band)",
           "k = torch.arange(n_band, dtype=torch.float64)"),
          ("rave/pqmf.py", "t = torch.arange(-(N // 2), N // 2 + 1)",
           "t = torch.arange(-(N // 2), N // 2 + 1, dtype=torch.float64)")]
CUTOFFS = [(16, 100), (16, 40), (16, 60), (2, 100), (8, 100), (32, 100),
           (64, 100), (4, 40)]
CASES = [(4, 40, 96, False), (4, 40, 96, True), (16, 100, 480, False),
         (16, 100, 480, True)]


def adjoint(x, bank):
    """What our synthesis says of all bands, without a delay of its own."""
    h = bank.h
    m, taps = bank.n_band, len(h)
    t = torch.arange(-(taps // 2), taps // 2 + 1, dtype=torch.float64)
    k = torch.arange(m, dtype=torch.float64)[:, None]
    hk = 2 * h * torch.cos((2 * k + 1) * np.pi / (2 * m) * t
                           + (-1)**k * np.pi / 4)
    y = torch.nn.functional.conv_transpose1d(
        bank_signs(x), hk[:, None] * m, stride=m)
    return y[0, 0, taps // 2:taps // 2 + m * x.shape[-1]]


def bank_signs(x):
    x = x.clone()
    x[:, 1::2, ::2] *= -1
    return x


def delay_of(theirs, ours):
    offs = [(theirs[d:] - ours[:len(ours) - d]).norm().item()
            for d in range(len(ours) - 8)]
    best = int(np.argmin(offs))
    assert offs[best] < 1e-9 * theirs.norm(), min(offs)
    return best


def shift_of(bank, causal):
    size, taps = bank.hk.shape[-1], len(bank.h)
    centre = (size - taps) // 2 + taps // 2
    return size - centre - taps // 2 if causal else size // 2 - centre


def main():
    sources = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as copy:
        tree = stand_ins.patched(os.path.join(sources, "RAVE"),
                                 os.path.join(copy, "RAVE"), DOUBLE)
        stand_ins.install(tree, *(
            os.path.join(sources, d)
            for d in ("cached_conv", "gin-config", "einops")))
        write()


def write():
    import cached_conv as cc
    import gin
    import rave
    torch.set_default_dtype(torch.float64)
    gin.parse_config("cc.Conv1d.bias = False")
    header = Header("pqmf.h", "pqmf.py")
    cutoffs = []
    for bands, attenuation in CUTOFFS:
        bank = rave.pqmf.PQMF(attenuation, bands)
        w = rave.pqmf.fmin(
            lambda w: rave.pqmf.loss_wc(w, attenuation, bands, None),
            1 / bands, disp=0)[0]
        cutoffs.append((bands, attenuation, len(bank.h), f"{w:.17g}"))
    rows = []
    for i, (bands, attenuation, frames, causal) in enumerate(CASES):
        mode = "causal" if causal else "centered"
        gin.parse_config(f"cc.get_padding.mode = '{mode}'")
        bank = rave.pqmf.CachedPQMF(attenuation, bands)
        x = noise(1, 1, 1, frames).detach()
        x[..., frames * 3 // 4:] = 0
        s = noise(2, 1, bands, frames // bands).detach()
        with torch.no_grad():
            analysed, y = bank(x), bank.inverse(s)[0, 0]
        delay = delay_of(y, adjoint(s, bank))
        rows.append((bands, attenuation, frames, int(causal),
                     shift_of(bank, causal), delay,
                     header.array(f"analysed_{i}", analysed),
                     header.array(f"made_{i}", y)))
    header.table("static const golden_cutoff cutoffs[]", cutoffs)
    header.table("static const golden_bank banks[]", rows)
    header.close()


if __name__ == "__main__":
    main()
