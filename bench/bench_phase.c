/* Sound from magnitudes of music: how far the spectra of the sound are from
   what was asked for, over its norm, and what it costs.

     bench_phase sounds FOLDER FILE...   ten seconds of each recording, mono
                                         floats at 22050 Hz
     bench_phase SOUND...                 measures such sounds */
#include "audio/load.h"
#include "base/clock.h"
#include "base/memory.h"
#include "bench.h"
#include "dsp/griffin_lim.h"
#include "dsp/spectra_ops.h"
#include "engine/ops.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE = 22050,
    SECONDS = 10,
    SIZE = 2048,
    HOP = 512,
    BINS = SIZE / 2 + 1
};

static const tb_spectra spectra = {SIZE, HOP, TB_WINDOW_HANN};

/* ---- recordings ---- */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool write_sound(const char *folder, const char *path)
{
    char to[4096];
    tb_audio audio;
    tb_error error = {0};
    const char *name = name_of(path);
    snprintf(to, sizeof to, "%s/%.*s.f32", folder, (int)strcspn(name, "."),
             name);
    if (tb_load_audio(path, RATE, 1, 0, SECONDS, &audio, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return false;
    }
    FILE *f = fopen(to, "wb");
    size_t n = (size_t)audio.frames;
    bool good = f && fwrite(audio.data, sizeof *audio.data, n, f) == n;
    tb_audio_clear(&audio);
    return (!f || fclose(f) == 0) && good;
}

typedef struct recording {
    float *sound; /* [n] */
    int64_t n, frames;
    float *magnitudes; /* [frames, BINS] of centred frames */
} recording;

static void recording_clear(recording *r)
{
    tb_free(r->sound);
    tb_free(r->magnitudes);
    *r = (recording){0};
}

/* Spectra of the sound by a graph, between silence. */
static bool analyse(recording *r)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "sound", TB_REAL, tb_dims(1, r->n));
    tb_value *padded = tb_pad(x, 1, SIZE / 2 - (SIZE - HOP), SIZE / 2);
    tb_value *y = tb_magnitude(tb_as_complex(tb_spectra_of(padded, &spectra)));
    tb_output want = {y, NULL};
    tb_plan_settings how = {.frames = 1};
    tb_plan *p = y ? tb_plan_new(g, 1, &want, &how, NULL) : NULL;
    if (p) {
        memcpy(tb_plan_tensor(p, x)->data, r->sound,
               sizeof(float) * (size_t)r->n);
        tb_plan_run(p, 0, NULL);
        const tb_tensor *t = tb_plan_tensor(p, y);
        r->frames = t->dim[2];
        r->magnitudes = tb_alloc_array((size_t)r->frames, sizeof(float) * BINS);
        for (int64_t j = 0; r->magnitudes && j < r->frames; j++)
            for (int64_t k = 0; k < BINS; k++)
                r->magnitudes[j * BINS + k] =
                    ((float *)t->data)[j * t->stride[2] + k * t->stride[1]];
    }
    tb_plan_free(p);
    tb_graph_free(g);
    return r->magnitudes != NULL;
}

static bool recording_read(recording *r, const char *path)
{
    FILE *f = fopen(path, "rb");
    *r = (recording){.sound = tb_alloc_array(RATE * SECONDS, sizeof(float))};
    if (f && r->sound)
        r->n = (int64_t)fread(r->sound, sizeof(float), RATE * SECONDS, f) /
               HOP * HOP;
    if (f)
        fclose(f);
    return r->n > SIZE && analyse(r);
}

/* ---- how near ---- */

static void measure(const recording *r, const char *name, const char *how,
                    const tb_griffin_lim *way)
{
    char text[256];
    tb_error error = {0};
    float *y = tb_alloc_array((size_t)r->n, sizeof *y);
    snprintf(text, sizeof text, "%.*s %s", (int)strcspn(name, "."), name, how);
    if (!y || tb_sound_of_magnitudes(way, r->magnitudes, r->frames, y, r->n,
                                     &error)) {
        fprintf(stderr, "%s: %s\n", text, error.text);
    } else {
        double db =
            tb_spectral_convergence(way, r->magnitudes, r->frames, y, r->n);
        fprintf(stderr, "# %s: %.2f dB\n", text, db);
        bench_report(text, pow(10, db / 20), "of the norm", 0);
    }
    tb_free(y);
}

/* ---- how fast ---- */

typedef struct streaming {
    const recording *r;
    tb_stream *stream;
    tb_value *in, *out;
    double worst;
} streaming;

static void stream_all(void *context)
{
    streaming *s = context;
    for (int64_t j = 0; j < s->r->frames; j++) {
        double start = tb_seconds();
        tb_tensor t = tb_stream_write(s->stream, s->in, 1);
        for (int64_t k = 0; k < BINS; k++)
            ((float *)t.data)[k * t.stride[1]] = s->r->magnitudes[j * BINS + k];
        tb_stream_run(s->stream, 1);
        s->worst = fmax(s->worst, tb_seconds() - start);
    }
}

/* From magnitudes to sound, frame by frame, on one thread. */
static void time_stream(const bench_options *o, const recording *r)
{
    tb_graph *g = tb_graph_new();
    streaming s = {.r = r};
    s.in = tb_input(g, "magnitudes", TB_REAL, tb_dims(1, BINS, TB_FRAMES));
    s.out = tb_sound_of_spectra(
        tb_spectra_recovered(s.in, &spectra, &tb_recovery_usual, NULL, NULL),
        &spectra);
    tb_stream_settings how = {.n_max = 1};
    tb_stream_plan *plan = tb_stream_plan_new(g, 1, &s.out, &how, NULL);
    s.stream = plan ? tb_stream_new(plan, 0, NULL) : NULL;
    if (s.stream) {
        double us = bench_median(o, stream_all, &s) * 1e6;
        bench_report("streamed frame", us / (double)r->frames, "us/frame", 0);
        fprintf(stderr, "# worst frame %.0f us\n", s.worst * 1e6);
    }
    tb_stream_free(s.stream);
    tb_stream_plan_free(plan);
    tb_graph_free(g);
}

typedef struct inverting {
    const recording *r;
    float *y;
} inverting;

static void invert(void *context)
{
    inverting *v = context;
    const tb_griffin_lim how = tb_griffin_lim_usual(SIZE, HOP);
    tb_sound_of_magnitudes(&how, v->r->magnitudes, v->r->frames, v->y, v->r->n,
                           NULL);
}

static void time_offline(const bench_options *o, const recording *r)
{
    inverting v = {r, tb_alloc_array((size_t)r->n, sizeof(float))};
    if (v.y)
        bench_report("offline frame",
                     bench_median(o, invert, &v) * 1e6 / (double)r->frames,
                     "us/frame", 0);
    tb_free(v.y);
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    bool good = *o.rest != NULL, timed = false;
    tb_griffin_lim usual = tb_griffin_lim_usual(SIZE, HOP), way = usual;
    if (good && strcmp(o.rest[0], "sounds") == 0) {
        for (char **f = o.rest + 2; o.rest[1] && *f; f++)
            good &= write_sound(o.rest[1], *f);
        bench_end(&o);
        return good ? 0 : 1;
    }
    for (char **f = o.rest; *f; f++) {
        recording r;
        good &= recording_read(&r, *f);
        way.iterations = 0;
        way.start = TB_START_STREAMED;
        if (r.magnitudes && bench_wanted(&o, name_of(*f))) {
            measure(&r, name_of(*f), "streamed", &way);
            measure(&r, name_of(*f), "offline", &usual);
            way = usual;
            way.start = TB_START_RANDOM;
            measure(&r, name_of(*f), "offline, random start", &way);
        }
        if (r.magnitudes && !timed) {
            time_stream(&o, &r);
            time_offline(&o, &r);
            timed = true;
        }
        recording_clear(&r);
    }
    bench_end(&o);
    return good ? 0 : 1;
}
