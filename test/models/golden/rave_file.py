"""A checkpoint and an export of a small RAVE, and what it makes of noise:
rave_file/best.ckpt with config.gin, rave_file/export.ts, rave_file.h; and
rave_file/averaged.ckpt, whose weights are silent, but whose averages of
parameters (Lightning's callback EMA) are those of the other. RAVE's
own code; discriminators, the bank's convolutions and what Lightning keeps are
left out of the checkpoint, and the export's caches are for one row.

    /usr/bin/python3 rave_file.py SOURCES

SOURCES holds checkouts of RAVE, cached_conv, gin-config and einops, none of
which are in this tree."""
import os
import sys
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("engine", "torchscript", "dsp"):
    sys.path.insert(0, os.path.join(HERE, "..", "..", folder, "golden"))
import common
import stand_ins
from common import Header, noise
from pqmf import adjoint, shift_of

common.HERE = HERE
FRAMES = 2048
OUT = os.path.join(HERE, "rave_file")
SMALL = """CAPACITY = 2
LATENT_SIZE = 3
RATIOS = [4, 2]
DILATIONS = [[1, 3], [1]]
"""


def make(rave, gin):
    gin.clear_config()
    configs = os.path.join(os.path.dirname(rave.__file__), "configs")
    for name in ("v2.gin", "snake.gin"):
        gin.parse_config_file(os.path.join(configs, name))
    gin.parse_config(SMALL)
    torch.manual_seed(11)
    return rave.RAVE(n_channels=1)


def save(weights, callbacks, name):
    torch.save({"epoch": 4, "global_step": 321, "state_dict": weights,
                "pytorch-lightning_version": "1.9.0", "callbacks": callbacks,
                "optimizer_states": [], "hyper_parameters": {"x": 1.5}},
               os.path.join(OUT, name))


def write_checkpoint(model, gin):
    weights = {n: t for n, t in model.state_dict().items()
               if n.split(".")[0] not in ("discriminator", "pqmf")}
    averages = {n: p.data for n, p in model.named_parameters() if n in weights}
    silent = {n: torch.zeros(1).expand(t.shape) if n in averages else t
              for n, t in weights.items()}
    save(weights, {}, "best.ckpt")
    save(silent, {"EMA": averages}, "averaged.ckpt")
    with open(os.path.join(OUT, "config.gin"), "w") as f:
        f.write(gin.operative_config_str())


class Bank(torch.nn.Module):
    """What an export says of its bank, but for the convolutions."""
    def __init__(self, bank):
        super().__init__()
        self.register_buffer("h", bank.h)
        self.register_buffer("hk", bank.hk)


class Export(torch.nn.Module):
    """The parts of RAVE's exports that tell of the network, under the names
    that they have there."""
    def __init__(self, model):
        super().__init__()
        self.sr: int = model.sr
        self.n_channels: int = 1
        self.pqmf = Bank(model.pqmf)
        self.encoder = model.encoder
        self.decoder = model.decoder

    def forward(self, x):
        return self.decoder(self.encoder(x)[:, :3]), self.pqmf.h, self.sr, \
            self.n_channels


def write_export(rave, gin, cached_conv, weights):
    cached_conv.convs.MAX_BATCH_SIZE = 1
    cached_conv.use_cached_conv(True)
    cached = make(rave, gin)
    cached.load_state_dict(weights, strict=False)
    cached.eval()
    for m in cached.modules():
        if hasattr(m, "weight_g"):
            torch.nn.utils.remove_weight_norm(m)
    export = Export(cached)
    export(torch.zeros(1, 16, 64))
    torch.jit.script(export).save(os.path.join(OUT, "export.ts"))
    cached_conv.use_cached_conv(False)


def delay_of(bank):
    """How much later than ours its synthesis is."""
    s = noise(2, 1, 16, 64).detach()
    ours, theirs = adjoint(s, bank), bank.inverse(s.float())[0, 0].double()
    offs = [(theirs[d:] - ours[:len(ours) - d]).norm() for d in range(100)]
    return offs.index(min(offs))


def main():
    sources = os.path.abspath(sys.argv[1])
    stand_ins.install(*(
        os.path.join(sources, d)
        for d in ("RAVE", "cached_conv", "gin-config", "einops")))
    import gin
    import rave
    import cached_conv
    os.makedirs(OUT, exist_ok=True)
    model = make(rave, gin)
    weights = {n: t.clone() for n, t in model.state_dict().items()}
    write_checkpoint(model, gin)
    model.eval()
    x = noise(1, 1, 1, FRAMES).detach().float()
    x[..., FRAMES * 3 // 4:] = 0
    with torch.no_grad():
        mean = model.encode(x)[:, :3]
        bands = model.decoder(mean)
        y = model.pqmf.inverse(bands)
    delay = delay_of(model.pqmf)
    header = Header("rave_file.h", "rave_file.py")
    header.text += [f"enum {{ file_shift = {shift_of(model.pqmf, False)} }};"]
    header.array("file_mean", mean)
    header.array("file_bands", bands[..., ::8])
    header.array("file_made", y[..., delay:delay + FRAMES - 1024][..., ::16])
    header.close()
    write_export(rave, gin, cached_conv, weights)


if __name__ == "__main__":
    main()
