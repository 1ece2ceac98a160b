"""Fixtures of what priors and others add: quantisers, recurrence, attention,
norms."""
from typing import List, Tuple
import math
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from instrument import Instrument, fill, weights


class Codebook(nn.Module):
    def __init__(self, size, dim, seed):
        super().__init__()
        self.register_buffer("embed", weights(seed, size, dim, scale=1.))

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        flat = x.permute(0, 2, 1).reshape(-1, x.shape[1])
        embed = self.embed.t()
        dist = -(flat.pow(2).sum(1, keepdim=True) - 2 * flat @ embed +
                 embed.pow(2).sum(0, keepdim=True))
        return dist.max(dim=-1).indices.reshape(x.shape[0], x.shape[2])

    @torch.jit.export
    def decode(self, codes: Tensor) -> Tensor:
        return F.embedding(codes, self.embed).permute(0, 2, 1)


class Codes(Instrument):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv1d(1, 6, 8, 8)
        self.up = nn.ConvTranspose1d(6, 1, 8, 8)
        fill(self, 120)
        self.books = nn.ModuleList([Codebook(16, 6, 130 + i)
                                    for i in range(3)])
        self.port("encode", 1, 1, 3, 8)
        self.port("decode", 3, 8, 1, 1)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        left = self.down(x)
        codes: List[Tensor] = []
        for book in self.books:
            c = book.encode(left)
            left = left - book.decode(c)
            codes.append(c)
        return torch.stack(codes, 1).float()

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        c = torch.clamp(z, 0, 15).long()
        y = torch.tensor(0.)
        for i, book in enumerate(self.books):
            y = y + book.decode(c[:, i])
        return self.up(y)


class Prior(Instrument):
    """Steps through time with a state: recurrent layers, attention over what
    was, quantised normal values."""
    cells: Tuple[Tensor, Tensor]

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 4, 2, batch_first=True)
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.norm = nn.LayerNorm(4)
        self.group = nn.GroupNorm(2, 4)
        self.query = nn.Linear(4, 12)
        self.out = nn.Linear(4, 8)
        self.embed = nn.Embedding(8, 4)
        self.film = nn.Bilinear(4, 4, 4)
        fill(self, 140)
        self.register_buffer("hidden", torch.zeros(2, 1, 4))
        self.cells = (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4))
        self.port("forward", 2, 64, 4, 64)
        self.port("quantise", 1, 1, 1, 1)

    def attend(self, x: Tensor) -> Tensor:
        q, k, v = self.query(x).chunk(3, -1)
        b, t, c = q.shape
        q = q.reshape(b, t, 2, 2).transpose(1, 2)
        k = k.reshape(b, t, 2, 2).transpose(1, 2)
        v = v.reshape(b, t, 2, 2).transpose(1, 2)
        w = torch.einsum("bhqd,bhkd->bhqk", q, k) / math.sqrt(2.)
        mask = torch.ones(t, t, dtype=torch.bool).tril()
        w = w.masked_fill(mask.logical_not(), -float("inf"))
        w = torch.softmax(w, -1)
        return (w @ v).transpose(1, 2).reshape(b, t, c)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 1)
        x, self.hidden = self.gru(x, self.hidden)
        y, self.cells = self.lstm(x, self.cells)
        x = self.norm(x + y)
        x = x + self.attend(x)
        x = self.group(x.permute(0, 2, 1)).permute(0, 2, 1)
        best = torch.argmax(F.log_softmax(self.out(F.silu(x)), -1), -1)
        x = F.gelu(self.film(x, self.embed(best))) + x
        return x.permute(0, 2, 1)

    @torch.jit.export
    def quantise(self, x: Tensor) -> Tensor:
        x = .5 * (1 + torch.erf(x / math.sqrt(2)))
        x = torch.floor(x * 32)
        x = F.one_hot(x.clamp(0, 31).long(), 32).argmax(-1)
        x = (x + .5) / 32
        x = torch.erfinv(2 * x - 1) * math.sqrt(2)
        return torch.clamp(x, -4, 4)
