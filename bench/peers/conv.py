"""Convolutions in PyTorch: forward, data gradient and weight gradient."""

import os

import peer

options = peer.arguments()

import torch

convolve = torch.ops.aten.convolution
differentiate = torch.ops.aten.convolution_backward


def shapes():
    path = os.path.join(os.path.dirname(__file__), "..", "shapes.txt")
    with open(path) as lines:
        for line in lines:
            name, *sizes = line.split()
            if options.only in name:
                yield (name, *map(int, sizes))


def time_shape(name, batch, cin, cout, frames, k, stride, dilation, groups,
               periods):
    """The input comes padded, so that every side computes the same frames.

    Folded by periods, a signal is an image that is convolved along one axis.
    """
    out = -(-frames // stride)
    padded = (out - 1) * stride + dilation * (k - 1) + 1
    fold = [periods] if periods > 1 else []
    ones = [1] if periods > 1 else []
    zeros = [0] if periods > 1 else []
    x = torch.randn([batch, cin, padded] + fold)
    w = torch.randn([cout, cin // groups, k] + ones)
    dy = torch.randn([batch, cout, out] + fold)
    where = ([stride] + ones, [0] + zeros, [dilation] + ones, False,
             [0] + zeros, groups)

    def gradient(of_data):
        mask = [of_data, not of_data, False]
        return lambda: differentiate(dy, x, w, None, *where, mask)

    works = {"forward": lambda: convolve(x, w, None, *where),
             "data gradient": gradient(True),
             "weight gradient": gradient(False)}
    for part, work in works.items():
        ms = peer.median_time(work, options.seconds) * 1e3
        peer.report(f"{name} {part}", ms, "ms")


for shape in shapes():
    time_shape(*shape)
