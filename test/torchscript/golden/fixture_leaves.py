"""What setters leave behind: each takes a number that may always be another; and
elements at places that change with each call."""
from typing import Dict, List, NamedTuple, Optional, Tuple
import torch
from torch import Tensor
from instrument import Instrument


class Span(NamedTuple):
    low: float
    name: str


class Leaves(Instrument):
    span: Span
    curve: Optional[Tensor]

    def __init__(self):
        super().__init__()
        self.gain: Tuple[float] = (1.,)
        self.label = "0"
        self.levels: List[float] = [0., 0.]
        self.table: Dict[str, List[float]] = {"a": [0.]}
        self.span = Span(0., "0")
        self.both: Tuple[Tensor, Tuple[float, str]] = (torch.zeros(4),
                                                       (0., "0"))
        self.curve = None
        self.tied = self.levels
        self.register_buffer("rows", torch.arange(8.).reshape(4, 2))
        self.row = self.rows[0]
        self.register_buffer("past", torch.zeros(6, 1, 1))
        self.port("forward", 1, 1, 1, 1)
        self.attribute("gain", 2)
        self.attribute("label", 3)
        self.attribute("levels", 2)
        self.attribute("table", 2)
        self.attribute("span", 2)
        self.attribute("both", 2)
        self.attribute("curve", 1)
        self.attribute("row", 1)

    def forward(self, x: Tensor) -> Tensor:
        total = self.gain[0] + self.levels[0] + self.table["a"][0]
        total += self.span.low + self.both[1][0] + self.tied[0]
        total += float(len(self.label))
        y = x * total + self.both[0].sum() + self.row.sum()
        curve = self.curve
        if curve is not None:
            y = y + curve.mean()
        y = y + self.past[:x.shape[0]]
        self.past[:x.shape[0]].copy_(x[..., -1:])
        return y

    @torch.jit.export
    def set_gain(self, x: float) -> int:
        self.gain = (x,)
        return 0

    @torch.jit.export
    def get_gain(self) -> Tuple[float]:
        return self.gain

    @torch.jit.export
    def set_label(self, x: str) -> int:
        self.label = x + "!"
        return 0

    @torch.jit.export
    def get_label(self) -> Tuple[str]:
        return (self.label,)

    @torch.jit.export
    def set_levels(self, x: float) -> int:
        self.levels = [x, x + 1]
        self.tied = self.levels
        return 0

    @torch.jit.export
    def get_levels(self) -> Tuple[List[float], List[float]]:
        self.tied[1] = -1.
        return self.levels, self.tied

    @torch.jit.export
    def set_table(self, x: float) -> int:
        self.table = {"a": [x], "b": [x, x]}
        return 0

    @torch.jit.export
    def get_table(self) -> Tuple[float]:
        return (self.table["b"][1],)

    @torch.jit.export
    def set_span(self, x: float) -> int:
        self.span = Span(x, str(x))
        return 0

    @torch.jit.export
    def get_span(self) -> Tuple[float, str]:
        return self.span.low, self.span.name

    @torch.jit.export
    def set_both(self, x: float) -> int:
        self.both = (torch.ones(4) * x, (x, str(x)))
        return 0

    @torch.jit.export
    def get_both(self) -> Tuple[float, float]:
        return float(self.both[0].sum()), self.both[1][0]

    @torch.jit.export
    def set_curve(self, n: int) -> int:
        self.curve = torch.arange(n) * .5
        return 0

    @torch.jit.export
    def get_curve(self) -> Tuple[float]:
        curve = self.curve
        return (0. if curve is None else float(curve.sum()),)

    @torch.jit.export
    def set_row(self, i: int) -> int:
        self.row = self.rows[i % 4]
        return 0

    @torch.jit.export
    def get_row(self) -> Tuple[float]:
        return (float(self.row[0]),)


class Places(Instrument):
    """Takes turns among rows of a table, and keeps the last calls in a ring."""

    def __init__(self):
        super().__init__()
        self.calls = 0
        self.register_buffer("table", torch.arange(14.).reshape(7, 2) / 8)
        self.register_buffer("steps", torch.arange(7.) / 4)
        self.register_buffer("ring", torch.zeros(5, 8))
        self.port("forward", 1, 1, 1, 1)
        self.port("views", 1, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        turn = self.calls % 7
        y = x * self.steps[turn] + self.table[-1 - turn].sum()
        self.ring[self.calls % 5] = x[0, 0]
        self.ring[(self.calls + 2) % 5] += .5
        y = y + self.ring[(self.calls + 1) % 5]
        self.calls += 1
        return y

    @torch.jit.export
    def views(self, x: Tensor) -> Tensor:
        turn = self.calls % 7
        y = x * self.table[turn][1] + self.table[:, 0][-1 - turn]
        self.ring[self.calls % 5, 2:] = x[0, 0, 2:]
        y = y + self.ring[(self.calls + 1) % 5][:1]
        self.calls += 1
        return y
