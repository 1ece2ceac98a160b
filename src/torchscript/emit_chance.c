/* Ops that draw: the numbers of base/random.h, as a program. */
#include "engine/ops.h"
#include "torchscript/emit_time.h"

/* Philox4x32 (see base/random.h) on tensors of whole numbers below 2^32, whose
   products are put together of halves, so that none needs more than 63 bits. A
   number of 64 bits is a pair: high, low. */
static const char functions[] =
    "def wide(self: __torch__.Chance,\n"
    "    a: Tensor,\n"
    "    m: int) -> Tuple[Tensor, Tensor]:\n"
    "  low = torch.mul(torch.remainder(a, 65536), m)\n"
    "  high = torch.add(torch.mul(torch.floor_divide(a, 65536), m), "
    "torch.floor_divide(low, 65536))\n"
    "  rest = torch.add(torch.mul(torch.remainder(high, 65536), 65536), "
    "torch.remainder(low, 65536))\n"
    "  return (torch.floor_divide(high, 65536), rest)\n"
    /* a number of 64 bits, with itself `by` bits further down */
    "def folded(self: __torch__.Chance,\n"
    "    high: Tensor,\n"
    "    low: Tensor,\n"
    "    down: int,\n"
    "    up: int) -> Tuple[Tensor, Tensor]:\n"
    "  moved = torch.add(torch.floor_divide(low, down), "
    "torch.mul(torch.remainder(high, down), up))\n"
    "  return (torch.bitwise_xor(high, torch.floor_divide(high, down)), "
    "torch.bitwise_xor(low, moved))\n"
    /* times a number of 64 bits, of which the lower 64 are kept */
    "def times(self: __torch__.Chance,\n"
    "    high: Tensor,\n"
    "    low: Tensor,\n"
    "    m_high: int,\n"
    "    m_low: int) -> Tuple[Tensor, Tensor]:\n"
    "  a, b, = (self).wide(low, m_low, )\n"
    "  _0, c, = (self).wide(low, m_high, )\n"
    "  _1, d, = (self).wide(high, m_low, )\n"
    "  return (torch.remainder(torch.add(torch.add(a, c), d), 4294967296), b)\n"
    "def key(self: __torch__.Chance,\n"
    "    seed: Tensor,\n"
    "    n_high: int,\n"
    "    n_low: int) -> Tuple[Tensor, Tensor]:\n"
    "  sum = torch.add(torch.remainder(seed, 4294967296), n_low)\n"
    "  low0 = torch.remainder(sum, 4294967296)\n"
    "  carried = torch.add(torch.floor_divide(sum, 4294967296), n_high)\n"
    "  top = torch.add(torch.floor_divide(seed, 4294967296), carried)\n"
    "  high0 = torch.remainder(top, 4294967296)\n"
    "  high1, low1, = (self).folded(high0, low0, 1073741824, 4, )\n"
    "  high2, low2, = (self).times(high1, low1, 3210233709, 484763065, )\n"
    "  high3, low3, = (self).folded(high2, low2, 134217728, 32, )\n"
    "  high4, low4, = (self).times(high3, low3, 2496678331, 321982955, )\n"
    "  high5, low5, = (self).folded(high4, low4, 2147483648, 2, )\n"
    "  return (high5, low5)\n"
    /* bits of [rows, frames, channels rounded up to a multiple of 4] */
    "def bits(self: __torch__.Chance,\n"
    "    seed: Tensor,\n"
    "    n_high: int,\n"
    "    n_low: int,\n"
    "    first: Tensor,\n"
    "    rows: int,\n"
    "    frames: int,\n"
    "    channels: int) -> Tensor:\n"
    "  l0, k0, = (self).key(seed, n_high, n_low, )\n"
    "  device = ops.prim.device(seed)\n"
    "  quads = torch.floordiv(torch.add(channels, 3), 4)\n"
    "  j = torch.add(torch.arange(frames, dtype=4, layout=None, "
    "device=device), first)\n"
    "  j0 = torch.reshape(j, [1, -1, 1])\n"
    "  row = torch.reshape(torch.arange(rows, dtype=4, layout=None, "
    "device=device), [-1, 1, 1])\n"
    "  quad = torch.reshape(torch.arange(quads, dtype=4, layout=None, "
    "device=device), [1, 1, -1])\n"
    "  zero = torch.zeros([rows, frames, quads], dtype=4, layout=None, "
    "device=device)\n"
    "  a = torch.add(zero, torch.remainder(j0, 4294967296))\n"
    "  b = torch.add(zero, torch.remainder(torch.floor_divide(j0, "
    "4294967296), 4294967296))\n"
    "  c = torch.add(zero, row)\n"
    "  d = torch.add(zero, quad)\n"
    "  k = k0\n"
    "  l = l0\n"
    "  for _2 in range(10):\n"
    "    p_high, p_low, = (self).wide(a, 3528531795, )\n"
    "    q_high, q_low, = (self).wide(c, 3449720151, )\n"
    "    a = torch.bitwise_xor(torch.bitwise_xor(q_high, b), k)\n"
    "    b = q_low\n"
    "    c = torch.bitwise_xor(torch.bitwise_xor(p_high, d), l)\n"
    "    d = p_low\n"
    "    k = torch.remainder(torch.add(k, 2654435769), 4294967296)\n"
    "    l = torch.remainder(torch.add(l, 3144134277), 4294967296)\n"
    "  return torch.reshape(torch.stack([a, b, c, d], -1), [rows, frames, "
    "torch.mul(quads, 4)])\n"
    "def uniform(self: __torch__.Chance,\n"
    "    seed: Tensor,\n"
    "    n_high: int,\n"
    "    n_low: int,\n"
    "    first: Tensor,\n"
    "    rows: int,\n"
    "    frames: int,\n"
    "    channels: int) -> Tensor:\n"
    "  bits = (self).bits(seed, n_high, n_low, first, rows, frames, "
    "channels, )\n"
    "  x = torch.to(torch.floor_divide(bits, 256), 6)\n"
    "  return torch.slice(torch.mul(x, 5.9604644775390625e-08), 2, 0, "
    "channels, 1)\n"
    /* Box and Muller: channels 2i and 2i + 1 are one pair. */
    "def normal(self: __torch__.Chance,\n"
    "    seed: Tensor,\n"
    "    n_high: int,\n"
    "    n_low: int,\n"
    "    first: Tensor,\n"
    "    rows: int,\n"
    "    frames: int,\n"
    "    channels: int) -> Tensor:\n"
    "  bits = (self).bits(seed, n_high, n_low, first, rows, frames, "
    "channels, )\n"
    "  u = torch.mul(torch.add(torch.to(torch.slice(bits, 2, 0, "
    "9223372036854775807, 2), 7), 1.), 2.3283064365386963e-10)\n"
    "  v = torch.mul(torch.to(torch.slice(bits, 2, 1, 9223372036854775807, "
    "2), 7), 1.4629180792671596e-09)\n"
    "  radius = torch.sqrt(torch.mul(torch.log(u), -2.))\n"
    "  both = torch.stack([torch.mul(radius, torch.cos(v)), "
    "torch.mul(radius, torch.sin(v))], -1)\n"
    "  x = torch.to(torch.reshape(both, [rows, frames, -1]), 6)\n"
    "  return torch.slice(x, 2, 0, channels, 1)\n"
    /* real numbers from 0 to 1, of 32 bits */
    "def places(self: __torch__.Chance,\n"
    "    seed: Tensor,\n"
    "    n_high: int,\n"
    "    n_low: int,\n"
    "    first: Tensor,\n"
    "    rows: int,\n"
    "    frames: int,\n"
    "    channels: int) -> Tensor:\n"
    "  bits = (self).bits(seed, n_high, n_low, first, rows, frames, "
    "channels, )\n"
    "  x = torch.to(torch.slice(bits, 2, 0, channels, 1), 7)\n"
    "  return torch.mul(x, 2.3283064365386963e-10)\n"
    /* weights that are among the most likely (engine/ops/random.h), else 0 */
    "def likely(self: __torch__.Chance,\n"
    "    p: Tensor,\n"
    "    top_k: Tensor,\n"
    "    top_p: Tensor) -> Tensor:\n"
    "  ordered, order, = torch.sort(p, -1, True)\n"
    "  n = torch.size(p, -1)\n"
    "  place = torch.arange(n, dtype=4, layout=None, "
    "device=ops.prim.device(p))\n"
    "  by_count = torch.logical_or(torch.lt(place, top_k), torch.lt(top_k, "
    "1))\n"
    "  kept = torch.where(by_count, ordered, torch.zeros_like(ordered))\n"
    "  all = torch.sum(kept, [-1], True)\n"
    "  before = torch.sub(torch.cumsum(kept, -1), kept)\n"
    "  nucleus = torch.logical_and(torch.gt(top_p, 0), torch.lt(top_p, 1))\n"
    "  inside = torch.logical_or(torch.lt(before, torch.mul(all, top_p)), "
    "torch.logical_not(nucleus))\n"
    "  stays = torch.where(torch.logical_and(by_count, inside), kept, "
    "torch.zeros_like(kept))\n"
    "  back = torch.argsort(order, -1, False)\n"
    "  return torch.gather(stays, -1, back)\n"
    /* indices from logits [..., n], by a place [...] each */
    "def draw(self: __torch__.Chance,\n"
    "    logits: Tensor,\n"
    "    temperature: Tensor,\n"
    "    top_k: Tensor,\n"
    "    top_p: Tensor,\n"
    "    u: Tensor) -> Tensor:\n"
    "  x = torch.to(logits, 7)\n"
    "  most = torch.argmax(logits, -1)\n"
    "  hot = torch.gt(temperature, 0)\n"
    "  heat = torch.where(hot, temperature, torch.ones_like(temperature))\n"
    "  p0 = torch.exp(torch.div(torch.sub(x, torch.amax(x, [-1], True)), "
    "heat))\n"
    "  some = torch.logical_or(torch.any(torch.ge(top_k, 1)), torch.any("
    "torch.logical_and(torch.gt(top_p, 0), torch.lt(top_p, 1))))\n"
    "  if bool(some):\n"
    "    p = (self).likely(p0, top_k, top_p, )\n"
    "  else:\n"
    "    p = p0\n"
    "  reached = torch.cumsum(p, -1)\n"
    "  limit = torch.mul(torch.slice(reached, -1, -1, 9223372036854775807, "
    "1), torch.unsqueeze(u, -1))\n"
    "  index = torch.sum(torch.to(torch.le(reached, limit), 4), [-1], "
    "False)\n"
    "  chosen = torch.clamp(index, 0, torch.sub(torch.size(logits, -1), 1))\n"
    "  cold = torch.logical_not(torch.squeeze(hot, -1))\n"
    "  return torch.where(cold, most, chosen)\n";

tb_made_object *tb_emit_chance(tb_made_module *m)
{
    tb_made_object *o = tb_made_object_new(m, "Chance");
    if (o)
        tb_source_line(tb_made_source(o), "%s", functions);
    return o;
}

/* What stands for a node in the key of its numbers. */
static uint64_t key_of(uint32_t node)
{
    return (uint64_t)node * 0x9E3779B97F4A7C15u;
}

/* Channels of a frame of one row: the elements along all other axes. */
static int64_t channels_of(const tb_value *y)
{
    int64_t n = 1;
    for (int i = 1; i < y->rank; i++)
        n *= i == y->time ? 1 : y->dim[i];
    return n;
}

/* [rows, frames, channels] as the value lies: time at its place. */
static const char *placed(tb_emitter *e, const tb_value *y, const char *drawn)
{
    const char *list = tb_emit_dim(e, y, 0);
    int64_t axes[TB_RANK];
    list = tb_emit_text(e, "[%s, %s", list,
                        y->time < 0 ? "1" : tb_emit_dim(e, y, y->time));
    for (int i = 1, at = 2; i < y->rank; i++) {
        axes[i] = i == y->time ? 1 : at++;
        if (i != y->time)
            list = tb_emit_text(e, "%s, %s", list, tb_emit_dim(e, y, i));
    }
    axes[0] = 0;
    drawn = tb_emit_let(e, "torch.reshape(%s, %s])", drawn, list);
    if (y->time < 0)
        return tb_emit_text(e, "torch.squeeze(%s, 1)", drawn);
    return tb_emit_text(e, "torch.permute(%s, %s)", drawn,
                        tb_emit_ints(e, y->rank, axes));
}

/* What is drawn, and by which key. */
typedef struct chance_of {
    const char *function;
    uint64_t key;
} chance_of;

static chance_of chance(const tb_node *n)
{
    if (n->op == &tb_op_sample)
        return (chance_of){"places",
                           key_of(TB_ATTR(tb_sample_attr, n)->chance)};
    bool is_uniform = TB_ATTR(tb_noise_attr, n)->kind == TB_UNIFORM_NOISE;
    return (chance_of){is_uniform ? "uniform" : "normal",
                       key_of((uint32_t)n->id)};
}

/* Numbers of so many frames from the first on. */
static const char *drawn(tb_emitter *e, const tb_node *n, const char *first,
                         const char *frames)
{
    const tb_value *y = n->out[0];
    chance_of how = chance(n);
    return tb_emit_let(e,
                       "(self.chance).%s(seed, %llu, %llu, %s, %s, %s, %lld, )",
                       how.function, (unsigned long long)(how.key >> 32),
                       (unsigned long long)(how.key & UINT32_MAX), first,
                       tb_emit_dim(e, y, 0), frames, (long long)channels_of(y));
}

const char *tb_emit_drawn_ahead(tb_emitter *e, const tb_node *n,
                                const char *cycles)
{
    const tb_value *y = n->out[0];
    long long per = e->values[y->id].per;
    const char *first =
        tb_emit_let(e, "torch.add(torch.mul(self.clock, %lld), %lld)", per,
                    (long long)tb_emit_first_of(e, y));
    return drawn(e, n, first,
                 tb_emit_text(e, "torch.mul(%s, %lld)", cycles, per));
}

static const char *drawn_now(tb_emitter *e, const tb_node *n)
{
    const tb_value *y = n->out[0];
    const tb_emitted_value *x = &e->values[y->id];
    if (y->time < 0)
        return drawn(e, n, "torch.zeros_like(self.clock)", "1");
    if (!e->step)
        return drawn(e, n, tb_emit_place(e, y), tb_emit_dim(e, y, y->time));
    long long at = x->first - tb_emit_first_of(e, y);
    return tb_emit_let(e, "torch.slice(drawn_%d, 1, %lld, %lld, 1)", n->id, at,
                       at + (long long)x->count);
}

/* One uniform number a draw. */
static void emit_sample(tb_emitter *e, const tb_node *n)
{
    const tb_value *y = n->out[0], *logits = n->in[0];
    if (y->rank == 0 || y->time == 0 || y->dim[0] % TB_EMITTED_ROWS ||
        logits->rank != y->rank + 1) {
        tb_emit_refuse(e, n, "chance that is not of a row");
        return;
    }
    const char *x = tb_emit_read(e, n, 0), *how[3];
    for (int i = 0; i < 3; i++) {
        const tb_value *c = n->in[1 + i];
        const char *list = "-1";
        how[i] = tb_emit_read(e, n, 1 + i);
        for (int k = 1; c->rank == 1 && k < logits->rank; k++)
            list = tb_emit_text(e, "%s, 1", list);
        if (c->rank == 1)
            how[i] = tb_emit_let(e, "torch.reshape(%s, [%s])", how[i], list);
        else if (c->rank > 1)
            how[i] = tb_emit_let(e, "torch.unsqueeze(%s, -1)", how[i]);
    }
    const char *u = tb_emit_let(e, "%s", placed(e, y, drawn_now(e, n)));
    tb_emit_give(e, n,
                 tb_emit_text(e, "(self.chance).draw(%s, %s, %s, %s, %s, )", x,
                              how[0], how[1], how[2], u));
}

static void emit_noise(tb_emitter *e, const tb_node *n)
{
    const tb_value *y = n->out[0];
    if (y->rank == 0 || y->time == 0 || y->dim[0] % TB_EMITTED_ROWS)
        tb_emit_refuse(e, n, "chance that is not of a row");
    else
        tb_emit_give(e, n, placed(e, y, drawn_now(e, n)));
}

const tb_emit_row tb_emit_chances[] = {
    {&tb_op_noise, emit_noise}, {&tb_op_sample, emit_sample}, {NULL, NULL}};
