#include "torchscript/emit_program.h"

#include "engine/ops.h"
#include "engine/source.h"
#include "torchscript/emit_time.h"

/* ---- the beginning ---- */

/* Where frames before the first are told apart. */
static bool begins(const tb_emitter *e)
{
    for (int i = 0; i < tb_graph_values(e->source->graph); i++)
        if (e->values[i].begins || e->values[i].goes_on)
            return true;
    return false;
}

/* Quanta until all frames are real. */
static int64_t starting(const tb_emitter *e)
{
    int64_t most = 0;
    for (int i = 0; i < tb_graph_values(e->source->graph); i++) {
        const tb_emitted_value *v = &e->values[i];
        bool counts = v->begins || v->goes_on;
        int64_t n = counts ? (v->late + v->per - 1) / v->per : 0;
        most = n > most ? n : most;
    }
    return most;
}

int64_t tb_emit_lateness(const tb_emitter *e)
{
    const tb_emitted_value *y = &e->values[e->source->output->id];
    return y->late - e->warm / e->quantum * y->per;
}

/* Which frames are real, and frames of which those before the first one become
   zero. */
static void write_begun(tb_emitter *e)
{
    const char *name = tb_made_class_name(e->object);
    tb_emit_line(
        e,
        "def real(self: %s,\n"
        "    frames: int,\n"
        "    per: int,\n"
        "    late: int) -> Tensor:\n"
        "  place = torch.arange(frames, dtype=4, layout=None, "
        "device=ops.prim.device(self.clock))\n"
        "  frame = torch.add(place, torch.sub(torch.mul(self.clock, per), "
        "late))\n"
        "  return torch.ge(frame, 0)",
        name);
    tb_emit_line(e,
                 "def begun(self: %s,\n"
                 "    x: Tensor,\n"
                 "    frames: int,\n"
                 "    per: int,\n"
                 "    late: int,\n"
                 "    shape: List[int]) -> Tensor:\n"
                 "  real = torch.reshape((self).real(frames, per, late, ), "
                 "shape)\n"
                 "  return torch.where(real, x, torch.zeros_like(x))",
                 name);
}

/* How many quanta are left until all frames are real is a number that ends at 0
   or below: no part of the sound, and it stands still from then on, so that
   hosts which plan beforehand know what comes. */
static void write_starting(tb_emitter *e)
{
    if (!begins(e))
        return;
    if (!tb_made_has_slot(e->object, "left"))
        tb_made_slot_int(e->object, "left", starting(e));
    tb_emit_line(e, "starting = torch.gt(self.left, 0)");
}

/* The clock goes on by so many quanta. */
static void write_clock(tb_emitter *e, const char *quanta)
{
    if (begins(e))
        tb_emit_line(e,
                     "if starting:\n"
                     "  self.left = torch.sub(self.left, %s)\n"
                     "else:\n"
                     "  pass",
                     quanta);
    tb_emit_let(e, "torch.add_(self.clock, %s)", quanta);
}

/* ---- what has no frames ---- */

/* Changes as states do, and is computed when somebody reads it. */
static bool is_moved(const tb_emitter *e, const tb_node *n)
{
    bool moved = false;
    if (n->op->time == TB_TIME_SCAN || tb_emit_timed(n))
        return false;
    for (int i = 0; i < n->n_in; i++) {
        const tb_value *v = n->in[i];
        if (v->time >= 0)
            return false;
        moved |= v->node->op == &tb_op_state || e->values[v->id].moves ||
                 v->node->op->time == TB_TIME_SCAN;
    }
    return moved;
}

static void find_moved(tb_emitter *e)
{
    const tb_node *n = tb_graph_first(e->source->graph);
    for (; n; n = n->next)
        for (int i = 0; tb_emit_is_run(e, n) && i < n->n_out; i++)
            e->values[n->out[i]->id].moves = is_moved(e, n);
}

/* The node that makes frames, of which a value without frames is the last
   word; null: it is of no frame. */
static const tb_node *scan_of(const tb_value *v)
{
    const tb_node *n = v->node, *found = NULL;
    if (n->op->time == TB_TIME_SCAN)
        return n;
    for (int i = 0; v->time < 0 && !found && i < n->n_in; i++)
        found = n->in[i]->time < 0 ? scan_of(n->in[i]) : NULL;
    return found;
}

/* A state stays as it is until there is a real frame. */
static const char *next_of(tb_emitter *e, const tb_node *n)
{
    const tb_value *next = TB_ATTR(tb_state_attr, n)->next;
    const tb_node *scan = next ? scan_of(next) : NULL;
    if (!next || !scan) {
        tb_emit_refuse(e, n, "a state without frames");
        return "";
    }
    if (e->step && e->values[tb_emit_timed(scan)->id].count == 0)
        return NULL;
    return tb_emit_let(e, "torch.where(torch.any(%s), %s, %s)",
                       tb_emit_real_frames(e, scan), tb_emit_value(e, next),
                       e->values[n->out[0]->id].name);
}

/* All are read before any is written. */
static void write_states(tb_emitter *e)
{
    const tb_node *first = tb_graph_first(e->source->graph);
    for (const tb_node *n = first; n; n = n->next)
        if (e->needed[n->id] && n->op == &tb_op_state)
            e->values[n->out[0]->id].past = next_of(e, n);
    for (const tb_node *n = first; n; n = n->next) {
        const tb_emitted_value *x =
            n->op == &tb_op_state ? &e->values[n->out[0]->id] : NULL;
        if (x && e->needed[n->id] && x->past)
            tb_emit_let(e, "torch.copy_(%s, %s)", x->name, x->past);
    }
}

/* ---- nodes ---- */

/* Of what a cycle was given of a value, the frames of the step. */
static const char *part_of_cycle(tb_emitter *e, const tb_value *v,
                                 const char *name)
{
    const tb_emitted_value *x = &e->values[v->id];
    int64_t at = x->first - tb_emit_first_of(e, v);
    return tb_emit_let(e, "torch.slice(%s, %d, %lld, %lld, 1)", name, v->time,
                       (long long)at, (long long)(at + x->count));
}

/* A control is one number for all rows, or one for each. */
static void write_input(tb_emitter *e, const tb_node *n)
{
    const tb_stream_source *s = e->source;
    for (int i = 0; i < s->control_count; i++)
        if (s->controls[i] == n->out[0]) {
            tb_emit_give(e, n,
                         tb_emit_text(e, "torch.expand(%s, %s)",
                                      s->control_names[i],
                                      tb_emit_dims(e, n->out[0])));
            return;
        }
    if (s->input == n->out[0])
        tb_emit_give(e, n, "x");
    else if (s->prime == n->out[0])
        tb_emit_give(e, n, part_of_cycle(e, n->out[0], "sound"));
    else if (s->primed == n->out[0])
        tb_emit_give(e, n, part_of_cycle(e, n->out[0], "told_sound"));
    else
        tb_emit_refuse(e, n, "a second signal");
}

/* Symbols that come from outside where the gate is open, else the own ones. */
static void write_feedback(tb_emitter *e, const tb_node *n)
{
    const tb_value *v = n->out[0];
    const tb_value *source = TB_ATTR(tb_feedback_attr, n)->source;
    const tb_emitted_value *x = &e->values[v->id];
    long long at = x->first - tb_emit_first_of(e, v), end = at + x->count;
    const char *own =
        tb_emit_frames_of(e, source, x->first, x->first + x->count - 1);
    const char *told = part_of_cycle(e, v, "x");
    const char *gate =
        tb_emit_let(e, "torch.slice(gate, 1, %lld, %lld, 1)", at, end);
    if (v->rank == 3)
        gate = tb_emit_let(e, "torch.unsqueeze(%s, %d)", gate,
                           v->time == 1 ? 2 : 1);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.where(%s, %s, %s)", gate, told, own));
}

static void write_node(tb_emitter *e, const tb_node *n)
{
    tb_emit_op emit = tb_emit_op_of(n->op);
    if (n->op == &tb_op_input)
        write_input(e, n);
    else if (n->op == &tb_op_feedback)
        write_feedback(e, n);
    else if (emit)
        emit(e, n);
    else
        tb_emit_refuse(e, n, "this operation");
}

static bool is_moving(const tb_emitter *e, const tb_node *n)
{
    return n->n_out > 0 && e->values[n->out[0]->id].moves;
}

/* ---- a stream ---- */

static void write_arguments(tb_emitter *e, const char *name)
{
    const tb_stream_source *s = e->source;
    tb_emit_line(e, "def %s(self: %s,\n    x: Tensor,", name,
                 tb_made_class_name(e->object));
    if (e->step)
        tb_emit_line(e, "    gate: Tensor,");
    if (s->prime)
        tb_emit_line(e, "    sound: Tensor,");
    for (int i = 0; i < s->control_count; i++)
        tb_emit_line(e, "    %s: Tensor,", s->control_names[i]);
}

static void end_arguments(tb_emitter *e)
{
    tb_emit_line(e, "    seed: Tensor) -> Tensor:");
}

static void write_checks(tb_emitter *e, int64_t per)
{
    tb_emit_line(e,
                 "rows = torch.size(x, 0)\n"
                 "if torch.gt(rows, %d):\n"
                 "  ops.prim.RaiseException(\"It plays up to %d voices.\")\n"
                 "else:\n"
                 "  pass",
                 TB_EMITTED_MOST_ROWS, TB_EMITTED_MOST_ROWS);
    tb_emit_line(e,
                 "frames = torch.size(x, %d)\n"
                 "blocks = torch.floordiv(frames, %lld)\n"
                 "if torch.ne(torch.mul(blocks, %lld), frames):\n"
                 "  ops.prim.RaiseException(\"Blocks are multiples of %lld "
                 "frames.\")\n"
                 "else:\n"
                 "  pass",
                 e->source->input->time, (long long)per, (long long)per,
                 (long long)per);
}

/* One name for each number of frames that a call has of something. */
static void write_frames(tb_emitter *e)
{
    int n = tb_graph_values(e->source->graph);
    for (int i = 0; i < n; i++) {
        int64_t per = e->values[i].per;
        bool is_new = per > 0;
        for (int k = 0; is_new && k < i; k++)
            is_new = e->values[k].per != per;
        if (is_new)
            tb_emit_line(e, "f%lld = torch.mul(blocks, %lld)", (long long)per,
                         (long long)per);
    }
}

static void write_stream(tb_emitter *e)
{
    const tb_node *n = tb_graph_first(e->source->graph);
    write_arguments(e, "run");
    end_arguments(e);
    e->text->depth++;
    write_checks(e, e->quantum);
    write_frames(e);
    write_starting(e);
    for (e->stamp++; n && !e->status; n = n->next)
        if (tb_emit_is_run(e, n) && !is_moving(e, n))
            write_node(e, n);
    e->stamp++;
    write_states(e);
    write_clock(e, "blocks");
    tb_emit_line(e, "return %s", e->values[e->source->output->id].name);
    e->text->depth--;
}

/* ---- a loop ---- */

/* What stands still within a cycle, and what it begins with. */
static void open_cycle(tb_emitter *e)
{
    const tb_node *n = tb_graph_first(e->source->graph);
    for (; n && !e->status; n = n->next) {
        if (!tb_emit_is_run(e, n))
            continue;
        for (int i = 0; i < n->n_out; i++)
            if (n->out[i]->time >= 0)
                tb_emit_open_cycle(e, n->out[i]);
        if (!tb_emit_timed(n) && !is_moving(e, n))
            write_node(e, n);
    }
}

static void close_cycle(tb_emitter *e)
{
    const tb_node *n = tb_graph_first(e->source->graph);
    for (; n && !e->status; n = n->next)
        for (int i = 0; tb_emit_is_run(e, n) && i < n->n_out; i++)
            if (n->out[i]->time >= 0)
                tb_emit_close_cycle(e, n->out[i]);
    write_clock(e, "1");
}

/* A step; the list of what the output got so far. */
static const char *write_step(tb_emitter *e, int64_t c, const char *said)
{
    const tb_value *y = e->source->output;
    const tb_node *n = tb_graph_first(e->source->graph);
    for (e->stamp++; n && !e->status; n = n->next) {
        if (!tb_emit_is_run(e, n) || !tb_emit_timed(n) || !tb_emit_due(e, n, c))
            continue;
        write_node(e, n);
        if (n == y->node)
            said = tb_emit_text(e, "%s%s%s", said, *said ? ", " : "",
                                e->values[y->id].name);
    }
    e->stamp++;
    write_states(e);
    return said;
}

/* A call of a function of the loop: its arguments are called as those of the
   caller but for x, gate and sound. */
static const char *begin_call(tb_emitter *e, const char *function,
                              const char *x, const char *gate,
                              const char *sound)
{
    const tb_stream_source *s = e->source;
    const char *call = tb_emit_text(e, "(self).%s(%s, %s, ", function, x, gate);
    if (s->prime)
        call = tb_emit_text(e, "%s%s, ", call, sound);
    for (int i = 0; i < s->control_count; i++)
        call = tb_emit_text(e, "%s%s, ", call, s->control_names[i]);
    return call;
}

/* Nodes that draw for frames get the numbers of all frames of a cycle, which
   are drawn for many cycles at once: it takes no longer. */
static bool draws_ahead(const tb_emitter *e, const tb_node *n)
{
    bool draws = n->op == &tb_op_sample || n->op == &tb_op_noise;
    return draws && tb_emit_is_run(e, n) && tb_emit_timed(n);
}

/* What the gate says about the sound of the cycle, once for all steps. */
static void write_told_sound(tb_emitter *e)
{
    const tb_emitted_value *heard = &e->values[e->source->input->id];
    if (e->source->primed)
        tb_emit_line(e,
                     "told_sound = torch.unsqueeze(torch.repeat_interleave("
                     "torch.to(torch.slice(gate, 0, 0, 1, 1), 6), %lld, 1), "
                     "1)",
                     (long long)(e->quantum / heard->per));
}

static void write_cycle(tb_emitter *e)
{
    const char *said = "";
    const tb_node *n = tb_graph_first(e->source->graph);
    write_arguments(e, "cycle");
    for (; n; n = n->next)
        if (draws_ahead(e, n))
            tb_emit_line(e, "    drawn_%d: Tensor,", n->id);
    end_arguments(e);
    e->text->depth++;
    tb_emit_line(e, "rows = torch.size(x, 0)");
    write_told_sound(e);
    write_starting(e);
    open_cycle(e);
    for (int64_t c = 0; c < e->quantum && !e->status; c += e->step)
        said = write_step(e, c, said);
    close_cycle(e);
    tb_emit_line(e, "return torch.cat([%s], %d)", said,
                 e->source->output->time);
    e->text->depth--;
}

/* Cycle i of those that `cycles` was asked for. */
static const char *write_cycle_call(tb_emitter *e)
{
    const tb_value *heard = e->source->input;
    long long per = e->values[heard->id].per;
    tb_emit_line(e,
                 "at = torch.mul(i, %lld)\n"
                 "to = torch.add(at, %lld)\n"
                 "told = torch.slice(x, %d, at, to, 1)\n"
                 "open = torch.slice(gate, 1, at, to, 1)",
                 per, per, heard->time);
    if (e->source->prime)
        tb_emit_line(e,
                     "part = torch.slice(sound, 2, torch.mul(i, %lld), "
                     "torch.mul(torch.add(i, 1), %lld), 1)",
                     (long long)e->quantum, (long long)e->quantum);
    const char *call = begin_call(e, "cycle", "told", "open", "part");
    const tb_node *n = tb_graph_first(e->source->graph);
    for (; n; n = n->next) {
        if (!draws_ahead(e, n))
            continue;
        long long each = e->values[tb_emit_timed(n)->id].per;
        call = tb_emit_text(
            e, "%s%s, ", call,
            tb_emit_let(e,
                        "torch.slice(drawn_%d, 1, torch.mul(i, %lld), "
                        "torch.mul(torch.add(i, 1), %lld), 1)",
                        n->id, each, each));
    }
    return tb_emit_text(e, "%sseed, )", call);
}

static void write_cycles(tb_emitter *e)
{
    const tb_value *heard = e->source->input;
    const tb_node *n = tb_graph_first(e->source->graph);
    write_arguments(e, "cycles");
    end_arguments(e);
    e->text->depth++;
    tb_emit_line(e,
                 "rows = torch.size(x, 0)\n"
                 "blocks = torch.floordiv(torch.size(x, %d), %lld)",
                 heard->time, (long long)e->values[heard->id].per);
    for (; n; n = n->next)
        if (draws_ahead(e, n))
            tb_emit_line(e, "drawn_%d = %s", n->id,
                         tb_emit_drawn_ahead(e, n, "blocks"));
    tb_emit_line(e, "said = annotate(List[Tensor], [])\n"
                    "for i in range(blocks):");
    e->text->depth++;
    tb_emit_line(e, "_y = torch.append(said, %s)", write_cycle_call(e));
    e->text->depth--;
    tb_emit_line(e, "return torch.cat(said, %d)", e->source->output->time);
    e->text->depth--;
}

/* The cycles of the warm-up hear nothing from outside and are not heard. */
static void write_warm_up(tb_emitter *e)
{
    const tb_value *heard = e->source->input;
    long long cycles = e->warm / e->quantum;
    long long n = cycles * e->values[heard->id].per;
    const char *call = begin_call(e, "cycles", "none", "shut", "silence");
    tb_made_slot_bool(e->object, "cold", true);
    tb_emit_line(e,
                 "if self.cold:\n"
                 "  self.cold = False\n"
                 "  first = torch.slice(x, %d, 0, 1, 1)\n"
                 "  none = torch.zeros_like(torch.repeat_interleave(first, "
                 "%lld, %d))\n"
                 "  shut = torch.zeros_like(torch.repeat_interleave("
                 "torch.slice(gate, 1, 0, 1, 1), %lld, 1))",
                 heard->time, n, heard->time, n);
    if (e->source->prime)
        tb_emit_line(e,
                     "  silence = torch.zeros_like(torch.repeat_interleave("
                     "torch.slice(sound, 2, 0, 1, 1), %lld, 2))",
                     (long long)e->warm);
    tb_emit_line(e,
                 "  _v = %sseed, )\n"
                 "else:\n"
                 "  pass",
                 call);
}

static void write_loop(tb_emitter *e)
{
    write_cycle(e);
    write_cycles(e);
    write_arguments(e, "run");
    end_arguments(e);
    e->text->depth++;
    write_checks(e, e->values[e->source->input->id].per);
    if (e->warm > 0)
        write_warm_up(e);
    tb_emit_line(e, "return %sseed, )",
                 begin_call(e, "cycles", "x", "gate", "sound"));
    e->text->depth--;
}

void tb_emit_program(tb_emitter *e)
{
    find_moved(e);
    if (begins(e))
        write_begun(e);
    if (e->step)
        write_loop(e);
    else
        write_stream(e);
}
