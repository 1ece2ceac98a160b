#include "audio/resample.h"
#include <math.h>
#include <soxr.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct tb_resampler {
    soxr_t soxr; /* null: the rates are equal */
    double in_rate, out_rate;
    int channels;
    int64_t used, made; /* frames in and out since the start */
};

int64_t tb_resampled_frames(int64_t frames, double in_rate, double out_rate)
{
    if (in_rate == out_rate)
        return frames;
    return (int64_t)floor((double)frames * out_rate / in_rate + 0.5);
}

static tb_status open_soxr(tb_resampler *r, tb_error *error)
{
    soxr_error_t problem = NULL;
    soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    r->soxr = soxr_create(r->in_rate, r->out_rate, (unsigned)r->channels,
                          &problem, &io, &quality, &runtime);
    if (problem != NULL || r->soxr == NULL)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Sound at %g Hz cannot be brought to %g Hz (%s).",
                       r->in_rate, r->out_rate, problem ? problem : "soxr");
    return TB_OK;
}

tb_resampler *tb_resampler_new(double in_rate, double out_rate, int channels,
                               tb_error *error)
{
    bool possible = in_rate > 0 && out_rate > 0 && isfinite(in_rate) &&
                    isfinite(out_rate) && channels > 0;
    if (!possible) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "%d channels at %g Hz cannot be brought to %g Hz: rates and "
                "channels are above 0.",
                channels, in_rate, out_rate);
        return NULL;
    }
    tb_resampler *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        tb_fail_memory(error);
        return NULL;
    }
    r->in_rate = in_rate;
    r->out_rate = out_rate;
    r->channels = channels;
    if (in_rate != out_rate && open_soxr(r, error) != TB_OK) {
        tb_resampler_free(r);
        return NULL;
    }
    return r;
}

static tb_status run_soxr(tb_resampler *r, const float *in, int64_t in_frames,
                          int64_t *used, float *out, int64_t out_frames,
                          int64_t *made, tb_error *error)
{
    size_t taken = 0, given = 0;
    soxr_error_t problem = soxr_process(r->soxr, in, (size_t)in_frames, &taken,
                                        out, (size_t)out_frames, &given);
    *used = (int64_t)taken;
    *made = (int64_t)given;
    if (problem != NULL)
        return tb_fail(error, TB_ERR_SYSTEM, "Resampling failed: %s.", problem);
    return TB_OK;
}

/* The filter's end may round a frame away or add one: the length is ours. */
static void settle_length(tb_resampler *r, float *out, int64_t out_frames,
                          int64_t *made)
{
    int64_t missing =
        tb_resampled_frames(r->used, r->in_rate, r->out_rate) - r->made;
    if (*made == 0 && missing > 0) {
        *made = missing < out_frames ? missing : out_frames;
        memset(out, 0, (size_t)(*made * r->channels) * sizeof(*out));
    }
    if (*made > missing)
        *made = missing > 0 ? missing : 0;
}

static tb_status pass_through(tb_resampler *r, const float *in,
                              int64_t in_frames, int64_t *used, float *out,
                              int64_t out_frames, int64_t *made)
{
    int64_t n = in == NULL               ? 0
                : in_frames < out_frames ? in_frames
                                         : out_frames;
    if (n > 0)
        memcpy(out, in, (size_t)(n * r->channels) * sizeof(*out));
    *used = *made = n;
    return TB_OK;
}

tb_status tb_resampler_run(tb_resampler *r, const float *in, int64_t in_frames,
                           int64_t *used, float *out, int64_t out_frames,
                           int64_t *made, tb_error *error)
{
    *used = *made = 0;
    if (r->soxr == NULL)
        return pass_through(r, in, in_frames, used, out, out_frames, made);
    tb_status status = run_soxr(r, in, in == NULL ? 0 : in_frames, used, out,
                                out_frames, made, error);
    if (status != TB_OK)
        return status;
    r->used += *used;
    if (in == NULL)
        settle_length(r, out, out_frames, made);
    r->made += *made;
    return TB_OK;
}

void tb_resampler_free(tb_resampler *r)
{
    if (r == NULL)
        return;
    soxr_delete(r->soxr);
    free(r);
}
