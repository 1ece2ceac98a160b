"""What PyTorch answers when a model is called block by block.

    python3 calls.py MODELS NUMBERS.jsonl [FULL]

MODELS is a folder of .ts and .nm files, of which those named below are called; into
the folder FULL go all outputs of the small ones, as safetensors. A line of
NUMBERS.jsonl is a case: a model, loaded anew, and the steps done with it.

A step {"call": method, "input": kind, "seed", "gain", "batch", "channels",
"frames", "blocks"} makes the input (inputs.py) of frames * blocks at once,
times gain, and gives it to the method block by block, "calls" of the blocks
it has; with "kept", only so many of the last blocks' outputs are looked at.
These are joined in time to y, and of its elements y[i] in C order stand

    shape, norm = sqrt(sum y[i]^2),
    sums[k] = sum y[i] noise(1000 + k, i),
    values[j] = y[j * (count - 1) / (VALUES - 1)], rounded down.

With "flat" the batch is left off the input, [channels, frames]; "more" are
arguments after the input.

A step {"invoke": method, "arguments": [...]} has what it "returns" (texts,
numbers, lists); an argument {"seed", "channels", "frames"} is the sound
[channels, frames], without "channels" [frames], {"scalar": x} a tensor
without dimensions, "positive" takes absolute values."""
import glob
import json
import os
import sys
import numpy as np
import torch
import inputs
from safetensors import write

SUMS, VALUES = 6, 6
# Blocks of 2048 at 44100 Hz.
DRIFTS = {"half a minute": 646, "ten minutes": 12920}


def tensor(a):
    if "scalar" in a:
        return torch.tensor(float(a["scalar"]))
    x = inputs.sound(a["seed"], 1, a.get("channels", 1), a["frames"])[0]
    x = x.abs() if a.get("positive") else x
    return x if "channels" in a else x[0]


def argument(a):
    return tensor(a) if isinstance(a, dict) else a


def signal(s):
    kind, n = s["input"], s["frames"] * s["blocks"]
    if kind.startswith("codes"):
        return inputs.codes(s["seed"], s["batch"], s["channels"], n,
                            int(kind[5:]))
    return inputs.sound(s["seed"], s["batch"], s["channels"],
                        n) * s.get("gain", 1)


def call(model, s):
    x, f = signal(s), getattr(model, s["call"])
    x = x[0] if s.get("flat") else x
    more = list(map(argument, s.get("more", [])))
    out = []
    for k in range(s["blocks"]):
        y = f(x[..., k * s["frames"]:(k + 1) * s["frames"]].clone(), *more)
        if k >= s["blocks"] - s.get("kept", s["blocks"]):
            out.append(y.clone())
    return torch.cat(out, -1).contiguous()


def short(x):
    return float(f"{x:.9g}")


def digest(y):
    flat = y.flatten().double().numpy()
    n = len(flat)
    return {"shape": list(y.shape), "norm": short(np.sqrt((flat**2).sum())),
            "sums": [short((flat * inputs.noise(1000 + k, n)).sum())
                     for k in range(SUMS)],
            "values": [short(flat[j * (n - 1) // (VALUES - 1)])
                       for j in range(VALUES)]}


def plain(v):
    if isinstance(v, torch.Tensor):
        return v.tolist()
    return list(map(plain, v)) if isinstance(v, (tuple, list)) else v


def play(path, steps, keep=None):
    """The steps with their results, on a model loaded anew."""
    model = torch.jit.load(path)
    done = []
    for s in steps:
        if "call" in s:
            y = call(model, s)
            if keep is not None:
                keep.append(y)
            done.append({**s, **digest(y)})
        else:
            r = getattr(model, s["invoke"])(*map(argument, s["arguments"]))
            done.append({**s, "returns": plain(r)})
    return done


def block(method, kind, channels, batch, frames, blocks, **more):
    return {"call": method, "input": kind, "seed": 7, "batch": batch,
            "channels": channels, "frames": frames, "blocks": blocks, **more}


def invoke(method, *arguments):
    return {"invoke": method, "arguments": list(arguments)}


def params(path):
    model = torch.jit.load(path)
    return {n.removesuffix("_params"): b.tolist()
            for n, b in model.named_buffers()
            if n.endswith("_params") and len(b) == 4 and
            n.removesuffix("_params") in model._c._method_names()}


LENGTHS = {"one": (1, 32), "four": (4, 8), "long": (32, 1)}


def rave_step(path, ports, method, batch, length, seed=7):
    channels, ratio = ports[method][:2]
    kind, gain = "sound", {}
    if method == "decode":
        gain = {"gain": 2}
        if "discrete" in path:
            kind, gain = "codes32" if "tiny" in path else "codes1024", {}
    unit = ports["encode"][3] // ratio
    frames, blocks = LENGTHS[length]
    return {**block(method, kind, channels, batch, frames * unit, blocks,
                    **gain), "seed": seed}


def rave_cases(path):
    ports = params(path)

    def step(*a, **k):
        return rave_step(path, ports, *a, **k)

    old = "2022" in path  # whose caches have one batch
    if "tiny" in path:
        for m in ("forward", "encode", "decode"):
            for b in (1, ) if old else (1, 2, 4):
                for n in LENGTHS:
                    yield f"{m} {b} {n}", [step(m, b, n)]
    else:
        for m in ("forward", "encode", "decode"):
            for b in (1, 2, 4):
                yield f"{m} {b} four", [step(m, b, "four")]
        for b, n in ((1, "one"), (1, "long"), (2, "long"), (4, "one")):
            yield f"forward {b} {n}", [step("forward", b, n)]
    two, four = (1, 1) if old else (2, 4)
    yield "mixed", [step("forward", 1, "four"), step("encode", two, "one", 8),
                    step("decode", 1, "four", 9),
                    step("forward", four, "long"),
                    step("forward", 1, "one", 10)]
    if "adain" in path:
        yield "adain", adain(step)
    if "v2_tiny" in path:
        yield "stereo", [invoke("set_stereo_mode", {"scalar": 1}),
                         {**step("encode", 1, "four"), "channels": 2},
                         step("decode", 2, "four")]


def drift_cases(path):
    name = os.path.basename(path)
    if name.startswith("rave_") and "tiny" in name and "noise" not in name:
        for case, blocks in DRIFTS.items():
            yield case, [{**rave_step(path, params(path), "forward", 1, "one"),
                          "blocks": blocks, "kept": 8}]


def adain(step):
    def learn(what, on):
        return invoke(f"set_{what}", on)

    return [learn("learn_source", True), step("forward", 1, "four"),
            learn("learn_source", False), learn("learn_target", True),
            step("forward", 1, "four", 8), learn("learn_target", False),
            step("forward", 1, "four", 9), step("forward", 1, "one", 10),
            learn("learn_source", True), step("encode", 2, "four", 11),
            learn("reset_target", True), step("forward", 1, "four", 12)]


def effects_cases(path):
    ports = params(path)
    for m, (channels, ratio, _, out) in ports.items():
        for b, n, k in ((1, 2048, 4), (2, 4096, 2), (4, 8192, 1)):
            yield f"{m} {b}", [block(m, "sound", channels, b, n // ratio, k)]

    def one(m):
        return block(m, "sound", 1, 1, 2048, 2, gain=2)

    yield "attributes", [
        invoke("get_methods"), invoke("get_attributes"),
        invoke("get_gain_factor"), invoke("set_gain_factor", .5),
        one("saturate"), invoke("set_saturate_mode", "clip"),
        one("saturate"), invoke("set_saturate_mode", "fold"),
        invoke("get_saturate_mode"), invoke("set_invert_signal", True),
        one("invert"), invoke("set_polynomial_factors", 1., -.5, .25, .125),
        one("polynomial"), invoke("get_polynomial_factors"),
        invoke("set_fractal", 3, .5), invoke("set_fractal", 4, .5),
        invoke("get_fractal"), one("fractalize")]


def features_cases(path):
    for m in ("rms", "centroid", "flatness", "bandwidth"):
        for b, n, k in ((1, 2048, 8), (2, 4096, 4), (1, 16384, 1)):
            yield f"{m} {b} {n}", [block(m, "sound", 1, b, n, k)]
    yield "mixed", [block(m, "sound", 1, b, 2048, 2) for m, b in (
        ("centroid", 1), ("flatness", 2), ("bandwidth", 2), ("rms", 4),
        ("centroid", 4))]


def wavetable_cases(path):
    def run(batch):
        return block("forward", "sound", 1, batch, 512, 4)

    table = {"seed": 3, "frames": 97}
    yield "forward", [run(1), invoke("set_wavetable", table), run(1), run(2),
                      run(4)]


def mc_cases(path):
    for m in ("batch", "identity", "channel"):
        for b in (1, 2, 4):
            yield f"{m} {b}", [block(m, "sound", 3, b, 2, 2)]


def attributes_cases(path):
    run = block("forward", "sound", 1, 2, 64, 2)
    yield "attributes", [
        run, invoke("get_attributes"), invoke("set_attr_int", 3),
        invoke("set_attr_float", -.75), run, invoke("get_attr_int"),
        invoke("get_attr_float"), invoke("set_attr_str", "pear"),
        invoke("get_attr_str"), invoke("set_attr_enum", "unicorn"),
        invoke("set_attr_enum", "goose"), invoke("get_attr_enum"),
        invoke("set_attr_bool", True), invoke("get_attr_bool"),
        invoke("get_attr_list"), invoke("set_attr_list", 5, "x", .5, False),
        invoke("get_attr_list"), invoke("get_sample_rate"),
        invoke("set_sample_rate", 48000), invoke("get_sample_rate")]


def buffers_cases(path):
    runs = [block("loudness", "sound", 1, 1, 64, 2),
            block("shape", "sound", 1, 2, 64, 2),
            block("get_sr", "sound", 1, 1, 64, 2)]

    def give(frames):
        return invoke("set_buffer_attribute", "buf#0",
                      {"seed": 3, "channels": 2, "frames": frames}, 44100)

    yield "buffers", [
        invoke("get_buffer_attributes"), invoke("is_buffer_empty", "buf#0"),
        *runs, give(512), *runs, give(10), give(4096), *runs,
        invoke("is_buffer_empty", "buf#0"),
        invoke("clear_buffer_attribute", "buf#0"), *runs]


def plug_in_cases(path):
    """A host's calls: its rate and block size are told, then blocks come.
    (The spectral filter takes no other sizes; RAVE's first parameter is an
    amount of noise, and is left at none.)"""
    sizes = [(48000, 512, 40), (44100, 256, 40), (48000, 2048, 12),
             (44100, 1000, 12)]
    for rate, frames, blocks in sizes[:2 if "spectral" in path else 4]:
        def run(channels, seed, **more):
            return {**block("forward", "sound", channels, 1, frames, blocks,
                            flat=True, **more), "seed": seed}

        values = [] if "rave" in path else [
            {"seed": 3, "channels": 4, "frames": frames, "positive": True}]
        yield f"{rate} {frames}", [
            invoke("set_daw_sample_rate_and_buffer_size", rate, frames),
            invoke("is_resampling"), invoke("calc_buffering_delay_samples"),
            invoke("calc_model_delay_samples"), run(2, 7), run(1, 8),
            run(2, 9, more=values),
            invoke("reset"), run(2, 10)]
    # Queues whose places go round, in blocks that nothing divides.
    if any(name in path for name in ("delayed", "rave", "spectral")):
        for rate, frames in ((48000, 500), (44100, 470)):
            yield f"{rate} {frames} long", [
                invoke("set_daw_sample_rate_and_buffer_size", rate, frames),
                block("forward", "sound", 2, 1, frames, 150, flat=True)]
    yield "facts", [invoke(m) for m in (
        "get_model_name", "get_native_sample_rates",
        "get_native_buffer_sizes", "get_default_param_names",
        "get_default_param_values", "is_input_mono", "is_output_mono",
        "get_wet_default_value", "get_preserved_attributes")]


CASES = {".nm": plug_in_cases, "rave_": rave_cases, "effects": effects_cases,
         "features": features_cases, "wavetable": wavetable_cases,
         "mc": mc_cases, "attributes": attributes_cases,
         "buffers": buffers_cases}


def cases_of(path):
    name = os.path.basename(path)
    if "_noise" in name:
        return ()
    for part, cases in CASES.items():
        if part in name:
            return cases(path)
    return ()


def lines(path, cases, full):
    name = os.path.basename(path)
    kept = {}
    for case, steps in cases:
        outputs = []
        done = play(path, steps, outputs)
        for i, y in enumerate(outputs):
            kept[f"{case} {i}"] = y.numpy()
        yield {"model": name, "case": case, "steps": done}
    small = "tiny" in name or not name.startswith("rave")
    if full and small and kept:
        write(os.path.join(full, name + ".safetensors"), kept)


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    folder, numbers, *full = sys.argv[1:]
    paths = sorted(glob.glob(os.path.join(folder, "*.ts")) +
                   glob.glob(os.path.join(folder, "*.nm")))
    runs = [(p, cases_of(p), full and full[0]) for p in paths]
    runs += [(p, drift_cases(p), None) for p in paths]
    with open(numbers, "w") as f:
        for run in runs:
            print(run[0], flush=True)
            for line in lines(*run):
                f.write(json.dumps(line, separators=(",", ":")) + "\n")
                f.flush()


if __name__ == "__main__":
    with torch.jit.optimized_execution(False):
        main()
