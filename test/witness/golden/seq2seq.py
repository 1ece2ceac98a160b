"""Golden values and gradients of small Seq2Seq networks: seq2seq.h. Written
from the description in models/seq2seq.h, with PyTorch's own LSTM."""
import torch
import torch.nn.functional as F
from witness import Summaries, Weights, noise

ROWS, CHUNKS, IN = 2, 3, 5


class Net:
    def __init__(self, chunk, hidden, encoder, decoder, down, up, residuals,
                 normed, carried=False, adjacent=False):
        self.__dict__.update(locals())
        self.w = Weights()

    def weight(self, name, *shape, normed):
        if not normed:
            return self.w(name, *shape)
        return torch._weight_norm(self.w(name + "_v", *shape),
                                  self.w(name + "_g", shape[0], 1), 0)

    def lstm(self, x, name, first, normed):
        gates, flat = 4 * self.hidden, []
        for way in ("", "_reverse"):
            flat += [self.weight(f"{name}.weight_ih_l0{way}", gates,
                                 x.shape[2], normed=normed),
                     self.weight(f"{name}.weight_hh_l0{way}", gates,
                                 self.hidden, normed=normed),
                     self.w(f"{name}.bias_ih_l0{way}", gates),
                     self.w(f"{name}.bias_hh_l0{way}", gates)]
        y, h, c = torch._VF.lstm(x, first, flat, True, 1, 0., True, True, True)
        if self.adjacent:
            y = y.reshape(*y.shape[:2], self.hidden, 2).sum(-1)
        else:
            y = y[..., :self.hidden] + y[..., self.hidden:]
        return y, (h, c)

    def encode(self, x, states):
        n = x.shape[0]
        for i in range(self.encoder):
            zeros = (torch.zeros(2, n, self.hidden),) * 2
            y, states[i] = self.lstm(x, f"encoder.lstm.{i}",
                                     states[i] or zeros, self.normed)
            x = x + y if i > 0 and self.residuals else y
        if self.down == "linear":
            w = self.w("encoder.down.weight", self.hidden // self.chunk,
                       self.hidden)
            b = self.w("encoder.down.bias", self.hidden // self.chunk)
            z = F.linear(x, w, b).reshape(n, 1, -1)
        else:
            z = x[:, [0, -1]] if "edge" in self.down else x
            z = z.sum(1, True) if "sum" in self.down else z.mean(1, True)
        w = self.weight("encoder.out.weight", self.hidden, self.hidden,
                        normed=self.normed)
        return F.linear(z, w), states[-1]

    def decode(self, z, last):
        if self.up == "linear":
            w = self.w("decoder.up.weight", self.hidden * self.chunk,
                       self.hidden)
            b = self.w("decoder.up.bias", self.hidden * self.chunk)
            x = F.linear(z, w, b).reshape(z.shape[0], self.chunk, -1)
        else:
            x = z.repeat_interleave(self.chunk, 1)
        if self.up == "interpolate":
            h = last[0].permute(1, 2, 0)
            x = x + F.interpolate(h, (self.chunk,)).permute(0, 2, 1)
        for i in range(self.decoder):
            y, _ = self.lstm(x, f"decoder.lstm.{i}", last, self.normed)
            x = x + y if self.residuals else y
        return x

    def __call__(self, x):
        states, out = [None] * self.encoder, []
        for k in range(CHUNKS):
            if not self.carried:
                states = [None] * self.encoder
            z, last = self.encode(x[:, k], states)
            out.append(self.decode(z, last))
        return torch.stack(out, 1)


def golden(h, name, *how, **more):
    net = Net(*how, **more)
    x = noise(1, ROWS, CHUNKS, net.chunk, IN)
    y = net(x)
    (y * noise(2, *y.shape).detach()).sum().backward()
    h.summaries(name + "_values", {"y": y, "dx": x.grad})
    h.gradients(name + "_gradients", net.w)


h = Summaries("seq2seq.h", "seq2seq.py")
golden(h, "demo", 4, 6, 2, 2, "edge_sum", "repeat", True, False)
golden(h, "linear", 3, 6, 1, 1, "linear", "linear", False, False)
golden(h, "normed", 5, 4, 2, 1, "mean", "interpolate", True, True)
golden(h, "carried", 4, 5, 2, 2, "sum", "repeat", True, False, carried=True)
golden(h, "adjacent", 4, 4, 2, 1, "edge_mean", "interpolate", False, False,
       adjacent=True)
golden(h, "single", 1, 4, 1, 2, "edge_sum", "interpolate", True, False,
       carried=True)
h.close()
