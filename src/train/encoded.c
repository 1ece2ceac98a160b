#include "train/encoded.h"

#include "base/hash.h"
#include "base/memory.h"
#include "engine/stream.h"
#include "models/checkpoint.h"

#include <string.h>

/* Frames of sound in a pass, rounded up to whole frames of symbols, and frames
   of symbols that are written at once. */
enum { BLOCK = 4096, SAID = 256 };

struct tb_symbol_encoder {
    const tb_feed *feed;
    const tb_cache *sound;
    tb_method method;
    tb_stream_plan *plan;
    int64_t block;
};

/* One file on its way through a stream. */
typedef struct encoding {
    const tb_symbol_encoder *encoder;
    tb_stream *stream;
    float *heard, *said; /* interleaved */
    int64_t left;        /* frames of symbols */
    tb_encoded_sink *put;
    void *to;
} encoding;

/* ---- numbers in tensors ---- */

static void put_sound(const tb_tensor *t, const float *from, int64_t frames)
{
    for (int64_t i = 0; i < frames; i++)
        for (int64_t ch = 0; ch < t->dim[1]; ch++)
            ((float *)t->data)[ch * t->stride[1] + i * t->stride[2]] = *from++;
}

/* Levels stand in the last axis, vectors before the frames. */
static void get_symbols(const tb_tensor *t, int channels, int64_t from,
                        int64_t end, float *to)
{
    bool levels = t->type == TB_I64;
    int64_t by_frame = t->stride[levels ? 1 : 2];
    int64_t by_channel = levels ? t->rank > 2 ? t->stride[2] : 0 : t->stride[1];
    for (int64_t i = from; i < end; i++)
        for (int64_t ch = 0; ch < channels; ch++) {
            int64_t at = i * by_frame + ch * by_channel;
            *to++ = levels ? (float)((const int64_t *)t->data)[at]
                           : ((const float *)t->data)[at];
        }
}

/* ---- one file ---- */

static tb_status take(encoding *e, tb_error *error)
{
    const tb_symbol_encoder *c = e->encoder;
    const tb_tensor t = tb_stream_read(e->stream, c->method.output[0].value);
    int64_t made = t.dim[t.time] < e->left ? t.dim[t.time] : e->left;
    tb_status status = TB_OK;
    for (int64_t from = 0, n; from < made && !status; from += n) {
        n = made - from < SAID ? made - from : SAID;
        get_symbols(&t, tb_feed_channels(c->feed, 1), from, from + n, e->said);
        status = e->put(e->to, e->said, n, error);
    }
    e->left -= made;
    return status;
}

static tb_status run_through(encoding *e, int file, tb_error *error)
{
    const tb_symbol_encoder *c = e->encoder;
    int64_t frames = tb_cache_frames(c->sound, file);
    tb_status status = take(e, error); /* what padding alone decides */
    for (int64_t at = 0, n; at < frames && !status; at += n) {
        n = frames - at < c->block ? frames - at : c->block;
        tb_tensor x = tb_stream_write(e->stream, c->method.input[0].value, n);
        tb_cache_read(c->sound, file, at, n, e->heard);
        put_sound(&x, e->heard, n);
        tb_stream_run(e->stream, n);
        status = take(e, error);
    }
    tb_stream_finish(e->stream);
    while (!status && e->left > 0 && !tb_stream_done(e->stream)) {
        tb_stream_run(e->stream, c->block);
        status = take(e, error);
    }
    return status;
}

tb_status tb_symbol_encoder_run(const tb_symbol_encoder *c, int file,
                                tb_encoded_sink *put, void *to, tb_error *error)
{
    encoding e = {.encoder = c,
                  .put = put,
                  .to = to,
                  .left =
                      tb_feed_frames(c->feed, tb_cache_frames(c->sound, file))};
    e.stream = tb_stream_new(c->plan, 0, error);
    tb_status status = e.stream ? TB_OK : error->status;
    e.heard = tb_alloc_array(
        (size_t)c->block, sizeof(float) * (size_t)tb_cache_channels(c->sound));
    e.said = tb_alloc_array(SAID, sizeof(float) *
                                      (size_t)tb_feed_channels(c->feed, 1));
    if (!status && (!e.heard || !e.said))
        status = tb_fail_memory(error);
    if (!status)
        status = run_through(&e, file, error);
    tb_stream_free(e.stream);
    tb_free(e.heard);
    tb_free(e.said);
    return status;
}

/* ---- all of them ---- */

static tb_status put_derived(void *to, const float *frames, int64_t count,
                             tb_error *error)
{
    return tb_derived_put(to, frames, count, error);
}

static tb_status encode_file(void *context, int file, tb_derived_file *to,
                             tb_error *error)
{
    tb_error own = {0};
    return tb_symbol_encoder_run(context, file, put_derived, to,
                                 error ? error : &own);
}

static uint64_t key_of(const tb_feed *f)
{
    tb_hash hash;
    tb_hash_init(&hash, 0);
    tb_hash_add(&hash, &f->of->hash, sizeof f->of->hash);
    tb_hash_add(&hash, f->method, strlen(f->method) + 1);
    return tb_hash_get(&hash);
}

static tb_status plan_encoder(tb_symbol_encoder *e, tb_error *error)
{
    const tb_checkpoint *c = e->feed->of;
    int64_t per = e->feed->symbols.per;
    tb_method *m = &e->method;
    tb_status status = tb_instrument_method(c->instrument, c->config, c->base,
                                            e->feed->method, 1, m, error);
    if (status)
        return status;
    e->block = (BLOCK + per - 1) / per * per;
    const tb_stream_settings s = {.params = c->params, .n_max = e->block};
    e->plan = tb_stream_plan_new(m->graph, 1, &m->output[0].value, &s, error);
    return e->plan ? TB_OK : TB_ERR_ARGUMENT;
}

tb_symbol_encoder *tb_symbol_encoder_open(const tb_feed *feed,
                                          const tb_cache *sound,
                                          tb_error *error)
{
    tb_symbol_encoder *e = tb_alloc(sizeof *e);
    if (!e) {
        tb_fail_memory(error);
        return NULL;
    }
    e->feed = feed;
    e->sound = sound;
    if (plan_encoder(e, error) == TB_OK)
        return e;
    tb_symbol_encoder_close(e);
    return NULL;
}

void tb_symbol_encoder_close(tb_symbol_encoder *e)
{
    if (!e)
        return;
    tb_stream_plan_free(e->plan);
    tb_method_clear(&e->method);
    tb_free(e);
}

tb_cache *tb_encoded_open(const tb_feed *feed, const tb_cache *sound,
                          const tb_corpus *corpus, const tb_cache_watch *watch,
                          tb_error *error)
{
    tb_symbol_encoder *e =
        feed->of ? tb_symbol_encoder_open(feed, sound, error) : NULL;
    const tb_derivation how = {.key = feed->of ? key_of(feed) : 0,
                               .channels = tb_feed_channels(feed, 1),
                               .frames = feed->symbols.frames,
                               .per = feed->symbols.per,
                               .make = encode_file,
                               .context = e};
    tb_cache *made = NULL;
    if (!feed->of)
        tb_fail(error, TB_ERR_ARGUMENT,
                "The feed '%s' learns from what a checkpoint makes of the "
                "sounds, and there is none.",
                feed->name);
    else if (e)
        made = tb_cache_derive(sound, corpus, &how, watch, error);
    tb_symbol_encoder_close(e);
    return made;
}
