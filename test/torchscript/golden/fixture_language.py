"""Fixtures that hold what the language has: containers, classes, loops,
texts, types of numbers; and files made by tracing and freezing."""
import math
from enum import Enum
from typing import Dict, List, NamedTuple, Optional, Tuple, Union
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from instrument import Instrument, fill, weights


class Colour(Enum):
    WARM = 1
    COLD = 2


class Range(NamedTuple):
    low: float
    high: float
    steps: int


class Knob:
    """A script class with a property."""

    def __init__(self, name: str, value: float):
        self.name = name
        self.value = value
        self.history: List[float] = []

    @property
    def moved(self) -> bool:
        return len(self.history) > 0

    def turn(self, to: float) -> float:
        self.history.append(self.value)
        self.value = to
        return to - self.history[-1]

    @staticmethod
    def mid(a: float, b: float) -> float:
        return (a + b) / 2


@torch.jit.interface
class Stage(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


class Double(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2


class Square(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * x - 1


class Language(Instrument):
    stage: Stage
    maybe: Optional[Tensor]
    range: Range
    nested: List[List[int]]
    TAPS: torch.jit.Final[int]

    def __init__(self):
        super().__init__()
        self.TAPS = 3
        self.stage = Double()
        self.stages = nn.ModuleDict({"twice": Double(), "square": Square()})
        self.colour = Colour.WARM
        self.range = Range(-.5, .5, 4)
        self.table: Dict[str, Tensor] = {
            "a": weights(80, 4), "b": weights(81, 4, scale=2.)}
        self.counts: Dict[int, int] = {1: 10, 2: 20}
        self.maybe = None
        self.names: List[str] = ["low", "mid", "high"]
        self.nested = [[1, 2], [3], []]
        self.pair: Tuple[Tensor, Tuple[int, str]] = (weights(82, 3),
                                                     (7, "seven"))
        self.port("forward", 1, 1, 1, 1)

    def fibonacci(self, most: int) -> List[int]:
        out = [1, 1]
        while True:
            n = out[-1] + out[-2]
            if n > most:
                break
            if n % 2 == 0:
                out.append(n)
                continue
            out.append(n)
        return out

    def forward(self, x: Tensor) -> Tensor:
        y = self.stage(x)
        for name, stage in self.stages.items():
            y = stage(y) if name == "twice" else y + .1 * stage(y)
        if self.colour == Colour.WARM:
            y = F.relu(y) - .2 * F.relu(-y)
        for k, v in self.table.items():
            if k != "c":
                y = y + v.sum() * .01
        if self.maybe is None:
            self.maybe = y[..., -1:].clone()
        else:
            held = self.maybe
            assert held is not None
            y = y + .5 * held
            self.maybe = y[..., -1:].clone()
        y = y.clamp(self.range.low, self.range.high)
        return torch.round(y * self.range.steps) / self.range.steps

    @torch.jit.export
    def set_colour(self, name: str) -> int:
        if name == "warm":
            self.colour = Colour.WARM
        elif name == "cold":
            self.colour = Colour.COLD
        else:
            return -1
        return 0

    @torch.jit.export
    def get_colour(self) -> Tuple[str, int]:
        return self.colour.name, self.colour.value

    @torch.jit.export
    def set_range(self, low: float, high: float, steps: int) -> int:
        self.range = Range(low, high, steps)
        return 0

    @torch.jit.export
    def numbers(self, a: int, b: int) -> List[int]:
        out = [a + b, a - b, a * b, a // b, a % b, -a // b, -a % b, int(a**2),
               a & b, a | b, a ^ b, a << 2, abs(-a), min(a, b), max(a, b)]
        out += [int(a > b), int(a == b), int(not a), int(a > 1 and b > 1),
                a if a > b else b, int(round(2.5)), int(round(3.5)), int(-2.7),
                a if self.TAPS == 3 else 0]
        out.extend(self.fibonacci(50))
        return out

    @torch.jit.export
    def reals(self, a: float, b: float) -> List[float]:
        return [a / b, a // b, a % b, -a // b, -a % b, a**b, float(3) / 2,
                math.sqrt(a), math.log(a), math.exp(b), math.floor(a) * 1.,
                math.ceil(a) * 1., math.pi, math.sin(a), math.atan2(a, b),
                abs(-a), max(a, b), -1 / float("inf"), 7 / 2, 1e-30, float(3)]

    @torch.jit.export
    def lists(self, n: int) -> Tuple[List[int], List[int], List[List[int]],
                                     bool, int]:
        x = [i * i for i in range(n)]
        y = list(range(n, 0, -2))
        x.insert(1, 100)
        x.append(x.pop(0))
        x.reverse()
        y.sort()
        z = x[1:4] + y[-2:] * 2
        del x[0]
        x[0] = -1
        for i, v in enumerate(y):
            x[i % len(x)] += v
        for p, q in zip(x, y):
            z.append(p * q)
        self.nested[2].append(n)
        return x, z, self.nested, 4 in x, y.index(y[-1])

    @torch.jit.export
    def dicts(self, key: str) -> Tuple[List[str], int, Dict[str, int], int]:
        d = {"one": 1, "two": 2}
        d["three"] = d["one"] + d["two"]
        d.update({"two": 22})
        more = d.get(key, -5)
        if key in d:
            d.pop(key)
        self.counts[3] = self.counts.get(1, 0) + 1
        keys: List[str] = []
        for k in d.keys():
            keys.append(k)
        total = 0
        for v in d.values():
            total += v
        return keys, more, d, total + self.counts[3] + len(d)

    @torch.jit.export
    def texts(self, s: str, n: int, x: float) -> List[str]:
        out = [s + "!", s[1:3], s.upper(), s[-1], "{} {}".format(n, s),
               f"{s}-{n}", str(n), str(True), "a,b,c".split(",")[1],
               ",".join(["x", s]), s.replace("a", "e"), s.strip(), "%d" % n,
               str(s.startswith("h")), str(s.find("r")), str(len(s)), str(x)]
        out += self.names
        return out

    @torch.jit.export
    def knobs(self, to: float) -> Tuple[float, bool, bool, float, str]:
        k = Knob("cut" + "off", .25)
        before = k.moved
        d = k.turn(to) + k.turn(2 * to)
        return d, before, k.moved, Knob.mid(k.value, k.history[0]), k.name

    @torch.jit.export
    def kinds(self, v: Union[int, float, str]) -> str:
        if isinstance(v, int):
            return "int " + str(v + 1)
        elif isinstance(v, float):
            return "float"
        return "str " + v

    @torch.jit.export
    def early(self, x: Tensor, n: int) -> Tensor:
        for i in range(n):
            if i > 2:
                return x * i
            x = x + self.pair[1][0]
        if n < 0:
            raise ValueError("n must not be negative")
        return x


class Types(Instrument):
    """Tensors of every type, views of one storage, and one that two slots
    share."""

    def __init__(self):
        super().__init__()
        whole = weights(90, 40, scale=1.)
        self.register_buffer("whole", whole)
        self.register_buffer("view", whole[5:35:2].reshape(3, 5).t())
        self.register_buffer("row", whole[10:15])
        self.register_buffer("wide", weights(91, 5, scale=1.).double())
        self.register_buffer("narrow", weights(92, 5, scale=1.).half())
        self.register_buffer("brain", weights(93, 5, scale=1.).bfloat16())
        self.register_buffer("index", torch.tensor([4, 0, 2, 2, 1]))
        self.register_buffer("small", torch.tensor([-3, 5, 127, -128, 9],
                                                   dtype=torch.int8))
        self.register_buffer("byte", torch.tensor([3, 5, 255, 0, 9],
                                                  dtype=torch.uint8))
        self.register_buffer("short", torch.tensor([-3, 5, 3000, 0, 9],
                                                   dtype=torch.int16))
        self.register_buffer("word", torch.tensor([1, 2, 3, 4, 70000],
                                                  dtype=torch.int32))
        self.register_buffer("mask", torch.tensor([True, False, True, True,
                                                   False]))
        self.register_buffer("wave", torch.complex(weights(94, 5, scale=1.),
                                                   weights(95, 5, scale=1.)))
        self.register_buffer("one", torch.tensor(3))
        self.register_buffer("none", torch.zeros(0, 2))
        shared = nn.Conv1d(5, 5, 1)
        self.first = shared
        self.second = nn.Sequential(shared, nn.Tanh(), shared)
        fill(self, 96)
        self.port("forward", 5, 1, 5, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.view.mean(1)[:, None] * self.row[:, None]
        x = (x.double() * self.wide[:, None]).float() + x
        x = x + self.narrow[:, None].float() + self.brain.float()[:, None]
        x = x[:, self.index] * self.small[:, None]
        x = x / (self.byte[:, None] + 1 + self.short[:, None].abs())
        x = torch.where(self.mask[:, None], x, -x * self.word[:, None])
        x = x + (self.wave * self.wave.conj()).real[:, None]
        self.whole[5:10] += .125  # seen in view and row
        x = x * self.one + self.none.sum() + self.none.shape[1]
        return self.second(self.first(x * .1))


class Traced(nn.Module):
    """Traced, not scripted: every argument is printed."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv1d(1, 4, 5, 2, 2)
        self.b = nn.ConvTranspose1d(4, 1, 4, 2, 1)
        self.scale = weights(101, 4, 1)
        fill(self, 102)
        self.register_buffer("forward_params", torch.tensor([1, 1, 1, 1]))

    def forward(self, x):
        y = F.gelu(self.a(x)) * self.scale
        y = y[:, :, 1:] + y[:, :, :-1]
        y = F.pad(y, (1, 0))
        return torch.tanh(self.b(y.clamp(max=2.)))[..., :x.shape[-1]]


class Frozen(nn.Module):
    """Frozen: the weights are constants of the code."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(1, 4, 5, padding=2),
                                 nn.BatchNorm1d(4), nn.ReLU(),
                                 nn.Conv1d(4, 1, 3, padding=1))
        self.table = {"low": weights(111, 2), "high": weights(112, 2)}
        fill(self, 113)
        self.register_buffer("forward_params", torch.tensor([1, 1, 1, 1]))

    def forward(self, x: Tensor) -> Tensor:
        sizes = [1, 2, 3]
        y = self.net(x) * self.table["low"][0]
        return y + self.table["high"].sum() * sizes[x.dim() - 1]
