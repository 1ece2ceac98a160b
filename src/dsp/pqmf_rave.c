#include "dsp/pqmf_rave.h"

#include "engine/ops/shape.h"

/* Padded filters have their middle at half of their length less one. What is
   causal hears all of that before a frame, and answers within one more of
   it. */
tb_pqmf_lateness tb_pqmf_rave_lateness(const tb_pqmf *bank, bool causal)
{
    int64_t half = 1;
    while (2 * half < bank->taps)
        half *= 2;
    int64_t more = causal ? half - bank->taps / 2 : 0;
    return (tb_pqmf_lateness){more + 1, more + bank->bands - 1};
}

static int64_t whole(int64_t n, int64_t each)
{
    return (n + each - 1) / each * each;
}

/* Frames at the end hear what is put off beyond it, too. */
tb_value *tb_pqmf_rave_analyse(tb_value *x, const tb_pqmf *bank, bool causal)
{
    int64_t late = tb_pqmf_rave_lateness(bank, causal).analysis;
    int64_t more = whole(late, bank->bands);
    x = tb_pqmf_analyse(tb_pad(x, 2, late, more - late), bank, causal);
    return tb_pad(x, 2, 0, -more / bank->bands);
}

/* What filters say before the first frame is heard late: an even number of
   empty frames before it lets bands stay upright. */
tb_value *tb_pqmf_rave_synthesise(tb_value *x, const tb_pqmf *bank, bool causal)
{
    int64_t late = tb_pqmf_rave_lateness(bank, causal).synthesis;
    int64_t more = whole(late, 2 * bank->bands);
    x = tb_pqmf_synthesise(tb_pad(x, 2, more / bank->bands, 0), bank, causal);
    return tb_pad(x, 2, late - more, -late);
}
