/* Spectra and sound: Fourier transforms, and phases for magnitudes. */
#include "engine/ops.h"
#include "engine/ops/recover.h"
#include "torchscript/emitter.h"

#include <math.h>

static const double HALF_TURN = 3.14159265358979323846;

/* ---- what they call ---- */

/* Frames [rows, frames, size] over each other, `hop` apart, as so many samples.
   Each is padded to whole hops and, in a row of its own, put as many hops
   further as its number says: rows are then read as if they were one shorter.
 */
static const char overlap[] =
    "def overlap(self: __torch__.Spectra,\n"
    "    x: Tensor,\n"
    "    hop: int,\n"
    "    samples: int) -> Tensor:\n"
    "  rows = torch.size(x, 0)\n"
    "  frames = torch.size(x, 1)\n"
    "  size = torch.size(x, 2)\n"
    "  hops = torch.floordiv(torch.sub(torch.add(size, hop), 1), hop)\n"
    "  all = torch.sub(torch.add(frames, hops), 1)\n"
    "  whole = torch.constant_pad_nd(x, [0, torch.sub(torch.mul(hops, hop), "
    "size)], 0.)\n"
    "  x0 = torch.reshape(whole, [rows, frames, hops, hop])\n"
    "  x1 = torch.constant_pad_nd(x0, [0, 0, 0, frames], 0.)\n"
    "  x2 = torch.reshape(x1, [rows, torch.mul(frames, torch.add(all, 1)), "
    "hop])\n"
    "  x3 = torch.slice(x2, 1, 0, torch.mul(frames, all), 1)\n"
    "  x4 = torch.reshape(x3, [rows, frames, all, hop])\n"
    "  y = torch.reshape(torch.sum(x4, [1], False), [rows, torch.mul(all, "
    "hop)])\n"
    "  y0 = torch.constant_pad_nd(y, [0, samples], 0.)\n"
    "  return torch.slice(y0, 1, 0, samples, 1)\n"
    /* [rows, frames, bins, 2] as windowed sound */
    "def waves(self: __torch__.Spectra,\n"
    "    z: Tensor,\n"
    "    window: Tensor) -> Tensor:\n"
    "  z0 = torch.complex(torch.select(z, -1, 0), torch.select(z, -1, 1))\n"
    "  x = torch.fft_irfft(z0, torch.size(window, 0))\n"
    "  return torch.mul(x, window)\n";

/* Spectra of these magnitudes with the phases that they have. Where they have
   none, those of a wave in the middle of the window (`middle`: 1, -1, 1...). */
static const char scaled[] =
    "def scaled(self: __torch__.Spectra,\n"
    "    z: Tensor,\n"
    "    s: Tensor,\n"
    "    middle: Tensor) -> Tensor:\n"
    "  re = torch.select(z, -1, 0)\n"
    "  im = torch.select(z, -1, 1)\n"
    "  power = torch.add(torch.mul(re, re), torch.mul(im, im))\n"
    "  has = torch.logical_and(torch.ge(power, 1e-30), torch.le(power, "
    "1e+30))\n"
    "  one = torch.ones_like(power)\n"
    "  by = torch.div(s, torch.sqrt(torch.where(has, power, one)))\n"
    "  re0 = torch.mul(by, torch.where(has, re, torch.mul(one, middle)))\n"
    "  im0 = torch.mul(by, torch.where(has, im, torch.zeros_like(im)))\n"
    "  return torch.stack([re0, im0], -1)\n";

/* The heap of engine/cpu/recover_start.h without a heap. What it pops first is
   what strong bins lead to, without a weak one between: so a bin takes its
   phase from the frame before, or from the neighbour that is led to by the
   stronger way, where a way is as strong as its weakest bin. `led` finds the
   ways from below and above, in as many steps as the number of bins has binary
   digits: a bin lets through what is between its source and its own strength,
   and two such limits in a row are one. Where nothing leads to, the loudest bin
   is the strongest of sources weaker than all others. */
static const char led[] =
    "def moved(self: __torch__.Spectra,\n"
    "    x: Tensor,\n"
    "    by: int,\n"
    "    first: float) -> Tensor:\n"
    "  return torch.constant_pad_nd(torch.slice(x, -1, 0, torch.neg(by), 1), "
    "[by, 0], first)\n"
    "def led(self: __torch__.Spectra,\n"
    "    s: Tensor,\n"
    "    source: Tensor) -> Tuple[Tensor, Tensor]:\n"
    "  a = torch.stack([s, torch.flip(s, [-1])], 0)\n"
    "  b = torch.minimum(a, torch.stack([source, torch.flip(source, [-1])], "
    "0))\n"
    "  n = torch.size(s, -1)\n"
    "  k = 1\n"
    "  while torch.lt(k, n):\n"
    "    a0 = (self).moved(a, k, 1e+30, )\n"
    "    b0 = (self).moved(b, k, 0., )\n"
    "    a1 = torch.minimum(a, torch.maximum(b, a0))\n"
    "    b = torch.minimum(a, torch.maximum(b, b0))\n"
    "    a = a1\n"
    "    k = torch.mul(k, 2)\n"
    "  ways = (self).moved(b, 1, 0., )\n"
    "  return (torch.select(ways, 0, 0), torch.flip(torch.select(ways, 0, 1), "
    "[-1]))\n"
    /* angles that go on from bin to bin where `goes_on`, else begin anew */
    "def turned(self: __torch__.Spectra,\n"
    "    x: Tensor,\n"
    "    goes_on: Tensor) -> Tensor:\n"
    "  y = x\n"
    "  keep = torch.to(goes_on, 6)\n"
    "  n = torch.size(x, -1)\n"
    "  k = 1\n"
    "  while torch.lt(k, n):\n"
    "    sum = torch.add(y, torch.mul(keep, (self).moved(y, k, 0., )))\n"
    "    turns = torch.round(torch.mul(sum, 0.15915494309189535))\n"
    "    y = torch.sub(sum, torch.mul(turns, 6.283185307179586))\n"
    "    keep = torch.mul(keep, (self).moved(keep, k, 0., ))\n"
    "    k = torch.mul(k, 2)\n"
    "  return y\n";

/* Phases of the loud bins of a new frame: s [rows, bins], z [rows, bins, 2], s0
   and z0 of the frame before; `how`: in_time, in_frequency, most (radians). */
static const char begun[] =
    "def begun(self: __torch__.Spectra,\n"
    "    s: Tensor,\n"
    "    z: Tensor,\n"
    "    s0: Tensor,\n"
    "    z0: Tensor,\n"
    "    turns: Tensor,\n"
    "    how: Tuple[float, float, float]) -> Tensor:\n"
    "  in_time, in_frequency, most, = how\n"
    "  loudest = torch.amax(torch.maximum(s, s0), [-1], True)\n"
    "  quiet = torch.mul(loudest, 0.01)\n"
    "  loud = torch.gt(s, quiet)\n"
    "  before = torch.logical_and(loud, torch.gt(s0, quiet))\n"
    "  a = torch.where(loud, s, torch.zeros_like(s))\n"
    "  source = torch.where(before, s0, torch.mul(a, 0.001))\n"
    "  below, above, = (self).led(a, source, )\n"
    "  to = torch.maximum(below, above)\n"
    "  led = torch.logical_and(loud, torch.gt(to, source))\n"
    "  up = torch.logical_and(led, torch.ge(below, above))\n"
    "  down = torch.logical_and(led, torch.lt(below, above))\n"
    "  unit = torch.where(torch.gt(loudest, 0), loudest, "
    "torch.ones_like(loudest))\n"
    "  l = torch.log(torch.add(torch.div(s, unit), 1e-07))\n"
    "  l0 = torch.log(torch.add(torch.div(s0, unit), 1e-07))\n"
    "  both = torch.add(l, l0)\n"
    "  rise = torch.sub(torch.slice(both, 1, 2, 9223372036854775807, 1), "
    "torch.slice(both, 1, 0, -2, 1))\n"
    "  slope = torch.constant_pad_nd(rise, [1, 1], 0.)\n"
    "  step = torch.add(torch.mul(slope, in_time), turns)\n"
    "  old = torch.atan2(torch.select(z0, -1, 1), torch.select(z0, -1, 0))\n"
    "  own = torch.atan2(torch.select(z, -1, 1), torch.select(z, -1, 0))\n"
    "  root = torch.where(before, torch.add(old, step), own)\n"
    "  more = torch.sub(l, l0)\n"
    "  pair = torch.add(torch.slice(more, 1, 0, -1, 1), torch.slice(more, 1, "
    "1, 9223372036854775807, 1))\n"
    "  bend = torch.clamp(torch.mul(pair, in_frequency), torch.neg(most), "
    "most)\n"
    "  edge = torch.add(bend, 3.141592653589793)\n"
    "  from_below = torch.constant_pad_nd(torch.neg(edge), [1, 0], 0.)\n"
    "  from_above = torch.constant_pad_nd(edge, [0, 1], 0.)\n"
    "  x0 = torch.where(up, from_below, root)\n"
    "  x1 = torch.flip(torch.where(down, from_above, root), [-1])\n"
    "  y = (self).turned(torch.stack([x0, x1], 0), torch.stack([up, "
    "torch.flip(down, [-1])], 0), )\n"
    "  phase = torch.where(down, torch.flip(torch.select(y, 0, 1), [-1]), "
    "torch.select(y, 0, 0))\n"
    "  new = torch.stack([torch.mul(s, torch.cos(phase)), torch.mul(s, "
    "torch.sin(phase))], -1)\n"
    "  return torch.where(torch.unsqueeze(loud, -1), new, z)\n";

/* engine/cpu/recover.h, frame by frame, with its state as that lies there. */
static const char recover[] =
    "def recover(self: __torch__.Spectra,\n"
    "    s: Tensor,\n"
    "    before: Tensor,\n"
    "    truth: Tensor,\n"
    "    known: Tensor,\n"
    "    real: Tensor,\n"
    "    tables: Tuple[Tensor, Tensor, Tensor, Tensor, Tensor],\n"
    "    sizes: Tuple[int, int, int],\n"
    "    momentum: float,\n"
    "    how: Tuple[float, float, float]) -> Tuple[Tensor, Tensor]:\n"
    "  window, reach, share, turns, middle, = tables\n"
    "  hop, ahead, iterations, = sizes\n"
    "  rows = torch.size(s, 0)\n"
    "  bins = torch.size(s, 1)\n"
    "  size = torch.size(window, 0)\n"
    "  span = torch.size(share, 0)\n"
    "  old = torch.sub(size, hop)\n"
    "  numbers = torch.add(torch.mul(bins, 3), 1)\n"
    "  both = torch.mul(bins, 2)\n"
    "  ends = torch.mul(bins, 3)\n"
    "  state = before\n"
    "  said = annotate(List[Tensor], [])\n"
    "  for j in range(torch.size(s, 2)):\n"
    "    s0 = torch.select(s, 2, j)\n"
    "    good = torch.logical_and(torch.gt(s0, 0), torch.le(s0, 1e+30))\n"
    "    s1 = torch.where(good, s0, torch.zeros_like(s0))\n"
    "    past = torch.slice(state, 1, 0, old, 1)\n"
    "    rest = torch.reshape(torch.slice(state, 1, old, "
    "9223372036854775807, 1), [rows, ahead, numbers])\n"
    "    m0 = torch.slice(rest, 2, 0, bins, 1)\n"
    "    z0 = torch.reshape(torch.slice(rest, 2, bins, ends, 1), [rows, "
    "ahead, bins, 2])\n"
    "    k0 = torch.slice(rest, 2, ends, numbers, 1)\n"
    "    base = torch.constant_pad_nd(past, [0, torch.sub(span, old)], 0.)\n"
    "    y0 = torch.add(base, (self).overlap((self).waves(z0, window, ), hop, "
    "span, ))\n"
    "    y1 = torch.slice(y0, 1, torch.mul(ahead, hop), "
    "9223372036854775807, 1)\n"
    "    z1 = torch.view_as_real(torch.fft_rfft(torch.mul(torch.mul(y1, "
    "reach), window)))\n"
    "    z2 = (self).scaled(z1, s1, middle, )\n"
    "    z3 = (self).begun(s1, z2, torch.select(m0, 1, -1), torch.select(z0, "
    "1, -1), turns, how, )\n"
    "    is_known = torch.gt(torch.slice(known, 2, j, torch.add(j, 1), 1), "
    "0.5)\n"
    "    true = (self).scaled(torch.select(truth, 2, j), s1, middle, )\n"
    "    z4 = torch.where(is_known, true, z3)\n"
    "    m = torch.cat([m0, torch.unsqueeze(s1, 1)], 1)\n"
    "    k1 = torch.expand(torch.to(is_known, 6), [rows, 1, 1])\n"
    "    k = torch.cat([k0, k1], 1)\n"
    "    fixed = torch.unsqueeze(torch.gt(k, 0.5), 3)\n"
    "    z = torch.cat([z0, torch.unsqueeze(z4, 1)], 1)\n"
    "    last = base\n"
    "    by = 0.\n"
    "    for _i in range(iterations):\n"
    "      all = torch.add(base, (self).overlap((self).waves(z, window, ), "
    "hop, span, ))\n"
    "      y = torch.mul(all, share)\n"
    "      y2 = torch.add(y, torch.mul(torch.sub(y, last), by))\n"
    "      x = torch.mul(torch.unfold(y2, 1, size, hop), window)\n"
    "      z5 = torch.view_as_real(torch.fft_rfft(x))\n"
    "      z = torch.where(fixed, z, (self).scaled(z5, m, middle, ))\n"
    "      last = y\n"
    "      by = momentum\n"
    "    wave = torch.select((self).waves(z, window, ), 1, 0)\n"
    "    y3 = torch.add(torch.constant_pad_nd(past, [0, hop], 0.), wave)\n"
    "    z6 = torch.reshape(torch.slice(z, 1, 1, 9223372036854775807, 1), "
    "[rows, ahead, both])\n"
    "    kept = torch.cat([torch.slice(m, 1, 1, 9223372036854775807, 1), z6, "
    "torch.slice(k, 1, 1, 9223372036854775807, 1)], 2)\n"
    "    next = torch.cat([torch.slice(y3, 1, hop, 9223372036854775807, 1), "
    "torch.reshape(kept, [rows, torch.mul(ahead, numbers)])], 1)\n"
    "    state = torch.where(torch.select(real, 0, j), next, state)\n"
    "    _0 = torch.append(said, torch.select(z, 1, 0))\n"
    "  return (torch.stack(said, 2), state)\n";

tb_made_object *tb_emit_spectra_object(tb_made_module *m)
{
    tb_made_object *o = tb_made_object_new(m, "Spectra");
    tb_source_text *t = tb_made_source(o);
    if (o)
        tb_source_line(t, "%s%s%s%s%s", overlap, scaled, led, begun, recover);
    return o;
}

/* ---- transforms ---- */

static const char *window_of(tb_emitter *e, const tb_node *n,
                             const tb_stft_attr *how)
{
    float *window =
        tb_arena_array(e->arena, (size_t)how->n_fft, sizeof *window);
    for (int64_t i = 0; window && i < how->n_fft; i++)
        window[i] = (float)how->window[i];
    return tb_emit_constant(e, n, "window", tb_dims(how->n_fft), window);
}

/* [rows, samples] to [rows, bins, frames, 2] */
static void emit_stft(tb_emitter *e, const tb_node *n)
{
    const tb_stft_attr *how = TB_ATTR(tb_stft_attr, n);
    if (n->in[0]->time != 1 || how->inverse) {
        tb_emit_refuse(e, n, "this transform");
        return;
    }
    const char *slot = window_of(e, n, how);
    const char *frames =
        tb_emit_let(e, "torch.mul(torch.unfold(%s, 1, %lld, %lld), %s)",
                    tb_emit_read(e, n, 0), (long long)how->n_fft,
                    (long long)how->hop, slot);
    const char *z =
        tb_emit_let(e, "torch.view_as_real(torch.fft_rfft(%s))", frames);
    tb_emit_give(e, n, tb_emit_text(e, "torch.permute(%s, [0, 2, 1, 3])", z));
}

/* One over the sum of the squared windows over each sample of a hop, 0 where
   that is. */
static const char *weights_of(tb_emitter *e, const tb_node *n,
                              const tb_stft_attr *how)
{
    float *w = tb_arena_array(e->arena, (size_t)how->hop, sizeof *w);
    for (int64_t i = 0; w && i < how->hop; i++) {
        double sum = 0;
        for (int64_t k = i; k < how->n_fft; k += how->hop)
            sum += how->window[k] * how->window[k];
        w[i] = (float)(sum > 0 ? 1 / sum : 0);
    }
    return tb_emit_constant(e, n, "weights", tb_dims(how->hop), w);
}

/* [rows, bins, frames, 2] to [rows, samples], all of which lie under as many
   windows as there can be. */
static void emit_istft(tb_emitter *e, const tb_node *n)
{
    const tb_stft_attr *how = TB_ATTR(tb_stft_attr, n);
    if (n->in[0]->time != 2 || !how->inverse ||
        how->left < how->n_fft - how->hop) {
        tb_emit_refuse(e, n, "this transform");
        return;
    }
    long long hop = how->hop;
    const char *z = tb_emit_let(e, "torch.permute(%s, [0, 2, 1, 3])",
                                tb_emit_read(e, n, 0));
    const char *x = tb_emit_let(e, "(self.spectra).waves(%s, %s, )", z,
                                window_of(e, n, how));
    const char *hops = tb_emit_let(e, "torch.add(torch.size(%s, 1), %lld)", x,
                                   (how->n_fft - 1) / hop);
    const char *y = tb_emit_let(
        e, "(self.spectra).overlap(%s, %lld, torch.mul(%s, %lld), )", x, hop,
        hops, hop);
    const char *all = tb_emit_let(
        e,
        "torch.reshape(torch.mul(torch.reshape(%s, [torch.size(%s, 0), %s, "
        "%lld]), %s), [torch.size(%s, 0), torch.mul(%s, %lld)])",
        y, y, hops, hop, weights_of(e, n, how), y, hops, hop);
    tb_emit_give_part(e, n, all,
                      tb_emit_first(e, n) + how->left -
                          tb_emit_lowest(e, n, 0) * how->hop);
}

/* ---- phases ---- */

static const char *table(tb_emitter *e, const tb_node *n, const char *what,
                         int64_t count,
                         double (*at)(const tb_recover_attr *how, int64_t i))
{
    const tb_recover_attr *how = TB_ATTR(tb_recover_attr, n);
    float *x = tb_arena_array(e->arena, (size_t)count, sizeof *x);
    for (int64_t i = 0; x && i < count; i++)
        x[i] = (float)at(how, i);
    return tb_emit_constant(e, n, what, tb_dims(count), x);
}

/* What bin i turns by from frame to frame. */
static double turn_at(const tb_recover_attr *how, int64_t i)
{
    const tb_stft_attr *f = &how->frames;
    double turns = (double)(i * f->hop % f->n_fft) / (double)f->n_fft;
    return 2 * HALF_TURN * (turns > 0.5 ? turns - 1 : turns);
}

static double middle_at(const tb_recover_attr *how, int64_t i)
{
    (void)how;
    return i % 2 ? -1 : 1;
}

static const char *tables_of(tb_emitter *e, const tb_node *n)
{
    const tb_recover_attr *how = TB_ATTR(tb_recover_attr, n);
    int64_t size = how->frames.n_fft, bins = size / 2 + 1;
    const char *window = window_of(e, n, &how->frames);
    const char *reach = table(e, n, "reach", size, tb_recover_reach);
    const char *share = table(
        e, n, "share", size + how->ahead * how->frames.hop, tb_recover_share);
    const char *turns = table(e, n, "turns", bins, turn_at);
    return tb_emit_text(e, "(%s, %s, %s, %s, %s)", window, reach, share, turns,
                        table(e, n, "middle", bins, middle_at));
}

/* How far the slopes of magnitudes turn phases (engine/cpu/recover_start.h). */
static const char *slopes_of(tb_emitter *e, const tb_recover_attr *how)
{
    double size = (double)how->frames.n_fft, hop = (double)how->frames.hop;
    const double x[] = {hop / (4 * how->spread * size),
                        how->spread * size / (2 * hop),
                        HALF_TURN * fmax(0, 1 - 2 * hop / size)};
    char text[3][TB_SOURCE_REAL];
    for (int i = 0; i < 3; i++)
        tb_source_real(x[i], text[i]);
    return tb_emit_text(e, "(%s, %s, %s)", text[0], text[1], text[2]);
}

static void emit_recover(tb_emitter *e, const tb_node *n)
{
    const tb_recover_attr *how = TB_ATTR(tb_recover_attr, n);
    char momentum[TB_SOURCE_REAL];
    tb_source_real(how->momentum, momentum);
    const char *s = tb_emit_read(e, n, 0), *before = tb_emit_read(e, n, 1);
    const char *truth, *known;
    if (how->primed) {
        truth = tb_emit_read(e, n, 2);
        known = tb_emit_read(e, n, 3);
    } else {
        truth = tb_emit_let(e, "torch.stack([%s, %s], -1)", s, s);
        known =
            tb_emit_let(e, "torch.zeros_like(torch.slice(%s, 1, 0, 1, 1))", s);
    }
    const char *real = tb_emit_real_frames(e, n);
    const char *both = tb_emit_let(
        e,
        "(self.spectra).recover(%s, %s, %s, %s, %s, %s, (%lld, %lld, %lld), "
        "%s, %s, )",
        s, before, truth, known, real, tables_of(e, n),
        (long long)how->frames.hop, (long long)how->ahead,
        (long long)how->iterations, momentum, slopes_of(e, how));
    tb_emit_give_output(e, n, 0, tb_emit_text(e, "(%s)[0]", both));
    tb_emit_give_output(e, n, 1, tb_emit_text(e, "(%s)[1]", both));
}

const tb_emit_row tb_emit_spectra[] = {{&tb_op_stft, emit_stft},
                                       {&tb_op_istft, emit_istft},
                                       {&tb_op_recover, emit_recover},
                                       {NULL, NULL}};
