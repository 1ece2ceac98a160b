"""Tensors for the cases of functions.py. Floats are multiples of 1/16, so that
they are written in few digits."""
import torch


class Inputs:
    """Tensors of one seed after another."""

    def __init__(self):
        self.random = torch.Generator().manual_seed(7)

    def ints(self, *shape, low=-9, high=9, dtype=torch.int64):
        return torch.randint(low, high + 1, shape,
                             generator=self.random).to(dtype)

    def floats(self, *shape, dtype=torch.float32):
        return self.ints(*shape, low=-40, high=40).to(dtype) / 16

    def positive(self, *shape):
        return self.ints(*shape, low=1, high=60).float() / 16

    def bools(self, *shape):
        return self.ints(*shape, low=0, high=1).bool()

    def complexes(self, *shape):
        return torch.complex(self.floats(*shape), self.floats(*shape))


IN = Inputs()
F, I, B, C, P = (IN.floats, IN.ints, IN.bools, IN.complexes, IN.positive)
KINDS = {"f": F, "i": I, "b": B, "c": C,
         "d": lambda *s: F(*s, dtype=torch.float64),
         "h": lambda *s: F(*s, dtype=torch.float16),
         "s": lambda *s: I(*s, low=-9, high=9, dtype=torch.int32),
         "u": lambda *s: I(*s, low=0, high=9, dtype=torch.uint8)}
