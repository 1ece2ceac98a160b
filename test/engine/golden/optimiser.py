"""Golden numbers of optimisers and learning rates: optimiser.h beside this
file. Weights and gradients are noise that the test makes again (its function
of the same name); gradients of step k have seed k + 1 and are scaled by 3."""
import os
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
N, STEPS = 37, 10


def noise(seed, n):
    u = np.arange(n, dtype=np.uint64) * 2654435761 + seed * 40503 + 12345
    mask = np.uint64(0xFFFFFFFF)
    for shift, factor in ((15, 2246822519), (13, 3266489917)):
        u &= mask
        u ^= u >> np.uint64(shift)
        u = (u * np.uint64(factor)) & mask
    u ^= u >> np.uint64(16)
    return torch.tensor(u.astype(np.float64) / 2.0**31 - 1)


def array(name, values):
    line, lines = "   ", []
    for v in (f"{v:.9g}" for v in values):
        if len(line) + len(v) + 2 > 80:
            lines.append(line)
            line = "   "
        line += f" {v},"
    return "\n".join([f"static const double {name}[] = {{", *lines, line,
                      "};"])


def optimise(make, clip=0.0):
    p = noise(0, N).requires_grad_()
    average = p.detach().clone()
    o = make([p])
    for k in range(STEPS):
        o.param_groups[0]["lr"] = 0.01 * (1 + k)
        p.grad = 3 * noise(k + 1, N)
        if clip:
            torch.nn.utils.clip_grad_norm_([p], clip)
        o.step()
        keep = min(0.5, (2 + k) / (11 + k))
        average += (1 - keep) * (p.detach() - average)
    return p.detach().tolist(), average.tolist()


def rates(make, steps):
    p = torch.zeros(1, requires_grad=True)
    o = torch.optim.SGD([p], lr=0.01)
    s = make(o)
    out = []
    for _ in range(steps):
        out.append(o.param_groups[0]["lr"])
        o.step()
        s.step()
    return out


adam = dict(betas=(0.9, 0.95), eps=1e-6)
lr = torch.optim.lr_scheduler
text = ["/* Made by optimiser.py with PyTorch in double precision. */"]
for name, make, clip in [
    ("adam", lambda p: torch.optim.Adam(p, **adam), 0),
    ("adam_decay",
     lambda p: torch.optim.Adam(p, weight_decay=0.1, **adam), 0),
    ("adamw", lambda p: torch.optim.AdamW(p, weight_decay=0.1, **adam), 0),
    ("adamw_clip",
     lambda p: torch.optim.AdamW(p, weight_decay=0.1, **adam), 0.5),
    ("sgd", lambda p: torch.optim.SGD(p, lr=1), 0),
    ("sgd_clip", lambda p: torch.optim.SGD(p, lr=1), 0.5),
    ("sgd_decay", lambda p: torch.optim.SGD(p, lr=1, momentum=0.8,
                                            weight_decay=0.1), 0),
]:
    weights, average = optimise(make, clip)
    text += [array(name, weights), array(name + "_average", average)]
for name, make, steps in [
    ("linear", lambda o: lr.LinearLR(o, 1.0, 0.1, total_iters=12), 16),
    ("cosine", lambda o: lr.CosineAnnealingLR(o, 12, eta_min=0.001), 13),
    ("one_cycle", lambda o: lr.OneCycleLR(
        o, 0.01, total_steps=13, pct_start=0.3, div_factor=25,
        final_div_factor=100, cycle_momentum=False), 13),
    ("one_cycle_down", lambda o: lr.OneCycleLR(
        o, 0.01, total_steps=13, pct_start=0.0, div_factor=3,
        final_div_factor=1, cycle_momentum=False), 13),
]:
    text.append(array(name, rates(make, steps)))
with open(os.path.join(HERE, "optimiser.h"), "w") as f:
    f.write("\n".join(text) + "\n")
