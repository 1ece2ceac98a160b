/* The attribute `prompt` of what makes sound by itself: an array of sound,
   which it hears at once and goes on from. */
#include "export/nn_queue.h"

#include <math.h>

/* Of an array the end is heard: so many seconds, and no more symbols than
   PyTorch hears while somebody waits. */
enum { MOST_SECONDS = 10, MOST_SYMBOLS = 16384 };

/* nn~ gives an array by the name of the attribute's argument, and calls that.
 */
static const char buffers[] =
    "def get_prompt(self: __torch__.Model) -> Tuple[str]:\n"
    "  return (\"prompt#0\",)\n"
    "def get_buffer_attributes(self: __torch__.Model) -> List[str]:\n"
    "  return [\"prompt#0\"]\n"
    "def clear_buffer_attribute(self: __torch__.Model,\n"
    "    name: str) -> int:\n"
    "  self.prompt_sound = torch.zeros([1, 0], dtype=6, layout=None, "
    "device=ops.prim.device(self.prompt_sound))\n"
    "  return 0\n"
    "def set_buffer_attribute(self: __torch__.Model,\n"
    "    name: str,\n"
    "    x: Tensor,\n"
    "    sr: int) -> int:\n"
    "  self.prompt_sound = torch.clone(x)\n"
    "  self.prompt_rate = sr\n"
    "  return 0\n";

/* At the rate of the network, by its spectrum; [channels, frames]. */
static const char at_rate[] =
    "def prompt_at(self: __torch__.Model,\n"
    "    own: int) -> Tensor:\n"
    "  x = self.prompt_sound\n"
    "  n = torch.size(x, 1)\n"
    "  if torch.gt(self.prompt_rate, 0):\n"
    "    rate = self.prompt_rate\n"
    "  else:\n"
    "    rate = own\n"
    "  m = torch.floordiv(torch.mul(n, own), rate)\n"
    "  if torch.eq(m, n):\n"
    "    y = x\n"
    "  else:\n"
    "    if torch.eq(m, 0):\n"
    "      y = torch.slice(x, 1, 0, 0, 1)\n"
    "    else:\n"
    "      y0 = torch.fft_irfft(torch.fft_rfft(x), m)\n"
    "      y = torch.mul(y0, torch.div(float(m), float(n)))\n"
    "  return y\n";

static const tb_nn_method *improvising(const tb_nn_model *nn)
{
    for (int i = 0; i < nn->method_count; i++)
        if (nn->methods[i].method.heard)
            return &nn->methods[i];
    return NULL;
}

/* In all rows that there may be, in whole cycles up to its end. */
static void write_setter(tb_nn_model *nn, const tb_nn_method *m)
{
    tb_source_text *t = tb_made_source(nn->root);
    const tb_checkpoint *c = nn->checkpoint;
    double rate = c->instrument->format(c->config).sample_rate;
    long long cycle = tb_nn_samples(m);
    long long symbols = (long long)MOST_SYMBOLS * m->method.output[1].per;
    long long most = llround(MOST_SECONDS * rate);
    long long channels = m->numbers[0] - 1;
    tb_source_line(t,
                   "def set_prompt(self: __torch__.Model,\n"
                   "    name: str) -> int:\n"
                   "  x = torch.slice((self).prompt_at(%lld, ), 1, -%lld, "
                   "9223372036854775807, 1)\n"
                   "  n = torch.size(x, 1)\n"
                   "  k = torch.mul(torch.floordiv(n, %lld), %lld)\n"
                   "  if torch.gt(k, 0):\n"
                   "    end = torch.slice(x, 1, torch.sub(n, k), n, 1)\n"
                   "    if torch.ge(torch.size(x, 0), %lld):\n"
                   "      z = torch.slice(end, 0, 0, %lld, 1)\n"
                   "    else:\n"
                   "      z = torch.expand(torch.slice(end, 0, 0, 1, 1), "
                   "[%lld, k])\n"
                   "    listen = torch.ones_like(torch.slice(z, 0, 0, 1, 1))\n"
                   "    both = torch.unsqueeze(torch.cat([z, listen], 0), 0)\n"
                   "    _y = (self).%s(torch.expand(both, [%d, %lld, k]), )",
                   llround(rate), symbols < most ? symbols : most, cycle, cycle,
                   channels, channels, channels, tb_nn_inner_name(nn, m),
                   TB_EMITTED_MOST_ROWS, channels + 1);
    tb_nn_write_forgetting(nn, m);
    tb_source_line(t, "  else:\n"
                      "    pass\n"
                      "  return 0");
}

bool tb_nn_write_prompt(tb_nn_model *nn)
{
    static const int64_t array = 5; /* as nn~ numbers types */
    const tb_nn_method *m = improvising(nn);
    if (!m)
        return false;
    tb_made_slot_ints(nn->root, "prompt_params", 1, &array);
    tb_made_slot_int(nn->root, "prompt_rate", 0);
    tb_made_slot_tensor(
        nn->root, "prompt_sound",
        tb_made_tensor_new(nn->module, TB_REAL, tb_dims(1, 0), NULL),
        TB_SLOT_BUFFER);
    tb_source_line(tb_made_source(nn->root), "%s%s", buffers, at_rate);
    write_setter(nn, m);
    return true;
}
