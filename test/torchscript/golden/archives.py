"""Small archives as PyTorch 1.13 writes them: archive_state.ckpt (pickle
protocol 2) and archive_state4.ckpt (protocol 4), which hold the same, and
archive_module.ts. Run in this folder."""
from collections import OrderedDict, namedtuple
from enum import Enum
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch

base = torch.arange(6, dtype=torch.float32)
state = OrderedDict()
state["transposed"] = base.reshape(2, 3).t()
state["shared"] = base[2:5]
state["parameter"] = torch.nn.Parameter(torch.tensor([0.5, -0.5]))
state["half"] = torch.tensor([1.5, -2], dtype=torch.float16)
state["bfloat"] = torch.tensor([1.5, -2], dtype=torch.bfloat16)
state["double"] = torch.tensor(3.25, dtype=torch.float64)
state["bytes"] = torch.tensor([0, 255], dtype=torch.uint8)
state["chars"] = torch.tensor([-1, 1], dtype=torch.int8)
state["shorts"] = torch.tensor([-300, 300], dtype=torch.int16)
state["ints"] = torch.tensor([-70000], dtype=torch.int32)
state["longs"] = torch.tensor([2 ** 40, -2 ** 40])
state["bools"] = torch.tensor([True, False])
state["complex"] = torch.tensor([1 + 2j], dtype=torch.complex64)
state["expanded"] = torch.tensor([7.0]).expand(3, 4)
state["empty"] = torch.zeros(0, 3)
state["quantised"] = torch.quantize_per_tensor(base, 0.1, 0, torch.qint8)
state._metadata = OrderedDict({"": {"version": 1}})
more = {
    "state_dict": state, "epoch": 3, "lr": 1e-3, "big": 2 ** 40,
    "least": -2 ** 63, "minus": -5, "names": ["a", "b", "\u00e4"],
    "pair": (1, (2, 3, 4, 5)), "nothing": None, "yes": True, "raw": b"\0\xff",
    "set": {7}, "frozen": frozenset([8]), "device": torch.device("cuda", 1),
    "size": torch.Size([2, 3]), "complex": 1 - 2j, "dtype": torch.float32,
    "long list": list(range(2000)), "text" * 100: "long",
}
torch.save(more, "archive_state.ckpt")
torch.save(more, "archive_state4.ckpt", pickle_protocol=4)


class Point(NamedTuple):
    x: int
    y: float


class Colour(Enum):
    RED = 1
    GREEN = 2


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(4.0))

    def forward(self, x):
        return x * self.weight.sum()


class Outer(torch.nn.Module):
    tags: List[str]
    table: Dict[str, int]
    maybe: Optional[torch.Tensor]

    def __init__(self):
        super().__init__()
        self.first = Inner()
        self.second = self.first
        self.register_buffer("view", torch.arange(10)[2:10:2])
        self.register_buffer("narrow", torch.ones(2, dtype=torch.float16))
        self.ints = torch.jit.Attribute([1, -2, 300], List[int])
        self.reals = torch.jit.Attribute([0.5], List[float])
        self.flags = torch.jit.Attribute([True, False], List[bool])
        self.tags = ["a", "b"]
        self.table = {"k": 1}
        self.maybe = None
        self.point = torch.jit.Attribute(Point(1, 2.5), Point)
        self.colour = Colour.GREEN
        self.pair = torch.jit.Attribute((1, "t"), Tuple[int, str])
        self.device = torch.device("cpu")
        self.number = 1 + 2j

    def forward(self, x):
        return self.second(self.first(x)) + self.point.y


torch.jit.save(torch.jit.script(Outer().eval()), "archive_module.ts")
