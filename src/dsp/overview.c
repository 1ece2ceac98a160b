#include "dsp/overview.h"

#include "base/memory.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <string.h>

static const double LEAST_DB = -120, LOWEST_HZ = 40;

typedef struct tb_overview_work {
    tb_spectrum *spectrum;
    tb_mel *mel;
    int size, hop;
    float *block, *power, *bands; /* [size], [bins], [rows] */
    int64_t at, filled;           /* frames heard; of them in the block */
} tb_overview_work;

static double top_of(const tb_overview *o)
{
    return o->sample_rate / 2;
}

static double lowest_of(const tb_overview *o)
{
    return fmin(LOWEST_HZ, top_of(o) / 4);
}

static tb_status open_work(tb_overview *o, tb_error *error)
{
    tb_overview_work *w = tb_alloc(sizeof *w);
    if (!w)
        return tb_fail_memory(error);
    o->work = w;
    w->size = tb_spectrum_size(0.04, o->sample_rate);
    /* Fine enough for every column, and never coarser than half a window. */
    double column = (double)o->frames / o->columns;
    w->hop = (int)fmax(w->size / 16, fmin(w->size / 2, column));
    w->filled = w->size / 2;
    w->spectrum = tb_spectrum_new(w->size);
    w->mel =
        tb_mel_new(w->size, o->sample_rate, o->rows, lowest_of(o), top_of(o));
    w->block = tb_alloc_array((size_t)w->size, sizeof(float));
    w->power = tb_alloc_array((size_t)w->size / 2 + 1, sizeof(float));
    w->bands = tb_alloc_array((size_t)o->rows, sizeof(float));
    return w->spectrum && w->mel && w->block && w->power && w->bands
               ? TB_OK
               : tb_fail_memory(error);
}

tb_status tb_overview_init(tb_overview *o, int64_t frames, double sample_rate,
                           int columns, int rows, tb_error *error)
{
    *o = (tb_overview){.columns = columns,
                       .rows = rows,
                       .sample_rate = sample_rate,
                       .frames = frames > 0 ? frames : 1};
    size_t cells = (size_t)columns * (size_t)rows;
    o->low = tb_alloc_array((size_t)columns, sizeof(float));
    o->high = tb_alloc_array((size_t)columns, sizeof(float));
    o->level = tb_alloc_array(cells, sizeof(float));
    if (!o->low || !o->high || !o->level)
        return tb_fail_memory(error);
    for (size_t i = 0; i < cells; i++)
        o->level[i] = (float)LEAST_DB;
    return open_work(o, error);
}

void tb_overview_clear(tb_overview *o)
{
    tb_overview_work *w = o->work;
    if (w) {
        tb_spectrum_free(w->spectrum);
        tb_mel_free(w->mel);
        tb_free(w->block);
        tb_free(w->power);
        tb_free(w->bands);
        tb_free(w);
    }
    tb_free(o->low);
    tb_free(o->high);
    tb_free(o->level);
    *o = (tb_overview){0};
}

static int column_of(const tb_overview *o, int64_t frame)
{
    int column = (int)((double)frame / (double)o->frames * o->columns);
    return column < 0 ? 0 : column < o->columns ? column : o->columns - 1;
}

/* The spectrum of a full block goes to the columns around its middle. */
static void add_block(tb_overview *o)
{
    tb_overview_work *w = o->work;
    int64_t middle = w->at - w->size / 2;
    int first = column_of(o, middle - w->hop / 2);
    int last = column_of(o, middle + w->hop / 2);
    tb_spectrum_power(w->spectrum, w->block, w->filled, 0, w->power);
    tb_mel_bands(w->mel, w->power, w->bands);
    for (int row = 0; row < o->rows; row++) {
        float db = 10 * log10f(w->bands[o->rows - 1 - row] + 1e-12f);
        float *level = o->level + (size_t)row * (size_t)o->columns;
        for (int c = first; c <= last; c++)
            level[c] = fmaxf(level[c], db);
    }
    w->filled -= w->hop;
    memmove(w->block, w->block + w->hop, (size_t)w->filled * sizeof(float));
}

static void add_sample(tb_overview *o, float x)
{
    tb_overview_work *w = o->work;
    w->at++;
    w->block[w->filled++] = x;
    if (w->filled == w->size)
        add_block(o);
}

void tb_overview_feed(tb_overview *o, const float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        int c = column_of(o, o->work->at);
        o->low[c] = fminf(o->low[c], x[i]);
        o->high[c] = fmaxf(o->high[c], x[i]);
        add_sample(o, x[i]);
    }
    /* After the last one the middle of a window still has to reach it. */
    if (o->work->at == o->frames)
        for (int i = 0; i < o->work->size / 2 + o->work->hop; i++)
            add_sample(o, 0);
}

double tb_overview_row_hz(const tb_overview *o, int row)
{
    double low = tb_mel_of_hz(TB_MEL_HTK, lowest_of(o));
    double high = tb_mel_of_hz(TB_MEL_HTK, top_of(o));
    double mel = low + (high - low) * (o->rows - row) / (o->rows + 1);
    return tb_hz_of_mel(TB_MEL_HTK, mel);
}
