#include "judge/ear_parts.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { PER_OCTAVE = 24, MOST_SIZE = 1 << 16 };

#define FINE_SECONDS 0.256
#define LOWEST_PITCH 80
#define LOWEST_HZ 60
#define HIGHEST 0.475 /* of the sample rate */
#define FLOOR 1e-6    /* of the loudest band's power */
#define LOUDNESS 0.3

#define AT(member) (int)(offsetof(tb_traits, member) / sizeof(float))
#define SIZE(member) (int)(sizeof(((tb_traits *)NULL)->member) / sizeof(float))
#define BLOCK(part, member)                                                    \
    {                                                                          \
        part, AT(member), SIZE(member)                                         \
    }

const tb_trait_block tb_trait_blocks[TB_TRAIT_BLOCKS] = {
    BLOCK(TB_PART_SHAPE, bands),
    BLOCK(TB_PART_SHAPE, pitches),
    BLOCK(TB_PART_TONALITY, lasting),
    BLOCK(TB_PART_TONALITY, lines),
    BLOCK(TB_PART_TONALITY, breaks),
    BLOCK(TB_PART_CHANGE, change),
    BLOCK(TB_PART_ATTACKS, modulation),
    /* asymmetry and peakiness, which stand side by side */
    {TB_PART_ATTACKS, AT(asymmetry), SIZE(asymmetry) + SIZE(peakiness)},
    BLOCK(TB_PART_ATTACKS, sudden),
    BLOCK(TB_PART_PHRASE, drift),
    BLOCK(TB_PART_PHRASE, returns),
    BLOCK(TB_PART_PHRASE, novelty)};

const char *tb_part_name(tb_part part)
{
    static const char *const names[] = {"spectral shape", "lasting tones",
                                        "change in time", "attacks", "phrase"};
    return names[part];
}

const char *tb_part_key(tb_part part)
{
    static const char *const keys[] = {"shape", "tonality", "change", "attacks",
                                       "phrase"};
    return keys[part];
}

/* ---- making one ---- */

static tb_status open_banded(tb_banded *b, const tb_ear *e, int size, int hop,
                             int bands, tb_error *error)
{
    double low = LOWEST_HZ, high = HIGHEST * e->sample_rate;
    b->size = size;
    b->hop = hop;
    b->bands = bands;
    b->frames = tb_spectrum_frames(e->take_frames, size, hop);
    b->spectrum = tb_spectrum_new(size);
    b->mel = bands ? tb_mel_new(size, e->sample_rate, bands, low, high)
                   : tb_mel_new_pitches(size, e->sample_rate, PER_OCTAVE,
                                        LOWEST_PITCH, high, &b->bands);
    if (b->mel)
        b->level = tb_alloc_array((size_t)b->frames * (size_t)b->bands,
                                  sizeof *b->level);
    return b->spectrum && b->level ? TB_OK : tb_fail_memory(error);
}

static void close_banded(tb_banded *b)
{
    tb_spectrum_free(b->spectrum);
    tb_mel_free(b->mel);
    tb_free(b->level);
}

static tb_status open_banks(tb_ear *e, tb_error *error)
{
    int size = 256;
    while (size < MOST_SIZE && size * sqrt(2) < FINE_SECONDS * e->sample_rate)
        size *= 2;
    tb_status status =
        open_banded(&e->fine, e, size, size / TB_EAR_FINE_STEPS, 0, error);
    if (!status)
        status = open_banded(&e->mid, e, size / 4, size / TB_EAR_MID_STEPS,
                             TB_EAR_BANDS, error);
    if (!status)
        status = open_banded(&e->quick, e, size / 16, size / TB_EAR_QUICK_STEPS,
                             TB_EAR_QUICK, error);
    e->fine_mel = tb_mel_new(size, e->sample_rate, TB_EAR_BANDS, LOWEST_HZ,
                             HIGHEST * e->sample_rate);
    return status ? status : e->fine_mel ? TB_OK : tb_fail_memory(error);
}

static void *floats(int64_t n)
{
    return tb_alloc_array((size_t)n, sizeof(float));
}

static void *doubles(int64_t n)
{
    return tb_alloc_array((size_t)n, sizeof(double));
}

static tb_status open_room(tb_ear *e, tb_error *error)
{
    int64_t bins = e->fine.size / 2 + 1, bands = e->fine.bands;
    int64_t quick = e->quick.frames, most = bands > 64 ? bands : 64;
    e->cells = e->fine.frames / TB_EAR_FINE_STEPS;
    if (e->mid.frames / TB_EAR_MID_STEPS < e->cells)
        e->cells = e->mid.frames / TB_EAR_MID_STEPS;
    e->power = floats(bins);
    e->line = floats(e->fine.frames * bands);
    e->envelope = floats(quick * TB_EAR_QUICK);
    e->total = floats(quick);
    e->mean_power = doubles(bins);
    e->band_power = doubles(bands);
    e->cell = floats((e->cells + 1) * most);
    e->distance = floats((e->cells + 1) * (e->cells + 1));
    e->values = floats(quick + e->fine.frames + most);
    e->fft = tb_rfft_new(quick);
    e->signal = floats(quick);
    e->bins = floats(quick + 2);
    e->corpus_power = doubles(bins);
    e->fine_power = doubles(bands);
    e->mid_power = doubles(TB_EAR_BANDS);
    e->quick_power = doubles(TB_EAR_QUICK);
    bool all = e->power && e->line && e->envelope && e->total &&
               e->mean_power && e->band_power && e->cell && e->distance &&
               e->values && e->fft && e->signal && e->bins;
    all = all && e->corpus_power && e->fine_power && e->mid_power &&
          e->quick_power;
    return all ? TB_OK : tb_fail_memory(error);
}

tb_ear *tb_ear_new(double sample_rate, int64_t frames, tb_error *error)
{
    if (!(sample_rate >= 2000) || !(sample_rate <= 200000) || frames < 1) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "Sounds of %lld samples at %g Hz cannot be judged: the sample "
                "rate has to be at least 2000 Hz.",
                (long long)frames, sample_rate);
        return NULL;
    }
    tb_ear *e = tb_alloc(sizeof *e);
    if (!e) {
        tb_fail_memory(error);
        return NULL;
    }
    e->sample_rate = sample_rate;
    e->take_frames = frames;
    if (open_banks(e, error) == TB_OK && open_room(e, error) == TB_OK)
        return e;
    tb_ear_free(e);
    return NULL;
}

void tb_ear_free(tb_ear *e)
{
    if (!e)
        return;
    void *all[] = {e->power,      e->line,         e->envelope,   e->total,
                   e->mean_power, e->band_power,   e->cell,       e->distance,
                   e->values,     e->signal,       e->bins,       e->mid_power,
                   e->fine_power, e->corpus_power, e->quick_power};
    close_banded(&e->fine);
    close_banded(&e->mid);
    close_banded(&e->quick);
    tb_mel_free(e->fine_mel);
    tb_rfft_free(e->fft);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        tb_free(all[i]);
    tb_free(e);
}

tb_ear *tb_ear_copy(const tb_ear *e, tb_error *error)
{
    tb_ear *copy = tb_ear_new(e->sample_rate, e->take_frames, error);
    if (!copy)
        return NULL;
    copy->fine_floor = e->fine_floor;
    copy->mid_floor = e->mid_floor;
    memcpy(copy->weights, e->weights, sizeof e->weights);
    return copy;
}

/* ---- what the corpus decides ---- */

/* Adds the mean powers of bands over windows that do not overlap; those of bins
   too, unless `bins` is null. */
static void add_powers(const tb_ear *e, const tb_banded *b, const float *take,
                       double *bands, double *bins)
{
    float power[MOST_SIZE / 2 + 1], band[512];
    int64_t frames = tb_spectrum_frames(e->take_frames, b->size, b->size);
    for (int64_t j = 0; j < frames; j++) {
        tb_spectrum_power(b->spectrum, take, e->take_frames, j * b->size,
                          power);
        tb_mel_bands(b->mel, power, band);
        for (int i = 0; i < b->bands; i++)
            bands[i] += band[i] / (double)frames;
        for (int k = 0; bins && k <= b->size / 2; k++)
            bins[k] += power[k] / (double)frames;
    }
}

void tb_ear_learn(tb_ear *e, const float *take)
{
    add_powers(e, &e->fine, take, e->fine_power, e->corpus_power);
    add_powers(e, &e->mid, take, e->mid_power, NULL);
    add_powers(e, &e->quick, take, e->quick_power, NULL);
    e->learned++;
}

static double loudest(const double *power, int n)
{
    double most = 1e-20;
    for (int i = 0; i < n; i++)
        most = fmax(most, power[i]);
    return most;
}

/* The mean loudness of bands from..to against the loudest of n. */
static double loudness(const double *power, int n, int from, int to)
{
    double sum = 0, most = loudest(power, n);
    for (int i = from; i < to; i++)
        sum += pow(power[i] / most, LOUDNESS);
    return to > from ? sum / (to - from) : 0;
}

/* All traits weigh 1 at first. */
static void weigh_bands(tb_ear *e)
{
    tb_traits *w = (tb_traits *)(void *)e->weights;
    for (int r = 0; r < TB_EAR_REGISTERS; r++) {
        int from, to;
        tb_ear_register(e, r, &from, &to);
        float l = (float)loudness(e->fine_power, e->fine.bands, from, to);
        w->pitches[r] = w->lines[r] = l;
        for (int k = 0; k < TB_EAR_LASTS; k++)
            w->lasting[r][k] = l;
    }
    for (int t = 0; t < TB_EAR_THIRDS; t++) {
        int third = TB_EAR_BANDS / TB_EAR_THIRDS;
        float l = (float)loudness(e->mid_power, TB_EAR_BANDS, t * third,
                                  (t + 1) * third);
        for (int k = 0; k < TB_EAR_LAGS * TB_EAR_QUANTILES; k++)
            (&w->change[t][0][0])[k] = l;
    }
    for (int b = 0; b < TB_EAR_QUICK; b++) {
        float l = (float)loudness(e->quick_power, TB_EAR_QUICK, b, b + 1);
        w->asymmetry[b] = w->peakiness[b] = l;
        for (int m = 0; m < TB_EAR_MODULATIONS; m++)
            w->modulation[m][b] = l;
    }
}

void tb_ear_settle(tb_ear *e)
{
    double n = e->learned > 0 ? (double)e->learned : 1;
    for (int k = 0; k <= e->fine.size / 2; k++)
        e->corpus_power[k] /= n;
    e->fine_floor = (float)(FLOOR * loudest(e->fine_power, e->fine.bands) / n);
    e->mid_floor = (float)(FLOOR * loudest(e->mid_power, TB_EAR_BANDS) / n);
    for (int i = 0; i < TB_TRAITS; i++)
        e->weights[i] = 1;
    weigh_bands(e);
    for (int b = 0; b < TB_TRAIT_BLOCKS; b++) {
        float *w = e->weights + tb_trait_blocks[b].first;
        float sum = 1e-20f;
        for (int i = 0; i < tb_trait_blocks[b].count; i++)
            sum += w[i];
        for (int i = 0; i < tb_trait_blocks[b].count; i++)
            w[i] /= sum;
    }
}

const float *tb_ear_weights(const tb_ear *e)
{
    return e->weights;
}

const double *tb_ear_spectrum(const tb_ear *e, int *size)
{
    *size = e->fine.size;
    return e->corpus_power;
}

/* ---- measuring ---- */

void tb_ear_levels(tb_ear *e, tb_banded *b, const float *take, float floor)
{
    for (int64_t j = 0; j < b->frames; j++) {
        float *level = b->level + j * b->bands;
        tb_spectrum_power(b->spectrum, take, e->take_frames, j * b->hop,
                          e->power);
        tb_mel_bands(b->mel, e->power, level);
        for (int i = 0; i < b->bands; i++)
            level[i] = 10 * log10f(level[i] + floor);
    }
}

void tb_ear_register(const tb_ear *e, int i, int *from, int *to)
{
    *from = e->fine.bands * i / TB_EAR_REGISTERS;
    *to = e->fine.bands * (i + 1) / TB_EAR_REGISTERS;
}

static void swap(float *x, int64_t i, int64_t j)
{
    float keep = x[i];
    x[i] = x[j];
    x[j] = keep;
}

/* Hoare's selection. */
float tb_ear_quantile(float *x, int64_t n, double share)
{
    int64_t k = (int64_t)(share * (double)(n - 1) + 0.5), low = 0, high = n - 1;
    while (low < high) {
        float pivot = x[(low + high) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i <= j)
                swap(x, i++, j--);
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return n > 0 ? x[k] : 0;
}

void tb_ear_measure(tb_ear *e, const float *take, tb_traits *traits)
{
    memset(traits, 0, sizeof *traits);
    tb_ear_pitch(e, take, traits);
    tb_ear_levels(e, &e->mid, take, e->mid_floor);
    tb_ear_change(e, traits);
    tb_ear_attacks(e, take, traits);
    tb_ear_phrase(e, traits);
}
