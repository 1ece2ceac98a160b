"""Writes the TorchScript fixtures and what PyTorch answers when they are
called.

    python3 fixtures.py FOLDER

FOLDER/NAME.ts are files as PyTorch saves them, FOLDER/calls.jsonl the cases,
in the form of calls.py."""
import json
import os
import sys
import zipfile
import torch
import torch._sources
from calls import block, invoke, play
import fixture_effect as effect
import fixture_generator as generator
import fixture_hidden as hidden
import fixture_language as language
import fixture_latency as latency
import fixture_leaves as leaves
import fixture_networks as networks
import fixture_sounds as sounds
import fixture_streams as streams


def streaming(method, channels, unit, batches=(1, 2, 4)):
    for b in batches:
        for frames, blocks in ((1, 8), (4, 2), (8, 1)):
            yield f"{method} {b} {frames}", [
                block(method, "sound", channels, b, frames * unit, blocks)]


def stream_cases():
    yield from streaming("forward", 1, 64)
    yield from streaming("encode", 1, 64)
    yield from streaming("decode", 2, 8)
    run = block("forward", "sound", 1, 2, 64, 4)
    yield "attributes", [
        invoke("get_methods"), invoke("get_attributes"), run,
        invoke("get_gain"), invoke("set_gain", .5), run,
        invoke("set_gain", -1.), invoke("set_mode", "hard"), run,
        invoke("set_mode", "medium"), invoke("get_mode"),
        invoke("set_bias", .125, 3), invoke("get_bias"), run,
        invoke("set_bypass", True), invoke("get_bypass"), run]
    yield "mixed", [block("forward", "sound", 1, 1, 64, 3),
                    block("encode", "sound", 1, 3, 128, 2),
                    block("decode", "sound", 2, 1, 16, 2),
                    block("forward", "sound", 1, 6, 512, 1),
                    block("forward", "sound", 1, 1, 8, 16)]


def rebind_cases():
    yield from streaming("forward", 1, 16, (2, ))
    yield from streaming("decode", 4, 4, (2, ))
    yield "calls", [block("forward", "sound", 1, 2, 16, 4),
                    invoke("get_calls")]


def adapt_cases():
    def run(seed, batch=2):
        return {**block("forward", "sound", 2, batch, 64, 3), "seed": seed}

    yield "learning", [
        run(1), invoke("set_learning", True), run(2), run(3),
        invoke("get_learning"), invoke("set_learning", False), run(4),
        run(5, 4), invoke("set_reset", True), run(6), invoke("get_reset"),
        invoke("set_learning", True), run(7, 1),
        invoke("set_learning", False), run(8)]


def spectral_cases():
    for m in ("filter", "shape", "centre"):
        yield from streaming(m, 1, 64)


def queues_cases():
    x = {"seed": 3, "channels": 2, "frames": 12}
    yield "sizes", [
        block("forward", "sound", 2, 1, n, k)
        for n, k in ((16, 7), (48, 3), (20, 9), (64, 2), (1, 5))] + [
            invoke("reset"), block("forward", "sound", 2, 1, 32, 6),
            invoke("calc_model_delay_samples"),
            invoke("get_native_sample_rates"), invoke("through_ring", x)]


def fifos_cases():
    yield "sizes", [block("forward", "sound", 1, 1, n, k)
                    for n, k in ((16, 20), (64, 12), (20, 9))]
    yield "attributes", [
        block("forward", "sound", 1, 1, 32, 7), invoke("set_gain", .5),
        block("forward", "sound", 1, 1, 32, 7), invoke("get_gain")]


def wander_cases():
    yield "sizes", [block("forward", "sound", 1, 1, n, k)
                    for n, k in ((16, 40), (64, 40), (20, 9), (1, 50))]
    yield "attributes", [
        block("forward", "sound", 1, 1, 31, 60), invoke("set_rate", .5),
        block("forward", "sound", 1, 1, 31, 60), invoke("get_rate")]


def language_cases():
    run = block("forward", "sound", 1, 1, 32, 3)
    x = {"seed": 3, "frames": 5}
    yield "run", [run, invoke("get_colour"), invoke("set_colour", "cold"),
                  run, invoke("set_colour", "grey"),
                  invoke("set_range", -1., 1., 16), run,
                  invoke("get_colour")]
    yield "values", [
        invoke("numbers", 7, 3), invoke("numbers", -7, 3),
        invoke("reals", 2.5, .75), invoke("lists", 5), invoke("lists", 6),
        invoke("dicts", "two"), invoke("dicts", "four"),
        invoke("texts", "harp", 12, .1), invoke("knobs", .75),
        invoke("kinds", 3), invoke("kinds", .5), invoke("kinds", "x"),
        invoke("early", x, 2), invoke("early", x, 6)]


def types_cases():
    yield from streaming("forward", 5, 4)


def plain_cases():
    yield from streaming("forward", 1, 16)


def codes_cases():
    yield from streaming("encode", 1, 8)
    for b in (1, 4):
        yield f"decode {b}", [block("decode", "codes16", 3, b, 8, 2)]


def prior_cases():
    yield from streaming("forward", 2, 3, (1, ))
    yield "quantise", [block("quantise", "sound", 1, 2, 64, 1, gain=3)]


def traced():
    return torch.jit.trace(language.Traced().eval(), torch.zeros(2, 1, 64))


def frozen():
    with torch.jit.optimized_execution(True):
        return torch.jit.freeze(torch.jit.script(language.Frozen().eval()),
                                ["forward_params"])


def scripted(kind):
    return lambda: torch.jit.script(kind().eval())


def late_cases():
    yield from streaming("forward", 1, 16, (1, 2))


def generator_cases():
    yield from streaming("encode", 1, 16, (1, 2))
    yield from streaming("decode", 4, 8, (1, 2))


def leaves_cases():
    run = block("forward", "sound", 1, 2, 16, 2)
    steps = [run]
    for x in (.5, -2., .5):
        for name in ("gain", "levels", "table", "span", "both"):
            steps += [invoke("set_" + name, x), invoke("get_" + name)]
        steps += [invoke("set_label", str(x)), invoke("get_label"), run]
        for name in ("curve", "row"):
            steps += [invoke("set_" + name, int(5 + 2 * x)),
                      invoke("get_" + name)]
        steps.append(run)
    yield "attributes", steps


def places_cases():
    yield "run", [block("forward", "sound", 1, 1, 8, 24),
                  block("views", "sound", 1, 1, 8, 24)]


def no_cases():
    yield from ()


FIXTURES = {
    "stream": (scripted(streams.Stream), stream_cases),
    "rebind": (scripted(streams.Rebind), rebind_cases),
    "adapt": (scripted(streams.Adapt), adapt_cases),
    "spectral": (scripted(streams.Spectral), spectral_cases),
    "fifos": (scripted(streams.Fifos), fifos_cases),
    "wander": (scripted(streams.Wander), wander_cases),
    "queues": (scripted(streams.Queues), queues_cases),
    "language": (scripted(language.Language), language_cases),
    "types": (scripted(language.Types), types_cases),
    "traced": (traced, plain_cases),
    "frozen": (frozen, plain_cases),
    "codes": (scripted(networks.Codes), codes_cases),
    "prior": (scripted(networks.Prior), prior_cases),
    "told": (scripted(latency.Told), late_cases),
    "layers": (scripted(lambda: latency.Layers(False)), late_cases),
    "causal": (scripted(lambda: latency.Layers(True)), late_cases),
    "chance": (scripted(latency.Chance), no_cases),
    "generator": (scripted(generator.Generator), generator_cases),
    "hidden": (scripted(hidden.Hidden), no_cases),
    "leaves": (scripted(leaves.Leaves), leaves_cases),
    "places": (scripted(leaves.Places), places_cases),
    "effect": (scripted(effect.Effect), no_cases),
    "sounds": (scripted(sounds.Sounds), no_cases),
}


def without_folders():
    """Files tell where the sources of a model were: their names must do."""
    lines_of = torch._sources.get_source_lines_and_file

    def shorter(*args):
        lines, number, path = lines_of(*args)
        return lines, number, os.path.basename(path)

    torch._sources.get_source_lines_and_file = shorter
    torch.jit.frontend.get_source_lines_and_file = shorter


def without_comments(path):
    """The archive as another zip program writes it, and without what is only
    for messages: PyTorch loads it as well."""
    with zipfile.ZipFile(path) as f:
        entries = [(e, f.read(e)) for e in f.infolist()
                   if not e.filename.endswith(".debug_pkl")]
    with zipfile.ZipFile(path, "w") as f:
        for e, data in entries:
            f.writestr(zipfile.ZipInfo(e.filename), data, e.compress_type)


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    without_folders()
    folder = sys.argv[1]
    with open(os.path.join(folder, "calls.jsonl"), "w") as f:
        for name, (make, cases) in FIXTURES.items():
            path = os.path.join(folder, name + ".ts")
            extra = {"metadata.json": "{\"model\": \"queues\"}"} \
                if name == "queues" else {}
            torch.jit.save(make(), path, _extra_files=extra)
            if name in ("stream", "prior", "traced"):
                without_comments(path)
            print(name, os.path.getsize(path), flush=True)
            for case, steps in cases():
                line = {"model": name + ".ts", "case": case,
                        "steps": play(path, steps)}
                f.write(json.dumps(line, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    with torch.jit.optimized_execution(False):
        main()
