"""Golden gradients and greedy samples of a small WaveNet: wavenet.h. Written
from the description in ../test_wavenet.c."""
import torch
import torch.nn.functional as F
from witness import Summaries, Weights, noise

ROWS, LEVELS, WIDE, SKIPS, OUTSIDE, LENGTH = 2, 12, 6, 8, 3, 96
DILATIONS = (1, 2, 4, 8, 1, 2)
W = Weights()


def layer(x, name, out, taps=1, dilation=1):
    w, b = W(name + ".w", out, x.shape[1], taps), W(name + ".b", out)
    return F.conv1d(F.pad(x, ((taps - 1) * dilation, 0)), w, b, 1, 0, dilation)


def logits(heard, outside):
    h = F.embedding(heard, W("table.w", LEVELS, WIDE)).transpose(1, 2)
    skips = 0
    for i, d in enumerate(DILATIONS):
        x = layer(h, f"dilated{i}", 2 * WIDE, 2, d)
        a, b = (x + layer(outside, f"outside{i}", 2 * WIDE)).chunk(2, 1)
        x = torch.tanh(a) * torch.sigmoid(b)
        skips = skips + layer(x, f"skip{i}", SKIPS)
        h = h + layer(x, f"residual{i}", WIDE)
    h = layer(F.relu(skips), "last0", SKIPS)
    return 6 * layer(F.relu(h), "last1", LEVELS).transpose(1, 2)


def greedy(outside):
    heard = torch.zeros(ROWS, 1, dtype=torch.long)
    with torch.no_grad():
        for n in range(1, LENGTH + 1):
            y = logits(heard, outside[:, :, :n])[:, -1].argmax(-1)
            heard = torch.cat([heard, y[:, None]], 1)
    return heard[:, 1:]


h = Summaries("wavenet.h", "wavenet.py")
outside = noise(2, ROWS, OUTSIDE, LENGTH).detach()
target = ((noise(1, ROWS, LENGTH).detach() + 1) / 2 * LEVELS).long()
heard = F.pad(target[:, :-1], (1, 0))
y = logits(heard, outside)
loss = F.cross_entropy(y.reshape(-1, LEVELS), target.reshape(-1))
loss.backward()
h.numbers("wavenet_loss", [loss.item()])
h.summaries("wavenet_values", {"logits": y})
h.gradients("wavenet_gradients",
            {k: v for k, v in W.items() if v.grad is not None})
h.numbers("wavenet_greedy", greedy(outside).flatten().tolist())
h.close()
