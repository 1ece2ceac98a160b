"""Golden numbers of convolutions: conv.h."""
import torch.nn.functional as F
from common import Header, backward, braces, noise, text

# name, x, w, bias, stride, dilation, left, right, groups
CONV = [
    ("plain", (2, 3, 9), (4, 3, 3), 1, [1], [1], [0], [0], 1),
    ("strided causal", (2, 2, 11), (3, 2, 5), 1, [3], [1], [4], [0], 1),
    ("dilated centred", (1, 2, 9), (3, 2, 4), 1, [1], [2], [3], [3], 1),
    ("asymmetric", (2, 3, 8), (2, 3, 3), 1, [2], [1], [4], [1], 1),
    ("cropped", (2, 2, 12), (3, 2, 3), 1, [1], [2], [-1], [-2], 1),
    ("grouped", (2, 4, 8), (6, 2, 3), 1, [2], [1], [1], [1], 2),
    ("depthwise", (1, 4, 7), (4, 1, 3), 0, [1], [1], [2], [0], 4),
    ("one tap", (2, 3, 8), (2, 3, 1), 0, [3], [1], [0], [0], 1),
    ("rest", (1, 2, 10), (2, 2, 2), 1, [4], [1], [0], [0], 1),
    ("two axes", (2, 2, 6, 7), (3, 2, 3, 3), 1, [1, 2], [2, 1], [4, 1],
     [0, 1], 1),
    ("two axes grouped", (1, 4, 5, 6), (4, 2, 2, 3), 1, [2, 1], [1, 2],
     [1, 2], [0, 1], 2),
]
TRANSPOSED = [
    ("stride 2", (2, 3, 6), (3, 2, 4), 1, [2], [1], [1], [1], 1),
    ("stride 1 dilated", (1, 2, 6), (2, 3, 3), 1, [1], [2], [2], [2], 1),
    ("causal trim", (2, 2, 5), (2, 3, 6), 1, [3], [1], [0], [3], 1),
    ("grouped", (2, 4, 5), (4, 3, 4), 1, [2], [1], [1], [1], 2),
    ("gaps", (1, 2, 5), (2, 2, 2), 1, [3], [1], [0], [0], 1),
    ("longer", (1, 2, 5), (2, 2, 3), 1, [2], [1], [1], [-2], 1),
    ("two axes", (1, 2, 4, 3), (2, 3, 3, 4), 1, [2, 2], [1, 1], [1, 1],
     [0, 1], 1),
]


def pad(x, left, right):
    return F.pad(x, [n for l, r in zip(left[::-1], right[::-1])
                     for n in (l, r)])


def run(case, transposed):
    _, xs, ws, has_bias, stride, dilation, left, right, groups = case
    x, w = noise(1, *xs), noise(2, *ws)
    outs = ws[1] * groups if transposed else ws[0]
    bias = noise(3, outs) if has_bias else None
    two = len(stride) == 2
    if transposed:
        op = F.conv_transpose2d if two else F.conv_transpose1d
        y = op(x, w, None, stride, 0, 0, groups, dilation)
        y = pad(y, [-n for n in left], [-n for n in right])
        if has_bias:
            y = y + bias.reshape(1, -1, *[1] * len(stride))
    else:
        op = F.conv2d if two else F.conv1d
        y = op(pad(x, left, right), w, bias, stride, 0, dilation, groups)
    backward([y], 4)
    return y, x.grad, w.grad, bias.grad if has_bias else None


def table(h, name, cases, transposed):
    rows = []
    for i, case in enumerate(cases):
        results = run(case, transposed)
        arrays = [h.array(f"{name}_{i}_{k}", v) for k, v in
                  zip(("y", "dx", "dw", "db"), results)]
        axes = len(case[4])
        how = [axes] + [braces(v) for v in case[4:8]] + [case[8]]
        rows.append([text(case[0]), braces(case[1]), braces(case[2]),
                     case[3], braces(how),
                     results[0].numel(), *arrays])
    h.table(f"static const conv_case {name}_cases[]", rows)


h = Header("conv.h", "conv.py")
table(h, "conv", CONV, False)
table(h, "transposed", TRANSPOSED, True)
h.close()
