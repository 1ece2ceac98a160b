"""LSTM and GRU layers in PyTorch: forward, and backward too, over a sequence."""

import peer

options = peer.arguments()

import torch

SIZES = [(512, 16, 256), (512, 16, 512), (256, 32, 512)]


def time_layer(kind, frames, batch, hidden):
    name = f"{kind.__name__.lower()}_T{frames}B{batch}H{hidden}"
    if options.only not in name:
        return
    layer = kind(hidden, hidden)
    x = torch.randn(frames, batch, hidden, requires_grad=True)
    dy = torch.randn(frames, batch, hidden)

    wanted = [x, *layer.parameters()]

    def step():
        torch.autograd.grad(layer(x)[0], wanted, dy)

    ms = peer.median_time(lambda: layer(x), options.seconds) * 1e3
    peer.report(f"{name} forward", ms, "ms")
    ms = peer.median_time(step, options.seconds) * 1e3
    peer.report(f"{name} forward and backward", ms, "ms")


for kind in (torch.nn.LSTM, torch.nn.GRU):
    for size in SIZES:
        time_layer(kind, *size)
