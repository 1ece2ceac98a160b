"""What PyTorch's functions give, one case to a line.

    python3 functions.py functions.jsonl

{"name", "source", "written", "inputs", "outputs"}: `source` is the function
as PyTorch prints it, with what it calls inlined, `written`, where it is
there, as a person would; both are TorchScript of a function `f` and give the
same. Instead of "outputs" a case may say
"raises": true. A value, in or out, is a tensor

    {"dtype": "float32", "shape": [2, 3], "data": [...]}

in C order, complex numbers as two numbers, those without a figure as the
texts "nan", "inf", "-inf"; or {"type": "int", "value": 3} and alike, a list of
values for lists and tuples. "version" is that of the archive, else the
newest. An input {"dtype", "shape", "noise": seed} has
noise(seed, i) of inputs.py; a large output has "norm", "sums" and "values" as
in calls.py, complex numbers taken as pairs."""
import io
import json
import math
import sys
import zipfile
import numpy as np
import torch
import function_cases
import inputs
from calls import digest

LARGE = 48  # numbers in an output that is written whole


def number(v):
    if isinstance(v, (bool, int)):
        return int(v)
    if math.isnan(v) or math.isinf(v):
        return str(v)
    return v


def short(values, dtype):
    digits = 9 if dtype in (torch.float32, torch.complex64) else 17
    return [number(float(f"{v:.{digits}g}")) if isinstance(v, float) else
            number(v) for v in values]


def flat(x):
    x = x.detach().resolve_conj().contiguous()
    if x.is_complex():
        x = torch.view_as_real(x)
    if x.dtype in (torch.float16, torch.bfloat16):
        x = x.float()
    return x.flatten()


def value(v, whole=False):
    if isinstance(v, torch.Tensor):
        out = {"dtype": str(v.dtype)[6:], "shape": list(v.shape)}
        numbers = flat(v)
        if whole or len(numbers) <= LARGE:
            return {**out, "data": short(numbers.tolist(), v.dtype)}
        d = digest(numbers)
        return {**out, **{k: d[k] for k in ("norm", "sums", "values")}}
    if isinstance(v, (list, tuple)):
        return [value(x, whole) for x in v]
    return {"type": type(v).__name__,
            "value": number(v) if isinstance(v, float) else v}


class Noise:
    def __init__(self, seed, shape, dtype=torch.float32):
        n = int(np.prod(shape))
        x = torch.from_numpy(inputs.noise(seed, n))
        self.tensor = x.to(dtype).reshape(shape)
        self.text = {"dtype": str(dtype)[6:], "shape": list(shape),
                     "noise": seed}


def text_of(v):
    return v.text if isinstance(v, Noise) else value(v, True)


def tensor_of(v):
    if isinstance(v, Noise):
        return v.tensor.clone()
    return v.clone() if isinstance(v, torch.Tensor) else v


def type_of(v):
    if isinstance(v, (torch.Tensor, Noise)):
        return "Tensor"
    if isinstance(v, list):
        return f"List[{type_of(v[0])}]"
    return type(v).__name__


def written(body, given):
    names = ", ".join(f"{n}: {type_of(v)}"
                      for n, v in zip("xyzwuvabc", given))
    lines = body.strip().split("\n")
    if not lines[-1].lstrip().startswith(("return", "raise")):
        lines[-1] = "return " + lines[-1]
    return f"def f({names}):\n" + "".join(f"  {l}\n" for l in lines)


def printed(f):
    if "__torch__" not in f.code:
        return f.code
    graph = f.graph.copy()
    torch._C._jit_pass_inline(graph)
    return torch._C._create_function_from_graph("f", graph).code


def line(body, given):
    text = written(body, given)
    f = torch.jit.CompilationUnit(text).f
    out = {"name": body.strip().split("\n")[-1].removeprefix("return "),
           "source": printed(f)}
    if "nn." not in text:
        out["written"] = text
    out["inputs"] = [text_of(v) for v in given]
    try:
        y = f(*map(tensor_of, given))
    except RuntimeError:
        return {**out, "raises": True}
    return {**out, "outputs": [value(v) for v in y]
            if isinstance(y, tuple) else [value(y)]}


def as_of(version, body, *given):
    """What the same says in an archive of an older version."""
    text = written(body, given)
    m = type("Old", (torch.jit.ScriptModule,), {})()
    m.define(text.replace("def f(", "def forward(self, "))
    saved, older = io.BytesIO(), io.BytesIO()
    torch.jit.save(m, saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(older, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("/version"):
                data = b"%d\n" % version
            new.writestr(name, data)
    older.seek(0)
    y = torch.jit.load(older)(*map(tensor_of, given))
    name = body.strip().split("\n")[-1].removeprefix("return ")
    return {"name": f"{name} (version {version})", "source": printed(
        torch.jit.CompilationUnit(text).f), "version": version,
            "inputs": [text_of(v) for v in given], "outputs": [value(y)]}


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    count, raised, failed = 0, [], []
    with open(sys.argv[1], "w") as f:
        for body, *given in function_cases.cases(Noise):
            try:
                case = line(body, given)
            except Exception as e:
                failed.append((body, str(e).strip().split("\n")[0]))
                continue
            if "raises" in case:
                raised.append(body)
            f.write(json.dumps(case, separators=(",", ":"),
                               allow_nan=False) + "\n")
            count += 1
        for case in function_cases.of_versions():
            f.write(json.dumps(as_of(*case), separators=(",", ":")) + "\n")
    print(count, "cases;", len(raised), "raise:", raised)
    for body, why in failed:
        print("left out:", body, "--", why)


if __name__ == "__main__":
    with torch.jit.optimized_execution(False):
        main()
