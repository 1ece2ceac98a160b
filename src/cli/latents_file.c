#include "cli/latents_file.h"

#include "base/memory.h"
#include "base/setting_value.h"

#include <math.h>
#include <string.h>

static bool is_safetensors(const char *path)
{
    return strcmp(tb_path_extension(path), "safetensors") == 0;
}

bool cli_is_latents(const char *path)
{
    return is_safetensors(path) || strcmp(tb_path_extension(path), "npy") == 0;
}

/* ---- reading ---- */

static double told(const tb_safetensors *file, const char *key)
{
    const char *end, *text = tb_safetensors_text(file, key);
    double x;
    return text && tb_number_parse(text, &end, &x) && !*end && x > 0 ? x : 0;
}

static tb_status open_tensor(cli_latents *l, tb_error *error)
{
    tb_status status = tb_safetensors_open(l->path, &l->file, error);
    if (status)
        return status;
    l->sample_rate = told(l->file, "sample_rate");
    l->ratio = told(l->file, "ratio");
    l->tensor = tb_safetensors_find(l->file, "latents");
    if (!l->tensor && tb_safetensors_count(l->file) == 1)
        l->tensor = tb_safetensors_at(l->file, 0);
    return l->tensor ? TB_OK
                     : tb_fail(error, TB_ERR_FORMAT,
                               "'%s' has no tensor called 'latents'.", l->path);
}

/* [frames] is one channel; [1, channels, frames] one of a batch. */
static tb_status take_shape(cli_latents *l, int rank, const int64_t *shape,
                            const tb_port_facts *port, tb_error *error)
{
    if (rank == 3 && shape[0] == 1)
        return take_shape(l, 2, shape + 1, port, error);
    if (rank < 1 || rank > 2)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' has %d axes: latents have two, [channels, "
                       "frames].",
                       l->path, rank);
    int64_t channels = rank == 2 ? shape[0] : 1;
    l->frames = shape[rank - 1];
    l->channels = port->channels;
    if (channels == port->channels)
        return TB_OK;
    return tb_fail(
        error, TB_ERR_FORMAT,
        "'%s' has %lld channels of %lld frames, and the model takes "
        "%d channels%s.",
        l->path, (long long)channels, (long long)l->frames, port->channels,
        l->frames == port->channels ? ": the axes are [channels, frames]" : "");
}

tb_status cli_latents_open(cli_latents *latents, const char *path,
                           const tb_port_facts *port, tb_error *error)
{
    cli_latents *l = latents;
    *l = (cli_latents){.path = path};
    tb_status status = is_safetensors(path)
                           ? open_tensor(l, error)
                           : tb_npy_open(path, &l->array, error);
    if (status)
        return status;
    return l->file
               ? take_shape(l, l->tensor->rank, l->tensor->shape, port, error)
               : take_shape(l, l->array.rank, l->array.shape, port, error);
}

static double number_at(const cli_latents *l, int channel, int64_t frame)
{
    const tb_npy *a = &l->array;
    double x;
    if (!l->file)
        return tb_npy_number(
            a, frame * a->stride[a->rank - 1] +
                   (a->rank > 1 ? channel * a->stride[a->rank - 2] : 0));
    tb_stored_doubles(l->tensor, channel * l->frames + frame, 1, &x);
    return x;
}

static tb_status check_number(const cli_latents *l, const tb_port_facts *port,
                              double x, int channel, int64_t frame,
                              tb_error *error)
{
    bool level =
        port->levels == 0 || (x == floor(x) && x >= 0 && x < port->levels);
    if (isfinite(x) && fabs(x) < 1e30 && level)
        return TB_OK;
    if (isfinite(x) && port->levels > 0)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s': frame %lld of channel %d is %g, and the model's "
                       "codes are whole numbers from 0 to %d.",
                       l->path, (long long)frame, channel, x, port->levels - 1);
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s': frame %lld of channel %d is no number that could be "
                   "a latent: %g.",
                   l->path, (long long)frame, channel, x);
}

tb_status cli_latents_read(const cli_latents *latents,
                           const tb_port_facts *port, int64_t first,
                           int64_t count, float *to, tb_error *error)
{
    const cli_latents *l = latents;
    for (int64_t i = 0; i < count; i++)
        for (int ch = 0; ch < l->channels; ch++) {
            bool there = first + i < l->frames;
            double x = there ? number_at(l, ch, first + i) : 0;
            tb_status status = check_number(l, port, x, ch, first + i, error);
            if (status)
                return status;
            to[i * l->channels + ch] = (float)x;
        }
    return TB_OK;
}

void cli_latents_close(cli_latents *latents)
{
    tb_npy_close(&latents->array);
    tb_safetensors_close(latents->file);
    *latents = (cli_latents){0};
}

/* ---- writing ---- */

/* The header of .safetensors tells the length, so that all must be there. */
struct cli_latents_writer {
    char *path;
    tb_port_facts port;
    const tb_stored_text *texts;
    int text_count;
    tb_npy_writer *array; /* null: safetensors */
    float *numbers;       /* [frames, channels] */
    int64_t frames, room;
};

cli_latents_writer *cli_latents_create(const char *path, bool replace,
                                       const tb_port_facts *port,
                                       const tb_stored_text *texts, int count,
                                       tb_error *error)
{
    if (!replace && tb_exists(path)) {
        tb_fail(error, TB_ERR_FILE,
                "'%s' is there already: --force overwrites it.", path);
        return NULL;
    }
    cli_latents_writer *w = tb_alloc(sizeof *w);
    char *copy = tb_path_join(NULL, path);
    if (!w || !copy) {
        tb_free(w);
        tb_free(copy);
        tb_fail_memory(error);
        return NULL;
    }
    *w = (cli_latents_writer){
        .path = copy, .port = *port, .texts = texts, .text_count = count};
    if (is_safetensors(path))
        return w;
    w->array =
        tb_npy_writer_open(path, port->channels, port->levels > 0, error);
    if (w->array)
        return w;
    cli_latents_discard(w);
    return NULL;
}

static bool make_room(cli_latents_writer *w, int64_t frames)
{
    int64_t room = 2 * (w->frames + frames);
    size_t channels = (size_t)w->port.channels;
    if (w->frames + frames <= w->room)
        return true;
    float *larger = tb_alloc_array((size_t)room * channels, sizeof *larger);
    if (!larger)
        return false;
    if (w->frames)
        memcpy(larger, w->numbers,
               (size_t)w->frames * channels * sizeof *larger);
    tb_free(w->numbers);
    w->numbers = larger;
    w->room = room;
    return true;
}

tb_status cli_latents_add(cli_latents_writer *w, const float *frames,
                          int64_t count, tb_error *error)
{
    int64_t channels = w->port.channels;
    if (w->array)
        return tb_npy_writer_add(w->array, frames, count, error);
    if (!make_room(w, count))
        return tb_fail_memory(error);
    if (count > 0)
        memcpy(w->numbers + w->frames * channels, frames,
               (size_t)(count * channels) * sizeof *frames);
    w->frames += count;
    return TB_OK;
}

/* [channels, frames], whole numbers as int64. */
static tb_status write_tensor(cli_latents_writer *w, tb_error *error)
{
    int channels = w->port.channels;
    bool whole = w->port.levels > 0;
    tb_stored t = {.name = "latents",
                   .type = whole ? TB_STORED_I64 : TB_STORED_F32,
                   .rank = 2,
                   .shape = {channels, w->frames}};
    void *data = tb_alloc_array((size_t)(w->frames * channels) + 1,
                                tb_stored_size(t.type));
    if (!data)
        return tb_fail_memory(error);
    for (int ch = 0; ch < channels; ch++)
        for (int64_t i = 0; i < w->frames; i++) {
            float x = w->numbers[i * channels + ch];
            if (whole)
                ((int64_t *)data)[ch * w->frames + i] = (int64_t)x;
            else
                ((float *)data)[ch * w->frames + i] = x;
        }
    t.data = data;
    tb_status status = tb_safetensors_write(w->path, &t, 1, w->texts,
                                            (size_t)w->text_count, error);
    tb_free(data);
    return status;
}

tb_status cli_latents_finish(cli_latents_writer *w, tb_error *error)
{
    tb_status status = w->array ? tb_npy_writer_close(w->array, error)
                                : write_tensor(w, error);
    w->array = NULL;
    cli_latents_discard(w);
    return status;
}

void cli_latents_discard(cli_latents_writer *w)
{
    if (!w)
        return;
    tb_npy_writer_discard(w->array);
    tb_free(w->numbers);
    tb_free(w->path);
    tb_free(w);
}
