"""Blocks of shared models, played by torch.jit: rave_stream.py SOUND MODEL..."""
import argparse
import os

import peer

parser = argparse.ArgumentParser()
parser.add_argument("sound")
parser.add_argument("models", nargs="*")
options = peer.arguments(parser)

import numpy as np
import torch

CASES = (("rave_v2", 2048), ("rave_v1", 2048), ("rave_v2_small", 2048),
         ("rave_v2_small", 512), ("rave_raspberry", 2048))
torch.set_flush_denormal(True)
sound = torch.from_numpy(np.fromfile(options.sound, dtype=np.float32))
paths = {os.path.basename(m)[:-3]: m for m in options.models}


def measure(name, block):
    model = torch.jit.load(paths[name])
    at = 0

    def play():
        nonlocal at
        at = at + block if at + 2 * block <= len(sound) else 0
        model.forward(sound[None, None, at:at + block])

    with torch.no_grad():
        for _ in range(3):  # the first calls compile
            play()
        seconds = peer.median_time(play, options.seconds)
    for case in (f"{name} {block}", f"{name} {block} 16 bits"):
        if options.only in case:
            peer.report(case, seconds, "s")


def first_sound(name, block):
    """In a process of its own, which has only just begun."""
    from time import perf_counter, process_time
    clock = process_time if options.clock == "cpu" else perf_counter
    ends = os.pipe()
    if os.fork() == 0:
        before, start = resident(), clock()
        model = torch.jit.load(paths[name])
        with torch.no_grad():
            model.forward(sound[None, None, :block])
        seconds = clock() - start
        for _ in range(2):
            model.forward(sound[None, None, :block])
        os.write(ends[1], np.float64([seconds, resident() - before]).tobytes())
        os._exit(0)
    seconds, held = np.frombuffer(os.read(ends[0], 16))
    os.wait()
    peer.report(f"{name} {block} first sound", seconds, "s")
    peer.report(f"{name} {block} resident", held, "bytes")


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


for name, block in CASES[:1]:
    if name in paths and any(options.only in f"{name} {block} {what}"
                             for what in ("first sound", "resident")):
        first_sound(name, block)
for name, block in CASES:
    if name in paths and any(options.only in f"{name} {block}{end}"
                             for end in ("", " 16 bits")):
        measure(name, block)
