"""Cases of functions.py: products, norms, attention, recurrence, convolutions,
spectra."""
from function_inputs import C, F, I, KINDS, P


def algebra():
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)),
                 ((2, 3), (3, 2)), ((2, 2, 3), (3, 2)), ((2, 3), (2, 3, 2)),
                 ((2, 2, 3), (2, 3, 1)), ((2, 1, 2, 3), (3, 3, 2))):
        yield "x @ y", F(*a), F(*b)
    yield "x @ y", I(2, 3), I(3, 2)
    yield "x @ y", C(2, 2), C(2, 2)
    yield "torch.bmm(x, y)", F(2, 2, 3), F(2, 3, 1)
    yield "torch.mm(x, y.t())", F(2, 3), F(2, 3)
    yield "torch.dot(x, y)", F(3), F(3)
    yield "torch.addmm(x, y, z, beta=0.5, alpha=2)", F(2), F(2, 3), F(3, 2)
    yield "torch.baddbmm(x, y, z)", F(1, 2, 2), F(1, 2, 3), F(1, 3, 2)
    for e, a, b in (("bft,mf->bmt", (2, 3, 2), (2, 3)),
                    ("bhqd,bhkd->bhqk", (1, 2, 2, 3), (1, 2, 2, 3)),
                    ("ij,jk", (2, 3), (3, 2)), ("i,j->ij", (2,), (3,)),
                    ("bi,bi->b", (2, 3), (2, 3)), ("ij,ij->", (2, 2), (2, 2)),
                    ("...ij,...j->...i", (2, 2, 3), (2, 3))):
        yield f"torch.einsum('{e}', [x, y])", F(*a), F(*b)
    yield "torch.einsum('ii->i', [x])", F(3, 3)
    yield "torch.einsum('ij->ji', [x])", F(2, 3)
    nn = "torch.nn.functional."
    yield nn + "linear(x, y, z)", F(2, 3), F(2, 3), F(2)
    yield nn + "linear(x, y)", F(2, 1, 3), F(2, 3)
    yield nn + "bilinear(x, y, z, w)", F(2, 2), F(2, 3), F(2, 2, 3), F(2)
    yield nn + "layer_norm(x, [3], y, z)", F(2, 3), F(3), F(3)
    yield nn + "layer_norm(x, [2, 3])", F(2, 2, 3)
    yield "torch.layer_norm(x, [3])", F(2, 3)
    yield "torch.group_norm(x, 2, y, z)", F(2, 4, 2), F(4), F(4)
    yield "torch.group_norm(x, 1)", F(1, 2, 3)
    yield ("torch.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, "
           "True)"), F(2, 2, 4)
    yield ("torch.batch_norm(x, y, z, w, u, False, 0.1, 1e-5, True)",
           F(2, 2, 3), F(2), F(2), F(2), P(2))
    yield ("torch.batch_norm(x, None, None, y, z, False, 0.1, 1e-3, True)",
           F(2, 2), F(2), P(2))
    yield "\n".join([
        "q = x * x.shape[-1] ** -0.5",
        "s = torch.matmul(q, y.transpose(-2, -1))",
        "m = torch.ones(x.shape[1], y.shape[1], dtype=torch.bool).tril()",
        "s = s.masked_fill(m.logical_not(), float('-inf'))",
        "torch.softmax(s, -1) @ z"]), F(1, 3, 2), F(1, 3, 2), F(1, 3, 2)
    yield (nn + "_scaled_dot_product_attention(x, y, z)[0]", F(1, 2, 2, 4),
           F(1, 2, 3, 4), F(1, 2, 3, 4))
    for layers, both, first in ((1, False, True), (2, False, False),
                                (1, True, True)):
        yield from recurrent(layers, both, first)


def recurrent(layers, both, first):
    n_in, n, ways = 2, 3, 2 if both else 1
    x = F(2, 4, n_in)
    batch = 2 if first else 4
    for name, gates in (("lstm", 4), ("gru", 3), ("rnn_tanh", 1)):
        weights = []
        for layer in range(layers):
            for _ in range(ways):
                i = n_in if layer == 0 else n * ways
                weights += [F(gates * n, i) / 4, F(gates * n, n) / 4,
                            F(gates * n) / 4, F(gates * n) / 4]
        state = F(layers * ways, batch, n)
        hx = "[y, z]" if name == "lstm" else "y"
        yield (f"torch.{name}(x, {hx}, w, True, {layers}, 0., False, {both}, "
               f"{first})", x, state, F(layers * ways, batch, n), weights)
    yield ("torch.lstm_cell(x, [y, z], w, u)", F(1, 2), F(1, 2), F(1, 2),
           F(8, 2), F(8, 2))
    yield "torch.gru_cell(x, y, z, w)", F(1, 2), F(1, 2), F(6, 2), F(6, 2)


def convolutions():
    nn = "torch.nn.functional."
    for extra, i, o, k, groups in (
            ("", 2, 3, 3, 1), (", stride=2", 2, 2, 4, 1),
            (", padding=1", 1, 2, 3, 1), (", dilation=2", 2, 1, 3, 1),
            (", padding='same'", 1, 1, 3, 1),
            (", padding='same', dilation=2", 1, 2, 4, 1),
            (", padding='valid'", 1, 1, 2, 1),
            (", groups=2", 4, 2, 3, 2), (", groups=2, stride=2", 2, 4, 2, 2),
            (", stride=3, padding=2, dilation=2", 2, 2, 3, 1),
            (", groups=4, padding=1", 4, 4, 3, 4)):
        yield (nn + f"conv1d(x, y, z{extra})", F(2, i, 8), F(o, i // groups,
                                                             k), F(o))
    yield nn + "conv1d(x, y)", F(1, 2, 4), F(2, 2, 1)
    yield nn + "conv1d(x, y)", F(2, 5), F(1, 2, 3)
    yield nn + "conv1d(x, y)", F(1, 1, 4), F(1, 1, 5)
    for extra, i, o, k, groups in (
            ("", 2, 1, 4, 1), (", stride=2", 2, 2, 4, 1),
            (", stride=2, padding=1", 1, 2, 4, 1),
            (", stride=3, output_padding=1", 2, 1, 3, 1),
            (", stride=4, padding=2, output_padding=3", 1, 1, 8, 1),
            (", stride=2, groups=2", 4, 1, 4, 2),
            (", dilation=2", 1, 1, 3, 1),
            (", stride=2, padding=1, dilation=3", 1, 2, 2, 1)):
        yield (nn + f"conv_transpose1d(x, y, z{extra})", F(2, i, 4), F(i, o, k),
               F(o * groups))
    yield nn + "conv_transpose1d(x, y)", F(1, 1, 3), F(1, 2, 2)
    yield nn + "conv2d(x, y, z, (1, 2), (1, 0))", F(1, 2, 3, 4), F(
        2, 2, 3, 2), F(2)
    yield ("torch._convolution(x, y, z, [2], [1], [1], False, [0], 1, False, "
           "False, True, True)", F(1, 2, 6), F(2, 2, 3), F(2))
    yield ("torch._convolution(x, y, z, [2], [1], [1], True, [1], 1, False, "
           "False, True, True)", F(1, 2, 3), F(2, 1, 4), F(1))
    yield "torch.conv1d(x, y, None, [1], [0], [2], 1)", F(1, 1, 6), F(1, 1, 3)
    for call in ("max_pool1d(x, 2)", "max_pool1d(x, 3, 2, 1)",
                 "avg_pool1d(x, 2)", "avg_pool1d(x, 3, 2, 1)",
                 "adaptive_avg_pool1d(x, 3)",
                 "pixel_shuffle(x.reshape(1, 4, 1, 3), 2)",
                 "unfold(x[:, :, None], (1, 3))"):
        yield nn + call, F(1, 2, 6)
    for call in ("nearest1d(x, [9])", "nearest1d(x, [9], 1.5)",
                 "linear1d(x, [4], False)", "linear1d(x, [9], True)",
                 "linear1d(x, [9], False)", "linear1d(x, [12], False, 2.)"):
        yield f"torch._C._nn.upsample_{call}", F(1, 2, 6)
    for exact in ("[9]", "[3]"):
        yield f"torch._C._nn._upsample_nearest_exact1d(x, {exact})", F(1, 2, 6)
    yield nn + "fold(x, (1, 6), (1, 4), stride=(1, 2))", F(1, 4, 2)


def spectra(noise):
    for n in (2, 3, 4, 5, 7, 8, 12, 16):
        yield "torch.fft.rfft(x)", F(n)
    for i, n in enumerate((30, 64, 97, 125, 128, 210, 243, 255, 256, 343, 400,
                           441, 512, 513, 600, 720, 882, 997, 1000, 1023,
                           1024, 1025)):
        x = noise(i, [n])
        yield "torch.fft.rfft(x)", x
        yield f"torch.fft.irfft(torch.fft.rfft(x), {n})", x
        if i % 3 == 0:
            yield ("torch.fft.fft(x)", noise(i, [n]))
            yield ("torch.fft.ifft(torch.complex(x, y))", noise(i, [n]),
                   noise(i + 100, [n]))
    yield "torch.fft.irfft(x)", C(4)
    yield "torch.fft.irfft(x, 7)", C(4)
    yield "torch.fft.irfft(x, 12)", C(4)
    yield "torch.fft.irfft(x)", C(2, 5)
    yield "torch.fft.rfft(x, 6)", F(4)
    yield "torch.fft.rfft(x, 3)", F(4)
    yield "torch.fft.rfft(x, dim=0)", F(4, 2)
    yield "torch.fft.rfft(x, norm='ortho')", F(6)
    yield "torch.fft.rfft(x, norm='forward')", F(6)
    yield "torch.fft.irfft(x, norm='ortho')", C(4)
    yield "torch.fft.irfft(x, 6, 1)", C(2, 4, 1)
    yield "torch.fft.rfft(x)", I(6)
    yield "torch.fft.rfft(x)", KINDS["d"](6)
    yield "torch.fft.fft(x)", C(5)
    yield "torch.fft.ifft(x)", C(6)
    yield "torch.fft.fft(x, dim=0)", C(3, 2)
    yield "torch.fft.fft2(x)", F(2, 4)
    yield "torch.fft.rfftn(x, dim=[0, 1])", F(2, 4)
    yield "torch.fft.fftshift(x)", F(5)
    yield "torch.fft.ifftshift(x)", F(5)
    x, w = noise(50, [2, 200]), noise(51, [32])
    for n, more in ((32, ""), (32, ", 8"), (32, ", 8, 24"),
                    (32, ", 8, center=False"), (32, ", normalized=True"),
                    (32, ", 8, onesided=False"), (25, ", 10"),
                    (32, ", 8, pad_mode='constant'")):
        yield f"torch.stft(x, {n}{more}, return_complex=True)", x
    yield "torch.stft(x, 32, 8, 32, y, return_complex=True)", x, w
    yield ("torch.stft(x, 32, 8, 32, y, return_complex=True)",
           noise(52, [120]), w)
    yield "torch.stft(x, 32, 8, return_complex=False)", x
    for more in ("", ", length=200", ", center=True, normalized=True"):
        yield ("s = torch.stft(x, 32, 8, 32, torch.hann_window(32), "
               "return_complex=True)\n"
               "torch.istft(s, 32, 8, 32, torch.hann_window(32)"
               f"{more})"), x
    yield ("s = torch.stft(x, 30, 10, return_complex=True)\n"
           "torch.istft(s, 30, 10)"), noise(53, [100])


def corners():
    """Forms that take another way than the usual one."""
    nn = "torch.nn.functional."
    yield "torch._C._nn.upsample_nearest1d(x, [12], 2.)", F(1, 2, 6)
    yield "torch._C._nn._upsample_nearest_exact1d(x, [18])", F(1, 2, 6)
    yield "torch._C._nn.upsample_nearest1d(x, None, [3.])", F(1, 2, 6)
    yield nn + "fold(x, (5, 7), (2, 3), stride=(2, 1), padding=(1, 0))", F(
        1, 12, 15)
    yield nn + "unfold(x, (2, 3), dilation=(1, 2), padding=1)", F(1, 2, 4, 5)
    yield "x[:, y]", F(2, 4, 2), I(2, 2, low=-4, high=3)
    yield "x[:, y, z]", F(2, 3, 3, 2), I(2, low=0, high=2), I(2, low=0, high=2)
    yield "x[y, :, z]", F(3, 2, 3), I(2, low=0, high=2), I(2, low=0, high=2)
    yield "x[y]", C(3), I(4, low=-3, high=2)
    yield "x[x > 100]", F(3)
    yield "w = x.clone()\nw[:, y] = 1\nw", F(2, 3), I(2, low=0, high=2)
    yield "y = x.clone()\ny[x > 0] += 1\ny", F(2, 3)
    yield "x.gather(0, y)", F(3, 4), I(2, 3, low=0, high=2)
    yield "torch.einsum('ij->ii', [x])", F(2, 2)
    yield "torch.einsum('bij,bjk->bik', [x, y])", F(2, 2, 3), F(2, 3, 1)
    yield "torch.einsum('ij,j', [x, y])", F(2, 3), F(3)
    yield "torch.einsum('b...,...->b...', [x, y])", F(2, 3, 2), F(3, 2)
    yield "torch.topk(x, 2, 1)", F(2, 4, 2)
    yield "torch.sort(x, 0)", F(4, 2)
    yield "x.cumsum(0)", F(3, 2, 2)
    yield "torch.erf(x)", F(12)
    yield "torch.erfinv(x)", F(12) / 2.6
    yield "torch.mul(x, y)[..., None].squeeze(-1)", F(2, 2), F(2, 2)
    yield "torch.vstack([x, y])", F(2), F(2, 2)


def cases(noise):
    for group in (algebra, convolutions):
        yield from group()
    yield from spectra(noise)
    yield from corners()
