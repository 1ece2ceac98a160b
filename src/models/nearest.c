#include "models/nearest.h"

#include "base/memory.h"
#include "engine/ops.h"

#include <math.h>

static const tb_setting rows[] = {
    TB_SETTING_FLOAT(tb_nearest, sample_rate, "44100", 1000, 192000, "Hz",
                     "Sample rate that the recordings are kept at."),
    TB_SETTING_INT(tb_nearest, channels, "1", 1, 2, NULL,
                   "1: mono, 2: stereo."),
    TB_SETTING_FLOAT(tb_nearest, match, "0.2", 0.02, 5, "s",
                     "How much of what was heard the next passage must fit; "
                     "short: timbre, long: gesture."),
    TB_SETTING_FLOAT(tb_nearest, passage, "1", 0.05, 600, "s",
                     "How long it stays with one passage."),
    TB_SETTING_FLOAT(tb_nearest, fade, "0.03", 0.001, 1, "s",
                     "Crossfade from passage to passage."),
    TB_SETTING_INT(tb_nearest, among, "8", 1, TB_NEAREST_AMONG, NULL,
                   "How many places that fit chance chooses from."),
    TB_SETTING_FLOAT(tb_nearest, fresh, "3", 0, 60, "dB",
                     "How much worse a place fits each time it was played; "
                     "0: it may go in circles."),
    TB_SETTING_INT(tb_nearest, room, "0", 0, 2000000000, "samples",
                   "How much of the recordings is kept; 0: all of them."),
};

const tb_settings tb_nearest_settings = {"network", rows,
                                         sizeof rows / sizeof *rows, NULL, 0};

static tb_sound_format format(const void *config)
{
    const tb_nearest *c = config;
    return (tb_sound_format){c->sample_rate, c->channels};
}

/* 40 ms tell low tones apart, and attacks. */
int tb_nearest_size(const tb_nearest *c)
{
    return tb_spectrum_size(0.04, c->sample_rate);
}

int tb_nearest_hop(const tb_nearest *c)
{
    return tb_nearest_size(c) / 2;
}

/* A fade is over before the next one begins. */
static tb_status check(const void *config, tb_error *error)
{
    const tb_nearest *c = config;
    if (2 * c->fade <= c->passage)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "A crossfade of %g s is too long for passages of %g s. The "
                   "nearest one is fade=%g.",
                   c->fade, c->passage, c->passage / 2);
}

/* ---- bands ---- */

tb_status tb_nearest_ear_init(tb_nearest_ear *ear, const tb_nearest *c,
                              tb_error *error)
{
    int size = tb_nearest_size(c);
    *ear = (tb_nearest_ear){
        .spectrum = tb_spectrum_new(size),
        .mel = tb_mel_new(size, c->sample_rate, TB_NEAREST_BANDS, 40,
                          c->sample_rate / 2),
        .power = tb_alloc_array((size_t)size / 2 + 1, sizeof(float))};
    if (ear->spectrum && ear->mel && ear->power)
        return TB_OK;
    tb_nearest_ear_clear(ear);
    return tb_fail_memory(error);
}

void tb_nearest_ear_clear(tb_nearest_ear *ear)
{
    tb_spectrum_free(ear->spectrum);
    tb_mel_free(ear->mel);
    tb_free(ear->power);
    *ear = (tb_nearest_ear){0};
}

/* What is more than 70 dB below full scale counts as silent. */
void tb_nearest_hear(tb_nearest_ear *ear, const float *x, int64_t n,
                     int64_t start, float *bands)
{
    tb_spectrum_power(ear->spectrum, x, n, start, ear->power);
    tb_mel_bands(ear->mel, ear->power, bands);
    for (int i = 0; i < TB_NEAREST_BANDS; i++)
        bands[i] = 10 * log10f(bands[i] + 1e-7F);
}

/* ---- what is kept ---- */

static void declare(const void *config, tb_graph *g)
{
    const tb_nearest *c = config;
    int hop = tb_nearest_hop(c);
    int64_t hops = c->room > hop ? c->room / hop : 1;
    tb_param(g, "recordings", tb_dims(hops * hop, c->channels));
    tb_param(g, "bands", tb_dims(hops, TB_NEAREST_BANDS));
}

static void init(const void *config, tb_params *params, uint64_t seed)
{
    (void)config;
    (void)params; /* all zero */
    (void)seed;
}

/* Whole hops, and no more than was asked for. */
static void make_room(void *config, int64_t frames)
{
    tb_nearest *c = config;
    int hop = tb_nearest_hop(c);
    int64_t most = c->room > 0 ? c->room : 2000000000;
    int64_t kept = frames < most ? frames : most;
    c->room = (int)(kept / hop * hop);
}

/* Bands of frame j are those of the spectrum that ends with it. */
static tb_status gathered(const void *config, tb_params *params,
                          tb_error *error)
{
    const tb_nearest *c = config;
    const tb_parameter *kept =
        tb_params_at(params, tb_params_find(params, "recordings"));
    const tb_parameter *p =
        tb_params_at(params, tb_params_find(params, "bands"));
    int64_t hop = tb_nearest_hop(c), size = tb_nearest_size(c);
    const float *sound = (float *)tb_params_data(params) + kept->offset;
    float *bands = (float *)tb_params_data(params) + p->offset;
    tb_nearest_ear ear;
    float *mono = tb_alloc_array((size_t)size, sizeof *mono);
    tb_status status = tb_nearest_ear_init(&ear, c, error);
    if (!status && !mono)
        status = tb_fail_memory(error);
    for (int64_t j = 0; j < p->n / TB_NEAREST_BANDS && !status; j++) {
        for (int64_t i = 0; i < size; i++) {
            int64_t at = (j + 1) * hop - size + i;
            mono[i] = 0;
            for (int ch = 0; ch < c->channels && at >= 0; ch++)
                mono[i] += sound[at * c->channels + ch] / (float)c->channels;
        }
        tb_nearest_hear(&ear, mono, size, 0, bands + j * TB_NEAREST_BANDS);
    }
    tb_nearest_ear_clear(&ear);
    tb_free(mono);
    return status;
}

static const tb_control temperature = {
    .name = "temperature",
    .help = "0: always what fits best; 1: by chance among what fits.",
    .type = TB_CONTROL_REAL,
    .high = 100,
    .standard = 1,
    .length = 1,
    .per_row = true};

static const tb_control *const controls[] = {&temperature, NULL};

static const tb_buffer_row buffers[] = {
    {"recordings", TB_WRITER_HOOK}, {"bands", TB_WRITER_HOOK}, {NULL, 0}};

static const tb_gathering gathering = {"recordings", make_room, gathered};

static const tb_suits suits = {
    0.3, 0.3, 0.3, 0,
    "It learns nothing and plays at once: passages of your recordings, joined "
    "where they fit."};

const tb_instrument tb_nearest_instrument = {
    .name = "nearest",
    .about = "Goes on with what fits in the recordings; learns nothing, plays "
             "at once.",
    .settings = &tb_nearest_settings,
    .suits = &suits,
    .config_size = sizeof(tb_nearest),
    .check = check,
    .format = format,
    .native = &tb_nearest_native,
    .native_controls = controls,
    .declare = declare,
    .buffers = buffers,
    .init = init,
    .gathering = &gathering};
