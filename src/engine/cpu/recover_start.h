/* How a new frame of tb_recover_phases begins: phase-gradient heap integration
   in its real-time form (Prusa and Sondergaard 2016, "Real-time spectrogram
   inversion using phase gradient heap integration"), for numbers of any
   precision: whoever includes it defines `real`. From loud bins to quieter ones
   phases go on from the frame before, or from a neighbour in the new frame,
   whichever is louder; how they turn, the logarithms of magnitudes tell. Bins
   that nothing leads to, and quiet ones, keep the phases that they have. */
#include "engine/cpu/kernel.h"

#include <math.h>

static const double HALF_TURN = 3.14159265358979323846;

/* Bins this far under the loudest are left alone. */
static const double start_quiet = 1e-2;

/* What stands for silence in a logarithm, against the loudest. */
static const double start_silence = 1e-7;

/* A bin of the new frame, or ~bin of the one before it. */
typedef struct start_entry {
    real strength;
    int32_t at;
} start_entry;

/* Two frames: magnitudes s [bins], spectra z [bins, 2]. */
typedef struct start_frames {
    int64_t bins, size, hop;
    double spread;            /* of the window: see tb_recover */
    const real *s_before, *s; /* as said; the new one */
    const real *z_before;
    real *z;
    double silence;    /* added to magnitudes in logarithms */
    start_entry *heap; /* [2 bins], the strongest first */
    int entries;
    real *open; /* [bins]: 1 for what has no phase yet */
} start_frames;

/* Numbers of `real` that heap and marks take. */
static int64_t start_numbers(int64_t bins)
{
    return 2 * bins * (int64_t)(sizeof(start_entry) / sizeof(real)) + bins;
}

static void start_push(start_frames *f, real strength, int64_t at)
{
    int i = f->entries++;
    for (; i > 0 && f->heap[(i - 1) / 2].strength < strength; i = (i - 1) / 2)
        f->heap[i] = f->heap[(i - 1) / 2];
    f->heap[i] = (start_entry){strength, (int32_t)at};
}

static start_entry start_pop(start_frames *f)
{
    start_entry top = f->heap[0], last = f->heap[--f->entries];
    int i = 0;
    for (int child; (child = 2 * i + 1) < f->entries; i = child) {
        if (child + 1 < f->entries &&
            f->heap[child + 1].strength > f->heap[child].strength)
            child++;
        if (f->heap[child].strength <= last.strength)
            break;
        f->heap[i] = f->heap[child];
    }
    f->heap[i] = last;
    return top;
}

static double start_level(const start_frames *f, const real *s, int64_t k)
{
    return (double)s[k] + f->silence;
}

/* Bin k of the new frame takes a phase: that of z, which has magnitude s,
   turned by an angle. */
static void start_turn(start_frames *f, int64_t k, const real *z, real s,
                       double angle)
{
    double by = (double)f->s[k] / (double)s, c = cos(angle), d = sin(angle);
    double re = (double)z[0], im = (double)z[1];
    f->z[2 * k] = (real)(by * (re * c - im * d));
    f->z[2 * k + 1] = (real)(by * (re * d + im * c));
    f->open[k] = 0;
    start_push(f, f->s[k], k);
}

/* From frame to frame bin k turns by its middle frequency and by how far the
   slope of the magnitudes, mean of both frames, says that the partial is from
   there (equation 4 of the paper, with its gamma = spread size^2). */
static void start_in_time(start_frames *f, int64_t k)
{
    double turns = (double)(k * f->hop % f->size) / (double)f->size;
    double angle = 2 * HALF_TURN * turns;
    if (k > 0 && k < f->bins - 1)
        angle += (double)f->hop / (4 * f->spread * (double)f->size) *
                 log(start_level(f, f->s, k + 1) *
                     start_level(f, f->s_before, k + 1) /
                     (start_level(f, f->s, k - 1) *
                      start_level(f, f->s_before, k - 1)));
    start_turn(f, k, f->z_before + 2 * k, f->s_before[k], angle);
}

/* From bin k to its neighbour to: half a turn, for phases count from the start
   of the window, and what the change since the frame before says of where in
   the window the energy is (equation 5). What comes out of silence is where the
   last hop begins, not beyond, and what goes where the first one ends. */
static void start_in_frequency(start_frames *f, int64_t k, int64_t to)
{
    if (to < 0 || to >= f->bins || f->open[to] == 0)
        return;
    const double most =
        HALF_TURN * fmax(0, 1 - 2 * (double)f->hop / (double)f->size);
    double change =
        log(start_level(f, f->s, k) * start_level(f, f->s, to) /
            (start_level(f, f->s_before, k) * start_level(f, f->s_before, to)));
    double angle = f->spread * (double)f->size / (2 * (double)f->hop) * change;
    angle = fmax(-most, fmin(angle, most));
    start_turn(f, to, f->z + 2 * k, f->s[k],
               (double)(k - to) * (angle + HALF_TURN));
}

static void start_follow(start_frames *f)
{
    while (f->entries) {
        start_entry e = start_pop(f);
        int64_t k = e.at < 0 ? ~e.at : e.at;
        if (e.at < 0 && f->open[k] != 0) {
            start_in_time(f, k);
        } else if (e.at >= 0) {
            start_in_frequency(f, k, k - 1);
            start_in_frequency(f, k, k + 1);
        }
    }
}

/* What nothing led to: the loudest of bins side by side keeps its phase, and
   the others follow it. */
static void start_anew(start_frames *f)
{
    for (int64_t k = 0; k < f->bins; k++) {
        if (f->open[k] == 0)
            continue;
        int64_t loudest = k;
        for (int64_t i = k; i < f->bins && f->open[i] != 0; i++)
            if (f->s[i] > f->s[loudest])
                loudest = i;
        f->open[loudest] = 0;
        start_push(f, f->s[loudest], loudest);
        start_follow(f);
    }
}

/* Phases for the loud bins of the new frame. */
static void start_integrate(start_frames *f, real *room)
{
    double loudest = 0;
    f->heap = (start_entry *)room;
    f->open = room + start_numbers(f->bins) - f->bins;
    f->entries = 0;
    for (int64_t k = 0; k < f->bins; k++) {
        loudest = fmax(loudest, (double)f->s[k]);
        loudest = fmax(loudest, (double)f->s_before[k]);
    }
    const real quiet = (real)(start_quiet * loudest);
    f->silence = start_silence * loudest;
    for (int64_t k = 0; k < f->bins; k++) {
        f->open[k] = f->s[k] > quiet;
        if (f->open[k] != 0 && f->s_before[k] > quiet)
            start_push(f, f->s_before[k], ~k);
    }
    start_follow(f);
    start_anew(f);
}
