#include "torchscript/script_model.h"

#include "base/memory.h"
#include "torchscript/script_call.h"
#include "torchscript/script_tidy.h"

#include <stdio.h>
#include <string.h>

struct tb_script_stream {
    tb_script_model *model;
    const tb_script_method *method;
    const char *function; /* that plays it */
    tb_script_call *call;
    tb_script_plan *plan; /* that was prepared or ran last */
    int rows;
    int64_t in_frames, out_frames; /* of a call */
    uint64_t seed;
    int64_t calls;    /* of a block ... */
    int64_t called;   /* ... and those that were played of this one */
    int64_t units;    /* of a call: it has so many of the shortest ones */
    int64_t position; /* units that were played */
};

/* [rows, channels, frames], or without rows where there is one voice. */
static tb_shape shape_of(const tb_script_stream *s, int channels,
                         int64_t frames)
{
    return s->method->alone ? tb_dims(channels, frames)
                            : tb_dims(s->rows, channels, frames);
}

static bool gives_what_it_says(const tb_script_stream *s,
                               const tb_script_value *y)
{
    tb_shape shape = shape_of(s, s->method->out_channels, s->out_frames);
    const tb_script_tensor *t = y->tensor;
    return y->kind == TB_SCRIPT_TENSOR && tb_dtype_is_real(t->dtype) &&
           t->rank == shape.rank &&
           memcmp(t->dim, shape.dim, (size_t)t->rank * sizeof *t->dim) == 0;
}

tb_status tb_script_stream_prepare(tb_script_stream *s, tb_error *error)
{
    if (!s->model->on_trial && !tb_script_call_plan(s->call))
        tb_script_tidy(s->model->module);
    s->plan = tb_script_call_prepare(s->call, error);
    if (!s->plan)
        return error && error->status ? error->status : TB_ERR_MEMORY;
    if (gives_what_it_says(s, tb_script_plan_value(s->plan)))
        return TB_OK;
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "%s does not give the %d channels of %lld numbers that the "
                   "model says.",
                   s->method->name, s->method->out_channels,
                   (long long)s->out_frames);
}

static bool in_cycles(const tb_script_method *method, int64_t block)
{
    return method->cycle && block % method->cycle == 0;
}

/* What blocks are multiples of: a queue takes any. */
static int step_of(const tb_script_model *model, const tb_script_method *method,
                   int64_t block)
{
    if (!method->cycles || in_cycles(method, block))
        return model->ratio;
    return method->in_ratio > method->out_ratio ? method->in_ratio
                                                : method->out_ratio;
}

/* Samples of a call: the block, or as many cycles of it as make a short one,
   which has what it is made of once and still draws for many at once. */
static int64_t call_samples(const tb_script_method *method, int64_t block)
{
    enum { SHORT = 64 };
    int64_t cycles = method->cycle ? block / method->cycle : 1, each = 1;
    if (!in_cycles(method, block))
        return block;
    for (int64_t n = 2; n * method->cycle <= SHORT && n <= cycles; n++)
        if (cycles % n == 0)
            each = n;
    return each * method->cycle;
}

tb_script_stream *tb_script_stream_new(tb_script_model *model,
                                       const tb_script_method *method, int rows,
                                       int64_t samples, tb_error *error)
{
    if (samples < 1 || samples % step_of(model, method, samples) || rows < 1) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "Blocks of this model are multiples of %d samples.",
                model->ratio);
        return NULL;
    }
    if (method->alone && rows > 1) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "'%s' plays one voice: it is an effect of Neutone's.",
                tb_archive_name(model->module->archive));
        return NULL;
    }
    if (tb_script_model_tell_host(model, samples, error))
        return NULL;
    tb_script_stream *s = tb_alloc(sizeof *s);
    if (!s) {
        tb_fail_memory(error);
        return NULL;
    }
    int64_t call = call_samples(method, samples);
    bool queued = !in_cycles(method, samples);
    *s = (tb_script_stream){
        .model = model,
        .method = method,
        .function = queued || !method->cycles ? method->name : method->cycles,
        .rows = rows,
        .calls = samples / call,
        .units = queued && method->cycles ? 1 : call / model->ratio,
        .in_frames = call / method->in_ratio,
        .out_frames = call / method->out_ratio};
    const tb_script_argument argument = {
        .is_input = true,
        .shape = shape_of(s, method->in_channels, s->in_frames),
        .units = method->alone ? 1 : s->units};
    s->call = tb_script_call_new(model->module, s->function, 1, &argument,
                                 &model->settings, error);
    if (s->call && tb_script_stream_prepare(s, error) == TB_OK)
        return s;
    tb_script_stream_free(s);
    return NULL;
}

void tb_script_stream_free(tb_script_stream *stream)
{
    if (!stream)
        return;
    tb_script_call_free(stream->call);
    tb_free(stream);
}

/* The plan of the next call, with its input; null: there is none. */
static tb_script_plan *begin_call(tb_script_stream *s, const float *const *in)
{
    tb_script_plan *plan = tb_script_call_plan(s->call);
    if (!plan)
        return NULL;
    s->plan = plan;
    const tb_tensor *x = tb_script_plan_input(plan, 0);
    int channels = s->method->in_channels;
    for (int i = 0; x && i < s->rows * channels; i++) {
        const int64_t *stride = &x->stride[x->rank - 2]; /* channel, frame */
        float *to = (float *)x->data + i % channels * stride[0] +
                    (x->rank == 3 ? i / channels * x->stride[0] : 0);
        const float *from = in[i] + s->called * s->in_frames;
        for (int64_t k = 0; k < s->in_frames; k++)
            to[k * stride[1]] = from[k];
    }
    tb_script_plan_seek(plan, s->position);
    s->position += s->units;
    return plan;
}

static void end_call(tb_script_stream *s, float *const *out)
{
    const float *y = tb_script_plan_value(s->plan)->tensor->storage->data;
    for (int i = 0; i < s->rows * s->method->out_channels; i++)
        memcpy(out[i] + s->called * s->out_frames, y + i * s->out_frames,
               (size_t)s->out_frames * sizeof *y);
    s->called++;
}

bool tb_script_stream_run(tb_script_stream *s, const float *const *in,
                          float *const *out)
{
    while (s->called < s->calls) {
        tb_script_plan *plan = begin_call(s, in);
        if (!plan)
            return false;
        tb_script_plan_run(plan, s->seed);
        end_call(s, out);
    }
    s->called = 0;
    return true;
}

bool tb_script_stream_run_wide(tb_script_stream *s, const float *const *in,
                               float *const *out, tb_pool *pool)
{
    while (s->called < s->calls) {
        tb_script_plan *plan = begin_call(s, in);
        if (!plan)
            return false;
        tb_script_plan_run_wide(plan, s->seed, pool);
        end_call(s, out);
    }
    s->called = 0;
    return true;
}

tb_status tb_script_stream_play(tb_script_stream *s, const float *const *in,
                                float *const *out, tb_error *error)
{
    while (!tb_script_stream_run(s, in, out)) {
        tb_status status = tb_script_stream_prepare(s, error);
        if (status)
            return status;
    }
    return TB_OK;
}

void tb_script_stream_seed(tb_script_stream *stream, uint64_t seed)
{
    stream->seed = seed;
    stream->position = stream->called = 0;
}

const tb_plan *tb_script_stream_plan(const tb_script_stream *stream)
{
    return tb_script_plan_plan(stream->plan);
}

void tb_script_stream_memory(const tb_script_stream *stream,
                             tb_script_memory *memory)
{
    tb_script_plan_memory(stream->plan, memory);
}

/* ---- latency ---- */

double tb_script_stream_latency(tb_script_stream *s, tb_latency_source *source)
{
    static const struct {
        const char *name;
        tb_latency_source source;
    } told[] = {{"latency", TB_LATENCY_TOLD},
                {"get_latency", TB_LATENCY_TOLD},
                {"calc_model_delay_samples", TB_LATENCY_ASKED}};
    char own[256];
    double x = 0;
    snprintf(own, sizeof own, "%s_latency", s->function);
    if (tb_script_model_numbers(s->model, own, 1, &x) == 1 && x >= 0 &&
        x < 1e9) {
        *source = TB_LATENCY_TOLD;
        return x;
    }
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (tb_script_model_numbers(s->model, told[i].name, 1, &x) == 1 &&
            x >= 0 && x < 1e9) {
            double waits = 0;
            *source = told[i].source;
            if (*source == TB_LATENCY_ASKED)
                tb_script_model_numbers(
                    s->model, "calc_buffering_delay_samples", 1, &waits);
            return x + waits;
        }
    x = tb_script_plan_delay(s->plan, s->in_frames * s->method->in_ratio);
    *source = x < 0 ? TB_LATENCY_UNKNOWN : TB_LATENCY_OF_LAYERS;
    return x < 0 ? 0 : x;
}
