#include "export/nn_rate.h"

#include "export/nn_queue.h"

#include <stdio.h>

/* ---- places ---- */

/* Frames of the window before the one that a place falls on. */
static int64_t before(const tb_nn_rate_port *p)
{
    return p->filter.reach ? p->filter.reach - 1 : 0;
}

static int64_t floor_of(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* With `stood` where it stands before block u is played, its frame i lies
   (i * down - frames * stood) / up before the end of what was heard. */
static void place_input(tb_nn_rate *r)
{
    tb_nn_rate_port *p = &r->in;
    int64_t most = r->down + r->up - 1;
    p->delay = p->filter.reach;
    p->kept = -floor_of(-p->frames * most, r->up) + p->delay + before(p);
}

/* With `stands` where it stands afterwards, frame i of the host's block lies
   (i * up + frames * (stands - up)) / down before the end of what was said. */
static void place_output(tb_nn_rate *r)
{
    tb_nn_rate_port *p = &r->out;
    int64_t most = p->frames * (r->down - 1) - r->up;
    p->delay = floor_of(most, r->down) + p->filter.reach + 1;
    p->delay = p->delay > 0 ? p->delay : 0;
}

static void keep_output(tb_nn_rate *r)
{
    tb_nn_rate_port *p = &r->out;
    p->kept = -floor_of(-p->frames * r->up, r->down) + p->delay + before(p);
}

/* ---- latency ---- */

/* In samples of the host; all that is late at the model's rate becomes a whole
   number of them, where that can be. */
static int64_t latency_of(tb_nn_rate *r, const tb_nn_method *m)
{
    int64_t late = m->latency + r->out.delay * m->numbers[3];
    while (m->numbers[1] == 1 && m->numbers[3] == 1 && late % r->up) {
        r->out.delay++;
        late++;
    }
    return r->in.delay * m->numbers[1] - floor_of(-late * r->down, r->up);
}

tb_status tb_nn_rate_init(tb_nn_rate *r, tb_nn_method *m, int64_t model_rate,
                          int64_t host_rate, tb_error *error)
{
    const tb_port *out = &m->method.output[0];
    const tb_port *in = m->method.heard ? out : &m->method.input[0];
    int64_t samples = tb_nn_samples(m);
    *r = (tb_nn_rate){.in.frames = samples / m->numbers[1],
                      .out.frames = samples / m->numbers[3]};
    tb_status status = tb_polyphase_init(&r->in.filter, host_rate, model_rate,
                                         in->kind != TB_PORT_SOUND, error);
    if (!status)
        status = tb_polyphase_init(&r->out.filter, model_rate, host_rate,
                                   out->kind != TB_PORT_SOUND, error);
    if (status)
        return status;
    r->up = r->in.filter.up;
    r->down = r->in.filter.down;
    place_input(r);
    place_output(r);
    m->latency = latency_of(r, m);
    keep_output(r);
    return TB_OK;
}

void tb_nn_rate_clear(tb_nn_rate *r)
{
    tb_polyphase_clear(&r->in.filter);
    tb_polyphase_clear(&r->out.filter);
}

int64_t tb_nn_rate_played(const tb_nn_rate *r, int64_t blocks)
{
    return blocks * r->up / r->down;
}

int64_t tb_nn_rate_brought(const tb_nn_rate *r, int64_t u)
{
    return -floor_of(-(u + 1) * r->down, r->up) - 1;
}

/* ---- all at once ---- */

static float value_at(const tb_nn_rate_port *p, const float *x, int64_t n,
                      int64_t j)
{
    tb_rate_place at = tb_polyphase_place(
        &p->filter, j * p->filter.down - p->delay * p->filter.up);
    int window = tb_polyphase_window(&p->filter);
    const float *row =
        p->filter.table ? p->filter.table + at.rest * window : NULL;
    double sum = 0;
    for (int k = 0; k < window; k++) {
        int64_t i = at.whole - before(p) + k;
        if (i >= 0 && i < n)
            sum += (double)x[i] * (row ? (double)row[k] : 1);
    }
    return (float)sum;
}

void tb_nn_rate_convert(const tb_nn_rate_port *p, const float *x, int64_t n,
                        float *y, int64_t m)
{
    for (int64_t j = 0; j < m; j++)
        y[j] = value_at(p, x, n, j);
}

/* ---- the program ---- */

/* Slots of one port: what it keeps, its filter, and where in it frame i of a
   block begins to look, in parts of `up`. */
static void write_port(tb_nn_model *nn, tb_made_object *o, const char *which,
                       const tb_nn_rate_port *p, int64_t channels, int64_t add)
{
    tb_arena *arena = tb_made_module_arena(nn->module);
    int64_t window = tb_polyphase_window(&p->filter);
    int64_t *steps = tb_arena_array(arena, (size_t)p->frames, sizeof *steps);
    char slot[32];
    for (int64_t i = 0; steps && i < p->frames; i++)
        steps[i] = i * p->filter.down + add;
    snprintf(slot, sizeof slot, "%s_past", which);
    tb_made_slot_tensor(
        o, slot,
        tb_made_tensor_new(nn->module, TB_REAL,
                           tb_dims(TB_EMITTED_MOST_ROWS, channels, p->kept),
                           NULL),
        TB_SLOT_BUFFER);
    snprintf(slot, sizeof slot, "%s_steps", which);
    tb_made_slot_tensor(
        o, slot,
        tb_made_tensor_shared(nn->module, TB_I64, tb_dims(p->frames), steps),
        TB_SLOT_BUFFER);
    snprintf(slot, sizeof slot, "%s_filter", which);
    if (p->filter.table)
        tb_made_slot_tensor(o, slot,
                            tb_made_tensor_shared(nn->module, TB_REAL,
                                                  tb_dims(p->filter.up, window),
                                                  p->filter.table),
                            TB_SLOT_BUFFER);
}

/* Puts frames behind what is kept. */
static void write_keeping(tb_made_object *o, const char *name,
                          const char *which, const tb_nn_rate_port *p,
                          const char *after)
{
    tb_source_line(tb_made_source(o),
                   "def %s(self: %s,\n"
                   "    x: Tensor) -> Tensor:\n"
                   "  rows = torch.size(x, 0)\n"
                   "  past = torch.slice(self.%s_past, 0, 0, rows, 1)\n"
                   "  all = torch.cat([past, x], 2)\n"
                   "  kept = torch.slice(all, 2, -%lld, %lld, 1)\n"
                   "%s"
                   "  return torch.copy_(past, kept)",
                   name, tb_made_class_name(o), which, (long long)p->kept,
                   (long long)INT64_MAX, after);
}

/* A block of what is kept at the other rate. `sign`: how frames move with where
   it stands. */
static void write_giving(tb_made_object *o, const char *name, const char *which,
                         const tb_nn_rate_port *p, int sign)
{
    tb_source_text *t = tb_made_source(o);
    long long up = p->filter.up;
    tb_source_line(
        t,
        "def %s(self: %s,\n"
        "    rows: int) -> Tensor:\n"
        "  past = torch.slice(self.%s_past, 0, 0, rows, 1)\n"
        "  place = torch.add(self.%s_steps, torch.mul(self.stands, %lld))\n"
        "  first = torch.floor_divide(place, %lld)",
        name, tb_made_class_name(o), which, which,
        (long long)(sign * p->frames), up);
    if (p->filter.table)
        tb_source_line(t,
                       "  rest = torch.remainder(place, %lld)\n"
                       "  windows = torch.unfold(past, 2, %d, 1)\n"
                       "  near = torch.index_select(windows, 2, first)\n"
                       "  taps = torch.index_select(self.%s_filter, 0, rest)\n"
                       "  return torch.sum(torch.mul(near, taps), [3], False)",
                       up, tb_polyphase_window(&p->filter), which);
    else
        tb_source_line(t, "  return torch.index_select(past, 2, first)");
}

static tb_made_object *write_object(tb_nn_model *nn, const tb_nn_method *m,
                                    const tb_nn_rate *r)
{
    char class_name[64], heard[128], played[128];
    const tb_nn_rate_port *in = &r->in, *out = &r->out;
    snprintf(class_name, sizeof class_name, "Rate_%s", m->name);
    tb_made_object *o = tb_made_object_new(nn->module, class_name);
    if (!o)
        return NULL;
    write_port(nn, o, "in", in, m->numbers[0],
               (in->kept - in->delay - before(in)) * r->up);
    write_port(nn, o, "out", out, m->numbers[2],
               (out->kept - out->delay - before(out)) * r->down -
                   out->frames * r->up);
    tb_made_slot_int(o, "count", 0);
    tb_made_slot_tensor(
        o, "stands", tb_made_tensor_new(nn->module, TB_I64, tb_dims(1), NULL),
        TB_SLOT_BUFFER);
    snprintf(heard, sizeof heard,
             "  self.count = torch.add(self.count, %lld)\n"
             "  _s = torch.add_(self.stands, %lld)\n",
             (long long)r->up, (long long)r->up);
    snprintf(played, sizeof played,
             "  self.count = torch.sub(self.count, %lld)\n"
             "  _s = torch.add_(self.stands, -%lld)\n",
             (long long)r->down, (long long)r->down);
    write_keeping(o, "hear", "in", in, heard);
    write_giving(o, "take", "in", in, -1);
    write_keeping(o, "keep", "out", out, played);
    write_giving(o, "tell", "out", out, 1);
    return o;
}

/* For one block of the host's the model plays `most` times, or once less. */
static void write_blocks(tb_source_text *t, const char *name,
                         const tb_nn_rate *r)
{
    int64_t most = (r->up + r->down - 1) / r->down;
    long long n = r->in.frames;
    tb_source_line(t,
                   "  said = annotate(List[Tensor], [])\n"
                   "  for i in range(blocks):\n"
                   "    at = torch.mul(i, %lld)\n"
                   "    block = torch.slice(x, 2, at, torch.add(at, %lld), 1)\n"
                   "    _h = (rate).hear(block, )",
                   n, n);
    for (int64_t i = 0; i < most; i++)
        tb_source_line(t,
                       "    if torch.ge(rate.count, %lld):\n"
                       "      y%lld = (self).%s_inside((rate).take(rows, ), )\n"
                       "      _k%lld = (rate).keep(y%lld, )\n"
                       "    else:\n"
                       "      pass",
                       (long long)r->down, (long long)i, name, (long long)i,
                       (long long)i);
    tb_source_line(t, "    _a = torch.append(said, (rate).tell(rows, ))\n"
                      "  return torch.cat(said, 2)");
}

void tb_nn_write_rate(tb_nn_model *nn, const tb_nn_method *m,
                      const tb_nn_rate *r)
{
    tb_source_text *t = tb_made_source(nn->root);
    char slot[64];
    tb_made_object *o = write_object(nn, m, r);
    snprintf(slot, sizeof slot, "rate_%s", m->name);
    if (o)
        tb_made_slot_object(nn->root, slot, o);
    tb_source_line(t,
                   "def %s%s(self: %s,\n"
                   "    x: Tensor) -> Tensor:\n"
                   "  rate = self.%s\n"
                   "  rows = torch.size(x, 0)\n"
                   "  blocks = torch.floordiv(torch.size(x, 2), %lld)\n"
                   "  if torch.ne(torch.mul(blocks, %lld), torch.size(x, 2)):\n"
                   "    ops.prim.RaiseException(\"Blocks are multiples of %lld "
                   "frames.\")\n"
                   "  else:\n"
                   "    pass",
                   m->name, tb_nn_queued(m) ? "_cycles" : "",
                   tb_made_class_name(nn->root), slot, (long long)r->in.frames,
                   (long long)r->in.frames, (long long)r->in.frames);
    write_blocks(t, m->name, r);
}
