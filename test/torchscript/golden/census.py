"""Which functions the methods of TorchScript models reach.

    python3 census.py MODEL.ts... > ops.txt

Walks each method's inlined graph as an interpreter does, once, on a block of
eight ratios, and counts the nodes that are executed: their overload, and the
types that went in. Where objects of the model's own classes are in the way,
the nodes of the whole graph are counted instead."""
import collections
import os
import sys
import torch
from inputs import sound

LISTS = {
    "prim::ListConstruct": lambda *a: list(a),
    "prim::TupleConstruct": lambda *a: tuple(a),
    "prim::TupleIndex": lambda t, i: t[i],
    "aten::__getitem__": lambda x, i: x[i],
    "aten::append": lambda x, v: x.append(v),
    "aten::len": len,
    "aten::__is__": lambda a, b: a is b,
    "aten::__isnot__": lambda a, b: a is not b,
    "prim::min": min,
    "prim::max": max,
    "prim::device": lambda x: x.device,
    "prim::dtype": lambda x: x.dtype,
    "prim::unchecked_cast": lambda x: x,
    "prim::Uninitialized": lambda *a: None,
    "prim::NumToTensor": torch.tensor,
    "prim::Print": lambda *a: None,
    "aten::warn": lambda *a: None,
}
# On lists, of which the operations of PyTorch would take copies.
OF_LISTS = {
    "aten::slice": lambda x, start, end, step: x[start:end:step],
    "aten::add": lambda x, y: x + y,
    "aten::mul": lambda x, n: x * n,
    "aten::list": list,
    "aten::pop": lambda x, i: x.pop(i),
    "aten::extend": lambda x, y: x.extend(y),
    "aten::__contains__": lambda x, v: v in x,
}


def kind(v):
    if isinstance(v, torch.Tensor):
        name = str(v.dtype)[6:]
        return name if v.dim() else name + "()"
    return type(v).__name__


class Walk:
    def __init__(self, module, method):
        graph = module._c._get_method(method).graph.copy()
        torch._C._jit_pass_inline(graph)
        self.graph, self.module = graph, module
        self.counts = collections.Counter()
        self.kinds = collections.defaultdict(set)
        self.values = {}

    def get(self, v):
        return self.values[v.debugName()]

    def run(self, *args):
        names = [v.debugName() for v in self.graph.inputs()]
        self.values[names[0]] = self.module._c
        defaults = {"from_forward": False, "amin": 1e-10, "power": 2.,
                    "p": 2., "params": None}
        for i, n in enumerate(names[1:]):
            self.values[n] = (args[i] if i < len(args)
                              else defaults[n.split(".")[0]])
        return self.block(self.graph)

    def block(self, block):
        for node in block.nodes():
            self.node(node)
        return [self.get(v) for v in block.outputs()]

    def set(self, node, results):
        for v, r in zip(node.outputs(), results):
            self.values[v.debugName()] = r

    def node(self, node):
        name = node.kind()
        if name == "prim::Constant":
            out = next(node.outputs())
            self.set(node, [out.toIValue()])
            return
        args = [self.get(v) for v in node.inputs()]
        overload = node.schema().split("(")[0] \
            if node.schema() != "(no schema)" else name
        self.counts[overload] += 1
        if name.startswith("aten::"):
            self.kinds[overload].add(
                "(" + ", ".join(kind(a) for a in args) + ")")
        self.set(node, self.call(node, name, args))

    def call(self, node, name, args):
        blocks = list(node.blocks())
        if name == "prim::If":
            return self.block(blocks[0 if args[0] else 1])
        if name == "prim::Loop":
            return self.loop(blocks[0], args)
        if name == "prim::GetAttr":
            return [args[0].getattr(node.s("name"))]
        if name == "prim::SetAttr":
            args[0].setattr(node.s("name"), args[1])
            return []
        if name in ("prim::TupleUnpack", "prim::ListUnpack"):
            return args[0]
        if name == "prim::RaiseException":
            raise RuntimeError(args[0])
        if name == "aten::device":
            return [args[0].device]
        if name in LISTS:
            return [LISTS[name](*args)]
        if name in OF_LISTS and isinstance(args[0], list):
            return [OF_LISTS[name](*args)]
        schema = torch._C.parse_schema(node.schema())
        operation = torch._C._get_operation_overload(
            schema.name, schema.overload_name)[0]
        pairs = list(zip(schema.arguments, args))
        result = operation(*(v for a, v in pairs if not a.kwarg_only),
                           **{a.name: v for a, v in pairs if a.kwarg_only})
        several = node.outputsSize() > 1
        return result if several else [result]

    def count_all(self, block):
        for node in block.nodes():
            name = node.kind()
            if name != "prim::Constant":
                known = node.schema() != "(no schema)"
                self.counts[node.schema().split("(")[0] if known else
                            name] += 1
            for inner in node.blocks():
                self.count_all(inner)

    def loop(self, block, args):
        most, on, state = args[0], args[1], args[2:]
        names = [v.debugName() for v in block.inputs()]
        i = 0
        while on and i < most:
            for n, v in zip(names, [i, *state]):
                self.values[n] = v
            on, *state = self.block(block)
            i += 1
        return state


def calls_of(module):
    """The methods of an nn~ model, or what a host calls of a plug-in."""
    if hasattr(module, "set_daw_sample_rate_and_buffer_size"):
        module.set_daw_sample_rate_and_buffer_size(44100, 512)
        yield "forward", sound(1, 1, 2, 512)[0]
    for name, b in module.named_buffers():
        method = name.removesuffix("_params")
        if name.endswith("_params") and len(b) == 4 and \
                method in module._c._method_names():
            channels, ratio, _, out = b.tolist()
            frames = max(8 * max(ratio, out) // ratio, 8)
            yield method, sound(1, 1, channels, frames)


def report(walk):
    for name, n in sorted(walk.counts.items(), key=lambda p: (-p[1], p[0])):
        kinds = sorted(walk.kinds[name], key=len)
        shown = " ".join(kinds[:4]) + (" ..." if len(kinds) > 4 else "")
        print(f"    {n:5} {name}  {shown}")


def main():
    total = collections.Counter()
    models = collections.defaultdict(set)
    for path in sys.argv[1:]:
        module = torch.jit.load(path)
        print(f"\n{os.path.basename(path)}")
        for method, x in calls_of(module):
            walk = Walk(module, method)
            try:
                with torch.no_grad():
                    walk.run(x)
                how = "executed"
            except Exception:
                walk = Walk(module, method)
                walk.count_all(walk.graph)
                how = "in the graph"
            print(f"  {method}: {sum(walk.counts.values())} nodes {how}")
            report(walk)
            total.update(walk.counts)
            for name in walk.counts:
                models[name].add(os.path.basename(path))
    print("\nall: executions, models, function")
    for name, n in sorted(total.items(), key=lambda p: (-len(models[p[0]]),
                                                        -p[1])):
        print(f"{n:8} {len(models[name]):3} {name}")


if __name__ == "__main__":
    main()
