"""What is not known until it is recorded (the order of a norm), at places where
only some calls come to it."""
from typing import Tuple
import torch
from torch import Tensor
from instrument import Instrument


class Inner(torch.nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / (1 + torch.norm(x, 3., [2], True))


class Hidden(Instrument):
    def __init__(self):
        super().__init__()
        self.inner = Inner()
        self.path = 0
        self.gain = 1.
        self.order = 2.
        self.calls = 0
        self.register_buffer("table", torch.arange(4.))
        self.register_buffer("last", torch.zeros(1, 1, 1))
        for method in ("forward", "cubic", "elsewhere", "late"):
            self.port(method, 1, 1, 1, 1)
        self.attribute("path", 1)
        self.attribute("gain", 2)
        self.attribute("order", 2)

    def forward(self, x: Tensor) -> Tensor:
        y = x * self.gain + self.last
        self.last.copy_(x[:1, :, -1:])
        if self.path == 1:
            y = y / (1 + torch.norm(y, 3., [2], True))
        elif self.path == 2:
            y = self.inner(y)
        elif self.path == 3:
            y = -y
        return y

    @torch.jit.export
    def cubic(self, x: Tensor) -> Tensor:
        return x / (1 + torch.norm(x, 3., [2], True))

    @torch.jit.export
    def elsewhere(self, x: Tensor) -> Tensor:
        return self.inner(x) * 2

    @torch.jit.export
    def late(self, x: Tensor) -> Tensor:
        self.calls += 1
        if self.calls > 300:
            return self.inner(x)
        return x

    @torch.jit.export
    def set_path(self, x: int) -> int:
        self.path = x
        return 0

    @torch.jit.export
    def get_path(self) -> Tuple[int]:
        return (self.path,)

    @torch.jit.export
    def set_gain(self, x: float) -> int:
        self.gain = x
        return 0

    @torch.jit.export
    def get_gain(self) -> Tuple[float]:
        return (self.gain,)

    @torch.jit.export
    def set_order(self, x: float) -> int:
        self.order = float(torch.norm(self.table * x, 3.))
        return 0

    @torch.jit.export
    def get_order(self) -> Tuple[float]:
        return (self.order,)
