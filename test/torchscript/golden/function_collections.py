"""Texts, lists, dicts and whole numbers, whose last digit counts."""
import math
import torch
from function_inputs import C, P

LARGE = 2 ** 40


def texts():
    for e in ("'a B'.capitalize()", "'a bc d1e'.title()", "'aB'.swapcase()",
              "'ab'.isalpha()", "'a1'.isalpha()", "'12'.isdigit()",
              "''.isdigit()", "'a1'.isalnum()", "' \\t'.isspace()",
              "'AB1'.isupper()", "'ab'.islower()", "'1'.islower()",
              "'abcabc'.rfind('b')", "'abc'.rfind('x')", "'abc'.index('c')",
              "'abcab'.rindex('a')", "'abcabca'.count('a')",
              "'a=b=c'.partition('=')",
              "'a=b=c'.rpartition('=')", "'abc'.partition('=')",
              "'abc'.rpartition('=')",
              "'a\\nb'.splitlines(True)", "'ab'.ljust(5, '.')",
              "'ab'.rjust(5)", "'ab'.center(5, '*')", "'abc'.center(6, '*')",
              "'-7'.zfill(4)", "'7'.zfill(3)", "'abc'.zfill(2)", "ord('a')",
              "chr(98)", "hex(255)", "hex(-16)", "oct(8)", "bin(5)",
              "' a  b '.split()", "'a,b,c'.split(',')", "'a,b,c'.split(',', 1)",
              "'a b'.split(' ')", "','.join(['a', 'b'])", "'abc'[1]",
              "'abc'[-2:]", "'abc'.replace('b', 'xx')", "'a' in 'abc'",
              "'abc'.startswith('ab')", "'%s=%d' % ('a', 3)",
              "'%d%%' % 5", "'abc'.find('c')", "' a '.strip()",
              "float('2.5')", "float('-inf')", "int('-12')"):
        yield e,


def lists():
    yield "x.remove(2)\nreturn x", [1, 2, 3, 2]
    yield "x.count(2)", [1, 2, 3, 2]
    yield "x.index(3)", [1, 2, 3, 2]
    yield "y = x.copy()\ny.append(4)\nreturn x, y", [1, 2, 3]
    yield "x.sort(reverse=True)\nreturn x", [1, 3, 2]
    yield "x.insert(1, 9)\nreturn x", [1, 2, 3]
    yield "x.reverse()\nreturn x", [1, 2, 3]
    yield "x.extend([4, 5])\nreturn x", [1, 2, 3]
    yield "del x[1]\nreturn x", [1, 2, 3]
    yield "x += [4]\nreturn x", [1, 2, 3]
    yield "x.remove(7)\nreturn x", [1, 2, 3]
    yield "s = 0\nfor i, a in enumerate(x):\n  s += i * a\nreturn s", [3, 4, 5]
    yield ("s = 0\nfor i, a in enumerate(x, 10):\n  s += i * a\nreturn s",
           [3, 4, 5])
    yield ("s = 0\nfor a, b in zip(x, y):\n  s += a * b\nreturn s", [3, 4, 5],
           [1, 2])
    yield ("s = 0\nfor i, (a, b) in enumerate(zip(x, range(9))):\n"
           "  s += i * a - b\nreturn s", [3, 4, 5])
    yield "s = ''\nfor a in 'abc':\n  s = a + s\nreturn s",
    yield ("s = torch.zeros(2)\nfor a in x:\n  s = s * 2 + a\nreturn s",
           torch.tensor([[1., 2.], [3., 4.], [5., 6.]]))
    yield "list('abc')",
    yield "any([False, True])",
    yield "all([False, True])",


def dicts():
    start = "d = {'a': 1, 'b': 2}\n"
    for body in ("return list(d.keys())", "return list(d.values())",
                 "d['c'] = 3\nreturn list(d.items())",
                 "return d.get('x', 7)", "return d.pop('a'), len(d)",
                 "return d.setdefault('b', 7), d.setdefault('c', 8), len(d)",
                 "e = d.copy()\ne['a'] = 9\nreturn d['a'], e['a']",
                 "d.update({'b': 5, 'z': 6})\nreturn list(d.values())",
                 "del d['a']\nreturn list(d.keys())",
                 "d.clear()\nreturn len(d)", "return 'a' in d, 'x' in d",
                 "s = 0\nfor k, v in d.items():\n  s += v * len(k)\nreturn s",
                 "s = ''\nfor k in d:\n  s += k\nreturn s",
                 "d['b'] += 1\nreturn d['b']", "return d['x']"):
        yield start + body,
    yield "d = {'a': 1}\nreturn d.popitem()",


def whole_numbers():
    x = torch.tensor([[LARGE + 1, 3, -7], [LARGE - 3, LARGE, 5]])
    for call in ("sum()", "sum(0)", "sum(1, keepdim=True)", "sum([0, 1])",
                 "cumsum(0)", "cumsum(1)", "max()", "min()", "max(1)",
                 "min(0)", "amax(1)", "amin(0, True)", "argmax()",
                 "argmin(1)", "sort(1)", "sort(0, descending=True)",
                 "argsort(1)", "topk(2, 1)", "median()", "diff()"):
        yield f"x.{call}", x
    yield "x.prod()", torch.tensor([3, 2 ** 30, 5, 7])
    yield "x.prod(1)", torch.tensor([[3, 2 ** 30], [5, -7]])
    yield "x.cumprod(0)", torch.tensor([3, 2 ** 20, 2 ** 20, -1, 7])
    yield "x @ y", torch.tensor([[LARGE, 1], [-3, 2]]), torch.tensor(
        [[3, 5], [7, LARGE]])
    yield "torch.matmul(x, y)", torch.tensor([LARGE, 1, 3]), torch.tensor(
        [5, 7, LARGE])
    yield "torch.matmul(x, y)", torch.tensor([[LARGE, 1, 3]]), torch.tensor(
        [5, 7, LARGE])
    yield "torch.bmm(x, y)", torch.tensor([[[LARGE, 1]], [[2, 3]]]), \
        torch.tensor([[[1], [2]], [[3], [4]]])
    yield "torch.dot(x, y)", torch.tensor([LARGE, 1]), torch.tensor([3, 1])
    yield "torch.outer(x, y)", torch.tensor([LARGE, 1]), torch.tensor([3, 1])
    yield "torch.searchsorted(x, y)", torch.tensor([LARGE, LARGE + 1]), \
        torch.tensor([LARGE + 1, LARGE + 2])
    yield "torch.gcd(x, y)", torch.tensor([0, 0, 12, -18, LARGE]), \
        torch.tensor([0, -5, 18, 12, 3 * 2 ** 38])
    yield "torch.lcm(x, y)", torch.tensor([0, 4, -6]), torch.tensor([5, 6, 4])
    yield "x.sum()", torch.tensor([True, False, True])


def others():
    z = torch.tensor([-1.5, -.5, 0., 1., 2., .25, 40.5])
    yield "torch.lgamma(x)", z
    yield "torch.digamma(x)", torch.tensor([-1.5, -.5, 1., 2., .25, 40.5])
    for name in ("sqrt", "sin", "cos", "log"):
        yield f"torch.{name}(x)", C(4)
    yield "x.argmin()", torch.tensor([1., math.nan, -3.])
    yield "x.max(1)", torch.tensor([[1., math.nan, 3.], [2., 5., math.nan]])
    yield "torch.block_diag([x, y, z])", P(2, 2), P(3), P(1, 2)
    yield "y = x.clone()\ny.squeeze_(0)\ny", P(1, 3)
    yield "y = x.clone()\nz = y\ny.t_()\nreturn z", P(2, 3)
    yield "y = x + 1\ny.unsqueeze_(0)\ny.mul_(2)\ny", P(2)


def cases():
    for group in (texts, lists, dicts, whole_numbers, others):
        yield from group()
