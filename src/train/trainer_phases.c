/* Which phase a training is in, whose turn it is, and the numbers that change
   with both. */
#include "engine/frames.h"
#include "train/trainer_state.h"

#include <math.h>

/* ---- phases ---- */

void tb_trainer_begin_phase(tb_trainer *t, int phase)
{
    while (t->phase < phase && t->phase + 1 < t->learn.phase_count)
        t->began[++t->phase] = t->steps;
}

void tb_trainer_follow_phases(tb_trainer *t)
{
    const tb_learning *l = &t->learn;
    while (t->phase + 1 < l->phase_count && l->phase[t->phase + 1].from > 0 &&
           t->steps >= l->phase[t->phase + 1].from)
        tb_trainer_begin_phase(t, t->phase + 1);
}

/* ---- turns ---- */

static int64_t every(const tb_phase_turn *turn)
{
    return turn->every > 0 ? turn->every : 1;
}

unsigned tb_trainer_turns(const tb_trainer *t)
{
    const tb_learning_phase *p = &t->learn.phase[t->phase];
    int64_t step = t->steps - t->began[t->phase];
    unsigned mask = 0;
    for (int i = 0; i < p->turn_count; i++)
        if (step % every(&p->turn[i]) == p->turn[i].offset)
            mask |= 1u << p->turn[i].objective;
    return mask;
}

unsigned tb_phase_objectives(const tb_learning_phase *p)
{
    unsigned mask = 0;
    for (int i = 0; i < p->turn_count; i++)
        mask |= 1u << p->turn[i].objective;
    return mask;
}

bool tb_turns_meet(const tb_phase_turn *a, const tb_phase_turn *b)
{
    return (a->offset - b->offset) % tb_gcd(every(a), every(b)) == 0;
}

bool tb_turn_follows(const tb_phase_turn *a, const tb_phase_turn *b)
{
    return every(a) % every(b) == 0 && a->offset % every(b) == b->offset;
}

/* ---- numbers ---- */

double tb_trainer_number(const tb_trainer *t, const tb_scheduled *n)
{
    int64_t step = t->steps - n->start;
    if (n->phase >= 0)
        step = t->phase < n->phase ? -1 : step - t->began[n->phase];
    double share = n->steps > 0 ? (double)step / (double)n->steps : step >= 0;
    share = share > 0 ? share < 1 ? share : 1 : 0;
    return n->shape == TB_RAMP_GEOMETRIC ? n->from * pow(n->to / n->from, share)
                                         : n->from + share * (n->to - n->from);
}

/* ---- what is known ---- */

int tb_trainer_phase(const tb_trainer *t)
{
    return t->phase;
}

int64_t tb_trainer_phase_began(const tb_trainer *t)
{
    return t->began[t->phase];
}
