"""Golden numbers of mixtures of logistic distributions over levels:
logistics.h. Written from the description in nn/distribution.h; masses are
differences of sigmoids where those are exact, and their logarithms far out."""
import os
import sys
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
import common
from common import Header, backward, noise

common.HERE = HERE
FAR = 1e9


def log_mass(low, high):
    """Of a logistic distribution between two places, in scales."""
    inside = torch.log(-torch.expm1(low - high))
    return F.logsigmoid(high) + F.logsigmoid(-low) + inside


def nats(logits, mean, log_scale, low, high):
    scale = torch.exp(log_scale)
    a = (low[..., None] - mean) / scale
    b = (high[..., None] - mean) / scale
    return -torch.logsumexp(F.log_softmax(logits, -1) + log_mass(a, b), -1)


def levels(x, q):
    return torch.floor((x.detach() + 1) * q / 2)


def of_levels(q, logits, mean, log_scale, x):
    k = levels(x, q)
    middle = (q - 1) / 2
    low = torch.where(k == 0, torch.tensor(-FAR).double(), k - middle - 0.5)
    high = torch.where(k == q - 1, torch.tensor(FAR).double(), k - middle + 0.5)
    return nats(logits, mean, log_scale, low, high)


def few(logits, mean, log_scale, x):
    return of_levels(4, 2 * logits, 3 * mean, log_scale, x)


def many(logits, mean, log_scale, x):
    return of_levels(65536, 2 * logits, 3e4 * mean, 8 + 3 * log_scale, x)


def far(logits, mean, log_scale, x):
    return of_levels(65536, 2 * logits, 3e4 * mean, log_scale, x)


def between(logits, mean, log_scale, x):
    low = 5 * x.detach()
    return nats(logits, 3 * mean, log_scale, low, low + 1.5)


def mixed(logits, mean, log_scale, x):
    p = sum(w * torch.exp(-of_levels(9, logits * s, 4 * mean, log_scale + s, x))
            for w, s in ((0.25, 1), (0.75, -1)))
    return -torch.log(p)


h = Header("logistics.h", "logistics.py")
rows = []
for case, f in (("few levels", few), ("many levels", many), ("far out", far),
                ("between", between), ("mixed", mixed)):
    x = [noise(1, 2, 5, 3), noise(2, 2, 5, 3), noise(3, 2, 5, 3),
         noise(4, 2, 5)]
    y = f(*x)
    backward([y], 9)
    results = {"y": y} | {f"d{i}": x[i].grad for i in range(3)}
    for k, v in results.items():
        array = f"{case.replace(' ', '_')}_{k}"
        h.array(array, v)
        rows.append((f'"{case} {k}"', array, v.numel()))
rows.append(("NULL", "NULL", 0))
h.table("static const golden_numbers logistics_golden[]", rows)
h.close()
