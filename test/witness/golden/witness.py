"""What the scripts of the witnesses share: the weights that witness.h makes
too, and short summaries of large results."""
import os
import sys
import textwrap
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
import common
from common import noise

common.HERE = HERE
torch.set_default_dtype(torch.float64)
SUMMARY_SIGNS, SUMMARY_ELEMENTS = 3, 6


def seed_of(name):
    h = 7
    for c in name:
        h = (h * 31 + ord(c)) % 65521
    return h


class Weights(dict):
    """Parameters by name, made when first asked for."""

    def __call__(self, name, *shape):
        if name not in self:
            x = noise(seed_of(name), *shape).detach()
            if len(shape) > 1:
                x = x / x[0].numel() ** 0.5
            elif name.endswith(".g"):
                x = 1 + 0.2 * x
            else:
                x = 0.2 * x
            self[name] = x.requires_grad_()
        return self[name]

    def some(self, *prefixes):
        return {k: v for k, v in self.items() if k.startswith(prefixes)}

    def clear_gradients(self):
        for p in self.values():
            p.grad = None


def summary(name, x):
    """Norm, sums with the signs of noise, and a few elements."""
    x = x.detach().flatten()
    n, seed = x.numel(), seed_of(name)
    values = [x.norm()]
    for i in range(SUMMARY_SIGNS):
        values.append((x * noise(seed + 1 + i, n).detach()).sum())
    for i in range(SUMMARY_ELEMENTS):
        values.append(x[(2 * i + 1) * n // (2 * SUMMARY_ELEMENTS)])
    return [v.item() for v in values]


class Summaries(common.Header):
    """A header of summaries by name."""

    def __init__(self, name, script):
        super().__init__(name, script)
        self.text.append('#include "../witness.h"')

    def summaries(self, table, rows):
        self.text.append(f"static const golden_summary {table}[] = {{")
        for name, x in rows.items():
            numbers = ", ".join(f"{v:.12g}" for v in summary(name, x))
            self.text.append(f'    {{"{name}",')
            self.wrap("     {", numbers + "}},")
        self.text += ["    {NULL, {0}}};"]

    def gradients(self, table, params):
        self.summaries(table, {k: p.grad for k, p in params.items()})

    def numbers(self, name, values):
        text = ", ".join(f"{v:.12g}" for v in values)
        self.text.append(f"static const double {name}[] = {{")
        self.wrap("    ", text + "};")

    def wrap(self, first, text):
        self.text += textwrap.wrap(text, 80, initial_indent=first,
                                   subsequent_indent=" " * len(first))
