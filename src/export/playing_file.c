#include "base/memory.h"
#include "base/setting_value.h"
#include "export/playing.h"
#include "torchscript/script_model.h"

static tb_status turn_file(const tb_playing *p, tb_script_model *ts,
                           tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; !status && i < p->method.control_count; i++) {
        const tb_control *c = p->method.control[i];
        char text[32];
        const char *texts[] = {text};
        if (c->type != TB_CONTROL_REAL)
            continue;
        tb_number_digits(tb_playing_turned(c), 9, text);
        status = tb_script_model_set(ts, c->name, 1, texts, error);
    }
    return status;
}

static tb_status switch_file(const tb_playing *p, tb_script_model *ts,
                             int64_t b, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; !status && i < p->method.control_count; i++) {
        const char *texts[] = {tb_playing_is_on(p, i, b) ? "true" : "false"};
        if (tb_playing_is_switch(p->method.control[i]))
            status = tb_script_model_set(ts, p->method.control[i]->name, 1,
                                         texts, error);
    }
    return status;
}

static tb_status run_file(tb_playing *p, tb_script_model *ts,
                          tb_script_stream *s, tb_error *error)
{
    const int64_t *n = p->as->numbers;
    int ins = p->rows * (int)n[0], outs = p->rows * (int)n[2];
    const float **in = tb_alloc_array((size_t)ins, sizeof *in);
    float **out = tb_alloc_array((size_t)outs, sizeof *out);
    tb_status status = in && out ? TB_OK : tb_fail_memory(error);
    int64_t ins_block = p->call, outs_block = p->call * n[1] / n[3];
    for (int64_t b = 0; !status && b < p->told_frames / ins_block; b++) {
        for (int i = 0; i < ins; i++)
            in[i] = p->told + i * p->told_frames + b * ins_block;
        for (int i = 0; i < outs; i++)
            out[i] = p->file + i * p->heard_frames + b * outs_block;
        if (b % tb_playing_switched(p) == 0)
            status = switch_file(p, ts, b, error);
        if (!status)
            status = tb_script_stream_play(s, in, out, error);
    }
    tb_free(in);
    tb_free(out);
    return status;
}

tb_status tb_play_file(tb_playing *p, const char *path, tb_error *error)
{
    tb_script_model *ts = tb_script_model_open(path, NULL, error);
    if (!ts)
        return error->status;
    const tb_script_method *m = tb_script_model_method(ts, p->as->name, error);
    tb_status status = m ? turn_file(p, ts, error) : error->status;
    int64_t samples = p->call * p->as->numbers[1];
    tb_script_stream *s =
        status ? NULL : tb_script_stream_new(ts, m, p->rows, samples, error);
    if (!status)
        status = s ? run_file(p, ts, s, error) : error->status;
    tb_script_stream_free(s);
    tb_script_model_close(ts);
    return status;
}
