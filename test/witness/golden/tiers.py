"""Golden losses and gradients of two recurrent tiers: tiers.h. Written from
the description in ../test_tiers.c."""
import torch
import torch.nn.functional as F
from witness import Summaries, Weights, noise

ROWS, LEVELS, HIDDEN, WINDOW, CONTEXT, WINDOWS = 2, 10, 6, 32, 8, 2
SIZES, RATES = (8, 2, 4), (8, 2, 1)
W = Weights()


def hear(x, level):
    past = x[:, None, CONTEXT - SIZES[level]:-1]
    return F.conv1d(past, W(f"hear{level}.w", HIDDEN, 1, SIZES[level]),
                    W(f"hear{level}.b", HIDDEN), RATES[level])


def tier(x, level, state):
    weights = [W(f"rnn{level}.ih", 4 * HIDDEN, HIDDEN),
               W(f"rnn{level}.hh", 4 * HIDDEN, HIDDEN),
               W(f"rnn{level}.ih_b", 4 * HIDDEN),
               W(f"rnn{level}.hh_b", 4 * HIDDEN)]
    y, h, c = torch._VF.lstm(x.transpose(1, 2),
                             tuple(s[None] for s in state), weights, True, 1,
                             0.0, False, False, True)
    up = RATES[level] // RATES[level + 1]
    below = F.conv_transpose1d(
        y.transpose(1, 2), W(f"up{level}.w", HIDDEN, HIDDEN, up),
        W(f"up{level}.b", HIDDEN), up)
    return below, (h[0], c[0])


def window(number, before):
    first = number * WINDOW
    target = levels[:, first:first + WINDOW]
    x = F.pad((levels - 4.5) / 5, (CONTEXT, 0))[:, first:first + CONTEXT
                                                + WINDOW]
    h, top = tier(hear(x, 0), 0, before[0])
    h, middle = tier(hear(x, 1) + h, 1, before[1])
    h = F.relu(hear(x, 2) + h).transpose(1, 2)
    y = 4 * F.linear(h, W("out0.w", LEVELS, HIDDEN), W("out0.b", LEVELS))
    loss = F.cross_entropy(y.reshape(-1, LEVELS), target.reshape(-1))
    return loss, [top, middle]


def leaves(states):
    return [tuple(s.detach().requires_grad_() for s in pair)
            for pair in states]


levels = ((noise(1, ROWS, WINDOWS * WINDOW).detach() + 1) / 2 * LEVELS).long()
fresh = [(torch.full((ROWS, HIDDEN), 0.1), torch.full((ROWS, HIDDEN), -0.2))
         for _ in RATES[:-1]]
h = Summaries("tiers.h", "tiers.py")
losses, states = [], fresh
for number, table in enumerate(("tiers_first", "tiers_second")):
    before = leaves(states)
    W.clear_gradients()
    loss, states = window(number, before)
    loss.backward()
    losses.append(loss.item())
    rows = {k: p.grad for k, p in W.items()}
    for i, pair in enumerate(before):
        rows[f"h{i}"], rows[f"c{i}"] = pair[0].grad, pair[1].grad
    h.summaries(table, rows)
W.clear_gradients()
first, states = window(0, fresh)
second, _ = window(1, states)
(first + second).backward()
h.gradients("tiers_together", W)
h.numbers("tiers_losses", losses)
h.close()
