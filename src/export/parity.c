#include "export/parity.h"

#include "export/nn_queue.h"
#include "export/playing.h"

#include <math.h>

/* Sums of a few thousand floats in another order differ by some 1e-6. */
const double tb_parity_most = 1e-3;

/* Where phases are found for spectra, the last digits of numbers grow from
   frame to frame until they are heard, in whatever plays it. So such sound is
   compared as far as the stream agrees, to this part of the level, with itself
   after a prompt to which a hair of noise was added. */
static const double agreed = 1e-4;

/* Of y from x, `late` frames before, relative to the level of x; both have
   `frames`, of which the first `end` are compared. What is no number is
   infinitely far away. */
static double distance(const tb_playing *p, const float *x, const float *y,
                       int64_t frames, int64_t late, int64_t end)
{
    double level = 0, apart = 0;
    for (int64_t i = 0; i < p->rows * p->as->numbers[2]; i++)
        for (int64_t j = 0; j + late < end; j++) {
            double a = x[i * frames + j];
            double d = y[i * frames + j + late] - a;
            level += a * a;
            apart += d * d;
        }
    double far = apart == 0 ? 0 : sqrt(apart / (level > 0 ? level : 1));
    return isfinite(far) ? far : INFINITY;
}

/* Frames of the output: whole blocks, as long as a hair does not matter; some
   sound in any case. */
static int64_t compared(const tb_playing *p)
{
    int64_t n = p->out_frames / p->blocks, end = p->out_frames;
    while (p->shaken && end - n > p->late + n &&
           distance(p, p->stream, p->shaken, p->out_frames, 0, end) > agreed)
        end -= n;
    return end;
}

static tb_parity compare(const tb_playing *p, bool whole)
{
    int64_t end = compared(p) * p->heard_frames / p->out_frames;
    int64_t played = p->told_frames / p->call * p->call;
    played = played * p->as->numbers[1] / p->as->numbers[3];
    end = end < played ? end : played;
    tb_parity far = {0};
    if (whole)
        far.stream = distance(p, p->whole, p->stream, p->out_frames, p->late,
                              p->out_frames);
    far.file = distance(p, p->heard, p->file, p->heard_frames, 0, end);
    return far;
}

static tb_status play(tb_playing *p, const char *path, tb_parity *parity,
                      tb_error *error)
{
    tb_status status = tb_playing_begin(p, error);
    /* Neither loops nor what is turned can be played so. */
    bool whole = !p->method.heard && !tb_playing_has_switches(p);
    if (!status && whole)
        status = tb_play_whole(p, error);
    if (!status)
        status = tb_play_stream(p, error);
    if (!status)
        status = tb_play_file(p, path, error);
    if (!status)
        tb_playing_hear(p);
    if (!status)
        *parity = compare(p, whole);
    return status;
}

/* Told in calls of whole cycles, or through the queue. Where rates change, what
   is told becomes other symbols once in some hundred sounds, where it falls
   between two of them: then another sound tells. */
static tb_status play_way(const tb_nn_model *nn, int i, const char *path,
                          int rows, int64_t waits, tb_parity *parity,
                          tb_error *error)
{
    const tb_nn_method *as = &nn->methods[i];
    uint64_t most = nn->rates && as->method.heard ? 2 : 1;
    tb_status status = TB_OK;
    for (uint64_t seed = 1; seed <= most && !status; seed++) {
        tb_playing p = {.nn = nn,
                        .as = as,
                        .rate = nn->rates ? &nn->rates[i] : NULL,
                        .rows = rows,
                        .waits = waits,
                        .seed = seed};
        status = play(&p, path, parity, error);
        tb_playing_clear(&p);
        if (parity->file <= tb_parity_most)
            break;
    }
    return status;
}

tb_status tb_parity_of(const tb_nn_model *nn, int i, const char *path, int rows,
                       tb_parity *parity, tb_error *error)
{
    int64_t queued = tb_nn_queued(&nn->methods[i]);
    tb_status status = play_way(nn, i, path, rows, 0, parity, error);
    tb_parity through = {0};
    if (!status && queued)
        status = play_way(nn, i, path, rows, queued, &through, error);
    if (through.file > parity->file)
        parity->file = through.file;
    return status;
}
