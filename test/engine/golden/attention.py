"""Golden numbers of attention, norms and transforms: attention.h, norm.h,
stft.h."""
import math
import torch
import torch.nn.functional as F
from common import Header, backward, noise

# name, frames of q, of k, heads, kv heads, causal, window, bias, skip
ATTENTION = [
    ("plain", 5, 5, 2, 2, False, 0, None, 0),
    ("across", 4, 6, 4, 2, False, 0, None, 0),
    ("causal", 6, 6, 2, 1, True, 0, None, 0),
    ("window", 7, 7, 2, 2, True, 3, None, 0),
    ("alibi", 7, 7, 4, 2, True, 4, "alibi", 0),
    ("alibi_around", 5, 5, 2, 2, False, 0, "alibi", 0),
    ("relative", 7, 7, 2, 2, True, 4, "relative", 0),
    ("skip", 9, 9, 2, 1, True, 4, None, 3),
    ("skip_far", 9, 9, 2, 2, True, 3, "relative", 5),
]


def attend(q, k, v, table, causal, window, bias):
    heads = q.shape[2]
    k, v = (x.repeat_interleave(heads // k.shape[2], 2) for x in (k, v))
    score = torch.einsum("bihd,bjhd->bhij", q, k) / math.sqrt(q.shape[3])
    i = torch.arange(q.shape[1])[:, None]
    j = torch.arange(k.shape[1])[None]
    if bias == "alibi":
        slope = 2.0 ** (-8 * torch.arange(1, heads + 1).double() / heads)
        score = score - slope[:, None, None] * (i - j).abs()
    if bias == "relative":
        score = score + table[:, (i - j).clamp(0, window - 1)]
    hidden = torch.zeros(len(i), k.shape[1], dtype=torch.bool)
    if causal:
        hidden |= j > i
    if window:
        hidden |= i - j >= window
    p = score.masked_fill(hidden, -math.inf).softmax(-1)
    return torch.einsum("bhij,bjhd->bihd", p, v)


def attention():
    h = Header("attention.h", "attention.py")
    for name, t, s, heads, kv, causal, window, bias, skip in ATTENTION:
        q, k, v = (noise(1, 2, t, heads, 3), noise(2, 2, s, kv, 3),
                   noise(3, 2, s, kv, 2))
        table = noise(4, heads, window) if bias == "relative" else None
        y = attend(q, k, v, table, causal, window, bias)[:, skip:]
        backward([y], 5)
        for n, x in (("y", y), ("dq", q.grad), ("dk", k.grad),
                     ("dv", v.grad)):
            h.array(f"{name}_{n}", x)
        if table is not None:
            h.array(f"{name}_dtable", table.grad)
    h.close()


def store(h, name, y, **inputs):
    backward([y], 9)
    h.array(f"{name}_y", y)
    for n, x in inputs.items():
        h.array(f"{name}_d{n}", x.grad)


def norms():
    h = Header("norm.h", "attention.py")
    x, g, b = noise(1, 2, 6, 4), noise(2, 4), noise(3, 4)
    store(h, "layer", F.layer_norm(x, (4,), g, b, 1e-5), x=x, gain=g, bias=b)
    x, g, b = noise(1, 2, 4, 6), noise(2, 4), noise(3, 4)
    y = F.layer_norm(x.transpose(1, 2), (4,), g, b, 1e-5).transpose(1, 2)
    store(h, "channels", y, x=x, gain=g, bias=b)
    x, g, b = noise(1, 2, 6, 5), noise(2, 6), noise(3, 6)
    store(h, "group", F.group_norm(x, 3, g, b, 1e-3), x=x, gain=g, bias=b)
    for training in (False, True):
        x, g, b = noise(1, 3, 4, 5), noise(2, 4), noise(3, 4)
        mean, var = torch.zeros(4).double(), torch.ones(4).double()
        if not training:
            mean = noise(4, 4).detach()
            var = noise(5, 4).detach() ** 2 + 0.5
        y = F.batch_norm(x, mean, var, g, b, training, 0.1, 1e-5)
        name = "training" if training else "evaluation"
        store(h, name, y, x=x, gain=g, bias=b)
        if training:
            h.array("running_mean", mean)
            h.array("running_var", var)
    for name, shape in (("weight", (4, 3, 2)), ("matrix", (3, 5))):
        v, g = noise(1, *shape), noise(2, shape[0], *[1] * (len(shape) - 1))
        store(h, name, torch._weight_norm(v, g, 0), v=v, g=g)
    h.close()


def transforms():
    h = Header("stft.h", "attention.py")
    for name, n, hop, frames, left, right in (("even", 8, 2, 21, 4, 4),
                                              ("odd", 9, 4, 30, 0, 0),
                                              ("far", 8, 3, 17, 6, 1)):
        x = noise(1, 2, frames)
        window = torch.hann_window(n).double() + 0.1
        y = torch.stft(F.pad(x, (left, right)), n, hop, n, window,
                       center=False, return_complex=True)
        y = torch.view_as_real(y)
        backward([y], 9)
        h.array(f"{name}_y", y)
        h.array(f"{name}_dx", x.grad)
    for name, n, hop, frames in (("back", 8, 2, 7), ("odd_back", 9, 3, 5)):
        x = noise(1, 2, n // 2 + 1, frames, 2)
        window = torch.hann_window(n).double() + 0.1
        y = torch.istft(torch.view_as_complex(x), n, hop, n, window,
                        center=True)
        backward([y], 9)
        h.array(f"{name}_y", y)
        h.array(f"{name}_dx", x.grad)
    h.close()


attention()
norms()
transforms()
