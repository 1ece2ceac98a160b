"""What mimikit's own networks say when they generate: mimikit.h, and with a
third path its checkpoints with what they say beside them.

    mimikit.py MIMIKIT H5MAPPER [FILES]

takes the folders of both projects' sources (github.com/ktonal), which are not
in this tree. Of mimikit only the networks and the checkpoint are imported;
what they import besides and do not use is put off with stand-ins."""
import contextlib
import dataclasses
import importlib.abc
import importlib.machinery
import json
import os
import sys
import types
from unittest.mock import MagicMock
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "engine", "golden"))
import common
from common import Header, braces, noise, text

common.HERE = HERE
STAND_INS = {"librosa", "torchaudio", "pytorch_lightning", "IPython", "numba",
             "sklearn", "scipy", "tqdm", "dill", "multiprocess", "soundfile"}


class StandIn(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "njit":
            return lambda *_, **__: lambda f: f
        return MagicMock(name=name)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in STAND_INS:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def allow_shared_defaults():
    """Since Python 3.11 dataclasses refuse defaults that cannot be hashed."""
    get_field = dataclasses._get_field

    def patched(cls, name, kind, keywords):
        default = getattr(cls, name, dataclasses.MISSING)
        if isinstance(default, dataclasses.Field):
            default = default.default
        if default.__class__.__hash__ is None:
            setattr(cls, name,
                    dataclasses.field(default_factory=lambda: default))
        return get_field(cls, name, kind, keywords)

    dataclasses._get_field = patched


def leave_out_private_fields():
    """As OmegaConf does from 2.3 on, which mimikit relies on."""
    import omegaconf._utils as utils
    shim = types.ModuleType("dataclasses")
    shim.__dict__.update(dataclasses.__dict__)
    shim.fields = lambda x: tuple(
        f for f in dataclasses.fields(x)
        if not f.metadata.get("omegaconf_ignore"))
    utils.dataclasses = shim


def imported(mimikit, h5mapper):
    sys.meta_path.insert(0, Finder())
    sys.path[:0] = [mimikit, h5mapper]
    allow_shared_defaults()
    leave_out_private_fields()
    package = types.ModuleType("mimikit")
    package.__path__ = [os.path.join(mimikit, "mimikit")]
    sys.modules["mimikit"] = package
    for name in ("config", "features", "networks", "modules", "io_spec",
                 "checkpoint"):
        module = importlib.import_module("mimikit." + name)
        for k in getattr(module, "__all__", dir(module)):
            setattr(package, k, getattr(module, k))
    return package


def by_seeds(net, scale):
    """Weights of noise, whose seeds are those of their places; the same for
    layers that mimikit has twice."""
    seeds, of_place = {}, {}
    with torch.no_grad():
        for name, x in net.state_dict(keep_vars=True).items():
            if not isinstance(x, torch.nn.Parameter):
                continue
            seed = of_place.setdefault(x.data_ptr(), 100 + len(of_place))
            x.copy_((noise(seed, *x.shape) * scale).float())
            seeds[name] = seed
    return seeds


@contextlib.contextmanager
def in_double():
    was = torch.Tensor.float
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double
    try:
        with torch.no_grad():
            yield
    finally:
        torch.Tensor.float = was
        torch.set_default_dtype(torch.float32)


def logits_only(net):
    for module in net.modules():
        if type(module).__name__ == "OutputWrapper":
            module.training = True


def said_of_levels(net, x, prompt):
    """Logits of each step after the prompt, of levels that are given."""
    with in_double():
        net = net.double().eval()
        logits_only(net)
        net.before_generate((x[:, :prompt],), 0)
        out = []
        for t in range(prompt, x.shape[1]):
            out += net.generate_step((x[:, t - net.rf:t],), t=t)
        net.after_generate((), 0)
        return torch.cat([y.reshape(1, 1, -1) for y in out], 1)


def said_freely(net, x, steps):
    """A prompt of frames and what follows from it."""
    with in_double():
        net = net.double().eval()
        x = x.double()
        net.before_generate((x,), 0)
        while steps > 0:
            y = net.generate_step((x[:, -net.rf:],), t=x.shape[1])
            y = y[0] if isinstance(y, tuple) else y
            x = torch.cat([x, y], 1)
            steps -= y.shape[1]
        net.after_generate((), 0)
        return x


DATASET = """sources: []
filename: dataset.h5
extractors:
- name: signal
  functional:
    type: FileToSignal
    sr: 8000
"""


def quoted(lines):
    """As a text of C, in rows of some lines each."""
    rows = [""]
    for line in lines.splitlines():
        line = line.replace('"', '\\"') + "\\n"
        if rows[-1] and len(rows[-1]) + len(line) > 74:
            rows.append("")
        rows[-1] += line
    rows = ["    " + text(row) for row in rows]
    return [*rows[:-1], rows[-1] + ";"]


class Golden:
    def __init__(self, mmk, files):
        self.mmk, self.files, self.rows = mmk, files, []
        self.header = Header("mimikit.h", "mimikit.py")

    def levels(self, name, net, io, prompt, steps, scale=1, golden=True):
        q = io.inputs[0].transform.q_levels
        n = prompt + steps
        x = ((noise(1, 1, n) + 1) / 2 * q).long()
        seeds = by_seeds(net, scale)
        self.save(name, net)
        y = said_of_levels(net, x, prompt) if golden else None
        self.keep(name, net, seeds, scale, prompt, x, y)

    def frames(self, name, net, io, prompt, steps, scale=1):
        n = io.inputs[0].elem_type.size
        seeds = by_seeds(net, scale)
        x = noise(1, 1, prompt, n).detach().abs()
        self.save(name, net)
        x = said_freely(net, x, steps)
        self.keep(name, net, seeds, scale, prompt, x, x[:, prompt:])

    def save(self, name, net):
        """A checkpoint, which mimikit itself opens."""
        if not self.files:
            return
        path = os.path.join(self.files, name.strip("_"), "epoch=1.ckpt")
        self.mmk.CheckpointBank.save(path, net)
        again = self.mmk.Checkpoint.from_path(path).network.state_dict()
        for k, x in net.state_dict().items():
            assert torch.equal(again[k].reshape(x.shape), x), k

    def keep(self, name, net, seeds, scale, prompt, x, y):
        if self.files:
            path = os.path.join(self.files, name.strip("_"), "golden.json")
            with open(path, "w") as f:
                json.dump({"prompt": prompt, "x": x[0].tolist(),
                           "y": None if y is None else y[0].tolist()}, f)
        if not name.startswith("_"):
            self.to_header(name, net, seeds, scale, prompt, x, y)

    def to_header(self, name, net, seeds, scale, prompt, x, y):
        h = self.header
        h.text += [f"static const char {name}_config[] =",
                   *quoted(net.config.serialize())]
        # a buffer's value stands in the configuration
        rows = [(text(k), x.dim() or 1, braces(x.shape or [1]),
                 seeds.get(k, 0)) for k, x in net.state_dict().items()]
        h.table(f"static const golden_tensor {name}_tensors[]", rows)
        h.array(f"{name}_x", x)
        h.array(f"{name}_y", y)
        self.rows.append((text(name), f"{name}_config", f"{name}_tensors",
                          len(rows), scale, f"{name}_x", x.shape[1],
                          f"{name}_y", y.shape[2], prompt))

    def close(self):
        self.header.text += ["static const char dataset[] =", *quoted(DATASET)]
        self.header.table("static const golden_network networks[]", self.rows)
        self.header.close()


def make(mmk, g):
    def mulaw(**how):
        return mmk.IOSpec.mulaw_io(mmk.IOSpec.MuLawIOConfig(**how))

    def spectra(n_chunks=1, **how):
        io = mmk.IOSpec.magspec_io(
            mmk.IOSpec.MagSpecIOConfig(sr=8000, n_fft=16, hop_length=4, **how))
        io.inputs[0].module.n_chunks = n_chunks
        io.targets[0].module.n_chunks = n_chunks
        return io

    def samplernn(name, io, prompt, steps, golden=True, **how):
        c = mmk.SampleRNN.Config(io_spec=io, **how)
        g.levels(name, mmk.SampleRNN.from_config(c), io, prompt, steps,
                 golden=golden)

    def wavenet(name, io, steps, **how):
        net = mmk.WaveNet.from_config(mmk.WaveNet.Config(io_spec=io, **how))
        g.levels(name, net, io, net.rf + 3, steps)

    def freqnet(name, io, steps, **how):
        net = mmk.WaveNet.from_config(mmk.WaveNet.Config(io_spec=io, **how))
        g.frames(name, net, io, net.rf + 3, steps, 0.7)

    def seq2seq(name, io, **how):
        c = mmk.Seq2SeqLSTMNetwork.Config(io_spec=io, **how)
        g.frames(name, mmk.Seq2SeqLSTMNetwork.from_config(c), io, 2 * c.hop,
                 2 * c.hop)

    samplernn("samplernn_normed",
              mulaw(q_levels=16, compression=.5, mlp_dim=5, n_mlp_layers=2,
                    min_temperature=.3),
              16, 8, frame_sizes=(8, 4, 2, 4), hidden_dim=6, weight_norm=True)
    samplernn("samplernn_gru",
              mulaw(q_levels=9, mlp_dim=4, min_temperature=None),
              16, 8, frame_sizes=(8, 4, 3), hidden_dim=5, rnn_class="gru",
              n_rnn=2, rnn_bias=False, h0_init="ones", inputs_mode="mean")
    samplernn("samplernn_forgets", mulaw(q_levels=8, mlp_dim=4,
                                         n_mlp_layers=1),
              8, 8, frame_sizes=(4, 2, 2), hidden_dim=3, rnn_class="none",
              inputs_mode="static_mix")
    samplernn("_samplernn_rnn", mulaw(q_levels=256, mlp_dim=12), 32, 32,
              frame_sizes=(16, 8, 8), hidden_dim=10, rnn_class="rnn",
              h0_init="ones", weight_norm=True)
    samplernn("_samplernn_randn", mulaw(q_levels=256, mlp_dim=12), 32, 32,
              frame_sizes=(16, 8, 8), hidden_dim=10, h0_init="randn",
              golden=False)
    samplernn("_samplernn_demo",
              mulaw(compression=.5, min_temperature=1e-3), 512, 64,
              frame_sizes=(256, 128, 64, 32, 16, 8, 4, 8), hidden_dim=16,
              weight_norm=True)
    embedded = dict(input_module_type="embedding")
    wavenet("wavenet_rich",
            mulaw(q_levels=16, mlp_dim=5, n_mlp_layers=1, min_temperature=.3,
                  **embedded),
            8, kernel_sizes=(2, 3), blocks=(2, 2), dims_dilated=(4,),
            residuals_dim=4, skips_dim=6, groups=2)
    wavenet("wavenet_plain", mulaw(q_levels=8, mlp_dim=4, **embedded), 8,
            blocks=(3,), dims_dilated=(4,), act_g=None, bias=False,
            pad_side=1, use_fast_generate=True)
    wavenet("wavenet_blockless", mulaw(q_levels=4, mlp_dim=3, **embedded), 4,
            kernel_sizes=(3, 1, 2), blocks=(), dims_dilated=(3,),
            residuals_dim=3, skips_dim=2)
    wavenet("_wavenet_default", mulaw(**embedded), 32, dims_dilated=(32,))
    freqnet("freqnet_demo", spectra(activation="Identity"), 6, blocks=(3,),
            dims_dilated=(8,), groups=4)
    freqnet("freqnet_rich", spectra(n_chunks=2), 6, kernel_sizes=(3, 2),
            blocks=(2, 2), dims_dilated=(4,), skips_dim=5, residuals_dim=4)
    freqnet("freqnet_skips", spectra(activation="ReLU"), 6, blocks=(2,),
            dims_dilated=(4,), skips_dim=3, residuals_dim=7)
    seq2seq("seq2seq_demo", spectra(activation="Identity"), model_dim=6, hop=4,
            enc_n_lstm=2, dec_n_lstm=2, enc_apply_residuals=True,
            dec_apply_residuals=True, dec_upsampling="repeat")
    seq2seq("seq2seq_linear", spectra(), model_dim=6, hop=3,
            enc_downsampling="linear_resample", enc_weight_norm=True,
            dec_weight_norm=True)
    seq2seq("seq2seq_odd", spectra(activation="Softplus"), model_dim=5, hop=5,
            enc_downsampling="edge_mean", dec_upsampling="interp",
            enc_n_lstm=2, enc_apply_residuals=False)
    for how in ("sum", "mean"):
        seq2seq("_seq2seq_" + how, spectra(), model_dim=4, hop=2,
                enc_downsampling=how, dec_apply_residuals=True, dec_n_lstm=3)


golden = Golden(imported(*map(os.path.abspath, sys.argv[1:3])),
                sys.argv[3] if len(sys.argv) > 3 else None)
make(golden.mmk, golden)
golden.close()
