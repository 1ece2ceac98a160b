#include "run/latent_axes.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "latents.safetensors";

/* Latents that there may be; instruments have fewer. */
enum { MOST = 65536 };

tb_status tb_latent_axes_init(tb_latent_axes *a, int64_t count, tb_error *error)
{
    size_t n = (size_t)count;
    *a = (tb_latent_axes){.count = count};
    a->mean = tb_alloc_array(n, sizeof *a->mean);
    a->axes = tb_alloc_array(n * n, sizeof *a->axes);
    a->deviation = tb_alloc_array(n, sizeof *a->deviation);
    a->fidelity = tb_alloc_array(n, sizeof *a->fidelity);
    if (a->mean && a->axes && a->deviation && a->fidelity)
        return TB_OK;
    tb_latent_axes_clear(a);
    return tb_fail_memory(error);
}

void tb_latent_axes_clear(tb_latent_axes *a)
{
    tb_free(a->mean);
    tb_free(a->axes);
    tb_free(a->deviation);
    tb_free(a->fidelity);
    *a = (tb_latent_axes){0};
}

int64_t tb_latent_axes_needed(const tb_latent_axes *a, double part)
{
    int64_t n = 0;
    while (n < a->count && a->fidelity[n] < part)
        n++;
    return n < a->count ? n + 1 : a->count;
}

int64_t tb_latent_axes_active(const tb_latent_axes *a)
{
    int64_t n = 0;
    for (int64_t i = 0; i < a->count; i++)
        n += a->deviation[i] > 0.1;
    return n;
}

/* ---- the file ---- */

tb_status tb_latent_axes_write(const char *folder, const tb_latent_axes *a,
                               tb_error *error)
{
    char encoder[24], frames[24];
    int64_t n = a->count;
    const tb_stored tensors[] = {
        {"latent_mean", TB_STORED_F64, 1, {n}, a->mean, 0},
        {"latent_pca", TB_STORED_F64, 2, {n, n}, a->axes, 0},
        {"fidelity", TB_STORED_F64, 1, {n}, a->fidelity, 0}};
    const tb_stored_text texts[] = {{"format", "timbrel latents"},
                                    {"encoder", encoder},
                                    {"frames", frames}};
    snprintf(encoder, sizeof encoder, "%016" PRIx64, a->encoder);
    snprintf(frames, sizeof frames, "%" PRId64, a->frames);
    char *path = tb_path_join(folder, file_name);
    tb_status status =
        path ? tb_safetensors_write(path, tensors, 3, texts, 3, error)
             : tb_fail_memory(error);
    tb_free(path);
    return status;
}

static tb_status take(const tb_safetensors *file, const char *name, int rank,
                      int64_t n, double *to, tb_error *error)
{
    const int64_t shape[] = {n, n};
    const tb_stored *t;
    tb_status status = tb_safetensors_get(file, name, rank, shape, &t, error);
    if (!status && t->type != TB_STORED_F64)
        status = tb_fail(error, TB_ERR_FORMAT, "'%s' is not of 64 bits.", name);
    if (!status)
        memcpy(to, t->data, t->bytes);
    return status;
}

static tb_status read_file(const tb_safetensors *file, tb_latent_axes *a,
                           tb_error *error)
{
    const tb_stored *mean = tb_safetensors_find(file, "latent_mean"), *axes;
    const char *encoder = tb_safetensors_text(file, "encoder");
    const char *frames = tb_safetensors_text(file, "frames");
    if (!mean || mean->rank != 1 || mean->shape[0] < 1 ||
        mean->shape[0] > MOST || !encoder || !frames)
        return tb_fail(error, TB_ERR_FORMAT, "It is no file of latents.");
    int64_t n = mean->shape[0];
    const int64_t square[] = {n, n};
    tb_status status =
        tb_safetensors_get(file, "latent_pca", 2, square, &axes, error);
    if (!status)
        status = tb_latent_axes_init(a, n, error);
    if (!status)
        status = take(file, "latent_mean", 1, n, a->mean, error);
    if (!status)
        status = take(file, "latent_pca", 2, n, a->axes, error);
    if (!status)
        status = take(file, "fidelity", 1, n, a->fidelity, error);
    a->encoder = strtoull(encoder, NULL, 16);
    a->frames = strtoll(frames, NULL, 10);
    return status;
}

static tb_status open_file(const char *path, tb_latent_axes *a, tb_error *error)
{
    tb_error why = {0};
    tb_safetensors *file = NULL;
    if (!tb_exists(path))
        return tb_fail(error, TB_ERR_FILE,
                       "There is no '%s', which says in which directions "
                       "latents differ: it is written when the first phase of "
                       "a training ends, or the training.",
                       path);
    tb_status status = tb_safetensors_open(path, &file, &why);
    if (!status)
        status = read_file(file, a, &why);
    tb_safetensors_close(file);
    if (status == TB_ERR_FORMAT)
        return tb_fail(error, status,
                       "'%.300s', which says in which directions latents "
                       "differ, is damaged: timbrel train --resume makes it "
                       "anew. (%.300s)",
                       path, why.text);
    if (status && error)
        *error = why;
    return status;
}

tb_status tb_latent_axes_read(const char *folder, tb_latent_axes *a,
                              tb_error *error)
{
    char *path = tb_path_join(folder, file_name);
    *a = (tb_latent_axes){0};
    tb_status status = path ? open_file(path, a, error) : tb_fail_memory(error);
    if (status)
        tb_latent_axes_clear(a);
    tb_free(path);
    return status;
}
