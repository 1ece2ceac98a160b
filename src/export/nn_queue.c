#include "export/nn_queue.h"

#include <stdio.h>

int64_t tb_nn_queued(const tb_nn_method *m)
{
    int64_t n = m->method.heard ? tb_nn_samples(m) / m->numbers[3] : 0;
    return n > 1 ? n : 0;
}

static void write_slots(tb_nn_model *nn, const tb_nn_method *m)
{
    static const char *const which[] = {"heard", "said"};
    char slot[64], class_name[64];
    int64_t n = tb_nn_queued(m);
    snprintf(slot, sizeof slot, "queue_%s", m->name);
    snprintf(class_name, sizeof class_name, "Queue_%s", m->name);
    tb_made_object *o = tb_made_object_new(nn->module, class_name);
    if (!o)
        return;
    for (int i = 0; i < 2; i++)
        tb_made_slot_tensor(o, which[i],
                            tb_made_tensor_new(nn->module, TB_REAL,
                                               tb_dims(TB_EMITTED_MOST_ROWS,
                                                       m->numbers[2 * i], n),
                                               NULL),
                            TB_SLOT_BUFFER);
    tb_made_slot_int(o, "left", 0);
    tb_made_slot_object(nn->root, slot, o);
}

/* `all`: what was heard since the beginning of the cycle before; `room`: what
   is left, and then what is asked for. All parts are as long as the call
   decides, wherever they lie: so readers that plan need few plans. */
void tb_nn_write_queue(tb_nn_model *nn, const tb_nn_method *m)
{
    tb_source_text *t = tb_made_source(nn->root);
    long long n = tb_nn_queued(m);
    write_slots(nn, m);
    tb_source_line(t,
                   "def %s(self: %s,\n"
                   "    x: Tensor) -> Tensor:\n"
                   "  queue = self.queue_%s\n"
                   "  rows = torch.size(x, 0)\n"
                   "  frames = torch.size(x, 2)\n"
                   "  heard = torch.slice(queue.heard, 0, 0, rows, 1)\n"
                   "  said = torch.slice(queue.said, 0, 0, rows, 1)\n"
                   "  all = torch.cat([heard, x], 2)\n"
                   "  silence = torch.zeros_like(torch.select(x, 1, 0))\n"
                   "  more = torch.expand(torch.unsqueeze(silence, 1), "
                   "[-1, %lld, -1])\n"
                   "  room = torch.cat([said, more], 2)",
                   m->name, tb_made_class_name(nn->root), m->name,
                   (long long)m->numbers[2]);
    tb_source_line(t,
                   "  left = queue.left\n"
                   "  asked = torch.sub(frames, left)\n"
                   "  cycles = torch.floordiv(torch.add(asked, %lld), %lld)\n"
                   "  if torch.gt(cycles, 0):\n"
                   "    new = torch.mul(cycles, %lld)\n"
                   "    y = (self).%s_cycles(torch.narrow(all, 2, left, new), "
                   ")\n"
                   "    _y = torch.copy_(torch.narrow(room, 2, left, new), y)\n"
                   "  else:\n"
                   "    pass",
                   n - 1, n, n, m->name);
    tb_source_line(t,
                   "  queue.left = torch.sub(torch.mul(cycles, %lld), asked)\n"
                   "  _h = torch.copy_(heard, torch.narrow(all, 2, frames, "
                   "%lld))\n"
                   "  _s = torch.copy_(said, torch.narrow(room, 2, frames, "
                   "%lld))\n"
                   "  return torch.narrow(room, 2, 0, frames)",
                   n, n, n);
}

void tb_nn_write_forgetting(tb_nn_model *nn, const tb_nn_method *m)
{
    if (tb_nn_queued(m))
        tb_source_line(tb_made_source(nn->root),
                       "    queue = self.queue_%s\n"
                       "    queue.left = 0\n"
                       "    _z = torch.zero_(queue.heard)",
                       m->name);
}
