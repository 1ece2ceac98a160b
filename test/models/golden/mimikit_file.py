#!/usr/bin/python3
"""Writes mimikit_file.ckpt, a small file laid out as mimikit's checkpoints are,
in all the ways in which h5py can store numbers. Needs h5py.

    mimikit_file.py mimikit_file.ckpt
"""
import sys

import h5py
import numpy as np

NETWORK = """type: SampleRNN.Config
frame_sizes:
- 4
- 2
hidden_dim: 2
rnn_class: gru
n_rnn: 1
rnn_dropout: 0.0
rnn_bias: true
h0_init: zeros
weight_norm: true
inputs_mode: sum
io_spec:
  inputs:
  - extractor_name: signal
    transform:
      type: MuLawCompress
      q_levels: 4
      compression: 0.5
    module:
      type: FramedLinearIO
      activation: null
      dropout: 0.0
      dropout1d: 0.0
  targets:
  - extractor_name: signal
    transform:
      type: MuLawCompress
      q_levels: 4
      compression: 0.5
    module:
      type: MLPIO
      activation:
        act: Mish
        scaled: false
        static: false
        with_rate: false
        params: {}
      dropout: 0.0
      dropout1d: 0.0
      hidden_dim: 3
      n_hidden_layers: 0
      bias: true
      min_temperature: 0.001
    objective:
      objective_type: categorical_dist
      params: {}
      weight: 1.0
    extra_loss_terms: []
"""

DATASET = """sources:
- './a folder whose name is so long that it goes on in another line of the text/it''s
  a voice.wav'
- ./bells.wav
filename: /tmp/train.h5
extractors:
- name: signal
  functional:
    type: Compose
    functionals:
    - type: FileToSignal
      sr: 11025
      offset: 0.0
      duration: null
    - type: RemoveDC
    - type: Normalize
      p: .inf
      dim: -1
  merge_files_labels: false
  consolidate_labels: false
  derived_from: null
"""


def ramp(*shape):
    """0, 1/8 ... : what the test expects."""
    return (np.arange(np.prod(shape), dtype=np.float32) / 8).reshape(shape)


def as_h5mapper(f, name, x, **how):
    """A group with the numbers and a reference to them."""
    x = np.atleast_1d(x)
    d = f.create_dataset(f"network/{name}/__arr__", data=x, chunks=x.shape,
                         maxshape=(None, *x.shape[1:]), **how)
    f.create_dataset(f"network/{name}/__ref__",
                     data=np.array([d.regionref[...]], dtype=object),
                     dtype=h5py.regionref_dtype)


def plain(f, name, x, **how):
    f.create_dataset(f"network/state_dict/{name}", data=np.atleast_1d(x), **how)


with h5py.File(sys.argv[1], "w") as f:
    f.create_group("network").attrs["config"] = NETWORK
    f.attrs["dataset"] = DATASET
    f.create_group("optimizer")
    heads = "input_module.heads.0.2"
    as_h5mapper(f, f"tiers.0.{heads}.weight_v", ramp(2, 4) + 1)
    as_h5mapper(f, f"tiers.0.{heads}.weight_g", np.float32([[2], [3]]))
    plain(f, f"tiers.0.{heads}.bias_v", np.float32([-4, 5]))
    plain(f, f"tiers.0.{heads}.bias_g", np.float32([0.5, 0.25]))
    as_h5mapper(f, "tiers.0.rnn.weight_ih_l0",
                np.zeros((6, 2), np.float32) + 0.5, compression="lzf")
    plain(f, "tiers.0.rnn.weight_hh_l0", ramp(6, 2), chunks=(4, 2),
          compression="lzf", shuffle=True)
    plain(f, "tiers.0.rnn.bias_ih_l0", ramp(6), chunks=(6,),
          compression="gzip", fletcher32=True)
    plain(f, "tiers.0.rnn.bias_hh_l0", ramp(6).astype(np.float64))
    plain(f, "tiers.0.up_sampler.fc.weight", ramp(8, 2), dtype=">f4")
    plain(f, "tiers.0.up_sampler.fc.bias", ramp(8).astype(np.float16))
    plain(f, f"tiers.1.{heads}.2.cv.weight", ramp(2, 1, 2))
    plain(f, f"tiers.1.{heads}.2.cv.bias", ramp(2))
    out = "output_modules.0.estimator.0"
    plain(f, f"{out}.fc.0.weight", np.float32([[1, 0], [0, 1], [1, 1]]))
    plain(f, f"{out}.fc.0.bias", np.float32([0, 0, 16]))
    plain(f, f"{out}.fc.2.weight", ramp(5, 3))
    plain(f, f"{out}.fc.2.bias", ramp(5))
    plain(f, f"{out}.min_temp", np.float32(0.001))
    f["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
    f["network/alias"] = h5py.SoftLink("/network/state_dict")
