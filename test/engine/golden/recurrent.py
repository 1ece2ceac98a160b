"""Golden numbers of linear and recurrent layers: linear.h, matmul.h,
correlate.h, rnn.h."""
import torch
import torch.nn.functional as F
from common import Header, backward, noise

BATCH, FRAMES, IN, HIDDEN = 2, 8, 3, 4


def linear():
    h = Header("linear.h", "recurrent.py")
    for name, shape in (("flat", (3, 5)), ("frames", (2, 6, 5)),
                        ("planes", (2, 3, 4, 5))):
        x, w, b = noise(1, *shape), noise(2, 4, 5), noise(3, 4)
        y = F.linear(x, w, b)
        backward([y], 4)
        for k, v in (("y", y), ("dx", x.grad), ("dw", w.grad), ("db", b.grad)):
            h.array(f"linear_{name}_{k}", v)
    h.close()


def matmul():
    h = Header("matmul.h", "recurrent.py")
    for name, p, q in (("plain", (3, 4), (4, 5)),
                       ("batch", (2, 1, 3, 4), (2, 4, 2)),
                       ("frames", (2, 6, 4), (4, 3))):
        a, b = noise(1, *p), noise(2, *q)
        y = a @ b
        backward([y], 3)
        for k, v in (("y", y), ("da", a.grad), ("db", b.grad)):
            h.array(f"matmul_{name}_{k}", v)
    h.close()


def correlate():
    h = Header("correlate.h", "recurrent.py")
    for name, p, q in (("plain", (3, 4), (3, 7)), ("whole", (2, 5), (2, 5)),
                       ("frames", (2, 6, 3, 2), (2, 6, 3, 9))):
        k, x = noise(1, *p), noise(2, *q)
        y = (x.unfold(-1, p[-1], 1) * k.unsqueeze(-2)).sum(-1)
        backward([y], 3)
        for name_of, v in (("y", y), ("dk", k.grad), ("dx", x.grad)):
            h.array(f"correlate_{name}_{name_of}", v)
    h.close()


def recurrent():
    h = Header("rnn.h", "recurrent.py")
    for kind, cls in (("tanh", torch.nn.RNN), ("lstm", torch.nn.LSTM),
                      ("gru", torch.nn.GRU)):
        cell = cls(IN, HIDDEN, batch_first=True).double()
        gates = cell.weight_ih_l0.shape[0]
        x = noise(1, BATCH, FRAMES, IN)
        p = {"w_ih": noise(2, gates, IN), "b_ih": noise(3, gates),
             "w_hh": noise(4, gates, HIDDEN), "b_hh": noise(5, gates)}
        with torch.no_grad():
            for k, v in p.items():
                name = k.replace("w_", "weight_").replace("b_", "bias_")
                getattr(cell, name + "_l0").copy_(v)
        state = [noise(6, 1, BATCH, HIDDEN)]
        if kind == "lstm":
            state.append(noise(7, 1, BATCH, HIDDEN))
        y, last = cell(x, tuple(state) if kind == "lstm" else state[0])
        outputs = [y, *last] if kind == "lstm" else [y, last]
        backward(outputs, 8)
        for k, v in zip(("y", "hn", "cn"), outputs):
            h.array(f"{kind}_{k}", v)
        h.array(f"{kind}_dx", x.grad)
        for k in p:
            name = k.replace("w_", "weight_").replace("b_", "bias_")
            h.array(f"{kind}_d{k}", getattr(cell, name + "_l0").grad)
        for k, v in zip(("dh0", "dc0"), state):
            h.array(f"{kind}_{k}", v.grad)
    h.close()


linear()
matmul()
correlate()
recurrent()
