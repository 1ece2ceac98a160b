"""What the fixtures' classes share: the contract of an nn~ model, and weights
that are noise of a seed."""
from typing import List
import numpy as np
import torch
import inputs


def weights(seed, *shape, scale=None):
    n = int(np.prod(shape))
    if scale is None:
        scale = (3 / max(1, n // shape[0]))**.5
    x = inputs.noise(seed, n) * scale
    return torch.from_numpy(x.astype(np.float32)).reshape(shape)


def fill(module, seed):
    """Every parameter: noise whose output keeps the deviation."""
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(weights(seed + i, *p.shape,
                            scale=.3 if p.dim() == 1 else None))
            p.requires_grad_(False)
    return module


class Instrument(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.methods = torch.jit.Attribute([], List[str])
        self.attributes = torch.jit.Attribute([], List[str])

    def port(self, method, in_channels, in_ratio, out_channels, out_ratio):
        self.register_buffer(method + "_params", torch.tensor(
            [in_channels, in_ratio, out_channels, out_ratio]))
        self.methods.value.append(method)

    def attribute(self, name, *types):
        """Types as nn~ numbers them: 0 bool, 1 int, 2 float, 3 str, 4
        tensor."""
        self.register_buffer(name + "_params", torch.tensor(types))
        self.attributes.value.append(name)

    @torch.jit.export
    def get_methods(self) -> List[str]:
        return self.methods

    @torch.jit.export
    def get_attributes(self) -> List[str]:
        return self.attributes
