#include "engine/plan.h"
#include "export/playing.h"

int64_t tb_playing_place(const tb_port *p, const tb_tensor *t, int64_t row,
                         int64_t ch, int64_t j)
{
    int64_t o = row * t->stride[0];
    if (p->channels == 0)
        return o + j * t->stride[1];
    int at = p->levels ? 2 : 1;
    return o + ch * t->stride[at] + j * t->stride[3 - at];
}

void tb_playing_put(const tb_playing *p, const tb_port *port,
                    const tb_tensor *t, int64_t from, int64_t n)
{
    int64_t channels = p->as->numbers[0];
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t ch = 0; ch < channels - (p->method.heard != NULL); ch++)
            for (int64_t j = 0; j < n; j++) {
                float x =
                    p->in[(row * channels + ch) * p->in_frames + from + j];
                int64_t o = tb_playing_place(port, t, row, ch, j);
                if (t->type == TB_I64)
                    ((int64_t *)t->data)[o] = (int64_t)x;
                else
                    ((float *)t->data)[o] = x;
            }
}

void tb_playing_get(const tb_playing *p, const tb_tensor *t, float *to,
                    int64_t at)
{
    const tb_port *port = &p->method.output[0];
    int64_t channels = p->as->numbers[2], n = t->dim[t->time];
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t ch = 0; ch < channels; ch++)
            for (int64_t j = 0; j < n && at + j < p->out_frames; j++) {
                int64_t o = tb_playing_place(port, t, row, ch, j);
                to[(row * channels + ch) * p->out_frames + at + j] =
                    t->type == TB_I64 ? (float)((const int64_t *)t->data)[o]
                                      : ((const float *)t->data)[o];
            }
}

/* Half way up from where it stands, but no further than 0.7: chance in latents
   is heard, too. */
double tb_playing_turned(const tb_control *c)
{
    double way = 0.5 * (c->high - c->standard);
    return c->type == TB_CONTROL_REAL && c->standard == c->low
               ? c->standard + (way < 0.7 ? way : 0.7)
               : c->standard;
}

void tb_playing_turn(const tb_tensor *t, double x)
{
    int64_t index[TB_RANK] = {0};
    if (!t || tb_is_empty(t))
        return;
    do {
        int64_t o = tb_offset_of(t, index);
        if (t->type == TB_I64)
            ((int64_t *)t->data)[o] = (int64_t)x;
        else
            ((float *)t->data)[o] = (float)x;
    } while (tb_next_index(t, index));
}

tb_status tb_play_whole(tb_playing *p, tb_error *error)
{
    const tb_method *m = &p->method;
    const tb_output out = {m->output[0].value, NULL};
    tb_plan_settings how = {.params = p->nn->checkpoint->params,
                            .frames = p->base};
    tb_plan *plan = tb_plan_new(m->graph, 1, &out, &how, error);
    if (!plan)
        return error->status;
    tb_playing_put(p, &m->input[0], tb_plan_tensor(plan, m->input[0].value), 0,
                   p->in_frames);
    for (int i = 0; i < m->control_count; i++)
        tb_playing_turn(tb_plan_tensor(plan, m->control_value[i]),
                        tb_playing_turned(m->control[i]));
    tb_plan_run(plan, 0, NULL);
    tb_playing_get(p, tb_plan_tensor(plan, m->output[0].value), p->whole, 0);
    tb_plan_free(plan);
    return TB_OK;
}
