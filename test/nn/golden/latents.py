"""Golden numbers of what keeps latents in order, latents.h: RAVE's own code, in
double precision.

    /usr/bin/python3 latents.py SOURCES

SOURCES holds checkouts of RAVE, cached_conv, gin-config and einops, none of
which are in this tree. Books of codes begin with averages that fit their sizes,
and neither smooth shares nor replace codes: RAVE's start is of another scale
than what follows, and its replacements are overwritten in the same step."""
import os
import sys
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("engine", "torchscript"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", folder, "golden"))
import common
import stand_ins
from common import Header, noise

common.HERE = HERE
ROWS, N, FRAMES, BOOKS, CODES = 2, 3, 7, 2, 5


def discrepancy(header, blocks):
    encoder = blocks.WasserteinEncoder(lambda n_channels: None)
    z = noise(1, ROWS, N, FRAMES)
    other = noise(2, ROWS, N, FRAMES).detach()
    flat = [x.permute(0, 2, 1).reshape(-1, N) for x in (z, other)]
    loss = encoder.compute_mmd(*flat)
    loss.backward()
    header.array("discrepancy", loss)
    header.array("discrepancy_gradient", z.grad)


def codes(header, quantization):
    x = noise(3, ROWS, N, FRAMES)
    rvq = quantization.ResidualVectorQuantization(
        BOOKS, dim=N, codebook_size=CODES, epsilon=0,
        threshold_ema_dead_code=0)
    for i, layer in enumerate(rvq.layers):
        book = layer._codebook
        book.inited.fill_(1)
        book.embed.copy_(noise(4 + i, CODES, N).detach())
        size = 2 + noise(8 + i, CODES).detach()
        book.cluster_size.copy_(size * ROWS * FRAMES / CODES)
        book.embed_avg.copy_(book.embed * book.cluster_size[:, None])
    vectors, loss, index = rvq(x)
    header.array("coded", vectors)
    header.array("commitment", loss)
    header.array("indices", index.permute(1, 0, 2).double())
    for i, layer in enumerate(rvq.layers):
        book = layer._codebook
        header.array(f"book_{i}", book.embed)
        header.array(f"share_{i}", book.cluster_size / (ROWS * FRAMES))
    # What is left for the second book has no gradient there.
    header.array("commitment_gradient", torch.autograd.grad(loss, x)[0])


def main():
    sources = os.path.abspath(sys.argv[1])
    stand_ins.install(*(
        os.path.join(sources, d)
        for d in ("RAVE", "cached_conv", "gin-config", "einops")))
    import rave
    from rave import blocks, quantization
    torch.set_default_dtype(torch.float64)
    header = Header("latents.h", "latents.py")
    discrepancy(header, blocks)
    codes(header, quantization)
    header.close()


if __name__ == "__main__":
    main()
