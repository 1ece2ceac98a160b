"""Plays exported files with PyTorch itself, as nn~ does, in blocks of different
sizes, and compares with what our interpreter said.

    torch_plays.py JOBS

Each line of JOBS: MODEL.ts METHOD UNIT ROWS IN.f32 OUT.f32 [ATTRIBUTE VALUE]...
Blocks are 1, 3 and 2 times UNIT samples. Numbers are 32-bit floats [rows, channels, frames]. Prints how far the two are
apart, relative to the level; exits with 77 without PyTorch.
"""
import sys

try:
    import torch
except ImportError:
    sys.exit(77)


def numbers(path, rows, channels):
    with open(path, "rb") as file:
        x = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    return x.reshape(rows, channels, -1)


def set_attributes(model, attributes):
    for name, value in zip(attributes[::2], attributes[1::2]):
        assert name in model.get_attributes()
        assert getattr(model, "set_" + name)(float(value)) == 0
        assert abs(getattr(model, "get_" + name)()[0] - float(value)) < 1e-6


def play(model, method, unit, x):
    own = getattr(model, method + "_params").tolist()
    assert method in model.get_methods()
    assert len(getattr(model, method + "_input_labels")) == own[0]
    assert len(getattr(model, method + "_output_labels")) == own[2]
    said, at, k = [], 0, 0
    while at < x.shape[2]:
        n = min((1, 3, 2)[k % 3] * unit // own[1], x.shape[2] - at)
        said.append(getattr(model, method)(x[:, :, at:at + n]))
        at, k = at + n, k + 1
    return torch.cat(said, 2)


def check_prompt(path, model, unit):
    """What hears an array goes on at once as what was told it as sound."""
    channels = model.improvise_params.tolist()[0] - 1
    n = 8 * unit // model.improvise_cycle * model.improvise_cycle
    more = model.improvise_cycle - 1  # than whole cycles
    sound = torch.sin(torch.arange(n + more) * .1).reshape(1, -1) * .3
    heard, told = torch.jit.load(path), torch.jit.load(path)
    cycles = getattr(told, "improvise_cycles", told.improvise)
    assert heard.get_buffer_attributes() == [heard.get_prompt()[0]]
    assert heard.set_buffer_attribute("prompt#0", sound, 0) == 0
    assert heard.set_prompt("prompt#0") == 0
    x = torch.cat([sound[:, more:].expand(channels, -1), torch.ones(1, n)])
    cycles(x.expand(8, -1, -1))  # as many rows as it has
    silence = torch.zeros(1, channels + 1, n)
    y = cycles(silence)
    assert y.abs().max() > 0
    assert torch.equal(y, heard.improvise(silence))
    assert heard.set_buffer_attribute("prompt#0", sound, 2 * model.sr) == 0
    assert heard.prompt_at(model.sr).shape[1] == sound.shape[1] // 2
    assert heard.clear_buffer_attribute("prompt#0") == 0
    assert heard.set_prompt("prompt#0") == 0


def job(path, method, unit, rows, in_path, out_path, *attributes):
    model = torch.jit.load(path)
    model.eval()
    params = getattr(model, method + "_params").tolist()
    set_attributes(model, attributes)
    want = numbers(out_path, int(rows), params[2])
    said = play(model, method, int(unit), numbers(in_path, int(rows), params[0]))
    assert said.shape == want.shape, (said.shape, want.shape)
    apart = float((said - want).norm() / want.norm())
    if "prompt" in model.get_attributes() and not hasattr(model, "improvise_inside"):
        check_prompt(path, model, int(unit))
    print(f"{path} {method}: {apart:.1e} of the level apart")
    # What goes on by itself finds phases, where rounding grows from frame to
    # frame; a wrong choice is as loud as the sound.
    return apart < (1e-3 if method == "improvise" else 2e-5)


torch.set_num_threads(1)
with open(sys.argv[1]) as jobs, torch.no_grad(), \
        torch.jit.optimized_execution(False):
    good = [job(*line.split()) for line in jobs]
sys.exit(0 if good and all(good) else 1)
