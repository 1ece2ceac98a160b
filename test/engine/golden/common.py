"""What the scripts that make golden numbers share. Inputs are noise that the
tests make again (golden.h), so that only results stand in the headers."""
import os
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def noise(seed, *shape):
    """Uniform in [-1, 1), from a hash of seed and index."""
    n = int(np.prod(shape))
    u = np.arange(n, dtype=np.uint64) * 2654435761 + seed * 40503 + 12345
    mask = np.uint64(0xFFFFFFFF)
    for shift, factor in ((15, 2246822519), (13, 3266489917)):
        u &= mask
        u ^= u >> np.uint64(shift)
        u = (u * np.uint64(factor)) & mask
    u ^= u >> np.uint64(16)
    x = torch.tensor(u.astype(np.float64) / 2.0**31 - 1)
    return x.reshape(shape).requires_grad_()


def backward(outputs, first_seed):
    """Gradients for output gradients of noise, one seed after another."""
    pairs = [(y, noise(first_seed + i, *y.shape).detach())
             for i, y in enumerate(outputs)]
    torch.autograd.backward(*map(list, zip(*pairs)))


class Header:
    """Writes arrays and tables of C."""

    def __init__(self, name, script):
        self.path = os.path.join(HERE, name)
        self.text = [f"/* Made by {script} with PyTorch in double precision. "
                     "*/"]

    def array(self, name, values):
        if values is None:
            return "NULL"
        numbers = [f"{v:.9g}" for v in values.detach().flatten().tolist()]
        line, lines = "   ", []
        for v in numbers:
            if len(line) + len(v) + 2 > 80:
                lines.append(line)
                line = "   "
            line += f" {v},"
        lines.append(line)
        self.text += [f"static const double {name}[] = {{", *lines, "};"]
        return name

    def table(self, declaration, rows):
        self.text.append(declaration + " = {")
        self.text += ["    {" + ", ".join(map(str, r)) + "}," for r in rows]
        self.text.append("};")

    def close(self):
        with open(self.path, "w") as f:
            f.write("\n".join(self.text) + "\n")


def braces(values):
    return "{" + ", ".join(str(v) for v in values) + "}"


def text(s):
    return '"' + s + '"'
