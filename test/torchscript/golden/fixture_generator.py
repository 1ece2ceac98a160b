"""A model that makes sound by itself: a prior that goes on from its last step,
drawn by a temperature as RAVE's are, and a decoder."""
import math
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from instrument import Instrument, fill, weights

LATENTS, RATIO = 4, 16


class Generator(Instrument):
    def __init__(self):
        super().__init__()
        self.sr = 2000
        self.bias = 0.
        self.down = nn.Conv1d(1, LATENTS, RATIO, RATIO)
        self.up = nn.ConvTranspose1d(LATENTS, 1, RATIO, RATIO)
        fill(self, 300)
        self.register_buffer("turn", weights(310, LATENTS, LATENTS))
        self.register_buffer("last", torch.zeros(1, LATENTS, 1))
        self.port("encode", 1, 1, LATENTS, RATIO)
        self.port("decode", LATENTS, RATIO, 1, 1)
        self.port("prior", 1, RATIO, LATENTS, RATIO)
        self.attribute("bias", 2)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        return self.down(x)

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return torch.tanh(self.up(z + self.bias))

    @torch.jit.export
    def prior(self, temp: Tensor) -> Tensor:
        heat = F.softplus(temp.mean(-1, keepdim=True)) / math.log(2)
        steps = torch.zeros(temp.shape[0], self.last.shape[1],
                            temp.shape[-1])
        for i in range(temp.shape[-1]):
            z = torch.tanh(torch.matmul(self.turn, self.last) + .1)
            z = z + heat * torch.randn_like(z)
            self.last.copy_(z)
            steps[..., i:i + 1] = z
        return steps

    @torch.jit.export
    def get_bias(self) -> float:
        return self.bias

    @torch.jit.export
    def set_bias(self, x: float) -> int:
        self.bias = x
        return 0
