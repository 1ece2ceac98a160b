/* An export of RAVE tells no configuration: its layers do. Taps of a layer that
   changes the rate are twice its ratio, and what a layer keeps of the past is
   as long as its taps reach. */
#include "models/rave_import.h"

#include "dsp/pqmf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { NAME = 256, MOST_LAYERS = 200 };

typedef struct shape_reading {
    const tb_rave_entries *all;
    tb_rave *c;
    tb_int_list taps, dilations, counts; /* of a chain, see read_chain */
    int64_t out, in;                     /* of its last and first layer */
    bool snake, adain, shifts;           /* found on the way */
} shape_reading;

/* ---- pieces ---- */

__attribute__((format(printf, 2, 3))) static const tb_rave_entry *
find(const shape_reading *r, const char *format, ...)
{
    char name[NAME];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return tb_rave_entry_named(r->all, name);
}

/* Size `axis` of a tensor; 0: there is none. */
static int64_t size_of(const tb_rave_entry *e, int axis)
{
    return e && e->is_tensor && axis < e->tensor.rank ? e->tensor.sizes[axis]
                                                      : 0;
}

static void append(tb_int_list *list, int64_t x)
{
    if (list->count < TB_LIST_MAX && x > 0 && x < 1 << 20)
        list->at[list->count++] = (int)x;
}

/* Frames between the taps of a layer, of what it keeps. */
static int64_t dilation_of(int64_t kept, int64_t taps)
{
    return taps > 1 ? kept / (taps - 1) : 1;
}

/* A unit of a stage, of the second version or of the first. */
static void read_unit(shape_reading *r, int64_t kept, int64_t taps, int number)
{
    int64_t d = dilation_of(kept, taps);
    if (number == r->dilations.count)
        append(&r->dilations, d);
}

/* ---- chains ---- */

/* Layer i of a chain of the second version; false: it is none that has
   numbers. */
static bool read_layer(shape_reading *r, const char *chain, int i, int *units)
{
    const char unit[] = "aligned.branches.0.net.1";
    const tb_rave_entry *w = find(r, "%s.%d.%s.weight", chain, i, unit);
    if (w) {
        const tb_rave_entry *kept =
            find(r, "%s.%d.%s.cache.pad", chain, i, unit);
        const tb_rave_entry *skip =
            find(r, "%s.%d.aligned.paddings.1.pad", chain, i);
        read_unit(r, size_of(kept, 2), size_of(w, 2), (*units)++);
        r->shifts |= size_of(skip, 2) > 0;
        return true;
    }
    r->snake |= find(r, "%s.%d.alpha", chain, i) != NULL;
    r->adain |= find(r, "%s.%d.mean_x", chain, i) != NULL;
    w = find(r, "%s.%d.weight", chain, i);
    if (size_of(w, 2) == 0)
        return false;
    r->in = r->taps.count ? r->in : size_of(w, 1);
    r->out = size_of(w, 0);
    append(&r->counts, *units + 1);
    *units = 0;
    append(&r->taps, size_of(w, 2));
    return true;
}

/* All of it: taps of the layers that are no units, and before each how many
   units there are, plus one. */
static void read_chain(shape_reading *r, const char *chain)
{
    int units = 0;
    r->taps = r->counts = (tb_int_list){0};
    for (int i = 0; i < MOST_LAYERS; i++)
        read_layer(r, chain, i, &units);
    append(&r->counts, units + 1);
}

/* ---- the second version ---- */

static void halve(const tb_int_list *taps, int from, int to, bool reversed,
                  tb_int_list *ratios)
{
    *ratios = (tb_int_list){0};
    for (int i = from; i < to; i++)
        append(ratios, taps->at[reversed ? to - 1 - (i - from) : i] / 2);
}

static void read_second_noise(shape_reading *r, int64_t signals)
{
    tb_rave *c = r->c;
    int64_t out = 0;
    c->noise_ratios = (tb_int_list){0};
    c->noise_bins = 0;
    for (int i = 0; i < 20; i++) {
        const tb_rave_entry *w =
            find(r, "decoder.noise_module.net.%d.weight", i);
        if (!w)
            continue;
        append(&c->noise_ratios, size_of(w, 2) / 2);
        if (out == 0)
            c->noise_hidden = (int)size_of(w, 0);
        out = size_of(w, 0);
    }
    if (out > 0)
        c->noise_bins = (int)(out / signals);
    else
        c->noise_ratios = (tb_int_list){3, {2, 2, 2}};
}

static bool read_second(shape_reading *r, int64_t *heard, int64_t *said)
{
    tb_rave *c = r->c;
    read_chain(r, "encoder.encoder.net");
    int n = r->taps.count;
    if (n < 3 || r->counts.count < n)
        return false;
    c->capacity = (int)size_of(find(r, "encoder.encoder.net.0.weight"), 0);
    c->kernel = r->taps.at[n - 1];
    halve(&r->taps, 1, n - 1, false, &c->ratios);
    c->units = (tb_int_list){0};
    for (int i = 1; i < n - 1; i++)
        append(&c->units, r->counts.at[i] - 1);
    c->dilations = r->dilations;
    *heard = r->out;
    bool noise = find(r, "decoder.waveform_module.weight") != NULL;
    read_chain(r, "decoder.net");
    n = r->taps.count + noise;
    if (n < 3)
        return false;
    halve(&r->taps, 1, n - 1, true, &c->decoder_ratios);
    *said = size_of(find(r, "decoder.net.0.weight"), 1);
    int64_t out =
        noise ? size_of(find(r, "decoder.waveform_module.weight"), 0) : r->out;
    int64_t signals = (int64_t)c->channels * c->bands;
    c->amplitude = out == 2 * signals;
    read_second_noise(r, signals);
    c->activation = r->snake;
    c->adain = r->adain;
    c->causal = !r->shifts;
    return out == signals || c->amplitude;
}

/* ---- the first version ---- */

/* Taps of a unit reach so far into the past of what they keep, or, in exports
   that keep nothing, to both sides of what they pad. */
static int64_t reach_of(const shape_reading *r, const char *layer)
{
    const tb_rave_entry *kept = find(r, "%s.cache.pad", layer);
    const tb_rave_entry *left = find(r, "%s._pad.0", layer);
    const tb_rave_entry *right = find(r, "%s._pad.1", layer);
    if (kept)
        return size_of(kept, 2);
    return left && right ? (int64_t)(left->number + right->number) : 0;
}

static void read_first_noise(shape_reading *r, int64_t signals)
{
    tb_rave *c = r->c;
    const tb_rave_entry *length =
        find(r, "decoder.synth.branches.2.target_size");
    int64_t out = 0;
    int layers = 0;
    for (int i = 0; i < 20; i++) {
        const tb_rave_entry *w =
            find(r, "decoder.synth.branches.2.net.%d.weight", i);
        layers += w != NULL;
        out = w ? size_of(w, 0) : out;
    }
    c->noise_bins = (int)(out / signals);
    if (!layers || !length)
        return;
    c->noise_ratios = (tb_int_list){0};
    for (int i = 0; i < layers; i++)
        append(&c->noise_ratios,
               (int64_t)lround(pow(length->number, 1.0 / layers)));
}

static void read_first_decoder(shape_reading *r)
{
    static const char unit[] = "net.branches.0.net";
    tb_rave *c = r->c;
    int most = 0;
    c->decoder_ratios = (tb_int_list){0};
    for (int i = 1; i < MOST_LAYERS; i++) {
        const tb_rave_entry *w = find(r, "decoder.net.%d.net.1.weight", i);
        if (w)
            append(&c->decoder_ratios, size_of(w, 2) / 2);
        for (int k = 0; k < 16; k++) {
            char aligned[NAME], layer[NAME + 16];
            snprintf(aligned, sizeof aligned,
                     "decoder.net.%d.%s.%d.net.aligned", i, unit, k);
            snprintf(layer, sizeof layer, "%s.branches.0.1", aligned);
            if (reach_of(r, layer) == 0)
                break;
            read_unit(r, reach_of(r, layer), 3, k);
            most = k + 1 > most ? k + 1 : most;
            const tb_rave_entry *ahead = find(r, "%s._pad.1", layer);
            r->shifts |= size_of(find(r, "%s.paddings.1.pad", aligned), 2) > 0;
            r->shifts |= ahead && ahead->number > 0;
        }
    }
    c->dilations = r->dilations;
    c->units = (tb_int_list){1, {most ? most : 1}};
}

static bool read_first(shape_reading *r, int64_t *heard, int64_t *said)
{
    tb_rave *c = r->c;
    read_chain(r, "encoder.encoder.net");
    int n = r->taps.count;
    if (n < 3)
        return false;
    c->capacity = (int)size_of(find(r, "encoder.encoder.net.0.weight"), 0);
    halve(&r->taps, 1, n - 1, false, &c->ratios);
    *heard = r->out;
    *said = size_of(find(r, "decoder.net.0.weight"), 1);
    read_first_decoder(r);
    c->causal = !r->shifts;
    read_first_noise(r, (int64_t)c->channels * c->bands);
    return c->decoder_ratios.count > 0;
}

/* ---- both ---- */

/* The bank by the length of its prototype. */
static bool read_bank(shape_reading *r)
{
    static const double known[] = {100, 40};
    tb_rave *c = r->c;
    int64_t taps = size_of(find(r, "pqmf.h"), 0);
    c->bands = (int)size_of(find(r, "pqmf.hk"), 0);
    c->bank = TB_PQMF_RAVE;
    for (int i = 0; i < 2 && c->bands > 1; i++) {
        tb_pqmf bank = {0};
        c->attenuation = known[i];
        bool same =
            !tb_pqmf_init(&bank, c->bands, known[i], TB_PQMF_RAVE, NULL) &&
            bank.taps == taps;
        tb_pqmf_clear(&bank);
        if (same)
            return true;
    }
    return false;
}

static void read_latents(shape_reading *r, int64_t heard, int64_t said)
{
    tb_rave *c = r->c;
    const tb_rave_entry *book = find(r, "encoder.rvq.layers.0._codebook.embed");
    c->latents = (int)heard;
    c->noise_latents = (int)(said > heard ? said - heard : 0);
    c->latent_kind = book           ? TB_RAVE_DISCRETE
                     : said < heard ? TB_RAVE_VARIATIONAL
                     : said > heard ? TB_RAVE_WASSERSTEIN
                                    : TB_RAVE_SPHERICAL;
    if (c->latent_kind == TB_RAVE_VARIATIONAL)
        c->latents = (int)(heard / 2);
    if (!book)
        return;
    c->codes = (int)size_of(book, 0);
    for (c->codebooks = 0;
         find(r, "encoder.rvq.layers.%d._codebook.embed", c->codebooks);)
        c->codebooks++;
}

/* What it learned by is not in an export: mostly that of its version. */
static void read_learning(tb_rave *c)
{
    bool first = c->version == 0;
    c->crop = !first;
    c->discriminators = c->adain ? TB_RAVE_DESCRIPT
                        : first  ? TB_RAVE_SCALES
                                 : TB_RAVE_PERIODS;
    c->discriminator_every = first ? 2 : 4;
    c->feature_matching = first ? 10 : 20;
    c->relative_features = !first;
    c->skipped_features = first ? 0 : 1;
}

static bool read_all(shape_reading *r)
{
    tb_rave *c = r->c;
    const char *rate_of = r->all->of_2022 ? "resample.source_sr" : "sr";
    const tb_rave_entry *rate = find(r, "%s", rate_of),
                        *channels = find(r, "n_channels");
    int64_t heard = 0, said = 0;
    rate = rate ? rate : find(r, "sampling_rate");
    if (rate && !rate->is_tensor)
        c->sample_rate = rate->number;
    c->channels = channels ? (int)channels->number : 1;
    if (!read_bank(r) || c->channels < 1 || c->channels > 16)
        return false;
    c->version = !find(r, "decoder.synth.branches.0.weight");
    bool good = c->version ? read_second(r, &heard, &said)
                           : read_first(r, &heard, &said);
    c->noise_cropped = true;
    c->biases = find(r, "encoder.encoder.net.0.bias") != NULL;
    if (good)
        read_latents(r, heard, said);
    read_learning(c);
    return good;
}

tb_status tb_rave_of_shapes(const tb_rave_entries *all, const char *what,
                            tb_rave *config, tb_error *error)
{
    shape_reading r = {.all = all, .c = config};
    if (!read_all(&r))
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "'%s' is no export of RAVE's networks of 2022, 2.2 or "
                       "2.3: its layers are others.",
                       what);
    return tb_rave_check(config, error);
}
