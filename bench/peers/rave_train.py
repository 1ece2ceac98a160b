"""Steps of RAVE's own training_step, in seconds, and the memory that they need.

    rave_train.py --sources FOLDER --preset NAME --batch N [OPTION...]

Each batch is one sound of 131072 samples a row. A step of the second phase is
one of the decoder or one of the discriminators; the code makes what both need in
each of them."""
import argparse
import resource

import peer

parser = argparse.ArgumentParser()
parser.add_argument("--sources", required=True)
parser.add_argument("--preset", required=True)
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--length", type=int, default=131072)
options = peer.arguments(parser)

import torch
import rave_code

rave = rave_code.opened(options.sources, options.preset)

# What a sample depends on, before and after it, which trainings measure first.
REACH = {"v2": (27117, 26428), "v2_small": (10093, 10044)}


def peak():
    """MB"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


before = peak()
model = rave.RAVE(n_channels=1)
model.train()
for i, n in enumerate(REACH.get(options.preset, (0, 0))):
    model.receptive_field[i] = n
made = list(model.encoder.parameters()) + list(model.decoder.parameters())
adams = (torch.optim.Adam(made, 1e-3, (.5, .9)),
         torch.optim.Adam(model.discriminator.parameters(), 1e-4, (.5, .9)))
model.optimizers = lambda: adams
model.log = lambda *_, **__: None
model.log_dict = lambda *_, **__: None


def step(batch_index):
    x = .2 * torch.randn(options.batch, 1, options.length)
    model.training_step(x, batch_index)


for name, second, index in (("phase 1", False, 0), ("decoder", True, 1),
                            ("discriminators", True, 0)):
    model.warmed_up = second
    peer.report(f"{options.preset} {name}",
                peer.median_time(lambda: step(index), options.seconds),
                "s/step")
peer.report(f"{options.preset} memory", peak() - before, "MB")
